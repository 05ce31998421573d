/**
 * Training with stochastic depth, the same in every study of it, so that a network trained for one serves the others.
 *
 * The source, Huang et al. 2016, arXiv:1603.09382, trains for longer than He et al., 500 epochs of 45,000 images, and with
 * Nesterov's momentum.
 */
import type { ImageShape } from "../../src/data";
import {
  count,
  type Departure,
  flag,
  fraction,
  otherThanSource,
  type ParameterValues,
  poolingDepartures,
  text,
  trainingParameters,
} from "../../src/experiment";
import { expectedRoute, fullRoute, type Route } from "../../src/networks";
import { quantity } from "../../src/statistics";
import { planByName, type TrainingPlan } from "../../src/training";

export const stochasticDepthParameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet44",
    standard: "preactivation-resnet32",
    paper: "resnet110",
  }),
  width: count("filters of the first stage", 16),
  lastSurvival: fraction("survival probability p_N of the last block, linear", 0.5),
  ...trainingParameters,
  steps: count(
    "training",
    { smoke: 20, quick: 400, "quick cifar10": 1200, standard: 7000, paper: 175_500 },
    { unit: "mini-batches" },
  ),
  nesterov: flag("Nesterov's form of momentum", true),
};

type Parameters = ParameterValues<typeof stochasticDepthParameters>;

/**
 * The plan of a training.
 *
 * @param survival probabilities of so many blocks, as `linearSurvival` gives them; null for constant depth
 */
export function survivalPlan(
  params: Parameters,
  { network, seed }: { readonly network: string; readonly seed: number },
  images: ImageShape,
  survival: ((blocks: number) => number[]) | null,
): TrainingPlan {
  const plan = planByName(params, { network, width: params.width, seed, steps: params.steps }, images);
  if (survival === null) return plan;
  return { ...plan, routes: { kind: "survival", probabilities: survival(plan.architecture.blocks.length) } };
}

/** The route of a trained network at test time: all branches, scaled by the probabilities that they were trained with. */
export function routeAtTest({ architecture, routes }: Pick<TrainingPlan, "architecture" | "routes">): Route {
  return routes === null ? fullRoute(architecture) : expectedRoute(architecture, routes);
}

/** In what such a training differs from the source's, one sentence each. */
export function stochasticDepthDepartures(parameters: Parameters): Departure[] {
  const { residual, steps, batchSize, schedule, learningRate, meanPool } = parameters;
  return [
    ...networkDepartures(residual),
    ...(schedule === "drops" && steps === 175_500
      ? ["The learning rate begins at a tenth for 400 mini-batches; the source begins with the full rate."]
      : [
          {
            sentence:
              `Training takes ${quantity(steps)} mini-batches of ${batchSize} with a "${schedule}" schedule up to rate ` +
              `${learningRate}; the source takes 500 epochs (175,500 of 128), dropping the rate from 0.1.`,
            here: `${quantity(steps)} mini-batches`,
            source: "175,500",
          },
        ]),
    ...poolingDepartures(meanPool),
  ];
}

/** The same of the network alone. */
export function networkDepartures(residual: string): Departure[] {
  return otherThanSource("The residual network", residual, "resnet110");
}
