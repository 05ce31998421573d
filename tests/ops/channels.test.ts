import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  gateChannels,
  gateChannelsGradients,
  scaleChannels,
  scaleChannelsGradients,
  selectChannels,
  selectChannelsGradient,
} from "../../src/ops";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withoutLeak } from "../tensors";

const side = fc.integer({ min: 1, max: 5 });
/** Images, and some of their channels in any order, some of them twice. */
const selection = fc.tuple(side, side, side, side).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    channels: fc.array(fc.nat({ max: shape[3] - 1 }), { minLength: 1, maxLength: 6 }),
  }),
);

law("each channel of the output is the chosen one of the input", [selection, fc.nat()], ({ shape, channels }, seed) =>
  withoutLeak(() => {
    const x = normalTensor<Tensor4D>(shape, seed, "x");
    const params = selectChannels(x, channels);
    const pixels = x.dataSync();
    const expected = Array.from({ length: x.size / shape[3] }, (_, pixel) =>
      channels.map((channel) => pixels[pixel * shape[3] + channel]!),
    );
    assert.equal(params.shape, [...shape.slice(0, 3), channels.length]);
    assert.equal([...params.dataSync()], expected.flat());
  }),
);

law(
  "the gradient of a selection is adjoint to it, and that of a permutation undoes it",
  [selection, fc.nat()],
  ({ shape, channels }, seed) =>
    withoutLeak(() => {
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const y = selectChannels(x, channels);
      const dy = normalTensor<Tensor4D>(y.shape, seed, "dy");
      const [forth, back] = [innerProduct(y, dy), innerProduct(x, selectChannelsGradient(dy, channels, shape[3]))];
      assert.ok(Math.abs(forth - back) < 1e-4 * (1 + Math.abs(forth)), `${forth} and ${back}`);
      const permutation = Array.from({ length: shape[3] }, (_, channel) => (channel + seed) % shape[3]);
      assertClose(selectChannelsGradient(selectChannels(x, permutation), permutation, shape[3]), x, 0, "permutation");
    }),
);

law(
  "each image's channels are times their factors, and both gradients are adjoint to that",
  [fc.tuple(side, side, side, side), fc.nat()],
  (shape, seed) =>
    withoutLeak(() => {
      const [batch, , , channels] = shape;
      const x = normalTensor<Tensor4D>(shape, seed, "x");
      const factors = normalTensor<Tensor2D>([batch, channels], seed, "factors");
      const y = gateChannels(x, factors);
      const pixels = x.size / batch / channels;
      const expected = Float32Array.from(x.dataSync(), (value, i) => {
        const image = Math.floor(i / channels / pixels);
        return value * factors.dataSync()[image * channels + (i % channels)]!;
      });
      assertClose(y, tf.tensor(expected, [...shape]), 1e-6, "gated channels");
      const dy = normalTensor<Tensor4D>(shape, seed, "dy");
      const gradients = gateChannelsGradients(dy, x, factors);
      const product = innerProduct(y, dy); // linear in each input alone
      for (const by of [innerProduct(gradients.x, x), innerProduct(gradients.factors, factors)]) {
        assert.ok(Math.abs(by - product) < 1e-4 * (1 + Math.abs(product)), `${by} and ${product}`);
      }
    }),
);

law(
  "scaled channels and their gradients agree with numeric differentiation, on images and on features",
  [fc.oneof(fc.tuple(side, side, side, side), fc.tuple(side, side)), fc.nat()],
  (shape, seed) =>
    withoutLeak(() => {
      const channels = [shape[shape.length - 1]!];
      const x = normalTensor<Tensor>(shape, seed, "x");
      const dy = normalTensor<Tensor>(shape, seed, "dy");
      const [scale, offset] = ["scale", "offset"].map((name) => normalTensor<Tensor1D>(channels, seed, name));
      const gradients = scaleChannelsGradients(dy, x);
      const value = (at: Tensor1D, from: Tensor1D) => tf.tidy(() => innerProduct(scaleChannels(x, at, from), dy));
      const along = normalTensor<Tensor1D>(channels, seed, "direction");
      const numeric = {
        scale: numericDerivative((at) => value(at as Tensor1D, offset!), scale!, along, 0.5), // linear: any step will do
        offset: numericDerivative((at) => value(scale!, at as Tensor1D), offset!, along, 0.5),
      };
      for (const what of ["scale", "offset"] as const) {
        const exact = innerProduct(gradients[what], along);
        assert.ok(
          Math.abs(exact - numeric[what]) < 1e-3 * (1 + Math.abs(exact)),
          `${what}: ${exact}, ${numeric[what]}`,
        );
      }
    }),
);

test.run();
