import { multiplyAccumulates, survivalProbabilities } from "../models";
import type { TrainingPlan } from "./plan";

/**
 * What a training costs, in multiply-accumulates: forward and two gradients as dear for every picture, over the share of
 * blocks that run; the forward pass once more where activations are recomputed. For estimates of time.
 *
 * Where routes are drawn the whole pass is taken in proportion to the blocks that run: stem, head and shortcuts, which
 * always run, are small beside them.
 *
 * @throws RangeError when the plan draws routes that do not fit its network
 */
export function trainingWork({ architecture, steps, batchSize, routes, recompute }: TrainingPlan): number {
  const probabilities = routes === null ? [1] : survivalProbabilities(architecture, routes);
  const share = probabilities.reduce((sum, probability) => sum + probability, 0) / probabilities.length;
  const passes = recompute ? 4 : 3;
  return passes * share * steps * batchSize * multiplyAccumulates(architecture);
}
