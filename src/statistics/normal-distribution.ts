/*
 * The standard normal distribution to about 15 digits. simple-statistics has both functions, but by a table of two
 * decimals and by an approximation good to three digits: too coarse for the bias correction of a bootstrap interval.
 */

/**
 * Probability that a standard normal deviate is at most z.
 *
 * Source: Marsaglia 2004, J. Stat. Softw. 11(4): Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + ...). Absolute error
 * below 1e-15; beyond |z| = 8 the answer is 0 or 1 to that precision. NaN gives NaN.
 */
export function normalProbability(z: number): number {
  if (Number.isNaN(z)) return z; // the sum below would never settle
  if (z < -8) return 0;
  if (z > 8) return 1;
  let term = z;
  let sum = z;
  let previous = Number.NaN;
  for (let odd = 3; sum !== previous; odd += 2) {
    previous = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/**
 * The z below which a standard normal deviate falls with the given probability; -Infinity at 0, Infinity at 1.
 *
 * By bisection of `normalProbability`: two calls an interval do not ask for more speed.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`need a probability in [0, 1], got ${probability}`);
  if (probability === 0) return Number.NEGATIVE_INFINITY;
  if (probability === 1) return Number.POSITIVE_INFINITY;
  let low = -8;
  let high = 8;
  for (let middle = 0; middle !== low && middle !== high; middle = (low + high) / 2) {
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
