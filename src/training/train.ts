/**
 * The training loop.
 *
 * Every draw of step s (which images, which crops, which blocks) comes from a stream addressed by the seed and s, so a
 * training that resumes at s from a checkpoint is the training that never stopped, bit for bit, on the CPU.
 */
import { setImmediate } from "node:timers/promises";
import { batchesPerEpoch } from "../data";
import { disposeNetwork, type Network } from "../networks";
import { type Checkpoint, captureCheckpoint, restoreCheckpoint } from "./checkpoint";
import type { TrainingEntry } from "./history";
import { learningRate, type TrainingPlan } from "./plan";
import type { PreparedImages } from "./prepared-images";
import { createTrainer, type Trainer } from "./trainer";

/** How far a training is, and how fast. */
export interface TrainingProgress extends TrainingEntry {
  readonly steps: number;
  readonly imagesPerSecond: number;
}

/** What a training may be given besides its plan. */
export interface TrainOptions {
  /** Where to go on; without it, at the beginning. */
  readonly from?: Checkpoint;
  /** Given a checkpoint at the end of every epoch and at least every `checkpointSteps` steps. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
  /** Stops the training within `entrySteps` steps, with a checkpoint; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** What a training gives; the caller disposes the network. */
export interface Trained {
  readonly network: Network;
  readonly history: readonly TrainingEntry[];
}

/** A training whose loss is no longer a number. */
export class TrainingDiverged extends Error {
  override readonly name = "TrainingDiverged";

  constructor(
    message: string,
    /** The step whose loss it was, counted from 0. */
    readonly step: number,
  ) {
    super(message);
  }
}

/**
 * The step, counted from 0, at which a training's loss was no longer a number: for studies in which that is a result.
 *
 * @param error what a training was rejected with
 * @throws the error itself where it is no divergence
 * @example const outcome = await run.trained(plan).catch(divergedAt); // a network with its history, or a step
 */
export function divergedAt(error: unknown): number {
  if (error instanceof TrainingDiverged) return error.step;
  throw error;
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
export async function train(plan: TrainingPlan, images: PreparedImages, options: TrainOptions): Promise<Trained> {
  const trainer = createTrainer(plan, images);
  try {
    const history = await runSteps(plan, images, trainer, options);
    return { network: trainer.network, history };
  } catch (error) {
    disposeNetwork(trainer.network);
    throw error;
  } finally {
    trainer.optimiser.dispose();
  }
}

async function runSteps(
  plan: TrainingPlan,
  images: PreparedImages,
  { network, optimiser, step: runStep }: Trainer,
  { from, onCheckpoint, signal, onProgress }: TrainOptions,
): Promise<TrainingEntry[]> {
  const history = from === undefined ? [] : [...from.history];
  if (from !== undefined) restoreCheckpoint(from, network, optimiser);
  const stepsPerEpoch = batchesPerEpoch(images.training.count, plan.batchSize);
  let sums = { loss: 0, right: 0, blocksRun: 0 };
  let entryStart = performance.now();
  for (let step = from?.step ?? 0; step < plan.steps; step++) {
    const { loss, right, blocksRun } = runStep(step);
    if (!Number.isFinite(loss)) {
      const rate = learningRate(plan.schedule, step, plan.steps);
      throw new TrainingDiverged(
        `${plan.architecture.name}, seed ${plan.seed}: the loss is ${loss} at step ${step} (learning rate ${rate}); ` +
          "a lower learning rate may help",
        step,
      );
    }
    sums = { loss: sums.loss + loss, right: sums.right + right, blocksRun: sums.blocksRun + blocksRun };
    const done = step + 1;
    if (done % entrySteps === 0 || done === plan.steps) {
      const steps = done - (history.at(-1)?.step ?? 0);
      const entry: TrainingEntry = {
        step: done,
        loss: sums.loss / steps,
        accuracy: sums.right / (steps * plan.batchSize),
        learningRate: learningRate(plan.schedule, step, plan.steps),
        blocksRun: sums.blocksRun / steps,
      };
      history.push(entry);
      const seconds = (performance.now() - entryStart) / 1000;
      onProgress?.({ ...entry, steps: plan.steps, imagesPerSecond: (steps * plan.batchSize) / seconds });
      sums = { loss: 0, right: 0, blocksRun: 0 };
      entryStart = performance.now();
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

interface TrainUntilOptions {
  /**
   * Asked after every step whether the training may end.
   *
   * @param losses of all steps so far (nats), at least one
   */
  enough(losses: readonly number[]): boolean;
  /** Told how many steps are done after every step. */
  onStep?(done: number): void;
  readonly signal?: AbortSignal;
}

/** A network trained for as long as it took. */
interface TrainedUntil {
  readonly network: Network;
  /** Mean cross-entropy (nats) of the mini-batch of every step, before the step. */
  readonly losses: readonly number[];
  /** Why it ended: it was enough, the plan has no more steps, or the next loss was no longer a number. */
  readonly end: "enough" | "last step" | "diverged";
}

/**
 * Trains until it is enough, and at most for the steps of the plan: for studies of how long a training takes. Such
 * networks are not kept in the model store, and a loss that is no longer a number is an outcome and no error.
 *
 * @returns the caller disposes the network
 */
export async function trainUntil(
  plan: TrainingPlan,
  images: PreparedImages,
  { enough, onStep, signal }: TrainUntilOptions,
): Promise<TrainedUntil> {
  const { network, optimiser, step } = createTrainer(plan, images);
  const losses: number[] = [];
  let end: TrainedUntil["end"] | null = null;
  try {
    while (end === null) {
      const { loss } = step(losses.length);
      if (Number.isFinite(loss)) {
        losses.push(loss);
        if (losses.length === plan.steps) end = "last step";
        if (enough(losses)) end = "enough";
      } else {
        end = "diverged";
      }
      onStep?.(losses.length);
      await setImmediate(); // lets messages and signals in: the kernels block this thread
      signal?.throwIfAborted();
    }
    return { network, losses, end };
  } catch (error) {
    disposeNetwork(network);
    throw error;
  } finally {
    optimiser.dispose();
  }
}
