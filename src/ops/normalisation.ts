/**
 * Batch normalisation in one kernel forward and one backward, of this project or of TensorFlow; and local response normalisation.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1. Activations are `[batch, height, width, channels]` or
 * `[batch, features]`; the statistics are `[channels]`.
 */
import {
  hasTensorFlowKernels,
  type Kernel,
  type KernelAttributes,
  kernel,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tf,
} from "../runtime";
import { addAndRectify, reluGradient, relu as reluOf } from "./activation";
import type { LocalResponseGeometry, NormalisedBatch, RunningStatistics } from "./composed";
import * as composed from "./composed";
import { hasOneDnnKernels, hasOwnKernels, kernelOnce, oneDnnKernel, ownKernel } from "./kernels";
import { add, inPrecisionOf, precisionOf, reshape, sumOverChannels, throughFloat32, toFloat32 } from "./precision";

/** What follows a normalisation in the same pass: this project's kernels have the bits of the single operations in float32. */
interface FollowingNormalisation<T extends Tensor> {
  /** Added before the ReLU: the other branch of a block, of the input's shape. It stays the caller's. */
  readonly addend?: T | undefined;
  /** Whether a ReLU ends it. */
  readonly relu?: boolean;
}

/** Normalises by the batch's own mean and variance: scale (x - mean) / sqrt(variance + epsilon) + offset. */
export function normaliseBatch<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  epsilon: number,
  running?: RunningStatistics,
  { addend, relu = false }: FollowingNormalisation<T> = {},
): NormalisedBatch<T> {
  if (hasOwnKernels()) return ownNormaliseBatch(x, scale, offset, epsilon, running, { addend, relu });
  if (addend !== undefined || (relu && !hasOneDnnKernels())) {
    const { y, ...statistics } = normaliseBatch(x, scale, offset, epsilon, running);
    const ended = addend === undefined ? reluOf(y) : relu ? addAndRectify(y, addend) : add(y, addend);
    y.dispose();
    return { y: ended, ...statistics };
  }
  if (!hasTensorFlowKernels()) return composed.normaliseBatch(x, scale, offset, epsilon, running);
  const [y, mean, variance, ...saved] = asImages(x, (images) => {
    const none = tf.tensor1d([]);
    const share = running?.momentum ?? 1;
    const inputs = [images, scale, offset, running?.mean ?? none, running?.variance ?? none];
    const outputs = fused(relu ? "FusedBatchNormEx" : "FusedBatchNormV3", x, epsilon, true, share)(inputs);
    if (!relu) {
      none.dispose();
      return outputs;
    }
    outputs.pop()!.dispose(); // oneDNN's mask of the ReLU, which its gradient here does without
    return [...outputs, none];
  });
  if (running === undefined) {
    mean!.dispose();
    variance!.dispose();
  }
  return {
    y: y as T,
    saved,
    running: running === undefined ? null : { mean: mean as Tensor1D, variance: variance as Tensor1D },
  };
}

/** The ReLU at the end of a normalisation, as its gradient needs it. */
interface FollowingRelu<T extends Tensor> {
  /** The normalisation's. */
  readonly offset: Tensor1D;
  /** The ReLU's output; not looked at by this project's kernels, which find it again. */
  readonly y: T;
}

/** What the gradients of a normalisation may be joined with. */
interface NormalisationGradientOptions<T extends Tensor> {
  readonly relu?: FollowingRelu<T> | null;
  /** Added to the gradient by the input: what comes back along another branch. It stays the caller's. */
  readonly addend?: T | undefined;
}

/**
 * Gradients of the loss by the input, scale and offset of `normaliseBatch`, where nothing was added.
 *
 * @param dy gradient by the output; by that of the ReLU where one follows
 */
export function normaliseBatchGradient<T extends Tensor>(
  dy: T,
  x: T,
  scale: Tensor1D,
  saved: readonly Tensor[],
  epsilon: number,
  { relu = null, addend }: NormalisationGradientOptions<T> = {},
): { x: T; scale: Tensor1D; offset: Tensor1D } {
  if (hasOwnKernels()) {
    const addends = addend === undefined ? [] : [addend];
    const attributes = { relu: { bool: relu !== null }, addends: { int: addends.length } };
    const gradient = ownKernel("CnnFindingsNormaliseGradient", attributes, 3, x);
    const [byInput, byScale, byOffset] = gradient([dy, x, scale, relu?.offset ?? scale, ...saved, ...addends]);
    return { x: byInput as T, scale: byScale as Tensor1D, offset: byOffset as Tensor1D };
  }
  if (addend !== undefined) {
    const { x: alone, ...byParameters } = normaliseBatchGradient(dy, x, scale, saved, epsilon, { relu });
    const sum = add(alone, addend);
    alone.dispose();
    return { x: sum, ...byParameters };
  }
  if (relu !== null) {
    const through = reluGradient(dy, relu.y);
    const gradients = normaliseBatchGradient(through, x, scale, saved, epsilon);
    through.dispose();
    return gradients;
  }
  if (!hasTensorFlowKernels()) return composed.normaliseBatchGradient(dy, x, scale, epsilon);
  const [dx, dScale, dOffset, ...unused] = asImages(dy, (gradient) => {
    const images = imagesOf(x);
    const outputs = fused("FusedBatchNormGradV3", x, epsilon, true, null)([gradient, images, scale, ...saved]);
    if (images !== x) images.dispose();
    return outputs;
  });
  for (const output of unused) output.dispose();
  return { x: dx as T, scale: dScale as Tensor1D, offset: dOffset as Tensor1D };
}

/** Normalises by running statistics, as at inference: every image on its own. A ReLU may follow in the same pass. */
export function normaliseByRunning<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  mean: Tensor1D,
  variance: Tensor1D,
  epsilon: number,
  relu = false,
): T {
  if (relu && !hasOneDnnKernels()) {
    return tf.tidy(() => reluOf(normaliseByRunning(x, scale, offset, mean, variance, epsilon)));
  }
  if (!hasTensorFlowKernels()) return composed.normaliseByRunning(x, scale, offset, mean, variance, epsilon);
  const [y, ...unused] = asImages(x, (images) =>
    fused(
      relu ? "FusedBatchNormEx" : "FusedBatchNormV3",
      x,
      epsilon,
      false,
      1,
    )([images, scale, offset, mean, variance]),
  );
  for (const output of unused) output.dispose();
  return y as T;
}

function ownNormaliseBatch<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  epsilon: number,
  running: RunningStatistics | undefined,
  { addend, relu = false }: FollowingNormalisation<T>,
): NormalisedBatch<T> {
  const addends = addend === undefined ? [] : [addend];
  const [attributes, before] = statisticsOf(running, scale, epsilon);
  const own = { ...attributes, addends: { int: addends.length }, relu: { bool: relu } };
  const [y, ...found] = ownKernel("CnnFindingsNormalise", own, 5, x)([x, ...before, scale, offset, ...addends]);
  return { y: y as T, ...foundStatistics(found, running) };
}

/**
 * What a batch is normalised by, without normalising it: for a convolution that does so as it reads (see `normalisesInput`).
 *
 * @param scale `[channels]`
 * @param running mean and variance so far, which are moved on
 */
export function batchStatistics(
  x: Tensor,
  scale: Tensor1D,
  epsilon: number,
  running?: RunningStatistics,
): Omit<NormalisedBatch<Tensor>, "y"> {
  const [attributes, before] = statisticsOf(running, scale, epsilon);
  return foundStatistics(ownKernel("CnnFindingsBatchStatistics", attributes, 4, x)([x, ...before]), running);
}

/** What this project's kernels are told of running statistics; where there are none, tensors that do not count stand for them. */
function statisticsOf(running: RunningStatistics | undefined, none: Tensor1D, epsilon: number) {
  const attributes = { epsilon: { float: epsilon }, share: { float: running?.momentum ?? 1 } };
  return [attributes, [running?.mean ?? none, running?.variance ?? none]] as const;
}

function foundStatistics([mean, inverse, ...moved]: readonly Tensor[], running: RunningStatistics | undefined) {
  if (running === undefined) for (const tensor of moved) tensor.dispose();
  const [movedMean, movedVariance] = moved as Tensor1D[];
  return {
    saved: [mean!, inverse!],
    running: running === undefined ? null : { mean: movedMean!, variance: movedVariance! },
  };
}

/** `FusedBatchNormEx` is oneDNN's, with a ReLU at its end. Statistics, scale and offset are float32 in both precisions. */
function fused(
  name: "FusedBatchNormV3" | "FusedBatchNormEx" | "FusedBatchNormGradV3",
  x: Tensor,
  epsilon: number,
  training: boolean,
  share: number | null,
): Kernel {
  const type = precisionOf(x);
  return kernelOnce(`${name} ${epsilon} ${training} ${share} ${type}`, () => {
    const attributes: KernelAttributes = {
      T: { type },
      U: { type: "float32" },
      epsilon: { float: epsilon },
      data_format: { string: "NHWC" },
      is_training: { bool: training },
      ...(share === null ? {} : { exponential_avg_factor: { float: share } }),
    };
    if (name !== "FusedBatchNormEx") return kernel(name, attributes, name === "FusedBatchNormV3" ? 6 : 5);
    const rectified = { ...attributes, num_side_inputs: { int: 0 }, activation_mode: { string: "Relu" } };
    return oneDnnKernel("_MklNativeFusedBatchNormEx", rectified, 6);
  });
}

/** The fused kernels take images only: features become images of one pixel, and the first output features again. */
function asImages(x: Tensor, body: (images: Tensor) => Tensor[]): Tensor[] {
  if (x.rank === 4) return body(x);
  const images = imagesOf(x);
  const [first, ...rest] = body(images);
  const features = reshape(first!, x.shape);
  images.dispose();
  first!.dispose();
  return [features, ...rest];
}

function imagesOf(x: Tensor): Tensor {
  return x.rank === 4 ? x : reshape(x, [x.shape[0]!, 1, 1, x.shape[1]!]);
}

/**
 * Each pixel (or each row of features) normalised over its own channels, the last axis: scale (x - mean) / sqrt(variance + epsilon) +
 * offset.
 *
 * Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450; over the channels of a pixel as ConvNeXt has it (Liu et al. 2022,
 * arXiv:2201.03545, sec. 2.6).
 *
 * @param scale `[channels]`
 * @param offset `[channels]`
 */
export function layerNormalisation<T extends Tensor>(x: T, scale: Tensor1D, offset: Tensor1D, epsilon: number): T {
  return throughFloat32([x], (wide) => composed.layerNormalisation(wide, scale, offset, epsilon));
}

/** Gradients of the loss by the input, scale and offset of `layerNormalisation`; the latter two in float32. */
export function layerNormalisationGradients<T extends Tensor>(
  dy: T,
  x: T,
  scale: Tensor1D,
  epsilon: number,
): { x: T; scale: Tensor1D; offset: Tensor1D } {
  return tf.tidy(() => {
    const [wide, at] = [toFloat32(dy), toFloat32(x)];
    const { mean, variance } = tf.moments(at, -1, true);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normal = tf.mul(tf.sub(at, mean), inverse);
    const byNormal = tf.mul(wide, scale);
    const projection = tf.mul(normal, tf.mean(tf.mul(byNormal, normal), -1, true));
    const byInput = tf.mul(tf.sub(tf.sub(byNormal, tf.mean(byNormal, -1, true)), projection), inverse);
    return {
      x: inPrecisionOf(dy, byInput) as T,
      scale: sumOverChannels(tf.mul(wide, normal)) as Tensor1D,
      offset: sumOverChannels(wide) as Tensor1D,
    };
  });
}

/**
 * Activations `[batch, height, width, channels]` damped where channels beside them are large:
 * y = x / (bias + alpha * sum of x^2 over the `radius` channels on either side and its own)^beta.
 *
 * Source: Krizhevsky et al. 2012, sec. 3.3. Past the first and the last channel there is nothing to add.
 */
export function localResponseNormalisation(x: Tensor4D, geometry: LocalResponseGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.localResponseNormalisation(x, geometry);
  return throughFloat32([x], (wide) => localResponse("LRN", geometry)([wide])[0] as Tensor4D);
}

/** Gradient by the input of `localResponseNormalisation`, from its input and output. */
export function localResponseNormalisationGradient(
  dy: Tensor4D,
  x: Tensor4D,
  y: Tensor4D,
  geometry: LocalResponseGeometry,
): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.localResponseNormalisationGradient(dy, x, geometry);
  return throughFloat32([dy, x, y], (...wide) => localResponse("LRNGrad", geometry)(wide)[0] as Tensor4D);
}

function localResponse(name: "LRN" | "LRNGrad", { radius, bias, alpha, beta }: LocalResponseGeometry): Kernel {
  return kernelOnce(`${name} ${radius} ${bias} ${alpha} ${beta}`, () => {
    const constants = { bias: { float: bias }, alpha: { float: alpha }, beta: { float: beta } };
    return kernel(name, { depth_radius: { int: radius }, ...constants }, 1);
  });
}
