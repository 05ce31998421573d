import type { RandomStream } from "../random";
import { type Tensor, type Tensor4D, tf } from "../runtime";
import { runStem } from "./forward";
import { gradientAutocovariances, inputCircle } from "./gradient-autocovariance";
import type { Network } from "./network";

export interface CircleOptions {
  /** Depths at which the network ends, in blocks. */
  readonly depths: readonly number[];
  /** Inputs on the circle. */
  readonly points: number;
  /** Linear functions of the output, with normal coefficients, whose gradients are averaged over. */
  readonly functions: number;
}

/**
 * Autocovariances of the gradient along a circle of inputs through two random pictures of a batch, as the stem shows them.
 *
 * @param network of dense blocks of one width
 * @param batch `[batch, height, width, channels]`, two pictures at least; it stays the caller's
 * @param stream draws the pictures and the functions
 * @returns `[depths][points / 2 + 1]`, see `gradientAutocovariances`
 */
export function circleAutocovariances(
  network: Network,
  batch: Tensor4D,
  stream: RandomStream,
  { depths, points, functions }: CircleOptions,
): number[][] {
  return tf.tidy(() => {
    const inputs: Tensor = runStem(network, batch, "inference"); // [batch, units]
    const units = inputs.shape[1]!;
    const values = inputs.dataSync() as Float32Array;
    const [one, other] = stream.shuffle(Array.from({ length: inputs.shape[0]! }, (_, place) => place));
    const input = (place: number) => values.slice(place * units, (place + 1) * units);
    const circle = tf.tensor2d(inputCircle(input(one!), input(other!), points), [points, units]);
    const directions = Float32Array.from({ length: functions * units }, () => stream.normal());
    return gradientAutocovariances(network, circle, tf.tensor2d(directions, [functions, units]), depths);
  });
}
