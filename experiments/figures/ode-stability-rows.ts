/** What verdicts and figures select from the rows of `../ode-stability.ts`. */
import { energyErrorBound } from "../../src/dynamics";
import { bootstrapInterval, bySeed, type Interval } from "../../src/statistics";
import type { Parameters, Result } from "../ode-stability";
import { damped, free, type NetworkKind, type parts, systems } from "../ode-stability/parts";

export function of(rows: readonly Result[], part: (typeof parts)[number], subject?: string, system?: string): Result[] {
  return rows.filter(
    (row) =>
      row.part === part &&
      (subject === undefined || row.subject === subject) &&
      (system === undefined || row.system === system),
  );
}

export function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

/** Difference (%) of a measured border from theory's. */
export function differencePercent({ border, theory }: Result): number {
  return 100 * Math.abs(border! / theory! - 1);
}

/** Grown perturbations of a kind of network on a system at one step size and depth. */
export function perturbed(rows: readonly Result[], { name }: NetworkKind, system: string): Result[] {
  return of(rows, "perturbations", name, system).filter(({ growth }) => growth !== null);
}

/** Of which perturbations the growth is looked at. */
export type Direction = "growth" | "worst_growth";

/** Geometric mean over seeds of the growth, with its interval. */
export function growthInterval(rows: readonly Result[], direction: Direction = "growth"): Interval {
  const logarithms = bootstrapInterval(rows.map((row) => Math.log(row[direction]!)));
  const { estimate, low, high } = logarithms;
  return { ...logarithms, estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}

/** The rows of the smallest step size and the largest depth. */
export function atLongest(rows: readonly Result[], { stepSizes, depths }: Parameters): Result[] {
  const [stepSize, depth] = [Math.min(...stepSizes), Math.max(...depths)];
  return rows.filter((row) => row.step_size === stepSize && row.depth === depth);
}

/** Growth above which the rule of F2 looks at the others, and that below which theirs should be. */
export const [exceeded, bounded] = [10, 1.5];

/** A step size and depth, with the rows of one kind of network there. */
export interface Place {
  readonly stepSize: number;
  readonly depth: number;
  readonly growth: Interval;
}

/** Where free networks' growth, of random perturbations, exceeds 10, with the growth of a kind of network there. */
export function whereFreeOnesGrow(
  rows: readonly Result[],
  kind: NetworkKind,
  system: string,
  { stepSizes, depths }: Parameters,
  counts: (stepSize: number) => boolean,
  direction: Direction = "growth",
): Place[] {
  const at = (some: readonly Result[], stepSize: number, depth: number) =>
    some.filter((row) => row.step_size === stepSize && row.depth === depth);
  const [freeRows, own] = [perturbed(rows, free, system), perturbed(rows, kind, system)];
  return stepSizes.filter(counts).flatMap((stepSize) =>
    depths.flatMap((depth) => {
      const [freeOnes, others] = [at(freeRows, stepSize, depth), at(own, stepSize, depth)];
      if (freeOnes.length === 0 || others.length === 0 || growthInterval(freeOnes).estimate <= exceeded) return [];
      return [{ stepSize, depth, growth: growthInterval(others, direction) }];
    }),
  );
}

/** The place where growth is largest, by the upper end of its interval. */
export function worstPlace(found: readonly Place[]): Place | undefined {
  return found.reduce<Place | undefined>(
    (worst, place) => (worst === undefined || place.growth.high > worst.growth.high ? place : worst),
    undefined,
  );
}

/** Each seed's border of stability, measured, over the predicted one. */
export function borderRatios(rows: readonly Result[], system: string): number[] {
  return networkBorderRows(rows, system).map(({ border, theory }) => border! / theory!);
}

export function networkBorderRows(rows: readonly Result[], system: string): Result[] {
  return of(rows, "perturbations", damped.name, system).filter(({ border }) => border !== null);
}

/** Where the rule of F2 looks at damped networks: step sizes below every seed's predicted border. */
export function dampedPlaces(rows: readonly Result[], params: Parameters, direction: Direction) {
  return systems.map((system) => {
    const predicted = Math.min(...networkBorderRows(rows, system).map(({ theory }) => theory!));
    return { system, found: whereFreeOnesGrow(rows, damped, system, params, (h) => h < predicted, direction) };
  });
}

/** Each seed's largest error of the energy in the second half of the time over that in the first. */
export function energyRatios(rows: readonly Result[]): number[] {
  return [...bySeed(rows).values()].map((own) => {
    const middle = Math.max(...own.map(({ time }) => time!)) / 2;
    const most = (some: readonly Result[]) => Math.max(...some.map(({ energy_error }) => energy_error!));
    const isEarly = ({ time }: Result) => time! <= middle * (1 + 1e-9);
    return most(own.filter((row) => !isEarly(row))) / most(own.filter(isEarly));
  });
}

/** Each seed's largest error of the oscillator's energy over the bound that its shadow gives. */
export function errorsOverBound(rows: readonly Result[], method: "Verlet" | "leapfrog", h: number): number[] {
  const own = of(rows, "energy", method, "oscillator").filter(({ step_size }) => step_size === h);
  return [...bySeed(own).values()].map(
    (found) => Math.max(...found.map(({ energy_error }) => energy_error!)) / energyErrorBound(method, h),
  );
}

/** Each seed's mean square, or squared gradient, at the largest depth, over theory's. */
export function overTheory(rows: readonly Result[], decades: (row: Result) => number): number[] {
  const deepest = Math.max(...rows.map(({ depth }) => depth!));
  return rows.filter(({ depth }) => depth === deepest).map((row) => 10 ** decades(row) / row.theory!);
}
