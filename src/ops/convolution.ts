/**
 * Two-dimensional convolution and its two gradients, each one TensorFlow kernel.
 *
 * Activations are `[batch, height, width, channels]`, kernels `[height, width, channels in, filters]`.
 */
import { hasTensorFlowKernels, type Kernel, kernel, type Tensor4D, tf } from "../runtime";
import * as composed from "./composed";
import type { ConvolutionGeometry } from "./geometry";

type Shape4 = readonly [number, number, number, number];

/** The convolution (a cross-correlation, as everywhere in this field) of `x` by `weights`. */
export function convolution(x: Tensor4D, weights: Tensor4D, geometry: ConvolutionGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.convolution(x, weights, geometry);
  return run("Conv2D", geometry, [x, weights]);
}

/**
 * Gradient of the loss by the convolution's input.
 *
 * @param dy gradient by the output
 * @param inputShape shape of the input
 */
export function convolutionInputGradient(
  dy: Tensor4D,
  weights: Tensor4D,
  inputShape: Shape4,
  geometry: ConvolutionGeometry,
): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.convolutionInputGradient(dy, weights, inputShape, geometry);
  return tf.tidy(() => {
    const border = explicitBorder(weights.shape, geometry);
    const [batch, height, width, channels] = inputShape;
    const padded = [batch, height + 2 * border, width + 2 * border, channels];
    const gradient = run("Conv2DBackpropInput", withoutBorder(weights.shape, geometry), [
      tf.tensor1d(padded, "int32"),
      weights,
      dy,
    ]);
    return border === 0 ? gradient : tf.slice4d(gradient, [0, border, border, 0], [...inputShape]);
  });
}

/**
 * Gradient of the loss by the convolution's weights.
 *
 * @param x the input
 * @param dy gradient by the output
 * @param weightsShape shape of the weights
 */
export function convolutionWeightsGradient(
  x: Tensor4D,
  dy: Tensor4D,
  weightsShape: Shape4,
  geometry: ConvolutionGeometry,
): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.convolutionWeightsGradient(x, dy, weightsShape, geometry);
  return tf.tidy(() => {
    const border = explicitBorder(weightsShape, geometry);
    const sides: [number, number] = [border, border];
    const padded = border === 0 ? x : tf.pad4d(x, [[0, 0], sides, sides, [0, 0]]);
    const shape = tf.tensor1d([...weightsShape], "int32");
    return run("Conv2DBackpropFilter", withoutBorder(weightsShape, geometry), [padded, shape, dy]);
  });
}

/**
 * Pixels of zeros on each side that must be put there by hand.
 *
 * The gradient kernels take explicit padding, but on the CPU they then leave oneDNN and need two to four times as long.
 * At stride 1 the usual (size - 1) / 2 is what `same` means; else the image is padded and the kernel told `valid`.
 */
function explicitBorder(weightsShape: Shape4, { stride, padding }: ConvolutionGeometry): number {
  return typeof padding !== "number" || isSame(weightsShape, stride, padding) ? 0 : padding;
}

function withoutBorder(weightsShape: Shape4, { stride, padding }: ConvolutionGeometry): ConvolutionGeometry {
  if (typeof padding !== "number") return { stride, padding };
  return { stride, padding: isSame(weightsShape, stride, padding) ? "same" : "valid" };
}

function isSame([height, width]: Shape4, stride: number, padding: number): boolean {
  return stride === 1 && height === width && height === 2 * padding + 1;
}

type KernelName = "Conv2D" | "Conv2DBackpropInput" | "Conv2DBackpropFilter";
const kernels = new Map<string, Kernel>();

function run(name: KernelName, { stride, padding }: ConvolutionGeometry, inputs: Parameters<Kernel>[0]): Tensor4D {
  const key = `${name} ${stride} ${padding}`;
  let found = kernels.get(key);
  if (found === undefined) {
    const explicit = typeof padding === "number" && padding > 0;
    found = kernel(
      name,
      {
        T: { type: "float32" },
        strides: { ints: [1, stride, stride, 1] },
        padding: { string: explicit ? "EXPLICIT" : padding === "same" ? "SAME" : "VALID" },
        ...(explicit ? { explicit_paddings: { ints: [0, 0, padding, padding, padding, padding, 0, 0] } } : {}),
        data_format: { string: "NHWC" },
        use_cudnn_on_gpu: { bool: true },
        dilations: { ints: [1, 1, 1, 1] },
      },
      1,
    );
    kernels.set(key, found);
  }
  return found(inputs)[0] as Tensor4D;
}
