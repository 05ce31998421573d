import type { Architecture } from "../models";
import type { TrainingPlan } from "./plan";

/** What a person chooses of a training, apart from its network and its length. */
export interface TrainingChoices {
  /** Of each mini-batch, in pictures. */
  readonly batchSize: number;
  readonly schedule: "one cycle" | "drops";
  /** The largest of the training. */
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Pixels on each side; 0 for no crops. */
  readonly cropPadding: number;
  /** Mirror images. */
  readonly flip: boolean;
  readonly meanPool: number;
  /** Training pictures held out. */
  readonly validation: number;
}

/**
 * The plan of an ordinary training: all blocks in every mini-batch, all activations kept. It stands here and not with the
 * parameters of experiments, so that a change of it counts as a change of what is measured.
 */
export function trainingPlan(
  choices: TrainingChoices,
  { architecture, seed, steps }: Pick<TrainingPlan, "seed" | "steps"> & { readonly architecture: Architecture },
): TrainingPlan {
  const { batchSize, momentum, nesterov, weightDecay, learningRate, cropPadding, flip, meanPool, validation } = choices;
  return {
    architecture,
    seed,
    steps,
    batchSize,
    schedule:
      choices.schedule === "one cycle"
        ? { kind: "one cycle", peak: learningRate, rise: 0.25 }
        : { kind: "drops", initial: learningRate, at: [0.5, 0.75], warmUpSteps: 400 },
    momentum,
    nesterov,
    weightDecay,
    labelSmoothing: 0,
    augmentation: cropPadding === 0 && !flip ? null : { padding: cropPadding, flip },
    routes: null,
    recompute: false,
    pictures: { meanPool, validation },
  };
}
