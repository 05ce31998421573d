/**
 * The number of ways to choose k of n things: n! / (k! (n - k)!), exactly.
 *
 * @param n whole number >= 0
 * @param k whole number; 0 ways where it is below 0 or above n
 * @throws RangeError when n or k is not whole, or n < 0
 * @example binomialCoefficient(54, 27) // 1946939425648112n
 */
export function binomialCoefficient(n: number, k: number): bigint {
  requireWhole("n", n);
  if (!Number.isInteger(k)) throw new RangeError(`need a whole number k, got ${k}`);
  if (k < 0 || k > n) return 0n;
  let ways = 1n;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * BigInt(n - i + 1)) / BigInt(i); // divides: C(n, i)
  return ways;
}

/**
 * Probability of each number of successes among n independent trials: element k is C(n, k) p^k (1 - p)^(n - k).
 *
 * From the most likely number outwards, each from its neighbour, then divided by their sum: no factor overflows, and
 * the tails keep all their digits down to the smallest number there is. simple-statistics' `binomialDistribution` stops
 * short of the tail (41 of 55 numbers at n = 54).
 *
 * @param n whole number of trials >= 0
 * @param p probability of a success, in [0, 1]
 * @returns n + 1 probabilities that sum to 1
 * @throws RangeError when n is not whole or below 0, or p is outside [0, 1]
 * @example binomialProbabilities(2, 0.5) // [0.25, 0.5, 0.25]
 */
export function binomialProbabilities(n: number, p: number): number[] {
  requireWhole("n", n);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`need a probability in [0, 1], got ${p}`);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const weights = new Array<number>(n + 1);
  weights[mode] = 1;
  for (let k = mode + 1; k <= n; k++) weights[k] = (weights[k - 1]! * (n - k + 1) * p) / (k * (1 - p));
  for (let k = mode - 1; k >= 0; k--) weights[k] = (weights[k + 1]! * (k + 1) * (1 - p)) / ((n - k) * p);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function requireWhole(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`need a whole number ${name} >= 0, got ${value}`);
}
