import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { channelStatistics, gatherBatch, type ImageSet } from "../../src/data";
import {
  buildByName,
  createNetwork,
  disposeNetwork,
  foldBatchNormalisation,
  fullRoute,
  multiplyAccumulates,
  type Network,
  withStageExits,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import {
  allLabels,
  type ClassifierOutputs,
  classifierError,
  classifierOutputs,
  classifyEarly,
  earlyExit,
  evaluate,
  exitCosts,
} from "../../src/routes";
import { tf } from "../../src/runtime";
import { law } from "../property";

const plain = buildByName("preactivation-resnet8", { inputShape: [8, 8, 1], classes: 10, width: 4 });
const architecture = withStageExits(plain, { lossWeight: 0.3, filters: 8 });

function drawnImages(count: number, seed: number): ImageSet {
  const stream = randomStream(seed, "pictures");
  return {
    ...{ count, height: 8, width: 8, channels: 1 },
    images: Uint8Array.from({ length: count * 64 }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, () => stream.integer(10)),
  };
}

/** A network whose classifiers disagree, with different entropies: weights drawn and scaled up. */
function drawnNetwork(seed: number): Network {
  const network = createNetwork(architecture, seed);
  for (const name of [...network.weights.keys()].filter((key) => key.endsWith("classifier/kernel"))) {
    const kernel = network.weights.get(name)!;
    network.weights.set(name, tf.mul(kernel, 4));
    kernel.dispose();
  }
  return network;
}

const someOutputs = fc
  .record({ images: fc.integer({ min: 1, max: 30 }), classifiers: fc.integer({ min: 1, max: 4 }), seed: fc.nat() })
  .map(({ images, classifiers, seed }) => {
    const stream = randomStream(seed, "outputs");
    return {
      labels: Int32Array.from({ length: images }, () => stream.integer(3)),
      costs: Array.from({ length: classifiers }, (_, i) => (i + 1) / classifiers),
      outputs: Array.from(
        { length: classifiers },
        (_, i): ClassifierOutputs => ({
          classifier: i === classifiers - 1 ? "head" : `exit${i + 1}`,
          entropies: Float64Array.from({ length: images }, () => 2 * stream.uniform()),
          classes: Int32Array.from({ length: images }, () => stream.integer(3)),
        }),
      ),
    };
  });
const threshold = fc.double({ min: 1e-6, max: 2.2, noNaN: true });

law(
  "every image leaves once, and a higher threshold never costs more",
  [someOutputs, threshold, threshold],
  ({ outputs, costs, labels }, one, other) => {
    const [low, high] = [Math.min(one, other), Math.max(one, other)].map((at) => earlyExit(outputs, costs, labels, at));
    for (const { shares } of [low!, high!]) {
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    }
    assert.ok(high!.cost <= low!.cost + 1e-12);
    assert.ok(high!.shares[0]! >= low!.shares[0]! - 1e-12 || outputs.length === 1);
  },
);

law(
  "at threshold 0 it is the full network at its cost, and where all leave at once the first classifier",
  [someOutputs],
  ({ outputs, costs, labels }) => {
    const none = earlyExit(outputs, costs, labels, 0);
    assert.is(none.topOneError, classifierError(outputs.at(-1)!, labels));
    assert.is(none.cost, 1);
    const all = earlyExit(outputs, costs, labels, 3);
    assert.is(all.topOneError, classifierError(outputs[0]!, labels));
    assert.ok(Math.abs(all.cost - costs[0]!) < 1e-12);
  },
);

test("three images leave where a person would say", () => {
  const outputs: ClassifierOutputs[] = [
    { classifier: "exit1", entropies: Float64Array.of(0.1, 0.9, 0.9), classes: Int32Array.of(1, 1, 1) },
    { classifier: "exit2", entropies: Float64Array.of(0.9, 0.2, 0.5), classes: Int32Array.of(2, 2, 2) },
    { classifier: "head", entropies: Float64Array.of(0, 0, 0), classes: Int32Array.of(3, 3, 3) },
  ];
  const found = earlyExit(outputs, [0.25, 0.5, 1.25], Int32Array.of(1, 2, 2), 0.5); // 0.5 is not below 0.5
  assert.equal(found, { topOneError: 1 / 3, shares: [1 / 3, 1 / 3, 1 / 3], cost: (0.25 + 0.5 + 1.25) / 3 });
});

test("the costs ascend, and the last is that of the network with all its exits", () => {
  const costs = exitCosts(architecture);
  assert.is(costs.length, 3);
  assert.ok(costs[0]! < costs[1]! && costs[1]! < costs[2]!);
  assert.is(costs[2], multiplyAccumulates(architecture) / multiplyAccumulates(plain));
  const first = { ...architecture, exits: architecture.exits!.slice(0, 1), blocks: plain.blocks.slice(0, 1) };
  const toFirst = multiplyAccumulates({ ...first, head: first.exits[0]!.head, exits: [] });
  assert.is(costs[0], toFirst / multiplyAccumulates(plain));
  assert.equal(exitCosts(plain), [1]);
});

law(
  "taking the leaving images out of the batch gives what the outputs of all classifiers say",
  [fc.nat(1000), threshold, fc.integer({ min: 1, max: 9 })],
  async (seed, at, count) => {
    const network = drawnNetwork(seed);
    const folded = foldBatchNormalisation(network);
    const images = drawnImages(count, seed);
    const statistics = channelStatistics(images);
    const outputs = await classifierOutputs(network, images, { channelStatistics: statistics, batchSize: 4 });
    const before = tf.memory().numTensors;
    const places = Uint32Array.from({ length: count }, (_, i) => i);
    const x = tf.tensor4d(gatherBatch(images, places, statistics), [count, 8, 8, 1]);
    const found = classifyEarly(folded, x, at);
    x.dispose();
    assert.is(tf.memory().numTensors, before);
    for (let image = 0; image < count; image++) {
      const leaving = outputs.findIndex(({ entropies }, i) => i === 2 || entropies[image]! < at);
      const near = outputs.some(({ entropies }) => Math.abs(entropies[image]! - at) < 1e-4);
      if (near) continue; // rounding may say either
      assert.is(found.places[image], leaving);
      assert.is(found.classes[image], outputs[leaving]!.classes[image]);
    }
    disposeNetwork(folded);
    disposeNetwork(network);
  },
  { numRuns: 15 },
);

test("the last classifier errs as the evaluation of the whole network says, and leaves no tensor", async () => {
  const network = drawnNetwork(3);
  const before = tf.memory().numTensors;
  const images = drawnImages(40, 3);
  const statistics = channelStatistics(images);
  const outputs = await classifierOutputs(network, images, { channelStatistics: statistics });
  assert.equal(
    outputs.map(({ classifier }) => classifier),
    ["exit1", "exit2", "head"],
  );
  const [whole] = await evaluate(network, [fullRoute(architecture)], images, { channelStatistics: statistics });
  assert.is(classifierError(outputs[2]!, allLabels(images)), whole!.topOneError);
  assert.is(tf.memory().numTensors, before);
  for (const { entropies } of outputs) assert.ok(entropies.every((nats) => nats >= 0 && nats <= Math.log(10) + 1e-6));
  disposeNetwork(network);
});

test.run();
