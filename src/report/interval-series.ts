import { bootstrapInterval, bySeed, mean, perSeed, type Seeded } from "../statistics";
import type { Point, Series } from "./figure";

export interface IntervalSeriesOptions<R extends Seeded> {
  readonly name: string;
  readonly kind: Series["kind"];
  readonly rows: readonly R[];
  readonly x: (row: R) => number | string;
  readonly y: (row: R) => number;
  /** Said on hover; points with a note get a hollow marker. */
  readonly note?: (row: R) => string | undefined;
  /** Joins the rows that one seed has at one x; mean unless told. */
  readonly aggregate?: (values: readonly number[]) => number;
}

/**
 * A series of means over seeds with 95 % bootstrap intervals, one point for each x in the order of the rows, and each
 * seed's own values to be switched on.
 */
export function intervalSeries<R extends Seeded>(options: IntervalSeriesOptions<R>): Series {
  const { name, kind, rows, x, y, note, aggregate = mean } = options;
  const places = new Map<number | string, R[]>();
  for (const row of rows) places.set(x(row), [...(places.get(x(row)) ?? []), row]);

  const pointAt = ([place, found]: [number | string, R[]]): Point => {
    const { estimate, low, high } = bootstrapInterval(perSeed(found, y, aggregate));
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
