/**
 * What the laws draw beside a network, and do with it.
 */
import fc from "fast-check";
import { type Architecture, createNetwork, disposeNetwork, type MaskStreams, type Network } from "../networks";
import { randomStream } from "../random";
import { type Tensor, tf } from "../runtime";

/** Seeds of fresh weights; the smallest is 0. */
export const weightSeeds: fc.Arbitrary<number> = fc.nat();

/**
 * Always as many: TensorFlow 2.18 with several threads corrupts its memory in the gradient of a 1x1 convolution of stride 2 by
 * its weights, where fewer than 16 channels come in and the threads cannot share the images evenly (5 or 7 on two
 * threads, not 2, 4, 8, 16, 64 or 128).
 */
export const gradientCounts = [8, 8] as const;

/** A seed of weights in words. */
export function weightsText(seed: number): string {
  return `weights of seed ${seed}`;
}

/** Runs a body on a network with fresh weights, in a tidy of its own; both are freed whatever the body throws. */
export function onNetwork(architecture: Architecture, seed: number, body: (network: Network) => void): void {
  const network = createNetwork(architecture, seed);
  try {
    tf.tidy(() => body(network));
  } finally {
    disposeNetwork(network);
  }
}

/** Dropout's masks of one case. */
export function masksOf(seed: number): MaskStreams {
  return (layer) => randomStream(seed, "dropout", layer);
}

/**
 * Largest difference of two tensors of one shape, over the larger of 1 and their largest value; infinite where a value is
 * not a finite number.
 */
export function relativeDifference(one: Tensor, other: Tensor): number {
  const [a, b] = [one.dataSync<"float32">(), other.dataSync<"float32">()];
  let difference = 0;
  let largest = 1;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]! - b[i]!)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
  }
  return difference / largest;
}

/** Whether every value is a finite number. */
export function isAllFinite(tensor: Tensor): boolean {
  return tensor.dataSync<"float32">().every(Number.isFinite);
}
