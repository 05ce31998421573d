import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  backward,
  buildByName,
  buildUniformNetwork,
  disposeNetwork,
  forward,
  freezeNormalisation,
  newTape,
  placedLayers,
} from "../../src/networks";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withNetwork, withoutLeak } from "../tensors";

const tiny = { inputShape: [8, 8, 2], classes: 3, width: 4 } as const;
const uniform = (layer: "dense" | "convolution", activation: "relu" | "tanh", residual: boolean) =>
  buildUniformNetwork({ ...tiny, depth: 3, layer, activation, gain: 2, normalised: true, residual });
const architectures = [
  ...["resnet8", "preactivation-resnet8", "plain8", "vgg7", "projection-resnet8"].map((name) =>
    buildByName(name, tiny),
  ),
  uniform("dense", "relu", true),
  uniform("convolution", "relu", false),
];

law(
  "a frozen network gives inference's logits in every mode, and holds no batch normalisation",
  [fc.constantFrom(...architectures), fc.nat()],
  (architecture, seed) => {
    withNetwork(architecture, seed, (network) => {
      const x = normalTensor<Tensor4D>([6, ...tiny.inputShape], seed, "x");
      forward(network, x, { mode: "training" }); // moves the running statistics on
      withoutLeak(() => {
        const frozen = freezeNormalisation(network);
        assert.ok(placedLayers(frozen.architecture).every(({ layer }) => layer.kind !== "batch normalisation"));
        const other = normalTensor<Tensor4D>([2, ...tiny.inputShape], seed, "other");
        const expected = forward(network, other, { mode: "inference" });
        for (const mode of ["inference", "batch statistics"] as const) {
          assertClose(forward(frozen, other, { mode }), expected, 1e-4, mode);
        }
        disposeNetwork(frozen);
      });
    });
  },
  { numRuns: 14 },
);

law(
  "its gradient by the images is the derivative of inference's logits",
  // Smooth activations: a difference over a kink of ReLU is no derivative.
  [fc.constantFrom(uniform("dense", "tanh", true), uniform("convolution", "tanh", false)), fc.nat({ max: 1000 })],
  (architecture, seed) => {
    withNetwork(architecture, seed, (network) => {
      const x = normalTensor<Tensor4D>([6, ...tiny.inputShape], seed, "x");
      forward(network, x, { mode: "training" });
      const frozen = freezeNormalisation(network);
      const tape = newTape();
      const byLogits = normalTensor<Tensor2D>([6, 3], seed, "gradient");
      forward(frozen, x, { mode: "batch statistics", tape });
      const gradient = backward(frozen, tape, byLogits, { parameters: false }).input!;
      const direction = normalTensor<Tensor4D>(x.shape, seed, "direction");
      const value = (at: Tensor4D) => innerProduct(forward(network, at, { mode: "inference" }), byLogits);
      const numeric = numericDerivative((at) => tf.tidy(() => value(at as Tensor4D)), x, direction, 1e-3);
      const exact = innerProduct(gradient, direction);
      const size = Math.sqrt(innerProduct(gradient, gradient) * innerProduct(direction, direction));
      assert.ok(Math.abs(numeric - exact) < 0.01 * size, `${numeric}, expected ${exact}`);
      disposeNetwork(frozen);
    });
  },
  { numRuns: 20 },
);

test.run();
