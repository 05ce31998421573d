import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { flowFeatures, flowLogits, inFeaturePlane } from "../../src/dynamics";
import { randomStream } from "../../src/random";
import { type Tensor2D, type Tensor3D, tf } from "../../src/runtime";
import { law } from "../property";

function normal(size: number, seed: number): Float32Array {
  const stream = randomStream(seed, "values");
  return Float32Array.from({ length: size }, () => stream.normal());
}

const classifierOf = (width: number, seed: number) => normal(2 * width, seed + 1);
/** w_1 - w_0 */
const parting = (classifier: ArrayLike<number>) =>
  Array.from({ length: classifier.length / 2 }, (_, i) => classifier[2 * i + 1]! - classifier[2 * i]!);

law(
  "across stands the difference of both logits, over the length of the difference of weights",
  [fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 9 }), fc.nat()],
  (width, count, seed) => {
    const points = normal(count * width, seed);
    const classifier = classifierOf(width, seed);
    const direction = parting(classifier);
    const length = Math.hypot(...direction);
    const [places] = inFeaturePlane([points], classifier, 2);
    places!.forEach(([x], i) => {
      const difference = direction.reduce((sum, weight, j) => sum + weight * points[i * width + j]!, 0);
      assert.ok(Math.abs(x - difference / length) < 1e-9);
    });
  },
);

law(
  "points of a plane that holds the classifier's direction keep all their distances",
  [fc.integer({ min: 2, max: 8 }), fc.nat()],
  (width, seed) => {
    const classifier = classifierOf(width, seed);
    const first = parting(classifier);
    const length = Math.hypot(...first);
    const other = [...normal(width, seed + 2)];
    const share = first.reduce((sum, entry, i) => sum + entry * other[i]!, 0) / length ** 2;
    const second = other.map((entry, i) => entry - share * first[i]!);
    const secondLength = Math.hypot(...second);
    const stream = randomStream(seed, "places");
    const placed = Array.from({ length: 6 }, () => [stream.normal(), stream.normal()] as const);
    const points = placed.flatMap(([a, b]) =>
      first.map((entry, i) => (a * entry) / length + (b * second[i]!) / secondLength),
    );
    const [found] = inFeaturePlane([points], classifier, 2);
    placed.forEach(([a, b], i) => {
      placed.forEach(([c, d], j) => {
        const [x, y] = [found![i]![0] - found![j]![0], found![i]![1] - found![j]![1]];
        assert.ok(Math.abs(Math.hypot(x, y) - Math.hypot(a - c, b - d)) < 1e-6);
      });
    });
  },
);

test("classes that nothing parts, and points of another width, are refused", () => {
  assert.throws(() => inFeaturePlane([[1, 2]], [1, 1, 2, 2], 2), /both classes have the same weights/);
  assert.throws(() => inFeaturePlane([[1, 2, 3]], [1, 0, 0, 1], 2), /need 2 features a point, got 3 numbers/);
});

law(
  "features begin with the inputs beside zeros, and the last ones give the logits",
  [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 5 }), fc.nat()],
  (layers, width, seed) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const parameters = {
        kernels: tf.tensor3d(normal(layers * width * width, seed), [layers, width, width]) as Tensor3D,
        biases: tf.tensor3d(normal(layers * width, seed + 1), [layers, 1, width]) as Tensor3D,
        classifier: tf.tensor2d(normal(2 * width, seed + 2), [width, 2]) as Tensor2D,
        offsets: tf.tensor2d(normal(2, seed + 3), [1, 2]) as Tensor2D,
      };
      const x = tf.tensor2d(normal(8, seed + 4), [4, 2]) as Tensor2D;
      const features = flowFeatures(parameters, x, { stepSize: 0.1 });
      assert.is(features.length, layers + 1);
      assert.equal(
        [...features[0]!.dataSync()],
        [...x.dataSync()].flatMap((value, i) => (i % 2 === 0 ? [value] : [value, ...new Array(width - 2).fill(0)])),
      );
      const logits = tf.add(tf.matMul(features.at(-1)!, parameters.classifier), parameters.offsets);
      assert.equal(logits.dataSync(), flowLogits(parameters, x, { stepSize: 0.1 }).dataSync());
    });
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 20 },
);

test.run();
