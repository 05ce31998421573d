import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  createFlow,
  disposeFlow,
  disposeFlowParameters,
  type FlowParameters,
  flowAtDepth,
  flowObjective,
  flowParameterCount,
  flowPredictions,
  flowRoughness,
  type LearnedFlow,
  refineFlow,
  trainFlow,
} from "../../src/dynamics";
import { type Tensor, type Tensor2D, type Tensor3D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, innerProduct, normalTensor, numericDerivative } from "../tensors";

const shape = { inputs: 2, width: 3, classes: 2, opening: false };

const settings = fc.record({
  knots: fc.integer({ min: 1, max: 4 }),
  more: fc.integer({ min: 0, max: 4 }),
  opening: fc.boolean(),
  smoothness: fc.constantFrom(0, 0.01, 1),
  seed: fc.nat({ max: 1e6 }),
});

function examplesOf(points: number, seed: number) {
  const x = normalTensor<Tensor2D>([points, 2], seed, "x");
  const labels = Array.from({ length: points }, (_, i) => i % 2);
  return { x, labels, targets: tf.oneHot(tf.tensor1d(labels, "int32"), 2).toFloat() as Tensor2D };
}

/** Runs a body, which frees what it makes of networks, and asserts that no tensor is left. */
async function counted(body: () => void | Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  tf.engine().startScope();
  try {
    await body();
  } finally {
    tf.engine().endScope();
  }
  assert.is(tf.memory().numTensors, before, "tensors were left behind");
}

law(
  "the gradient by the knots agrees with numeric differentiation, roughness included",
  [settings],
  ({ knots, more, opening, smoothness, seed }) =>
    counted(() => {
      const flow = createFlow({ ...shape, opening }, knots, seed);
      const examples = examplesOf(5, seed);
      const training = { layers: knots + more, time: 1.5, smoothness };
      const { gradients } = flowObjective(flow, examples, training);
      for (const name of ["kernels", "biases", "classifier"] as const) {
        const direction = normalTensor<Tensor>(flow.parameters[name].shape, seed, "direction");
        const valueAt = (changed: Tensor) => {
          const parameters: FlowParameters = { ...flow.parameters, [name]: changed };
          return flowObjective({ ...flow, parameters }, examples, training).loss.dataSync()[0]!;
        };
        const numeric = numericDerivative(valueAt, flow.parameters[name], direction, 2e-3);
        const exact = innerProduct(gradients[name], direction);
        assert.ok(Math.abs(numeric - exact) < 1e-2 * Math.max(1, Math.abs(exact)), `${name}: ${numeric}, ${exact}`);
      }
      disposeFlow(flow);
    }),
  { numRuns: 15 },
);

law(
  "taking the gradient by the knots is the adjoint of taking weights from the knots: <A k, g> = <k, A^T g>",
  [settings],
  ({ knots, more, seed }) =>
    counted(() => {
      const flow = createFlow(shape, knots, seed);
      const examples = examplesOf(5, seed);
      const training = { layers: knots + more, time: 1, smoothness: 0 };
      const atLayers: LearnedFlow = {
        shape,
        knots: training.layers,
        parameters: flowAtDepth(flow, training.layers),
      };
      const byKnots = flowObjective(flow, examples, training).gradients;
      const byLayers = flowObjective(atLayers, examples, training).gradients;
      const left = innerProduct(atLayers.parameters.kernels, byLayers.kernels);
      const right = innerProduct(flow.parameters.kernels, byKnots.kernels);
      assert.ok(Math.abs(left - right) < 1e-4 * Math.max(1, Math.abs(left)), `${left}, ${right}`);
      assertClose(byKnots.classifier, byLayers.classifier, 1e-5, "the classifier's gradient");
      disposeFlow(flow);
      disposeFlow(atLayers);
    }),
  { numRuns: 15 },
);

law(
  "roughness has no price where the weights are constant",
  [fc.integer({ min: 2, max: 8 }), fc.nat({ max: 1e6 })],
  (layers, seed) =>
    counted(() => {
      const flow = createFlow(shape, 1, seed);
      const examples = examplesOf(4, seed);
      const loss = (smoothness: number) =>
        flowObjective(flow, examples, { layers, time: 1, smoothness }).loss.dataSync()[0]!;
      assert.ok(Math.abs(loss(100) - loss(0)) < 1e-4);
      assert.is(flowRoughness(flow, layers), 0);
      disposeFlow(flow);
    }),
  { numRuns: 15 },
);

law(
  "roughness costs α / 2 h times the sum of squared rates of change",
  [settings.filter(({ knots }) => knots > 1)],
  ({ knots, seed }) =>
    counted(() => {
      const flow = createFlow(shape, knots, seed);
      const examples = examplesOf(4, seed);
      const [time, smoothness] = [1.5, 0.3];
      const loss = (price: number) =>
        flowObjective(flow, examples, { layers: knots, time, smoothness: price }).loss.dataSync()[0]!;
      const weights = flow.parameters.kernels.arraySync().map((layer) => layer.flat());
      const h = time / knots;
      let rates = 0;
      for (let j = 1; j < knots; j++) {
        weights[j]!.forEach((weight, i) => {
          rates += ((weight - weights[j - 1]![i]!) / h) ** 2; // biases begin at 0
        });
      }
      const expected = (smoothness / 2) * h * rates;
      assert.ok(Math.abs(loss(smoothness) - loss(0) - expected) < 1e-3 * Math.max(1, expected));
      disposeFlow(flow);
    }),
  { numRuns: 15 },
);

law(
  "more knots, the old ones among them, are the same functions of time, at any depth",
  [
    fc.integer({ min: 2, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 9 }),
    fc.nat({ max: 1e6 }),
  ],
  (knots, finer, layers, seed) =>
    counted(() => {
      const flow = createFlow(shape, knots, seed);
      const refined = refineFlow(flow, (knots - 1) * finer + 1);
      const [one, other] = [flowAtDepth(flow, layers), flowAtDepth(refined, layers)];
      assertClose(one.kernels, other.kernels, 1e-5, "kernels");
      assertClose(one.classifier, other.classifier, 0, "classifier");
      disposeFlowParameters(one);
      disposeFlowParameters(other);
      disposeFlow(flow);
      disposeFlow(refined);
    }),
  { numRuns: 20 },
);

test("parameters are counted as they are: knots times (width^2 + width), and the linear layers", () => {
  assert.is(flowParameterCount({ inputs: 2, width: 16, classes: 5, opening: false }, 8), 8 * (256 + 16) + 16 * 5 + 5);
  assert.is(flowParameterCount({ inputs: 196, width: 8, classes: 10, opening: true }, 1), 196 * 8 + 64 + 8 + 80 + 10);
});

test("layers that have nothing to do with each other change by √2 of their size", () => {
  const parameters = {
    kernels: normalTensor<Tensor3D>([40, 8, 8], 1),
    biases: normalTensor<Tensor3D>([40, 1, 8], 2),
    classifier: tf.zeros([8, 2]) as Tensor2D,
    offsets: tf.zeros([1, 2]) as Tensor2D,
  };
  const roughness = flowRoughness({ shape: { ...shape, width: 8 }, knots: 40, parameters }, 40);
  assert.ok(Math.abs(roughness - Math.SQRT2) < 0.05, `${roughness}`);
  disposeFlowParameters(parameters);
});

test("training lowers the error by every way, the same way twice, and leaves the network it began with alone", () =>
  counted(async () => {
    const examples = examplesOf(60, 3);
    // Two classes by the sign of a product: no linear classifier tells them apart.
    const values = examples.x.arraySync();
    const labels = values.map(([a, b]) => (a! * b! > 0 ? 1 : 0));
    const targets = tf.oneHot(tf.tensor1d(labels, "int32"), 2).toFloat() as Tensor2D;
    for (const { knots, smoothness } of [
      { knots: 6, smoothness: 0 },
      { knots: 3, smoothness: 0 },
      { knots: 6, smoothness: 1e-3 },
    ]) {
      const flow = createFlow({ ...shape, width: 6 }, knots, 1);
      const before = flow.parameters.kernels.dataSync().slice();
      const given = { layers: 6, time: 3, steps: 150, smoothness, learningRate: () => 0.03 };
      const [trained, again] = [
        await trainFlow(flow, { x: examples.x, targets }, given),
        await trainFlow(flow, { x: examples.x, targets }, given),
      ];
      assert.equal(trained.parameters.kernels.dataSync(), again.parameters.kernels.dataSync());
      assert.equal(flow.parameters.kernels.dataSync(), before);
      const at = flowAtDepth(trained, 6);
      const wrong = flowPredictions(at, examples.x, { stepSize: 0.5 }).filter((found, i) => found !== labels[i]).length;
      assert.ok(wrong <= 3, `${wrong} of 60 are wrong with ${knots} knots`);
      disposeFlowParameters(at);
      for (const network of [flow, trained, again]) disposeFlow(network);
    }
  }));

test("training stops when it is told to, and where the loss is no number", async () => {
  await counted(async () => {
    const examples = examplesOf(4, 1);
    const flow = createFlow(shape, 2, 1);
    const given = { layers: 2, time: 1, steps: 50, smoothness: 0, learningRate: () => 0.01 };
    const fails = async (training: typeof given & { signal?: AbortSignal }, says: RegExp) => {
      let said = "";
      await trainFlow(flow, examples, training).catch((error: Error) => {
        said = error.message;
      });
      assert.match(said, says);
    };
    await fails({ ...given, signal: AbortSignal.abort(new Error("told to stop")) }, /told to stop/);
    await fails({ ...given, learningRate: () => Number.NaN }, /not finite at step 20 of 50/);
    await fails({ ...given, layers: 1 }, /at least 2 layers/);
    disposeFlow(flow);
  });
});

test("features that are padded must be as many as the inputs", () => {
  assert.throws(() => createFlow({ ...shape, width: 1 }, 2, 1), /width of at least 2/);
});

test.run();
