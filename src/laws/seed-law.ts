import { type Architecture, fullRoute, type Network, parameterSpecifications } from "../networks";
import type { Tensor } from "../runtime";
import { Fault } from "./broken-law";
import { batchText, type ImageBatch, imageBatches, imagesOf, onNetwork, weightSeeds, weightsText } from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "seeds": built twice from the same, an architecture is the same; equal seeds give it equal weights and equal logits at
 * inference, bit for bit; another seed gives it other weights.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 */
export function equalSeedsEqualOutputs(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

const law: Law<[seed: number, batch: ImageBatch]> = {
  name: "seeds",
  statement:
    "what is built twice is the same, equal seeds give equal weights and logits, bit for bit, and another seed gives other weights",
  arbitraries: [weightSeeds, imageBatches({ counts: [1, 3] })],
  describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
  test(architecture, [seed, batch], { run, build }) {
    const again = build();
    if (JSON.stringify(again) !== JSON.stringify(architecture)) {
      throw new Fault("built a second time from the same, the architecture is another");
    }
    onNetwork(architecture, seed, (one) => {
      onNetwork(again, seed, (same) => {
        for (const [name, value] of one.weights) {
          if (!sameBits(value, same.weights.get(name)!)) throw new Fault(`${name} differs between equal seeds`);
        }
        const x = imagesOf(architecture, batch);
        const logits = [one, same].map((network) => run(network, x, fullRoute(architecture)));
        if (!sameBits(logits[0]!, logits[1]!)) throw new Fault("the logits differ between equal seeds");
      });
      onNetwork(architecture, seed + 1, (other) => {
        if (hasRandomWeights(architecture) && equalWeights(one, other)) {
          throw new Fault(`seed ${seed + 1} gives the same weights`);
        }
      });
    });
  },
};

function sameBits(one: Tensor, other: Tensor): boolean {
  const [a, b] = [one.dataSync<"float32">(), other.dataSync<"float32">()];
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function equalWeights(one: Network, other: Network): boolean {
  return [...one.weights].every(([name, value]) => sameBits(value, other.weights.get(name)!));
}

/** A network may consist of constants alone, such as normalisation's scales. */
function hasRandomWeights(architecture: Architecture): boolean {
  return parameterSpecifications(architecture).some(({ initial }) => "variance" in initial && initial.variance > 0);
}
