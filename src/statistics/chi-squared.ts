import { DegenerateSample } from "./degenerate-sample";
import { normalProbability } from "./normal-distribution";

/** How counts agree with the probabilities that they are to follow. */
interface GoodnessOfFit {
  /** Pearson's statistic: the sum of (observed - expected)^2 / expected. */
  readonly statistic: number;
  /** Bins, after joining, less one. */
  readonly degreesOfFreedom: number;
  /** Probability of a statistic as large as this or larger, if the counts do follow the probabilities. */
  readonly pValue: number;
}

/**
 * Pearson's chi-squared test of counts against probabilities that are fully known (none fitted to the counts).
 *
 * Source: Pearson 1900, Philos. Mag. 50:157. Neighbouring bins are joined, from the first on, until each expects at
 * least 5 counts, which the statistic's distribution needs (Cochran 1954, Biometrics 10:417): so the order of bins
 * matters, and should be a natural one.
 *
 * @param observed whole number of counts in each bin
 * @param expectedProbabilities probability of each bin; their sum is 1
 * @throws DegenerateSample when fewer than two bins are left after joining: there are too few counts to judge by; RangeError
 *   when the lengths differ, a count is not a whole number >= 0, or the probabilities do not sum to 1
 * @example goodnessOfFit([18, 22], [0.5, 0.5]) // statistic 0.4, 1 degree of freedom, p = 0.527
 */
export function goodnessOfFit(observed: readonly number[], expectedProbabilities: readonly number[]): GoodnessOfFit {
  requireBins(observed, expectedProbabilities);
  const total = observed.reduce((sum, count) => sum + count, 0);
  const bins = joinedBins(
    observed,
    expectedProbabilities.map((probability) => total * probability),
  );
  if (bins.length < 2) {
    throw new DegenerateSample(
      `need counts for two bins that expect ${leastExpected} each, got ${total} counts in all`,
    );
  }
  const statistic = bins.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0);
  const degreesOfFreedom = bins.length - 1;
  return { statistic, degreesOfFreedom, pValue: chiSquaredTail(statistic, degreesOfFreedom) };
}

/**
 * Probability that a chi-squared deviate is at least x.
 *
 * Source: Abramowitz & Stegun 1964, 26.4.4 and 26.4.5: for whole degrees of freedom the tail is a finite sum. All its
 * terms are positive, so nothing cancels; they are kept as logarithms, so that none under- or overflows on its way.
 *
 * @param x at least 0
 * @param degreesOfFreedom whole number >= 1
 * @throws RangeError for other values
 */
export function chiSquaredTail(x: number, degreesOfFreedom: number): number {
  if (!(x >= 0)) throw new RangeError(`need a chi-squared value >= 0, got ${x}`);
  if (!Number.isInteger(degreesOfFreedom) || degreesOfFreedom < 1) {
    throw new RangeError(`need whole degrees of freedom >= 1, got ${degreesOfFreedom}`);
  }
  if (x === 0) return 1;
  const isOdd = degreesOfFreedom % 2 === 1;
  let tail = isOdd ? 2 * normalProbability(-Math.sqrt(x)) : 0;
  // The terms (x/2)^a exp(-x/2) / Gamma(a + 1), for a = 1/2, 3/2, ... or 0, 1, ... up to half the degrees less one.
  let a = isOdd ? 0.5 : 0;
  let logTerm = isOdd ? 0.5 * Math.log((2 * x) / Math.PI) - x / 2 : -x / 2; // Gamma(3/2) = sqrt(pi)/2
  for (; a <= degreesOfFreedom / 2 - 1; a++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(x / 2) - Math.log(a + 1);
  }
  return Math.min(1, tail);
}

/** Fewest counts that a bin of the test is to expect. */
const leastExpected = 5;

interface Bin {
  readonly count: number;
  readonly expected: number;
}

/** Neighbours joined until each expects enough; what is left over at the end joins the last. */
function joinedBins(observed: readonly number[], expected: readonly number[]): Bin[] {
  const bins: Bin[] = [];
  let open: Bin = { count: 0, expected: 0 };
  observed.forEach((count, i) => {
    open = { count: open.count + count, expected: open.expected + expected[i]! };
    if (open.expected < leastExpected) return;
    bins.push(open);
    open = { count: 0, expected: 0 };
  });
  const last = bins.pop();
  if (last === undefined) return [];
  return [...bins, { count: last.count + open.count, expected: last.expected + open.expected }];
}

function requireBins(observed: readonly number[], probabilities: readonly number[]): void {
  if (observed.length !== probabilities.length) {
    throw new RangeError(`need a probability for each bin, got ${probabilities.length} for ${observed.length} bins`);
  }
  const odd = observed.find((count) => !Number.isInteger(count) || count < 0);
  if (odd !== undefined) throw new RangeError(`need counts that are whole numbers >= 0, got ${odd}`);
  const outside = probabilities.find((probability) => !(probability >= 0 && probability <= 1));
  if (outside !== undefined) throw new RangeError(`need probabilities in [0, 1], got ${outside}`);
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  if (Math.abs(sum - 1) > 1e-9) throw new RangeError(`need probabilities that sum to 1, got a sum of ${sum}`);
}
