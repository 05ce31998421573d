/**
 * What training a network takes, as data: equal plans on equal data give equal weights.
 */
import type { ImageShape } from "../data";
import {
  type Architecture,
  buildByName,
  multiplyAccumulates,
  type RouteSampling,
  sampleRoute,
  survivalProbabilities,
} from "../networks";
import { randomStream } from "../random";

/** A training: its network, its length, its optimiser, its images. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  /** Seed of the initial weights, the order of the images, their augmentation and the validation split. */
  readonly seed: number;
  /** Mini-batches in all. */
  readonly steps: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Share of the previous step's velocity that is kept. */
  readonly momentum: number;
  /** Whether the step looks ahead along the new velocity (Nesterov). */
  readonly nesterov: boolean;
  /** This times the parameter is added to its gradient: for every trainable parameter, as in the codes of ResNets. */
  readonly weightDecay: number;
  /** Probability taken from the true class and spread over all (Szegedy et al. 2015, arXiv:1512.00567, sec. 7); 0: none. */
  readonly labelSmoothing: number;
  /** Random crops after padding by so many pixels, and horizontal flips; null: the images as they are. */
  readonly augmentation: { readonly padding: number; readonly flip: boolean } | null;
  /** Which blocks each mini-batch trains, sampled anew for each; null: all of them. */
  readonly routes: RouteSampling | null;
  /**
   * Computes activations again in the backward pass instead of keeping them: the memory of one block and the inputs of all,
   * for a third more time. The weights are the same bit for bit.
   */
  readonly recompute: boolean;
  /**
   * Of activations and their gradients, in training and whenever the network is run: float32 where it is not there. Weights,
   * batch statistics, loss and optimiser are float32 in both.
   */
  readonly precision?: "bfloat16";
  readonly images: ImageOptions;
}

/** What is done with a data set before any network sees it. */
export interface ImageOptions {
  /** Mean over squares of so many pixels a side: 2 makes 14x14 of 28x28; 1 leaves the images alone. */
  readonly meanPool: number;
  /** Training images held out for validation, by seed, in equal shares of the classes. */
  readonly validation: number;
  /** How many of the others are trained on, by seed, in equal shares of the classes; all where it is not there. */
  readonly training?: number;
}

/** How the learning rate changes over a training. */
export type Schedule = OneCycle | Drops;

/** Linear rise to the peak, then a half cosine down to zero (after Smith & Topin 2017, arXiv:1708.07120). */
interface OneCycle {
  readonly kind: "one cycle";
  readonly peak: number;
  /** Share of the steps on which it rises, in (0, 1). */
  readonly rise: number;
}

/** A constant rate, divided by ten at given points (He et al. 2015, arXiv:1512.03385, sec. 4.2). */
interface Drops {
  readonly kind: "drops";
  readonly initial: number;
  /** Shares of the steps after which the rate is divided by ten: [0.5, 0.75]. */
  readonly at: readonly number[];
  /** Steps at a tenth of the rate in the beginning: 400 for the network of 110 layers, which does not start otherwise. */
  readonly warmUpSteps: number;
}

/** What a user chooses for a training, apart from its network and its length. */
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
  /** How many of the others are trained on; 0, or nothing, for all. */
  readonly trainingImages?: number;
}

/**
 * The plan of an ordinary training: all blocks in every mini-batch, all activations kept. It stands here and not with the
 * parameters of experiments, so that changing it changes what is measured.
 */
export function trainingPlan(
  choices: TrainingChoices,
  { architecture, seed, steps }: Pick<TrainingPlan, "seed" | "steps"> & { readonly architecture: Architecture },
): TrainingPlan {
  const { batchSize, momentum, nesterov, weightDecay, learningRate, cropPadding, flip, meanPool, validation } = choices;
  const { trainingImages = 0 } = choices;
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
    images: { meanPool, validation, ...(trainingImages === 0 ? {} : { training: trainingImages }) },
  };
}

/** A training by the name of its network: what a study varies, beside what a user chooses for all of them. */
interface NamedTraining extends Pick<TrainingPlan, "seed" | "steps"> {
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
 * Learning rate of one step.
 *
 * @param step index of the step, from 0
 * @param steps steps in all
 */
export function learningRate(schedule: Schedule, step: number, steps: number): number {
  const done = step / steps;
  if (schedule.kind === "drops") {
    const drops = schedule.at.filter((share) => done >= share).length + (step < schedule.warmUpSteps ? 1 : 0);
    return schedule.initial / 10 ** drops;
  }
  const { peak, rise } = schedule;
  const rising = (step + 1) / (rise * steps); // the first step already moves
  if (rising < 1) return peak * rising;
  const fallen = Math.max(0, done - rise) / (1 - rise); // the step at which the rise ends may begin a little before it
  return (peak * (1 + Math.cos(Math.PI * fallen))) / 2;
}

/**
 * What a training costs, in multiply-accumulates: forward and two gradients as dear for every image, over the share of
 * blocks that run; the forward pass once more where activations are recomputed. For estimates of time.
 *
 * Where routes are sampled the whole pass is taken in proportion to the blocks that run: stem, head and shortcuts, which
 * always run, are small beside them.
 *
 * @throws RangeError when the plan samples routes that do not fit its network
 */
export function trainingWork({ architecture, steps, batchSize, routes, recompute }: TrainingPlan): number {
  const probabilities = routes === null ? [1] : survivalProbabilities(architecture, routes);
  const share = probabilities.reduce((sum, probability) => sum + probability, 0) / probabilities.length;
  const passes = recompute ? 4 : 3;
  return passes * share * steps * batchSize * multiplyAccumulates(architecture);
}

/**
 * Share of a training's mini-batches in which each block's residual branch ran, [blocks]: its routes are sampled again
 * from the streams that the training takes. All ones where it samples none.
 */
export function trainedShares({ architecture, routes, seed, steps }: TrainingPlan): number[] {
  const runs = architecture.blocks.map(() => 0);
  if (routes === null) return runs.map(() => 1);
  for (let step = 0; step < steps; step++) {
    for (const { block, branch } of sampleRoute(architecture, routes, randomStream(seed, "route", step))) {
      if (branch !== "skip") runs[block]! += 1;
    }
  }
  return runs.map((count) => count / steps);
}
