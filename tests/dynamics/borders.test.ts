import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  energies,
  energyErrors,
  jacobianEigenvalues,
  largestStableStep,
  networkBoundary,
  oscillations,
  raysOf,
  sampleBlocks,
  stabilityBoundary,
} from "../../src/dynamics";
import { randomStream } from "../../src/random";
import { law } from "../property";

law(
  "forward Euler begins to grow on the circle of radius 1/h, whatever the step size and the ray from its middle",
  [fc.double({ min: 0.01, max: 2, noNaN: true }), fc.integer({ min: 1, max: 9 })],
  (h, seed) => {
    const [ray] = raysOf("forward Euler", h, 1, randomStream(seed, "ray"));
    const { measured, theory } = stabilityBoundary("forward Euler", ray!, h, 400, Float64Array.of(1, 0.5));
    assert.ok(Math.abs(theory * h - 1) < 1e-4, `theory: ${theory * h}`);
    assert.ok(Math.abs(measured * h - 1) < 1e-3, `measured: ${measured * h}`);
  },
  { numRuns: 20 },
);

test("Verlet and leapfrog end at 2i and at i, up and down", () => {
  for (const [method, end] of [
    ["Verlet", 2],
    ["leapfrog", 1],
  ] as const) {
    const rays = raysOf(method, 0.5, 7, randomStream(1, "rays"));
    assert.is(rays.length, 2);
    for (const ray of rays) {
      const { measured, theory } = stabilityBoundary(method, ray, 0.5, 1000, Float64Array.of(1, 0.3));
      assert.ok(Math.abs(0.5 * measured - end) < 1e-3 && Math.abs(0.5 * theory - end) < 1e-3, method);
    }
  }
});

test("rays go round evenly, from the middle of the circle", () => {
  const rays = raysOf("RK4", 0.5, 4, randomStream(3, "rays"));
  assert.equal(
    rays.map(({ from }) => from),
    Array(4).fill({ re: -2, im: 0 }),
  );
  rays.forEach(({ degrees }, i) => {
    assert.ok(Math.abs(degrees - rays[0]!.degrees - 90 * i) < 1e-9);
  });
});

test("a network at rest in the origin is stable up to the step size of its linear part", async () => {
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

law(
  "the stretches' errors go to the end of the time, and the largest of them is the largest of all",
  [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 300 })],
  (stretches, steps) => {
    const start = { y: 1, z: 0.2 };
    const found = energyErrors("leapfrog", oscillations.pendulum, start, 0.3, steps, stretches);
    assert.is(found.length, stretches);
    assert.ok(Math.abs(found[stretches - 1]!.time - 0.3 * steps) < 1e-9);
    const all = energies("leapfrog", oscillations.pendulum, start, 0.3, steps);
    const largest = Math.max(...all.map((energy) => Math.abs(energy / all[0]! - 1)));
    assert.is(Math.max(...found.map(({ error }) => error)), largest);
  },
  { numRuns: 20 },
);

test.run();
