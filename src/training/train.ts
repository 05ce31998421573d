/**
 * The training loop.
 *
 * Every draw of step s (which pictures, which crops) comes from a stream addressed by the seed and s, so a training that
 * resumes at s from a checkpoint is the training that never stopped, bit for bit, on the CPU.
 */
import { setImmediate } from "node:timers/promises";
import { batchesPerEpoch, batchIndices, gatherBatch, labelsOf } from "../data";
import { backward, createNetwork, disposeNetwork, forward, type Network, newTape } from "../models";
import { softmaxCrossEntropy } from "../ops";
import { randomStream } from "../random";
import { type Tensor2D, type Tensor4D, tf } from "../runtime";
import { type Checkpoint, captureCheckpoint, restoreCheckpoint } from "./checkpoint";
import type { TrainingEntry } from "./history";
import { MomentumOptimiser } from "./momentum";
import type { TrainingPlan } from "./plan";
import type { PreparedPictures } from "./prepared-pictures";
import { learningRate } from "./schedule";

export interface TrainingProgress extends TrainingEntry {
  readonly steps: number;
  readonly picturesPerSecond: number;
}

export interface TrainOptions {
  /** Where to go on; without it, at the beginning. */
  readonly from?: Checkpoint;
  /** Given a checkpoint at the end of every epoch and at least every `checkpointSteps` steps. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
  /** Stops the training within `entrySteps` steps, with a checkpoint; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

export interface Trained {
  readonly network: Network;
  readonly history: readonly TrainingEntry[];
}

/** A training whose loss is no longer a number. */
export class TrainingDiverged extends Error {
  override readonly name = "TrainingDiverged";
}

/** Steps between two entries of the history. */
const entrySteps = 20;
/** Steps between checkpoints within an epoch: with a kill at the worst moment, at most so many are done again. */
const checkpointSteps = 100;

/**
 * Trains a network by a plan.
 *
 * @throws TrainingDiverged when the loss is not finite, naming network, seed, step and learning rate
 */
export async function train(plan: TrainingPlan, pictures: PreparedPictures, options: TrainOptions): Promise<Trained> {
  const network = createNetwork(plan.architecture, plan.seed);
  const optimiser = new MomentumOptimiser(network, plan);
  try {
    const history = await runSteps(plan, pictures, network, optimiser, options);
    return { network, history };
  } catch (error) {
    disposeNetwork(network);
    throw error;
  } finally {
    optimiser.dispose();
  }
}

async function runSteps(
  plan: TrainingPlan,
  pictures: PreparedPictures,
  network: Network,
  optimiser: MomentumOptimiser,
  { from, onCheckpoint, signal, onProgress }: TrainOptions,
): Promise<TrainingEntry[]> {
  const history = from === undefined ? [] : [...from.history];
  if (from !== undefined) restoreCheckpoint(from, network, optimiser);
  const stepsPerEpoch = batchesPerEpoch(pictures.training.count, plan.batchSize);
  let lossSum = 0;
  let rightSum = 0;
  let entryStart = performance.now();
  for (let step = from?.step ?? 0; step < plan.steps; step++) {
    const { loss, right } = trainingStep(plan, pictures, network, optimiser, step);
    if (!Number.isFinite(loss)) {
      const rate = learningRate(plan.schedule, step, plan.steps);
      throw new TrainingDiverged(
        `${plan.architecture.name}, seed ${plan.seed}: the loss is ${loss} at step ${step} (learning rate ${rate}); ` +
          "a lower learning rate may help",
      );
    }
    lossSum += loss;
    rightSum += right;
    const done = step + 1;
    if (done % entrySteps === 0 || done === plan.steps) {
      const steps = done - (history.at(-1)?.step ?? 0);
      const entry: TrainingEntry = {
        step: done,
        loss: lossSum / steps,
        accuracy: rightSum / (steps * plan.batchSize),
        learningRate: learningRate(plan.schedule, step, plan.steps),
      };
      history.push(entry);
      const seconds = (performance.now() - entryStart) / 1000;
      onProgress?.({ ...entry, steps: plan.steps, picturesPerSecond: (steps * plan.batchSize) / seconds });
      [lossSum, rightSum, entryStart] = [0, 0, performance.now()];
      // Checkpoints lie on entries, so that a resumed history has the same entries as an unbroken one.
      if (signal?.aborted || isCheckpoint(done, stepsPerEpoch))
        onCheckpoint?.(captureCheckpoint(network, optimiser, history));
      signal?.throwIfAborted();
    }
    await setImmediate(); // lets messages and signals in: the kernels block this thread
  }
  return history;
}

/** At the first entry past each epoch's end, and every `checkpointSteps` steps. */
function isCheckpoint(done: number, stepsPerEpoch: number): boolean {
  const epochs = (steps: number) => Math.floor(steps / stepsPerEpoch);
  return done % checkpointSteps === 0 || epochs(done) > epochs(done - entrySteps);
}

function trainingStep(
  plan: TrainingPlan,
  { training, moments }: PreparedPictures,
  network: Network,
  optimiser: MomentumOptimiser,
  step: number,
): { loss: number; right: number } {
  const { seed, batchSize, augmentation } = plan;
  const indices = batchIndices(training.count, batchSize, seed, step);
  const varied =
    augmentation === null ? undefined : { ...augmentation, stream: randomStream(seed, "augmentation", step) };
  const values = gatherBatch(training, indices, moments, varied);
  const labels = labelsOf(training, indices);
  return tf.tidy(() => {
    const x = tf.tensor4d(values, [batchSize, training.height, training.width, training.channels]);
    const tape = newTape();
    const logits = forward(network, x as Tensor4D, { mode: "training", tape });
    const { loss, gradient } = softmaxCrossEntropy(logits, targets(labels, plan));
    const { parameters } = backward(network, tape, tf.mul(gradient, 1 / batchSize) as Tensor2D, { input: false });
    optimiser.step(parameters, learningRate(plan.schedule, step, plan.steps));
    return { loss: tf.mean(loss).dataSync()[0]!, right: countRight(logits.dataSync(), labels) };
  });
}

/** Target probabilities, `[batch, classes]`: 1 for the true class, or less where smoothing spreads some over all. */
function targets(labels: Int32Array, { architecture: { classes }, labelSmoothing }: TrainingPlan): Tensor2D {
  const probabilities = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  labels.forEach((label, i) => {
    probabilities[i * classes + label]! += 1 - labelSmoothing;
  });
  return tf.tensor2d(probabilities, [labels.length, classes]);
}

/** Pictures whose largest logit is that of their label. */
function countRight(logits: ArrayLike<number>, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  return labels.reduce((right, label, i) => right + (argMax(logits, i * classes, classes) === label ? 1 : 0), 0);
}

function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
