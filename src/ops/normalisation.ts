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
import { reluGradient, relu as reluOf } from "./activation";
import type { LocalResponseGeometry, NormalisedBatch, RunningStatistics } from "./composed";
import * as composed from "./composed";
import { hasOneDnnKernels, hasOwnKernels, kernelOnce, oneDnnKernel, ownKernel } from "./kernels";
import { inPrecisionOf, precisionOf, reshape, sumOverChannels, throughFloat32, toFloat32 } from "./precision";

/**
 * Normalises by the batch's own mean and variance: scale (x - mean) / sqrt(variance + epsilon) + offset.
 *
 * @param relu whether a ReLU follows in the same pass
 */
export function normaliseBatch<T extends Tensor>(
  x: T,
  scale: Tensor1D,
  offset: Tensor1D,
  epsilon: number,
  running?: RunningStatistics,
  relu = false,
): NormalisedBatch<T> {
  if (hasOwnKernels()) return ownNormaliseBatch(x, scale, offset, epsilon, running, relu);
  if (relu && !hasOneDnnKernels()) return withRelu(normaliseBatch(x, scale, offset, epsilon, running));
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
  /** The ReLU's output. */
  readonly y: T;
}

/**
 * Gradients of the loss by the input, scale and offset of `normaliseBatch`.
 *
 * @param dy gradient by the output; by that of the ReLU where one follows
 */
export function normaliseBatchGradient<T extends Tensor>(
  dy: T,
  x: T,
  scale: Tensor1D,
  saved: readonly Tensor[],
  epsilon: number,
  relu: FollowingRelu<T> | null = null,
): { x: T; scale: Tensor1D; offset: Tensor1D } {
  if (hasOwnKernels()) {
    const gradient = ownKernel("CnnFindingsNormaliseGradient", { relu: { bool: relu !== null } }, 3, x);
    const [byInput, byScale, byOffset] = gradient([dy, x, scale, relu?.offset ?? scale, ...saved]);
    return { x: byInput as T, scale: byScale as Tensor1D, offset: byOffset as Tensor1D };
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
  relu: boolean,
): NormalisedBatch<T> {
  const share = running?.momentum ?? 1; // of 1: what stands for the running statistics then does not count
  const attributes = { relu: { bool: relu }, epsilon: { float: epsilon }, share: { float: share } };
  const normalise = ownKernel("CnnFindingsNormalise", attributes, 5, x);
  const [y, mean, inverse, ...moved] = normalise([
    x,
    scale,
    offset,
    running?.mean ?? scale,
    running?.variance ?? scale,
  ]);
  if (running === undefined) for (const tensor of moved) tensor.dispose();
  return {
    y: y as T,
    saved: [mean!, inverse!],
    running: running === undefined ? null : { mean: moved[0] as Tensor1D, variance: moved[1] as Tensor1D },
  };
}

/** The same with a ReLU after it, in a pass of its own. */
function withRelu<T extends Tensor>({ y, saved, running }: NormalisedBatch<T>): NormalisedBatch<T> {
  const positive = reluOf(y);
  y.dispose();
  return { y: positive, saved, running };
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
