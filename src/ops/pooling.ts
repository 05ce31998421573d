/**
 * Pooling of activations `[batch, height, width, channels]`, and option A's shortcut, with their gradients.
 */
import { hasTensorFlowKernels, type Kernel, kernel, type Tensor2D, type Tensor4D, tf } from "../runtime";
import * as composed from "./composed";
import type { PoolGeometry } from "./geometry";

/** The largest, or the mean, of each window. The mean of a window over the border counts the pixels inside only. */
export function pool(x: Tensor4D, geometry: PoolGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.pool(x, geometry);
  return poolKernel(geometry.kind === "max pool" ? "MaxPool" : "AvgPool", geometry)([x])[0] as Tensor4D;
}

/** Gradient by the input of `pool`; the gradient of a maximum goes to the first pixel that attains it. */
export function poolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, geometry: PoolGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.poolGradient(dy, x, geometry);
  if (geometry.kind === "max pool") return poolKernel("MaxPoolGrad", geometry)([x, y, dy])[0] as Tensor4D;
  return averagePoolGradient(dy, x.shape, geometry);
}

/** Mean over height and width: `[batch, channels]`. */
export function globalAveragePool(x: Tensor4D): Tensor2D {
  return tf.mean(x, [1, 2]);
}

/** Gradient by the input of `globalAveragePool`. */
export function globalAveragePoolGradient(dy: Tensor2D, inputShape: Tensor4D["shape"]): Tensor4D {
  const [batch, height, width, channels] = inputShape;
  return tf.tidy(() => {
    const share = tf.fill([1, height, width, 1], 1 / (height * width));
    return tf.mul(dy.reshape([batch, 1, 1, channels]), share) as Tensor4D;
  });
}

/**
 * He 2015's option A shortcut: every `stride`-th pixel of the picture, zeros in the channels that are missing.
 *
 * @param channels channels of the output, at least those of the input
 */
export function subsampleAndPad(x: Tensor4D, stride: number, channels: number): Tensor4D {
  return tf.tidy(() => {
    const pixels = pool(x, everyNthPixel(stride));
    const missing = channels - x.shape[3];
    return missing === 0 ? pixels : tf.pad4d(pixels, [[0, 0], [0, 0], [0, 0], [0, missing]]); // biome-ignore format: one list
  });
}

/** Gradient by the input of `subsampleAndPad`. */
export function subsampleAndPadGradient(dy: Tensor4D, x: Tensor4D, stride: number): Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width] = dy.shape;
    const real = tf.slice4d(dy, [0, 0, 0, 0], [batch, height, width, x.shape[3]]);
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

function averagePoolGradient(dy: Tensor4D, inputShape: Tensor4D["shape"], geometry: PoolGeometry): Tensor4D {
  return tf.tidy(() => poolKernel("AvgPoolGrad", geometry)([tf.tensor1d(inputShape, "int32"), dy])[0] as Tensor4D);
}

const kernels = new Map<string, Kernel>();

function poolKernel(name: "MaxPool" | "AvgPool" | "MaxPoolGrad" | "AvgPoolGrad", geometry: PoolGeometry): Kernel {
  const { size, stride, padding } = geometry;
  const key = `${name} ${size} ${stride} ${padding}`;
  let found = kernels.get(key);
  if (found === undefined) {
    found = kernel(
      name,
      {
        T: { type: "float32" },
        ksize: { ints: [1, size, size, 1] },
        strides: { ints: [1, stride, stride, 1] },
        padding: { string: padding === "same" ? "SAME" : "VALID" },
        data_format: { string: "NHWC" },
      },
      1,
    );
    kernels.set(key, found);
  }
  return found;
}
