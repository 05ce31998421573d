import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  amplification,
  boundaryAt,
  largestEulerStep,
  type Method,
  measuredGrowth,
  pointOn,
  raysOf,
  stabilityBoundary,
} from "../../src/dynamics";
import { randomStream } from "../../src/random";
import { law } from "../property";

const part = fc.double({ min: -3, max: 3, noNaN: true });

law(
  "a system run step by step grows as theory says, whatever its start and however far it leaves double precision",
  [
    fc.constantFrom<Method>("forward Euler", "explicit midpoint", "RK4"),
    part,
    part,
    fc.constantFrom(0.01, 0.1, 1),
    fc.double({ min: 0, max: 6.28, noNaN: true }),
  ],
  (method, re, im, h, angle) => {
    const theory = amplification(method, { re, im });
    if (theory < 1e-3) return; // at a root of R nothing is left to measure
    const start = Float64Array.of(Math.cos(angle), Math.sin(angle));
    const found = measuredGrowth(method, { re: re / h, im: im / h }, h, 1000, start);
    assert.ok(Math.abs(found / theory - 1) < 1e-9, `${found}, theory ${theory}`);
  },
  { numRuns: 100 },
);

test("decay is measured as exactly as growth, by few steps as by many", () => {
  const start = Float64Array.of(0.3, -1);
  for (const steps of [2, 10, 100]) {
    for (const [method, re, im] of [
      ["forward Euler", -0.5, 0.3],
      ["RK4", -2.5, 0.2],
      ["explicit midpoint", -1, 0.7],
    ] as const) {
      const [found, theory] = [measuredGrowth(method, { re, im }, 1, steps, start), amplification(method, { re, im })];
      assert.ok(
        theory < 1 && Math.abs(found / theory - 1) < 1e-12,
        `${method}, ${steps} steps: ${found}, is ${theory}`,
      );
    }
  }
});

test("leapfrog grows off the imaginary axis by its larger root, and on it only beyond i", () => {
  const start = Float64Array.of(1, 0.5);
  const growth = (re: number, im: number, method: Method = "leapfrog") =>
    measuredGrowth(method, { re, im }, 1, 2000, start);
  for (const [re, im] of [
    [-0.5, 0],
    [0.3, 0.2],
    [-0.2, 1.5],
  ] as const) {
    assert.ok(Math.abs(growth(re, im) / amplification("leapfrog", { re, im }) - 1) < 0.005, `${re} + ${im} i`);
  }
  assert.ok(Math.abs(growth(0, 0.99) - 1) < 1e-4);
  assert.ok(growth(0, 1.01) > 1.1);
  assert.ok(Math.abs(growth(0, 1.99, "Verlet") - 1) < 1e-4);
  assert.ok(growth(0, 2.01, "Verlet") > 1.1);
  assert.throws(() => growth(0.1, 1, "Verlet"), /imaginary eigenvalue/);
  assert.throws(() => measuredGrowth("RK4", { re: 0, im: 1 }, 1, 3, start), /even number/);
});

law(
  "a boundary is found wherever it lies, to a millionth of the reach",
  [fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.1, max: 1000, noNaN: true })],
  (place, reach) => {
    const boundary = place * reach;
    const found = boundaryAt((distance) => distance <= boundary, reach);
    assert.ok(found <= boundary * (1 + 1e-12) && boundary - found <= 1.001e-6 * reach, `${found}, is ${boundary}`);
  },
  { numRuns: 1000 },
);

law(
  "forward Euler's boundary along every ray from -1/h is the circle of radius 1/h, and its largest step lies on it",
  [fc.double({ min: 0, max: 360, noNaN: true }), fc.constantFrom(0.01, 0.5, 2)],
  (degrees, h) => {
    const ray = { from: { re: -1 / h, im: 0 }, degrees };
    const boundary = boundaryAt((distance) => {
      const { re, im } = pointOn(ray, distance);
      return amplification("forward Euler", { re: h * re, im: h * im }) <= 1 + 1e-9;
    }, 4 / h);
    assert.ok(Math.abs(boundary * h - 1) < 1e-5, `${boundary}`);
    const lambda = pointOn(ray, 1 / h);
    if (Math.hypot(lambda.re, lambda.im) * h > 1e-3) assert.ok(Math.abs(largestEulerStep(lambda) / h - 1) < 1e-6);
  },
  { numRuns: 300 },
);

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

test.run();
