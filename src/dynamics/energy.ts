/**
 * Systems that conserve their energy, the energy that methods give them, and what theory says of it.
 *
 * A symplectic method conserves a quadratic form beside the energy, its shadow: with y'' = -y, (y² + z²)/2 - h y z / 2 for
 * Verlet, and (1 - h²/4) y²/2 + z²/2 for leapfrog. The energy lies within a factor of it, so it stays near its first value.
 *
 * Source: Hairer, Lubich & Wanner 2006, Geometric Numerical Integration, ch. I and IX.
 */
import { forwardEuler, type Pair, plus, rungeKutta4, secondOrderLeapfrog, type Vector, verlet } from "./integrators";

/** y'' = -V'(y) of unit mass, of one degree of freedom. */
interface Oscillation {
  /** V'(y) */
  readonly slope: (y: number) => number;
  /** V(y), at least 0 */
  readonly potential: (y: number) => number;
}

/** Systems by name: the harmonic oscillator of angular frequency 1, and the pendulum of that frequency at small amplitudes. */
export const oscillations = {
  oscillator: { slope: (y: number) => y, potential: (y: number) => (y * y) / 2 },
  pendulum: { slope: Math.sin, potential: (y: number) => 1 - Math.cos(y) },
} satisfies Readonly<Record<string, Oscillation>>;

/** Methods that follow such a system. */
export const energyMethods = ["forward Euler", "RK4", "Verlet", "leapfrog"] as const;
/** One of them. */
export type EnergyMethod = (typeof energyMethods)[number];

/** First place and first velocity. */
type Start = { readonly y: number; readonly z: number };

/** The largest relative error of the energy in an interval of time. */
interface EnergyError {
  /** End of the interval. */
  readonly time: number;
  /** |E / E_0 - 1| */
  readonly error: number;
}

/**
 * The largest errors of the energy in equal intervals of time, one after the other.
 *
 * @param start first place and velocity, of an energy above 0
 * @param steps at least one for each interval
 */
export function energyErrors(
  method: EnergyMethod,
  oscillation: Oscillation,
  start: Start,
  h: number,
  steps: number,
  intervals: number,
): EnergyError[] {
  const found = energies(method, oscillation, start, h, steps);
  return Array.from({ length: intervals }, (_, i) => {
    const [from, to] = [Math.floor((i * steps) / intervals), Math.floor(((i + 1) * steps) / intervals)];
    const own = found.slice(from + 1, to + 1);
    return { time: h * to, error: own.reduce((most, energy) => Math.max(most, Math.abs(energy / found[0]! - 1)), 0) };
  });
}

/**
 * Energy after each step of a method, the first state's at place 0.
 *
 * Verlet's velocity is half a step away from its place, as in the networks that take it for their layers; its energy
 * therefore oscillates by an amount of order h. Leapfrog's velocity is the difference of the places on both sides.
 */
export function energies(
  method: EnergyMethod,
  oscillation: Oscillation,
  { y, z }: Start,
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

/** Energy of a state: V(y) + z^2 / 2. */
export function energyOf({ potential }: Oscillation, y: number, z: number): number {
  return potential(y) + (z * z) / 2;
}

/**
 * Bound on the relative error of the oscillator's energy, |E_n / E_0 - 1|, for any start and number of steps:
 * h / (1 - h/2) for Verlet, h²/4 / (1 - h²/4) for leapfrog.
 *
 * @param h step size, above 0 and below 2, beyond which neither is stable
 * @throws RangeError for other step sizes
 */
export function energyErrorBound(method: "Verlet" | "leapfrog", h: number): number {
  if (!(h > 0 && h < 2)) throw new RangeError(`need a step size above 0 and below 2, got ${h}`);
  return method === "Verlet" ? h / (1 - h / 2) : (h * h) / 4 / (1 - (h * h) / 4);
}

/** Natural logarithm of the growth of the oscillator's energy in N steps of forward Euler: N log(1 + h²). */
export function eulerEnergyGrowth(h: number, steps: number): number {
  return steps * Math.log1p(h * h);
}
