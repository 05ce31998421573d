import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch } from "../../src/data";
import {
  type Architecture,
  buildByName,
  createNetwork,
  disposeNetwork,
  fullRoute,
  type Network,
  type Route,
  sampleRoute,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { ensembleErrors, evaluate, routeLogits } from "../../src/routes";
import { tf } from "../../src/runtime";
import { law } from "../property";
import { channelStatistics, noiseImages } from "./images";

const side = 8;
const close = (one: number, other: number, tolerance = 1e-4) =>
  assert.ok(Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one)), `${one} and ${other} differ`);

function architecture(name: string): Architecture {
  return buildByName(name, { inputShape: [side, side, 1], classes: 3, width: 4 });
}

function softmax(logits: number[]): number[] {
  const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = exponentials.reduce((so, exponential) => so + exponential, 0);
  return exponentials.map((exponential) => exponential / sum);
}

function drawn(network: Network, count: number, seed: number): Route[] {
  const probabilities = network.architecture.blocks.map(() => 0.5);
  return Array.from({ length: count }, (_, i) =>
    sampleRoute(network.architecture, { kind: "survival", probabilities }, randomStream(seed, "routes", i)),
  );
}

const name = fc.constantFrom("resnet14", "projection-resnet8", "preactivation-resnet14");
const seed = fc.nat();

law(
  "the mean over one route is that route, and the mean over copies of a route is that route too",
  [name, seed, fc.integer({ min: 1, max: 20 })],
  async (built, from, count) => {
    const network = createNetwork(architecture(built), from);
    const [route] = drawn(network, 1, from);
    const set = noiseImages(count, side, from);
    const [expected] = await evaluate(network, [route!], set, { channelStatistics });
    for (const { topOneError, crossEntropy, divergence, ...rest } of await ensembleErrors(
      network,
      [route!, route!, route!],
      set,
      [1, 3],
      { channelStatistics, reference: route! },
    )) {
      assert.is(topOneError, expected!.topOneError);
      close(crossEntropy, expected!.crossEntropy);
      close(divergence, 0);
      assert.is(rest.images, count);
    }
    disposeNetwork(network);
  },
  { numRuns: 15 },
);

law(
  "error, cross-entropy and divergence of a mean are those of the probabilities, averaged by hand",
  [name, seed, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 })],
  async (built, from, count, size, batchSize) => {
    const network = createNetwork(architecture(built), from);
    const routes = drawn(network, 6, from);
    const reference = fullRoute(network.architecture);
    const set = noiseImages(count, side, from);
    const before = tf.memory().numTensors;
    const [whole, part] = await ensembleErrors(network, routes, set, [6, size], { channelStatistics, batchSize });
    assert.is(tf.memory().numTensors, before, "tensors were left behind");
    const [first, ...others] = tf.tidy(() => {
      const x = tf.tensor4d(gatherBatch(set, [...Array(count).keys()], channelStatistics), [count, side, side, 1]);
      return routeLogits(network, [reference, ...routes], x).map((logits) => logits.arraySync().map(softmax));
    });
    for (const [result, k] of [[whole, 6] as const, [part, size] as const]) {
      const means = first!.map((_, i) =>
        [0, 1, 2].map((c) => others.slice(0, k).reduce((sum, of) => sum + of[i]![c]! / k, 0)),
      );
      const wrong = means.filter((row, i) => row.indexOf(Math.max(...row)) !== set.labels[i]).length;
      const own = means.map((row, i) => -Math.log(row[set.labels[i]!]!));
      const divergences = means.map((row, i) => row.reduce((sum, p, c) => sum + p * Math.log(p / first![i]![c]!), 0));
      const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / count;
      assert.is(result!.routes, k);
      assert.is(result!.topOneError, wrong / count);
      if (own.every(Number.isFinite)) close(result!.crossEntropy, average(own), 1e-3);
      if (divergences.every(Number.isFinite)) close(result!.divergence, average(divergences), 1e-3);
      assert.ok(result!.divergence > -1e-9);
    }
    disposeNetwork(network);
  },
  { numRuns: 20 },
);

test("sizes that no mean can have are refused, and an aborted mean frees its tensors", async () => {
  const network = createNetwork(architecture("resnet8"), 1);
  const routes = drawn(network, 4, 1);
  const refused = async (sizes: number[]) => {
    try {
      await ensembleErrors(network, routes, noiseImages(2, side, 1), sizes, { channelStatistics });
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing was refused";
  };
  for (const size of [0, 5, 1.5]) assert.is(await refused([1, size]), `a mean takes from 1 to 4 routes, got ${size}`);

  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const averaged = ensembleErrors(network, routes, noiseImages(6, side, 1), [4], {
    channelStatistics,
    batchSize: 2,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await averaged.then(
    () => assert.unreachable("it went on"),
    (error: Error) => assert.is(error.message, "enough"),
  );
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
  disposeNetwork(network);
});

test.run();
