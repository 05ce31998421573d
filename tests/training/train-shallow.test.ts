import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createShallowNetwork, type ShallowNetwork, shallowGradient, shallowOutputs } from "../../src/networks";
import { randomStream } from "../../src/random";
import { trainShallowNetwork } from "../../src/training";
import { law } from "../property";

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
