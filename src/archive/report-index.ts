import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../base";
import { claims } from "../claims";
import { type IndexContent, indexFile, renderIndex } from "../report";
import { readRun } from "./read-run";

export interface ReportIndexPlace {
  /** Folder that holds a folder for each run. */
  readonly results: string;
  /** Folder of the reports, where the index is written. */
  readonly reports: string;
  /** Runs at the scale "smoke" show that everything works, and nothing about a claim: they are left out by default. */
  readonly includeSmoke?: boolean;
}

/** Path of the page of all claims: reports/index.html. */
export function reportIndexFile({ reports }: Pick<ReportIndexPlace, "reports">): string {
  return path.join(reports, indexFile);
}

/**
 * Writes the page of all claims from the files of every run: whole or not at all. Files that are missing
 * or damaged are named on the page.
 *
 * @returns path of the page
 * @throws FileError where the page cannot be written
 */
export function writeReportIndex(place: ReportIndexPlace): string {
  const file = reportIndexFile(place);
  writeFileAtomically(file, renderIndex(gatherRuns(place)));
  return file;
}

/**
 * What the index shows: the registry, and every run with a folder of its own in `results`.
 *
 * A claim that only smoke runs judge keeps their experiment's command, without its options.
 */
export function gatherRuns({ results, reports, includeSmoke = false }: ReportIndexPlace): IndexContent {
  const folders = existsSync(results) ? readdirSync(results, { withFileTypes: true }) : [];
  const read = folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readRun(path.join(results, name), reports))
    .filter((found) => found !== null);
  const shown = read.filter(({ scale }) => includeSmoke || scale !== "smoke");
  const commands = read.flatMap(({ run }) =>
    (run?.verdicts ?? []).map(({ claim }) => [claim, run?.command?.split(" --")[0] ?? null] as const),
  );
  return {
    claims,
    runs: shown.map(({ run }) => run).filter((run) => run !== null),
    commands: new Map(commands.filter((entry): entry is readonly [string, string] => entry[1] !== null)),
    faults: shown.flatMap(({ faults }) => faults).sort(),
  };
}
