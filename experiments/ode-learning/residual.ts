/** What `../ode-learning.ts` measures of the residual network: it is trained as usual, and run at other step sizes and depths. */
import { type ImageShape, takeAtMost } from "../../src/data";
import type { CellRun } from "../../src/experiment";
import { disposeNetwork, fullRoute } from "../../src/networks";
import { cellOptions, coarsenedRoute, evaluate, refinedRoute, routeWithStepSize } from "../../src/routes";
import { beginStudy, planByName, type TrainingPlan } from "../../src/training";
import type { Cell, Measured, Parameters } from "../ode-learning";
import { row } from "./cells";

export function planOf({ network, seed }: Cell, params: Parameters, shape: ImageShape): TrainingPlan {
  return planByName(params, { network, width: params.residualWidth, seed, steps: params.steps }, shape);
}

/** The residual network at other step sizes, as many steps, and at other depths, the same time in all. */
export async function measureResidual(cell: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const { network, test, channelStatistics } = await beginStudy(run, (shape) => planOf(cell, params, shape));
  const { architecture } = network;
  const changed = [
    { measurement: "as trained", factor: 1, route: fullRoute(architecture) },
    ...params.stepFactors.map((factor) => ({
      ...{ measurement: "step size", factor, route: routeWithStepSize(architecture, factor) },
    })),
    ...params.depthFactors.flatMap((times) => [
      { measurement: "depth", factor: 1 / times, route: refinedRoute(architecture, times) },
      { measurement: "depth", factor: times, route: coarsenedRoute(architecture, times) },
    ]),
  ];
  try {
    const results = await evaluate(
      network,
      changed.map(({ route }) => route),
      takeAtMost(test, params.testImages),
      cellOptions(run, channelStatistics, `${cell.network}: other step sizes`),
    );
    return changed.map(({ measurement, factor, route }, i) => ({
      ...row(measurement, route.length, factor),
      error_percent: 100 * results[i]!.topOneError,
    }));
  } finally {
    disposeNetwork(network);
  }
}
