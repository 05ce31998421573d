/** What moved between two runs: verdicts, effects, rows, and the circumstances behind them. */
import path from "node:path";
import { UsageError } from "../base";
import type { Verdict } from "../claims";
import type { Row, RowValue } from "../experiment";
import type { Effect } from "../report";
import type { Interval } from "../statistics";
import type { Provenance } from "../store";
import { referenceFolder } from "../store";
import { asReference, holdsRun, runsIn, unknownRun } from "./find-runs";
import { effectOf, type JudgedClaim, type NamedRuns, namedRuns, type StoredRun } from "./stored-run";

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
export function compareSides(before: NamedRuns, after: NamedRuns): RunComparison[] {
  const pairs = pairsOf(before, after);
  const compared = pairs.map(([earlier, later]) => compareRuns(earlier, later));
  if (compared.every(({ claims }) => claims.every(({ effect }) => effect === null))) {
    throw new UsageError(`${before.label} and ${after.label} have no claim in common`);
  }
  return compared;
}

/**
 * The two sides that are named; of one word, the reference is the other side, and of none, that of each run of one's own.
 *
 * @param words at most two, as `namedRuns` takes them
 * @throws UsageError when there is no such run
 */
export function comparedSides(words: readonly string[], results: string): readonly [NamedRuns, NamedRuns] {
  const [earlier, later] = words;
  if (earlier !== undefined && later !== undefined) return [namedRuns(earlier, results), namedRuns(later, results)];
  if (earlier !== undefined) {
    if (!holdsRun(path.join(results, earlier))) throw new UsageError(unknownRun(earlier, runsIn(results)));
    if (!holdsRun(path.join(results, asReference(earlier)))) {
      throw new UsageError(`there is no reference run of ${earlier}`, "Name two runs to compare them.");
    }
    return [namedRuns(asReference(earlier), results), namedRuns(earlier, results)];
  }
  if (runsIn(path.join(results, referenceFolder)).length === 0) {
    throw new UsageError(`there is no reference run in the folder ${results}`, "Name two runs to compare them.");
  }
  const [references, own] = [namedRuns(path.join(results, referenceFolder), results), namedRuns(results, results)];
  const runs = references.runs.filter(({ name }) => own.runs.some((run) => run.name === name));
  return [{ ...references, runs }, own];
}

/** @example compareEffects(anEffect, anEffect) // "same" */
export function compareEffects(
  before: Pick<Judged, "effect" | "unit">,
  after: Pick<Judged, "effect" | "unit">,
): EffectMove {
  if (before.unit !== after.unit) return "other unit";
  const [older, newer] = [before.effect, after.effect];
  if (older === null || newer === null) return older === newer ? "same" : "beyond";
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

type RunPair = readonly [StoredRun | null, StoredRun | null];

function pairsOf(before: NamedRuns, after: NamedRuns): RunPair[] {
  if (before.isRun && after.isRun) return [[before.runs[0]!, after.runs[0]!]];
  if (before.isRun) return [[before.runs[0]!, namesake(before.runs[0]!, after)]];
  if (after.isRun) return [[namesake(after.runs[0]!, before), after.runs[0]!]];
  const [older, newer] = [byName(before), byName(after)];
  const names = [...new Set([...older.keys(), ...newer.keys()])].sort();
  return names.map((name) => [older.get(name) ?? null, newer.get(name) ?? null]);
}

function byName({ runs }: NamedRuns): Map<string, StoredRun> {
  return new Map(runs.filter((run) => run.provenance().scale !== "smoke").map((run) => [run.name, run]));
}

function namesake({ name }: StoredRun, { runs, label }: NamedRuns): StoredRun {
  const found = runs.find((run) => run.name === name);
  if (found !== undefined) return found;
  const names = runs.map((run) => run.name);
  throw new UsageError(`${label}: ${unknownRun(name, names)}`);
}

/** Compares two runs claim by claim; one that is on one side alone has nothing to be compared with. */
export function compareRuns(before: StoredRun | null, after: StoredRun | null): RunComparison {
  const [older, newer] = [judgedClaims(before), judgedClaims(after)];
  const ids = new Set([...newer.keys(), ...older.keys()]);
  return {
    before: before?.name ?? null,
    after: after?.name ?? null,
    claims: [...ids].map((id) => compareClaims(id, older.get(id) ?? null, newer.get(id) ?? null)),
    differences: before === null || after === null ? [] : difference(before.provenance(), after.provenance()),
  };
}

function judgedClaims(run: StoredRun | null): Map<string, Judged> {
  return new Map((run?.claims() ?? []).map((row) => [row.claim, judged(row)]));
}

function judged(row: JudgedClaim): Judged {
  const { verdict, unit, rule } = row;
  return { verdict, effect: effectOf(row), unit, rule };
}

function compareClaims(claim: string, before: Judged | null, after: Judged | null): ClaimComparison {
  if (before === null || after === null) return { claim, before, after, effect: null, moved: false };
  const effect = compareEffects(before, after);
  const moved = before.verdict !== after.verdict || effect === "beyond" || effect === "other unit";
  return { claim, before, after, effect, moved };
}

/** What a run says of a claim. */
export interface Judged {
  readonly verdict: Verdict;
  /** Null where it could not be told. */
  readonly effect: Effect;
  readonly unit: string;
  readonly rule: string;
}

/** How the rows of two runs differ. */
export interface RowsComparison {
  /** How many rows either has, of the seeds that both have. */
  readonly before: number;
  readonly after: number;
  /** Whether all are the same, bit for bit, whatever their columns are called. */
  readonly equal: boolean;
  /** Columns that both have, and in which rows differ: compared row by row where there are as many on both sides. */
  readonly columns: readonly ColumnDifference[];
  /** Columns that hold the same under another name. */
  readonly renamed: readonly { readonly before: string; readonly after: string }[];
  /** Columns that only one of them has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

export interface ColumnDifference {
  readonly name: string;
  readonly unit: string;
  /** In so many rows. */
  readonly rows: number;
  /** The largest difference of two numbers; null where it is not numbers that differ. */
  readonly largest: number | null;
}

/** Compares the rows of two runs in their order, as far as both have the same seeds. */
export function compareRows(before: StoredRun, after: StoredRun): RowsComparison {
  const seeds = before.provenance().seeds.filter((seed) => after.provenance().seeds.includes(seed));
  const shared = (run: StoredRun) => run.rows().filter(({ seed }) => seeds.includes(seed));
  const [then, now] = [shared(before), shared(after)];
  const names = (run: StoredRun) => run.columns().map(({ name }) => name);
  const [older, newer] = [names(before), names(after)];
  const [gone, come] = [older.filter((name) => !newer.includes(name)), newer.filter((name) => !older.includes(name))];
  const comparable = then.length === now.length;
  const isSame = (one: string, other: string) => differing(then, one, now, other).length === 0;
  const renamed = !comparable
    ? []
    : gone.flatMap((name) => {
        const heir = come.find((other) => isSame(name, other));
        return heir === undefined ? [] : [{ before: name, after: heir }];
      });
  const columns = !comparable
    ? []
    : after
        .columns()
        .filter(({ name }) => older.includes(name))
        .map(({ name, unit }) => columnDifference(name, unit, differing(then, name, now, name)))
        .filter(({ rows }) => rows > 0);
  const onlyBefore = gone.filter((name) => !renamed.some((one) => one.before === name));
  const onlyAfter = come.filter((name) => !renamed.some((one) => one.after === name));
  const equal = comparable && columns.length + onlyBefore.length + onlyAfter.length === 0;
  return { before: then.length, after: now.length, equal, columns, renamed, onlyBefore, onlyAfter };
}

type Pair = readonly [RowValue, RowValue];

/** The values of a column that differ, of as many rows. */
function differing(before: readonly Row[], name: string, after: readonly Row[], nameAfter: string): Pair[] {
  return before
    .map((row, i): Pair => [row[name] ?? null, after[i]![nameAfter] ?? null])
    .filter(([then, now]) => !Object.is(then, now));
}

/** How a column differs in the rows of which these pairs of values are. */
export function columnDifference(name: string, unit: string, pairs: readonly Pair[]): ColumnDifference {
  const distances = pairs.map(([then, now]) =>
    typeof then === "number" && typeof now === "number" ? Math.abs(now - then) : Number.NaN,
  );
  const largest = distances.some(Number.isNaN) ? null : distances.reduce((most, one) => Math.max(most, one), 0);
  return { name, unit, rows: pairs.length, largest };
}

/** What determines a run's figures, as its provenance tells it. */
type Circumstanced = Pick<
  Provenance,
  | "experiment"
  | "complete"
  | "scale"
  | "backend"
  | "precision"
  | "seeds"
  | "parameters"
  | "data"
  | "code"
  | "packages"
  | "machine"
  | "runtimes"
>;

/** One circumstance in two runs, in words; null where one of them has none of that name. */
export interface Difference {
  /** "commit", "parameter steps", "package zod", "device". */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** In what the circumstances of two runs differ. Times are left out, as they never agree. */
export function difference(before: Circumstanced, after: Circumstanced): Difference[] {
  const [older, newer] = [circumstances(before), circumstances(after)];
  return [...new Set([...older.keys(), ...newer.keys()])]
    .map((what) => ({ what, before: older.get(what) ?? null, after: newer.get(what) ?? null }))
    .filter((one) => one.before !== one.after);
}

/** Each circumstance by its name, what is nearest to the figures first. */
function circumstances(origin: Circumstanced): Map<string, string> {
  const { code, data, seeds, parameters, packages, machine, runtimes } = origin;
  const ofRuntimes = (text: (runtime: Provenance["runtimes"][number]) => string | null) =>
    [...new Set(runtimes.map(text).filter((found) => found !== null))].join("; ");
  const device = ofRuntimes(({ gpu, processor: { model, features } }) => gpu ?? [model, ...features].join(" "));
  return new Map([
    ["experiment", origin.experiment],
    ["scale", origin.scale],
    ...parameters
      .filter(({ name }) => name !== "seeds")
      .map(({ name, value }) => [`parameter ${name}`, value] as const),
    ["seeds", origin.complete ? seeds.join(", ") : `${seeds.join(", ")} and more to come`],
    ["data", data === null ? "its own" : `${data.name} ${data.checksum.slice(0, 8)}`],
    ["measuring code", code.cells.slice(0, 8)],
    ["training code", code.models.slice(0, 8)],
    ["commit", `${code.commit.slice(0, 8)}${code.dirty ? " with changes" : ""}`],
    ["backend", origin.backend],
    ["precision", origin.precision ?? "float32"],
    ["device", device || machine.processor],
    ["system", ofRuntimes(({ platform }) => platform) || machine.system],
    ["threads", ofRuntimes(({ threads }) => String(threads))],
    ["kernel settings", ofRuntimes(({ kernels }) => settingsText(kernels?.settings ?? {})) || "none"],
    ["TensorFlow", ofRuntimes(({ tensorFlowVersion }) => tensorFlowVersion)],
    ["Node", ofRuntimes(({ nodeVersion }) => nodeVersion) || machine.node],
    ...Object.entries(packages).map(([name, version]) => [`package ${name}`, version] as const),
  ]);
}

/** @example "ONEDNN_MAX_CPU_ISA=AVX2" */
function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
