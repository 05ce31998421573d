import { randomStream } from "../random";
import { mean, requireFinite } from "./averages";
import { DegenerateSample } from "./degenerate-sample";
import { normalProbability, normalQuantile } from "./normal-distribution";

/** An estimate with its interval; every figure and verdict of the project carries one. */
export interface Interval {
  /** The statistic of the whole sample. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** How many independent values (seeds) stand behind it. */
  readonly count: number;
  /** Coverage the interval aims at, such as 0.95. */
  readonly confidence: number;
}

/** How an interval is made. */
interface BootstrapOptions {
  /** What is estimated; must not depend on the order of its sample. The mean by default. */
  readonly statistic?: (sample: readonly number[]) => number;
  /** Coverage aimed at, in (0, 1); 0.95 by default. */
  readonly confidence?: number;
  /** Random resamples where there are too many to enumerate; 10,000 by default. */
  readonly resamples?: number;
  /** Seed of the random resamples: equal seeds give equal intervals; 0 by default. */
  readonly seed?: number;
  /** "bca" by default. */
  readonly method?: "percentile" | "bca";
}

/**
 * Bootstrap interval of a statistic of independent values, usually one value a seed.
 *
 * Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 (percentile) and 14.3 (BCa, biased-corrected
 * and accelerated). Quantiles, ties and the jackknife follow SciPy's `scipy.stats.bootstrap`.
 *
 * - Up to 8 values all n^n resamples are enumerated, so that the interval is exact and the seed does not matter; from 9
 *   on `resamples` of them are sampled.
 * - BCa falls back to the percentile interval where its bias or acceleration is undefined: the jackknife values all
 *   equal (a median amid ties), or the estimate beyond every resample.
 * - Equal values, and a single one, give an interval of no width: `count` says how little that means.
 * - Few seeds make it too narrow, as every bootstrap: five normal values cover the true mean about 83 times in a
 *   hundred (BCa) where 95 are aimed at, ten about 90 times. Rules of claims leave room for that.
 *
 * @param values at least one finite number, in any order: the order changes nothing
 * @throws DegenerateSample for no values, and for values or a statistic that are not finite; RangeError for a confidence
 *   outside (0, 1)
 * @example bootstrapInterval([0.4, 0.5, 0.6, 0.7, 0.9]) // 0.62 [0.48, 0.80]
 */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const { statistic = mean, confidence = 0.95, resamples = 10_000, seed = 0, method = "bca" } = options;
  requireFinite(values, "a bootstrap interval");
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`need a confidence in (0, 1), got ${confidence}`);
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`need resamples >= 1, got ${resamples}`);

  const sample = [...values].sort((left, right) => left - right); // a sorted sample makes the order of seeds irrelevant
  const estimate = statistic(sample);
  if (!Number.isFinite(estimate))
    throw new DegenerateSample(`the statistic of the sample must be finite, got ${estimate}`);
  const count = sample.length;
  if (sample[0] === sample[count - 1]) return { estimate, low: estimate, high: estimate, count, confidence };

  const resampled =
    count <= largestEnumerated
      ? enumerateResamples(sample, statistic)
      : sampleResamples(sample, statistic, resamples, seed);
  if (!resampled.values.every(Number.isFinite))
    throw new DegenerateSample("the statistic must be finite on every resample");

  const tail = (1 - confidence) / 2;
  const levels = (method === "bca" && correctedLevels(sample, statistic, estimate, resampled, tail)) || [
    tail,
    1 - tail,
  ];
  const [low, high] = levels.map((level) => resampledQuantile(resampled, level)) as [number, number];
  return { estimate, low, high, count, confidence };
}

/** Probabilities at which BCa reads the two limits off the resamples; undefined where they are not defined. */
function correctedLevels(
  sample: readonly number[],
  statistic: (sample: readonly number[]) => number,
  estimate: number,
  resampled: ResampledStatistic,
  tail: number,
): [number, number] | undefined {
  const bias = normalQuantile(shareBelow(resampled, estimate));
  const leftOut = sample.map((_, left) => statistic(sample.filter((_, i) => i !== left)));
  const centre = mean(leftOut);
  const deviations = leftOut.map((value) => centre - value);
  const squares = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const cubes = deviations.reduce((sum, deviation) => sum + deviation ** 3, 0);
  const acceleration = cubes / (6 * squares ** 1.5);
  const level = (probability: number) => {
    const shifted = bias + normalQuantile(probability);
    return normalProbability(bias + shifted / (1 - acceleration * shifted));
  };
  const levels: [number, number] = [level(tail), level(1 - tail)];
  return levels.every(Number.isFinite) && levels[0] <= levels[1] ? levels : undefined;
}

/** Share of resamples below the estimate, ties counted half; a tie may be off by rounding, which must not tip it. */
function shareBelow({ values, counts, total }: ResampledStatistic, estimate: number): number {
  const rounding = 1e-12 * Math.max(Math.abs(values[0]!), Math.abs(values[values.length - 1]!));
  const twice = values.reduce((sum, value, i) => {
    if (Math.abs(value - estimate) <= rounding) return sum + counts[i]!;
    return value < estimate ? sum + 2 * counts[i]! : sum;
  }, 0);
  return twice / (2 * total);
}

/** Values of a statistic over resamples, ascending, each with how many resamples gave it. */
interface ResampledStatistic {
  readonly values: readonly number[];
  readonly counts: readonly number[];
  /** Sum of the counts: all resamples. */
  readonly total: number;
}

/** Up to this many values every resample is enumerated: 8^8 of them, but only 6,435 distinct ones. */
const largestEnumerated = 8;

/**
 * The statistic over all n^n resamples with replacement.
 *
 * A statistic does not depend on the order, so each multiset is computed once and counted as often as it occurs among the n^n
 * ordered resamples, n! / (k_1! ... k_n!) times: 126 multisets stand for 3,125 resamples at n = 5.
 *
 * @param sample at most `largestEnumerated` values
 */
function enumerateResamples(
  sample: readonly number[],
  statistic: (sample: readonly number[]) => number,
): ResampledStatistic {
  const size = sample.length;
  const found: { value: number; count: number }[] = [];
  const resample: number[] = [];
  // `orders` is the multinomial coefficient of the copies placed so far
  const place = (from: number, orders: number): void => {
    if (resample.length === size) {
      found.push({ value: statistic([...resample]), count: orders });
      return;
    }
    if (from === size) return;
    let coefficient = orders;
    const length = resample.length;
    for (let copies = 0; length + copies <= size; copies++) {
      if (copies > 0) {
        resample.push(sample[from]!);
        coefficient = (coefficient * (length + copies)) / copies; // exact: a product of binomial coefficients
      }
      place(from + 1, coefficient);
    }
    resample.length = length;
  };
  place(0, 1);
  found.sort((left, right) => left.value - right.value);
  return {
    values: found.map(({ value }) => value),
    counts: found.map(({ count }) => count),
    total: size ** size,
  };
}

/** The statistic over random resamples with replacement; equal seeds give equal resamples. */
function sampleResamples(
  sample: readonly number[],
  statistic: (sample: readonly number[]) => number,
  resamples: number,
  seed: number,
): ResampledStatistic {
  const random = randomStream(seed, "bootstrap");
  const values = Array.from({ length: resamples }, () =>
    statistic(sample.map(() => sample[random.integer(sample.length)]!)),
  ).sort((left, right) => left - right);
  return { values, counts: values.map(() => 1), total: resamples };
}

/**
 * Quantile of all resamples, interpolated linearly between neighbours (NumPy's default, Hyndman & Fan's type 7).
 *
 * @param probability in [0, 1]
 */
function resampledQuantile({ values, counts, total }: ResampledStatistic, probability: number): number {
  const position = probability * (total - 1);
  const below = Math.floor(position);
  const fraction = position - below;
  let passed = 0;
  for (let i = 0; i < values.length; i++) {
    passed += counts[i]!;
    if (below >= passed) continue;
    const value = values[i]!;
    if (fraction === 0 || below + 1 < passed || i + 1 === values.length) return value;
    return value + fraction * (values[i + 1]! - value);
  }
  throw new RangeError(`need a probability in [0, 1], got ${probability}`);
}
