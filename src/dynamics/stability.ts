/**
 * Where methods are stable on y' = λ y: by theory, and by experiment, in which the system is run and watched for growth.
 *
 * By theory one step multiplies the solution by R(z), z = h λ. Source: Hairer & Wanner 1996, Solving Ordinary Differential
 * Equations II, sec. IV.2 (one step) and V.1 (two steps).
 */
import type { RandomStream } from "../random";
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

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Methods that have a region of stability in the plane of z. */
export type Method = "forward Euler" | "explicit midpoint" | "RK4" | "leapfrog" | "Verlet";

/** A ray in the plane of λ. */
export interface Ray {
  /** Where it begins. */
  readonly from: Complex;
  /** Its direction: 0 to the right, 90 upwards. */
  readonly degrees: number;
}

/** Growth per step up to which a system counts as stable: a two-step method's beats leave as much over a thousand steps. */
const stableGrowth = 1 + 1e-4;

/** Distances from the beginning of a ray (1 / time) to the boundary of stability; 4 / h where none is found up to there. */
interface StabilityBoundary {
  /** At which the system, run step by step, begins to grow. */
  readonly measured: number;
  /** At which |R(h λ)| exceeds 1. */
  readonly theory: number;
}

/**
 * The boundary of stability along a ray, by bisection.
 *
 * @param steps for which the system is run, even
 * @param start its first state, two numbers, not both 0
 */
export function stabilityBoundary(
  method: Method,
  ray: Ray,
  h: number,
  steps: number,
  start: Vector,
): StabilityBoundary {
  const reach = 4 / h;
  return {
    measured: boundaryAt(
      (distance) => measuredGrowth(method, pointOn(ray, distance), h, steps, start) <= stableGrowth,
      reach,
    ),
    theory: boundaryAt((distance) => {
      const { re, im } = pointOn(ray, distance);
      return amplification(method, { re: h * re, im: h * im }) <= 1 + 1e-9;
    }, reach),
  };
}

/**
 * Rays, evenly spaced and turned at random, from the centre of forward Euler's circle; for leapfrog and Verlet, whose region
 * is a segment of the imaginary axis, the two along it.
 */
export function raysOf(method: Method, h: number, rays: number, stream: RandomStream): Ray[] {
  if (method === "leapfrog" || method === "Verlet") {
    return [90, -90].map((degrees) => ({ from: { re: 0, im: 0 }, degrees }));
  }
  const turn = stream.uniform();
  return Array.from({ length: rays }, (_, i) => ({ from: { re: -1 / h, im: 0 }, degrees: (360 * (i + turn)) / rays }));
}

/** The point of a ray at a distance from its beginning. */
export function pointOn({ from, degrees }: Ray, distance: number): Complex {
  const angle = (degrees * Math.PI) / 180;
  const quarter = degrees % 180 === 90 || degrees % 180 === -90; // cos(90 degrees) is 6e-17, and Verlet needs the axis itself
  return { re: from.re + (quarter ? 0 : distance * Math.cos(angle)), im: from.im + distance * Math.sin(angle) };
}

/**
 * Distance at which something that holds near 0 ceases to hold: the first step of `reach / 64` after which it does not,
 * halved until the boundary is known to 1e-6 of the reach.
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

/** Coefficients of the polynomial R(z) of the one-step methods: those of the exponential, up to their order. */
const polynomials: Readonly<Partial<Record<Method, readonly number[]>>> = {
  "forward Euler": [1, 1],
  "explicit midpoint": [1, 1, 1 / 2],
  RK4: [1, 1, 1 / 2, 1 / 6, 1 / 24],
};

/**
 * |R(z)|: the growth per step, stable up to 1.
 *
 * For leapfrog the larger modulus of the roots of r^2 - 2 z r - 1; for Verlet, on y'' = λ^2 y, that of r^2 - (2 + z^2) r + 1.
 *
 * @param z step size times eigenvalue
 */
export function amplification(method: Method, z: Complex): number {
  const polynomial = polynomials[method];
  if (polynomial !== undefined) {
    const value = polynomial.reduceRight<Complex>(
      (sum, coefficient) => add(multiply(sum, z), { re: coefficient, im: 0 }),
      { re: 0, im: 0 },
    );
    return modulus(value);
  }
  if (method === "leapfrog") return largerRoot(z, -1);
  const square = multiply(z, z);
  return largerRoot({ re: 1 + square.re / 2, im: square.im / 2 }, 1);
}

/**
 * Largest step size at which forward Euler does not grow along an eigenvector: |1 + h λ| = 1 at h = -2 Re λ / |λ|^2.
 *
 * @returns 0 where Re λ >= 0, λ other than 0; infinity for λ = 0, along which nothing moves
 */
export function largestEulerStep({ re, im }: Complex): number {
  if (re === 0 && im === 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, (-2 * re) / (re * re + im * im));
}

const oneStepMethods: Readonly<Partial<Record<Method, OneStepMethod>>> = {
  "forward Euler": forwardEuler,
  "explicit midpoint": explicitMidpoint,
  RK4: rungeKutta4,
};

/** Norm of states beyond which both states of a two-step method are scaled back: the system is linear. */
const largest = 1e100;

/**
 * Growth per step of the real system y' = [[a, -b], [b, a]] y, whose eigenvalues are a + bi and its conjugate.
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

/** A system under way: each call takes a step and returns the logarithm of the state's norm. */
function stepper(method: Method, { re: a, im: b }: Complex, h: number, start: Vector): () => number {
  const field: VectorField = ([x, y]) => Float64Array.of(a * x! - b * y!, b * x! + a * y!);
  const oneStep = oneStepMethods[method];
  let [former, state] = [start, start];
  let exponent = 0; // logarithm of what has been scaled out
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

/** Larger modulus of the roots of r^2 - 2 middle r + product. */
function largerRoot(middle: Complex, product: number): number {
  const square = multiply(middle, middle);
  const root = squareRoot({ re: square.re - product, im: square.im });
  return Math.max(modulus(add(middle, root)), modulus({ re: middle.re - root.re, im: middle.im - root.im }));
}

function squareRoot({ re, im }: Complex): Complex {
  const length = Math.hypot(re, im);
  const real = Math.sqrt((length + Math.abs(re)) / 2); // without cancellation
  if (real === 0) return { re: 0, im: 0 };
  const other = Math.abs(im) / (2 * real);
  const sign = im < 0 ? -1 : 1;
  return re >= 0 ? { re: real, im: sign * other } : { re: other, im: sign * real };
}

function add(one: Complex, other: Complex): Complex {
  return { re: one.re + other.re, im: one.im + other.im };
}

function multiply(one: Complex, other: Complex): Complex {
  return { re: one.re * other.re - one.im * other.im, im: one.re * other.im + one.im * other.re };
}

function modulus({ re, im }: Complex): number {
  return Math.hypot(re, im);
}
