import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  antisymmetricWeights,
  arnoldiEigenvalues,
  type Block,
  eigenvalues,
  eulerBlock,
  hamiltonianBlock,
  jacobianEigenvalues,
  type Layout,
  largestSingularValue,
  largestStableStep,
  laterGrowth,
  laterSpectra,
  matrixOf,
  networkBoundary,
  randomGrowth,
  sampleBlocks,
  settledState,
  stateSize,
  trajectory,
  type Vector,
  worstGrowth,
} from "../../src/dynamics";
import { randomStream } from "../../src/random";
import { law } from "../property";

const layout: fc.Arbitrary<Layout> = fc.oneof(
  fc.record({ kind: fc.constant("dense" as const), units: fc.constantFrom(2, 4, 6) }),
  fc.record({
    ...{ kind: fc.constant("convolution" as const), side: fc.constantFrom(1, 3), channels: fc.constantFrom(2, 4) },
    ...{ height: fc.integer({ min: 1, max: 3 }), width: fc.integer({ min: 1, max: 3 }) },
  }),
);
const kind = fc.constantFrom("free" as const, "antisymmetric" as const, "Hamiltonian" as const);
const stepSize = fc.double({ min: 0.01, max: 1, noNaN: true });
const seed = fc.nat();

const normal = (size: number, from: number, name: string): Vector => {
  const stream = randomStream(from, name);
  return Float64Array.from({ length: size }, () => stream.normal());
};
const inner = (one: Vector, other: Vector) => one.reduce((sum, value, i) => sum + value * other[i]!, 0);
const difference = (one: Vector, other: Vector) => Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));
const sample = (
  which: "free" | "antisymmetric" | "Hamiltonian",
  shape: Layout,
  from: number,
  { depth = 1, knots = 1, damping = 0.1 } = {},
) =>
  sampleBlocks(
    { kind: which, layout: shape, depth, knots, damping, biasDeviation: 0.5 },
    randomStream(from, "weights"),
  );

law(
  "the Jacobian times a vector is the central difference, and its transpose is its transpose",
  [kind, layout, stepSize, seed],
  (which, shape, h, from) => {
    const [block] = sample(which, shape, from);
    const [x, v, w] = ["x", "v", "w"].map((name) => normal(stateSize(shape), from, name)) as [Vector, Vector, Vector];
    assert.is(block!.size, x.length);
    const width = 1e-5;
    const moved = (sign: number) =>
      block!.step(
        x.map((value, i) => value + sign * width * v[i]!),
        h,
      );
    const [ahead, behind] = [moved(1), moved(-1)];
    const numeric = ahead.map((value, i) => (value - behind[i]!) / (2 * width));
    const pushed = block!.pushForward(x, v, h);
    assert.ok(difference(pushed, numeric) < 1e-7, `differs by ${difference(pushed, numeric)}`);
    assert.ok(Math.abs(inner(pushed, w) - inner(v, block!.pullBack(x, w, h))) < 1e-10);
    const small = 1e-7; // to first order in h the step's Jacobian is 1 + h times that of the field
    const field = block!.pushForward(x, v, small).map((value, i) => (value - v[i]!) / small);
    assert.ok(difference(field, block!.fieldJacobian(x, v)) < 1e-5);
  },
  { numRuns: 200 },
);

law(
  "a Hamiltonian block is undone from its output, and keeps volume",
  [layout, stepSize, seed],
  (shape, h, from) => {
    const half: Layout =
      shape.kind === "dense" ? { ...shape, units: shape.units / 2 } : { ...shape, channels: shape.channels / 2 };
    const count = half.kind === "dense" ? half.units ** 2 : half.side ** 2 * half.channels ** 2;
    const layer = { layout: half, weights: normal(count, from, "weights"), bias: normal(stateSize(half), from, "b") };
    const block = hamiltonianBlock(layer, normal(stateSize(half), from, "c"));
    const x = normal(block.size, from, "x");
    assert.ok(difference(block.stepBack(block.step(x, h), h), x) < 1e-12 * 100);
    const spectrum = eigenvalues((v) => block.pushForward(x, v, h), block.size);
    const logDeterminant = spectrum.reduce((sum, { re, im }) => sum + Math.log(Math.hypot(re, im)), 0);
    assert.ok(Math.abs(logDeterminant) < 1e-6, `determinant ${Math.exp(logDeterminant)}`);
  },
  { numRuns: 100 },
);

law(
  "Jacobians of undamped antisymmetric and Hamiltonian blocks have imaginary eigenvalues, wherever they stand",
  [fc.constantFrom("antisymmetric" as const, "Hamiltonian" as const), layout, seed],
  (which, shape, from) => {
    const [block] = sample(which, shape, from, { damping: 0 });
    const x = normal(stateSize(shape), from, "x");
    // eigenvalues of defective matrices move by the square root of rounding: hence the coarse tolerance
    for (const { re } of jacobianEigenvalues(block!, x, randomStream(from, "arnoldi"))) {
      assert.ok(Math.abs(re) < 1e-6, `real part ${re}`);
    }
  },
  { numRuns: 100 },
);

test("the source's three matrices explode, collapse and stay, by so much", () => {
  // Haber & Ruthotto 2017, sec. 3: 10 layers, h = 0.1; growth and singular values by NumPy
  const cases = [
    { matrix: [2, -2, 0, 2], growth: 4.17, largest: 13.2 },
    { matrix: [-2, 0, 2, -2], growth: 0.3, largest: 0.31 },
    { matrix: [0, -1, 1, 0], growth: 1.056, largest: 1.051 },
  ];
  for (const { matrix, growth, largest } of cases) {
    const layer = {
      ...{
        layout: { kind: "dense", units: 2 } as const,
        weights: Float64Array.from(matrix),
        bias: new Float64Array(2),
      },
    };
    const blocks = Array<Block>(10).fill(eulerBlock(layer));
    const ends = [Float64Array.of(0.1, 0.1), Float64Array.of(0.1 + 1e-6, 0.1)].map(
      (x) => trajectory(blocks, x, 0.1)[10]!,
    );
    const moved = Math.hypot(ends[1]![0]! - ends[0]![0]!, ends[1]![1]! - ends[0]![1]!) / 1e-6;
    const linear = largestSingularValue(
      (v) => blocks.reduce((along, block) => block.pushForward(new Float64Array(2), along, 0.1), v),
      (v) => blocks.reduce((along, block) => block.pullBack(new Float64Array(2), along, 0.1), v),
      2,
      100,
      randomStream(1, "direction"),
    );
    assert.ok(Math.abs(linear / largest - 1) < 0.02, `${matrix}: largest singular value ${linear}`);
    // growth at (0.1, 0.1) is that of the nonlinear net, within what "small" may have meant there
    assert.ok(Math.abs(moved / growth - 1) < 0.05, `${matrix}: growth ${moved}`);
  }
});

law(
  "no random perturbation outgrows the worst one, which is the largest singular value of the whole Jacobian",
  [kind, layout, stepSize, seed],
  (which, shape, h, from) => {
    const blocks = sample(which, shape, from, { depth: 6, knots: 3 });
    const x = normal(stateSize(shape), from, "x");
    const worst = worstGrowth(blocks, x, h, 500, randomStream(from, "worst"));
    const random = randomGrowth(blocks, x, h, 5, randomStream(from, "random"));
    // the power iteration comes from below, and may stop a per cent short
    assert.ok(random <= worst * 1.01, `${random}, worst ${worst}`);
    const states = trajectory(blocks, x, h);
    const map = (v: Vector) => blocks.reduce((along, block, i) => block.pushForward(states[i]!, along, h), v);
    const squares = matrixOf(map, x.length)
      .flat()
      .reduce((sum, value) => sum + value * value, 0);
    assert.ok(worst <= Math.sqrt(squares) * (1 + 1e-9));
    assert.ok(worst >= 0.99 * Math.sqrt(squares / x.length));
  },
  { numRuns: 60 },
);

law(
  "changing weights begin and end at their first and last sample, and one knot makes all blocks alike",
  [seed],
  (from) => {
    const shape = { kind: "dense", units: 4 } as const;
    const x = normal(4, from, "x");
    const at = (blocks: readonly Block[], i: number) => blocks[i]!.step(x, 0.5);
    const [changing, longer] = [5, 9].map((depth) => sample("free", shape, from, { depth, knots: 3 }));
    for (const [one, other] of [
      [0, 0],
      [2, 4],
      [4, 8],
    ] as const) {
      assert.ok(difference(at(changing!, one), at(longer!, other)) < 1e-12);
    }
    const alike = sample("free", shape, from, { depth: 5 });
    assert.equal(at(alike, 0), at(alike, 4));
    assert.equal(at(alike, 0), at(changing!, 0));
  },
);

test("antisymmetric matrices on which ml-matrix alone would not end have their eigenvalues", () => {
  const matrix = [0, 1, 0, -1, 0, 1, 0, -1, 0];
  const found = eigenvalues(
    (v) => Float64Array.of(...[0, 3, 6].map((row) => inner(Float64Array.from(matrix.slice(row, row + 3)), v))),
    3,
  );
  const sorted = [...found].sort((one, other) => one.im - other.im);
  sorted.forEach(({ re, im }, i) => {
    assert.ok(Math.abs(re) < 1e-12 && Math.abs(im - (i - 1) * Math.SQRT2) < 1e-12, `${re} + ${im} i`);
  });
  assert.equal(
    eigenvalues((v) => v.map(() => 0), 2),
    [
      { re: 0, im: 0 },
      { re: 0, im: 0 },
    ],
  );
  assert.throws(() => eigenvalues((v) => v.map(() => Number.NaN), 2), /finite numbers/);
});

test("Arnoldi finds the rim of a spectrum, and all of it when the space is whole", () => {
  const shape = { kind: "convolution", height: 4, width: 4, channels: 2, side: 3 } as const;
  const [block] = sample("antisymmetric", shape, 7);
  const x = normal(32, 7, "x");
  const map = (v: Vector) => block!.fieldJacobian(x, v);
  const rim = (found: readonly { re: number; im: number }[]) => Math.max(...found.map(({ im }) => im));
  const exact = eigenvalues(map, 32);
  assert.ok(Math.abs(rim(arnoldiEigenvalues(map, 32, 20, randomStream(1, "arnoldi"))) / rim(exact) - 1) < 0.01);
  const whole = arnoldiEigenvalues(map, 32, 32, randomStream(1, "arnoldi"));
  const sorted = (found: readonly { re: number; im: number }[]) => found.map(({ im }) => im).sort((a, b) => a - b);
  assert.ok(difference(Float64Array.from(sorted(whole)), Float64Array.from(sorted(exact))) < 1e-6);
});

test("a damped network comes to rest, and its perturbations fade there at the rate of its eigenvalues", () => {
  const shape = { kind: "dense", units: 6 } as const;
  const blocks = sample("antisymmetric", shape, 3, { depth: 2000, damping: 0.2 });
  const rest = settledState(blocks[0]!, normal(6, 3, "x"), 0.05, 10_000);
  assert.ok(difference(blocks[0]!.step(rest, 0.05), rest) < 1e-9);
  const rates = laterSpectra(blocks, rest, 0.05, 4, randomStream(1, "s")).map((spectrum) =>
    Math.max(...spectrum.map(({ re, im }) => Math.hypot(1 + 0.05 * re, 0.05 * im))),
  );
  assert.is(rates.length, 4);
  const found = laterGrowth(blocks, rest, 0.05, randomStream(1, "v"));
  for (const rate of rates) assert.ok(Math.abs(found - rate) < 1e-4, `${found}, eigenvalues say ${rate}`);
});

test("a network whose fixed point is the origin is stable up to the step size of its linear part", async () => {
  const options = { kind: "antisymmetric", depth: 600, knots: 1, damping: 0.2, biasDeviation: 0 } as const;
  const blocks = sampleBlocks({ ...options, layout: { kind: "dense", units: 6 } }, randomStream(4, "weights"));
  const stream = () => randomStream(4, "border");
  const expected = largestStableStep(jacobianEigenvalues(blocks[0]!, new Float64Array(6), stream()));
  let breaths = 0;
  const { measured, predicted } = await networkBoundary(blocks, new Float64Array(6).fill(0.01), stream, async () => {
    breaths += 1;
  });
  assert.ok(Math.abs(predicted / expected - 1) < 0.01, `${predicted} for ${expected}`);
  assert.ok(Math.abs(measured / expected - 1) < 0.02, `${measured} for ${expected}`);
  assert.ok(breaths > 10);
});

test("a Hamiltonian block halves an even number, and there is at least one knot", () => {
  assert.throws(() => sample("Hamiltonian", { kind: "dense", units: 3 }, 1), /even number, got 3/);
  assert.throws(() => sample("free", { kind: "dense", units: 3 }, 1, { knots: 0 }), /at least one knot/);
  const weights = antisymmetricWeights(Float64Array.of(5, 1, 2, 7), { kind: "dense", units: 2 }, 0.5);
  assert.ok(difference(weights, Float64Array.of(-0.5, -Math.SQRT1_2, Math.SQRT1_2, -0.5)) < 1e-15);
});

test.run();
