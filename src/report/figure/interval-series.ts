import { bySeed, mean, meanInterval, perSeed, type Seeded } from "../../statistics";
import type { Point, Series } from "./figure";

interface IntervalSeriesOptions<R extends Seeded> {
  readonly name: string;
  readonly kind: Series["kind"];
  readonly rows: readonly R[];
  readonly x: (row: R) => number | string;
  readonly y: (row: R) => number;
  /** Shown on hover; points with a note get a hollow marker. */
  readonly note?: (row: R) => string | undefined;
  /** Combines the rows that one seed has at one x; mean by default. */
  readonly aggregate?: (values: readonly number[]) => number;
}

/**
 * A series of means over seeds with 95 % intervals, one point for each x in the order of the rows, and the values
 * of each seed to be switched on. Rows whose x or y is no finite number (the logarithm of 0) are left out.
 */
export function intervalSeries<R extends Seeded>(options: IntervalSeriesOptions<R>): Series {
  const { name, kind, x, y, note, aggregate = mean } = options;
  const rows = options.rows.filter((row) => isPlace(x(row)) && Number.isFinite(y(row)));
  const places = new Map<number | string, R[]>();
  for (const row of rows) places.set(x(row), [...(places.get(x(row)) ?? []), row]);

  const pointAt = ([place, found]: [number | string, R[]]): Point => {
    const { estimate, low, high } = meanInterval(perSeed(found, y, aggregate));
    const said = note?.(found[0]!);
    return { x: place, y: estimate, low, high, ...(said === undefined ? {} : { note: said }) };
  };
  const seedPoints = (seed: number): Point[] =>
    [...places].flatMap(([place, at]) => {
      const own = at.filter((row) => row.seed === seed);
      return own.length === 0 ? [] : [{ x: place, y: aggregate(own.map(y)) }];
    });
  return {
    name,
    kind,
    points: [...places].map(pointAt),
    seeds: [...bySeed(rows).keys()].map((seed) => ({ seed, points: seedPoints(seed) })),
  };
}

/** Whether a value has a place on an axis: a category, or a finite number. */
export function isPlace(value: unknown): value is number | string {
  return typeof value === "string" || Number.isFinite(value);
}

/**
 * Values from a publication, or from theory, to be set beside the run's own.
 *
 * @param name what they are and whose: "Huang et al. 2016, ResNet-110, CIFAR-10"
 * @param points places and values, in the order in which a line joins them
 */
export function publishedSeries(
  name: string,
  points: readonly (readonly [x: number | string, y: number])[],
  kind: Series["kind"] = "line",
): Series {
  return { name, kind, published: true, points: points.map(([x, y]) => ({ x, y })) };
}

/** What the lines and bands of an `intervalSeries` are, for a figure of lines alone. */
export const linesOverSeeds = "Lines are means over seeds, bands 95 % intervals.";

/** The same for a figure that also has marks with whiskers. */
export const marksOverSeeds = "Marks and lines are means over seeds, whiskers and bands 95 % intervals.";

/**
 * A figure's caption: what is plotted, what its marks, lines and bands are, and further remarks.
 *
 * @param what without a full stop
 * @param more whole sentences
 * @example captioned("Test error by depth", "Hollow: downsampling.")
 */
export function captioned(what: string, more = ""): string {
  return `${what}. ${marksOverSeeds} ${more}`.trim();
}
