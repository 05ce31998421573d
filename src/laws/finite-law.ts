import { backward, forward, newTape, parameterSpecifications, sameShape } from "../networks";
import { softmaxCrossEntropy } from "../ops";
import { randomStream } from "../random";
import { type Tensor2D, tf } from "../runtime";
import { Fault } from "./broken-law";
import { gradientCounts, isAllFinite, masksOf, onNetwork, weightSeeds, weightsText } from "./drawn";
import { batchText, type ImageBatch, imageBatches, imagesOf } from "./images";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "finite": at initialisation, in training, the logits of the head and of every exit and all gradients are finite numbers,
 * and every trainable parameter has a gradient of its shape. Images of one value everywhere are among the drawn ones.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 */
export function finiteAtInitialisation(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

const law: Law<[seed: number, batch: ImageBatch]> = {
  name: "finite",
  statement:
    "at initialisation all logits and gradients are finite numbers, and every trainable parameter has a gradient of its shape",
  drawn: [weightSeeds, imageBatches({ counts: gradientCounts, contents: ["normal deviates", "zeros", "ones"] })],
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
      if (!isAllFinite(input!)) throw new Fault("the gradient by the images is not finite");
      for (const { name, shape, trainable } of parameterSpecifications(architecture)) {
        const gradient = parameters.get(name);
        if (gradient === undefined) {
          if (trainable) throw new Fault(`${name} has no gradient`);
        } else if (!sameShape(gradient.shape, shape)) {
          throw new Fault(`the gradient of ${name} is [${gradient.shape}], and should be [${shape}]`);
        } else if (!isAllFinite(gradient)) {
          throw new Fault(`the gradient of ${name} is not finite`);
        }
      }
    });
  },
};

/** One-hot classes of a batch, `[batch, classes]`. */
function classesOf({ count, seed }: ImageBatch, classes: number): Tensor2D {
  const stream = randomStream(seed, "classes");
  const labels = Int32Array.from({ length: count }, () => stream.integer(classes));
  return tf.oneHot(labels, classes).toFloat() as Tensor2D;
}
