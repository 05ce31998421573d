import { createColors } from "picocolors";
import { chooseRuns, findRuns, type RunState, type Verification, verifyRun } from "../archive";
import { errorLines, exitStatus, plural, terminal } from "../base";
import { findExperiments } from "../experiment";

import { dataLookUp } from "../run";

import type { LookingOptions } from "./looking-command";

export interface VerifyRequest extends LookingOptions {
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
export async function verifyRuns({
  names,
  experiments,
  results,
  json,
  quiet,
  debug,
  colour,
}: VerifyRequest): Promise<number> {
  const screen = terminal({ quiet, colour });
  const params = chooseRuns(names, findRuns(results), results);
  const place = { results, experiments, findData: dataLookUp() };
  const width = Math.max(...params.map((name) => name.length));
  const paint = stateColours(screen.colourResults);
  const verified: Verification[] = [];
  let failures = 0;
  for (const name of params) {
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

/** Experiments of which there is no run of their own name. */
function withoutRun(experiments: string, verified: readonly Verification[]): string[] {
  const names = findExperiments(experiments, []).map(({ definition }) => definition.name);
  return names.filter((name) => !verified.some(({ run }) => run === name));
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
