/**
 * Kernels of oneDNN that do in one pass what TensorFlow's own do in several.
 *
 * TensorFlow's graph mode puts them in by itself; called one by one, ops run unfused unless the fused ones are called by
 * name. They are not part of its public interface and exist in builds for x86 alone: where they are missing, the callers
 * compose the same function from single ops.
 */
import { hasTensorFlowKernels, type Kernel, type KernelAttributes, kernel, tensorFlowBackend, tf } from "../runtime";

/** One of these kernels. TensorFlow registers them under a label, which keeps them from being chosen by accident. */
export function oneDnnKernel(name: string, attributes: KernelAttributes, outputCount: number): Kernel {
  return kernel(name, { ...attributes, _kernel: { string: "MklNameChangeOp" } }, outputCount);
}

let found: boolean | undefined;

/** Whether this TensorFlow has them; asked once, by calling one. False on a GPU, which they do not run on. */
export function hasOneDnnKernels(): boolean {
  if (!hasTensorFlowKernels()) return false;
  found ??= !tensorFlowBackend("oneDNN").isUsingGpuDevice && canRun();
  return found;
}

function canRun(): boolean {
  return tf.tidy(() => {
    const attributes: KernelAttributes = {
      T: { type: "float32" },
      TArgs: { types: ["float32"] },
      num_args: { int: 1 },
      strides: { ints: [1, 1, 1, 1] },
      padding: { string: "SAME" },
      fused_ops: { strings: ["BiasAdd", "Relu"] },
    };
    const ones = tf.ones([1, 1, 1, 1]);
    try {
      const [y] = oneDnnKernel("_MklNativeFusedConv2D", attributes, 1)([ones, ones, tf.tensor1d([-3])]);
      return y?.dataSync()[0] === 0; // max(1 - 3, 0)
    } catch {
      return false;
    }
  });
}
