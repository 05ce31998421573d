import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  globalAveragePool,
  globalAveragePoolGradient,
  type PoolGeometry,
  pool,
  poolGradient,
  relu,
  reluGradient,
  softmaxCrossEntropy,
  subsampleAndPad,
  subsampleAndPadGradient,
} from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withoutLeak } from "../tensors";

const images = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 3, max: 9 }),
  fc.integer({ min: 3, max: 9 }),
  fc.integer({ min: 1, max: 4 }),
);
const geometry: fc.Arbitrary<PoolGeometry> = fc.integer({ min: 1, max: 3 }).chain((size) =>
  fc.record({
    kind: fc.constantFrom("max pool" as const, "average pool" as const),
    size: fc.constant(size),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.oneof(fc.constantFrom("same" as const, "valid" as const), fc.nat({ max: size - 1 })),
  }),
);

law(
  "pooling and its gradient equal the composed ones",
  [images, geometry, fc.nat()],
  (shape, how, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const y = pool(x, how);
      const dy = normalTensor<Tensor4D>(y.shape, seed, "dy");
      assertClose(y, composed.pool(x, how), 1e-6, "pool");
      assertClose(poolGradient(dy, x, y, how), composed.poolGradient(dy, x, how), 1e-5, "gradient");
    }),
  { numRuns: 80 },
);

law(
  "padding by a number of pixels counts neither for the maximum nor for the mean",
  [images, geometry, fc.nat()],
  (shape, how, seed) =>
    withoutLeak(() => {
      const padding = how.padding === "same" ? 0 : how.padding;
      const added = padding === "valid" ? 0 : padding;
      const x = normalTensor<Tensor4D>(shape, seed, "x").sub(3) as Tensor4D; // zeros of padding would be the largest
      const y = pool(x, { ...how, padding }).arraySync();
      const input = x.arraySync();
      y.forEach((image, b) => {
        image.forEach((line, row) => {
          line.forEach((pixel, column) => {
            const inside = (start: number, side: number) =>
              Array.from({ length: how.size }, (_, i) => start * how.stride - added + i).filter(
                (at) => at >= 0 && at < side,
              );
            const window = inside(row, shape[1]).flatMap((i) => inside(column, shape[2]).map((j) => input[b]![i]![j]!));
            pixel.forEach((value, channel) => {
              const values = window.map((of) => of[channel]!);
              const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
              const expected = how.kind === "max pool" ? Math.max(...values) : mean;
              assert.ok(Math.abs(value - expected) < 1e-5 * (1 + Math.abs(expected)), `${value}, expected ${expected}`);
            });
          });
        });
      });
    }),
  { numRuns: 60 },
);

law(
  "the gradients of linear pools are adjoint to them",
  [images, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.nat()],
  (shape, stride, extra, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const mean = globalAveragePool(x);
      const dMean = normalTensor<Tensor2D>(mean.shape, seed, "mean");
      const sampled = subsampleAndPad(x, stride, shape[3] + extra);
      const dSampled = normalTensor<Tensor4D>(sampled.shape, seed, "sampled");
      const agree = (one: number, other: number, what: string) =>
        assert.ok(Math.abs(one - other) < 1e-4 * (1 + Math.abs(one)), `${what}: ${one} and ${other}`);
      agree(innerProduct(mean, dMean), innerProduct(x, globalAveragePoolGradient(dMean, x)), "mean");
      agree(innerProduct(sampled, dSampled), innerProduct(x, subsampleAndPadGradient(dSampled, x, stride)), "option A");
    }),
  { numRuns: 60 },
);

law(
  "option A's shortcut takes every n-th pixel and adds channels of zeros",
  [images, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.nat()],
  (shape, stride, extra, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const y = subsampleAndPad(x, stride, shape[3] + extra);
      const [input, output] = [x.arraySync(), y.arraySync()];
      assert.equal(y.shape, [shape[0], Math.ceil(shape[1] / stride), Math.ceil(shape[2] / stride), shape[3] + extra]);
      output.forEach((image, b) => {
        image.forEach((line, row) => {
          line.forEach((pixel, column) => {
            const source = input[b]![row * stride]![column * stride]!;
            assert.equal(pixel, [...source, ...Array(extra).fill(0)]);
          });
        });
      });
    }),
  { numRuns: 40 },
);

law(
  "ReLU's gradient passes where its output is positive and nowhere else",
  [images, fc.nat()],
  (shape, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor>(shape, seed, "x");
      const dy = normalTensor<Tensor>(shape, seed, "dy");
      assertClose(relu(x), tf.maximum(x, 0), 0, "relu");
      assertClose(reluGradient(dy, relu(x)), tf.where(tf.greater(x, 0), dy, tf.zerosLike(dy)), 0, "gradient");
    }),
  { numRuns: 40 },
);

law(
  "cross-entropy and its gradient equal the composed ones and numeric differentiation",
  [fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 10 }), fc.nat()],
  (batch, classes, seed) =>
    withoutLeak(() => {
      const logits = normalTensor<Tensor2D>([batch, classes], seed, "logits").mul(5) as Tensor2D;
      const targets = tf.softmax(normalTensor<Tensor2D>([batch, classes], seed, "targets"));
      const { loss, gradient } = softmaxCrossEntropy(logits, targets);
      const reference = composed.softmaxCrossEntropy(logits, targets);
      assertClose(loss, reference.loss, 1e-5, "loss");
      assertClose(gradient, reference.gradient, 1e-5, "gradient");
      const along = normalTensor<Tensor2D>([batch, classes], seed, "direction");
      const total = (at: Tensor) =>
        tf.tidy(() => tf.sum(softmaxCrossEntropy(at as Tensor2D, targets).loss).dataSync()[0]!);
      const numeric = numericDerivative(total, logits, along, 1e-2);
      const analytic = innerProduct(gradient, along);
      assert.ok(Math.abs(analytic - numeric) < 1e-2 * (1 + Math.abs(numeric)), `${analytic} and ${numeric}`);
    }),
  { numRuns: 40 },
);

test.run();
