import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { expectedLogits, linearBlockDifference } from "../../../experiments/stochastic-depth-at-test/linear-block";
import type { ImageSet } from "../../../src/data";
import { type Architecture, buildByName, expectedRoute, fullRoute, type Layer } from "../../../src/networks";
import { randomStream } from "../../../src/random";
import { routeLogits } from "../../../src/routes";
import { type Tensor2D, type Tensor4D, tf } from "../../../src/runtime";
import { law } from "../../property";
import { assertClose, normalTensor, relativeDifference, withNetwork } from "../../tensors";

const side = 8;
const seed = fc.nat();

function architecture(name: string): Architecture {
  return buildByName(name, { inputShape: [side, side, 1], classes: 3, width: 4 });
}

law(
  "in a network of one linear block scaling gives the expectation, up to the rounding of single precision",
  [fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom("resnet20", "preactivation-resnet8")],
  (from, probability, built) => {
    const stream = randomStream(from, "pictures");
    const images: ImageSet = {
      images: Uint8Array.from({ length: 2 * 64 }, () => stream.integer(256)),
      ...{ labels: Uint8Array.of(0, 1), count: 2, height: 8, width: 8, channels: 1 },
    };
    const of = { architecture: buildByName(built, { inputShape: [8, 8, 1], classes: 3, width: 4 }) };
    const before = tf.memory().numTensors;
    const channelStatistics = { mean: [128], standardDeviation: [64] };
    const difference = linearBlockDifference(of, from, probability, { images, channelStatistics });
    assert.ok(difference < 1e-5, `${difference}`);
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 10 },
);

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
