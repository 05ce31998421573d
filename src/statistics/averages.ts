import { mean as simpleMean, median as simpleMedian } from "simple-statistics";
import { DegenerateSample } from "./degenerate-sample";

/** Sum of the values, from first to last; 0 where there is none. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Arithmetic mean.
 *
 * @param values at least one finite number
 * @throws DegenerateSample when there is no value or one is not finite
 */
export function mean(values: readonly number[]): number {
  requireFinite(values, "mean");
  return simpleMean([...values]);
}

/**
 * Median: the middle value, or the mean of the two middle ones.
 *
 * @param values at least one finite number, in any order
 * @throws DegenerateSample when there is no value or one is not finite
 */
export function median(values: readonly number[]): number {
  requireFinite(values, "median");
  return simpleMedian([...values]);
}

/** The largest value. @throws DegenerateSample when there is no value or one is not finite */
export function largest(values: readonly number[]): number {
  requireFinite(values, "a largest value");
  return values.reduce((most, value) => Math.max(most, value));
}

/** The smallest value. @throws DegenerateSample when there is no value or one is not finite */
export function smallest(values: readonly number[]): number {
  requireFinite(values, "a smallest value");
  return values.reduce((least, value) => Math.min(least, value));
}

/** Throws unless every value is a finite number and there is at least one. */
export function requireFinite(values: readonly number[], statistic: string): void {
  if (values.length === 0) throw new DegenerateSample(`${statistic} needs at least one value, got none`);
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place >= 0)
    throw new DegenerateSample(`${statistic} needs finite values, got ${values[place]} at place ${place}`);
}

/** The distinct values of some numbers, in ascending order. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
