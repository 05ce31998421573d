import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildLinearResNet, forward, keepsShape, parameterCounts } from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

const inputShape = [5, 6, 2] as const;

law(
  "the network is linear: of a sum of images it makes the sum of what it makes of each",
  [fc.integer({ min: 1, max: 8 }), fc.double({ min: -2, max: 2, noNaN: true }), fc.nat()],
  (blocks, factor, seed) => {
    withNetwork(buildLinearResNet({ blocks, inputShape, classes: 3, width: 4 }), seed, (network) => {
      const [one, other] = ["one", "other"].map((name) => normalTensor<Tensor4D>([2, ...inputShape], seed, name));
      const logits = (x: Tensor4D) => forward(network, x, { mode: "inference" });
      const joined = logits(tf.add(one!, tf.mul(other!, factor)));
      assertClose(joined, tf.add(logits(one!), tf.mul(logits(other!), factor)), 1e-5, "logits");
    });
  },
  { numRuns: 15 },
);

test("12 blocks of width 8 have 7,208 weights, and every block keeps its shape", () => {
  const architecture = buildLinearResNet({ blocks: 12, inputShape: [6, 6, 3], classes: 10 });
  assert.is(parameterCounts(architecture).trainable, 9 * 3 * 8 + 12 * 9 * 8 * 8 + 8 * 10);
  assert.is(9 * 3 * 8 + 12 * 9 * 8 * 8 + 8 * 10, 7208);
  assert.ok(keepsShape(architecture).every(Boolean));
  assert.is(architecture.name, "linear-resnet14");
});

test("a network without blocks, or with half of one, is refused", () => {
  for (const blocks of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => buildLinearResNet({ blocks, inputShape, classes: 3 }), /whole number of blocks, at least 1/);
  }
});

test.run();
