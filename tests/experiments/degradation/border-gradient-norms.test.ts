import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { borderGradientNorms } from "../../../experiments/degradation/border-gradient-norms";
import { batchIndices, gatherBatch, labelsOf } from "../../../src/data";
import { type Architecture, buildByName, fullRoute, type Network } from "../../../src/networks";
import { type Tensor, type Tensor4D, tf } from "../../../src/runtime";
import { prepareImages } from "../../../src/training";
import { composedLogits } from "../../networks/composed-network";
import { law } from "../../property";
import { withNetwork } from "../../tensors";
import { toyData, toyPlan } from "../../training/toy";

const { seed, batchSize } = toyPlan;
const images = prepareImages(toyData, toyPlan.images, seed);
const tiny = { inputShape: toyPlan.architecture.inputShape, classes: 2, width: 3 } as const;

/** The norm by TensorFlow.js's own tape over its own operations: activations at the border, then the rest of the network. */
function composedNorm({ architecture, weights }: Network, border: number): number {
  const { training, channelStatistics } = images;
  const indices = batchIndices(training.count, batchSize, seed, 0);
  return tf.tidy(() => {
    const x = tf.tensor4d(gatherBatch(training, indices, channelStatistics), [batchSize, ...tiny.inputShape]);
    const targets = tf.oneHot(tf.tensor1d(labelsOf(training, indices), "int32"), tiny.classes);
    const { stem, blocks } = architecture;
    const before: Architecture = { ...architecture, stem, blocks: blocks.slice(0, border), head: [] };
    const after: Architecture = { ...architecture, stem: [], blocks: blocks.slice(border) };
    const activations = composedLogits(before, weights, x, fullRoute(before)) as Tensor as Tensor4D;
    const loss = (given: Tensor) =>
      tf.losses.softmaxCrossEntropy(targets, composedLogits(after, weights, given as Tensor4D, fullRoute(after)));
    return tf.norm(tf.grad(loss)(activations)).dataSync()[0]!;
  });
}

law(
  "the norm at every border is the one that TensorFlow.js's own tape finds",
  [fc.constantFrom("plain8", "resnet8", "preactivation-resnet8", "preactivation-bottleneck-resnet11"), fc.nat()],
  (name, weightSeed) => {
    withNetwork(buildByName(name, tiny), weightSeed, (network) => {
      const weights = new Map(network.weights);
      const norms = borderGradientNorms(network, { seed, batchSize }, images);
      assert.is(norms.length, network.architecture.blocks.length + 1);
      norms.forEach((norm, border) => {
        const expected = composedNorm(network, border);
        assert.ok(Math.abs(norm - expected) <= 1e-3 * expected, `border ${border}: ${norm}, expected ${expected}`);
      });
      for (const [address, tensor] of weights) assert.is(network.weights.get(address), tensor, address);
    });
  },
  { numRuns: 8 },
);

test("it leaves no tensor behind, and asks for a batch that the images fill", () => {
  withNetwork(buildByName("plain8", tiny), 1, (network) => {
    const before = tf.memory().numTensors;
    borderGradientNorms(network, { seed, batchSize }, images);
    assert.is(tf.memory().numTensors, before);
    assert.throws(() => borderGradientNorms(network, { seed, batchSize: 1000 }, images), /need at least 1000 images/);
  });
});

test.run();
