/** Shallow networks and their training against Python, numeric derivatives, and what is known of a perceptron. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  createShallowNetwork,
  type ShallowExamples,
  type ShallowLoss,
  type ShallowNetwork,
  shallowGradient,
  shallowOutputs,
  trainShallowNetwork,
} from "../../../experiments/history/shallow-network";
import { randomStream } from "../../../src/random";
import { law } from "../../property";

const loss = fc.constantFrom<ShallowLoss>("squared", "logistic");
const problem = fc.record({
  inputs: fc.integer({ min: 1, max: 3 }),
  hidden: fc.integer({ min: 0, max: 5 }),
  points: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(),
});

function drawn({ inputs, hidden, points, seed }: { inputs: number; hidden: number; points: number; seed: number }) {
  const stream = randomStream(seed, "test");
  const x = Float64Array.from({ length: points * inputs }, () => stream.normal());
  const wanted = Float64Array.from({ length: points }, () => stream.integer(2));
  return { network: createShallowNetwork(inputs, hidden, stream), examples: { x, wanted } };
}

law("the gradient is the derivative of the loss by every parameter", [problem, loss], (sizes, kind) => {
  const { network, examples } = drawn(sizes);
  const { gradient } = shallowGradient(network, examples, kind);
  const at = (place: number, step: number) => {
    const parameters = network.parameters.slice();
    parameters[place]! += step;
    return shallowGradient({ ...network, parameters }, examples, kind).loss;
  };
  gradient.forEach((derivative, place) => {
    const numeric = (at(place, 1e-5) - at(place, -1e-5)) / 2e-5;
    assert.ok(Math.abs(derivative - numeric) < 1e-7 * (1 + Math.abs(numeric)), `${place}: ${derivative}, ${numeric}`);
  });
});

law("the gradient's outputs are those of the network, point by point", [problem, loss], (sizes, kind) => {
  const { network, examples } = drawn(sizes);
  const { outputs } = shallowGradient(network, examples, kind);
  assert.equal(outputs, shallowOutputs(network, examples.x));
  const { inputs } = network;
  outputs.forEach((y, i) => {
    assert.is(shallowOutputs(network, examples.x.slice(i * inputs, (i + 1) * inputs))[0], y);
  });
});

law("a perceptron gets no more than three points of XOR right", [fc.nat()], (seed) => {
  const network = createShallowNetwork(2, 0, randomStream(seed, "perceptron"));
  const y = shallowOutputs(network, Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1));
  assert.ok([...y].filter((output, i) => output > 0 === (i === 1 || i === 2)).length <= 3);
});

test("two hidden units suffice for XOR, with weights by hand", () => {
  const network: ShallowNetwork = {
    inputs: 2,
    hidden: 2,
    parameters: Float64Array.of(5, 5, -5, -5, 5, 5, 1, 1, -1), // near 1 unless both are -1, near 1 unless both are 1
  };
  const y = shallowOutputs(network, Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1));
  assert.equal([...y].map(Math.sign), [-1, 1, 1, -1]);
});

test("outputs and losses are those of Python's math module", () => {
  // V = [[.5, -1], [2, .25]]; b = [.1, -.2]; w = [1.5, -.5]; w0 = .3; x = [[1, 2], [-.5, .75]]; t = [0, 1]
  // y = [w0 + sum(w[j] * tanh(b[j] + sum(V[j][i] * p[i] for i in (0, 1))) for j in (0, 1)) for p in x]
  // squared: sum((a - c)**2 for a, c in zip(y, t)) / 2
  // logistic: sum(log(1 + exp(a)) - c * a for a, c in zip(y, t)) / 2
  const network = { inputs: 2, hidden: 2, parameters: Float64Array.of(0.5, -1, 2, 0.25, 0.1, -0.2, 1.5, -0.5, 0.3) };
  const examples: ShallowExamples = { x: Float64Array.of(1, 2, -0.5, 0.75), wanted: Float64Array.of(0, 1) };
  const expected = {
    y: [-1.5180756704364895, -0.3910497744596762],
    squared: 2.1197866080977565,
    logistic: 0.5529032890711196,
  };
  const close = (found: number, wanted: number) => assert.ok(Math.abs(found - wanted) < 1e-14, `${found}, ${wanted}`);
  for (const [i, y] of shallowOutputs(network, examples.x).entries()) close(y, expected.y[i]!);
  close(shallowGradient(network, examples, "squared").loss, expected.squared);
  close(shallowGradient(network, examples, "logistic").loss, expected.logistic);
});

const corners = Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1);
const xor = { x: corners, wanted: Float64Array.of(0, 1, 1, 0) };

law(
  "a straight line is learnt by a network without hidden units, whatever line it is",
  [fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), fc.nat()],
  async (slope, offset, seed) => {
    const x = Float64Array.of(-1, -0.5, 0, 0.5, 1);
    const examples = { x, wanted: x.map((place) => (slope * place + offset) / 10) };
    const network = createShallowNetwork(1, 0, randomStream(seed, "line"));
    const loss = await trainShallowNetwork(network, examples, { loss: "squared", steps: 1500, learningRate: 0.1 });
    assert.ok(loss < 1e-4, `${loss}`);
  },
  { numRuns: 15 },
);

test("the first step of Adam moves every parameter by the rate, against its gradient", async () => {
  const network = createShallowNetwork(2, 3, randomStream(1, "step"));
  const before = network.parameters.slice();
  const { gradient, loss } = shallowGradient(network, xor, "logistic");
  const found = await trainShallowNetwork(network, xor, { loss: "logistic", steps: 1, learningRate: 0.01 });
  assert.is(found, loss);
  network.parameters.forEach((value, i) => {
    const step = gradient[i] === 0 ? 0 : -0.01 * Math.sign(gradient[i]!);
    assert.ok(Math.abs(value - before[i]! - step) < 1e-6, `${i}`);
  });
});

test("XOR is learnt by eight hidden units, and the outputs shown are those before each step", async () => {
  const network = createShallowNetwork(2, 8, randomStream(2, "xor"));
  const before = shallowOutputs(network, corners);
  const shown: Float64Array[] = [];
  const onOutputs = (outputs: Float64Array) => shown.push(outputs);
  await trainShallowNetwork(network, xor, { loss: "logistic", steps: 1000, learningRate: 0.05, onOutputs });
  assert.equal(shown[0], before);
  assert.is(shown.length, 1000);
  assert.equal([...shallowOutputs(network, corners)].map(Math.sign), [-1, 1, 1, -1]);
});

test("a training that is stopped or overflows says so", async () => {
  const network = createShallowNetwork(2, 2, randomStream(1, "stopped"));
  const options = { loss: "squared" as const, steps: 1000, learningRate: 0.1 };
  const rejection = async (given: ShallowNetwork, signal?: AbortSignal) => {
    try {
      await trainShallowNetwork(given, xor, { ...options, ...(signal && { signal }) });
    } catch (error) {
      return error as Error;
    }
    return assert.unreachable("should have been rejected");
  };
  assert.is((await rejection(network, AbortSignal.abort()))?.name, "AbortError");
  const huge = { inputs: 2, hidden: 0, parameters: Float64Array.of(1e200, 1, 0) };
  assert.match((await rejection(huge))!.message, /Infinity at step 1/);
});

test.run();
