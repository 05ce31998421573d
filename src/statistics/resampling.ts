import { randomStream } from "../random";

/** Values of a statistic over resamples, ascending, each with how many resamples gave it. */
export interface ResampledStatistic {
  readonly values: readonly number[];
  readonly counts: readonly number[];
  /** Sum of the counts: all resamples. */
  readonly total: number;
}

/** Up to this many values every resample is enumerated: 8^8 of them, but only 6,435 distinct ones. */
export const largestEnumerated = 8;

/**
 * The statistic over all n^n resamples with replacement.
 *
 * A statistic does not heed order, so each multiset is computed once and counted as often as it occurs among the n^n
 * ordered resamples, n! / (k_1! ... k_n!) times: 126 multisets stand for 3,125 resamples at n = 5.
 *
 * @param sample at most `largestEnumerated` values
 */
export function enumerateResamples(
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
export function sampleResamples(
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
export function resampledQuantile({ values, counts, total }: ResampledStatistic, probability: number): number {
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
