import path from "node:path";
import { createColors } from "picocolors";
import type { RunState, Verification } from "../archive";
import { errorLines, exitStatus, plural, terminal } from "../base";
import {
  experimentsFolder,
  experimentsOption,
  type LookingOptions,
  lookingCommand,
  parseWords,
  readLookingOptions,
  type TypedLookingOptions,
} from "./options";

interface VerifyOptions extends TypedLookingOptions {
  readonly experiments?: string;
}

const before = `Examples:
  npx cnn-findings verify                    every run but those at the scale \`smoke\`, and every reference run
  npx cnn-findings verify block-deletion     one run
  npx cnn-findings verify --json --quiet     for scripts

Checks results against the code as it is, without measuring anything and without any store:
  altered      a file is not as the run wrote it (SHA256SUMS), or rows.csv differs from what was measured
  incomplete   files are missing, or seeds are still to come
  stale        today's code would measure cells again (it says which, and what changed), or judge claims otherwise
  current      none of these
`;

const after = `
Exit status:
  0 every run is current   1 one is not   2 misuse`;

/** Says which runs are as they were measured, and as today's code would measure them. */
export async function verify(words: readonly string[]): Promise<number> {
  const command = lookingCommand("verify", [experimentsOption()], { before, after })
    .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
    .usage("[name...] [options]");
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<VerifyOptions>();
  const experiments = experimentsFolder(typed);
  return verifyRuns({ ...readLookingOptions(typed), names: command.args, experiments });
}

interface VerifyRequest extends LookingOptions {
  /** Names of runs; all but those at the scale "smoke" when there are none. */
  readonly names: readonly string[];
  /** Folder of the experiments. */
  readonly experiments: string;
}

/**
 * Verifies runs one after another and tells of each.
 *
 * @returns the exit status: 1 where a run is not current, or could not be looked at
 * @throws UsageError for a run that is not there, and where there is none
 */
async function verifyRuns({ names, experiments, results, json, quiet, debug, colour }: VerifyRequest): Promise<number> {
  // Only now: `--help` and misuse do not wait for it to load.
  const { chooseRuns, findRuns, verifyRun } = require("../archive") as typeof import("../archive");
  const { dataLookUp } = require("../run") as typeof import("../run");
  const screen = terminal({ quiet, colour });
  const chosen = chooseRuns(names, findRuns(results), results);
  const place = { results, experiments, findData: dataLookUp() };
  const width = Math.max(...chosen.map((name) => name.length));
  const paint = stateColours(screen.colourResults);
  const verified: Verification[] = [];
  let failures = 0;
  for (const name of chosen) {
    try {
      const found = await verifyRun(name, place);
      if (names.length === 0 && found.scale === "smoke") continue;
      verified.push(found);
      if (json || (quiet && found.state === "current")) continue;
      for (const line of verificationLines(found, width, paint)) screen.print(line);
    } catch (error) {
      failures++;
      screen.warn(screen.colours.red(`failed: ${name}`));
      for (const line of errorLines(error, debug)) screen.warn(`  ${line.replaceAll("\n", "\n  ")}`);
    }
  }
  const current = verified.filter(({ state }) => state === "current").length;
  const notRun = names.length > 0 ? [] : withoutRun(experiments, verified);
  if (json) screen.print(JSON.stringify({ current, runs: verified, not_run: notRun }, null, 2));
  else if (!quiet) {
    screen.print(`${current} of ${plural(verified.length + failures, "run")} current`);
    if (notRun.length > 0) screen.print(`not run: ${notRun.join(", ")}`);
  }
  return current === verified.length && failures === 0 ? exitStatus.success : exitStatus.failure;
}

/** Experiments of which there is no run of their own name, not even a reference. */
function withoutRun(experiments: string, verified: readonly Verification[]): string[] {
  const { findExperiments } = require("../experiment") as typeof import("../experiment");
  const names = findExperiments(experiments, []).map(({ definition }) => definition.name);
  return names.filter((name) => !verified.some(({ run }) => path.basename(run) === name));
}

/** One line for a run that is current, else one more for each thing that was found, and how to mend them. */
function verificationLines(
  { run, state, findings, notes, command, cells, claims }: Verification,
  width: number,
  paint: Readonly<Record<RunState, (text: string) => string>>,
): string[] {
  const counts = `${plural(cells, "cell")}, ${plural(claims, "claim")}`;
  const line = `${run.padEnd(width)}  ${paint[state](state.padEnd("incomplete".length))}  ${counts}`;
  return [
    line,
    ...findings.map((finding) => `  ${finding.state}: ${finding.text}`),
    ...notes.map((note) => `  note: ${note}`),
    ...(findings.length > 0 && command !== null ? [`  again: ${command}`] : []),
  ];
}

function stateColours(colour: boolean): Readonly<Record<RunState, (text: string) => string>> {
  const { red, yellow, cyan, green } = createColors(colour);
  return { altered: red, incomplete: cyan, stale: yellow, current: green };
}
