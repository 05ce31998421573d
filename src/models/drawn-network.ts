import type { RandomStream } from "../random";
import { type Tensor4D, tf } from "../runtime";
import type { Architecture } from "./architecture";
import { createNetwork, disposeNetwork, type Network } from "./network";

/**
 * What a body finds out about a network with fresh weights, which is disposed when it is done, as is every tensor that the
 * body makes.
 *
 * @param seed of the weights: see `createNetwork`
 * @param body returns plain numbers, not tensors, and no promise
 */
export function withDrawnNetwork<Result extends object | number>(
  architecture: Architecture,
  seed: number,
  body: (network: Network) => Result,
): Result {
  const network = createNetwork(architecture, seed);
  try {
    let result: Result | undefined;
    tf.tidy(() => {
      result = body(network);
    });
    return result!;
  } finally {
    disposeNetwork(network);
  }
}

/**
 * Standard normal pictures, or activations with height and width.
 *
 * @param shape `[batch, height, width, channels]`
 * @returns the caller disposes it
 */
export function drawnPictures(
  shape: readonly [batch: number, height: number, width: number, channels: number],
  stream: RandomStream,
): Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => stream.normal()),
    [...shape],
  );
}
