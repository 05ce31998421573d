/**
 * Activations in float32 or in bfloat16: changing from one to the other, and what is elementary in both.
 *
 * Every operation of this room computes in the precision of the activations that it is given. Weights, scales and statistics
 * are float32 and are rounded where a kernel wants them in bfloat16; gradients by them are float32 again. Sums are taken in
 * float32 by the kernels of convolution and normalisation themselves; each result is rounded once.
 */
import {
  isBfloat16,
  type Kernel,
  type KernelAttributes,
  kernel,
  requireBfloat16,
  type Tensor,
  type Tensor4D,
  tf,
} from "../runtime";
import { hasOwnKernels, kernelOnce, ownSum } from "./kernels";

/** In what activations and their gradients are computed and kept. */
export type Precision = "float32" | "bfloat16";

/** The precision of activations. */
export function precisionOf(x: Tensor): Precision {
  return isBfloat16(x) ? "bfloat16" : "float32";
}

const rounding = kernel(
  "Cast",
  { SrcT: { type: "float32" }, DstT: { type: "bfloat16" }, Truncate: { bool: false } },
  1,
);
const widening = kernel(
  "Cast",
  { SrcT: { type: "bfloat16" }, DstT: { type: "float32" }, Truncate: { bool: false } },
  1,
);

let isGiven = false;

/**
 * The same values rounded to bfloat16, to the nearest, halves to even; the tensor itself where it is in bfloat16.
 *
 * @throws SetUpError where it would only be emulated: see `requireBfloat16`
 */
export function toBfloat16<T extends Tensor>(x: T): T {
  if (isBfloat16(x)) return x;
  if (!isGiven) requireBfloat16();
  isGiven = true; // asked once: it is the same for all tensors
  return rounding([x])[0] as T;
}

/** The same values in float32; the tensor itself where it is. */
export function toFloat32<T extends Tensor>(x: T): T {
  return isBfloat16(x) ? (widening([x])[0] as T) : x;
}

/** A tensor in the precision of another, of which no more is looked at; itself where both have the same. */
export function inPrecisionOf<T extends Tensor>(other: Tensor, x: T): T {
  return isBfloat16(other) ? toBfloat16(x) : toFloat32(x);
}

/**
 * What has no kernel in bfloat16, or a slow one: computed in float32 and rounded at the end, where an input is in bfloat16.
 * In float32 nothing is added.
 */
export function throughFloat32<Inputs extends readonly Tensor[], Output extends Tensor>(
  inputs: readonly [...Inputs],
  compute: (...inputs: Inputs) => Output,
): Output {
  if (!inputs.some(isBfloat16)) return compute(...(inputs as unknown as Inputs));
  return tf.tidy(() => toBfloat16(compute(...(inputs.map(toFloat32) as unknown as Inputs))));
}

/** A kernel on bfloat16 tensors by which TensorFlow.js's own operation does what it does on others. */
function inBfloat16(name: string, attributes: KernelAttributes = {}): Kernel {
  return kernelOnce(`bfloat16 ${name} ${JSON.stringify(attributes)}`, () => kernel(name, attributes, 1));
}

/** x + y, of one precision and one shape. */
export function add<T extends Tensor>(x: T, y: T): T {
  if (hasOwnKernels()) return ownSum([x, y], false);
  return isBfloat16(x) ? (inBfloat16("AddV2")([x, y])[0] as T) : (tf.add(x, y) as T);
}

/** Every activation times a constant, or times a tensor in float32 that broadcasts: a mask, coefficients of channels. */
export function multiply<T extends Tensor>(x: T, factor: Tensor | number): T {
  return throughFloat32([x], (wide) => tf.mul(wide, factor) as T);
}

/** x plus a bias in float32 for each channel, the last axis. */
export function addBias<T extends Tensor>(x: T, bias: Tensor): T {
  if (!isBfloat16(x)) return tf.add(x, bias) as T;
  return tf.tidy(() => inBfloat16("BiasAdd", { data_format: { string: "NHWC" } })([x, toBfloat16(bias)])[0] as T);
}

/** Sum over all axes but the channels, in float32: the gradient by a bias. */
export function sumOverChannels(x: Tensor): Tensor {
  const allButChannels = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  return isBfloat16(x) ? tf.tidy(() => tf.sum(toFloat32(x), allButChannels)) : tf.sum(x, allButChannels);
}

/** Zeros around images: pixels before and after, of the rows, the columns and the channels. */
export function pad(x: Tensor4D, sides: readonly [rows: Side, columns: Side, channels: Side]): Tensor4D {
  const paddings: [Side, Side, Side, Side] = [[0, 0], ...sides];
  if (!isBfloat16(x)) return tf.pad4d(x, paddings);
  return tf.tidy(() => {
    const padded = inBfloat16("Pad", { Tpaddings: { type: "int32" } });
    return padded([x, tf.tensor2d(paddings, [4, 2], "int32")])[0] as Tensor4D;
  });
}

type Side = [before: number, after: number];

/** Part of images: so many of each axis from the given place on. */
export function slice(x: Tensor4D, begin: Tensor4D["shape"], size: Tensor4D["shape"]): Tensor4D {
  if (!isBfloat16(x)) return tf.slice4d(x, begin, size);
  return tf.tidy(() => {
    const part = inBfloat16("Slice", { Index: { type: "int32" } });
    return part([x, tf.tensor1d(begin, "int32"), tf.tensor1d(size, "int32")])[0] as Tensor4D;
  });
}

/** Some images of a batch, in the given order. */
export function takeImages(x: Tensor4D, indices: readonly number[]): Tensor4D {
  return tf.tidy(() => {
    const places = tf.tensor1d([...indices], "int32");
    if (!isBfloat16(x)) return tf.gather(x, places);
    const taken = inBfloat16("GatherV2", { Tindices: { type: "int32" }, Taxis: { type: "int32" } });
    return taken([x, places, tf.scalar(0, "int32")])[0] as Tensor4D;
  });
}

/** Images side by side along the channels. */
export function concatenate(images: readonly Tensor4D[]): Tensor4D {
  if (!images.some(isBfloat16)) return tf.concat([...images], 3);
  if (images.length === 1) return images[0]!.clone(); // the kernel takes two at least
  return tf.tidy(() => {
    const joined = inBfloat16("ConcatV2", {
      N: { int: images.length },
      T: { type: "bfloat16" },
      Tidx: { type: "int32" },
    });
    return joined([...images, tf.scalar(3, "int32")])[0] as Tensor4D;
  });
}

/** The same values in another shape. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  if (!isBfloat16(x)) return x.reshape([...shape]);
  return tf.tidy(() => inBfloat16("Reshape", { Tshape: { type: "int32" } })([x, tf.tensor1d([...shape], "int32")])[0]!);
}
