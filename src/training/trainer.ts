/**
 * One step of a training: images, forward, backward, optimiser.
 */
import { batchIndices, gatherBatch, labelsOf } from "../data";
import {
  backward,
  checkRoute,
  createNetwork,
  disposeNetwork,
  type Exit,
  forward,
  fullRoute,
  type Network,
  newTape,
  type RecomputationOptions,
  recomputedGradients,
  sampleRoute,
} from "../networks";
import { softmaxCrossEntropy } from "../ops";
import { randomStream } from "../random";
import { peakTensorBytes, type Tensor, type Tensor2D, type Tensor4D, tf } from "../runtime";
import { MomentumOptimiser } from "./momentum";
import { learningRate, type TrainingPlan } from "./plan";
import type { PreparedImages } from "./prepared-images";

/** A network in training. The caller disposes network and optimiser. */
export interface Trainer {
  readonly network: Network;
  readonly optimiser: MomentumOptimiser;
  /** Trains on the mini-batch of one step, counted from 0: which images and which blocks depend on its number alone. */
  step(index: number): StepOutcome;
}

interface StepOutcome {
  /** Mean cross-entropy of the mini-batch in nats, before the step; that of exits is added by their weights. */
  readonly loss: number;
  /** Its images that were classified correctly, before the step. */
  readonly right: number;
  /** Blocks whose residual branch ran. */
  readonly blocksRun: number;
}

/**
 * A trainer with a fresh network.
 *
 * @throws RangeError when the plan samples routes that do not fit the network
 */
export function createTrainer(plan: TrainingPlan, images: PreparedImages): Trainer {
  const { architecture, seed, batchSize, augmentation, precision } = plan;
  if (plan.routes !== null) {
    sampleRoute(architecture, plan.routes, randomStream(seed)); // says what is wrong with the sampling
    checkRoute(architecture, sampleRoute(architecture, { kind: "few blocks", count: 0 }, randomStream(seed)));
  }
  const network = createNetwork(architecture, seed, precision);
  const optimiser = new MomentumOptimiser(network, plan);
  const { training, channelStatistics } = images;

  const step = (index: number): StepOutcome => {
    const indices = batchIndices(training.count, batchSize, seed, index);
    const varied =
      augmentation === null ? undefined : { ...augmentation, stream: randomStream(seed, "augmentation", index) };
    const values = gatherBatch(training, indices, channelStatistics, varied);
    const labels = labelsOf(training, indices);
    const route =
      plan.routes === null
        ? fullRoute(architecture)
        : sampleRoute(architecture, plan.routes, randomStream(seed, "route", index));
    return tf.tidy(() => {
      const x: Tensor4D = tf.tensor4d(values, [batchSize, training.height, training.width, training.channels]);
      const wanted = targets(labels, plan);
      let batchLoss: Tensor | undefined;
      const lossGradient = (logits: Tensor2D): Tensor2D => {
        const { loss, gradient } = softmaxCrossEntropy(logits, wanted);
        batchLoss = tf.mean(loss);
        return tf.mul(gradient, 1 / batchSize);
      };
      let exitLoss = 0;
      const exitLossGradient = (logits: Tensor2D, { lossWeight }: Exit): Tensor2D => {
        const { loss, gradient } = softmaxCrossEntropy(logits, wanted);
        exitLoss += lossWeight * tf.mean(loss).dataSync()[0]!;
        return tf.mul(gradient, lossWeight / batchSize);
      };
      const gradients = plan.recompute ? recomputedGradients : keptGradients;
      let names: string[] = [];
      const [logits, loss, ...byParameters] = tf.tidy(() => {
        const found = gradients(network, x, lossGradient, {
          mode: "training",
          route,
          masks: (layer) => randomStream(seed, "dropout", index, layer),
          exitLossGradient,
        });
        names = [...found.parameters.keys()];
        return [found.logits, batchLoss!, ...found.parameters.values()];
      }); // activations are free before the parameters move
      const parameters = new Map(names.map((name, i) => [name, byParameters[i]!]));
      optimiser.step(parameters, learningRate(plan.schedule, index, plan.steps));
      return {
        loss: loss!.dataSync()[0]! + exitLoss,
        right: countRight(logits!.dataSync(), labels),
        blocksRun: route.filter(({ branch }) => branch !== "skip").length,
      };
    });
  };

  return { network, optimiser, step };
}

interface StepMemory {
  /** Held between steps: the network's parameters and running statistics, the optimiser's velocity. */
  readonly heldBytes: number;
  /** Most that a step holds beyond these: images, activations, gradients, and parameters old and new. */
  readonly peakBytes: number;
}

/**
 * Memory of tensors that the first step of a training takes, on real images; see `peakTensorBytes` for what counts.
 *
 * It depends on architecture, mini-batch, images' shape and whether activations are recomputed, not on seed or machine.
 */
export function stepMemory(plan: TrainingPlan, images: PreparedImages): StepMemory {
  const before = tf.memory().numBytes;
  const { network, optimiser, step } = createTrainer(plan, images);
  try {
    return { heldBytes: tf.memory().numBytes - before, peakBytes: peakTensorBytes(() => step(0)) };
  } finally {
    optimiser.dispose();
    disposeNetwork(network);
  }
}

/** As `recomputedGradients`, with all activations kept: faster, where there is memory for them. */
function keptGradients(
  network: Network,
  x: Tensor4D,
  lossGradient: (logits: Tensor2D) => Tensor2D,
  { exitLossGradient, ...options }: Required<RecomputationOptions>,
): ReturnType<typeof recomputedGradients> {
  const tape = newTape();
  const exitLogits = new Map<string, Tensor2D>();
  const logits = forward(network, x, { ...options, tape, exitLogits });
  const exitGradients = new Map<string, Tensor2D>();
  for (const { exit } of tape.exits) {
    exitGradients.set(exit.name, exitLossGradient(exitLogits.get(exit.name)!, exit));
  }
  const { parameters } = backward(network, tape, lossGradient(logits), { input: false, exitGradients });
  return { logits, parameters };
}

/** Target probabilities, `[batch, classes]`: 1 for the true class, or less where smoothing spreads some over all. */
function targets(labels: Int32Array, { architecture: { classes }, labelSmoothing }: TrainingPlan): Tensor2D {
  const probabilities = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  labels.forEach((label, i) => {
    probabilities[i * classes + label]! += 1 - labelSmoothing;
  });
  return tf.tensor2d(probabilities, [labels.length, classes]);
}

/** Number of images whose largest logit is that of their label. */
function countRight(logits: ArrayLike<number>, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  return labels.reduce((right, label, i) => right + (argMax(logits, i * classes, classes) === label ? 1 : 0), 0);
}

function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
