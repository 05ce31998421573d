import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  amplification,
  energies,
  energyMethods,
  energyOf,
  explicitMidpoint,
  forwardEuler,
  leapfrog,
  type OneStepMethod,
  oscillations,
  rungeKutta4,
  secondOrderLeapfrog,
  type Vector,
  verlet,
  verletBackwards,
} from "../../src/dynamics";
import { law } from "../property";

const number = (size: number) => fc.double({ min: -size, max: size, noNaN: true });
const pair = fc.tuple(number(2), number(2));
const stepSize = fc.double({ min: 0.01, max: 1, noNaN: true });

function assertNear(found: Vector, expected: readonly number[], tolerance: number, what: string): void {
  found.forEach((value, i) => {
    const scale = Math.max(1, Math.abs(expected[i]!));
    assert.ok(Math.abs(value - expected[i]!) <= tolerance * scale, `${what}: ${value}, expected ${expected[i]}`);
  });
}

const oneStep: readonly (readonly ["forward Euler" | "explicit midpoint" | "RK4", OneStepMethod])[] = [
  ["forward Euler", forwardEuler],
  ["explicit midpoint", explicitMidpoint],
  ["RK4", rungeKutta4],
];

for (const [name, method] of oneStep) {
  law(
    `a step of ${name} lengthens every state of a system with eigenvalues a ± bi by |R(h λ)|`,
    [number(3), number(3), stepSize, pair],
    (a, b, h, [x, y]) => {
      const next = method(([u, v]) => Float64Array.of(a * u! - b * v!, b * u! + a * v!), Float64Array.of(x, y), h);
      const expected = amplification(name, { re: h * a, im: h * b }) * Math.hypot(x, y);
      assertNear(Float64Array.of(Math.hypot(...next)), [expected], 1e-12, name);
    },
    { numRuns: 1000 },
  );
}

law(
  "leapfrog keeps each of its two roots: r^n solves it where r^2 - 2 z r = 1",
  [fc.double({ min: -2, max: 2, noNaN: true }), stepSize],
  (lambda, h) => {
    const z = h * lambda;
    const larger = Math.abs(z) + Math.sqrt(z * z + 1);
    assertNear(Float64Array.of(amplification("leapfrog", { re: z, im: 0 })), [larger], 1e-12, "larger root");
    const root = z + Math.sqrt(z * z + 1);
    const next = leapfrog(([y]) => Float64Array.of(lambda * y!), Float64Array.of(1), Float64Array.of(root), h);
    assertNear(next, [root * root], 1e-12, "the next power");
  },
  { numRuns: 1000 },
);

test("theory's boundaries are the known ones: 2 for Euler and midpoint, i for leapfrog, 2i for Verlet, 2.828i for RK4", () => {
  const at = (re: number, im: number) => ({ re, im });
  assert.ok(Math.abs(amplification("forward Euler", at(-2, 0)) - 1) < 1e-15);
  assert.ok(Math.abs(amplification("explicit midpoint", at(-2, 0)) - 1) < 1e-15);
  assert.ok(Math.abs(amplification("RK4", at(0, 2 * Math.SQRT2)) - 1) < 1e-12);
  assert.ok(Math.abs(amplification("RK4", at(-2.785293563405282, 0)) - 1) < 1e-9); // Hairer & Wanner 1996, sec. IV.2
  for (const [method, boundary] of [["leapfrog", 1] as const, ["Verlet", 2] as const]) {
    assert.ok(Math.abs(amplification(method, at(0, 0.99 * boundary)) - 1) < 1e-12, method);
    assert.ok(amplification(method, at(0, 1.01 * boundary)) > 1.1, method);
  }
  // Haber & Ruthotto's T = 20 with an imaginary eigenvalue of size 1: growth by number of steps
  for (const [steps, growth] of [
    [16, 1859],
    [32, 196],
    [128, 4.68],
    [1024, 1.22],
  ] as const) {
    const found = amplification("forward Euler", at(0, 20 / steps)) ** steps;
    assert.ok(Math.abs(found / growth - 1) < 0.005, `${steps} steps: ${found}`);
  }
});

const swinging = { velocity: (z: Vector) => z.map(Math.tanh), resistance: (y: Vector) => y.map(Math.sin) };

law(
  "a step of Verlet, and then one backwards, is none; so with leapfrog in both its forms",
  [pair, pair, stepSize],
  (y, z, h) => {
    const start = { y: Float64Array.from(y), z: Float64Array.from(z) };
    const back = verletBackwards(swinging, verlet(swinging, start, h), h);
    assertNear(back.y, y, 1e-12, "y");
    assertNear(back.z, z, 1e-12, "z");
    const next = leapfrog(swinging.velocity, start.y, start.z, h);
    assertNear(leapfrog(swinging.velocity, next, start.z, -h), y, 1e-12, "leapfrog");
    const second = secondOrderLeapfrog(swinging.resistance, start.y, start.z, h);
    assertNear(secondOrderLeapfrog(swinging.resistance, second, start.z, h), y, 1e-12, "second order");
  },
  { numRuns: 1000 },
);

law(
  "a step of Verlet keeps area, one of forward Euler on an oscillation does not",
  [number(2), number(2), stepSize],
  (y, z, h) => {
    const width = 1e-5;
    const determinant = (step: (y: number, z: number) => readonly [number, number]) => {
      const along = (dy: number, dz: number) => {
        const [plus, minus] = [step(y + dy, z + dz), step(y - dy, z - dz)];
        return [(plus[0] - minus[0]) / (2 * width), (plus[1] - minus[1]) / (2 * width)] as const;
      };
      const [[a, c], [b, d]] = [along(width, 0), along(0, width)];
      return a * d - b * c;
    };
    const staggered = determinant((u, v) => {
      const next = verlet(swinging, { y: Float64Array.of(u), z: Float64Array.of(v) }, h);
      return [next.y[0]!, next.z[0]!];
    });
    assert.ok(Math.abs(staggered - 1) < 1e-8, `${staggered}`);
    const euler = determinant((u, v) => [u + h * v, v - h * u]);
    assert.ok(Math.abs(euler - (1 + h * h)) < 1e-8, `${euler}`);
  },
  { numRuns: 500 },
);

law(
  "forward Euler multiplies the oscillator's energy by 1 + h^2 a step; the others hold theirs",
  [number(1), number(1), fc.double({ min: 0.01, max: 0.3, noNaN: true })],
  (y, z, h) => {
    if (Math.hypot(y, z) < 0.1) return;
    const { oscillator } = oscillations;
    const steps = 50;
    const start = energyOf(oscillator, y, z);
    const found = Object.fromEntries(
      energyMethods.map((name) => [name, energies(name, oscillator, { y, z }, h, steps)]),
    );
    for (const own of Object.values(found)) {
      assert.is(own.length, steps + 1);
      assert.is(own[0], start);
    }
    assert.ok(Math.abs(found["forward Euler"]![steps]! / (start * (1 + h * h) ** steps) - 1) < 1e-9);
    for (const energy of found.RK4!) assert.ok(Math.abs(energy / start - 1) < steps * h ** 6);
    for (const energy of found.Verlet!) assert.ok(Math.abs(energy / start - 1) < 1.2 * h);
    for (const energy of found.leapfrog!) assert.ok(Math.abs(energy / start - 1) < h * h);
  },
  { numRuns: 200 },
);

test.run();
