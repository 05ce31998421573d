import { type Architecture, type Block, blockShapes, fullRoute, keepsShape, sameShape } from "../networks";
import { routeWithout } from "../routes";
import { shapeText } from "./architecture-text";
import { Fault } from "./broken-law";
import {
  batchText,
  type ImageBatch,
  imageBatches,
  imagesOf,
  onNetwork,
  relativeDifference,
  weightSeeds,
  weightsText,
} from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "deletion": a block that keeps its shape can be deleted, by its route; every shape after it stays, and the logits are
 * those of the network that is built without its residual branch.
 *
 * Each such block is deleted alone, then all at once (Veit et al. 2016, arXiv:1605.06431, sec. 4.1 and 4.2).
 *
 * @throws BrokenLaw with the smallest network found that breaks it, and the route
 */
export function deletionKeepsShapes(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

const law: Law<[seed: number, batch: ImageBatch]> = {
  name: "deletion",
  statement:
    "a block that keeps its shape can be deleted by its route: every shape after it stays, and the logits are those of the network built without it",
  arbitraries: [weightSeeds, imageBatches({ counts: [1, 2] })],
  describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
  test(architecture, [seed, batch], { run }) {
    const shapes = blockShapes(architecture);
    const kept = keepsShape(architecture).flatMap((keeps, block) => (keeps ? [block] : []));
    const deletions = [...kept.map((block) => [block]), ...(kept.length > 1 ? [kept] : [])];
    onNetwork(architecture, seed, (network) => {
      const x = imagesOf(architecture, batch);
      for (const deleted of deletions) {
        const route = routeWithout(architecture, deleted);
        const rebuilt = builtWithout(architecture, deleted);
        blockShapes(rebuilt).forEach((shape, boundary) => {
          if (sameShape(shape, shapes[boundary]!)) return;
          const where = `at boundary ${boundary} the shape becomes ${shapeText(shape)}`;
          throw new Fault(`${where} instead of ${shapeText(shapes[boundary]!)}`, route);
        });
        const logits = run(network, x, route);
        if (!sameShape(logits.shape, [batch.count, architecture.classes])) {
          throw new Fault(`the logits' shape becomes [${logits.shape}]`, route);
        }
        const expected = run({ architecture: rebuilt, weights: network.weights }, x, fullRoute(rebuilt));
        const difference = relativeDifference(logits, expected);
        if (!(difference <= tolerance)) {
          throw new Fault(
            `the logits differ from those of the network built without it by ${difference.toPrecision(2)} of the largest, allowed ${tolerance}`,
            route,
          );
        }
      }
    });
  },
};

/** Kernels that take in an addition or a ReLU round otherwise. */
const tolerance = 1e-4;

/** The network whose data says what deletion by a route means: the shortcut and what follows the addition, or the identity. */
function builtWithout(architecture: Architecture, deleted: readonly number[]): Architecture {
  const blocks = architecture.blocks.map((block, i): Block => {
    if (!deleted.includes(i)) return block;
    const { name, shortcut, join } = block;
    return { name, residual: shortcut === null ? [] : [...shortcut, ...join], shortcut: null, join: [] };
  });
  return { ...architecture, blocks };
}
