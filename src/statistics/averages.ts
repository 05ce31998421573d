import { mean as simpleMean, median as simpleMedian } from "simple-statistics";

/** Sum of the values, from first to last; 0 where there is none. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Arithmetic mean.
 *
 * @param values at least one finite number
 * @throws RangeError when there is no value or one is not finite: an average over nothing is a mistake upstream
 */
export function mean(values: readonly number[]): number {
  requireFinite(values, "mean");
  return simpleMean([...values]);
}

/**
 * Median: the middle value, or the mean of the two middle ones.
 *
 * @param values at least one finite number, in any order
 * @throws RangeError when there is no value or one is not finite
 */
export function median(values: readonly number[]): number {
  requireFinite(values, "median");
  return simpleMedian([...values]);
}

/** Throws unless every value is a finite number and there is at least one. */
export function requireFinite(values: readonly number[], statistic: string): void {
  if (values.length === 0) throw new RangeError(`${statistic} needs at least one value, got none`);
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place >= 0) throw new RangeError(`${statistic} needs finite values, got ${values[place]} at place ${place}`);
}

/** The distinct values of some numbers, in ascending order. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
