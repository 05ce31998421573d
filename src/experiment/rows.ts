import { plural } from "../base";
import {
  bySeed,
  DegenerateSample,
  type Interval,
  largest,
  mean,
  meanInterval,
  perSeed,
  perSeedDifference,
  quantity,
  type Seeded,
  smallest,
} from "../statistics";

/** Joins the numbers of one seed: `mean`, `median`. */
export type Aggregate = (values: readonly number[]) => number;

/** A column that holds numbers, or what a row stands for. */
export type NumberOf<R> = (keyof R & string) | ((row: R) => number | null | undefined);

/** Values that rows must have to be chosen: one, or any of several. */
export type Match<R> = { readonly [Name in keyof R]?: R[Name] | readonly R[Name][] };

/** The points of one seed, x ascending. */
export interface Curve {
  readonly seed: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/**
 * The 95 % interval of one number a seed.
 *
 * @param what they are, for the message
 * @throws DegenerateSample when there is none
 */
export function intervalOver(numbers: readonly number[], what = "this"): Interval {
  if (numbers.length === 0) throw new DegenerateSample(`no row holds a measurement of ${what}`);
  return meanInterval(numbers);
}

/**
 * A text that is made of what the rows tell, for titles and captions; where they cannot tell it, that, and why.
 *
 * @example told(() => intervalNumbers(intervalOver([]))) // "cannot be told (no row holds a measurement of this)"
 */
export function told(text: () => string): string {
  return ifTold<string, string>(text, (why) => `cannot be told (${why})`);
}

/**
 * One number a network, by their mean and the extremes that it hides.
 *
 * @param noun what there is one number of
 * @throws DegenerateSample without numbers
 * @example meanWithEnds([21.7, 25, 80], "%") // "42.2 % (21.7 to 80 in 3 networks)"
 */
export function meanWithEnds(values: readonly number[], unit = "", noun = "network"): string {
  const [least, most] = [smallest, largest].map((end) => quantity(end(values)));
  const ends = values.length < 2 ? "" : least === most ? "each of " : `${least} to ${most} in `;
  return `${quantity(mean(values), unit)} (${ends}${plural(values.length, noun)})`;
}

/** What the rows tell, or what stands in its place where they cannot tell it; null by default. */
export function ifTold<Value, Otherwise = null>(
  ask: () => Value,
  otherwise: (why: string) => Otherwise = () => null as Otherwise,
): Value | Otherwise {
  try {
    return ask();
  } catch (error) {
    if (error instanceof DegenerateSample) return otherwise(error.message);
    throw error;
  }
}

/** The rows of a run, with the questions that verdicts and figures put to them. It is an array: all its methods work. */
export class Rows<R extends Seeded> extends Array<R> {
  /** What `map` and `filter` give is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** The rows that match: by the values of columns, or by a test. */
  where(match: Match<R> | ((row: R) => boolean)): Rows<R> {
    const test = typeof match === "function" ? match : matches(match);
    return rowsOf(this.filter(test));
  }

  /** The distinct values of a column in the order of the rows, null left out. */
  distinct<Name extends keyof R & string>(name: Name): NonNullable<R[Name]>[] {
    return [
      ...new Set(this.map((row) => row[name]).filter((value) => value !== null && value !== undefined)),
    ] as NonNullable<R[Name]>[];
  }

  /** The measured numbers of a column, row by row. */
  numbers(of: NumberOf<R>): number[] {
    const read = reader(of);
    return this.flatMap((row) => read(row) ?? []);
  }

  /** The measured numbers of two columns, of the rows that hold both: as statistics of pairs take them. */
  pairs(x: NumberOf<R>, y: NumberOf<R>): [x: number[], y: number[]] {
    const both = this.where((row) => [x, y].every((of) => typeof reader(of)(row) === "number"));
    return [both.numbers(x), both.numbers(y)];
  }

  /** One number a seed, seeds ascending; seeds without a measured one are left out. */
  perSeed(of: NumberOf<R>, aggregate: Aggregate = mean): number[] {
    return perSeed(this, reader(of), aggregate);
  }

  /** One number a seed: that of these rows less that of others, paired by seed. */
  lessPerSeed(others: Rows<R>, of: NumberOf<R>, aggregate: Aggregate = mean): number[] {
    return perSeedDifference(this, others, reader(of), aggregate);
  }

  /** The 95 % interval of `perSeed`. @throws DegenerateSample when no seed has a measured row */
  interval(of: NumberOf<R>, aggregate: Aggregate = mean): Interval {
    return intervalOver(this.perSeed(of, aggregate));
  }

  /** The mean of a column for each value of another, in words: "2.1 % (resnet20), 3.4 % (plain20)". */
  meansText(of: NumberOf<R>, unit: string, by: keyof R & string): string {
    const means = this.distinct(by).map((value) => {
      const own = this.where({ [by]: value } as Match<R>);
      return `${told(() => quantity(own.interval(of).estimate, unit))} (${value})`;
    });
    return means.join(", ");
  }

  /** The rows of each seed, seeds ascending. */
  bySeed(): { readonly seed: number; readonly rows: Rows<R> }[] {
    return [...bySeed(this)].map(([seed, rows]) => ({ seed, rows: rowsOf(rows) }));
  }

  /** One curve a seed: y, joined where a seed has several at one x, over x ascending. */
  curves(x: NumberOf<R>, y: NumberOf<R>, aggregate: Aggregate = mean): Curve[] {
    const [readX, readY] = [reader(x), reader(y)];
    return this.bySeed().map(({ seed, rows }) => {
      const at = new Map<number, number[]>();
      for (const row of rows) {
        const [place, value] = [readX(row), readY(row)];
        if (place === null || place === undefined || value === null || value === undefined) continue;
        at.set(place, [...(at.get(place) ?? []), value]);
      }
      const points = [...at].map(([place, values]) => ({ x: place, y: aggregate(values) }));
      return { seed, points: points.sort((one, other) => one.x - other.x) };
    });
  }
}

/** The two coordinates of points apart, as statistics take them. */
export function xAndY(points: Curve["points"]): [x: number[], y: number[]] {
  return [points.map(({ x }) => x), points.map(({ y }) => y)];
}

/** Rows to be asked, from an array of them. */
export function rowsOf<R extends Seeded>(rows: readonly R[]): Rows<R> {
  return Rows.from(rows) as Rows<R>;
}

function matches<R>(match: Match<R>): (row: R) => boolean {
  const wanted = Object.entries(match) as [keyof R, unknown][];
  return (row) =>
    wanted.every(([name, value]) => (Array.isArray(value) ? value.includes(row[name]) : row[name] === value));
}

function reader<R>(of: NumberOf<R>): (row: R) => number | null | undefined {
  return typeof of === "function" ? of : (row) => row[of] as number | null;
}
