/** Many routes through one network: all at once, sharing their prefixes (`evaluate`), or one pass a route. */
import { takeFirst } from "../../src/data";
import { type Architecture, fullRoute, parameterCounts, type Route } from "../../src/networks";
import { randomStream } from "../../src/random";
import {
  blockOrders,
  deletableBlocks,
  evaluate,
  evenInversions,
  reorderedRoute,
  routeWithout,
  sampleBlocks,
} from "../../src/routes";
import type { Task } from "../task";
import { noiseImages, noiseStatistics } from "./images";
import { engine, networkOf, secondsOf, serve } from "./serve";

serve(async (task) => {
  const network = networkOf(task);
  const routes = routesOf(task, network.architecture);
  const images = noiseImages(task);
  const options = { channelStatistics: noiseStatistics(task), batchSize: task.batch };
  const few = takeFirst(images, task.warmUp);
  const last = routes.length - 1;
  const results = await evaluate(network, [routes[0]!, routes[1]!, routes[last]!], few, options);
  const run = () =>
    secondsOf(async () => {
      if (task.variant !== "one pass a route") return evaluate(network, routes, images, options);
      for (const route of routes) await evaluate(network, [route], images, options);
    }, 1);
  return {
    facts: {
      version: engine(),
      parameters: parameterCounts(network.architecture).trainable,
      check: results.map(({ crossEntropy }) => crossEntropy),
    },
    run,
  };
});

/** The routes of the experiments block-deletion and block-reordering. */
function routesOf({ work, draws }: Task, architecture: Architecture): Route[] {
  const blocks = deletableBlocks(architecture);
  if (work === "orders") {
    const orders = blockOrders(architecture);
    return evenInversions(orders.mostInversions, draws).map((inverted, i) =>
      reorderedRoute(architecture, orders.sample(inverted, randomStream(1, "order of blocks", i))),
    );
  }
  const sets =
    work === "several deletions"
      ? blocks.flatMap((_, i) =>
          Array.from({ length: draws }, (__, draw) =>
            sampleBlocks(blocks, i + 1, randomStream(1, "deleted blocks", i + 1, draw)),
          ),
        )
      : blocks.map((block) => [block]);
  return [fullRoute(architecture), ...sets.map((set) => routeWithout(architecture, set))];
}
