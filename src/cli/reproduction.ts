import { existsSync } from "node:fs";
import path from "node:path";
import { referenceLines } from "../archive";
import { alignedLines, duration, errorLines, exitStatus, plural, relative, type Terminal, terminal } from "../base";
import { claims, type Judgement } from "../claims";
import type { DatasetName } from "../data";
import type { FoundExperiment } from "../experiment";
import {
  type Estimate,
  estimatesOf,
  estimateText,
  type FoundData,
  judgementLine,
  lookUpData,
  outcomeJson,
  type PreparedRun,
  planRun,
  type RunOptions,
  type RunOutcome,
  spansOfRuns,
  totalOf,
  verdictTable,
} from "../run";
import { sum } from "../statistics";
import { makeFolders } from "../store";
import {
  allReproduced,
  type ComparedOutcome,
  dryRunJson,
  handAllIn,
  handleJobs,
  launchedOptions,
  measureAndJudge,
  prepareAsked,
  wholeText,
} from "./run-experiment";
import { type AskedOptions, chooseLauncher } from "./run-options";

/** An experiment with what the command line asks of it. */
export interface AskedExperiment extends FoundExperiment {
  readonly options: AskedOptions;
}

/** Options that concern all experiments alike. */
export type SharedOptions = Omit<AskedOptions, "data" | "dataFolder" | "overrides" | "only" | "fresh">;

export interface Reproduction {
  readonly experiments: readonly AskedExperiment[];
  /** What all of them have in common; its `command` runs them all again. */
  readonly options: SharedOptions;
  /** To be said before the first begins, one sentence each. */
  readonly notices: readonly string[];
}

interface Planned {
  readonly experiment: AskedExperiment;
  readonly run: PreparedRun;
}

/** An experiment that could not be run, or not to its end. */
interface Failure {
  readonly experiment: AskedExperiment;
  readonly reason: string;
}

interface Finished {
  readonly run: PreparedRun;
  readonly outcome: ComparedOutcome;
}

/**
 * Runs experiments one after another, each as it runs by itself, and gives all verdicts at the end.
 *
 * The shortest goes first: verdicts come early, and a fault of the machine shows before hours are spent. The whole takes
 * as long in any order, for what experiments share is made by the first that needs it and found by the others. One that
 * fails is told of at once and does not keep the others from running.
 *
 * @returns the exit status
 * @throws UsageError when folders cannot be written, or the error of the first experiment when not one can be planned
 */
export async function reproduceAll({ experiments, options, notices }: Reproduction): Promise<number> {
  const begin = performance.now();
  const screen = terminal({ quiet: options.quiet, colour: options.colour });
  const interruption = heedSignals(() => tellOfResuming(options.command, screen));
  const { planned, failures } = await survey(experiments, options, screen);
  const runs = planned.map(({ run }) => run);
  const sayTable = options.dryRun && !options.json ? screen.print : screen.say;
  for (const line of surveyLines(runs)) sayTable(line);
  for (const notice of [...notices, ...runs.flatMap(({ plan }) => plan.notices)])
    screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify(surveyJson(runs, failures), null, 2));
    return failures.length > 0 ? exitStatus.failure : exitStatus.success;
  }

  for (const { plan } of runs) makeFolders(plan.folders);
  if (options.jobs !== null && options.jobs !== "collect") return handleJobs(runs, options, options.jobs, screen);
  if (options.launcher.name === "slurm" && options.jobs === null) await handAllIn(runs, screen);
  const expected = estimatesOf(runs);
  const finished: Finished[] = [];
  for (const [index, { experiment, run }] of planned.entries()) {
    const place = `experiment ${index + 1} of ${planned.length}`;
    const later = expected.slice(index + 1);
    const left = (secondsLeft: number | null) => `${place}, ${wholeText(secondsLeft, later)}`;
    screen.say("");
    screen.say(`${place}: ${screen.colours.bold(experiment.definition.name)}  ${experiment.definition.title}`);
    try {
      const outcome = await interruption.during(() => measureAndJudge(run, options, left));
      if (outcome.interrupted) return exitStatus.interrupted;
      finished.push({ run, outcome });
      for (const line of outcomeLines(run, outcome)) screen.say(line);
      if (outcome.failures > 0) failures.push({ experiment, reason: failedCells(outcome) });
    } catch (error) {
      if (interruption.happened()) return exitStatus.interrupted;
      failures.push(failed(experiment, error, screen, options.debug));
    }
    if (interruption.happened()) return exitStatus.interrupted; // while it was judged
  }

  const seconds = (performance.now() - begin) / 1000;
  tellAll({ finished, failures, seconds, options, screen });
  if (failures.length > 0) return exitStatus.failure;
  const reproduced = finished.every(({ outcome }) => allReproduced(outcome));
  return options.strict && !reproduced ? exitStatus.notReproduced : exitStatus.success;
}

/** Plans every experiment, the shortest first. */
async function survey(experiments: readonly AskedExperiment[], shared: SharedOptions, screen: Terminal) {
  const launcher = chooseLauncher(shared);
  const found = new Map<DatasetName | null, Promise<FoundData>>();
  const findData = (options: RunOptions) => {
    const data = found.get(options.data) ?? lookUpData(options, screen);
    found.set(options.data, data);
    return data;
  };
  const planned: Planned[] = [];
  const failures: Failure[] = [];
  const errors: unknown[] = [];
  for (const experiment of experiments) {
    const { definition, file } = experiment;
    const options = launchedOptions(experiment.options, launcher);
    try {
      const plan = await planRun(definition, file, options, () => findData(options));
      planned.push({ experiment, run: await prepareAsked(plan, launcher, screen, shared) });
    } catch (error) {
      errors.push(error);
      if (errors.length === experiments.length) throw errors[0];
      failures.push(failed(experiment, error, screen, shared.debug));
    }
  }
  const alone = new Map(planned.map(({ run }) => [run, estimatesOf([run])[0]!.middle]));
  planned.sort((one, other) => alone.get(one.run)! - alone.get(other.run)!); // equal ones stay in the order of their names
  return { planned, failures };
}

/** An experiment's end, while others are still to come: one line a claim. */
function outcomeLines({ plan }: PreparedRun, { results, missing, seconds, reference }: ComparedOutcome): string[] {
  const took = `${plan.definition.name}: done in ${duration(seconds)}`;
  if (results === null) return [`${took}; no verdict, as no seed is complete: ${plural(missing, "cell")} missing`];
  return [
    ...results.judgements.map((judgement) => `${plan.definition.name}: ${judgementLine(judgement)}`),
    ...(reference === null ? [] : referenceLines(reference).map((line) => `${plan.definition.name}: ${line}`)),
    `${took}, report: ${relative(plan.folders.reportFile)}`,
  ];
}

function failedCells({ failures }: RunOutcome): string {
  return `${plural(failures, "cell")} failed, the others are kept`;
}

/** Tells of a failure as it happens. */
function failed(experiment: AskedExperiment, error: unknown, screen: Terminal, debug: boolean): Failure {
  const { definition, options } = experiment;
  screen.warn(screen.colours.red(`failed: ${definition.name}`));
  for (const line of errorLines(error, debug)) screen.warn(`  ${line.replaceAll("\n", "\n  ")}`);
  screen.warn(`  again: ${options.command}`);
  return { experiment, reason: error instanceof Error ? error.message : String(error) };
}

interface Ended {
  readonly finished: readonly Finished[];
  readonly failures: readonly Failure[];
  /** Of the whole. */
  readonly seconds: number;
  readonly options: SharedOptions;
  readonly screen: Terminal;
}

/** All verdicts, in the order of the registry, and what failed. */
function tellAll({ finished, failures, seconds, options, screen }: Ended): void {
  const index = path.join(options.reports, "index.html");
  const indexFile = existsSync(index) ? index : null;
  screen.say("");
  if (options.json) {
    const outcomes = finished.map(({ run, outcome }) => ({
      ...outcomeJson(run.plan, outcome.results, outcome),
      reference: outcome.reference,
    }));
    const document = { ...failuresJson(failures), experiments: outcomes, index: indexFile, seconds };
    screen.print(JSON.stringify(document, null, 2));
  } else {
    const judgements = finished.flatMap(({ outcome }) => outcome.results?.judgements ?? []);
    screen.print(verdictTable(inRegistryOrder(judgements), screen));
    const compared = finished.flatMap(({ outcome }) => outcome.reference?.claims ?? []);
    const same = compared.filter(({ before, after }) => before?.verdict === after?.verdict);
    if (compared.length > 0) screen.print(`${same.length} of ${compared.length} verdicts as in the reference runs`);
    if (indexFile !== null) screen.print(`all reports: ${relative(indexFile)}`);
  }
  for (const { experiment, reason } of failures) {
    screen.warn(screen.colours.red(`failed: ${experiment.definition.name}: ${reason}`));
    screen.warn(`  again: ${experiment.options.command}`);
  }
  screen.say(`done in ${duration(seconds)}`);
}

/** Claims that the registry does not know come last. */
function inRegistryOrder(judgements: readonly Judgement[]): Judgement[] {
  const places = new Map<string, number>(claims.map(({ id }, place) => [id, place]));
  const placeOf = ({ claim }: Judgement) => places.get(claim.id) ?? claims.length;
  return [...judgements].sort((one, other) => placeOf(one) - placeOf(other));
}

function surveyJson(runs: readonly PreparedRun[], failures: readonly Failure[]): object {
  const spans = spansOfRuns(runs);
  const total = totalOf(estimatesOf(runs));
  return {
    ...failuresJson(failures),
    experiments: runs.map((run, i) => dryRunJson(run, spans[i]!)),
    estimated_seconds: total.unknown > 0 ? null : total.middle,
  };
}

function failuresJson(failures: readonly Failure[]): object {
  return {
    failures: failures.map(({ experiment, reason }) => ({
      experiment: experiment.definition.name,
      reason,
      again: experiment.options.command,
    })),
  };
}

/** While cells are measured they end after their current step, which the measuring sees to; at any other time at once. */
function heedSignals(tell: () => void) {
  let times = 0;
  let isBusy = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      times++;
      if (isBusy && times === 1) return;
      tell(); // busy the second time: measuring ends this process now
      if (!isBusy) process.exit(exitStatus.interrupted);
    });
  }
  return {
    happened: () => times > 0,
    async during<Result>(work: () => Promise<Result>): Promise<Result> {
      isBusy = true;
      try {
        return await work();
      } finally {
        isBusy = false;
        if (times > 0) tell();
      }
    },
  };
}

function tellOfResuming(command: string, screen: Terminal): void {
  screen.draw([]);
  screen.warn("interrupted: what is measured and trained is kept");
  screen.warn(`resume with: ${command}`);
}

/** What is to do for each experiment, in the order in which they run, then for all of them. */
export function surveyLines(runs: readonly PreparedRun[]): string[] {
  const estimates = estimatesOf(runs);
  const header = ["", "experiment", "claims", "data", "cells", "cached", "to do", "time"];
  const rows = runs.map((run, index) => {
    const { definition, data, cells } = run.plan;
    return [
      String(index + 1),
      definition.name,
      definition.claims.map(({ id }) => id).join(", "),
      data?.name ?? "its own",
      String(cells.length),
      String(cells.filter(({ cached }) => cached !== null).length),
      String(run.toDo.length),
      run.toDo.length === 0 ? "" : shortTime(estimates[index]!),
    ];
  });
  return [...alignedLines([header, ...rows], [0, 4, 5, 6, 7]), ...totalLines(runs)];
}

/** For a column of a table: "2 min", "?" where the time of cells is unknown. */
function shortTime({ middle, unknown }: Estimate): string {
  return unknown === 0 ? duration(middle) : "?";
}

function totalLines(runs: readonly PreparedRun[]): string[] {
  const measuring = runs.filter(({ toDo }) => toDo.length > 0);
  if (measuring.length === 0) return ["nothing to measure: verdicts and reports are made anew"];
  const cells = sum(measuring.map(({ toDo }) => toDo.length));
  const workers = Math.max(...measuring.map(({ placements }) => placements.length));
  const total = totalOf(estimatesOf(runs));
  const known = measuring.filter(({ speed }) => speed.isMeasured).length;
  const before = `${known === measuring.length ? "" : `${known} of `}${plural(measuring.length, "experiment")} as fast as before`;
  return [
    `${plural(cells, "cell")} to do: ${estimateText(total, cells)} with ${plural(workers, "worker")}`,
    `  counted on: ${before} on this machine${known === measuring.length ? "" : ", the others by their work, a rough guess"};`,
    "  a network that several experiments use counts for the first of them, which trains it",
  ];
}
