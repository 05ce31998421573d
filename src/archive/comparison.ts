import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { git, projectRoot, UsageError } from "../base";

import type { Verdict } from "../claims";
import type { Interval } from "../statistics";
import { findRuns, holdsRun, unknownRun } from "./find-runs";
import { parseClaims } from "./read-run";

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

/** What a run says of a claim. */
export interface Judged {
  readonly verdict: Verdict;
  readonly effect: Omit<Interval, "confidence">;
  readonly unit: string;
  readonly rule: string;
}

/** A run as it is compared. */
export interface ComparedRun {
  /** That of its folder. */
  readonly name: string;
  readonly claims: ReadonlyMap<string, Judged>;
  readonly origin: Origin;
}

/** One side of a comparison. */
export interface Side {
  /** As it was asked for. */
  readonly label: string;
  /** Whether it is one run, and not a folder of runs. */
  readonly isRun: boolean;
  readonly runs: readonly ComparedRun[];
}

/** A run, wherever its files are. */
interface RunFiles {
  readonly name: string;
  /** Text of one of its files. Throws where there is none. */
  text(file: string): string;
}

/** A run's files, or those of each run in a folder. */
interface Place {
  readonly isRun: boolean;
  readonly runs: readonly RunFiles[];
}

/**
 * Reads one side of a comparison.
 *
 * @param word name of a run in `results`; a run's folder; a folder of runs, such as another checkout's results/; or
 *   either as it was in a commit: "HEAD~1:block-deletion", "v1:results"
 * @param results folder of the runs that are known by name
 * @param root folder whose repository holds the commits
 * @throws UsageError when there is no such thing, and for each run whose files are missing or damaged
 */
export function readSide(word: string, results: string, root = projectRoot): Side {
  const { isRun, runs } = placeOf(word, results, root);
  const problems: string[] = [];
  const read = runs.flatMap((run): ComparedRun[] => {
    try {
      return [readRun(run)];
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      problems.push(`${word}: cannot read the run ${run.name}: ${reason}`);
      return [];
    }
  });
  if (problems.length > 0) throw new UsageError(problems, "What can be read is compared by its name.");
  return { label: word, isRun, runs: read };
}

function readRun({ name, text }: RunFiles): ComparedRun {
  const claims = parseClaims(text("claims.csv")).map((row): [string, Judged] => [
    row.claim,
    {
      verdict: row.verdict,
      effect: { estimate: row.effect, low: row.ci_low, high: row.ci_high, count: row.seeds },
      unit: row.unit,
      rule: row.rule,
    },
  ]);
  return { name, claims: new Map(claims), origin: originSchema.parse(JSON.parse(text("provenance.json"))) };
}

function placeOf(word: string, results: string, root: string): Place {
  const named = path.join(results, word);
  if (!/[/\\]/.test(word) && holdsRun(named)) return { isRun: true, runs: [runOnDisk(named)] };
  const folder = path.resolve(word);
  if (existsSync(folder)) {
    if (holdsRun(folder)) return { isRun: true, runs: [runOnDisk(folder)] };
    const names = findRuns(folder);
    if (names.length === 0) throw new UsageError(`there is no run in the folder ${folder}`);
    return { isRun: false, runs: names.map((name) => runOnDisk(path.join(folder, name))) };
  }
  const [, commit, within] = /^([^:]+):(.*)$/.exec(word) ?? [];
  if (commit !== undefined && within !== undefined) return placeInCommit(commit, within, root);
  throw new UsageError(
    `${word} is neither a folder nor a run. ${unknownRun(word, findRuns(results))}`,
    "What a commit holds is named by COMMIT:RUN, such as HEAD~1:block-deletion.",
  );
}

function runOnDisk(folder: string): RunFiles {
  return { name: path.basename(folder), text: (file) => readFileSync(path.join(folder, file), "utf8") };
}

/** @param within a path from the root, or the name of a run in results/; results/ itself where empty */
function placeInCommit(commit: string, within: string, root: string): Place {
  if (attempt(() => git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`)) === null) {
    throw new UsageError(
      `there is no commit ${commit} here`,
      "`git log --oneline -- results` lists those with results.",
    );
  }
  const asked = within.replace(/\/+$/, "") || "results";
  for (const folder of [asked, `results/${asked}`]) {
    const listed = attempt(() => git(root, "ls-tree", "-r", "-z", "--name-only", `${commit}:./${folder}`));
    const files = listed?.split("\0") ?? [];
    const run = (name: string, inside: string): RunFiles => ({
      name,
      text(file) {
        const found = attempt(() => git(root, "show", `${commit}:./${inside}/${file}`));
        if (found === null) throw new RangeError(`${file} is missing`);
        return found;
      },
    });
    if (files.includes("claims.csv")) return { isRun: true, runs: [run(path.basename(folder), folder)] };
    const names = files.filter((file) => /^[^/]+\/claims\.csv$/.test(file)).map((file) => file.split("/")[0]!);
    if (names.length > 0) return { isRun: false, runs: names.map((name) => run(name, `${folder}/${name}`)) };
  }
  throw new UsageError(
    `the commit ${commit} holds no run ${asked}`,
    `\`git ls-tree ${commit} results/\` lists what it has.`,
  );
}

/** Null where git refuses. */
function attempt(ask: () => string): string | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

/** What determines a run's figures, as its provenance tells it; what an older version did not write is left out. */
export type Origin = z.infer<typeof originSchema>;

export const originSchema = z.object({
  experiment: z.string(),
  complete: z.boolean(),
  scale: z.string(),
  backend: z.string(),
  seeds: z.array(z.number()),
  parameters: z.array(z.object({ name: z.string(), value: z.string() })),
  data: z.object({ name: z.string(), checksum: z.string() }).nullable(),
  code: z.object({ commit: z.string(), dirty: z.boolean().nullable(), cells: z.string(), models: z.string() }),
  packages: z.record(z.string(), z.string()),
  machine: z.object({ node: z.string(), system: z.string(), processor: z.string() }),
  runtimes: z.array(
    z.object({
      tensorFlowVersion: z.string().nullable(),
      nodeVersion: z.string(),
      gpu: z.string().nullable(),
      threads: z.number(),
      processor: z.object({ model: z.string(), features: z.array(z.string()) }),
      platform: z.string(),
    }),
  ),
});

/** One circumstance in two runs, in words; null where one of them has none of that name. */
export interface Difference {
  /** "commit", "parameter steps", "package zod", "device". */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** In what the circumstances of two runs differ. Times are left out, as they never agree. */
export function difference(before: Origin, after: Origin): Difference[] {
  const [older, newer] = [circumstances(before), circumstances(after)];
  return [...new Set([...older.keys(), ...newer.keys()])]
    .map((what) => ({ what, before: older.get(what) ?? null, after: newer.get(what) ?? null }))
    .filter((one) => one.before !== one.after);
}

/** Each circumstance by its name, what is nearest to the figures first. */
function circumstances(origin: Origin): Map<string, string> {
  const { code, data, seeds, parameters, packages, machine, runtimes } = origin;
  const ofRuntimes = (text: (runtime: Origin["runtimes"][number]) => string | null) =>
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
    ["device", device || machine.processor],
    ["system", ofRuntimes(({ platform }) => platform) || machine.system],
    ["threads", ofRuntimes(({ threads }) => String(threads))],
    ["TensorFlow", ofRuntimes(({ tensorFlowVersion }) => tensorFlowVersion)],
    ["Node", ofRuntimes(({ nodeVersion }) => nodeVersion) || machine.node],
    ...Object.entries(packages).map(([name, version]) => [`package ${name}`, version] as const),
  ]);
}
