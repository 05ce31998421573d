import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { energies, energyMethods, energyOf, oscillations } from "../../src/dynamics";
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

test.run();
