import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  blockShapes,
  buildUniformNetwork,
  checkRoute,
  forward,
  fullRoute,
  multiplyAccumulates,
  parameterCounts,
  parameterSpecifications,
  runStem,
  type UniformNetworkOptions,
  uniformKinds,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { normalTensor, withNetwork } from "../tensors";

const tiny = { inputShape: [4, 4, 2], classes: 3, width: 5 } as const;
const options: fc.Arbitrary<UniformNetworkOptions> = fc.record({
  inputShape: fc.constant(tiny.inputShape),
  classes: fc.constant(3),
  width: fc.constant(5),
  depth: fc.integer({ min: 1, max: 6 }),
  layer: fc.constantFrom("dense", "convolution"),
  activation: fc.constantFrom("relu", "sigmoid", "tanh"),
  gain: fc.constantFrom(0.5, 1, 2),
  normalised: fc.boolean(),
  residual: fc.boolean(),
});

law(
  "all boundaries between blocks have one shape, so that every prefix of the full route is a network too",
  [options],
  (given) => {
    const architecture = buildUniformNetwork(given);
    const shapes = new Set(blockShapes(architecture).map(String));
    assert.is(shapes.size, 1);
    for (let n = 0; n <= given.depth; n++) checkRoute(architecture, fullRoute(architecture).slice(0, n));
  },
);

law(
  "a block adds one layer with weights of variance gain / fan-in, and its normalisation where there is one",
  [options],
  (given) => {
    const [one, more] = [given, { ...given, depth: given.depth + 1 }].map(buildUniformNetwork) as [
      ReturnType<typeof buildUniformNetwork>,
      ReturnType<typeof buildUniformNetwork>,
    ];
    const fanIn = given.layer === "dense" ? 5 : 9 * 5;
    const added = parameterCounts(more).trainable - parameterCounts(one).trainable;
    assert.is(added, fanIn * 5 + (given.normalised ? 2 * 5 : 0));
    const places = given.layer === "dense" ? 1 : 16;
    assert.is(multiplyAccumulates(more) - multiplyAccumulates(one), places * fanIn * 5);
    const kernel = parameterSpecifications(one).find(({ name }) => name === "block1/weights/kernel");
    assert.equal(kernel!.initial, { variance: given.gain! / fanIn });
  },
);

law(
  "every network begins at mean 0 and variance 1, and its logits are finite",
  [options, fc.nat()],
  (given, seed) => {
    withNetwork(buildUniformNetwork(given), seed, (network) => {
      const x = normalTensor<Tensor4D>([8, ...tiny.inputShape], seed, "x");
      const { mean, variance } = tf.moments(runStem(network, x, "batch statistics"));
      assert.ok(Math.abs(mean.dataSync()[0]!) < 1e-5);
      assert.ok(Math.abs(variance.dataSync()[0]! - 1) < 1e-2); // less by epsilon where a unit varies little
      const logits = forward(network, x, { mode: "batch statistics" }).dataSync();
      assert.ok(logits.every(Number.isFinite));
    });
  },
  { numRuns: 20 },
);

test("a network without blocks, or with half a one, is refused", () => {
  const given = { ...tiny, layer: "dense", activation: "relu", gain: 2 } as const;
  assert.throws(() => buildUniformNetwork({ ...given, depth: 0 }), /whole number of blocks, got 0/);
  assert.throws(() => buildUniformNetwork({ ...given, depth: 1.5 }), /got 1.5/);
});

test("kinds of uniform networks have a name each", () => {
  const kinds = Object.values(uniformKinds);
  assert.is(new Set(kinds.map(({ name }) => name)).size, kinds.length);
});

test.run();
