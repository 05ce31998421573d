import { disposeNetwork } from "../networks";
import { peakTensorBytes, tf } from "../runtime";
import type { TrainingPlan } from "./plan";
import type { PreparedImages } from "./prepared-images";
import { createTrainer } from "./trainer";

export interface StepMemory {
  /** Held between steps: the network's parameters and running statistics, the optimiser's copy and its velocity. */
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
