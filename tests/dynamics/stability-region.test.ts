import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { amplification, boundaryAt, largestEulerStep, type Method, measuredGrowth, pointOn } from "../../src/dynamics";
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
  "a border is found wherever it lies, to a millionth of the reach",
  [fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.1, max: 1000, noNaN: true })],
  (place, reach) => {
    const border = place * reach;
    const found = boundaryAt((distance) => distance <= border, reach);
    assert.ok(found <= border * (1 + 1e-12) && border - found <= 1.001e-6 * reach, `${found}, is ${border}`);
  },
  { numRuns: 1000 },
);

law(
  "forward Euler's border along every ray from -1/h is the circle of radius 1/h, and its largest step lies on it",
  [fc.double({ min: 0, max: 360, noNaN: true }), fc.constantFrom(0.01, 0.5, 2)],
  (degrees, h) => {
    const ray = { from: { re: -1 / h, im: 0 }, degrees };
    const border = boundaryAt((distance) => {
      const { re, im } = pointOn(ray, distance);
      return amplification("forward Euler", { re: h * re, im: h * im }) <= 1 + 1e-9;
    }, 4 / h);
    assert.ok(Math.abs(border * h - 1) < 1e-5, `${border}`);
    const lambda = pointOn(ray, 1 / h);
    if (Math.hypot(lambda.re, lambda.im) * h > 1e-3) assert.ok(Math.abs(largestEulerStep(lambda) / h - 1) < 1e-6);
  },
  { numRuns: 300 },
);

test.run();
