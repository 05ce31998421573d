import { setImmediate } from "node:timers/promises";
import { disposeNetwork, type Network } from "../networks";
import type { TrainingPlan } from "./plan";
import type { PreparedImages } from "./prepared-images";
import { createTrainer } from "./trainer";

export interface TrainUntilOptions {
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
export interface TrainedUntil {
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
