/** The commands on stored runs: compare, verify, judge, export, playground, watch. They measure nothing, but for `verify --attest`. */
import path from "node:path";
import { Option } from "commander";
import { createColors } from "picocolors";
import type { RunState, Verification } from "../archive";
import {
  commandText,
  errorLines,
  exitStatus,
  plural,
  programWords,
  relative,
  terminal,
  UsageError,
  writeFileAtomically,
} from "../base";
import {
  experimentsFolder,
  experimentsOption,
  type LookingOptions,
  lookingCommand,
  manners,
  outputFolders,
  parseWords,
  programCommand,
  readLookingOptions,
  readManners,
  type TypedLookingOptions,
  type TypedManners,
  typedWords,
} from "./options";

const compareBefore = `Examples:
  npx cnn-findings compare                                     every run of results/ with the reference run of its name
  npx cnn-findings compare block-deletion                      one run with its reference
  npx cnn-findings compare block-deletion block-deletion-cifar10    two runs
  npx cnn-findings compare HEAD~1:path-counts path-counts      a run as a commit has it, and as it is now
  npx cnn-findings compare ../other/results results --quiet    all runs of two folders by their names; only what moved

Joins what two runs say of each claim: verdict, effect and interval, before and after; and says in what their circumstances
differ. A verdict moved when it is another one, an effect when one of the two intervals does not hold the other's effect.
`;

const compareAfter = `
A run is named by its folder in results/ or results/reference/, by a path, or by COMMIT:NAME; a folder of runs by a path or by
COMMIT:results. What stands on one side alone is told of and did not move; of folders, runs at the scale \`smoke\` are left out.

Exit status:
  0 nothing moved   1 a verdict or an effect moved   2 misuse, or a run that cannot be read`;

/** Says which verdicts and effects moved between two runs. */
export async function compare(words: readonly string[]): Promise<number> {
  const command = lookingCommand("compare", [], { before: compareBefore, after: compareAfter })
    .argument("[before]", "the earlier run, or a folder of runs; the reference where only one run is named")
    .argument("[after]", "the later one; all of one's own runs when none is named")
    .usage("[[before] after] [options]");
  if (!parseWords(command, words)) return exitStatus.success;
  const { results, json, quiet, colour } = readLookingOptions(command.opts<TypedLookingOptions>());
  // Only now: `--help` and misuse do not wait for it to load.
  const archive = require("../archive") as typeof import("../archive");
  const [earlier, later] = archive.comparedSides(command.args, results);
  const runs = archive.compareSides(earlier, later);
  const screen = terminal({ quiet, colour });
  if (json)
    screen.print(JSON.stringify(archive.comparisonJson({ before: earlier.label, after: later.label }, runs), null, 2));
  else for (const line of archive.comparisonLines(runs, { colour: screen.colourResults, quiet })) screen.print(line);
  return archive.movedClaims(runs) > 0 ? exitStatus.failure : exitStatus.success;
}

interface VerifyOptions extends TypedLookingOptions {
  readonly experiments?: string;
  readonly attest?: string;
  readonly scale?: "smoke" | "quick";
  readonly cells?: string;
  readonly renamed?: string;
  readonly workers?: string;
}

const verifyBefore = `Examples:
  npx cnn-findings verify                    every run but those at the scale \`smoke\`, and every reference run
  npx cnn-findings verify block-deletion     one run
  npx cnn-findings verify --json --quiet     for scripts
  npx cnn-findings verify --attest HEAD~1    whether the last commit gives equal results; measures cells by both

Checks results against the code as it is, without measuring anything and without any store:
  altered      a file is not as the run wrote it (SHA256SUMS), or rows.csv differs from what was measured
  incomplete   files are missing, or seeds are still to come
  stale        today's code would measure cells again (it says which, and what changed), or judge claims otherwise
  current      none of these

With --attest it measures cells by an earlier commit and by today's code, in a temporary checkout and here, and compares rows
and weights bit for bit, but for columns of time and memory. An experiment all of whose cells are equal is attested beside the
reference runs, and results of its earlier code stay current. Names are then those of experiments; without any, all that have a
reference run. Measured cells are kept in results/store/attest/: the same command goes on from them.
`;

const verifyAfter = `
Exit status:
  0 every run is current, or with --attest no cell differs   1 one is not, or does   2 misuse
  130 interrupted: the same command resumes`;

/** Options of `--attest`, in the order in which the help text lists them. */
function attestOptions(): Option[] {
  return [
    new Option("--attest <revision>", "compares today's code with an earlier commit, and attests what is equal"),
    new Option("--scale <scale>", "smoke: all smoke cells (the default); quick: quick cells, too").choices([
      "smoke",
      "quick",
    ]),
    new Option("--cells <count>", "so many quick cells of each experiment, the cheapest first (default: all)"),
    new Option("--workers <count>", "cells that are measured side by side, or auto: one a core (default: auto)"),
    new Option("--renamed <file>", 'names that columns had before, and have now: { "pictures": "images" }'),
  ].map((option) => option.helpGroup("Attesting:"));
}

/**
 * Says which runs are as they were measured, and as today's code would measure them; or attests that two revisions measure alike.
 *
 * @param setUp makes TensorFlow ready; gives the exit status
 */
export async function verify(words: readonly string[], setUp: () => number): Promise<number> {
  const command = lookingCommand("verify", [experimentsOption()], { before: verifyBefore, after: verifyAfter })
    .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
    .usage("[name...] [options]");
  for (const option of attestOptions()) command.addOption(option);
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<VerifyOptions>();
  const experiments = experimentsFolder(typed);
  const looking = readLookingOptions(typed);
  const { attest: revision, cells, renamed, workers = "auto", experiments: others } = typed;
  if (revision === undefined) {
    const stray = (["scale", "cells", "workers", "renamed"] as const).find((name) => typed[name] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray} ${typed[stray]}: only with --attest`);
    return verifyRuns({ ...looking, names: command.args, experiments });
  }
  if (others !== undefined) {
    throw new UsageError(
      "--experiments does not go with --attest",
      "It compares the experiments of the checkout itself.",
    );
  }
  if (cells !== undefined && !/^[1-9]\d{0,5}$/.test(cells)) {
    throw new UsageError(`--cells ${cells}: need a whole number, at least 1`, "For example: --cells 1");
  }
  if (cells !== undefined && typed.scale === "smoke") {
    throw new UsageError(`--cells ${cells} chooses among quick cells`, "Leave --scale smoke out.");
  }
  const { attest } = require("./attest") as typeof import("./attest");
  const request = {
    ...looking,
    revision,
    names: command.args,
    experiments,
    scale: cells === undefined ? (typed.scale ?? "smoke") : "quick",
    cells: cells === undefined ? null : Number(cells),
    workers,
    renamed: renamed ?? null,
    command: commandText([...programWords(), "verify", ...typedWords(command)]),
  } as const;
  return attest(request, setUp);
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

interface JudgeOptions extends TypedLookingOptions {
  readonly reports?: string;
  readonly experiments?: string;
}

const judgeBefore = `Examples:
  npx cnn-findings judge                            every run, and every reference run
  npx cnn-findings judge reference/block-deletion   one run

Judges the rows of stored runs by today's rules, and writes their claims, pages and thumbnails anew, and the page of all claims.
Nothing is measured, and no store is needed. A run with seeds still to come is judged by those that it has, a map of verdicts point by
point. Rows that were changed by hand are not judged.
`;

const judgeAfter = `
Exit status:
  0 all are judged   1 a run could not be judged   2 misuse`;

/** Judges stored runs anew. */
export async function judge(words: readonly string[]): Promise<number> {
  const command = lookingCommand("judge", [experimentsOption()], { before: judgeBefore, after: judgeAfter })
    .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
    .option("--reports <folder>", "HTML reports (default: where each run has its page)")
    .usage("[name...] [options]");
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<JudgeOptions>();
  const { results, reports } = outputFolders(typed);
  const pages = new Set<string>();
  const { json, quiet, debug, colour } = readLookingOptions(typed);
  // Only now: `--help` and misuse do not wait for it to load.
  const archive = require("../archive") as typeof import("../archive");
  const screen = terminal({ quiet, colour });
  const chosen = archive.chooseRuns(command.args, archive.findRuns(results), results);
  const judged: object[] = [];
  let failures = 0;
  for (const name of chosen) {
    try {
      const { before, after, points, ...place } = await archive.rejudge(name, {
        results,
        reports: typed.reports === undefined ? null : reports,
        experiments: experimentsFolder(typed),
      });
      const claims = after.map(({ claim, verdict, effect, reason }) => {
        const { verdict: was = null } = before.find((one) => one.claim === claim.id) ?? {};
        return { claim: claim.id, before: was, after: verdict, effect, unit: claim.unit, reason };
      });
      pages.add(place.reports);
      judged.push({ run: name, claims, points });
      if (json) continue;
      const moved = claims.filter((one) => one.before !== one.after);
      screen.say(`${name}: ${plural(claims.length, "claim")}, ${moved.length === 0 ? "verdicts as before" : "moved:"}`);
      for (const one of moved)
        screen.print(`  ${one.claim}  ${one.before ?? "not judged"} -> ${one.after}: ${one.reason}`);
      if (points !== null) screen.say(`  ${points.same} of ${points.all} points of its maps as before`);
    } catch (error) {
      failures++;
      screen.warn(screen.colours.red(`failed: ${name}`));
      for (const line of errorLines(error, debug)) screen.warn(`  ${line.replaceAll("\n", "\n  ")}`);
    }
  }
  if (json) screen.print(JSON.stringify(judged, null, 2));
  for (const one of pages) archive.writeReportIndexes({ results, reports: one });
  return failures > 0 ? exitStatus.failure : exitStatus.success;
}

interface ExportOptions extends TypedManners {
  readonly columns: "1" | "2";
  readonly out?: string;
  readonly results?: string;
  readonly experiments?: string;
}

const exportBefore = `Examples:
  npx cnn-findings export                                  every run but those at the scale \`smoke\`
  npx cnn-findings export block-deletion                into results/block-deletion/paper/
  npx cnn-findings export block-deletion --columns 2    figures across both columns of a page

Writes what a paper takes over of a run: every figure as SVG and PDF, every table for LaTeX and as CSV, their captions, the
headline figures as LaTeX commands, a bibliography of the sources, and example.tex, which uses all of them.
`;

const exportAfter = `
Figures are drawn by a Chromium on PATH, or by the one that the variable CHROMIUM names.

Exit status:
  0 all is written   1 a run could not be exported   2 misuse`;

/** Writes figures, tables, numbers and sources of runs for a paper. */
export async function exportForPaper(words: readonly string[]): Promise<number> {
  const command = programCommand("export", { before: exportBefore, after: exportAfter })
    .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
    .usage("[name...] [options]")
    .addOption(
      new Option("--columns <count>", "columns of a page that a figure goes over: 85 or 178 mm")
        .choices(["1", "2"])
        .default("1"),
    )
    .option("--out <folder>", "where each run gets a folder of its name (default: results/<run>/paper)")
    .option("--results <folder>", "tables of the runs (default: the project's results/)")
    .addOption(experimentsOption());
  manners(command, { quiet: "prints failures only" });
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<ExportOptions>();
  // Only now: `--help` and misuse do not wait for it to load.
  const { exportRuns } = require("../archive") as typeof import("../archive");
  return exportRuns({
    ...readManners(typed),
    names: command.args,
    columns: typed.columns === "1" ? 1 : 2,
    out: typed.out === undefined ? null : path.resolve(typed.out),
    results: outputFolders(typed).results,
    experiments: experimentsFolder(typed),
  });
}

interface WatchOptions {
  readonly port?: string;
  readonly results?: string;
}

const playgroundBefore = `Examples:
  npx cnn-findings playground                              the newest finished run of block-deletion
  npx cnn-findings playground --run block-deletion-smoke   another run

Writes one page that needs no network: a person deletes blocks of a run's trained networks, or puts them into another order, and
sees the test error there and then, beside the paper's. The networks are those of the run's first seed, their weights in half
floats.
`;

const playgroundAfter = `
The page is written into the folder of the reports, as playground.html; for a run that is named, behind its name.

Exit status:
  0 the page is written   2 misuse, or no run with trained networks`;

interface PlaygroundOptions extends TypedManners {
  readonly run?: string;
  readonly results?: string;
  readonly reports?: string;
}

/** Writes a page on which a person cuts trained networks. */
export async function playground(words: readonly string[]): Promise<number> {
  const command = programCommand("playground", { before: playgroundBefore, after: playgroundAfter })
    .usage("[options]")
    .option("--run <name>", "the run, by the name of its folder in results/")
    .option("--results <folder>", "tables and store of the runs (default: the project's results/)")
    .option("--reports <folder>", "where the page is written (default: the project's reports/)");
  manners(command, { quiet: "prints failures only" });
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<PlaygroundOptions>();
  const { results, reports } = outputFolders(typed);
  const { quiet, colour } = readManners(typed);
  // Only now: `--help` and misuse do not wait for it to load.
  const { cutRun, pageScripts, renderPlayground } = require("../playground") as typeof import("../playground");
  const run = await cutRun(typed.run ?? null, results);
  const page = renderPlayground(run, await pageScripts());
  const name = typed.run === undefined ? "playground.html" : `${path.basename(run.name)}-playground.html`;
  const file = path.join(reports, name);
  writeFileAtomically(file, page);
  const names = run.data.networks.map(({ architecture }) => architecture.name).join(", ");
  terminal({ quiet, colour }).say(`${names} of ${run.name}, ${(page.length / 1e6).toFixed(1)} MB -> ${relative(file)}`);
  return exitStatus.success;
}

const watchBefore = `Examples:
  npx cnn-findings watch                           the run that is under way, and the next one when it begins
  npx cnn-findings watch block-deletion         runs of this experiment
  npx cnn-findings watch block-deletion-smoke   this run

Serves a page of a run under way: cells done, under way and failed, the time left, curves of the trainings so far, and
verdicts so far. It follows what the run writes into its results, and the run does not know of it: begin and end it at any time.
`;

const watchAfter = `
The page is served to this machine alone. Ctrl-C ends it; the run goes on.

Exit status:
  0 ended by Ctrl-C   1 something failed   2 misuse`;

/** Shows a run under way as a page. */
export async function watch(words: readonly string[]): Promise<number> {
  const command = programCommand("watch", { before: watchBefore, after: watchAfter })
    .argument("[name]", "a run, by the name of its folder in results/, or an experiment")
    .usage("[name] [options]")
    .option("--port <number>", "port on 127.0.0.1 (default: one that is free)")
    .option("--results <folder>", "tables and store of the runs (default: the project's results/)")
    .addOption(new Option("--debug", "shows stack traces"));
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<WatchOptions>();
  const [port, { results }] = [readPort(typed.port), outputFolders(typed)];
  // Only now: `--help` and misuse do not wait for it to load.
  const { watchRuns } = require("../archive") as typeof import("../archive");
  return watchRuns({ name: command.args[0] ?? null, port, results });
}

function readPort(typed: string | undefined): number {
  if (typed === undefined) return 0;
  if (/^\d{1,5}$/.test(typed) && Number(typed) <= 65_535) return Number(typed);
  throw new UsageError(`--port ${typed}: need a whole number up to 65535`, "For example: --port 6007");
}
