import { hasTensorFlowKernels, kernel, type Tensor, tf } from "../runtime";

const reluKernel = kernel("Relu", { T: { type: "float32" } }, 1);
const reluGradientKernel = kernel("ReluGrad", { T: { type: "float32" } }, 1);
const sigmoidGradientKernel = kernel("SigmoidGrad", { T: { type: "float32" } }, 1);
const tanhGradientKernel = kernel("TanhGrad", { T: { type: "float32" } }, 1);

/** max(x, 0). */
export function relu<T extends Tensor>(x: T): T {
  return hasTensorFlowKernels() ? (reluKernel([x])[0] as T) : (tf.relu(x) as T);
}

/** Gradient by the input of a ReLU, from its output: dy where y > 0, else 0. */
export function reluGradient<T extends Tensor>(dy: T, y: T): T {
  return hasTensorFlowKernels() ? (reluGradientKernel([dy, y])[0] as T) : tf.tidy(() => tf.mul(dy, tf.step(y)) as T);
}

/** 1 / (1 + exp(-x)), in (0, 1). */
export function sigmoid<T extends Tensor>(x: T): T {
  return tf.sigmoid(x) as T;
}

/** Gradient by the input of a sigmoid, from its output: dy y (1 - y), at most a quarter of dy. */
export function sigmoidGradient<T extends Tensor>(dy: T, y: T): T {
  if (hasTensorFlowKernels()) return sigmoidGradientKernel([y, dy])[0] as T;
  return tf.tidy(() => tf.mul(dy, tf.mul(y, tf.sub(1, y))) as T);
}

/** Hyperbolic tangent, in (-1, 1). */
export function tanh<T extends Tensor>(x: T): T {
  return tf.tanh(x) as T;
}

/** Gradient by the input of a hyperbolic tangent, from its output: dy (1 - y^2). */
export function tanhGradient<T extends Tensor>(dy: T, y: T): T {
  if (hasTensorFlowKernels()) return tanhGradientKernel([y, dy])[0] as T;
  return tf.tidy(() => tf.mul(dy, tf.sub(1, tf.square(y))) as T);
}
