import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherBatch, type ImageSet } from "../../src/data";
import { buildDenseNetwork, createNetwork, disposeNetwork, forward, type Network } from "../../src/networks";
import { randomStream } from "../../src/random";
import { linearMaskDifference, maskEnsembleErrors } from "../../src/routes";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { channelStatistics, noiseImages } from "./images";

const side = 4;
const close = (one: number, other: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one)), `${one} and ${other} differ`);

async function withDense(seed: number, rate: number, body: (network: Network) => Promise<void>): Promise<void> {
  const architecture = buildDenseNetwork({
    ...{ inputShape: [side, side, 1], classes: 3, hidden: [8] },
    ...{ inputRate: rate, hiddenRate: rate },
  });
  const before = tf.memory().numTensors;
  const network = createNetwork(architecture, seed);
  try {
    await body(network);
  } finally {
    disposeNetwork(network);
  }
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
}

const seed = fc.nat();

law(
  "the geometric mean of one softmax layer over all masks of its inputs is weight scaling, at every rate",
  [
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 2, max: 6 }),
    fc.double({ min: 0.05, max: 0.8, noNaN: true }),
    seed,
  ],
  (features, classes, rate, from) => {
    const difference = linearMaskDifference({ features, classes, rate, seed: from });
    assert.ok(difference < 1e-5, `${difference}`);
  },
  { numRuns: 30 },
);

law(
  "masks that drop nothing predict what the scaled network predicts, however many there are",
  [seed, fc.integer({ min: 1, max: 12 })],
  (from, count) =>
    withDense(from, 0, async (network) => {
      const { scaled, means } = await maskEnsembleErrors(network, noiseImages(count, side, from), [1, 7], {
        channelStatistics,
        seed: 1,
      });
      for (const { topOneError, crossEntropy, divergence } of means) {
        assert.is(topOneError, scaled.topOneError);
        close(crossEntropy, scaled.crossEntropy);
        close(divergence, 0);
      }
    }),
  { numRuns: 10 },
);

law(
  "the mean is that of the softmax under each mask, and its divergence is not below zero",
  [seed, fc.integer({ min: 1, max: 6 })],
  (from, count) =>
    withDense(from, 0.5, async (network) => {
      const set = noiseImages(count, side, from);
      const options = { channelStatistics, seed: from };
      const { means } = await maskEnsembleErrors(network, set, [1, 3], options);
      const indices = Uint32Array.from({ length: count }, (_, i) => i);
      const x: Tensor4D = tf.tensor4d(gatherBatch(set, indices, channelStatistics), [count, side, side, 1]);
      for (const { masks: size, crossEntropy, divergence } of means) {
        const mean = tf.tidy(() => {
          const predictions = Array.from({ length: size }, (_, mask) => {
            const masks = (layer: string) => randomStream(from, "mask at test time", mask, 0, layer);
            return tf.softmax(forward(network, x, { mode: "inference", masks }));
          });
          return tf.div(tf.addN(predictions), size).dataSync<"float32">();
        });
        const expected = indices.reduce((sum, i) => sum - Math.log(mean[3 * i + set.labels[i]!]!) / count, 0);
        close(crossEntropy, expected, 1e-4);
        assert.ok(divergence >= -1e-9, `${divergence}`);
      }
      x.dispose();
    }),
  { numRuns: 10 },
);

test("images have masks of their own, and equal seeds equal ones", () =>
  withDense(1, 0.5, async (network) => {
    const one = noiseImages(1, side, 1);
    const twice: ImageSet = {
      ...one,
      count: 2,
      images: Uint8Array.from([...one.images, ...one.images]),
      labels: Uint8Array.from([...one.labels, ...one.labels]),
    };
    const run = async (set: ImageSet, from: number) =>
      (await maskEnsembleErrors(network, set, [1], { channelStatistics, seed: from })).means[0]!.crossEntropy;
    assert.is(await run(one, 1), await run(one, 1));
    assert.is.not(await run(one, 1), await run(one, 2));
    assert.is.not(await run(one, 1), await run(twice, 1)); // the second has a loss of its own
  }));

test("a mean over no masks, and all masks of many features, are refused", async () => {
  await withDense(1, 0.5, async (network) => {
    try {
      await maskEnsembleErrors(network, noiseImages(1, side, 1), [0], { channelStatistics, seed: 1 });
    } catch (error) {
      return assert.match((error as Error).message, /one mask or more, got 0/);
    }
    return assert.unreachable("should have been refused");
  });
  assert.throws(() => linearMaskDifference({ features: 13, classes: 2, rate: 0.5, seed: 1 }), /up to 12 features/);
});

test.run();
