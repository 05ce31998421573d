/** The networks of `../family-accuracy.ts`: what they are called, how they are trained, and what is counted of them. */
import type { ImageShape } from "../../src/data";
import {
  inferenceOperations,
  linearSurvival,
  parameterCounts,
  smallFamilies,
  smallFamilyByName,
} from "../../src/networks";
import { type TrainingPlan, trainingPlan, trainingWork } from "../../src/training";
import type { Measured, Parameters } from "../family-accuracy";

/** The one that differs from another in its training alone. */
export const stochasticDepth = {
  name: "stochastic-depth-resnet20",
  title: "stochastic-depth ResNet-20",
  of: "resnet20",
  year: 2016,
};

/** Names, titles and years of all of them, the earliest first. */
export const smallNetworks: readonly { readonly name: string; readonly title: string; readonly year: number }[] = [
  ...smallFamilies,
  stochasticDepth,
].sort((one, other) => one.year - other.year);

/**
 * The plan of a network's training.
 *
 * @param images size of the data set's own images; the network sees them pooled as chosen
 * @throws RangeError when the pooling does not divide the images, or there is no such network
 */
export function planOf(
  name: string,
  { seed, steps }: { readonly seed: number; readonly steps: number },
  { width: filters, lastSurvival, ...params }: Parameters,
  { height, width, channels }: ImageShape,
): TrainingPlan {
  const { meanPool } = params;
  if (height % meanPool !== 0 || width % meanPool !== 0) {
    throw new RangeError(`squares of ${meanPool} x ${meanPool} do not divide images of ${height} x ${width} pixels`);
  }
  const stochastic = name === stochasticDepth.name;
  const architecture = smallFamilyByName(stochastic ? stochasticDepth.of : name).build({
    inputShape: [height / meanPool, width / meanPool, channels],
    classes: 10,
    width: filters,
  });
  const plan = trainingPlan(params, { architecture, seed, steps });
  if (!stochastic) return plan;
  const probabilities = linearSurvival(architecture.blocks.length, lastSurvival);
  return { ...plan, routes: { kind: "survival", probabilities } };
}

/** What is counted of a network and its training; nothing measured yet. */
export function countsOf(network: string, plan: TrainingPlan, measurement: Measured["measurement"]): Measured {
  return {
    measurement,
    network,
    parameters: parameterCounts(plan.architecture).trainable,
    multiply_accumulates: inferenceOperations(plan.architecture),
    step_multiply_accumulates: trainingWork(plan) / plan.steps,
    accuracy_percent: null,
    loss_nats: null,
    training_accuracy_percent: null,
    training_loss_nats: null,
    images: null,
    step: null,
    step_seconds: null,
  };
}
