/** What `../ode-learning.ts` measures of the residual network: at other step sizes and depths than it was trained with. */
import { takeAtMost } from "../../src/data";
import type { Measuring } from "../../src/experiment";
import { fullRoute } from "../../src/networks";
import { coarsenedRoute, refinedRoute, routeWithStepSize } from "../../src/routes";
import type { Params } from "./rows";

/** The residual network at other step sizes, as many steps, and at other depths, the same time in all. */
export async function measureResidual(run: Measuring, { stepFactors, depthFactors, testImages }: Params) {
  const { architecture, test, evaluate } = await run.trained();
  const changed = [
    { measurement: "as trained" as const, factor: 1, route: fullRoute(architecture) },
    ...stepFactors.map((factor) => ({
      ...{ measurement: "step size" as const, factor, route: routeWithStepSize(architecture, factor) },
    })),
    ...depthFactors.flatMap((times) => [
      { measurement: "depth" as const, factor: 1 / times, route: refinedRoute(architecture, times) },
      { measurement: "depth" as const, factor: times, route: coarsenedRoute(architecture, times) },
    ]),
  ];
  const routes = changed.map(({ route }) => route);
  const results = await evaluate(routes, takeAtMost(test, testImages), "other step sizes");
  return changed.map(({ measurement, factor, route }, i) => ({
    ...{ measurement, layers: route.length, step_factor: factor, input_noise: 0 },
    error_percent: 100 * results[i]!.topOneError,
  }));
}
