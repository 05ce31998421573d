/**
 * Activation functions with their gradients, dropout's mask, and the softmax at a network's end with its loss.
 */
import { hasTensorFlowKernels, kernel, type Tensor, type Tensor1D, type Tensor2D, tf } from "../runtime";
import type { Nonlinearity } from "./composed";
import * as composed from "./composed";
import { hasOwnKernels, ownKernel, ownSum } from "./kernels";
import { add, throughFloat32 } from "./precision";

const reluKernel = kernel("Relu", {}, 1);
const reluGradientKernel = kernel("ReluGrad", {}, 1);
const sigmoidGradientKernel = kernel("SigmoidGrad", {}, 1);
const tanhGradientKernel = kernel("TanhGrad", {}, 1);
const softmaxCrossEntropyKernel = kernel("SoftmaxCrossEntropyWithLogits", {}, 2);
const uniformKernel = kernel(
  "StatelessRandomUniform",
  { dtype: { type: "float32" }, T: { type: "int32" }, Tseed: { type: "int32" } },
  1,
);

/** max(x, 0). */
export function relu<T extends Tensor>(x: T): T {
  if (hasOwnKernels()) return ownSum([x], true);
  return hasTensorFlowKernels() ? (reluKernel([x])[0] as T) : (tf.relu(x) as T);
}

/** max(x + y, 0), of one precision and one shape. */
export function addAndRectify<T extends Tensor>(x: T, y: T): T {
  return hasOwnKernels() ? ownSum([x, y], true) : tf.tidy(() => relu(add(x, y)));
}

/** Gradient by the input of a ReLU, from its output: dy where y > 0, else 0. */
export function reluGradient<T extends Tensor>(dy: T, y: T): T {
  if (hasOwnKernels()) return ownKernel("CnnFindingsReluGradient", {}, 1, y)([dy, y])[0] as T;
  return hasTensorFlowKernels() ? (reluGradientKernel([dy, y])[0] as T) : tf.tidy(() => tf.mul(dy, tf.step(y)) as T);
}

/** 1 / (1 + exp(-x)), in (0, 1). */
export function sigmoid<T extends Tensor>(x: T): T {
  return throughFloat32([x], (wide) => tf.sigmoid(wide) as T);
}

/** Gradient by the input of a sigmoid, from its output: dy y (1 - y), at most a quarter of dy. */
export function sigmoidGradient<T extends Tensor>(dy: T, y: T): T {
  if (hasTensorFlowKernels()) return sigmoidGradientKernel([y, dy])[0] as T;
  return tf.tidy(() => tf.mul(dy, tf.mul(y, tf.sub(1, y))) as T);
}

/** Hyperbolic tangent, in (-1, 1). */
export function tanh<T extends Tensor>(x: T): T {
  return throughFloat32([x], (wide) => tf.tanh(wide) as T);
}

/** Gradient by the input of a hyperbolic tangent, from its output: dy (1 - y^2). */
export function tanhGradient<T extends Tensor>(dy: T, y: T): T {
  if (hasTensorFlowKernels()) return tanhGradientKernel([y, dy])[0] as T;
  return tf.tidy(() => tf.mul(dy, tf.sub(1, tf.square(y))) as T);
}

/** A function of each activation by itself, other than those above. */
export function nonlinearity<T extends Tensor>(x: T, which: Nonlinearity): T {
  return throughFloat32([x], (wide) => composed.nonlinearity(wide, which));
}

/** Gradient by the input of `nonlinearity`, from that input; where it has a kink, that of the side which is constant, or of the left. */
export function nonlinearityGradient<T extends Tensor>(dy: T, x: T, which: Nonlinearity): T {
  return tf.tidy(() => throughFloat32([dy, x], (wide, at) => tf.mul(wide, derivative(at, which)) as T));
}

function derivative(x: Tensor, which: Nonlinearity): Tensor {
  switch (which.kind) {
    case "relu6":
      return inside(x, 0, 6);
    case "leaky relu":
      return tf.where(tf.greater(x, 0), 1, which.slope);
    case "elu":
      return tf.where(tf.greater(x, 0), 1, tf.mul(which.scale, tf.exp(tf.minimum(x, 0))));
    case "silu": {
      const gate = tf.sigmoid(x);
      return tf.mul(gate, tf.add(1, tf.mul(x, tf.sub(1, gate))));
    }
    case "gelu": {
      const density = tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(x))));
      return tf.add(composed.normalProbability(x), tf.mul(x, density));
    }
    case "tanh gelu": {
      const tangent = tf.tanh(composed.geluTangent(x));
      const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(1, tf.mul(3 * 0.044715, tf.square(x))));
      const curved = tf.mul(tf.mul(x, tf.sub(1, tf.square(tangent))), inner);
      return tf.mul(0.5, tf.add(tf.add(1, tangent), curved));
    }
    case "hard sigmoid":
      return tf.div(inside(x, -3, 3), 6);
    case "hard swish":
      return tf.where(tf.greater(x, 3), 1, tf.mul(inside(x, -3, 3), tf.add(tf.div(x, 3), 0.5)));
  }
}

/** 1 between two values, 0 elsewhere. */
function inside(x: Tensor, low: number, high: number): Tensor {
  return tf.cast(tf.logicalAnd(tf.greater(x, low), tf.less(x, high)), "float32");
}

/**
 * What dropout multiplies activations by: 0 with probability `rate`, else 1 / (1 - rate), so that the mean stays 1.
 *
 * Source: Srivastava et al. 2014, JMLR 15, sec. 10, in the form that leaves inference alone. Equal seeds give equal masks;
 * TensorFlow's kernels and the pure JavaScript backend sample different ones.
 *
 * @param rate in [0, 1)
 * @param seed two integers in [0, 2^31)
 */
export function dropoutMask(shape: readonly number[], rate: number, seed: readonly [number, number]): Tensor {
  return tf.tidy(() => {
    const uniform = hasTensorFlowKernels()
      ? uniformKernel([tf.tensor1d([...shape], "int32"), tf.tensor1d([...seed], "int32")])[0]!
      : tf.randomUniform([...shape], 0, 1, "float32", seed.join(" "));
    return tf.mul(tf.cast(tf.greaterEqual(uniform, rate), "float32"), 1 / (1 - rate));
  });
}

/**
 * Cross-entropy of softmax(logits) against target probabilities, and its gradient by the logits.
 *
 * @param logits `[batch, classes]`
 * @param targets probabilities `[batch, classes]`: one-hot labels, smoothed or not
 * @returns `loss` in nats, `[batch]`; `gradient` of each image's own loss, `[batch, classes]`: softmax - targets
 */
export function softmaxCrossEntropy(logits: Tensor2D, targets: Tensor2D): { loss: Tensor1D; gradient: Tensor2D } {
  if (!hasTensorFlowKernels()) return composed.softmaxCrossEntropy(logits, targets);
  const [loss, gradient] = softmaxCrossEntropyKernel([logits, targets]);
  return { loss: loss as Tensor1D, gradient: gradient as Tensor2D };
}
