/** The intervals that the study of coverage compares: of the mean of a few independent values, named 95 %. */
import type { RandomStream } from "../../src/random";
import { meanInterval, sum } from "../../src/statistics";

const { jStat } = require("jstat") as {
  readonly jStat: {
    readonly normal: {
      cdf(z: number, mean: number, deviation: number): number;
      inv(probability: number, mean: number, deviation: number): number;
    };
  };
};

/** "percentile", "BCa" (bias-corrected and accelerated) and "studentised" are bootstrap intervals. */
export const methods = ["Student's t", "studentised bootstrap", "BCa bootstrap", "percentile bootstrap"] as const;
export type Method = (typeof methods)[number];

export interface Limits {
  readonly low: number;
  readonly high: number;
}

const tail = 0.025;
/** Resamples that are drawn where there are too many to enumerate. */
const drawnResamples = 1000;
/** Up to so many values all n^n resamples are enumerated: 823,543 of them, but only 1,716 that differ. */
const largestEnumerated = 7;

/**
 * The limits that each method gives for one sample. The bootstrap methods share their resamples.
 *
 * Sources: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 12.5 (studentised), 13 (percentile), 14.3 (BCa). Quantiles,
 * ties and the jackknife of percentile and BCa follow SciPy's `scipy.stats.bootstrap`.
 *
 * @param sample at least two finite numbers, not all equal
 * @param stream draws resamples where there are more than seven values
 */
export function intervals(sample: readonly number[], stream: RandomStream): Readonly<Record<Method, Limits>> {
  const estimate = mean(sample);
  const drawn = resamples(sample, stream);
  const means = ordered(drawn.map(({ of, count }) => ({ value: mean(of), count })));
  const percentile = { low: quantile(means, tail), high: quantile(means, 1 - tail) };
  const { low, high } = meanInterval(sample);
  return {
    "Student's t": { low, high },
    "studentised bootstrap": studentised(sample, drawn),
    "BCa bootstrap": corrected(sample, estimate, means) ?? percentile,
    "percentile bootstrap": percentile,
  };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** A resample, and how many of the ordered ones it stands for. */
interface Resample {
  readonly of: readonly number[];
  readonly count: number;
}

interface Counted {
  readonly value: number;
  readonly count: number;
}

function resamples(sample: readonly number[], stream: RandomStream): Resample[] {
  if (sample.length <= largestEnumerated)
    return multisets(sample.length).map(({ places, count }) => ({ of: places.map((place) => sample[place]!), count }));
  return Array.from({ length: drawnResamples }, () => ({
    of: sample.map(() => sample[stream.integer(sample.length)]!),
    count: 1,
  }));
}

const known = new Map<number, { readonly places: readonly number[]; readonly count: number }[]>();

/** Every choice of n among n places with repetition, with the n! / (k_1! ... k_n!) orders of it. */
function multisets(size: number): { readonly places: readonly number[]; readonly count: number }[] {
  const found = known.get(size) ?? [];
  if (found.length > 0) return found;
  const choose = (from: number, places: readonly number[], count: number): void => {
    if (places.length === size) {
      found.push({ places, count });
      return;
    }
    if (from === size) return;
    let chosen = places;
    let orders = count;
    for (let copies = 0; places.length + copies <= size; copies++) {
      if (copies > 0) {
        chosen = [...chosen, from];
        orders = (orders * (places.length + copies)) / copies; // exact: a product of binomial coefficients
      }
      choose(from + 1, chosen, orders);
    }
  };
  choose(0, [], 1);
  known.set(size, found);
  return found;
}

function ordered(values: readonly Counted[]): Counted[] {
  return [...values].sort((one, other) => one.value - other.value);
}

/** Interpolated linearly between neighbours (Hyndman & Fan's type 7). @param values ascending */
function quantile(values: readonly Counted[], probability: number): number {
  const position = probability * (sum(values.map(({ count }) => count)) - 1);
  const below = Math.floor(position);
  let passed = 0;
  for (const [i, { value, count }] of values.entries()) {
    passed += count;
    if (below >= passed) continue;
    const next = below + 1 < passed ? value : (values[i + 1]?.value ?? value);
    return value + (position - below) * (next - value);
  }
  throw new RangeError(`need a probability in [0, 1], got ${probability}`);
}

function standardError(sample: readonly number[]): number {
  const centre = mean(sample);
  return Math.sqrt(sum(sample.map((value) => (value - centre) ** 2)) / (sample.length - 1) / sample.length);
}

/** Resamples of equal values, of no standard error, are left out. */
function studentised(sample: readonly number[], of: readonly Resample[]): Limits {
  const [estimate, error] = [mean(sample), standardError(sample)];
  const deviations = of.flatMap(({ of: values, count }) => {
    const own = standardError(values);
    return own === 0 ? [] : [{ value: (mean(values) - estimate) / own, count }];
  });
  const ascending = ordered(deviations);
  return {
    low: estimate - quantile(ascending, 1 - tail) * error,
    high: estimate - quantile(ascending, tail) * error,
  };
}

/** Undefined where bias or acceleration are. */
function corrected(sample: readonly number[], estimate: number, means: readonly Counted[]): Limits | undefined {
  const rounding = 1e-12 * Math.max(...means.map(({ value }) => Math.abs(value)));
  const share = ({ value, count }: Counted) =>
    Math.abs(value - estimate) <= rounding ? count / 2 : value < estimate ? count : 0;
  const below = sum(means.map(share)) / sum(means.map(({ count }) => count));
  const bias = jStat.normal.inv(below, 0, 1);
  const leftOut = sample.map((_, left) => mean(sample.filter((_, i) => i !== left)));
  const deviations = leftOut.map((value) => mean(leftOut) - value);
  const cubes = sum(deviations.map((deviation) => deviation ** 3));
  const acceleration = cubes / (6 * sum(deviations.map((deviation) => deviation ** 2)) ** 1.5);
  const level = (probability: number) => {
    const shifted = bias + jStat.normal.inv(probability, 0, 1);
    return jStat.normal.cdf(bias + shifted / (1 - acceleration * shifted), 0, 1);
  };
  const [from, to] = [level(tail), level(1 - tail)];
  if (!(from <= to)) return undefined; // neither where one is NaN
  return { low: quantile(means, from), high: quantile(means, to) };
}
