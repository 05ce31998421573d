import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Verdict } from "../claims";
import type { Interval } from "../statistics";
import { type Origin, originSchema } from "./circumstances";
import { findRuns, holdsRun, unknownRun } from "./find-runs";
import { git } from "./git";
import { projectRoot } from "./project-root";
import { parseClaims } from "./read-run";
import { UsageError } from "./usage-error";

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
