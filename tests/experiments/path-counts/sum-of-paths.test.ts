import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PathSum, sumOfPaths } from "../../../experiments/path-counts/sum-of-paths";
import {
  type Architecture,
  buildByName,
  buildLinearResNet,
  createNetwork,
  disposeNetwork,
  forward,
} from "../../../src/networks";
import { randomStream } from "../../../src/random";
import { routeWithout } from "../../../src/routes";
import { tf } from "../../../src/runtime";
import { law } from "../../property";
import { withNetwork } from "../../tensors";

const inputShape = [8, 8, 2] as const;
const linear = (blocks: number) => buildLinearResNet({ blocks, inputShape, classes: 3, width: 4 });

function images(count: number, seed: number): Float32Array {
  const stream = randomStream(seed, "pictures");
  return Float32Array.from({ length: count * 8 * 8 * 2 }, () => stream.normal());
}

function measure(architecture: Architecture, seed: number, deleted: number | null = null): PathSum {
  const before = tf.memory().numTensors;
  const network = createNetwork(architecture, seed);
  const found = sumOfPaths(network, images(2, seed), deleted);
  disposeNetwork(network);
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
  return found;
}

law(
  "with linear branches 2^N paths add up to the output, and 2^(N - 1) after any deletion",
  [fc.integer({ min: 1, max: 7 }), fc.nat({ max: 6 }), fc.nat()],
  (blocks, place, seed) => {
    const whole = measure(linear(blocks), seed);
    assert.is(whole.paths, 2 ** blocks);
    assert.ok(whole.relativeDifference < 1e-5, `${whole.relativeDifference}`);
    const lesioned = measure(linear(blocks), seed, place % blocks);
    assert.is(lesioned.paths, 2 ** (blocks - 1));
    assert.ok(lesioned.relativeDifference < 1e-5, `${lesioned.relativeDifference}`);
  },
  { numRuns: 12 },
);

test("with ReLUs and normalisation in the branches the paths do not add up", () => {
  const options = { inputShape, classes: 3, width: 4 };
  for (const seed of [1, 2, 3]) {
    const { paths, relativeDifference } = measure(buildByName("preactivation-resnet8", options), seed);
    assert.is(paths, 8);
    assert.ok(relativeDifference > 0.05, `seed ${seed}: ${relativeDifference}`);
  }
});

test("paths through a plain network are one, and it is the output", () => {
  const plain = buildByName("plain8", { inputShape, classes: 3, width: 4 });
  assert.equal(measure(plain, 1), { paths: 1, relativeDifference: 0 });
});

test("a deletion is taken off the paths, not off the network's weights", () => {
  withNetwork(linear(3), 1, (network) => {
    const x = tf.tensor4d(images(1, 1), [1, ...inputShape]);
    const logits = () => forward(network, x, { mode: "inference" }).dataSync();
    const before = logits();
    sumOfPaths(network, images(1, 1), 1);
    assert.equal(logits(), before);
    const route = routeWithout(network.architecture, [1]);
    assert.not.equal(forward(network, x, { mode: "inference", route }).dataSync(), before);
  });
});

test("half an image is refused", () => {
  withNetwork(linear(1), 1, (network) => {
    assert.throws(() => sumOfPaths(network, new Float32Array(64)), /64 values are no whole number of images of 8x8x2/);
    assert.throws(() => sumOfPaths(network, new Float32Array(0)), /no whole number of images/);
  });
});

test.run();
