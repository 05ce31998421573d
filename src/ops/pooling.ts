/**
 * Pooling of activations `[batch, height, width, channels]`, and option A's shortcut, with their gradients.
 */
import { hasTensorFlowKernels, type Kernel, kernel, type Tensor, type Tensor2D, type Tensor4D, tf } from "../runtime";
import type { PoolGeometry } from "./composed";
import * as composed from "./composed";
import { kernelOnce, windowAttributes } from "./kernels";
import { inPrecisionOf, pad, slice, throughFloat32, toFloat32 } from "./precision";

/** The largest, or the mean, of each window. The mean of a window that reaches over the edge counts the pixels inside only. */
export function pool(x: Tensor4D, geometry: PoolGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.pool(x, geometry);
  if (geometry.kind === "max pool") return poolKernel("MaxPool", geometry)([x])[0] as Tensor4D;
  if (addedPixels(geometry) === 0) return poolKernel("AvgPool", geometry)([x])[0] as Tensor4D;
  return tf.tidy(() =>
    throughFloat32([x], (wide) => {
      const sides: [number, number] = [addedPixels(geometry), addedPixels(geometry)];
      const padded = pad(wide, [sides, sides, [0, 0]]);
      return tf.mul(pool(padded, withoutPadding(geometry)), windowPerPixelInside(x.shape, geometry)) as Tensor4D;
    }),
  );
}

/**
 * Gradient by the input of `pool`; the gradient of a maximum goes to the first pixel that attains it.
 *
 * @param x the input; an average needs no more of it than its shape
 * @param y the output, of which the same holds
 */
export function poolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, geometry: PoolGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.poolGradient(dy, x, geometry);
  if (geometry.kind === "max pool") return poolKernel("MaxPoolGrad", geometry)([x, y, dy])[0] as Tensor4D;
  const added = addedPixels(geometry);
  if (added === 0) return averagePoolGradient(dy, x.shape, geometry);
  return tf.tidy(() =>
    throughFloat32([dy], (wide) => {
      const [batch, height, width, channels] = x.shape;
      const byMeans = tf.mul(wide, windowPerPixelInside(x.shape, geometry)) as Tensor4D;
      const padded = [batch, height + 2 * added, width + 2 * added, channels] as Tensor4D["shape"];
      const gradient = averagePoolGradient(byMeans, padded, withoutPadding(geometry));
      return slice(gradient, [0, added, added, 0], x.shape);
    }),
  );
}

/** Mean over height and width, in float32: `[batch, channels]`. */
export function globalAveragePool(x: Tensor4D): Tensor2D {
  return tf.tidy(() => tf.mean(toFloat32(x), [1, 2]));
}

/**
 * Gradient by the input of `globalAveragePool`, in the input's precision.
 *
 * @param dy gradient by the output, in float32
 * @param x the input, of which the shape and the precision are looked at
 */
export function globalAveragePoolGradient(dy: Tensor2D, x: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const share = tf.fill([1, height, width, 1], 1 / (height * width));
    return inPrecisionOf(x, tf.mul(dy.reshape([batch, 1, 1, channels]), share) as Tensor4D);
  });
}

/** All activations of an image as its features, in float32: `[batch, height * width * channels]`; features as they are. */
export function flatten(x: Tensor): Tensor2D {
  return tf.tidy(() => toFloat32(x).reshape([x.shape[0]!, -1]));
}

/** Gradient by the input of `flatten`, in the input's precision; of that no more than the shape is looked at. */
export function flattenGradient(dy: Tensor2D, x: Tensor): Tensor {
  return tf.tidy(() => inPrecisionOf(x, dy.reshape(x.shape)));
}

/** Every `stride`-th pixel of the image in both directions, the first among them. */
export function subsample(x: Tensor4D, stride: number): Tensor4D {
  return pool(x, everyNthPixel(stride));
}

/**
 * He 2015's option A shortcut: every `stride`-th pixel of the image, zeros in the channels that are missing.
 *
 * @param channels channels of the output, at least those of the input
 */
export function subsampleAndPad(x: Tensor4D, stride: number, channels: number): Tensor4D {
  return tf.tidy(() => {
    const pixels = subsample(x, stride);
    const missing = channels - x.shape[3];
    return missing === 0 ? pixels : pad(pixels, [[0, 0], [0, 0], [0, missing]]); // biome-ignore format: one list
  });
}

/** Gradient by the input of `subsampleAndPad`. */
export function subsampleAndPadGradient(dy: Tensor4D, x: Tensor4D, stride: number): Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width] = dy.shape;
    const real = slice(dy, [0, 0, 0, 0], [batch, height, width, x.shape[3]]);
    const geometry = everyNthPixel(stride);
    return hasTensorFlowKernels()
      ? averagePoolGradient(real, x.shape, geometry)
      : composed.poolGradient(real, x, geometry);
  });
}

/** The mean of a window of one pixel is that pixel: a stride in one kernel. */
function everyNthPixel(stride: number): PoolGeometry {
  return { kind: "average pool", size: 1, stride, padding: "valid" };
}

/** Pixels added on each side by hand: TensorFlow's mean knows "same", which leaves them out, and "valid" only. */
function addedPixels({ padding }: PoolGeometry): number {
  return typeof padding === "number" ? padding : 0;
}

function withoutPadding(geometry: PoolGeometry): PoolGeometry {
  return { ...geometry, padding: "valid" };
}

/** Pixels of each window over those of them inside the image, `[1, height, width, 1]` of the output. */
function windowPerPixelInside([, height, width]: Tensor4D["shape"], { size, stride, padding }: PoolGeometry): Tensor4D {
  const added = padding as number;
  const insideAlong = (side: number) =>
    Array.from({ length: Math.floor((side + 2 * added - size) / stride) + 1 }, (_, i) => {
      const first = i * stride - added;
      return Math.min(first + size, side) - Math.max(first, 0);
    });
  const [rows, columns] = [insideAlong(height), insideAlong(width)];
  const ratios = rows.flatMap((row) => columns.map((column) => size ** 2 / (row * column)));
  return tf.tensor4d(ratios, [1, rows.length, columns.length, 1]);
}

function averagePoolGradient(dy: Tensor4D, inputShape: Tensor4D["shape"], geometry: PoolGeometry): Tensor4D {
  return tf.tidy(() => poolKernel("AvgPoolGrad", geometry)([tf.tensor1d(inputShape, "int32"), dy])[0] as Tensor4D);
}

function poolKernel(
  name: "MaxPool" | "AvgPool" | "MaxPoolGrad" | "AvgPoolGrad",
  { size, stride, padding }: PoolGeometry,
): Kernel {
  return kernelOnce(`${name} ${size} ${stride} ${padding}`, () =>
    kernel(name, { ksize: { ints: [1, size, size, 1] }, ...windowAttributes(stride, padding) }, 1),
  );
}
