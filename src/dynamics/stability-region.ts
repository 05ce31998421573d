/**
 * Regions of stability by experiment: linear systems are run step by step, and it is seen whether they grow.
 */
import type { Complex, Method } from "./amplification";
import {
  explicitMidpoint,
  forwardEuler,
  leapfrog,
  norm,
  type OneStepMethod,
  rungeKutta4,
  type Vector,
  type VectorField,
  verlet,
} from "./integrators";

const oneStepMethods: Readonly<Partial<Record<Method, OneStepMethod>>> = {
  "forward Euler": forwardEuler,
  "explicit midpoint": explicitMidpoint,
  RK4: rungeKutta4,
};

/** Size of states beyond which both of a two-step method are scaled back: the system is linear. */
const largest = 1e100;

/**
 * Growth a step of the real system y' = [[a, -b], [b, a]] y, whose eigenvalues are a + bi and its conjugate.
 *
 * The largest norm of the second half of the steps over that of the first half, to the power of one over half the steps:
 * |R(h λ)| up to rounding for one-step methods, and near 1 for two-step ones that oscillate without growing.
 *
 * @param lambda the eigenvalue; purely imaginary for Verlet, which solves y' = b z, z' = -b y
 * @param steps even, at least 2
 * @param start the first state, two numbers, not both 0; leapfrog's second is a step of forward Euler away
 * @throws RangeError for Verlet off the imaginary axis, and for a number of steps that is odd or below 2
 */
export function measuredGrowth(method: Method, lambda: Complex, h: number, steps: number, start: Vector): number {
  if (!Number.isInteger(steps / 2) || steps < 2) throw new RangeError(`need an even number of steps, got ${steps}`);
  const advance = stepper(method, lambda, h, start);
  const peaks = [logNorm(start, 0), Number.NEGATIVE_INFINITY]; // logarithms, as growth soon leaves double precision
  for (let step = 1; step <= steps; step++) {
    const size = advance();
    if (step <= steps / 2) peaks[0] = Math.max(peaks[0]!, size);
    if (step >= steps / 2) peaks[1] = Math.max(peaks[1]!, size); // the middle belongs to both halves
  }
  return Math.exp((2 / steps) * (peaks[1]! - peaks[0]!));
}

/** A system under way: each call does a step and returns the logarithm of the state's norm. */
function stepper(method: Method, { re: a, im: b }: Complex, h: number, start: Vector): () => number {
  const field: VectorField = ([x, y]) => Float64Array.of(a * x! - b * y!, b * x! + a * y!);
  const oneStep = oneStepMethods[method];
  let [former, state] = [start, start];
  let exponent = 0; // of what has been taken out
  const rescaled = (next: Vector): number => {
    [former, state] = [state, next];
    const size = norm(state);
    if (size > largest || (size < 1 / largest && size > 0)) {
      [former, state] = [former.map((value) => value / size), state.map((value) => value / size)];
      exponent += Math.log(size);
    }
    return logNorm(state, exponent);
  };
  if (oneStep !== undefined) return () => rescaled(oneStep(field, state, h));
  if (method === "leapfrog") {
    let begun = false;
    return () => {
      const next = begun ? leapfrog(field, former, state, h) : forwardEuler(field, state, h);
      begun = true;
      return rescaled(next);
    };
  }
  if (a !== 0)
    throw new RangeError(`Verlet solves y' = b z, z' = -b y: need an imaginary eigenvalue, got real part ${a}`);
  const times: VectorField = ([value]) => Float64Array.of(b * value!);
  return () => {
    const pair = { y: Float64Array.of(state[0]!), z: Float64Array.of(state[1]!) };
    const { y, z } = verlet({ velocity: times, resistance: times }, pair, h);
    return rescaled(Float64Array.of(y[0]!, z[0]!));
  };
}

function logNorm(state: Vector, exponent: number): number {
  return Math.log(norm(state)) + exponent;
}

/** A way outwards in the plane of λ. */
export interface Ray {
  /** Where it begins. */
  readonly from: Complex;
  /** Its direction: 0 to the right, 90 upwards. */
  readonly degrees: number;
}

/** The point of a ray at a distance from its beginning. */
export function pointOn({ from, degrees }: Ray, distance: number): Complex {
  const angle = (degrees * Math.PI) / 180;
  const quarter = degrees % 180 === 90 || degrees % 180 === -90; // cos(90 degrees) is 6e-17: Verlet needs the axis itself
  return { re: from.re + (quarter ? 0 : distance * Math.cos(angle)), im: from.im + distance * Math.sin(angle) };
}

/**
 * Distance at which something that holds near 0 ceases to hold: the first step of `reach / 64` after which it does not,
 * halved until the border is known to 1e-6 of the reach.
 *
 * @returns 0 where it does not hold at the first step and below it, `reach` where it holds all the way
 */
export function boundaryAt(holds: (distance: number) => boolean, reach: number): number {
  const stride = reach / 64;
  let inside = 0;
  while (inside < reach && holds(inside + stride)) inside += stride;
  if (inside >= reach) return reach;
  let outside = inside + stride;
  while (outside - inside > 1e-6 * reach) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
