import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  energies,
  energyErrorBound,
  energyErrors,
  energyMethods,
  energyOf,
  eulerEnergyGrowth,
  oscillations,
} from "../../src/dynamics";
import { law } from "../property";

law(
  "halving the step size divides the energy's error by 2 for Euler and Verlet, by 4 for leapfrog, by 16 to 32 for RK4",
  [fc.double({ min: 0.5, max: 1.5, noNaN: true }), fc.double({ min: -0.5, max: 0.5, noNaN: true })],
  (y, z) => {
    const time = 20;
    const error = (method: (typeof energyMethods)[number], h: number) => {
      const found = energies(method, oscillations.pendulum, { y, z }, h, Math.round(time / h));
      return Math.max(...found.map((energy) => Math.abs(energy / found[0]! - 1)));
    };
    // RK4's error of the energy swings in proportion to h^4 and drifts in proportion to h^5
    const expected = { "forward Euler": [2, 2], Verlet: [2, 2], leapfrog: [4, 4], RK4: [16, 32] } as const;
    for (const method of energyMethods) {
      const [low, high] = expected[method];
      const found = error(method, 0.02) / error(method, 0.01);
      assert.ok(found > 0.8 * low && found < 1.2 * high, `${method}: ${found}, expected ${low} to ${high}`);
    }
  },
  { numRuns: 20 },
);

test("the pendulum's energy is that of its height and speed, and swings little as the oscillator does", () => {
  assert.is(energyOf(oscillations.pendulum, Math.PI, 0), 2);
  assert.is(energyOf(oscillations.oscillator, 3, 4), 12.5);
  const small = energyOf(oscillations.pendulum, 1e-3, 0) / energyOf(oscillations.oscillator, 1e-3, 0);
  assert.ok(Math.abs(small - 1) < 1e-6);
});

const stepSize = fc.double({ min: 0.01, max: 1.9, noNaN: true });
const angle = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true });

/** Largest relative error of the oscillator's energy in 200 steps from a point of the unit circle. */
function largestError(method: "Verlet" | "leapfrog", h: number, at: number): number {
  const found = energies(method, oscillations.oscillator, { y: Math.cos(at), z: Math.sin(at) }, h, 200);
  return Math.max(...found.map((energy) => Math.abs(energy / found[0]! - 1)));
}

law(
  "the oscillator's energy never errs by more than its shadow allows, at any stable step size",
  [stepSize, angle],
  (h, at) => {
    for (const method of ["Verlet", "leapfrog"] as const) {
      const [found, bound] = [largestError(method, h, at), energyErrorBound(method, h)];
      assert.ok(found <= bound * (1 + 1e-9) + 1e-12, `${method}: ${found} above ${bound}`);
    }
  },
);

test("those bounds are reached from the start that is worst", () => {
  const starts = Array.from({ length: 360 }, (_, i) => (i * Math.PI) / 180);
  for (const method of ["Verlet", "leapfrog"] as const) {
    for (const h of [0.01, 0.1, 0.5]) {
      const worst = Math.max(...starts.map((at) => largestError(method, h, at))) / energyErrorBound(method, h);
      assert.ok(worst > 0.97 && worst <= 1 + 1e-9, `${method}, h = ${h}: ${worst}`);
    }
  }
  for (const h of [0, 2, Number.NaN]) assert.throws(() => energyErrorBound("Verlet", h), /above 0 and below 2/);
});

law("forward Euler multiplies the oscillator's energy by 1 + h² a step", [stepSize, angle], (h, at) => {
  const start = { y: Math.cos(at), z: Math.sin(at) };
  const found = energies("forward Euler", oscillations.oscillator, start, h, 100);
  const expected = eulerEnergyGrowth(h, 100);
  assert.ok(Math.abs(Math.log(found[100]! / found[0]!) - expected) < 1e-9 * (1 + expected));
});

law(
  "the intervals' errors reach to the end of the time, and the largest of them is the largest of all",
  [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 300 })],
  (intervals, steps) => {
    const start = { y: 1, z: 0.2 };
    const found = energyErrors("leapfrog", oscillations.pendulum, start, 0.3, steps, intervals);
    assert.is(found.length, intervals);
    assert.ok(Math.abs(found[intervals - 1]!.time - 0.3 * steps) < 1e-9);
    const all = energies("leapfrog", oscillations.pendulum, start, 0.3, steps);
    const largest = Math.max(...all.map((energy) => Math.abs(energy / all[0]! - 1)));
    assert.is(Math.max(...found.map(({ error }) => error)), largest);
  },
  { numRuns: 20 },
);

test.run();
