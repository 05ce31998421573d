import { mean, requireFinite } from "./averages";
import { studentQuantile } from "./student-distribution";

/** An estimate with its interval; every figure and verdict of the project carries one. */
export interface Interval {
  /** The mean of the sample. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** How many independent values (seeds) stand behind it. */
  readonly count: number;
  /** Coverage the interval aims at, such as 0.95. */
  readonly confidence: number;
}

/**
 * Student's t interval of the mean of independent values, usually one value a seed: mean ± t s / sqrt(n), with the quantile t of
 * n - 1 degrees of freedom. What a value is of its seed, a mean, a median or a correlation, makes no difference.
 *
 * Source: Student 1908, Biometrika 6:1. Chosen by its coverage over five seeds, for values from normal to skewed, heavy-tailed and
 * bounded (`benchmarks/interval-coverage.ts`): intervals named 95 % cover about 82 % there.
 *
 * - It knows no bounds of what it estimates: the interval of a correlation may reach over 1.
 * - Equal values, and a single one, give an interval of no width: `count` says how little that means.
 *
 * @param values at least one finite number, in any order: the order changes nothing
 * @throws DegenerateSample for no values and values that are not finite; RangeError for a confidence outside (0, 1)
 * @example meanInterval([0.4, 0.5, 0.6, 0.7, 0.9]) // 0.62 [0.38, 0.86]
 */
export function meanInterval(values: readonly number[], confidence = 0.95): Interval {
  requireFinite(values, "an interval of a mean");
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`need a confidence in (0, 1), got ${confidence}`);
  const sample = [...values].sort((left, right) => left - right); // a sorted sample makes the order of seeds irrelevant
  const estimate = mean(sample);
  const count = sample.length;
  if (sample[0] === sample[count - 1]) return { estimate, low: estimate, high: estimate, count, confidence };
  const squares = sample.reduce((sum, value) => sum + (value - estimate) ** 2, 0);
  const standardError = Math.sqrt(squares / (count - 1) / count);
  const half = studentQuantile((1 + confidence) / 2, count - 1) * standardError;
  return { estimate, low: estimate - half, high: estimate + half, count, confidence };
}
