/** Layers by themselves: as a network, and a fresh network that leaves nothing behind. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  convolution,
  createNetwork,
  disposeNetwork,
  forward,
  layersAlone,
  layerWeights,
  maxPool,
  normalImages,
  runStem,
  withFreshNetwork,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { type Tensor2D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, withNetwork } from "../tensors";

const channels = fc.integer({ min: 1, max: 5 });

law(
  "the logits of layers alone are the averages of their activations over the image",
  [channels, channels, fc.constantFrom(1, 2), fc.nat()],
  (inputs, filters, stride, seed) => {
    const layers = [convolution("convolution", { filters, stride, bias: true }), maxPool(2)];
    const architecture = layersAlone(layers, [9, 8, inputs]);
    assert.is(architecture.classes, filters);
    withNetwork(architecture, seed, (network) => {
      const x = normalImages([2, 9, 8, inputs], randomStream(seed));
      const averages = tf.mean<Tensor2D>(runStem(network, x, "inference"), [1, 2]);
      assertClose(forward(network, x, { mode: "inference" }), averages, 1e-5, "logits");
    });
  },
  { numRuns: 10 },
);

law(
  "weights of layers are those of their kernels and biases",
  [channels, channels, channels, fc.integer({ min: 1, max: 7 }), fc.boolean()],
  (inputs, between, filters, size, bias) => {
    const layers = [convolution("one", { filters: between, size: [size, 1], bias }), convolution("two", { filters })];
    const expected = size * inputs * between + (bias ? between : 0) + 9 * between * filters;
    assert.is(layerWeights(layers, [8, 8, inputs]), expected);
  },
);

test("a fresh network has the weights of its seed, and it goes with all that the body made", () => {
  const architecture = layersAlone([convolution("convolution", { filters: 3 })], [4, 4, 2]);
  const own = createNetwork(architecture, 7);
  const expected = [...own.weights.get("convolution/kernel")!.dataSync()];
  disposeNetwork(own);
  const before = tf.memory().numTensors;
  const found = withFreshNetwork(architecture, 7, ({ weights }) => {
    tf.ones([3]);
    return [...weights.get("convolution/kernel")!.dataSync()];
  });
  assert.equal(found, expected);
  assert.throws(() =>
    withFreshNetwork(architecture, 7, () => {
      throw new Error("half way");
    }),
  );
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
});

test("normal images are standard normal, those of their stream", () => {
  const shape = [10, 20, 25, 4] as const;
  const x = normalImages(shape, randomStream(1, "pictures"));
  const values = x.dataSync<"float32">();
  assert.equal(x.shape, [...shape]);
  const stream = randomStream(1, "pictures");
  for (let i = 0; i < 5; i++) assert.is(values[i], Math.fround(stream.normal()));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(square - 1) < 0.05, `${mean}, ${square}`); // four standard errors
  x.dispose();
});

test.run();
