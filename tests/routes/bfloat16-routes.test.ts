import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, createNetwork, disposeNetwork } from "../../src/networks";
import { randomStream } from "../../src/random";
import { deletableBlocks, evaluate, routeLogits, routeWithout } from "../../src/routes";
import { bfloat16Problem, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { normalTensor, unsettle, withoutLeak } from "../tensors";
import { channelStatistics, noiseImages } from "./images";

const bfloat16Law: typeof law = bfloat16Problem() === null ? law : (title) => test.skip(title, () => {});

const side = 8;
const names = fc.constantFrom("resnet14", "projection-resnet14", "preactivation-resnet14", "plain14", "vgg9");

function build(name: string, seed: number, precision?: "bfloat16") {
  const network = createNetwork(
    buildByName(name, { inputShape: [side, side, 1], classes: 3, width: 4 }),
    seed,
    precision,
  );
  tf.tidy(() => unsettle(network, seed));
  return network;
}

function deletions(blocks: readonly number[], seed: number) {
  const stream = randomStream(seed, "routes");
  return Array.from({ length: 8 }, () => blocks.filter(() => stream.integer(3) === 0));
}

bfloat16Law(
  "through the trie every route has the logits of a pass of its own, bit for bit",
  [names, fc.nat()],
  (name, seed) => {
    const network = build(name, seed, "bfloat16");
    withoutLeak(() => {
      const { architecture } = network;
      const x = normalTensor<Tensor4D>([3, side, side, 1], seed, "x");
      const routes = deletions(deletableBlocks(architecture), seed).map((blocks) => routeWithout(architecture, blocks));
      const shared = routeLogits(network, routes, x);
      for (const [i, route] of routes.entries()) {
        assert.equal(shared[i]!.dataSync(), routeLogits(network, [route], x)[0]!.dataSync());
      }
    });
    disposeNetwork(network);
  },
  { numRuns: 20 },
);

bfloat16Law(
  "errors depend neither on the order of the routes nor on the other routes, and cross-entropies are near float32's",
  [names, fc.nat()],
  async (name, seed) => {
    const before = tf.memory();
    const network = build(name, seed, "bfloat16");
    const full = build(name, seed);
    const images = noiseImages(40, side, seed);
    const { architecture } = network;
    const routes = deletions(deletableBlocks(architecture), seed).map((blocks) => routeWithout(architecture, blocks));
    const together = await evaluate(network, routes, images, { channelStatistics });
    const backwards = await evaluate(network, [...routes].reverse(), images, { channelStatistics });
    assert.equal(backwards.reverse(), together);
    const exact = await evaluate(full, routes, images, { channelStatistics });
    together.forEach(({ crossEntropy }, i) => {
      const expected = exact[i]!.crossEntropy;
      assert.ok(Math.abs(crossEntropy - expected) <= 0.05 * (1 + expected), `${crossEntropy} beside ${expected}`);
    });
    for (const one of [network, full]) disposeNetwork(one);
    assert.is(tf.memory().numTensors, before.numTensors);
    assert.is(tf.memory().numBytes, before.numBytes);
  },
  { numRuns: 8 },
);

test.run();
