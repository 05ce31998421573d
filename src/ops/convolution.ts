/**
 * Two-dimensional convolution and its two gradients, each one TensorFlow kernel; and the convolution with all that follows
 * it at inference in one pass. Those by 3x3 weights at stride 1 are computed by Winograd's algorithm, in a half to a third of the time.
 *
 * Activations are `[batch, height, width, channels]`, weights `[height, width, channels in, filters]`; of a convolution in groups
 * `[height, width, channels in of one group, filters]`, the filters of the first group first.
 */
import {
  hasTensorFlowKernels,
  isBfloat16,
  type Kernel,
  type KernelAttributes,
  kernel,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tf,
} from "../runtime";
import { addAndRectify, relu as reluOf } from "./activation";
import type { ConvolutionGeometry } from "./composed";
import * as composed from "./composed";
import {
  hasOneDnnKernels,
  hasOwnKernels,
  hasWinogradKernels,
  kernelOnce,
  oneDnnKernel,
  ownKernel,
  windowAttributes,
} from "./kernels";
import { subsample } from "./pooling";
import {
  add,
  addBias,
  concatenate,
  inPrecisionOf,
  type Precision,
  pad,
  precisionOf,
  slice,
  throughFloat32,
  toBfloat16,
  toFloat32,
} from "./precision";

type Shape4 = readonly [number, number, number, number];

/** What a convolution may be joined with. */
interface ConvolutionOptions {
  /** How its input is normalised first: only where `normalisesInput`. */
  readonly normalisation?: InputNormalisation | undefined;
  /** `[filters]`; null where there is none. */
  readonly bias?: Tensor1D | null;
  /** Added before the ReLU: the other branch of a block, `[batch, height, width, filters]`. It stays the caller's. */
  readonly addend?: Tensor4D | undefined;
  /** Whether a ReLU ends it. */
  readonly relu?: boolean;
}

/** Batch normalisation of a convolution's input, done as it is read: what comes of it is nowhere held. All are `[channels]`. */
export interface InputNormalisation {
  readonly mean: Tensor1D;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: Tensor1D;
  readonly scale: Tensor1D;
  readonly offset: Tensor1D;
  /** Whether a ReLU follows it. */
  readonly relu: boolean;
}

/**
 * relu(convolution(x, weights) + bias + addend), where what is not given is left out: a cross-correlation, as everywhere in this field.
 * In one kernel by Winograd's algorithm, else in one for each operation: in float32 to the same bits.
 *
 * @param x `[batch, height, width, channels]`
 * @param weights `[height, width, channels, filters]`
 */
export function convolution(
  x: Tensor4D,
  weights: Tensor4D,
  geometry: ConvolutionGeometry,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { normalisation, bias = null, addend, relu = false } = options;
  if (isWinograd(x.shape, weights.shape, geometry)) {
    const [biases, addends] = [bias === null ? [] : [bias], addend === undefined ? [] : [addend]];
    const [attributes, statistics] = normalising(normalisation);
    const own = {
      ...attributes,
      biases: { int: biases.length },
      addends: { int: addends.length },
      relu: { bool: relu },
    };
    return winograd("Convolution", own, geometry, [x, weights, ...statistics, ...biases, ...addends]);
  }
  if (normalisation !== undefined)
    throw new RangeError("this convolution cannot normalise its input: normalise it before");
  if (bias === null && addend === undefined && !relu) return convolutionAlone(x, weights, geometry);
  return tf.tidy(() => {
    let y = convolutionAlone(x, weights, geometry);
    if (bias !== null) y = addBias(y, bias);
    if (addend !== undefined) return relu ? addAndRectify(y, addend) : add(y, addend);
    return relu ? reluOf(y) : y;
  });
}

/** Whether a convolution, and its gradient by the weights, can normalise what they read. Shapes are those of its input and weights. */
export function normalisesInput(inputShape: Shape4, weightsShape: Shape4, geometry: ConvolutionGeometry): boolean {
  return isWinograd(inputShape, weightsShape, geometry) && hasOwnKernels();
}

function convolutionAlone(x: Tensor4D, weights: Tensor4D, geometry: ConvolutionGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.convolution(x, weights, geometry);
  if (isGrouped(geometry)) return inGroups(x, weights, geometry);
  if (!isBfloat16(x)) return run("Conv2D", geometry, [x, weights]);
  return tf.tidy(() => run("Conv2D", geometry, [x, toBfloat16(weights)]));
}

/**
 * Gradient of the loss by the convolution's input.
 *
 * @param dy gradient by the output
 * @param inputShape shape of the input
 * @param addend what is added to it: the gradient along another branch, which stays the caller's
 */
export function convolutionInputGradient(
  dy: Tensor4D,
  weights: Tensor4D,
  inputShape: Shape4,
  geometry: ConvolutionGeometry,
  addend?: Tensor4D,
): Tensor4D {
  if (isWinograd(inputShape, weights.shape, geometry)) {
    const addends = addend === undefined ? [] : [addend];
    return winograd("InputGradient", { addends: { int: addends.length } }, geometry, [dy, weights, ...addends]);
  }
  if (addend !== undefined) {
    return tf.tidy(() => add(convolutionInputGradient(dy, weights, inputShape, geometry), addend));
  }
  if (!hasTensorFlowKernels()) return composed.convolutionInputGradient(dy, weights, inputShape, geometry);
  if (isGrouped(geometry)) return inputGradientInGroups(dy, weights, inputShape, geometry);
  return tf.tidy(() => {
    const added = addedPixels(weights.shape, geometry);
    const [batch, height, width, channels] = inputShape;
    const padded = [batch, height + 2 * added, width + 2 * added, channels];
    const gradient = run("Conv2DBackpropInput", paddedGeometry(weights.shape, geometry), [
      tf.tensor1d(padded, "int32"),
      inPrecisionOf(dy, weights),
      dy,
    ]);
    return added === 0 ? gradient : slice(gradient, [0, added, added, 0], [...inputShape]);
  });
}

/**
 * Gradient of the loss by the convolution's weights, in float32.
 *
 * @param x the input
 * @param dy gradient by the output
 * @param weightsShape shape of the weights
 * @param normalisation how the convolution normalised its input
 */
export function convolutionWeightsGradient(
  x: Tensor4D,
  dy: Tensor4D,
  weightsShape: Shape4,
  geometry: ConvolutionGeometry,
  normalisation?: InputNormalisation,
): Tensor4D {
  if (isWinograd(x.shape, weightsShape, geometry)) {
    const [attributes, statistics] = normalising(normalisation);
    return winograd("WeightsGradient", attributes, geometry, [x, dy, ...statistics]);
  }
  if (normalisation !== undefined) throw new RangeError("this convolution cannot have normalised its input");
  if (!hasTensorFlowKernels()) return composed.convolutionWeightsGradient(x, dy, weightsShape, geometry);
  if (isGrouped(geometry)) return weightsGradientInGroups(x, dy, weightsShape, geometry);
  return tf.tidy(() => {
    const added = addedPixels(weightsShape, geometry);
    const sides: [number, number] = [added, added];
    const padded = added === 0 ? x : pad(x, [sides, sides, [0, 0]]);
    const shape = tf.tensor1d([...weightsShape], "int32");
    if (isSubsamplingFirst(padded.shape, weightsShape, geometry)) {
      const pixels = subsample(padded, geometry.stride);
      return toFloat32(run("Conv2DBackpropFilter", { stride: 1, padding: "valid" }, [pixels, shape, dy]));
    }
    return toFloat32(run("Conv2DBackpropFilter", paddedGeometry(weightsShape, geometry), [padded, shape, dy]));
  });
}

/**
 * Whether a convolution and its gradients are computed by Winograd's algorithm F(4x4, 3x3) (Lavin & Gray 2015, arXiv:1509.09308),
 * which takes 36 products for 4x4 pixels where the sum over the window takes 144: in float32, whatever the precision of the
 * activations. It rounds about three times as much. What decides is the shape of an image, never the size of a batch, so that an
 * image comes to the same in every batch.
 */
function isWinograd(
  [, height, width]: Shape4,
  [rows, columns, channels, filters]: Shape4,
  geometry: ConvolutionGeometry,
): boolean {
  return (
    rows === 3 &&
    columns === 3 &&
    geometry.stride === 1 &&
    !isGrouped(geometry) &&
    [0, 1, 2].includes(pixelsAround(geometry)) &&
    [channels, filters].every((count) => count % 16 === 0 && count <= 256) &&
    Math.min(height, width) > 2 &&
    hasWinogradKernels()
  );
}

/** Pixels of zeros on each side of an image, of a window of 3x3 pixels at stride 1. */
function pixelsAround({ padding }: ConvolutionGeometry): number {
  return typeof padding === "number" ? padding : padding === "same" ? 1 : 0;
}

function winograd(
  what: string,
  attributes: KernelAttributes,
  geometry: ConvolutionGeometry,
  inputs: readonly [Tensor4D, ...Tensor[]],
): Tensor4D {
  const own = { ...attributes, padding: { int: pixelsAround(geometry) } };
  return ownKernel(`CnnFindingsWinograd${what}`, own, 1, inputs[0])(inputs)[0] as Tensor4D;
}

/** What those kernels are told of their input's normalisation, and the tensors that go with it. */
function normalising(by: InputNormalisation | undefined): readonly [KernelAttributes, readonly Tensor[]] {
  const statistics = by === undefined ? [] : [by.mean, by.inverse, by.scale, by.offset];
  return [{ statistics: { int: statistics.length }, rectified: { bool: by?.relu ?? false } }, statistics];
}

/**
 * Whether oneDNN would take a strided 1x1 convolution's pixels together itself before it computes the gradient by the
 * weights: it does where the stride divides both sides of the image.
 *
 * In TensorFlow 2.18.1 and 2.21.0 it then writes beyond its memory, with several threads that cannot share the images evenly
 * and fewer than 16 channels: the process ends, or computes with what it has overwritten (tried with each on two threads:
 * 12 of 12 processes ended so). Pixels that are taken together before are the same to the last bit.
 */
function isSubsamplingFirst([, height, width]: Shape4, [rows, columns]: Shape4, { stride }: ConvolutionGeometry) {
  return stride > 1 && rows === 1 && columns === 1 && height % stride === 0 && width % stride === 0;
}

/**
 * Pixels of zeros on each side that must be put there by hand.
 *
 * The gradient kernels take explicit padding, but on the CPU they then leave oneDNN and need two to four times as long.
 * At stride 1 the usual (size - 1) / 2 is what `same` means; else the image is padded and the kernel told `valid`.
 */
function addedPixels(weightsShape: Shape4, { stride, padding }: ConvolutionGeometry): number {
  return typeof padding !== "number" || isSame(weightsShape, stride, padding) ? 0 : padding;
}

/** What is left to the kernel once those are there. */
function paddedGeometry(weightsShape: Shape4, { stride, padding }: ConvolutionGeometry): ConvolutionGeometry {
  if (typeof padding !== "number") return { stride, padding };
  return { stride, padding: isSame(weightsShape, stride, padding) ? "same" : "valid" };
}

function isSame([height, width]: Shape4, stride: number, padding: number): boolean {
  return stride === 1 && height === width && height === 2 * padding + 1;
}

interface Grouped extends ConvolutionGeometry {
  readonly groups: number;
}

function isGrouped(geometry: ConvolutionGeometry): geometry is Grouped {
  return geometry.groups !== undefined && geometry.groups > 1;
}

/**
 * A convolution in groups: as many as channels by TensorFlow's kernel for that, which has no bfloat16 worth having; fewer as a
 * convolution for each, side by side, as the kernels on the CPU have no gradients with groups.
 */
function inGroups(x: Tensor4D, weights: Tensor4D, geometry: Grouped): Tensor4D {
  const { groups, ...own } = geometry;
  return tf.tidy(() => {
    if (weights.shape[2] > 1) {
      const kernels = partsOf(weights, groups);
      return concatenate(partsOf(x, groups).map((part, group) => convolution(part, kernels[group]!, own)));
    }
    return throughFloat32([x], (wide) => {
      const added = addedPixels(weights.shape, own);
      return run("DepthwiseConv2dNative", paddedGeometry(weights.shape, own), [
        padded(wide, added),
        depthwise(weights, groups),
      ]);
    });
  });
}

function inputGradientInGroups(dy: Tensor4D, weights: Tensor4D, inputShape: Shape4, geometry: Grouped): Tensor4D {
  const { groups, ...own } = geometry;
  const [batch, height, width, channels] = inputShape;
  return tf.tidy(() => {
    if (weights.shape[2] > 1) {
      const kernels = partsOf(weights, groups);
      const shape = [batch, height, width, channels / groups] as const;
      return concatenate(
        partsOf(dy, groups).map((part, group) => convolutionInputGradient(part, kernels[group]!, shape, own)),
      );
    }
    return throughFloat32([dy], (wide) => {
      const added = addedPixels(weights.shape, own);
      const gradient = run("DepthwiseConv2dNativeBackpropInput", paddedGeometry(weights.shape, own), [
        tf.tensor1d([batch, height + 2 * added, width + 2 * added, channels], "int32"),
        depthwise(weights, groups),
        wide,
      ]);
      return added === 0 ? gradient : slice(gradient, [0, added, added, 0], [...inputShape]);
    });
  });
}

function weightsGradientInGroups(x: Tensor4D, dy: Tensor4D, weightsShape: Shape4, geometry: Grouped): Tensor4D {
  const { groups, ...own } = geometry;
  const [height, width, channels, filters] = weightsShape;
  return tf.tidy(() => {
    if (channels > 1) {
      const gradients = partsOf(dy, groups);
      const shape = [height, width, channels, filters / groups] as const;
      return tf.concat(
        partsOf(x, groups).map((part, group) => convolutionWeightsGradient(part, gradients[group]!, shape, own)),
        3,
      );
    }
    const shape = [height, width, groups, filters / groups];
    return run("DepthwiseConv2dNativeBackpropFilter", paddedGeometry(weightsShape, own), [
      padded(toFloat32(x), addedPixels(weightsShape, own)),
      tf.tensor1d(shape, "int32"),
      toFloat32(dy),
    ]).reshape([...weightsShape]) as Tensor4D;
  });
}

/** The weights as TensorFlow wants them: `[height, width, channels, filters of each]`. */
function depthwise(weights: Tensor4D, groups: number): Tensor4D {
  const [height, width, , filters] = weights.shape;
  return weights.reshape([height, width, groups, filters / groups]);
}

function padded(x: Tensor4D, added: number): Tensor4D {
  const sides: [number, number] = [added, added];
  return added === 0 ? x : pad(x, [sides, sides, [0, 0]]);
}

/** The last axis in equal parts. */
function partsOf(x: Tensor4D, count: number): Tensor4D[] {
  const [batch, height, width, channels] = x.shape;
  const own = channels / count;
  return Array.from({ length: count }, (_, i) => slice(x, [0, 0, 0, i * own], [batch, height, width, own]));
}

type KernelName =
  | "Conv2D"
  | "Conv2DBackpropInput"
  | "Conv2DBackpropFilter"
  | "DepthwiseConv2dNative"
  | "DepthwiseConv2dNativeBackpropInput"
  | "DepthwiseConv2dNativeBackpropFilter";

function run(name: KernelName, { stride, padding }: ConvolutionGeometry, inputs: Parameters<Kernel>[0]): Tensor4D {
  const found = kernelOnce(`${name} ${stride} ${padding}`, () =>
    kernel(
      name,
      {
        ...windowAttributes(stride, padding),
        ...(name.startsWith("Conv2D") ? { use_cudnn_on_gpu: { bool: true } } : {}),
        dilations: { ints: [1, 1, 1, 1] },
      },
      1,
    ),
  );
  return found(inputs)[0] as Tensor4D;
}

/**
 * The same as `convolution`, for inference: where it is not Winograd's, in one kernel of oneDNN, which needs a bias. The sums are then
 * those of the composed form in another order: equal to rounding, not bit for bit.
 */
export function fusedConvolution(
  x: Tensor4D,
  weights: Tensor4D,
  geometry: ConvolutionGeometry,
  options: Omit<ConvolutionOptions, "normalisation">,
): Tensor4D {
  const { bias = null, addend, relu = false } = options;
  const isOneDnns = bias !== null && !isGrouped(geometry) && !isWinograd(x.shape, weights.shape, geometry);
  if (!isOneDnns || !hasOneDnnKernels()) return convolution(x, weights, geometry, options);
  const fused = fusedKernel(geometry, addend !== undefined, relu, precisionOf(x));
  const run = (kernel: Tensor4D, offset: Tensor1D) =>
    fused(addend === undefined ? [x, kernel, offset] : [x, kernel, offset, addend])[0] as Tensor4D;
  return isBfloat16(x) ? tf.tidy(() => run(toBfloat16(weights), toBfloat16(bias))) : run(weights, bias);
}

function fusedKernel({ stride, padding }: ConvolutionGeometry, adds: boolean, relu: boolean, type: Precision): Kernel {
  return kernelOnce(`fused convolution ${stride} ${padding} ${adds} ${relu} ${type}`, () =>
    oneDnnKernel(
      "_MklNativeFusedConv2D",
      {
        T: { type },
        TArgs: { types: adds ? [type, type] : [type] },
        num_args: { int: adds ? 2 : 1 },
        ...windowAttributes(stride, padding),
        dilations: { ints: [1, 1, 1, 1] },
        fused_ops: { strings: ["BiasAdd", ...(adds ? ["Add"] : []), ...(relu ? ["Relu"] : [])] },
      },
      1,
    ),
  );
}
