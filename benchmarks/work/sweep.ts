/** Many routes through one network: all at once, sharing their prefixes (`evaluate`), or one pass a route. */
import { takeFirst } from "../../src/data";
import { parameterCounts } from "../../src/networks";
import { evaluate } from "../../src/routes";
import { noiseImages, noiseStatistics } from "./images";
import { routesOf } from "./routes";
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
