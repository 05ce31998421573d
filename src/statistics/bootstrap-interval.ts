import { mean, requireFinite } from "./averages";
import type { Interval } from "./interval";
import { normalProbability, normalQuantile } from "./normal-distribution";
import {
  enumerateResamples,
  largestEnumerated,
  type ResampledStatistic,
  resampledQuantile,
  sampleResamples,
} from "./resampling";

export interface BootstrapOptions {
  /** What is estimated; must not heed the order of its sample. Default: the mean. */
  readonly statistic?: (sample: readonly number[]) => number;
  /** Coverage aimed at, in (0, 1). Default 0.95. */
  readonly confidence?: number;
  /** Random resamples where there are too many to enumerate. Default 10,000. */
  readonly resamples?: number;
  /** Seed of the random resamples: equal seeds give equal intervals. Default 0. */
  readonly seed?: number;
  /** Default "bca". */
  readonly method?: "percentile" | "bca";
}

/**
 * Bootstrap interval of a statistic of independent values, usually one value a seed.
 *
 * Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 (percentile) and 14.3 (BCa, biased-corrected
 * and accelerated). Quantiles, ties and the jackknife follow SciPy's `scipy.stats.bootstrap`.
 *
 * - Up to 8 values all n^n resamples are enumerated, so that the interval is exact and the seed does not matter; from 9
 *   on `resamples` of them are drawn.
 * - BCa falls back to the percentile interval where its bias or acceleration is undefined: the jackknife values all
 *   equal (a median amid ties), or the estimate beyond every resample.
 * - Equal values, and a single one, give an interval of no width: `count` says how little that means.
 * - Few seeds make it too narrow, as every bootstrap: five normal values cover the true mean about 83 times in a
 *   hundred (BCa) where 95 are aimed at, ten about 90 times. Rules of claims leave room for that.
 *
 * @param values at least one finite number, in any order: the order changes nothing
 * @throws RangeError for no values, values or a statistic that are not finite, or a confidence outside (0, 1)
 * @example bootstrapInterval([0.4, 0.5, 0.6, 0.7, 0.9]) // 0.62 [0.48, 0.80]
 */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const { statistic = mean, confidence = 0.95, resamples = 10_000, seed = 0, method = "bca" } = options;
  requireFinite(values, "a bootstrap interval");
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`need a confidence in (0, 1), got ${confidence}`);
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`need resamples >= 1, got ${resamples}`);

  const sample = [...values].sort((left, right) => left - right); // a sorted sample makes the order of seeds irrelevant
  const estimate = statistic(sample);
  if (!Number.isFinite(estimate)) throw new RangeError(`the statistic of the sample must be finite, got ${estimate}`);
  const count = sample.length;
  if (sample[0] === sample[count - 1]) return { estimate, low: estimate, high: estimate, count, confidence };

  const resampled =
    count <= largestEnumerated
      ? enumerateResamples(sample, statistic)
      : sampleResamples(sample, statistic, resamples, seed);
  if (!resampled.values.every(Number.isFinite)) throw new RangeError("the statistic must be finite on every resample");

  const tail = (1 - confidence) / 2;
  const levels = (method === "bca" && correctedLevels(sample, statistic, estimate, resampled, tail)) || [
    tail,
    1 - tail,
  ];
  const [low, high] = levels.map((level) => resampledQuantile(resampled, level)) as [number, number];
  return { estimate, low, high, count, confidence };
}

/** Probabilities at which BCa reads the two borders off the resamples; undefined where they are not defined. */
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
