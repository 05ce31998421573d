import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch } from "../../src/data";
import {
  type Architecture,
  buildByName,
  createNetwork,
  disposeNetwork,
  expectedRoute,
  fullRoute,
  type Layer,
  type Network,
  type Route,
  sampleRoute,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { ensembleErrors, evaluate, expectedLogits, routeLogits } from "../../src/routes";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, relativeDifference, withNetwork } from "../tensors";
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

/** The same network with nothing in its blocks and its head that is not linear. */
function linear(given: Architecture): Architecture {
  const kept = (layers: readonly Layer[]) => layers.filter(({ kind }) => kind !== "relu");
  return {
    ...given,
    blocks: given.blocks.map((block) => ({ ...block, residual: kept(block.residual), join: kept(block.join) })),
    head: kept(given.head),
  };
}

const probabilities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });

law(
  "with linear blocks the scaled network gives the expected logits, however many blocks there are",
  [fc.constantFrom("resnet8", "projection-resnet14", "preactivation-resnet14"), seed, probabilities],
  (built, from, params) => {
    const given = linear(architecture(built));
    const survival = params.slice(0, given.blocks.length);
    withNetwork(given, from, (network) => {
      const x = normalTensor<Tensor4D>([3, side, side, 1], from, "x");
      const route = expectedRoute(given, { kind: "survival", probabilities: survival });
      assertClose(expectedLogits(network, survival, x), routeLogits(network, [route], x)[0]!, 1e-4, "expected logits");
    });
  },
  { numRuns: 15 },
);

law(
  "the expected logits are those of the full route at survival 1, and the weighted mean of both routes of one block",
  [seed, fc.double({ min: 0, max: 1, noNaN: true })],
  (from, probability) => {
    const whole = architecture("preactivation-resnet8");
    withNetwork(whole, from, (network) => {
      const x = normalTensor<Tensor4D>([2, side, side, 1], from, "x");
      const route = fullRoute(whole);
      const [full] = routeLogits(network, [route], x);
      assertClose(expectedLogits(network, [1, 1, 1], x), full!, 1e-5, "survival 1");
      const [skipped] = routeLogits(
        network,
        [route.map((step, i) => (i === 1 ? { ...step, branch: "skip" } : step))],
        x,
      );
      const mixed = tf.add(tf.mul(full!, probability), tf.mul(skipped!, 1 - probability)) as Tensor2D;
      assertClose(expectedLogits(network, [1, probability, 1], x), mixed, 1e-5, "one block at random");
    });
  },
  { numRuns: 15 },
);

test("with ReLUs the scaled network only approximates the expected logits", () => {
  const given = architecture("preactivation-resnet14");
  withNetwork(given, 4, (network) => {
    const x = normalTensor<Tensor4D>([3, side, side, 1], 4, "x");
    const halves = given.blocks.map(() => 0.5);
    const [scaled] = routeLogits(network, [expectedRoute(given, { kind: "survival", probabilities: halves })], x);
    assert.ok(relativeDifference(expectedLogits(network, halves, x), scaled!) > 1e-3);
  });
});

test("too many blocks, and probabilities that do not fit, are refused in words", () => {
  withNetwork(architecture("resnet44"), 1, (network) => {
    const x = normalTensor<Tensor4D>([1, side, side, 1], 1);
    assert.throws(() => expectedLogits(network, [], x), /up to 12 blocks; resnet44 has 21/);
  });
  withNetwork(architecture("resnet8"), 1, (network) => {
    const x = normalTensor<Tensor4D>([1, side, side, 1], 1);
    assert.throws(() => expectedLogits(network, [1], x), /need 3 probabilities, one a block of resnet8, got 1/);
  });
});

test.run();
