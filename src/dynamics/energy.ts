/**
 * Systems that keep their energy, and methods that do or do not.
 *
 * Source: Hairer, Lubich & Wanner 2006, Geometric Numerical Integration, ch. I.
 */
import { forwardEuler, type Pair, plus, rungeKutta4, secondOrderLeapfrog, type Vector, verlet } from "./integrators";

/** y'' = -V'(y) of unit mass, of one degree of freedom. */
export interface Oscillation {
  /** V'(y) */
  readonly slope: (y: number) => number;
  /** V(y), at least 0 */
  readonly potential: (y: number) => number;
}

/** Systems by name: the harmonic oscillator of angular frequency 1, and the pendulum that swings so when it swings little. */
export const oscillations = {
  oscillator: { slope: (y: number) => y, potential: (y: number) => (y * y) / 2 },
  pendulum: { slope: Math.sin, potential: (y: number) => 1 - Math.cos(y) },
} satisfies Readonly<Record<string, Oscillation>>;

/** Methods that follow such a system. */
export const energyMethods = ["forward Euler", "RK4", "Verlet", "leapfrog"] as const;
export type EnergyMethod = (typeof energyMethods)[number];

/** Energy of a state: V(y) + z^2 / 2. */
export function energyOf({ potential }: Oscillation, y: number, z: number): number {
  return potential(y) + (z * z) / 2;
}

/**
 * Energy after each step of a method, the first state's at place 0.
 *
 * Verlet's velocity stands half a step beside its place, as in the networks that take it for their layers; its energy
 * therefore swings by an amount of order h. Leapfrog's velocity is the difference of the places on both sides. `y` is the
 * first place, `z` the first velocity.
 */
export function energies(
  method: EnergyMethod,
  oscillation: Oscillation,
  { y, z }: { readonly y: number; readonly z: number },
  h: number,
  steps: number,
): number[] {
  const found = [energyOf(oscillation, y, z)];
  const force = (place: Vector) => place.map((value) => -oscillation.slope(value));
  if (method === "leapfrog") {
    let former: Vector = Float64Array.of(y);
    let place = plus(plus(former, h, Float64Array.of(z)), (h * h) / 2, force(former)); // Taylor's first step
    for (let step = 1; step <= steps; step++) {
      const next = secondOrderLeapfrog(force, former, place, h);
      found.push(energyOf(oscillation, place[0]!, (next[0]! - former[0]!) / (2 * h)));
      [former, place] = [place, next];
    }
    return found;
  }
  if (method === "Verlet") {
    const field = { velocity: (value: Vector) => value, resistance: (value: Vector) => value.map(oscillation.slope) };
    let pair: Pair = { y: Float64Array.of(y), z: Float64Array.of(z) };
    for (let step = 1; step <= steps; step++) {
      pair = verlet(field, pair, h);
      found.push(energyOf(oscillation, pair.y[0]!, pair.z[0]!));
    }
    return found;
  }
  const advance = method === "RK4" ? rungeKutta4 : forwardEuler;
  const field = ([place, velocity]: Vector) => Float64Array.of(velocity!, -oscillation.slope(place!));
  let state: Vector = Float64Array.of(y, z);
  for (let step = 1; step <= steps; step++) {
    state = advance(field, state, h);
    found.push(energyOf(oscillation, state[0]!, state[1]!));
  }
  return found;
}
