/**
 * Probability that a standard normal deviate is at most z. simple-statistics has it by a table of two decimals.
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
