/** A run from its plan to its results: which cells are measured and where, what is told meanwhile, and when it is judged. */
import path from "node:path";
import { exitStatus, plural, relative, type Terminal, UsageError } from "../base";
import { cellName, type Setting } from "../experiment";
import { askedId } from "../identity";
import { bfloat16Problem, bfloat16Remedy, type RuntimeFacts } from "../runtime";
import type { CellRecord, StatisticsOutcome } from "../store";
import {
  bfloat16Rate,
  type Calibration,
  calibration,
  cellSpan,
  defaultRate,
  type Estimate,
  estimateOf,
  likeCells,
  type Span,
  startSpan,
  worksInOrder,
} from "./estimate";
import type { Launch, Launcher } from "./launcher";
import { progressBoard, progressTeller, type Whole } from "./progress";
import { surroundings } from "./provenance";
import { interimLines, type ResultParts, type Results, writeResults } from "./results";
import {
  cellsToMeasure,
  namesByRuntime,
  networkNames,
  type PlannedCell,
  type RunPlan,
  storedNetworks,
} from "./run-plan";
import { keepStatus } from "./run-status";
import { type CurveFollower, followTrainings } from "./training-curves";
import type { Placement } from "./worker-pool";

/** A run that is planned, with all that it needs to begin. */
export interface PreparedRun {
  readonly plan: RunPlan;
  readonly launcher: Launcher;
  readonly toDo: readonly PlannedCell[];
  /** Networks in the model store that it asks for, as known before the run. */
  readonly stored: ReadonlySet<string>;
  readonly placements: readonly Placement[];
  readonly speed: Calibration;
  /** Of the starts of its workers: each is one unit of work. */
  readonly starts: Calibration;
  /** Of cells whose work is not known: the seconds that cells like them took, by identifier. */
  readonly earlier: ReadonlyMap<string, readonly number[]>;
  readonly screen: Terminal;
}

/** How a run ended. */
export interface RunOutcome {
  /** Stopped by Ctrl-C. */
  readonly interrupted: boolean;
  /** Cells that failed. */
  readonly failures: number;
  /** Cells that are not measured. */
  readonly missing: number;
  /** The seeds that were judged by: those all of whose cells are measured. */
  readonly seeds: readonly number[];
  /**
   * Null where no seed is complete, or where the run was for some of its cells alone. Of an interrupted run, what it wrote last, if
   * it wrote anything.
   */
  readonly results: Results | null;
  /** Its measured cells by identifier, cached ones included. */
  readonly records: ReadonlyMap<string, CellRecord>;
  readonly seconds: number;
}

/**
 * Chooses the cells to measure and the places where that is done, and looks up how fast they were before.
 *
 * @throws UsageError where the precision that is asked for is not to be had on this machine
 */
export async function prepareRun(plan: RunPlan, launcher: Launcher, screen: Terminal): Promise<PreparedRun> {
  const { options, definition, folders, threads } = plan;
  const toDo = cellsToMeasure(plan);
  if (options.precision !== undefined && launcher.jobs === null && toDo.length > 0) refuseEmulation(options);
  const placements = launcher.placements(toDo.length);
  const { processor } = surroundings().machine;
  const machine = launcher.machine ?? processor;
  // Small cells spend their time on other things than large ones: each scale has a pace of its own.
  const circumstances = [
    definition.name,
    options.scale,
    options.data ?? "own data",
    options.backend,
    ...(options.precision === undefined ? [] : [options.precision]),
    machine,
    plural(threads, "thread"),
  ];
  const file = path.join(folders.store, "calibration.json");
  const speed = calibration(file, circumstances, options.precision === undefined ? defaultRate : bfloat16Rate);
  const kind =
    definition.network === undefined ? "of an experiment without networks" : "of an experiment with networks";
  const starts = calibration(file, ["start of a worker", kind, options.backend, machine]);
  const unweighed = toDo.filter(({ work }) => work === null);
  const records = unweighed.length === 0 || launcher.machine !== null ? [] : plan.store.records();
  const earlier = new Map(unweighed.map(({ id, identity }) => [id, likeCells(records, identity, processor)]));
  return { plan, launcher, toDo, stored: await storedNetworks(plan), placements, speed, starts, earlier, screen };
}

/** Of jobs on a cluster the machines that measure are asked instead. @throws UsageError where bfloat16 is not to be had here */
function refuseEmulation({ backend, precision }: RunPlan["options"]): void {
  const problem = bfloat16Problem(backend);
  if (problem !== null) throw new UsageError(`--precision ${precision}: ${problem}`, `${bfloat16Remedy}.`);
}

/**
 * Expected time of each run's cells when the runs follow one another: a network, or a cell, that several ask for counts for the
 * first. Null where it is not known.
 */
export function spansOfRuns(runs: readonly PreparedRun[]): (Span | null)[][] {
  const trained = new Set(runs.flatMap(({ stored }) => [...stored]));
  const measured = new Set<string>();
  return runs.map(({ toDo, earlier, speed }) => {
    const own = toDo.filter(({ id }) => !measured.has(id));
    const works = worksInOrder(own, trained);
    const spans = new Map(own.map(({ id }, i) => [id, cellSpan(works[i]!, earlier.get(id) ?? [], speed)]));
    for (const { id, network } of own) {
      measured.add(id);
      if (network !== null) trained.add(network.id);
    }
    return toDo.map(({ id }) => spans.get(id) ?? (spans.has(id) ? null : { low: 0, middle: 0, high: 0 }));
  });
}

/** Expected wall time of each run when they follow one another. */
export function estimatesOf(runs: readonly PreparedRun[]): Estimate[] {
  const spans = spansOfRuns(runs);
  return runs.map(({ starts, placements }, i) => estimateOf(spans[i]!, startSpan(starts), placements.length));
}

export interface CarryingOut {
  /** Where the run is one of many: says of the whole what is left, given the seconds left of this run. */
  readonly whole?: Whole | null | undefined;
  /** What is done with what was measured, at the end and whenever one more seed is complete; by default it is written. */
  readonly conclude?: (parts: ResultParts) => Promise<Results>;
}

/**
 * Measures the cells to do, judges, and writes tables and report.
 *
 * @throws what ended the run; the cells measured until then are kept
 */
export async function carryOut(
  run: PreparedRun,
  { whole = null, conclude: concluding = writeResults }: CarryingOut = {},
): Promise<RunOutcome> {
  const { plan, launcher, screen } = run;
  const started = new Date();
  const records = new Map<string, CellRecord>();
  for (const { id, cached } of plan.cells) if (cached !== null) records.set(id, cached);
  const statistics = statisticsTeller(screen);
  for (const record of records.values()) statistics(record.statistics);
  const write = (seeds: readonly number[], complete: boolean) => concluding({ plan, records, seeds, complete });
  const stored = await storedNetworks(plan); // now: an experiment that ran since this one was planned may have trained some
  const measure = (curves: CurveFollower | null) =>
    plan.options.jobs === "collect"
      ? collect(plan, launcher, screen)
      : measureCells({ ...run, stored, records, statistics, write, whole, curves });
  const { failures, interrupted, interim } = await withCurves(plan, screen, measure);
  run.speed.save();
  run.starts.save();

  const { seeds, results } = interrupted ? interim : await conclude({ plan, records, write });
  return {
    interrupted,
    failures,
    missing: plan.cells.filter(({ id }) => !records.has(id)).length,
    seeds,
    results,
    records,
    seconds: (Date.now() - started.getTime()) / 1000,
  };
}

/** Tells whether given weights run as they were trained, of each network once: every worker and every cell says so. */
function statisticsTeller(screen: Terminal): (statistics: StatisticsOutcome | undefined) => void {
  const told = new Set<string>();
  return (statistics) => {
    if (statistics === undefined || told.has(statistics.text)) return;
    told.add(statistics.text);
    if (statistics.disagrees === null) screen.say(`weights: ${statistics.text}`);
    else screen.warn(screen.colours.yellow(`warning: ${statistics.text}`));
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
  const curves = followTrainings(plan, tensorboard, { nameOf: await networkNames(plan), onFault });
  try {
    return await work(curves);
  } finally {
    screen.say(curves.close());
  }
}

/** Measures nothing: tells which cells failed on the cluster, and forgets what is settled. */
function collect(plan: RunPlan, { name, jobs }: Launcher, screen: Terminal): Measured {
  if (jobs === null) throw new Error(`the launcher "${name}" has no jobs to collect`);
  const failed = jobs.collect(plan);
  for (const { cell, message } of failed) {
    screen.warn(screen.colours.red(`failed: ${cellName(cell.cell)}: ${message}`));
  }
  return { failures: failed.length, interrupted: false, interim: unjudged };
}

/** How the measuring of cells ended. */
interface Measured extends Pick<RunOutcome, "failures" | "interrupted"> {
  /** What was judged and written last, before all seeds were complete. */
  readonly interim: Judged;
}

type Judged = Pick<RunOutcome, "seeds" | "results">;

const unjudged: Judged = { seeds: [], results: null };

interface Conclusion {
  readonly plan: RunPlan;
  readonly records: ReadonlyMap<string, CellRecord>;
  readonly write: Measuring["write"];
}

/** Judges what was measured, and writes it. */
async function conclude({ plan, records, write }: Conclusion): Promise<Judged> {
  const { cells, options, parameters } = plan;
  const seeds = completeSeeds(parameters.values.seeds, cells, (id) => records.has(id));
  const isWhole = cells.every(({ id }) => records.has(id));
  const isPart = options.only.length > 0 && !isWhole;
  if (isPart || seeds.length === 0) return { seeds, results: null };
  return { seeds, results: await write(seeds, isWhole) };
}

interface Measuring extends PreparedRun {
  /** Tells whether given weights run as they were trained. */
  readonly statistics: ReturnType<typeof statisticsTeller>;
  /** Measured cells; grows. */
  readonly records: Map<string, CellRecord>;
  readonly write: (seeds: readonly number[], complete: boolean) => Promise<Results>;
  /** Where the run is one of many. */
  readonly whole: Whole | null;
  /** Null where nobody asks for training curves. */
  readonly curves: CurveFollower | null;
}

/** Measures the cells to do, telling of each, and judges at the start and whenever one more seed is complete. */
async function measureCells(parts: Measuring): Promise<Measured> {
  const { plan, launcher, toDo, stored, placements, records, screen, statistics, speed, starts, write, whole, curves } =
    parts;
  const { options, cells } = plan;
  const { command, cellCommand } = options;
  if (toDo.length === 0) return { failures: 0, interrupted: false, interim: unjudged };
  const { colours } = screen;
  const [spans = []] = spansOfRuns([parts]);
  const expected = new Map(toDo.map(({ id }, i) => [id, spans[i]?.middle ?? null]));
  const clock = () => performance.now() / 1000;
  const board = progressBoard({
    cells: cells.length,
    jobs: toDo,
    expected: ({ id }) => expected.get(id) ?? null,
    workers: placements.length,
    clock,
  });
  const teller = progressTeller({ screen, board, cells: cells.length, clock, whole });
  let runtime: RuntimeFacts | null = null; // told by the first worker that starts
  const nameOf = namesByRuntime(plan, () => runtime);
  const status = keepStatus({ plan, board, toDo, records, whole, nameOf });
  const seeds = plan.parameters.values.seeds;
  const complete = () => completeSeeds(seeds, cells, (id) => records.has(id));
  let interim = unjudged;
  let failures = 0;
  let judging = Promise.resolve();

  const judgeSoFar = async () => {
    const leading = leadingSeeds(seeds, complete());
    if (leading.length === interim.seeds.length || leading.length === seeds.length) return;
    interim = { seeds: leading, results: null };
    try {
      const results = await write(leading, false);
      interim = { seeds: leading, results };
      for (const line of interimLines(results, leading.length, seeds.length)) screen.say(line);
    } catch (error) {
      if (!(error instanceof Error) || error.name === "FileError") throw error;
      screen.warn(colours.yellow(`notice: no interim verdict, the experiment's own judging failed: ${error.message}`));
    }
  };

  const launch = launcher.launch({
    plan,
    placements,
    events: {
      workerStarted(seconds, computing) {
        starts.add({ work: 1, seconds });
        runtime = computing;
      },
      started(cell, place) {
        board.started(cell, place);
        teller.started(cell);
      },
      progress(cell, place, progress) {
        board.progress(place, progress);
        teller.progress(cell, progress);
        curves?.heard(cell, progress);
      },
      checked: statistics,
      measured(cell, place, record) {
        const { models, seconds } = record;
        records.set(cell.id, record);
        statistics(record.statistics); // where it was measured on another machine
        const trainedAll = models.every(({ trained }) => trained); // a cell whose networks lay ready says little of speed
        const asWeighed = trainedAll || models.every((model) => model.trained || stored.has(askedId(model.id)));
        board.ended(place, asWeighed ? seconds : null);
        teller.measured(cell, seconds);
        if (trainedAll && cell.work !== null) speed.add({ work: cell.work + (cell.network?.work ?? 0), seconds });
        // One after another: two workers may end their cells in the same moment.
        judging = judging.then(judgeSoFar);
        return judging;
      },
      failed(cell, place, failure, log) {
        failures++;
        board.ended(place, null);
        status.failed(cell, failure.message, log);
        screen.warn(colours.red(`failed: ${cellName(cell.cell)}: ${failure.message}`));
        if (options.debug && failure.stack !== "") screen.warn(failure.stack);
        screen.warn(`  log:   ${relative(log)}`);
        screen.warn(`  again: ${cellCommand === undefined ? command : `${cellCommand} --only ${cell.id}`}`);
      },
      retried(cell, place, how, log) {
        board.returned(place);
        screen.warn(colours.yellow(`retried: ${cellName(cell.cell)}: ${how}; log ${relative(log)}`));
      },
      stopped: (_, place) => board.returned(place),
      notice: (line) => screen.say(line),
    },
  });
  const interruption = heedSignals(launch, screen);
  try {
    if (options.only.length === 0) await judgeSoFar(); // what an earlier run left
    await launch.run(toDo);
  } catch (error) {
    if (!interruption.happened()) {
      status.close("broken off");
      screen.warn(`${records.size} of ${plural(cells.length, "cell")} are measured and kept; resume with: ${command}`);
      throw error;
    }
  } finally {
    interruption.forget();
    teller.close();
  }
  status.close(interruption.happened() ? "interrupted" : "measured");
  return { failures, interrupted: interruption.happened(), interim };
}

/** The first Ctrl-C ends the run as soon as that loses nothing, the second at once. */
function heedSignals(launch: Launch, screen: Terminal): { happened: () => boolean; forget: () => void } {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let times = 0;
  const heed = () => {
    times++;
    if (times === 1) {
      screen.warn(launch.stopping);
      launch.stop();
    } else {
      launch.kill();
      process.exit(exitStatus.interrupted);
    }
  };
  for (const signal of signals) process.on(signal, heed);
  return {
    happened: () => times > 0,
    forget: () => {
      for (const signal of signals) process.off(signal, heed);
    },
  };
}

/** The seeds all of whose cells are measured, in order. */
export function completeSeeds(
  seeds: readonly number[],
  cells: readonly { readonly id: string; readonly cell: Setting }[],
  isMeasured: (id: string) => boolean,
): number[] {
  return seeds.filter((seed) => cells.filter(({ cell }) => cell.seed === seed).every(({ id }) => isMeasured(id)));
}

/** The leading seeds that are complete: an interim verdict rests on seeds 1 to n, not on whichever came first. */
export function leadingSeeds(seeds: readonly number[], complete: readonly number[]): number[] {
  const firstMissing = seeds.findIndex((seed) => !complete.includes(seed));
  return firstMissing < 0 ? [...seeds] : seeds.slice(0, firstMissing);
}
