/** Laws about a network at initialisation, its weights fresh. */
import { backward, forward, fullRoute, newTape, parameterSpecifications, sameShape, signalNorms } from "../networks";
import { softmaxCrossEntropy } from "../ops";
import { randomStream } from "../random";
import { type Tensor2D, tf } from "../runtime";
import { Fault } from "./broken-law";
import {
  batchText,
  type ImageBatch,
  imageBatches,
  imagesOf,
  isAllFinite,
  masksOf,
  onNetwork,
  weightSeeds,
  weightsText,
} from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "finite": at initialisation, in training, the logits of the head and of every exit and all gradients are finite numbers,
 * and every trainable parameter has a gradient of its shape. Images of one value everywhere are among the cases; their gradients
 * may be of any size, as each batch normalisation of equal values multiplies them by 1 / sqrt(epsilon): a dozen behind
 * activations that let a gradient through at zero (SiLU, GELU) are more than a float holds.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 */
export function finiteAtInitialisation(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(finiteLaw, subject, options);
}

const finiteLaw: Law<[seed: number, batch: ImageBatch]> = {
  name: "finite",
  statement:
    "at initialisation all logits and gradients are finite numbers, and every trainable parameter has a gradient of its shape",
  arbitraries: [weightSeeds, imageBatches({ counts: [2, 8], contents: ["normal deviates", "zeros", "ones"] })],
  describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
  test(architecture, [seed, batch]) {
    onNetwork(architecture, seed, (network) => {
      const tape = newTape();
      const exitLogits = new Map<string, Tensor2D>();
      const x = imagesOf(architecture, batch);
      const logits = forward(network, x, { mode: "training", tape, exitLogits, masks: masksOf(seed) });
      for (const [place, found] of [...exitLogits, ["the head", logits]] as const) {
        if (!isAllFinite(found)) throw new Fault(`logits of ${place} are not finite`);
      }
      const targets = classesOf(batch, architecture.classes);
      const byLogits = (of: Tensor2D) => softmaxCrossEntropy(of, targets).gradient;
      const exitGradients = new Map([...exitLogits].map(([name, of]) => [name, byLogits(of)]));
      const { parameters, input } = backward(network, tape, byLogits(logits), { exitGradients });
      const mayOverflow = batch.content !== "normal deviates";
      if (!mayOverflow && !isAllFinite(input!)) throw new Fault("the gradient by the images is not finite");
      for (const { name, shape, trainable } of parameterSpecifications(architecture)) {
        const gradient = parameters.get(name);
        if (gradient === undefined) {
          if (trainable) throw new Fault(`${name} has no gradient`);
        } else if (!sameShape(gradient.shape, shape)) {
          throw new Fault(`the gradient of ${name} is [${gradient.shape}], and should be [${shape}]`);
        } else if (!mayOverflow && !isAllFinite(gradient)) {
          throw new Fault(`the gradient of ${name} is not finite`);
        }
      }
    });
  },
};

/** How the law of gradient norms is tried. */
export interface GradientLawOptions extends LawOptions {
  /**
   * Bounds of the gradient's norm at every boundary between blocks over that at the last one; 0.001 and 1000 by default. To
   * hold over depth, give the depths in `depths`.
   */
  readonly gradientNorms?: readonly [smallest: number, largest: number];
}

/**
 * Law "gradient-norms": at initialisation, with batch statistics, the loss's gradient neither vanishes nor explodes on its way
 * back: its Euclidean norm at every boundary between blocks, over that at the last one, stays within stated bounds.
 *
 * Norms of any size are told apart (see `signalNorms`). A family is tried with 8 to 16 filters by default, as a network of one
 * or two may have no active unit left.
 *
 * @throws BrokenLaw with the smallest network found that breaks it, the boundary and its norm
 * @throws RangeError when the bounds are none
 */
export async function gradientNormsWithinBounds(subject: Subject, options: GradientLawOptions = {}): Promise<void> {
  const { gradientNorms = [1e-3, 1e3], ...others } = options;
  const [smallest, largest] = gradientNorms;
  if (!(smallest > 0 && smallest <= 1 && largest >= 1)) {
    throw new RangeError(`need bounds of gradient norms above 0 with 1 between them, got [${smallest}, ${largest}]`);
  }
  await checkLaw(gradientLaw(smallest, largest), subject, { widths: [8, 10, 12, 16], ...others });
}

function gradientLaw(smallest: number, largest: number): Law<[seed: number, batch: ImageBatch]> {
  const bounds = `[${smallest}, ${largest}]`;
  return {
    name: "gradient-norms",
    statement: `at initialisation the norm of the loss's gradient at every boundary between blocks, over that at the last, lies within ${bounds}`,
    arbitraries: [weightSeeds, imageBatches({ counts: [8, 8] })], // statistics of fewer images vary more
    describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
    test(architecture, [seed, batch]) {
      onNetwork(architecture, seed, (network) => {
        const targets = classesOf({ count: batch.count, seed }, architecture.classes);
        const byLogits = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
        const route = fullRoute(architecture);
        const { gradients } = signalNorms(network, imagesOf(architecture, batch), byLogits, route);
        gradients.forEach((norm, boundary) => {
          const power = norm - gradients.at(-1)!;
          if (power >= Math.log10(smallest) && power <= Math.log10(largest)) return;
          const where = `into ${architecture.blocks[boundary]!.name}, ${gradients.length - 1 - boundary} blocks before the head`;
          throw new Fault(
            `${where}, the norm is ${sizeText(power)} times that at the last boundary, allowed ${bounds}`,
          );
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

/** Random classes for a batch, one-hot, `[batch, classes]`. */
function classesOf({ count, seed }: Pick<ImageBatch, "count" | "seed">, classes: number): Tensor2D {
  const stream = randomStream(seed, "classes");
  const labels = Int32Array.from({ length: count }, () => stream.integer(classes));
  return tf.oneHot(labels, classes).toFloat() as Tensor2D;
}
