/**
 * The operations of this room composed of TensorFlow.js's public ones, their gradients by its own differentiation; and the
 * types of what they take and give.
 *
 * They are the reference that the kernels are tested against, and what the pure JavaScript backend runs. Each has the name
 * and the meaning of the one that runs a kernel.
 */
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../runtime";

/**
 * Zeros around the image: `same` keeps ceil(input / stride) as TensorFlow does (the odd zero goes below and to the
 * right), `valid` adds none, a number adds as many on each of the four sides, as PyTorch does.
 */
export type Padding = "same" | "valid" | number;

/** How the kernel of a convolution moves. */
export interface ConvolutionGeometry {
  readonly stride: number;
  readonly padding: Padding;
  /**
   * Into how many groups of equal size channels and filters are parted, each filter over the channels of its own group alone; one
   * where it is not there. As many as there are channels: a depthwise convolution.
   */
  readonly groups?: number;
}

/** Which pooling. */
export interface PoolGeometry {
  readonly kind: "max pool" | "average pool";
  readonly size: number;
  readonly stride: number;
  /** What is added counts neither for the maximum nor for the mean; a number must be below `size`. */
  readonly padding: Padding;
}

/** y = x / (bias + alpha * sum of x^2 over the `radius` channels on either side and its own)^beta. */
export interface LocalResponseGeometry {
  readonly radius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/**
 * A function of each activation by itself, as PyTorch has it.
 *
 * Sources: ReLU6, Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10"; leaky ReLU, Maas et al. 2013; ELU, Clevert et
 * al. 2015, arXiv:1511.07289; GELU and SiLU, Hendrycks & Gimpel 2016, arXiv:1606.08415; hard swish and hard sigmoid, Howard et al.
 * 2019, arXiv:1905.02244, sec. 5.2.
 */
export type Nonlinearity =
  /**
   * min(max(x, 0), 6); x sigmoid(x); x Phi(x) with the normal distribution's Phi by the error function, or by its approximation with a
   * hyperbolic tangent; min(max(x + 3, 0), 6) / 6; x times that.
   */
  | { readonly kind: "relu6" | "silu" | "gelu" | "tanh gelu" | "hard sigmoid" | "hard swish" }
  /** x above zero, else slope x. */
  | { readonly kind: "leaky relu"; readonly slope: number }
  /** x above zero, else scale (exp(x) - 1). */
  | { readonly kind: "elu"; readonly scale: number };

const nonlinearities: Readonly<Record<Nonlinearity["kind"], true>> = {
  relu6: true,
  "leaky relu": true,
  elu: true,
  silu: true,
  gelu: true,
  "tanh gelu": true,
  "hard sigmoid": true,
  "hard swish": true,
};

/** Whether a layer is such a function, by its kind. */
export function isNonlinearity(layer: { readonly kind: string }): layer is Nonlinearity {
  return Object.hasOwn(nonlinearities, layer.kind);
}

/** Running statistics that batch normalisation moves on in training. */
export interface RunningStatistics {
  /** `[channels]` */
  readonly mean: Tensor1D;
  /** `[channels]` */
  readonly variance: Tensor1D;
  /** Share of the new batch: new = (1 - momentum) old + momentum batch. */
  readonly momentum: number;
}

/** What batch normalisation gives. */
export interface NormalisedBatch<T extends Tensor> {
  readonly y: T;
  /** What the backward kernel wants back: the batch's statistics. Disposed by whoever holds the forward pass. */
  readonly saved: Tensor[];
  /** The running statistics after this batch (the variance with Bessel's correction), where they were given. */
  readonly running: { readonly mean: Tensor1D; readonly variance: Tensor1D } | null;
}

export function convolution(x: Tensor4D, weights: Tensor4D, geometry: ConvolutionGeometry): Tensor4D {
  const { stride, padding, groups = 1 } = geometry;
  if (groups > 1) {
    return tf.tidy(() => convolution(x, acrossGroups(weights, groups), { stride, padding }));
  }
  if (typeof padding === "string") return tf.conv2d(x, weights, stride, padding);
  const sides: [number, number] = [padding, padding]; // padded by hand: the gradients know "same" and "valid" only
  return tf.tidy(() => tf.conv2d(tf.pad(x, [[0, 0], sides, sides, [0, 0]]), weights, stride, "valid"));
}

/** The weights of the convolution without groups that computes the same: zeros from channels of other groups. */
function acrossGroups(weights: Tensor4D, groups: number): Tensor4D {
  const [, , channels, filters] = weights.shape;
  const isWithin = (channel: number, filter: number) =>
    Math.floor(channel / channels) === Math.floor((filter * groups) / filters);
  const mask = Array.from({ length: groups * channels }, (_, channel) =>
    Array.from({ length: filters }, (_, filter) => (isWithin(channel, filter) ? 1 : 0)),
  );
  return tf.mul(tf.tile(weights, [1, 1, groups, 1]), tf.tensor2d(mask, [groups * channels, filters]));
}

export function convolutionInputGradient(
  dy: Tensor4D,
  weights: Tensor4D,
  inputShape: readonly [number, number, number, number],
  geometry: ConvolutionGeometry,
): Tensor4D {
  return tf.tidy(() =>
    gradientOf((x: Tensor4D) => convolution(x, weights, geometry), tf.zeros([...inputShape]) as Tensor4D, dy),
  );
}

export function convolutionWeightsGradient(
  x: Tensor4D,
  dy: Tensor4D,
  weightsShape: readonly [number, number, number, number],
  geometry: ConvolutionGeometry,
): Tensor4D {
  return tf.tidy(() =>
    gradientOf((weights: Tensor4D) => convolution(x, weights, geometry), tf.zeros([...weightsShape]) as Tensor4D, dy),
  );
}

export function nonlinearity<T extends Tensor>(x: T, which: Nonlinearity): T {
  return tf.tidy(() => {
    switch (which.kind) {
      case "relu6":
        return tf.relu6(x);
      case "leaky relu":
        return tf.leakyRelu(x, which.slope);
      case "elu":
        return tf.add(tf.relu(x), tf.mul(which.scale, tf.expm1(tf.minimum(x, 0)))) as T;
      case "silu":
        return tf.mul(x, tf.sigmoid(x)) as T;
      case "gelu":
        return tf.mul(x, normalProbability(x)) as T;
      case "tanh gelu":
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(geluTangent(x)), 1)) as T;
      case "hard sigmoid":
        return tf.div(tf.relu6(tf.add(x, 3)), 6) as T;
      case "hard swish":
        return tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)) as T;
    }
  });
}

export function nonlinearityGradient<T extends Tensor>(dy: T, x: T, which: Nonlinearity): T {
  return tf.tidy(() => gradientOf((input: T) => nonlinearity(input, which), x, dy));
}

/** Phi(x): how likely a standard normal deviate is to be at most x. */
export function normalProbability(x: Tensor): Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** What the approximated GELU takes the tangent of: sqrt(2 / pi) (x + 0.044715 x^3). */
export function geluTangent(x: Tensor): Tensor {
  return tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))));
}

export function layerNormalisation<T extends Tensor>(x: T, scale: Tensor1D, offset: Tensor1D, epsilon: number): T {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), scale), offset) as T;
  });
}

export function layerNormalisationGradients<T extends Tensor>(
  dy: T,
  x: T,
  scale: Tensor1D,
  epsilon: number,
): { x: T; scale: Tensor1D; offset: Tensor1D } {
  return tf.tidy(() => {
    const differentiate = tf.grads((input: Tensor, s: Tensor, o: Tensor) =>
      layerNormalisation(input, s as Tensor1D, o as Tensor1D, epsilon),
    );
    const [dx, dScale, dOffset] = differentiate([x, scale, tf.zerosLike(scale)], dy);
    return { x: dx as T, scale: dScale as Tensor1D, offset: dOffset as Tensor1D };
  });
}

export function normaliseBatch<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  epsilon: number,
  running?: RunningStatistics,
): NormalisedBatch<T> {
  const y = tf.tidy(() => normalised(x, scale, offset, epsilon));
  if (running === undefined) return { y, saved: [], running: null };
  const [mean, variance] = tf.tidy(() => {
    const moments = tf.moments(x, reducedAxes(x));
    const count = x.size / scale.size;
    const unbiased = tf.mul(moments.variance, count / Math.max(1, count - 1));
    const moved = (old: Tensor, batch: Tensor) =>
      tf.add(tf.mul(old, 1 - running.momentum), tf.mul(batch, running.momentum)) as Tensor1D;
    return [moved(running.mean, moments.mean), moved(running.variance, unbiased)];
  });
  return { y, saved: [], running: { mean: mean!, variance: variance! } };
}

export function normaliseBatchGradient<T extends Tensor>(
  dy: T,
  x: T,
  scale: Tensor1D,
  epsilon: number,
): { x: T; scale: Tensor1D; offset: Tensor1D } {
  return tf.tidy(() => {
    const offset = tf.zerosLike(scale);
    const differentiate = tf.grads((input: Tensor, s: Tensor, o: Tensor) =>
      normalised(input, s as Tensor1D, o as Tensor1D, epsilon),
    );
    const [dx, dScale, dOffset] = differentiate([x, scale, offset], dy);
    return { x: dx as T, scale: dScale as Tensor1D, offset: dOffset as Tensor1D };
  });
}

export function normaliseByRunning<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  mean: Tensor1D,
  variance: Tensor1D,
  epsilon: number,
): T {
  return tf.tidy(() => {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(tf.sub(x, mean), factor), offset) as T;
  });
}

export function pool(x: Tensor4D, geometry: PoolGeometry): Tensor4D {
  const { kind, size, stride } = geometry;
  const run = kind === "max pool" ? tf.maxPool : tf.avgPool;
  const [rows, columns] = [addedSides(x.shape[1], geometry), addedSides(x.shape[2], geometry)];
  if ([...rows, ...columns].every((added) => added === 0)) return run(x, size, stride, "valid");
  // padded by hand: in JavaScript the gradient of a "same" mean takes every window for a full one
  return tf.tidy(() => {
    const padded = (values: Tensor4D, value: number) => tf.pad4d(values, [[0, 0], rows, columns, [0, 0]], value);
    if (kind === "max pool") return run(padded(x, Number.NEGATIVE_INFINITY), size, stride, "valid");
    const inside = run(padded(tf.ones([1, x.shape[1], x.shape[2], 1]), 0), size, stride, "valid"); // share of the window
    return tf.div(run(padded(x, 0), size, stride, "valid"), inside);
  });
}

/** Pixels that are added before and after a side of the image. */
function addedSides(side: number, { size, stride, padding }: PoolGeometry): [before: number, after: number] {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding, padding];
  const total = Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Gradient by the input of `pool`; an average needs no more of `x` than its shape. */
export function poolGradient(dy: Tensor4D, x: Tensor4D, geometry: PoolGeometry): Tensor4D {
  return tf.tidy(() => {
    const at = geometry.kind === "max pool" ? x : (tf.zeros(x.shape) as Tensor4D);
    return gradientOf((input: Tensor4D) => pool(input, geometry), at, dy);
  });
}

export function localResponseNormalisation(
  x: Tensor4D,
  { radius, bias, alpha, beta }: LocalResponseGeometry,
): Tensor4D {
  return tf.tidy(() => {
    const channels = x.shape[3];
    const near = (one: number, other: number) => (Math.abs(one - other) <= radius ? 1 : 0);
    const band = Array.from({ length: channels }, (_, one) =>
      Array.from({ length: channels }, (_, other) => near(one, other)),
    );
    const squares = tf.matMul(tf.square(x).reshape([-1, channels]), tf.tensor2d(band, [channels, channels]));
    const divisor = tf.pow(tf.add(bias, tf.mul(alpha, squares)), beta);
    return tf.div(x, divisor.reshape(x.shape)) as Tensor4D;
  });
}

export function localResponseNormalisationGradient(
  dy: Tensor4D,
  x: Tensor4D,
  geometry: LocalResponseGeometry,
): Tensor4D {
  return tf.tidy(() => gradientOf((input: Tensor4D) => localResponseNormalisation(input, geometry), x, dy));
}

export function softmaxCrossEntropy(logits: Tensor2D, targets: Tensor2D): { loss: Tensor1D; gradient: Tensor2D } {
  return tf.tidy(() => ({
    loss: tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)) as Tensor1D,
    gradient: tf.sub(tf.softmax(logits), targets) as Tensor2D,
  }));
}

function normalised<T extends Tensor>(x: T, scale: Tensor1D, offset: Tensor1D, epsilon: number): T {
  const { mean, variance } = tf.moments(x, reducedAxes(x));
  return normaliseByRunning(x, scale, offset, mean as Tensor1D, variance as Tensor1D, epsilon);
}

/** All axes but the channels. */
function reducedAxes(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

function gradientOf<X extends Tensor>(f: (x: X) => Tensor, at: X, dy: Tensor): X {
  return tf.grad((x) => f(x as X))(at, dy) as X;
}
