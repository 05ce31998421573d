/** Runs one experiment, or a grid of its parameters, and tells on the screen what it is going to do, and how it ended. */
import {
  cellsOfReference,
  compareWithReference,
  type ReferenceComparison,
  referenceLines,
  reportIndexFile,
  updateReference,
  writeReportIndex,
} from "../archive";
import {
  about,
  alignedLines,
  type CodeVersion,
  duration,
  exitStatus,
  plural,
  relative,
  type Terminal,
  terminal,
  UsageError,
} from "../base";
import { asOnFinding } from "../claims";
import { type CustomNetworkPlan, customNetworkText, onnxFacts } from "../custom-network";
import type { ImageSize } from "../data";
import { cellName, type Experiment, pointText } from "../experiment";
import { whereItTurns } from "../report";
import {
  carryOut,
  carryOutGrid,
  type Estimate,
  estimatesOf,
  estimateText,
  type GridOutcome,
  type JobsAction,
  type JobsReport,
  type Launcher,
  lookUpData,
  outcomeJson,
  type PlannedCell,
  type PlannedGrid,
  type PreparedRun,
  planGrid,
  planRun,
  prepareRun,
  type RunOptions,
  type RunOutcome,
  type RunPlan,
  renewed,
  runsOf,
  type Span,
  spansOfRuns,
  surroundings,
  totalOf,
  verdictTable,
  type Whole,
  withoutShared,
} from "../run";
import { sum } from "../statistics";
import { makeFolders } from "../store";
import { type AskedOptions, chooseLauncher } from "./run-options";

/**
 * Runs an experiment: measures the cells that are not in the store yet, judges, and writes tables and report.
 *
 * @returns the exit status
 * @throws UsageError, or what ended the run as a whole
 */
export async function runExperiment(
  definition: Experiment,
  experimentFile: string,
  asked: AskedOptions,
): Promise<number> {
  const run = await planAsked(definition, experimentFile, asked);
  const { plan, screen } = run;
  const { options } = plan;
  const [spans = []] = spansOfRuns([run]);

  if (!options.dryRun) makeFolders(plan.folders);
  if (!options.dryRun && options.jobs !== null && options.jobs !== "collect") {
    const { lines, json } = await jobsOf(run, options.jobs);
    screen.print(options.json ? JSON.stringify(json, null, 2) : lines.join("\n"));
    if (options.jobs === "submit") for (const line of afterSubmission(options.command)) screen.say(line);
    return exitStatus.success;
  }
  for (const line of headLines(run)) screen.say(line);
  for (const notice of plan.notices) screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify(dryRunJson(run, spans), null, 2));
    else {
      if (plan.customNetwork !== null) screen.print(networkSummary(plan.customNetwork));
      for (const line of dryRunLines(run, spans)) screen.print(line);
    }
    return exitStatus.success;
  }

  const outcome = await measureAndJudge(run, asked);
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

/**
 * Runs an experiment over a grid of its parameters: measures every point of the grid, then the run itself, whose report shows the
 * maps of verdicts.
 *
 * @returns the exit status
 * @throws UsageError for what does not go with it, or for a value that a parameter does not take
 */
export async function runVaried(definition: Experiment, experimentFile: string, asked: AskedOptions): Promise<number> {
  if (asked.only.length > 0) throw new UsageError("--only does not go with --vary", "Leave one of them out.");
  const { launcher, options, screen } = placesOf(asked);
  const { vary: variations = {}, command } = options;
  const findData = (images?: ImageSize) => lookUpData(options, screen, images);
  const grid = await planGrid({ definition, experimentFile, options, variations, launcher, screen, findData });
  const { points, itself } = grid;
  const runs = runsOf(grid);
  const estimates = estimatesOf(runs);

  if (!options.dryRun) makeFolders(itself.plan.folders);
  if (!options.dryRun && options.jobs !== null && options.jobs !== "collect") {
    const handedIn = options.jobs === "submit" ? withoutShared(runs) : runs;
    const withheld = sum(runs.map(({ toDo }, i) => toDo.length - handedIn[i]!.toDo.length));
    const status = await handleJobs(handedIn, options, options.jobs, screen);
    if (withheld > 0)
      screen.say(
        `${plural(withheld, "cell")} may be the same at other points: once those are measured, give the command again`,
      );
    return status;
  }
  const say = options.dryRun ? screen.print : screen.say;
  if (options.dryRun && options.json) screen.print(JSON.stringify(gridJson(grid), null, 2));
  else for (const line of gridLines(grid, estimates)) say(line);
  if (options.dryRun) return exitStatus.success;

  if (launcher.jobs !== null && options.jobs === null) await handAllIn(withoutShared(runs), screen);
  const left = (point: number, secondsOfPoint: number | null) =>
    `point ${point + 1} of ${points.length}, ${wholeText(secondsOfPoint, estimates.slice(point + 1))}`;
  const outcome = await carryOutGrid(grid, left);
  if (outcome.interrupted) {
    screen.warn(`interrupted: what is measured is kept; resume with: ${command}`);
    return exitStatus.interrupted;
  }
  tellOutcome(itself, { ...outcome, reference: await setBesideReference(itself, outcome, asked) });
  if (outcome.results !== null && !options.json) for (const line of mapLines(grid, outcome)) screen.print(line);
  if (outcome.failures > 0) return exitStatus.failure;
  return options.strict && !allReproduced(outcome) ? exitStatus.notReproduced : exitStatus.success;
}

/** What a run over a grid is going to do, point by point. */
function gridLines({ points, itself }: PlannedGrid, estimates: readonly Estimate[]): string[] {
  const { screen, plan } = itself;
  const line = (what: string, run: PreparedRun, time: Estimate) =>
    `  ${what}: ${plural(run.plan.cells.length, "cell")}, ${run.toDo.length} to do, ${timeText(run, time)}`;
  const toDo = sum([...points.map(({ run }) => run), itself].map((run) => run.toDo.length));
  return [
    `${screen.colours.bold(plan.definition.name)}  ${plan.definition.title}`,
    ...points.map(({ point, run }, i) => line(pointText(point), run, estimates[i]!)),
    line("the run itself", itself, estimates[points.length]!),
    `${plural(points.length, "point")}, in all ${estimateText(totalOf(estimates), toDo)}; what points share is measured once`,
  ];
}

/** The same for machines. */
function gridJson(grid: PlannedGrid): object {
  const runs = runsOf(grid);
  const spans = spansOfRuns(runs);
  return {
    experiment: grid.itself.plan.definition.name,
    run: grid.itself.plan.name,
    vary: grid.variations,
    points: grid.points.map(({ point, run }, i) => ({ point, ...dryRunJson(run, spans[i]!) })),
    itself: dryRunJson(grid.itself, spans[runs.length - 1]!),
  };
}

/** Where each claim's verdict turns, and the file that holds the maps. */
function mapLines({ itself: { plan } }: PlannedGrid, { maps }: GridOutcome): string[] {
  const lines = maps.flatMap((map) => whereItTurns(map).map((line) => `${map.claim.id}: ${line}`));
  return [...lines, `map: ${relative(plan.folders.results)}/map.csv`];
}

/** Where the cells of what the command line asks for are measured, and what that makes of its options. */
function placesOf(asked: AskedOptions) {
  const launcher = chooseLauncher(asked);
  const screen = terminal({ quiet: asked.quiet, colour: asked.colour });
  return { launcher, options: launchedOptions(asked, launcher), screen };
}

/** The options of a run that a launcher measures: its threads, and whether it measures on other machines. */
export function launchedOptions<Options extends Omit<RunOptions, "threads">>(
  options: Options,
  { threads, machine }: Launcher,
): Options & Pick<RunOptions, "threads" | "elsewhere"> {
  return { ...options, threads, elsewhere: machine !== null };
}

/** Plans the run that the command line asks for. @throws UsageError for what cannot be run */
export async function planAsked(
  definition: Experiment,
  experimentFile: string,
  asked: AskedOptions,
): Promise<PreparedRun> {
  const { launcher, options, screen } = placesOf(asked);
  const plan = await planRun(definition, experimentFile, options, (images) => lookUpData(options, screen, images));
  return prepareAsked(plan, launcher, screen, asked);
}

/** Prepares a run; one that takes the place of its reference begins with the cells that this has. */
export async function prepareAsked(
  plan: RunPlan,
  launcher: Launcher,
  screen: Terminal,
  { updateReference: updates }: Pick<AskedOptions, "updateReference">,
): Promise<PreparedRun> {
  const known = updates ? await cellsOfReference(plan) : [];
  if (known.length > 0) screen.say(`${plan.name}: ${plural(known.length, "cell")} taken from the reference run`);
  if (!plan.options.dryRun) for (const record of known) plan.store.write(record);
  return prepareRun(renewed(plan, known), launcher, screen);
}

/** How a run ended, and how it stands to the reference run of its name. */
export interface ComparedOutcome extends RunOutcome {
  /** Null where there is no such reference, or nothing to compare with it. */
  readonly reference: ReferenceComparison | null;
}

/** Measures, judges and writes a run as `carryOut` does, and sets it beside its reference. */
export async function measureAndJudge(
  run: PreparedRun,
  asked: Pick<AskedOptions, "updateReference">,
  whole?: Whole,
): Promise<ComparedOutcome> {
  const outcome = await carryOut(run, { whole });
  return { ...outcome, reference: await setBesideReference(run, outcome, asked) };
}

/**
 * Compares a run that was written with its reference, puts it in the place of that where it is asked to, and writes the page of
 * all claims.
 */
async function setBesideReference(
  { plan, screen }: PreparedRun,
  { results, failures }: RunOutcome,
  { updateReference: updates }: Pick<AskedOptions, "updateReference">,
): Promise<ReferenceComparison | null> {
  if (results === null) return null;
  const warn = (what: string) => screen.warn(screen.colours.yellow(`notice: ${what}`));
  const orWarn = async <Result>(what: string, work: () => Result | Promise<Result>): Promise<Result | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      warn(`${what}: ${error.message}`);
      return null;
    }
  };
  const { name, options } = plan;
  const reference = await orWarn("not compared with its reference", () => compareWithReference(options.results, name));
  const stays = "the reference stays as it is";
  if (updates && failures > 0) warn(`${stays}: cells failed`);
  else if (updates) {
    const folder = await orWarn(stays, () => updateReference(options, name));
    if (folder !== null) screen.say(`reference: ${relative(folder)}`);
  }
  writeReportIndex(options);
  return reference;
}

/** Hands in, tells of or ends the jobs of a run. */
export function jobsOf(run: PreparedRun, action: Exclude<JobsAction, "collect">): Promise<JobsReport> {
  const { jobs, name } = run.launcher;
  if (jobs === null) throw new Error(`the launcher "${name}" has no jobs`);
  return jobs.act(action, run);
}

/** Hands the cells of all runs to the cluster before the first is waited for, so that none lies idle. */
export async function handAllIn(runs: readonly PreparedRun[], screen: Terminal): Promise<void> {
  for (const run of runs.filter(({ toDo }) => toDo.length > 0)) {
    for (const line of (await jobsOf(run, "submit")).lines) screen.say(`${run.plan.name}: ${line}`);
  }
}

/** Hands in, tells of or ends the jobs of every run. @returns the exit status */
export async function handleJobs(
  runs: readonly PreparedRun[],
  { json, command }: Pick<AskedOptions, "json" | "command">,
  action: Exclude<JobsAction, "collect">,
  screen: Terminal,
): Promise<number> {
  const reports: JobsReport[] = [];
  for (const run of runs) {
    const report = await jobsOf(run, action);
    reports.push(report);
    if (!json) screen.print([screen.colours.bold(run.plan.name), ...report.lines].join("\n"));
  }
  if (json) screen.print(JSON.stringify({ experiments: reports.map((report) => report.json) }, null, 2));
  if (action === "submit") for (const line of afterSubmission(command)) screen.say(line);
  return exitStatus.success;
}

/** What one gives next, once the jobs are handed in. */
export function afterSubmission(command: string): string[] {
  return [`how they are: ${command} --jobs status`, `the verdicts: ${command} --jobs collect`];
}

export function allReproduced({ results }: Pick<RunOutcome, "results">): boolean {
  return results === null || results.judgements.every(({ verdict }) => asOnFinding(verdict) === "reproduced");
}

/** Tells how a run ended that was for itself. */
export function tellOutcome(
  { plan, screen }: PreparedRun,
  outcome: RunOutcome & Partial<Pick<ComparedOutcome, "reference"> & Pick<GridOutcome, "maps">>,
): void {
  const { results, failures, missing, seeds, seconds, reference = null, maps } = outcome;
  if (failures > 0)
    screen.warn(`${plural(failures, "cell")} failed; the others are kept, and the same command tries again`);
  if (plan.options.json) {
    const mapped = maps === undefined ? {} : { maps: maps.map((map) => ({ ...map, turns: whereItTurns(map) })) };
    const document = { ...outcomeJson(plan, results, { failures, missing, seconds }), reference, ...mapped };
    screen.print(JSON.stringify(document, null, 2));
  } else if (results === null) {
    screen.warn(`${plural(missing, "cell")} of the run still to do: no verdict yet`);
  } else {
    screen.say("");
    screen.print(verdictTable(results.judgements, screen));
    if (missing > 0) screen.print(`only ${seeds.length} of ${plan.parameters.values.seeds.length} seeds are complete`);
    if (reference !== null) for (const line of referenceLines(reference)) screen.print(line);
    screen.print(`report: ${relative(plan.folders.reportFile)}`);
    screen.print(`all claims: ${relative(reportIndexFile(plan.options))}`);
  }
  screen.say(`done in ${duration(seconds)}`);
}

/** What a run is going to do, said before it begins: label and text of each line. */
function headLines(run: PreparedRun): string[] {
  const { plan, launcher, toDo, placements, screen } = run;
  const { definition, options, cells, data, parameters, folders, customNetwork } = plan;
  const onnx = customNetwork && onnxFacts(customNetwork);
  const seeds = parameters.values.seeds.length;
  const cached = cells.filter((cell) => cell.cached !== null).length;
  const overrides = Object.entries(parameters.overrides).map(([name, value]) => `${name} = ${value}`);
  const lines: [string, string][] = [
    ["experiment", `${screen.colours.bold(definition.name)}  ${definition.title}`],
    ["question", definition.question],
    ["source", definition.source],
    ...definition.claims.map(({ id, statement }): [string, string] => [`claim ${id}`, statement]),
    ["code", codeText(surroundings().code, plan.code.cells)],
    ["scale", [options.scale, ...overrides].join(", ")],
    ...(customNetwork === null ? [] : [["network", customNetworkText(customNetwork)] as [string, string]]),
    ["data", data === null ? "made by the experiment itself" : `${data.name}, ${data.origin}`],
    [
      "backend",
      `${onnx === null ? options.backend : `onnxruntime ${onnx.version}`}, ${options.precision === undefined ? "" : `${options.precision}, `}${placements.length === 0 ? "no worker needed" : launcher.placementText(placements)}`,
    ],
    ["cells", `${plural(cells.length, "cell")}, ${plural(seeds, "seed")}: ${cached} cached, ${toDo.length} to do`],
    ["time", timeText(run, estimatesOf([run])[0]!)],
    ["results", relative(folders.results)],
    ["report", relative(folders.reportFile)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
}

/** The layers of a custom network with their shapes, as `--dry-run` shows them. */
function networkSummary({ architecture }: CustomNetworkPlan): string {
  const { summaryText } = require("../networks") as typeof import("../networks");
  return summaryText(architecture);
}

/** The expected wall time of the cells to do, in words. */
function timeText({ toDo }: PreparedRun, estimate: Estimate): string {
  return toDo.length === 0 ? "nothing to measure" : estimateText(estimate, toDo.length);
}

/** What is left of several runs. @param secondsLeft of the one that goes on @param later those behind it */
export function wholeText(secondsLeft: number | null, later: readonly Estimate[]): string {
  const { middle, unknown } = totalOf(later);
  return secondsLeft === null || unknown > 0
    ? "time left in all unknown"
    : `${about(secondsLeft + middle)} left in all`;
}

function codeText({ commit, dirty }: CodeVersion, fingerprint: string): string {
  const version = commit === "unknown" ? "no commit known" : `commit ${commit.slice(0, 8)}`;
  return `${version}${dirty ? " with changes (dirty)" : ""}, measuring code ${fingerprint.slice(0, 8)}`;
}

/** Every cell of a run with its identifier, whether it is cached and why not, and how long it should take. */
function dryRunLines(run: PreparedRun, spans: readonly (Span | null)[]): string[] {
  const { plan, toDo, placements } = run;
  const spanOf = spansByCell(run, spans);
  const timeOf = (cell: PlannedCell) => {
    const span = spanOf.get(cell);
    return span === undefined ? "" : span === null ? "?" : duration(span.middle);
  };
  const lines = plan.cells.map((cell) => [
    String(cell.index + 1),
    cell.id,
    cell.cached !== null ? "cached" : spanOf.has(cell) ? `to do, ${cell.reason}` : "left out",
    timeOf(cell),
    cellName(cell.cell),
  ]);
  return [
    ...alignedLines(lines, [0, 3]),
    toDo.length === 0
      ? "nothing to measure"
      : `${plural(toDo.length, "cell")} to do: ${timeText(run, estimatesOf([run])[0]!)} with ${plural(placements.length, "worker")}`,
  ];
}

/** How long each cell that is to be measured takes; null where that is not known. */
function spansByCell({ toDo }: PreparedRun, spans: readonly (Span | null)[]): Map<PlannedCell, Span | null> {
  return new Map(toDo.map((cell, i) => [cell, spans[i] ?? null]));
}

/** The same for machines. */
export function dryRunJson(run: PreparedRun, spans: readonly (Span | null)[]): object {
  const { plan } = run;
  const spanOf = spansByCell(run, spans);
  return {
    experiment: plan.definition.name,
    run: plan.name,
    parameters: plan.parameters.values,
    cells: plan.cells.map((cell) => ({
      id: cell.id,
      setting: cell.cell,
      cached: cell.cached !== null,
      to_do: spanOf.has(cell),
      reason: cell.reason,
      estimated_seconds: spanOf.has(cell) ? (spanOf.get(cell)?.middle ?? null) : 0, // null: unknown
    })),
  };
}
