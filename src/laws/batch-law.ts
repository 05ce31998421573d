import { forward } from "../networks";
import { tf } from "../runtime";
import { Fault } from "./broken-law";
import {
  batchText,
  type ImageBatch,
  imageBatches,
  imagesOf,
  masksOf,
  onNetwork,
  type RouteChoice,
  relativeDifference,
  routeByChoices,
  routeChoices,
  weightSeeds,
  weightsText,
} from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "batch-independence": at inference, along any route, an image's logits are the same alone and in a mini-batch, up to
 * rounding. The network has seen one mini-batch of training, so that its running statistics are not those it began with.
 *
 * @throws BrokenLaw with the smallest network, mini-batch and route found that break it
 */
export function independentOfBatch(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

const law: Law<[seed: number, batch: ImageBatch, choices: readonly RouteChoice[]]> = {
  name: "batch-independence",
  statement: "at inference an image's logits do not depend on the images beside it",
  arbitraries: [weightSeeds, imageBatches({ counts: [2, 6] }), routeChoices],
  describe: ([seed, batch]) => [`${weightsText(seed)}, then one mini-batch of training`, batchText(batch)],
  test(architecture, [seed, batch, choices], { run }) {
    const route = routeByChoices(architecture, choices);
    onNetwork(architecture, seed, (network) => {
      const trained = imagesOf(architecture, { count: 8, content: "normal deviates", seed: batch.seed + 1 });
      forward(network, trained, { mode: "training", masks: masksOf(seed) });
      const x = imagesOf(architecture, batch);
      const together = run(network, x, route);
      for (let i = 0; i < batch.count; i++) {
        const alone = run(network, tf.slice4d(x, [i, 0, 0, 0], [1, -1, -1, -1]), route);
        const difference = relativeDifference(alone, tf.slice2d(together, [i, 0], [1, -1]));
        if (difference <= tolerance) continue;
        throw new Fault(
          `image ${i + 1} of ${batch.count}: alone and in the batch its logits differ by ${difference.toPrecision(2)} of the largest, allowed ${tolerance}`,
          route,
        );
      }
    });
  },
};

/** Kernels choose another order of addition for another batch. */
const tolerance = 1e-5;
