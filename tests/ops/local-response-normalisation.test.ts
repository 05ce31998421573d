import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { localResponseNormalisation, localResponseNormalisationGradient } from "../../src/ops";
import * as composed from "../../src/ops/composed";
import { type Tensor, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withoutLeak } from "../tensors";

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
