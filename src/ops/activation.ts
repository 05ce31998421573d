import { hasTensorFlowKernels, kernel, type Tensor, tf } from "../runtime";

const reluKernel = kernel("Relu", { T: { type: "float32" } }, 1);
const reluGradientKernel = kernel("ReluGrad", { T: { type: "float32" } }, 1);

/** max(x, 0). */
export function relu<T extends Tensor>(x: T): T {
  return hasTensorFlowKernels() ? (reluKernel([x])[0] as T) : (tf.relu(x) as T);
}

/** Gradient by the input of a ReLU, from its output: dy where y > 0, else 0. */
export function reluGradient<T extends Tensor>(dy: T, y: T): T {
  return hasTensorFlowKernels() ? (reluGradientKernel([dy, y])[0] as T) : tf.tidy(() => tf.mul(dy, tf.step(y)) as T);
}
