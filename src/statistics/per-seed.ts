import { mean } from "./averages";

/** A row that says which seed it belongs to. */
export interface Seeded {
  readonly seed: number;
}

/**
 * One number a seed, in ascending order of seeds: what an interval over seeds is made from.
 *
 * @param value the number a row stands for; a row that gives null or undefined (not measured) is left out
 * @param aggregate joins a seed's numbers; mean unless said otherwise
 * @returns one number for each seed that has a measured row
 * @example meanInterval(perSeed(rows, (row) => row.rise_points, median))
 */
export function perSeed<R extends Seeded>(
  rows: readonly R[],
  value: (row: R) => number | null | undefined,
  aggregate: (values: readonly number[]) => number = mean,
): number[] {
  return [...valuesBySeed(rows, value).values()].map((values) => aggregate(values));
}

/**
 * Difference of two groups of rows, one number a seed: left minus right, paired by seed.
 *
 * Seeds that one side lacks (a run still under way) are left out, so no seed is compared with another.
 *
 * @example perSeedDifference(plainRows, residualRows, (row) => row.error_percent)
 */
export function perSeedDifference<Left extends Seeded, Right extends Seeded>(
  left: readonly Left[],
  right: readonly Right[],
  value: (row: Left | Right) => number | null | undefined,
  aggregate: (values: readonly number[]) => number = mean,
): number[] {
  const rightValues = valuesBySeed(right, value);
  return [...valuesBySeed(left, value)].flatMap(([seed, values]) => {
    const other = rightValues.get(seed);
    return other === undefined ? [] : [aggregate(values) - aggregate(other)];
  });
}

/** The rows of each seed, seeds ascending: for statistics that need a seed's rows together, such as a slope. */
export function bySeed<R extends Seeded>(rows: readonly R[]): Map<number, R[]> {
  const groups = new Map<number, R[]>();
  for (const row of rows) {
    const group = groups.get(row.seed);
    if (group === undefined) groups.set(row.seed, [row]);
    else group.push(row);
  }
  return new Map([...groups].sort(([left], [right]) => left - right));
}

function valuesBySeed<R extends Seeded>(
  rows: readonly R[],
  value: (row: R) => number | null | undefined,
): Map<number, number[]> {
  const measured = rows.flatMap((row) => {
    const found = value(row);
    return found === null || found === undefined ? [] : [{ seed: row.seed, found }];
  });
  return new Map([...bySeed(measured)].map(([seed, group]) => [seed, group.map(({ found }) => found)]));
}
