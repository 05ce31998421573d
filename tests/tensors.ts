/** What tests of tensor code share: seeded tensors, differences, numeric derivatives, counting what is left behind. */
import * as assert from "uvu/assert";
import {
  type Architecture,
  createNetwork,
  disposeNetwork,
  type Network,
  parameterSpecifications,
  replaceParameter,
} from "../src/networks";
import { randomStream } from "../src/random";
import { type Tensor, tf } from "../src/runtime";

/** Standard normal values by seed. */
export function normalTensor<T extends Tensor>(shape: readonly number[], seed: number, name = "test"): T {
  const stream = randomStream(seed, name);
  const size = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length: size }, () => stream.normal());
  return tf.tensor(values, [...shape]) as T;
}

/** Largest difference of two tensors, over the larger of 1 and their largest value. */
export function relativeDifference(one: Tensor, other: Tensor): number {
  assert.equal(one.shape, other.shape, "the shapes differ");
  const [a, b] = [one.dataSync(), other.dataSync()];
  let difference = 0;
  let largest = 1;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
    if (!Number.isFinite(a[i]! - b[i]!)) return Number.POSITIVE_INFINITY;
  }
  return difference / largest;
}

/** Asserts that two tensors agree to a tolerance; says by how much they do not. */
export function assertClose(one: Tensor, other: Tensor, tolerance: number, what: string): void {
  const difference = relativeDifference(one, other);
  assert.ok(difference <= tolerance, `${what}: relative difference ${difference}, allowed ${tolerance}`);
}

/** Sum of products of two tensors, in double precision. */
export function innerProduct(one: Tensor, other: Tensor): number {
  const [a, b] = [one.dataSync(), other.dataSync()];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Derivative of f at `at` along `direction`, by central differences of width 2 epsilon. */
export function numericDerivative(f: (x: Tensor) => number, at: Tensor, direction: Tensor, epsilon: number): number {
  const valueAt = (sign: number) => {
    const x = tf.tidy(() => tf.add(at, tf.mul(direction, sign * epsilon)));
    const value = f(x);
    x.dispose();
    return value;
  };
  return (valueAt(1) - valueAt(-1)) / (2 * epsilon);
}

/** Runs a body in a tidy of its own and asserts that it leaves no tensor behind. */
export function withoutLeak(body: () => void): void {
  const before = tf.memory().numTensors;
  tf.tidy(body);
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
}

/** Runs a body on a fresh network, in a tidy of its own, and asserts that neither leaves a tensor behind. */
export function withNetwork(architecture: Architecture, seed: number, body: (network: Network) => void): void {
  const before = tf.memory().numTensors;
  const network = createNetwork(architecture, seed);
  try {
    tf.tidy(() => body(network));
  } finally {
    disposeNetwork(network);
  }
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
}

/** Gives a network's running statistics and offsets values that a trained one might have. */
export function unsettle(built: Network, seed: number): void {
  for (const { name, shape } of parameterSpecifications(built.architecture)) {
    const draw = normalTensor<Tensor>(shape, seed, name);
    if (name.endsWith("/variance")) replaceParameter(built, name, draw.square().add(0.5));
    else if (/\/(mean|offset|bias)$/.test(name)) replaceParameter(built, name, draw.mul(0.3));
    else if (name.endsWith("/scale")) replaceParameter(built, name, draw.mul(0.2).add(1));
  }
}
