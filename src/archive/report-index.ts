import { existsSync } from "node:fs";
import path from "node:path";
import { UsageError, writeFileAtomically } from "../base";
import { claims } from "../claims";
import { type IndexContent, type IndexedRun, indexFile, renderIndex } from "../report";
import { isDefaultRun, referenceFolder } from "../store";
import { findRuns, isReference } from "./find-runs";
import { effectOf, runInFolder } from "./stored-run";

export interface ReportIndexPlace {
  /** Folder that holds a folder for each run, and one with the reference runs. */
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
  const beside = pagesBeside.filter(({ href }) => existsSync(path.join(place.reports, href)));
  writeFileAtomically(file, renderIndex({ ...gatherRuns(place), beside }));
  return file;
}

/** Pages that the front page leads to where they lie beside it. */
const pagesBeside = [
  { label: "Playground", href: "playground.html" },
  { label: "Speeds", href: "benchmarks.html" },
];

/** Writes the page of all claims of one's own runs, where there is any, and that of the reference runs. */
export function writeReportIndexes({ results, reports }: Pick<ReportIndexPlace, "results" | "reports">): void {
  const names = findRuns(results);
  if (names.some((name) => !isReference(name))) writeReportIndex({ results, reports });
  if (names.some(isReference))
    writeReportIndex({ results: path.join(results, referenceFolder), reports: path.join(reports, referenceFolder) });
}

/**
 * What the index shows: the registry, every run with a folder of its own in `results`, and the reference runs beside them.
 *
 * A claim that only smoke runs judge keeps their experiment's command, without its options.
 */
export function gatherRuns({ results, reports, includeSmoke = false }: ReportIndexPlace): IndexContent {
  const read = findRuns(results).map((name) => indexedRun(name, results, reports));
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

/** What the files of a run tell. */
export interface RunFound {
  /** Null where claims.csv cannot be read. */
  readonly run: IndexedRun | null;
  /** Null where no file tells it. */
  readonly scale: string | null;
  /** When its files were last written, as far as they tell: ISO 8601, UTC. */
  readonly written: string | null;
  /** What is missing or damaged, one sentence each, by names that hold on every machine. */
  readonly faults: readonly string[];
}

/**
 * Reads what the index shows of a run; what is missing or damaged is named and left out.
 *
 * @param name of the run as `findRuns` gives it
 * @param reports folder of the reports, where the index stands
 */
export function indexedRun(name: string, results: string, reports: string): RunFound {
  const stored = runInFolder(path.join(results, name), name);
  const faults: string[] = [];
  const readable = <Value>(read: () => Value): Value | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(error.message);
      return null;
    }
  };
  const rows = readable(stored.claims);
  const origin = readable(stored.provenance);
  const report = `${name}.html`;
  const hasReport = existsSync(path.join(reports, report));
  if (!hasReport) faults.push(`the report ${report} is missing`);
  const scale = rows?.[0]?.scale ?? origin?.scale ?? null;
  const written = origin?.written?.at ?? origin?.ended ?? null;
  if (rows === null) return { run: null, scale, written, faults };

  const verdicts = rows.map((row) => ({
    claim: row.claim,
    verdict: row.verdict,
    effect: effectOf(row),
    unit: row.unit,
    statement: row.statement,
    source: row.source,
    rule: row.rule,
    paperValue: row.paper_value,
    reason: row.reason,
    sentence: row.sentence,
    range: row.range,
    postHoc: row.post_hoc,
    thumbnail: readable(() => stored.thumbnail(row.claim)),
  }));
  const run: IndexedRun = {
    name: path.basename(name),
    isDefault: origin !== null && isDefaultRun(path.basename(name), origin.experiment),
    isReference: isReference(name),
    scale: scale ?? "unknown",
    data: rows[0]?.data ?? "unknown",
    interim: rows.some(({ interim }) => interim),
    command: origin?.command ?? null,
    ended: origin?.ended ?? null,
    report: hasReport ? report.split("/").map(encodeURIComponent).join("/") : null,
    verdicts,
    maps: (origin?.vary && readable(() => stored.maps(claims))) ?? [],
  };
  return { run, scale, written, faults };
}
