import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type FlowParameters, type FlowShape, flowGradients, flowLogits, flowPredictions } from "../../src/dynamics";
import { type Tensor, type Tensor2D, type Tensor3D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative, withoutLeak } from "../tensors";

const shapes = fc
  .record({
    inputs: fc.integer({ min: 1, max: 3 }),
    extra: fc.integer({ min: 0, max: 2 }),
    classes: fc.integer({ min: 2, max: 4 }),
    opening: fc.boolean(),
    layers: fc.integer({ min: 1, max: 5 }),
    points: fc.integer({ min: 1, max: 6 }),
    stepSize: fc.double({ min: 0.05, max: 1, noNaN: true }),
    seed: fc.nat({ max: 1e6 }),
  })
  .map(({ extra, ...given }) => ({ ...given, width: given.inputs + extra }));

type Given = FlowShape & { layers: number; points: number; stepSize: number; seed: number };

function build({ inputs, width, classes, opening, layers, points, seed }: Given) {
  const parameters: FlowParameters = {
    ...(opening && { opening: normalTensor<Tensor2D>([inputs, width], seed, "opening") }),
    kernels: normalTensor<Tensor3D>([layers, width, width], seed, "kernels"),
    biases: normalTensor<Tensor3D>([layers, 1, width], seed, "biases"),
    classifier: normalTensor<Tensor2D>([width, classes], seed, "classifier"),
    offsets: normalTensor<Tensor2D>([1, classes], seed, "offsets"),
  };
  const x = normalTensor<Tensor2D>([points, inputs], seed, "x");
  const labels = tf.tensor1d(
    Array.from({ length: points }, (_, i) => (i + seed) % classes),
    "int32",
  );
  return { parameters, x, targets: tf.oneHot(labels, classes).toFloat() as Tensor2D };
}

/** The mean cross-entropy by TensorFlow.js's public operations, layer by layer. */
function composedLoss(tensors: readonly Tensor[], given: Given, x: Tensor2D, targets: Tensor2D): Tensor {
  const [kernels, biases, classifier, offsets, opening] = tensors as [Tensor, Tensor, Tensor, Tensor, Tensor?];
  const missing = given.width - given.inputs;
  let features: Tensor = opening
    ? tf.matMul(x, opening as Tensor2D)
    : tf.concat([x, tf.zeros([given.points, missing])], 1);
  for (let layer = 0; layer < given.layers; layer++) {
    const kernel = tf.reshape(tf.slice(kernels, [layer, 0, 0], [1, -1, -1]), [given.width, given.width]);
    const bias = tf.reshape(tf.slice(biases, [layer, 0, 0], [1, -1, -1]), [1, given.width]);
    features = tf.add(features, tf.mul(tf.tanh(tf.add(tf.matMul(features, kernel), bias)), given.stepSize));
  }
  const logits = tf.add(tf.matMul(features, classifier as Tensor2D), offsets);
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

function inOrder({ kernels, biases, classifier, offsets, opening }: FlowParameters): Tensor[] {
  return [kernels, biases, classifier, offsets, ...(opening ? [opening] : [])];
}

law(
  "loss and gradients are those of TensorFlow.js's own tape",
  [shapes],
  (given) =>
    withoutLeak(() => {
      const { parameters, x, targets } = build(given);
      const { loss, gradients } = flowGradients(parameters, x, targets, given);
      const reference = tf.valueAndGrads((...tensors: Tensor[]) => composedLoss(tensors, given, x, targets).asScalar())(
        inOrder(parameters),
      );
      assertClose(loss, reference.value, 1e-5, "loss");
      inOrder(gradients).forEach((gradient, i) => {
        assertClose(gradient, reference.grads[i]!, 2e-5, `gradient ${i}`);
      });
    }),
  { numRuns: 20 },
);

law(
  "gradients agree with numeric differentiation",
  [shapes],
  (given) =>
    withoutLeak(() => {
      const { parameters, x, targets } = build(given);
      const { gradients } = flowGradients(parameters, x, targets, given);
      for (const name of ["kernels", "biases", "classifier"] as const) {
        const direction = normalTensor<Tensor>(parameters[name].shape, given.seed, "direction");
        const valueAt = (changed: Tensor) =>
          flowGradients({ ...parameters, [name]: changed }, x, targets, given).loss.dataSync()[0]!;
        const numeric = numericDerivative(valueAt, parameters[name], direction, 2e-3);
        const exact = innerProduct(gradients[name], direction);
        assert.ok(Math.abs(numeric - exact) < 5e-3 * Math.max(1, Math.abs(exact)), `${name}: ${numeric}, ${exact}`);
      }
    }),
  { numRuns: 10 },
);

law(
  "without a step the features stay: the classifier sees the inputs beside zeros",
  [shapes.map((given) => ({ ...given, opening: false }))],
  (given) =>
    withoutLeak(() => {
      const { parameters, x } = build(given);
      const own = tf.slice(parameters.classifier, [0, 0], [given.inputs, given.classes]) as Tensor2D;
      const expected = tf.add(tf.matMul(x, own), parameters.offsets);
      assertClose(flowLogits(parameters, x, { stepSize: 0 }), expected, 1e-5, "logits");
    }),
  { numRuns: 20 },
);

law(
  "the predicted class is that of the largest logit",
  [shapes],
  (given) =>
    withoutLeak(() => {
      const { parameters, x } = build(given);
      const logits = flowLogits(parameters, x, given).arraySync();
      const classes = flowPredictions(parameters, x, given);
      logits.forEach((row, i) => {
        assert.is(row[classes[i]!], Math.max(...row));
      });
    }),
  { numRuns: 20 },
);

test("with constant weights smaller steps come nearer to the equation's solution, in proportion to them", () => {
  // x' = tanh(x) from x = 1 has the solution sinh(x(t)) = e^t sinh(1).
  const solution = Math.asinh(Math.exp(1) * Math.sinh(1));
  const errors = [50, 100, 200].map((layers) =>
    tf.tidy(() => {
      const parameters = {
        kernels: tf.ones([layers, 1, 1]) as Tensor3D,
        biases: tf.zeros([layers, 1, 1]) as Tensor3D,
        classifier: tf.tensor2d([[1, 0]]),
        offsets: tf.zeros([1, 2]) as Tensor2D,
      };
      const logits = flowLogits(parameters, tf.tensor2d([[1]]), { stepSize: 1 / layers });
      return Math.abs(logits.dataSync()[0]! - solution);
    }),
  );
  for (const [i, error] of errors.slice(1).entries()) {
    assert.ok(Math.abs(errors[i]! / error - 2) < 0.1, `${errors}`);
  }
});

test.run();
