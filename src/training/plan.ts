/**
 * What training a network takes, as data: equal plans on equal data give equal weights.
 */

import type { ImageShape } from "../data";
import {
  type Architecture,
  buildByName,
  multiplyAccumulates,
  type RouteSampling,
  survivalProbabilities,
} from "../networks";

import type { Schedule } from "./schedule";

/** A training: its network, its length, its optimiser, its images. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  /** Seed of the initial weights, the order of the images, their augmentation and the validation split. */
  readonly seed: number;
  /** Mini-batches in all. */
  readonly steps: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Share of the last step's velocity that is kept. */
  readonly momentum: number;
  /** Steps along the velocity that the new gradient gives (Nesterov), instead of the old one's. */
  readonly nesterov: boolean;
  /** Added to each gradient: this times the parameter, on every trainable parameter, as in the ResNet codes. */
  readonly weightDecay: number;
  /** Probability taken from the true class and spread over all (Szegedy et al. 2015, arXiv:1512.00567, sec. 7); 0: none. */
  readonly labelSmoothing: number;
  /** Random crops after padding by so many pixels, and horizontal flips; null: the images as they are. */
  readonly augmentation: { readonly padding: number; readonly flip: boolean } | null;
  /** Which blocks each mini-batch trains, drawn anew for each; null: all of them. */
  readonly routes: RouteSampling | null;
  /**
   * Computes activations again in the backward pass instead of keeping them: the memory of one block and the inputs of all,
   * for a third more time. The weights are the same bit for bit.
   */
  readonly recompute: boolean;
  readonly images: ImageOptions;
}

/** What is done with a data set before any network sees it. */
export interface ImageOptions {
  /** Mean over squares of so many pixels a side: 2 makes 14x14 of 28x28; 1 leaves the images alone. */
  readonly meanPool: number;
  /** Training images held out for validation, by seed, in equal shares of the classes. */
  readonly validation: number;
}

/** What a person chooses of a training, apart from its network and its length. */
export interface TrainingChoices {
  /** Of each mini-batch, in images. */
  readonly batchSize: number;
  readonly schedule: "one cycle" | "drops";
  /** The largest of the training. */
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Pixels on each side; 0 for no crops. */
  readonly cropPadding: number;
  /** Horizontal flips. */
  readonly flip: boolean;
  readonly meanPool: number;
  /** Training images held out. */
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
    images: { meanPool, validation },
  };
}

/** A training told by the name of its network: what a study varies, beside what a person chooses for all of them. */
export interface NamedTraining extends Pick<TrainingPlan, "seed" | "steps"> {
  /** "preactivation-resnet32": see `buildByName`. */
  readonly network: string;
  /** Filters of the first stage. */
  readonly width: number;
}

/**
 * The plan of an ordinary training (see `trainingPlan`) of a network that is known by name, on images of ten classes.
 *
 * @param images size of the data set's own images; the network sees them pooled as chosen
 * @throws RangeError when the pooling does not divide the images, or there is no such network
 */
export function planByName(
  choices: TrainingChoices,
  { network, width: filters, seed, steps }: NamedTraining,
  { height, width, channels }: ImageShape,
): TrainingPlan {
  const { meanPool } = choices;
  if (height % meanPool !== 0 || width % meanPool !== 0) {
    throw new RangeError(`squares of ${meanPool} x ${meanPool} do not divide images of ${height} x ${width} pixels`);
  }
  const inputShape = [height / meanPool, width / meanPool, channels] as const;
  const architecture = buildByName(network, { inputShape, classes: 10, width: filters });
  return trainingPlan(choices, { architecture, seed, steps });
}

/**
 * What a training costs, in multiply-accumulates: forward and two gradients as dear for every image, over the share of
 * blocks that run; the forward pass once more where activations are recomputed. For estimates of time.
 *
 * Where routes are drawn the whole pass is taken in proportion to the blocks that run: stem, head and shortcuts, which
 * always run, are small beside them.
 *
 * @throws RangeError when the plan draws routes that do not fit its network
 */
export function trainingWork({ architecture, steps, batchSize, routes, recompute }: TrainingPlan): number {
  const probabilities = routes === null ? [1] : survivalProbabilities(architecture, routes);
  const share = probabilities.reduce((sum, probability) => sum + probability, 0) / probabilities.length;
  const passes = recompute ? 4 : 3;
  return passes * share * steps * batchSize * multiplyAccumulates(architecture);
}
