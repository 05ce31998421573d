import { fullRoute, signalNorms } from "../networks";
import { softmaxCrossEntropy } from "../ops";
import { randomStream } from "../random";
import { type Tensor2D, tf } from "../runtime";
import { Fault } from "./broken-law";
import { gradientCounts, onNetwork, weightSeeds, weightsText } from "./drawn";
import { batchText, type ImageBatch, imageBatches, imagesOf } from "./images";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/** How the law of gradient norms is tried. */
export interface GradientLawOptions extends LawOptions {
  /**
   * Bounds of the gradient's norm at every border between blocks over that at the last one; 0.001 and 1000 by default. To
   * hold over depth, give the depths in `depths`.
   */
  readonly gradientNorms?: readonly [smallest: number, largest: number];
}

/**
 * Law "gradient-norms": at initialisation, with batch statistics, the loss's gradient neither vanishes nor explodes on its way
 * back: its Euclidean norm at every border between blocks, over that at the last one, stays within stated bounds.
 *
 * Norms of any size are told apart (see `signalNorms`). A family is drawn with 8 to 16 filters by default, as a network of one
 * or two may have no active unit left.
 *
 * @throws BrokenLaw with the smallest network found that breaks it, the border and its norm
 * @throws RangeError when the bounds are none
 */
export async function gradientNormsWithinBounds(subject: Subject, options: GradientLawOptions = {}): Promise<void> {
  const { gradientNorms = [1e-3, 1e3], ...others } = options;
  const [smallest, largest] = gradientNorms;
  if (!(smallest > 0 && smallest <= 1 && largest >= 1)) {
    throw new RangeError(`need bounds of gradient norms above 0 with 1 between them, got [${smallest}, ${largest}]`);
  }
  await checkLaw(lawWithin(smallest, largest), subject, { widths: [8, 10, 12, 16], ...others });
}

function lawWithin(smallest: number, largest: number): Law<[seed: number, batch: ImageBatch]> {
  const bounds = `[${smallest}, ${largest}]`;
  return {
    name: "gradient-norms",
    statement: `at initialisation the norm of the loss's gradient at every border between blocks, over that at the last, lies within ${bounds}`,
    drawn: [weightSeeds, imageBatches({ counts: gradientCounts })],
    describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
    test(architecture, [seed, batch]) {
      onNetwork(architecture, seed, (network) => {
        const classes = randomStream(seed, "classes");
        const labels = Int32Array.from({ length: batch.count }, () => classes.integer(architecture.classes));
        const targets = tf.oneHot(labels, architecture.classes).toFloat() as Tensor2D;
        const byLogits = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
        const route = fullRoute(architecture);
        const { gradients } = signalNorms(network, imagesOf(architecture, batch), byLogits, route);
        gradients.forEach((norm, border) => {
          const power = norm - gradients.at(-1)!;
          if (power >= Math.log10(smallest) && power <= Math.log10(largest)) return;
          const where = `into ${architecture.blocks[border]!.name}, ${gradients.length - 1 - border} blocks before the head`;
          throw new Fault(`${where}, the norm is ${sizeText(power)} times that at the last border, allowed ${bounds}`);
        });
      });
    },
  };
}

/** A positive number by its decimal logarithm: those of deep networks leave double precision. */
function sizeText(power: number): string {
  const exponent = Math.floor(power);
  return Math.abs(power) < 4
    ? Number((10 ** power).toPrecision(3)).toString()
    : `${(10 ** (power - exponent)).toFixed(1)}e${exponent}`;
}
