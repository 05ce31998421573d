/** How often intervals hold the true mean, by simulation: laws that values of seeds may follow, and the count. */
import { type RandomStream, randomStream } from "../../src/random";
import { mean, median, spearman } from "../../src/statistics";
import { intervals, type Method, methods } from "./intervals";

/** What one seed's value is drawn from. */
export interface Law {
  readonly name: string;
  /** Whether it is one of the four by whose coverage the interval is chosen. */
  readonly counts: boolean;
  /** One seed's value. */
  draw(stream: RandomStream): number;
  /** The mean of all such values; by so many draws where no formula tells it. */
  readonly mean: number | { readonly draws: number };
}

export const laws: readonly Law[] = [
  { name: "normal", counts: true, draw: (stream) => stream.normal(), mean: 0 },
  {
    name: "log-normal, σ = 0.5",
    counts: true,
    draw: (stream) => Math.exp(0.5 * stream.normal()),
    mean: Math.exp(0.125),
  },
  {
    name: "t, 3 degrees of freedom",
    counts: true,
    draw: (stream) => stream.normal() / Math.sqrt(mean([0, 1, 2].map(() => stream.normal() ** 2))),
    mean: 0,
  },
  {
    name: "beta(2, 60)",
    counts: true,
    // the second least of 61 uniform numbers
    draw: (stream) => Array.from({ length: 61 }, () => stream.uniform()).sort((one, other) => one - other)[1]!,
    mean: 2 / 62,
  },
  {
    name: "median of 13 log-normal values, σ = 1",
    counts: false,
    draw: (stream) => median(Array.from({ length: 13 }, () => Math.exp(stream.normal()))),
    mean: { draws: 200_000 },
  },
  {
    name: "rank correlation of 15 points, about 0.96",
    counts: false,
    draw: (stream) => {
      const places = Array.from({ length: 15 }, (_, i) => i);
      return spearman(
        places,
        places.map((place) => place + stream.normal()),
      );
    },
    mean: { draws: 200_000 },
  },
];

/** How one method fared with one law and number of seeds. */
export interface Coverage {
  readonly law: string;
  readonly counts: boolean;
  readonly seeds: number;
  readonly method: Method;
  /** Share of the intervals (%) that hold the mean, lie below it, and lie above it. */
  readonly covers: number;
  readonly below: number;
  readonly above: number;
  /** Mean width over that of Student's t. */
  readonly width: number;
}

/** The mean of a law. */
export function meanOf(law: Law): number {
  if (typeof law.mean === "number") return law.mean;
  const stream = randomStream(0, "coverage", law.name, "mean");
  return mean(Array.from({ length: law.mean.draws }, () => law.draw(stream)));
}

/**
 * Draws samples, and counts how often each method's interval holds the law's mean.
 *
 * @param seeds values in a sample, at least two
 * @param samples how many are drawn: the same ones whenever it is called
 */
export function coverage(law: Law, seeds: number, samples: number, truth = meanOf(law)): Coverage[] {
  const stream = randomStream(0, "coverage", law.name, seeds);
  const resampling = randomStream(0, "coverage", law.name, seeds, "resamples");
  const counts = new Map(methods.map((method) => [method, { below: 0, above: 0, width: 0 }]));
  for (let sample = 0; sample < samples; sample++) {
    const values = Array.from({ length: seeds }, () => law.draw(stream));
    if (values.every((value) => value === values[0])) values[0] = values[0]! + 1e-9; // correlations may be equal: no width
    for (const [method, { low, high }] of Object.entries(intervals(values, resampling))) {
      const count = counts.get(method as Method)!;
      if (high < truth) count.below++;
      else if (low > truth) count.above++;
      count.width += high - low;
    }
  }
  const widest = counts.get("Student's t")!.width;
  return methods.map((method) => {
    const { below, above, width } = counts.get(method)!;
    const percent = (count: number) => (100 * count) / samples;
    return {
      ...{ law: law.name, counts: law.counts, seeds, method },
      ...{ covers: percent(samples - below - above), below: percent(below), above: percent(above) },
      width: width / widest,
    };
  });
}
