/**
 * Methods that solve y' = f(y) step by step, in double precision. A residual block x + h F(x) is a step of the first.
 *
 * Source: Hairer, Lubich & Wanner 2006, Geometric Numerical Integration, ch. I; Haber & Ruthotto 2017, arXiv:1705.03341,
 * sec. 3 and 4, for their use as layers.
 */

/** A state: plain numbers in double precision, since perturbations of 1e-6 are followed through a thousand steps. */
export type Vector = Float64Array;
/** The right-hand side f of y' = f(y); returns a new vector as long as its argument. */
export type VectorField = (y: Vector) => Vector;
/** The state after one step of size h. */
export type OneStepMethod = (f: VectorField, y: Vector, h: number) => Vector;

/** y + h f(y): first order. */
export const forwardEuler: OneStepMethod = (f, y, h) => plus(y, h, f(y));

/** y + h f(y + h/2 f(y)): second order. */
export const explicitMidpoint: OneStepMethod = (f, y, h) => plus(y, h, f(plus(y, h / 2, f(y))));

/** The classical method of Runge and Kutta: fourth order. */
export const rungeKutta4: OneStepMethod = (f, y, h) => {
  const first = f(y);
  const second = f(plus(y, h / 2, first));
  const third = f(plus(y, h / 2, second));
  const fourth = f(plus(y, h, third));
  return y.map((value, i) => value + (h / 6) * (first[i]! + 2 * second[i]! + 2 * third[i]! + fourth[i]!));
};

/**
 * The next state of the leapfrog method, y_old + 2 h f(y): second order, two steps.
 *
 * Called with the next and the present state and -h in place of h, it gives the former state back.
 */
export function leapfrog(f: VectorField, former: Vector, y: Vector, h: number): Vector {
  return plus(former, 2 * h, f(y));
}

/**
 * The next place of y'' = a(y) by leapfrog, 2 y - y_old + h^2 a(y): second order, two steps.
 *
 * It is its own inverse: called with the next state in place of the former one, it gives the former one.
 */
export function secondOrderLeapfrog(acceleration: VectorField, former: Vector, y: Vector, h: number): Vector {
  const a = acceleration(y);
  return y.map((value, i) => 2 * value - former[i]! + h * h * a[i]!);
}

/** State of a system y' = f(z), z' = -g(y): places and momenta. */
export interface Pair {
  readonly y: Vector;
  readonly z: Vector;
}

/** Right-hand sides of such a system. */
interface SeparableField {
  /** y' as a function of z. */
  readonly velocity: VectorField;
  /** -z' as a function of y. */
  readonly resistance: VectorField;
}

/**
 * One staggered step of the Verlet method: z+ = z - h g(y), then y+ = y + h f(z+), where z stands half a step ahead.
 *
 * Two shears, so it keeps volume whatever f and g are, and area where each is a function of one number.
 */
export function verlet({ velocity, resistance }: SeparableField, { y, z }: Pair, h: number): Pair {
  const nextZ = plus(z, -h, resistance(y));
  return { y: plus(y, h, velocity(nextZ)), z: nextZ };
}

/** The state before a step of `verlet`. */
export function verletBackwards({ velocity, resistance }: SeparableField, { y, z }: Pair, h: number): Pair {
  const formerY = plus(y, -h, velocity(z));
  return { y: formerY, z: plus(z, h, resistance(formerY)) };
}

/** y + factor x, as a new vector. Loops and not `map`, which is several times slower on typed arrays. */
export function plus(y: Vector, factor: number, x: Vector): Vector {
  const sum = new Float64Array(y.length);
  for (let i = 0; i < sum.length; i++) sum[i] = y[i]! + factor * x[i]!;
  return sum;
}

/** Euclidean norm, of numbers whose squares stay within double precision. */
export function norm(y: Vector): number {
  let squares = 0;
  for (let i = 0; i < y.length; i++) squares += y[i]! * y[i]!;
  return Math.sqrt(squares);
}
