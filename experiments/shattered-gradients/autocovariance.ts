/**
 * How the gradient by the input changes as the input moves along a line.
 *
 * Source: Balduzzi et al. 2017, arXiv:1702.08591, sec. 2. Their line is a stretch of one dimension; here it is closed,
 * a circle through two inputs, so that all its points are as long, their mean is zero, and a quarter of the way round
 * lie inputs that have nothing in common: those that the theory of sec. 3 speaks of.
 */
import {
  type Architecture,
  blockBackward,
  createNetwork,
  disposeNetwork,
  forward,
  freezeNormalisation,
  fullRoute,
  type Network,
  newTape,
  runBlock,
  runStem,
  type Tape,
} from "../../src/networks";
import type { RandomStream } from "../../src/random";
import { type Tensor, type Tensor4D, tf } from "../../src/runtime";

/**
 * A fresh network whose normalisation keeps the statistics of a batch: each image's output depends on that image alone.
 *
 * @param seed of its weights
 * @param batch `[batch, height, width, channels]`; it stays the caller's
 */
export function networkFrozenOn(architecture: Architecture, seed: number, batch: Tensor4D): Network {
  const network = createNetwork(architecture, seed);
  forward(network, batch, { mode: "training" }).dispose();
  const frozen = freezeNormalisation(network);
  disposeNetwork(network);
  return frozen;
}

export interface CircleOptions {
  /** Depths at which the network ends, in blocks. */
  readonly depths: readonly number[];
  /** Inputs on the circle. */
  readonly points: number;
  /** Linear functions of the output, with normal coefficients, whose gradients are averaged over. */
  readonly functions: number;
}

/**
 * Autocovariances of the gradient along a circle of inputs through two random images of a batch, as the stem shows them.
 *
 * @param network of dense blocks of one width
 * @param batch `[batch, height, width, channels]`, two images at least; it stays the caller's
 * @param stream samples the images and the functions
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

/**
 * Points evenly spaced on the circle about zero that passes through `one` and through the part of `other` at right
 * angles to it, both brought to mean square 1.
 *
 * @param one values of one input
 * @param other as many values, not a multiple of `one`
 * @returns `[points, values]`, the inputs one after another; the first is `one`
 * @throws RangeError when the two are of different lengths, or no plane passes through them
 */
export function inputCircle(one: Float32Array, other: Float32Array, points: number): Float32Array {
  if (one.length !== other.length) throw new RangeError(`need inputs as long, got ${one.length} and ${other.length}`);
  const first = withMeanSquareOne(one);
  const overlap = dot(first, other) / first.length;
  const second = withMeanSquareOne(Float32Array.from(other, (value, i) => value - overlap * first[i]!));
  const circle = new Float32Array(points * first.length);
  for (let point = 0; point < points; point++) {
    const angle = (2 * Math.PI * point) / points;
    const [along, across] = [Math.cos(angle), Math.sin(angle)];
    first.forEach((value, i) => {
      circle[point * first.length + i] = along * value + across * second[i]!;
    });
  }
  return circle;
}

/**
 * Autocovariance of the gradient along a closed line of inputs, after each of the given depths.
 *
 * What is differentiated is a linear function of the last block's output, the same at every place: each of the given
 * ones in turn. Entry `lag` is the inner product of the gradients by the inputs at two places `lag` apart, summed over
 * the places and the functions. Over entry 0 it is the autocorrelation; networks are averaged before that division.
 *
 * @param network without batch normalisation in its blocks (see `freezeNormalisation`), all borders of one shape
 * @param inputs evenly spaced on a closed line, at the first block's input: `[points, ...]`; they stay the caller's
 * @param functions weights of the linear functions, `[functions, ...]`; they stay the caller's
 * @param depths numbers of blocks, ascending
 * @returns for each depth the entries 0 to points / 2
 */
export function gradientAutocovariances(
  network: Network,
  inputs: Tensor,
  functions: Tensor,
  depths: readonly number[],
): number[][] {
  return tf.tidy(() => {
    const { blocks: records } = newTape();
    let activations = inputs as Tensor4D;
    for (const step of fullRoute(network.architecture).slice(0, depths.at(-1))) {
      activations = runBlock(network, step, activations, "inference", { records });
    }
    const directions = tf.split(functions, functions.shape[0]!);
    return depths.map((depth) => {
      const upTo = records.slice(0, depth).reverse();
      const sums = directions.map((direction) =>
        autocovariance(network, upTo, tf.add(tf.zerosLike(inputs), direction)),
      );
      return sums.reduce((sum, found) => sum.map((value, lag) => value + found[lag]!));
    });
  });
}

/** @param records of the blocks, last first */
function autocovariance(network: Network, records: Tape["blocks"], byOutput: Tensor): number[] {
  return tf.tidy(() => {
    let gradient = byOutput;
    for (const record of records) {
      const before = blockBackward(network, record, gradient as Tensor4D, null);
      if (before !== gradient && gradient !== byOutput) gradient.dispose();
      gradient = before;
    }
    const points = byOutput.shape[0]!;
    const rows = gradient.reshape([points, -1]);
    const products = tf.matMul(rows, rows, false, true).dataSync(); // [points, points]
    return Array.from({ length: Math.floor(points / 2) + 1 }, (_, lag) => {
      let sum = 0;
      for (let place = 0; place < points; place++) sum += products[place * points + ((place + lag) % points)]!;
      return sum;
    });
  });
}

function withMeanSquareOne(values: Float32Array): Float32Array {
  const meanSquare = dot(values, values) / values.length;
  if (meanSquare > 1e-12 && Number.isFinite(meanSquare)) return values.map((value) => value / Math.sqrt(meanSquare));
  throw new RangeError("no circle passes through these inputs: one is zero or a multiple of the other");
}

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + value * other[i]!, 0);
}
