/** The gradient along random paths of each length, as the experiment path-lengths has it. */
import { parameterCounts } from "../../src/networks";
import { randomStream } from "../../src/random";
import { pathGradientNorms } from "../../src/routes";
import { noiseImages, noiseStatistics } from "./images";
import { engine, networkOf, secondsOf, serve } from "./serve";

serve(async (task) => {
  const network = networkOf(task);
  const images = noiseImages(task);
  const norms = (draws: number) =>
    pathGradientNorms(network, images, {
      channelStatistics: noiseStatistics(task),
      samples: draws,
      stream: randomStream(1, "paths"),
    });
  const found = await norms(1);
  // Of the shortest and the longest path there is only one: these norms every contender must find.
  const check = [found[0]![0]!, found.at(-1)![0]!].map(Math.log10);
  return {
    facts: { version: engine(), parameters: parameterCounts(network.architecture).trainable, check },
    run: () => secondsOf(() => norms(task.draws), 1),
  };
});
