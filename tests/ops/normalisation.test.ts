import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  layerNormalisation,
  layerNormalisationGradients,
  localResponseNormalisation,
  localResponseNormalisationGradient,
  normaliseBatch,
  normaliseBatchGradient,
  normaliseByRunning,
} from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withoutLeak } from "../tensors";

const epsilon = 1e-5;

/** Images or features with at least four values a channel: two would normalise to exactly -1 and 1, without a gradient. */
const problem = fc.record({
  shape: fc.oneof(
    fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    fc.tuple(fc.integer({ min: 4, max: 9 }), fc.integer({ min: 1, max: 4 })),
  ),
  seed: fc.nat(),
});

function tensors({ shape, seed }: { shape: readonly number[]; seed: number }) {
  const channels = [shape[shape.length - 1]!];
  return {
    x: normalTensor<Tensor>(shape, seed, "x"),
    dy: normalTensor<Tensor>(shape, seed, "dy"),
    scale: normalTensor<Tensor1D>(channels, seed, "scale"),
    offset: normalTensor<Tensor1D>(channels, seed, "offset"),
    mean: normalTensor<Tensor1D>(channels, seed, "mean"),
    variance: normalTensor<Tensor1D>(channels, seed, "variance").square().add(0.1) as Tensor1D,
  };
}

law(
  "with scale 1 and offset 0 each channel of a batch has mean 0 and variance 1",
  [problem],
  ({ shape, seed }) =>
    withoutLeak(() => {
      const { x, scale } = tensors({ shape, seed });
      const { y } = normaliseBatch(x, tf.onesLike(scale), tf.zerosLike(scale), epsilon);
      const { mean, variance } = tf.moments(
        y,
        shape.slice(1).map((_, axis) => axis),
      );
      assertClose(mean, tf.zerosLike(mean), 1e-5, "mean");
      assertClose(variance, tf.onesLike(variance), 1e-2, "variance"); // epsilon counts where a channel hardly varies
    }),
  { numRuns: 60 },
);

law(
  "each pixel's channels are normalised by themselves, and all three gradients equal the composed and the numeric ones",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, dy, scale, offset } = tensors(given);
      const channels = given.shape[given.shape.length - 1]!;
      const soft = 0.1; // so that two channels do not become -1 and 1 whatever they are
      const y = layerNormalisation(x, scale, offset, soft);
      const [values, out] = [x.dataSync(), y.dataSync()];
      for (let first = 0; first < values.length; first += channels) {
        const pixel = [...values.slice(first, first + channels)];
        const mean = pixel.reduce((sum, value) => sum + value, 0) / channels;
        const variance = pixel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels;
        pixel.forEach((value, channel) => {
          const normal = (value - mean) / Math.sqrt(variance + soft);
          const expected = normal * scale.dataSync()[channel]! + offset.dataSync()[channel]!;
          assert.ok(Math.abs(out[first + channel]! - expected) < 1e-4 * (1 + Math.abs(expected)));
        });
      }
      const found = layerNormalisationGradients(dy, x, scale, soft);
      const reference = composed.layerNormalisationGradients(dy, x, scale, soft);
      for (const by of ["x", "scale", "offset"] as const) assertClose(found[by], reference[by], 1e-4, by);
      const direction = normalTensor<Tensor>(given.shape, given.seed, "direction");
      const at = (input: Tensor) => innerProduct(layerNormalisation(input, scale, offset, soft), dy);
      const slope = tf.tidy(() => numericDerivative(at, x, direction, 1e-2));
      const size = 1 + Math.sqrt(innerProduct(found.x, found.x) * innerProduct(direction, direction));
      assert.ok(Math.abs(slope - innerProduct(found.x, direction)) < 0.01 * size, `${slope}`);
    }),
  { numRuns: 60 },
);

law(
  "normalisation, running statistics and gradients equal the composed ones",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, dy, scale, offset, mean, variance } = tensors(given);
      const running = { mean, variance, momentum: 0.1 };
      const fused = normaliseBatch(x, scale, offset, epsilon, running);
      const reference = composed.normaliseBatch(x, scale, offset, epsilon, running);
      assertClose(fused.y, reference.y, 1e-4, "y");
      assertClose(fused.running!.mean, reference.running!.mean, 1e-5, "running mean");
      assertClose(fused.running!.variance, reference.running!.variance, 1e-4, "running variance");
      const gradient = normaliseBatchGradient(dy, x, scale, fused.saved, epsilon);
      const referenceGradient = composed.normaliseBatchGradient(dy, x, scale, epsilon);
      assertClose(gradient.x, referenceGradient.x, 1e-3, "gradient by x");
      assertClose(gradient.scale, referenceGradient.scale, 1e-3, "gradient by scale");
      assertClose(gradient.offset, referenceGradient.offset, 1e-3, "gradient by offset");
    }),
  { numRuns: 60 },
);

law(
  "with a ReLU in the same pass: the same statistics, the positive part of the same values, the same gradient",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, dy, scale, offset, mean, variance } = tensors(given);
      const running = { mean, variance, momentum: 0.1 };
      const plain = normaliseBatch(x, scale, offset, epsilon, running);
      const rectified = normaliseBatch(x, scale, offset, epsilon, running, { relu: true });
      assertClose(rectified.y, tf.relu(plain.y), 1e-5, "y");
      assertClose(rectified.running!.mean, plain.running!.mean, 1e-6, "running mean");
      assertClose(rectified.running!.variance, plain.running!.variance, 1e-6, "running variance");
      assert.is(rectified.saved.length, plain.saved.length);
      const gradient = normaliseBatchGradient(dy, x, scale, rectified.saved, epsilon);
      const reference = normaliseBatchGradient(dy, x, scale, plain.saved, epsilon);
      assertClose(gradient.x, reference.x, 1e-5, "gradient by x");
      assertClose(gradient.scale, reference.scale, 1e-5, "gradient by scale");
      const inference = normaliseByRunning(x, scale, offset, mean, variance, epsilon);
      const positive = normaliseByRunning(x, scale, offset, mean, variance, epsilon, true);
      assertClose(positive, tf.relu(inference), 1e-5, "at inference");
    }),
  { numRuns: 60 },
);

law(
  "gradients equal numeric differentiation",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, dy, scale, offset } = tensors(given);
      const lossAt = (input: Tensor, s: Tensor1D, o: Tensor1D) =>
        tf.tidy(() => innerProduct(normaliseBatch(input, s, o, 0.1).y, dy));
      const gradient = normaliseBatchGradient(dy, x, scale, normaliseBatch(x, scale, offset, 0.1).saved, 0.1);
      const agree = (what: string, analytic: number, numeric: number) =>
        assert.ok(Math.abs(analytic - numeric) < 2e-2 * (1 + Math.abs(numeric)), `${what}: ${analytic}, ${numeric}`);
      const along = normalTensor<Tensor>(given.shape, given.seed, "direction");
      agree(
        "x",
        innerProduct(gradient.x, along),
        numericDerivative((input) => lossAt(input, scale, offset), x, along, 1e-2),
      );
      const alongChannels = normalTensor<Tensor1D>(scale.shape, given.seed, "channels");
      agree(
        "scale",
        innerProduct(gradient.scale, alongChannels),
        numericDerivative((s) => lossAt(x, s as Tensor1D, offset), scale, alongChannels, 1e-2),
      );
      agree(
        "offset",
        innerProduct(gradient.offset, alongChannels),
        numericDerivative((o) => lossAt(x, scale, o as Tensor1D), offset, alongChannels, 1e-2),
      );
    }),
  { numRuns: 40 },
);

law(
  "normalising by running statistics is the formula",
  [problem],
  (given) =>
    withoutLeak(() => {
      const { x, scale, offset, mean, variance } = tensors(given);
      const y = normaliseByRunning(x, scale, offset, mean, variance, epsilon);
      assertClose(y, composed.normaliseByRunning(x, scale, offset, mean, variance, epsilon), 1e-5, "y");
    }),
  { numRuns: 60 },
);

test("the running variance has Bessel's correction, as PyTorch's", () => {
  withoutLeak(() => {
    const x = tf.tensor([1, 2, 3, 6], [4, 1]); // mean 3, variance 14/3 with n - 1
    const one = tf.tensor1d([1]);
    const { running } = normaliseBatch(x, one, tf.tensor1d([0]), epsilon, {
      mean: tf.tensor1d([0]),
      variance: one,
      momentum: 0.1,
    });
    assert.ok(Math.abs(running!.mean.dataSync()[0]! - 0.3) < 1e-6);
    assert.ok(Math.abs(running!.variance.dataSync()[0]! - (0.9 + 0.1 * (14 / 3))) < 1e-6);
  });
});

const shape = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 9 }),
);
const geometry = fc.record({
  radius: fc.integer({ min: 0, max: 4 }),
  bias: fc.double({ min: 0.5, max: 2, noNaN: true }),
  alpha: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  beta: fc.constantFrom(0.5, 0.75, 1),
});

law(
  "every value is divided by its neighbours' squares, as the formula says",
  [shape, geometry, fc.nat()],
  (s, how, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(s, seed, "x");
      const values = x.dataSync();
      const channels = s[3];
      const expected = values.map((value, i) => {
        const channel = i % channels;
        let squares = 0;
        for (let other = 0; other < channels; other++) {
          if (Math.abs(other - channel) <= how.radius) squares += values[i - channel + other]! ** 2;
        }
        return value / (how.bias + how.alpha * squares) ** how.beta;
      });
      assertClose(localResponseNormalisation(x, how), tf.tensor(expected, x.shape), 1e-5, "formula");
      assertClose(composed.localResponseNormalisation(x, how), tf.tensor(expected, x.shape), 1e-5, "composed");
    }),
);

law("its gradient equals the composed one and numeric differentiation", [shape, geometry, fc.nat()], (s, how, seed) =>
  withoutLeak(() => {
    const x = normalTensor<Tensor4D>(s, seed, "x");
    const dy = normalTensor<Tensor4D>(s, seed, "dy");
    const gradient = localResponseNormalisationGradient(dy, x, localResponseNormalisation(x, how), how);
    assertClose(gradient, composed.localResponseNormalisationGradient(dy, x, how), 1e-5, "composed");
    const direction = normalTensor<Tensor4D>(s, seed, "direction");
    const at = (values: Tensor) => tf.tidy(() => innerProduct(localResponseNormalisation(values as Tensor4D, how), dy));
    const numeric = numericDerivative(at, x, direction, 1e-2);
    const exact = innerProduct(gradient, direction);
    const size = Math.sqrt(innerProduct(gradient, gradient) * innerProduct(direction, direction));
    assert.ok(Math.abs(numeric - exact) < 1e-2 * (size + 0.1), `${numeric}, expected ${exact}`);
  }),
);

test("a channel alone, at AlexNet's constants, hardly changes but for the bias", () => {
  tf.tidy(() => {
    const y = localResponseNormalisation(tf.ones([1, 1, 1, 1]), { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 });
    assert.ok(Math.abs(y.dataSync()[0]! - 2.0001 ** -0.75) < 1e-6);
  });
});

test.run();
