/**
 * A convolution with all that follows it at inference, in one pass: bias, the addition of a shortcut, ReLU.
 */
import { type Kernel, type Tensor1D, type Tensor4D, tf } from "../runtime";
import { relu as reluOf } from "./activation";
import { convolution } from "./convolution";
import type { ConvolutionGeometry } from "./geometry";
import { hasOneDnnKernels, oneDnnKernel } from "./onednn";

export interface FusedConvolutionOptions {
  /** Added before the ReLU: the other branch of a block, `[batch, height, width, filters]`. It stays the caller's. */
  readonly addend?: Tensor4D;
  /** Whether a ReLU ends it. */
  readonly relu?: boolean;
}

/**
 * relu(convolution(x, weights) + bias + addend), where what is not given is left out.
 *
 * The sums are those of the composed form in another order: equal to rounding, not bit for bit.
 *
 * @param x `[batch, height, width, channels]`
 * @param weights `[height, width, channels, filters]`
 * @param bias `[filters]`
 */
export function fusedConvolution(
  x: Tensor4D,
  weights: Tensor4D,
  bias: Tensor1D,
  geometry: ConvolutionGeometry,
  { addend, relu = false }: FusedConvolutionOptions = {},
): Tensor4D {
  if (!hasOneDnnKernels()) return composed(x, weights, bias, geometry, addend, relu);
  const run = fusedKernel(geometry, addend !== undefined, relu);
  return run(addend === undefined ? [x, weights, bias] : [x, weights, bias, addend])[0] as Tensor4D;
}

function composed(
  x: Tensor4D,
  weights: Tensor4D,
  bias: Tensor1D,
  geometry: ConvolutionGeometry,
  addend: Tensor4D | undefined,
  relu: boolean,
): Tensor4D {
  return tf.tidy(() => {
    const biased: Tensor4D = tf.add(convolution(x, weights, geometry), bias);
    const sum: Tensor4D = addend === undefined ? biased : tf.add(biased, addend);
    return relu ? reluOf(sum) : sum;
  });
}

const kernels = new Map<string, Kernel>();

function fusedKernel({ stride, padding }: ConvolutionGeometry, adds: boolean, relu: boolean): Kernel {
  const key = `${stride} ${padding} ${adds} ${relu}`;
  let found = kernels.get(key);
  if (found === undefined) {
    const explicit = typeof padding === "number" && padding > 0;
    found = oneDnnKernel(
      "_MklNativeFusedConv2D",
      {
        T: { type: "float32" },
        TArgs: { types: adds ? ["float32", "float32"] : ["float32"] },
        num_args: { int: adds ? 2 : 1 },
        strides: { ints: [1, stride, stride, 1] },
        padding: { string: explicit ? "EXPLICIT" : padding === "same" ? "SAME" : "VALID" },
        ...(explicit ? { explicit_paddings: { ints: [0, 0, padding, padding, padding, padding, 0, 0] } } : {}),
        data_format: { string: "NHWC" },
        dilations: { ints: [1, 1, 1, 1] },
        fused_ops: { strings: ["BiasAdd", ...(adds ? ["Add"] : []), ...(relu ? ["Relu"] : [])] },
      },
      1,
    );
    kernels.set(key, found);
  }
  return found;
}
