import path from "node:path";
import { reportIndexFile, writeReportIndex } from "../archive/report-index";
import { exitStatus, type Terminal, terminal, UsageError } from "../base";

import type { DataProgress } from "../data";
import type { AnyExperiment } from "../experiment/experiment";
import type { JobsReport } from "../slurm/jobs";
import type { JobsAction } from "../slurm/options";
import type { CellRecord } from "../store/cell-record";
import { makeFolders } from "../store/run-folders";
import { type Calibration, calibration } from "./calibration";
import { cellName } from "./cell-name";
import type { Placement } from "./cores";
import { dryRunJson, dryRunLines } from "./dry-run";
import { duration, worksInOrder } from "./estimate";
import { findData } from "./find-data";
import { chooseLauncher } from "./launcher";
import { completeSeeds, type Measuring, measureCells } from "./measure-cells";
import { type Surroundings, surroundings } from "./provenance";
import { outcomeJson, type Results, verdictTable, writeResults } from "./results";
import { headLines, plural, relative } from "./run-head";
import type { RunOptions } from "./run-options";

import { cellsToMeasure, keepReadings, type PlannedCell, planRun, type RunPlan, storedNetworks } from "./run-plan";
import { type CurveFollower, followTrainings } from "./training-curves";

/** A run that is planned, with all that it needs to begin. */
export interface PreparedRun {
  readonly plan: RunPlan;
  readonly surroundings: Surroundings;
  readonly toDo: readonly PlannedCell[];
  /** Networks in the model store that it asks for, as known before the run. */
  readonly stored: ReadonlySet<string>;
  readonly placements: readonly Placement[];
  readonly speed: Calibration;
  /** Work a second of one worker, as known before the run. */
  readonly rate: number;
  readonly screen: Terminal;
}

/** How a run ended. */
export interface RunOutcome {
  /** Stopped by Ctrl-C: nothing was judged. */
  readonly interrupted: boolean;
  /** Cells that failed. */
  readonly failures: number;
  /** Cells that are not measured. */
  readonly missing: number;
  /** The seeds that were judged by: those all of whose cells are measured. */
  readonly seeds: readonly number[];
  /** Null where no seed is complete, or where the run was for some of its cells alone. */
  readonly results: Results | null;
  readonly seconds: number;
}

/**
 * Runs an experiment: measures the cells that are not in the store yet, judges, and writes tables and report.
 *
 * @returns the exit status
 * @throws UsageError, or what ended the run as a whole
 */
export async function runExperiment(
  definition: AnyExperiment,
  experimentFile: string,
  options: RunOptions,
): Promise<number> {
  const screen = terminal({ quiet: options.quiet, colour: options.colour });
  const plan = await planRun(definition, experimentFile, options, () => lookUpData(options, screen));
  const run = prepareRun(plan, surroundings(), screen);
  const { toDo, placements, rate } = run;
  const works = worksInOrder(toDo, run.stored);

  if (!options.dryRun) makeFolders(plan.folders);
  if (!options.dryRun && options.jobs !== null && options.jobs !== "collect") {
    const { lines, json } = await jobsOf(run, options.jobs);
    screen.print(options.json ? JSON.stringify(json, null, 2) : lines.join("\n"));
    if (options.jobs === "submit") for (const line of afterSubmission(options.command)) screen.say(line);
    return exitStatus.success;
  }
  const head = { plan, code: run.surroundings.code, toDo, works, placements, rate, strong: screen.colours.bold };
  for (const line of headLines(head)) screen.say(line);
  for (const notice of plan.notices) screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify(dryRunJson({ plan, toDo, works, rate }), null, 2));
    else for (const line of dryRunLines({ plan, toDo, works, rate, workers: placements.length })) screen.print(line);
    return exitStatus.success;
  }

  const outcome = await carryOut(run);
  if (outcome.interrupted) {
    const measured = plan.cells.length - outcome.missing;
    screen.warn(`interrupted: ${measured} of ${plural(plan.cells.length, "cell")} are measured and kept`);
    screen.warn(`resume with: ${options.command}`);
    return exitStatus.interrupted;
  }
  tellOutcome(run, outcome);
  if (outcome.failures > 0) return exitStatus.failure;
  return options.strict && !allReproduced(outcome) ? exitStatus.notReproduced : exitStatus.success;
}

/** Chooses the cells to measure and the workers that do it, and looks up how fast they were before. */
export function prepareRun(plan: RunPlan, around: Surroundings, screen: Terminal): PreparedRun {
  const { options, definition, folders, threads } = plan;
  const toDo = cellsToMeasure(plan);
  const launcher = chooseLauncher(options);
  const placements = launcher.placements(toDo.length);
  // Small cells spend their time on other things than large ones: each scale has a pace of its own.
  const circumstances = [
    options.scale,
    options.data ?? "own data",
    options.backend,
    launcher.machine ?? around.machine.processor,
    plural(threads, "thread"),
  ];
  const speed = calibration(path.join(folders.store, "calibration.json"), circumstances.join(", "));
  const [stored, rate] = [storedNetworks(plan), speed.rate(definition.name)];
  return { plan, surroundings: around, toDo, stored, placements, speed, rate, screen };
}

/**
 * Measures the cells to do, judges, and writes tables and report.
 *
 * @param whole where the run is one of many: says of the whole what is left, given the seconds left of this run
 * @throws what ended the run; the cells measured until then are kept
 */
export async function carryOut(
  { plan, surroundings: around, toDo, placements, speed, rate, screen }: PreparedRun,
  whole: ((secondsLeft: number) => string) | null = null,
): Promise<RunOutcome> {
  const started = new Date();
  const records = new Map<string, CellRecord>();
  for (const { id, cached } of plan.cells) if (cached !== null) records.set(id, cached);
  const write = (seeds: readonly number[], complete: boolean) =>
    writeResults({ plan, surroundings: around, placements, records, seeds, complete, started, ended: new Date() });
  const stored = storedNetworks(plan); // now: an experiment that ran since this one was planned may have trained some
  const measure = (curves: CurveFollower | null) =>
    plan.options.jobs === "collect"
      ? collect(plan, screen)
      : measureCells({ plan, toDo, stored, placements, rate, records, screen, speed, write, whole, curves });
  const { failures, interrupted } = await withCurves(plan, screen, measure);
  speed.save();
  keepReadings(plan);

  const judged = interrupted ? null : await conclude({ plan, records, write });
  return {
    interrupted,
    failures,
    missing: plan.cells.filter(({ id }) => !records.has(id)).length,
    seeds: judged?.seeds ?? [],
    results: judged?.results ?? null,
    seconds: (Date.now() - started.getTime()) / 1000,
  };
}

/** Does the work while the curves of the run's trainings are written, where they are asked for. */
async function withCurves<Result>(
  plan: RunPlan,
  screen: Terminal,
  work: (curves: CurveFollower | null) => Result | Promise<Result>,
): Promise<Result> {
  const { tensorboard } = plan.folders;
  if (tensorboard === null) return work(null);
  const onFault = (line: string) => screen.warn(screen.colours.yellow(`notice: ${line}`));
  const curves = followTrainings(plan, tensorboard, { onFault });
  try {
    return await work(curves);
  } finally {
    screen.say(curves.close());
  }
}

/** What one gives next, once the jobs are handed in. */
export function afterSubmission(command: string): string[] {
  return [`how they are: ${command} --jobs status`, `the verdicts: ${command} --jobs collect`];
}

/** Hands in, tells of or ends the jobs of a run. */
export function jobsOf(run: PreparedRun, action: Exclude<JobsAction, "collect">): Promise<JobsReport> {
  const { actOnJobs } = require("../slurm/jobs") as typeof import("../slurm/jobs");
  return actOnJobs(run, action);
}

/** Measures nothing: tells which cells failed on the cluster, and forgets what is settled. */
function collect(plan: RunPlan, screen: Terminal): { failures: number; interrupted: boolean } {
  const { failedCells } = require("../slurm/jobs") as typeof import("../slurm/jobs");
  const { forgetSettled } = require("../slurm/launcher") as typeof import("../slurm/launcher");
  const failed = failedCells(plan);
  for (const { cell, message } of failed) {
    screen.warn(screen.colours.red(`failed: ${cellName(cell.cell)}: ${message}`));
  }
  forgetSettled(plan);
  return { failures: failed.length, interrupted: false };
}

export function allReproduced({ results }: Pick<RunOutcome, "results">): boolean {
  return results === null || results.judgements.every(({ verdict }) => verdict === "reproduced");
}

interface Conclusion {
  readonly plan: RunPlan;
  readonly records: ReadonlyMap<string, CellRecord>;
  readonly write: Measuring["write"];
}

/** Judges what was measured and writes it, and the index of all runs anew. */
async function conclude({ plan, records, write }: Conclusion): Promise<Pick<RunOutcome, "seeds" | "results">> {
  const { cells, options, parameters } = plan;
  const seeds = completeSeeds(parameters.values.seeds, cells, (id) => records.has(id));
  const isWhole = cells.every(({ id }) => records.has(id));
  const isPart = options.only.length > 0 && !isWhole;
  if (isPart || seeds.length === 0) return { seeds, results: null };
  const results = await write(seeds, isWhole);
  writeReportIndex(options);
  return { seeds, results };
}

/** Tells how a run ended that was for itself. */
function tellOutcome({ plan, screen }: PreparedRun, outcome: RunOutcome): void {
  const { results, failures, missing, seeds, seconds } = outcome;
  if (failures > 0)
    screen.warn(`${plural(failures, "cell")} failed; the others are kept, and the same command tries again`);
  if (plan.options.json) {
    screen.print(JSON.stringify(outcomeJson(plan, results, { failures, missing, seconds }), null, 2));
  } else if (results === null) {
    screen.warn(`${plural(missing, "cell")} of the run still to do: no verdict yet`);
  } else {
    screen.say("");
    screen.print(verdictTable(results.judgements, screen));
    if (missing > 0) screen.print(`only ${seeds.length} of ${plan.parameters.values.seeds.length} seeds are complete`);
    screen.print(`report: ${relative(plan.folders.reportFile)}`);
    screen.print(`all claims: ${relative(reportIndexFile(plan.options))}`);
  }
  screen.say(`done in ${duration(seconds)}`);
}

/** Finds the data set of a run, telling of a download while it goes on. */
export function lookUpData({ data, dataFolder, dryRun }: RunOptions, screen: Terminal) {
  if (data === null) throw new UsageError("the experiment reads no data set");
  let told = "";
  return findData({
    name: data,
    folder: dataFolder,
    mayDownload: !dryRun,
    onProgress({ activity, done, total }: DataProgress) {
      if (activity === "reading") return;
      const percent = total === undefined ? "" : ` ${Math.floor((10 * done) / total) * 10} %`;
      const line = `${data}: ${activity}${percent}`;
      if (screen.isLive) screen.draw([line]);
      else if (line !== told) screen.say(line);
      told = line;
    },
  }).finally(() => screen.draw([]));
}
