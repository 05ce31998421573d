import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  antisymmetricWeights,
  applyWeights,
  eigenvalues,
  type Layout,
  sampleWeights,
  stateSize,
  transposedWeights,
  type Vector,
  weightCount,
} from "../../src/dynamics";
import { convolution, convolutionInputGradient } from "../../src/ops";
import { randomStream } from "../../src/random";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { relativeDifference } from "../tensors";

const side = fc.constantFrom(1, 3, 5);
const dense = fc.record({ kind: fc.constant("dense" as const), units: fc.integer({ min: 1, max: 9 }) });
const convolutional = fc.record({
  kind: fc.constant("convolution" as const),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 3 }),
  side,
});
const layout: fc.Arbitrary<Layout> = fc.oneof(dense, convolutional);
const seed = fc.nat();

const normal = (size: number, from: number, name: string): Vector => {
  const stream = randomStream(from, name);
  return Float64Array.from({ length: size }, () => stream.normal());
};
const inner = (one: Vector, other: Vector) => one.reduce((sum, value, i) => sum + value * other[i]!, 0);

law(
  "the transposed layer is the transpose: <K x, y> = <x, K^T y>, and twice transposed is the layer",
  [layout, seed],
  (shape, from) => {
    const weights = sampleWeights(shape, 1, randomStream(from, "weights"));
    const [x, y] = [normal(stateSize(shape), from, "x"), normal(stateSize(shape), from, "y")];
    const transposed = transposedWeights(weights, shape);
    const [left, right] = [inner(applyWeights(weights, shape, x), y), inner(x, applyWeights(transposed, shape, y))];
    assert.ok(Math.abs(left - right) < 1e-10 * (1 + stateSize(shape)), `${left}, ${right}`);
    assert.equal(transposedWeights(transposed, shape), weights);
    assert.is(weights.length, weightCount(shape));
  },
  { numRuns: 300 },
);

law(
  "K - K^T - γ I has eigenvalues of real part -γ alone",
  [
    fc.oneof(
      dense,
      fc.record({
        ...{ kind: fc.constant("convolution" as const), side },
        height: fc.integer({ min: 1, max: 4 }),
        width: fc.integer({ min: 1, max: 3 }),
        channels: fc.integer({ min: 1, max: 2 }),
      }),
    ),
    fc.double({ min: 0, max: 2, noNaN: true }),
    seed,
  ],
  (shape, damping, from) => {
    const weights = antisymmetricWeights(sampleWeights(shape, 1, randomStream(from, "weights")), shape, damping);
    for (const { re } of eigenvalues((v) => applyWeights(weights, shape, v), stateSize(shape))) {
      assert.ok(Math.abs(re + damping) < 1e-9, `real part ${re}`);
    }
  },
  { numRuns: 100 },
);

law(
  "a convolution is the engine's, and its transpose the engine's gradient by the input",
  [convolutional, seed],
  (shape, from) => {
    const { height, width, channels } = shape;
    const weights = sampleWeights(shape, 1, randomStream(from, "weights"));
    const x = normal(stateSize(shape), from, "x");
    const tensor = (values: Vector) => tf.tensor4d(Float32Array.from(values), [1, height, width, channels]);
    tf.tidy(() => {
      const kernel = tf.tensor4d(Float32Array.from(weights), [shape.side, shape.side, channels, channels]);
      const geometry = { stride: 1, padding: "same" } as const;
      const compare = (found: Vector, expected: Tensor4D) =>
        assert.ok(relativeDifference(tensor(found), expected) < 1e-5);
      compare(applyWeights(weights, shape, x), convolution(tensor(x), kernel, geometry));
      compare(
        applyWeights(transposedWeights(weights, shape), shape, x),
        convolutionInputGradient(tensor(x), kernel, [1, height, width, channels], geometry),
      );
    });
  },
  { numRuns: 50 },
);

test("weights have variance gain over fan-in", () => {
  for (const shape of [
    { kind: "dense", units: 100 },
    { kind: "convolution", height: 2, width: 2, channels: 30, side: 3 },
  ] as const) {
    const weights = sampleWeights(shape, 2, randomStream(1, "weights"));
    const fanIn = shape.kind === "dense" ? 100 : 270;
    assert.ok(Math.abs((inner(weights, weights) / weights.length) * (fanIn / 2) - 1) < 0.06);
  }
});

test("a kernel of even side has no transpose of its kind", () => {
  const shape = { kind: "convolution", height: 3, width: 3, channels: 1, side: 2 } as const;
  assert.throws(() => transposedWeights(new Float64Array(4), shape), /odd side, got 2/);
});

test.run();
