import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gradientAutocovariances, inputCircle } from "../../../experiments/shattered-gradients/autocovariance";
import { gradientCorrelations } from "../../../experiments/shattered-gradients/mean-field";
import { buildUniformNetwork, type Network, parameter } from "../../../src/networks";
import { randomStream } from "../../../src/random";
import { type Tensor, type Tensor2D, tf } from "../../../src/runtime";
import { law } from "../../property";
import { normalTensor, withNetwork, withoutLeak } from "../../tensors";

const tiny = { inputShape: [2, 2, 1], classes: 2, layer: "dense", activation: "relu", gain: 2 } as const;
const normals = (length: number, seed: number, name: string) => {
  const stream = randomStream(seed, name);
  return Float32Array.from({ length }, () => stream.normal());
};
const dot = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Array.from(one).reduce((sum, value, i) => sum + value * other[i]!, 0);

law(
  "the points of a circle have mean square 1, correlate by the cosine of their distance, and add up to zero",
  [fc.integer({ min: 2, max: 20 }), fc.integer({ min: 3, max: 16 }), fc.nat()],
  (length, points, seed) => {
    const [one, other] = [normals(length, seed, "one"), normals(length, seed, "other")];
    const circle = inputCircle(one, other, points);
    const at = (place: number) => circle.slice(place * length, (place + 1) * length);
    for (let place = 0; place < points; place++) {
      const expected = Math.cos((2 * Math.PI * place) / points);
      assert.ok(Math.abs(dot(at(0), at(place)) / length - expected) < 1e-4);
      assert.ok(Math.abs(dot(at(place), at(place)) / length - 1) < 1e-4);
    }
    const size = Math.sqrt(dot(one, one) * dot(at(0), at(0)));
    assert.ok(Math.abs(dot(one, at(0)) / size - 1) < 1e-5, "it begins at the first input");
    for (let i = 0; i < length; i++) {
      const sum = Array.from({ length: points }, (_, place) => at(place)[i]!).reduce((a, b) => a + b);
      assert.ok(Math.abs(sum) < 1e-4 * points);
    }
  },
);

test("no circle passes through inputs of different lengths, through zero, or through multiples of one input", () => {
  const one = Float32Array.of(1, 2, 3);
  assert.throws(() => inputCircle(one, Float32Array.of(1, 2), 4), /as long, got 3 and 2/);
  assert.throws(() => inputCircle(one, new Float32Array(3), 4), /no circle/);
  assert.throws(() => inputCircle(one, Float32Array.of(-2, -4, -6), 4), /no circle/);
});

/** The same sums by TensorFlow.js's own tape, one input and one function at a time. */
function bruteForce(network: Network, inputs: Tensor2D, functions: Tensor2D, depth: number): number[] {
  const points = inputs.shape[0];
  const value = (x: Tensor, direction: Tensor) => {
    let activations = x;
    network.architecture.blocks.slice(0, depth).forEach(({ name, shortcut }) => {
      const branch = tf.matMul(
        tf.relu(activations) as Tensor2D,
        parameter<Tensor2D>(network, `${name}/weights/kernel`),
      );
      activations = shortcut === null ? branch : tf.add(activations, branch);
    });
    return tf.sum(tf.mul(activations, direction));
  };
  const sums = new Array<number>(Math.floor(points / 2) + 1).fill(0);
  for (const direction of tf.split(functions, functions.shape[0])) {
    const gradients = tf.split(inputs, points).map((x) =>
      tf
        .grad((given: Tensor) => value(given, direction))(x)
        .dataSync(),
    );
    for (let lag = 0; lag < sums.length; lag++) {
      gradients.forEach((gradient, place) => {
        sums[lag]! += dot(gradient, gradients[(place + lag) % points]!);
      });
    }
  }
  return sums;
}

law(
  "autocovariances are the products of the gradients at each two places, at every depth",
  [fc.boolean(), fc.nat()],
  (residual, seed) => {
    withNetwork(buildUniformNetwork({ ...tiny, depth: 4, width: 6, residual }), seed, (network) => {
      withoutLeak(() => {
        const inputs = normalTensor<Tensor2D>([5, 6], seed, "inputs");
        const functions = normalTensor<Tensor2D>([2, 6], seed, "functions");
        const depths = [1, 2, 4];
        gradientAutocovariances(network, inputs, functions, depths).forEach((found, i) => {
          const expected = bruteForce(network, inputs, functions, depths[i]!);
          assert.is(found.length, 3); // lags 0, 1, 2 of five points
          found.forEach((value, lag) => {
            const difference = Math.abs(value - expected[lag]!);
            assert.ok(difference <= 1e-4 * expected[0]! + 1e-6, `depth ${depths[i]}, lag ${lag}: ${value}`);
          });
        });
      });
    });
  },
  { numRuns: 8 },
);

test("wide networks correlate as mean-field theory says", () => {
  for (const residual of [false, true]) {
    const depths = [1, 2, 4];
    const sums = depths.map(() => [0, 0]);
    for (let seed = 1; seed <= 6; seed++) {
      withNetwork(buildUniformNetwork({ ...tiny, depth: 4, width: 400, residual }), seed, (network) => {
        const circle = inputCircle(normals(400, seed, "one"), normals(400, seed, "other"), 8);
        const functions = normalTensor([4, 400], seed, "functions");
        gradientAutocovariances(network, tf.tensor2d(circle, [8, 400]), functions, depths).forEach((found, i) => {
          sums[i]![0]! += found[2]!; // a quarter of the circle
          sums[i]![1]! += found[0]!;
        });
      });
    }
    const theory = gradientCorrelations({ residual, normalised: false }, 4);
    depths.forEach((depth, i) => {
      const found = sums[i]![0]! / sums[i]![1]!;
      assert.ok(
        Math.abs(found / theory[depth]! - 1) < 0.15,
        `${residual}, ${depth}: ${found}, theory ${theory[depth]}`,
      );
    });
  }
});

test.run();
