/**
 * What a method does to y' = λ y in one step, by theory: with z = h λ the solution is multiplied by R(z).
 *
 * Source: Hairer & Wanner 1996, Solving Ordinary Differential Equations II, sec. IV.2 (one step) and V.1 (two steps).
 */

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Methods that have a region of stability in the plane of z. */
export type Method = "forward Euler" | "explicit midpoint" | "RK4" | "leapfrog" | "Verlet";

/** Coefficients of the polynomial R(z) of the one-step methods: those of the exponential, as far as their order. */
const polynomials: Readonly<Partial<Record<Method, readonly number[]>>> = {
  "forward Euler": [1, 1],
  "explicit midpoint": [1, 1, 1 / 2],
  RK4: [1, 1, 1 / 2, 1 / 6, 1 / 24],
};

/**
 * |R(z)|: the growth a step, stable up to 1.
 *
 * For leapfrog the larger root of r^2 - 2 z r - 1 in size, for Verlet, on y'' = λ^2 y, that of r^2 - (2 + z^2) r + 1.
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
    return size(value);
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

/** Larger size of the roots of r^2 - 2 middle r + product. */
function largerRoot(middle: Complex, product: number): number {
  const square = multiply(middle, middle);
  const root = squareRoot({ re: square.re - product, im: square.im });
  return Math.max(size(add(middle, root)), size({ re: middle.re - root.re, im: middle.im - root.im }));
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

function size({ re, im }: Complex): number {
  return Math.hypot(re, im);
}
