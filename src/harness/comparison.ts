import type { Interval } from "../statistics";
import { type Difference, difference } from "./circumstances";
import type { ComparedRun, Judged, Side } from "./compared-side";
import { unknownRun } from "./find-runs";
import { UsageError } from "./usage-error";

/**
 * How an effect moved. "same": not at all. "within": each interval holds the other's effect. "beyond": one of them does
 * not. "other unit": the two cannot be compared.
 */
export type EffectMove = "same" | "within" | "beyond" | "other unit";

/** A claim as two runs judge it; what one of them does not judge is null there. */
export interface ClaimComparison {
  readonly claim: string;
  readonly before: Judged | null;
  readonly after: Judged | null;
  /** Null where only one of them judges it. */
  readonly effect: EffectMove | null;
  /** Whether verdict or effect moved. What stands on one side alone did not. */
  readonly moved: boolean;
}

/** Two runs, or a run that is on one side alone. */
export interface RunComparison {
  readonly before: string | null;
  readonly after: string | null;
  /** In the order of the later run, then what only the earlier one judges. */
  readonly claims: readonly ClaimComparison[];
  /** In what the circumstances of the two differ. */
  readonly differences: readonly Difference[];
}

/**
 * Compares two runs, whatever their names, or the runs of two folders by their names.
 *
 * A run and a folder are compared by the folder's run of that name. Of folders, runs at the scale "smoke" are left out:
 * they show that everything works, and nothing about a claim.
 *
 * @throws UsageError when there is nothing to compare: a run that is not there, or not a claim that both sides judge
 */
export function compareSides(before: Side, after: Side): RunComparison[] {
  const pairs = pairsOf(before, after);
  const compared = pairs.map(([earlier, later]) => compareRuns(earlier, later));
  if (compared.every(({ claims }) => claims.every(({ effect }) => effect === null))) {
    throw new UsageError(`${before.label} and ${after.label} have no claim in common`);
  }
  return compared;
}

/** @example compareEffects(anEffect, anEffect) // "same" */
export function compareEffects(
  before: Pick<Judged, "effect" | "unit">,
  after: Pick<Judged, "effect" | "unit">,
): EffectMove {
  if (before.unit !== after.unit) return "other unit";
  const [older, newer] = [before.effect, after.effect];
  if (older.estimate === newer.estimate && older.low === newer.low && older.high === newer.high) return "same";
  return holds(older, newer.estimate) && holds(newer, older.estimate) ? "within" : "beyond";
}

/** How many claims moved. */
export function movedClaims(runs: readonly RunComparison[]): number {
  return runs.flatMap(({ claims }) => claims).filter(({ moved }) => moved).length;
}

function holds({ low, high }: Pick<Interval, "low" | "high">, value: number): boolean {
  return low <= value && value <= high;
}

type Pair = readonly [ComparedRun | null, ComparedRun | null];

function pairsOf(before: Side, after: Side): Pair[] {
  if (before.isRun && after.isRun) return [[before.runs[0]!, after.runs[0]!]];
  if (before.isRun) return [[before.runs[0]!, namesake(before.runs[0]!, after)]];
  if (after.isRun) return [[namesake(after.runs[0]!, before), after.runs[0]!]];
  const [older, newer] = [byName(before), byName(after)];
  const names = [...new Set([...older.keys(), ...newer.keys()])].sort();
  return names.map((name) => [older.get(name) ?? null, newer.get(name) ?? null]);
}

function byName({ runs }: Side): Map<string, ComparedRun> {
  return new Map(runs.filter(({ origin }) => origin.scale !== "smoke").map((run) => [run.name, run]));
}

function namesake({ name }: ComparedRun, { runs, label }: Side): ComparedRun {
  const found = runs.find((run) => run.name === name);
  if (found !== undefined) return found;
  const names = runs.map((run) => run.name);
  throw new UsageError(`${label}: ${unknownRun(name, names)}`);
}

function compareRuns(before: ComparedRun | null, after: ComparedRun | null): RunComparison {
  const ids = new Set([...(after?.claims.keys() ?? []), ...(before?.claims.keys() ?? [])]);
  return {
    before: before?.name ?? null,
    after: after?.name ?? null,
    claims: [...ids].map((id) => compareClaims(id, before?.claims.get(id) ?? null, after?.claims.get(id) ?? null)),
    differences: before === null || after === null ? [] : difference(before.origin, after.origin),
  };
}

function compareClaims(claim: string, before: Judged | null, after: Judged | null): ClaimComparison {
  if (before === null || after === null) return { claim, before, after, effect: null, moved: false };
  const effect = compareEffects(before, after);
  const moved = before.verdict !== after.verdict || effect === "beyond" || effect === "other unit";
  return { claim, before, after, effect, moved };
}
