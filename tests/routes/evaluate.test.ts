import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch } from "../../src/data";
import { buildByName, createNetwork, disposeNetwork, fullRoute, type Network, type Route } from "../../src/networks";
import { randomStream } from "../../src/random";
import { deletableBlocks, evaluate, routeLogits, routeWithout } from "../../src/routes";
import { type Tensor4D, tf } from "../../src/runtime";
import { composedLogits } from "../networks/composed-network";
import { law } from "../property";
import { assertClose, normalTensor } from "../tensors";
import { channelStatistics, noiseImages } from "./images";

const side = 8;

function build(name: string, seed: number): Network {
  return createNetwork(buildByName(name, { inputShape: [side, side, 1], classes: 3, width: 4 }), seed);
}

const network = fc.record({
  name: fc.constantFrom("resnet14", "projection-resnet14", "preactivation-resnet14", "plain14", "vgg9"),
  seed: fc.nat(),
});

/** Deletions of random sets of blocks, the empty one among them. */
function deletions(built: Network, seed: number, count: number): Route[] {
  const stream = randomStream(seed, "routes");
  const blocks = deletableBlocks(built.architecture);
  return Array.from({ length: count }, () =>
    routeWithout(
      built.architecture,
      blocks.filter(() => stream.integer(3) === 0),
    ),
  );
}

law(
  "through the trie every route has the logits of a pass of its own",
  [network],
  ({ name, seed }) => {
    const built = build(name, seed);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = normalTensor<Tensor4D>([3, side, side, 1], seed, "x");
      const routes = deletions(built, seed, 12);
      const shared = routeLogits(built, routes, x);
      routes.forEach((route, i) => {
        assertClose(shared[i]!, routeLogits(built, [route], x)[0]!, 1e-5, `route ${i}`);
      });
    });
    assert.is(tf.memory().numTensors, before, "tensors were left behind");
    disposeNetwork(built);
  },
  { numRuns: 20 },
);

law(
  "errors depend neither on the batch size, nor on the order of the routes, nor on the other routes",
  [network, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 7 })],
  async ({ name, seed }, count, batchSize) => {
    const built = build(name, seed);
    const set = noiseImages(count, side, seed);
    const routes = deletions(built, seed, 5);
    const together = await evaluate(built, routes, set, { channelStatistics });
    const backwards = await evaluate(built, [...routes].reverse(), set, { channelStatistics, batchSize });
    backwards.reverse();
    for (const [i, route] of routes.entries()) {
      const [alone] = await evaluate(built, [route], set, { channelStatistics, batchSize: count });
      for (const other of [backwards[i]!, alone!]) {
        assert.is(other.topOneError, together[i]!.topOneError);
        assert.ok(Math.abs(other.crossEntropy - together[i]!.crossEntropy) < 1e-4);
        assert.is(other.images, count);
      }
    }
    disposeNetwork(built);
  },
  { numRuns: 12 },
);

test("error and cross-entropy are those of the logits, counted by hand", async () => {
  const built = build("resnet8", 5);
  const set = noiseImages(20, side, 5);
  const before = tf.memory().numTensors;
  const [result] = await evaluate(built, [fullRoute(built.architecture)], set, { channelStatistics, batchSize: 7 });
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
  tf.tidy(() => {
    const x = tf.tensor4d(gatherBatch(set, [...Array(20).keys()], channelStatistics), [20, side, side, 1]);
    const [logits] = routeLogits(built, [fullRoute(built.architecture)], x);
    const rows = logits!.arraySync();
    const wrong = rows.filter((row, i) => row.indexOf(Math.max(...row)) !== set.labels[i]).length;
    const entropy = rows.map((row, i) => Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[set.labels[i]!]!);
    assert.is(result!.topOneError, wrong / 20);
    assert.ok(Math.abs(result!.crossEntropy - entropy.reduce((sum, value) => sum + value, 0) / 20) < 1e-5);
  });
  disposeNetwork(built);
});

test("a deleted block's parameters have no part in the result", async () => {
  const built = build("preactivation-resnet14", 3);
  tf.tidy(() => {
    const x = normalTensor<Tensor4D>([2, side, side, 1], 3, "x");
    const route = routeWithout(built.architecture, [1]);
    const poisoned = new Map(
      [...built.weights].map(([name, tensor]) => [
        name,
        name.startsWith("stage1/block2/") ? tf.fill(tensor.shape, Number.NaN) : tensor,
      ]),
    );
    const logits = composedLogits(built.architecture, poisoned, x, route);
    assert.ok(logits.dataSync<"float32">().every(Number.isFinite));
  });
  disposeNetwork(built);
});

test("an aborted evaluation stops with the signal's reason and frees its tensors", async () => {
  const built = build("resnet8", 5);
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const evaluated = evaluate(built, [fullRoute(built.architecture)], noiseImages(20, side, 5), {
    channelStatistics,
    batchSize: 2,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await evaluated.then(
    () => assert.unreachable("it went on"),
    (error: Error) => assert.is(error.message, "enough"),
  );
  assert.is(tf.memory().numTensors, before);
  disposeNetwork(built);
});

test.run();
