/** A step of gradient descent with momentum, on many parameters at once. */
import { type Tensor, tf } from "../runtime";
import { hasOwnKernels, ownKernel } from "./kernels";

/** How parameters move by their gradients. */
export interface MomentumRule {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** A parameter on its way; all of one shape, in float32. */
export interface MovingParameter {
  readonly weights: Tensor;
  readonly velocity: Tensor;
  /** Of the loss; none where the parameter took no part: it is zero then. */
  readonly gradient: Tensor | undefined;
}

/**
 * v = momentum v + g + decay w; w = w - rate v (Nesterov: w - rate (g + decay w + momentum v)).
 *
 * One kernel for all parameters: as single operations, a hundred small tensors are five hundred calls that each do next to
 * nothing. The bits are those of the single operations.
 *
 * @returns new weights and velocities in the same order; what was given stays the caller's
 */
export function moveByMomentum(
  parameters: readonly MovingParameter[],
  rule: MomentumRule,
  learningRate: number,
): { weights: Tensor; velocity: Tensor }[] {
  if (!hasOwnKernels()) return parameters.map((one) => movedAlone(one, rule, learningRate));
  const attributes = {
    N: { int: parameters.length },
    momentum: { float: rule.momentum },
    decay: { float: rule.weightDecay },
    nesterov: { bool: rule.nesterov },
  };
  const [rate, none] = [tf.scalar(learningRate), tf.tensor1d([])];
  const weights = parameters.map((one) => one.weights);
  const velocities = parameters.map(({ velocity }) => velocity);
  const gradients = parameters.map(({ gradient }) => gradient ?? none);
  const move = ownKernel("CnnFindingsMomentum", attributes, 2 * parameters.length, rate);
  const moved = move([rate, ...weights, ...velocities, ...gradients]);
  tf.dispose([rate, none]);
  return parameters.map((_, i) => ({ weights: moved[i]!, velocity: moved[parameters.length + i]! }));
}

function movedAlone({ weights, velocity, gradient }: MovingParameter, rule: MomentumRule, learningRate: number) {
  const { momentum, nesterov, weightDecay } = rule;
  return tf.tidy(() => {
    const own = gradient ?? tf.zerosLike(weights);
    const decayed = weightDecay === 0 ? own : tf.add(own, tf.mul(weights, weightDecay));
    const moved = tf.add(tf.mul(velocity, momentum), decayed);
    const direction = nesterov ? tf.add(decayed, tf.mul(moved, momentum)) : moved;
    return { weights: tf.sub(weights, tf.mul(direction, learningRate)), velocity: moved };
  });
}
