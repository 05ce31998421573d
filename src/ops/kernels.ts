/**
 * TensorFlow's kernels by name and attributes; those of oneDNN among them, and this project's own.
 */
import {
  hasTensorFlowKernels,
  isBfloat16,
  type Kernel,
  type KernelAttributes,
  kernel,
  type Tensor,
  tensorFlowBackend,
  tf,
  threadCount,
} from "../runtime";
import type { Padding } from "./composed";

const kernels = new Map<string, Kernel>();

/** The kernel of a key, which is made at its first use. */
export function kernelOnce(key: string, make: () => Kernel): Kernel {
  let found = kernels.get(key);
  if (found === undefined) {
    found = make();
    kernels.set(key, found);
  }
  return found;
}

/** How a window moves over the image, as the kernels of convolution and pooling are told. */
export function windowAttributes(stride: number, padding: Padding): KernelAttributes {
  const explicit = typeof padding === "number" && padding > 0;
  return {
    strides: { ints: [1, stride, stride, 1] },
    padding: { string: explicit ? "EXPLICIT" : padding === "same" ? "SAME" : "VALID" },
    ...(explicit ? { explicit_paddings: { ints: [0, 0, padding, padding, padding, padding, 0, 0] } } : {}),
    data_format: { string: "NHWC" },
  };
}

/**
 * A kernel of oneDNN that does in one pass what TensorFlow's own do in several.
 *
 * TensorFlow's graph mode puts them in by itself; called one by one, ops run unfused unless the fused ones are called by
 * name. They are not part of its public interface, stand under a label that keeps them from being chosen by accident, and
 * exist in builds for x86 alone: where `hasOneDnnKernels` is false, callers compose the same function from single ops.
 */
export function oneDnnKernel(name: string, attributes: KernelAttributes, outputCount: number): Kernel {
  return kernel(name, { ...attributes, _kernel: { string: "MklNameChangeOp" } }, outputCount);
}

/** Whether a kernel is there, on the processor: asked once, by calling it on ones for a value that is known. */
function known(name: string, call: (ones: (...shape: number[]) => Tensor) => Tensor, value: number): () => boolean {
  let found: boolean | undefined;
  return () => {
    if (!hasTensorFlowKernels()) return false;
    found ??=
      !tensorFlowBackend(name).isUsingGpuDevice &&
      tf.tidy(() => {
        try {
          return call((...shape) => tf.ones(shape)).dataSync()[0] === value;
        } catch {
          return false;
        }
      });
    return found;
  };
}

/** Whether this TensorFlow has oneDNN's kernels. False on a GPU, which they do not run on. */
export const hasOneDnnKernels = known(
  "oneDNN",
  (ones) => {
    const attributes: KernelAttributes = {
      T: { type: "float32" },
      TArgs: { types: ["float32"] },
      num_args: { int: 1 },
      strides: { ints: [1, 1, 1, 1] },
      padding: { string: "SAME" },
      fused_ops: { strings: ["BiasAdd", "Relu"] },
    };
    const pixel = ones(1, 1, 1, 1);
    return oneDnnKernel("_MklNativeFusedConv2D", attributes, 1)([pixel, pixel, tf.tensor1d([-3])])[0]!;
  },
  0, // max(1 - 3, 0)
);

/** Whether the kernels of native/fused-kernels.cc are there: on the processor, with a binding of this version. */
export const hasOwnKernels = known("own kernels", (ones) => ownSum([ones(2), ones(2)], false), 2);

/** Whether those of native/winograd.cc are there: on an x86 processor with AVX2 and FMA. */
export const hasWinogradKernels = known(
  "Winograd's algorithm",
  (ones) => {
    const none = { int: 0 };
    const attributes = { statistics: none, rectified: { bool: false }, biases: none, addends: none, padding: none };
    const kernel = ownKernel("CnnFindingsWinogradConvolution", { ...attributes, relu: { bool: false } }, 1, ones(1));
    return kernel([ones(1, 3, 3, 16), ones(3, 3, 16, 16)])[0]!.round();
  },
  144, // 9 pixels of 16 channels
);

/** One tensor or the sum of two of one shape, rectified or not, in one pass: the bits of the single operations. */
export function ownSum<T extends Tensor>(terms: readonly T[], relu: boolean): T {
  const attributes = { N: { int: terms.length }, relu: { bool: relu } };
  return ownKernel("CnnFindingsSum", attributes, 1, terms[0]!)(terms)[0] as T;
}

/** One of this project's own kernels, for activations of the precision and size of `x`. */
export function ownKernel(name: string, attributes: KernelAttributes, outputCount: number, x: Tensor): Kernel {
  const type = isBfloat16(x) ? "bfloat16" : "float32";
  const threads = threadsFor(x);
  return kernelOnce(`${name} ${JSON.stringify(attributes)} ${type} ${threads}`, () =>
    kernel(name, { ...attributes, T: { type }, ...(threads > 1 && { threads: { int: threads } }) }, outputCount),
  );
}

/** TensorFlow's, which reads their number once. */
let allThreads: number | undefined;

/**
 * How many threads a kernel shares a tensor among: TensorFlow's number, and fewer where there is little to share, as to start one
 * takes as long as some ten thousand numbers.
 */
function threadsFor({ size }: Tensor): number {
  allThreads ??= threadCount();
  return Math.max(1, Math.min(allThreads, Math.floor(size / 2 ** 16)));
}
