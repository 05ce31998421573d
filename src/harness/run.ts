import os from "node:os";
import path from "node:path";
import type { DataProgress } from "../data";
import { writeFileAtomically } from "../files";
import { calibration } from "./calibration";
import { cellName } from "./cell-name";
import type { CellRecord } from "./cell-record";
import { allowedCores, placeWorkers, tasksetPath } from "./cores";
import { dryRunJson, dryRunLines } from "./dry-run";
import { duration } from "./estimate";
import type { AnyExperiment } from "./experiment";
import { findData } from "./find-data";
import { progressTeller } from "./progress";
import { progressBoard } from "./progress-board";
import { surroundings } from "./provenance";
import { interimLines, type Results, resultJson, verdictTable, writeResults } from "./results";
import { makeFolders } from "./run-folders";
import { headLines, plural, relative } from "./run-head";
import { exitStatus, type RunOptions } from "./run-options";
import { cellsToMeasure, type PlannedCell, planRun, type RunPlan, readingsFile } from "./run-plan";
import { completeSeeds, leadingSeeds } from "./seeds-complete";
import { type Terminal, terminal } from "./terminal";
import { UsageError } from "./usage-error";
import { type Pool, workerPool } from "./worker-pool";

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
  const started = new Date();
  const screen = terminal({ quiet: options.quiet, colour: options.colour });
  const plan = await planRun(definition, experimentFile, options, () => lookUpData(options, screen));
  const toDo = cellsToMeasure(plan);
  const around = surroundings();
  const placements = placeWorkers(workerCount(options, toDo.length), allowedCores(), tasksetPath() !== null);
  const circumstances = [options.backend, around.machine.processor, plural(placements[0]?.threads ?? 1, "thread")];
  const speed = calibration(path.join(plan.folders.store, "calibration.json"), circumstances.join(", "));
  const rate = speed.rate(definition.name);

  if (!options.dryRun) makeFolders(plan.folders);
  const head = { plan, code: around.code, toDo, placements, rate, strong: screen.colours.bold };
  for (const line of headLines(head)) screen.say(line);
  for (const notice of plan.notices) screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify(dryRunJson(plan, toDo, rate), null, 2));
    else for (const line of dryRunLines(plan, toDo, rate, placements.length)) screen.print(line);
    return exitStatus.success;
  }

  const records = new Map<string, CellRecord>();
  for (const { id, cached } of plan.cells) if (cached !== null) records.set(id, cached);
  const write = (seeds: readonly number[], complete: boolean) =>
    writeResults({ plan, surroundings: around, placements, records, seeds, complete, started, ended: new Date() });
  const measuring = { plan, toDo, placements, rate, records, screen, speed, write };
  const { failures, interrupted } = await measureCells(measuring);
  speed.save();
  writeFileAtomically(readingsFile(plan.folders), `${JSON.stringify(plan.readings)}\n`);

  if (interrupted) {
    screen.warn(`interrupted: ${records.size} of ${plural(plan.cells.length, "cell")} are measured and kept`);
    screen.warn(`resume with: ${options.command}`);
    return exitStatus.interrupted;
  }
  return conclude({ plan, records, failures, screen, write, started });
}

interface Measuring {
  readonly plan: RunPlan;
  readonly toDo: readonly PlannedCell[];
  readonly placements: ReturnType<typeof placeWorkers>;
  readonly rate: number;
  /** Measured cells; grows. */
  readonly records: Map<string, CellRecord>;
  readonly screen: Terminal;
  readonly speed: ReturnType<typeof calibration>;
  readonly write: (seeds: readonly number[], complete: boolean) => Promise<Results>;
}

/** Measures the cells to do, telling of each, and judges anew whenever one more seed is complete. */
async function measureCells(parts: Measuring): Promise<{ failures: number; interrupted: boolean }> {
  const { plan, toDo, placements, rate, records, screen, speed, write } = parts;
  const { folders, options, definition, cells } = plan;
  if (toDo.length === 0) return { failures: 0, interrupted: false };
  const { colours } = screen;
  const planned = new Map(toDo.map((cell) => [cell.id, cell]));
  const logFile = (worker: number) => path.join(folders.logs, `${plan.name}-worker-${worker + 1}.log`);
  const clock = () => performance.now() / 1000;
  const board = progressBoard({
    cells: cells.length,
    jobs: toDo,
    work: ({ id }) => planned.get(id)?.work ?? 0,
    workers: placements.length,
    rate,
    clock,
  });
  const teller = progressTeller(screen, board, cells.length, clock);
  const seeds = plan.parameters.values.seeds;
  const complete = () => completeSeeds(seeds, cells, (id) => records.has(id));
  let judged = leadingSeeds(seeds, complete()).length;
  let failures = 0;
  let judging = Promise.resolve();

  const judgeSoFar = async () => {
    const leading = leadingSeeds(seeds, complete());
    if (leading.length === judged || leading.length === seeds.length) return;
    judged = leading.length;
    try {
      for (const line of interimLines(await write(leading, false), leading.length, seeds.length)) screen.say(line);
    } catch (error) {
      if (!(error instanceof Error) || error.name === "FileError") throw error;
      screen.warn(colours.yellow(`notice: no interim verdict, the experiment's own judging failed: ${error.message}`));
    }
  };

  const pool = workerPool({
    assignment: {
      experimentFile: plan.experimentFile,
      parameters: plan.parameters.values,
      data: options.data,
      dataFolder: options.dataFolder,
      dataChecksum: plan.data?.checksum ?? null,
      backend: options.backend,
      modelCode: plan.code.models,
      modelsFolder: folders.models,
    },
    placements,
    logFile,
    memoryLimit: memoryLimit(placements.length),
    events: {
      started(job, worker) {
        board.started(job, worker);
        teller.started(job);
      },
      progress(job, worker, progress) {
        board.progress(worker, progress);
        teller.progress(job, progress);
      },
      measured(job, worker, { rows, seconds, models, runtime }) {
        const { id, identity, work } = planned.get(job.id)!;
        const record = { id, identity, rows, seconds, finished: new Date().toISOString(), models, runtime };
        plan.store.write(record);
        records.set(id, record);
        board.ended(worker, seconds);
        teller.measured(job, seconds);
        if (models.every(({ trained }) => trained)) speed.add(definition.name, { work, seconds });
        // One after another: two workers may end their cells in the same moment.
        judging = judging.then(judgeSoFar);
        return judging;
      },
      failed(job, worker, failure) {
        failures++;
        board.ended(worker, null);
        screen.warn(colours.red(`failed: ${cellName(job.cell)}: ${failure.message}`));
        if (options.debug && failure.stack !== "") screen.warn(failure.stack);
        screen.warn(`  log:   ${relative(logFile(worker))}`);
        screen.warn(`  again: ${options.command} --only ${job.id}`);
      },
      retried(job, worker, how) {
        board.returned(worker);
        screen.warn(
          colours.yellow(`retried: ${cellName(job.cell)}: its worker ${how}; log ${relative(logFile(worker))}`),
        );
      },
      stopped: (_, worker) => board.returned(worker),
    },
  });
  const interruption = heedSignals(pool, screen);
  try {
    await pool.run(toDo);
  } catch (error) {
    if (!interruption.happened()) {
      screen.warn(
        `${records.size} of ${plural(cells.length, "cell")} are measured and kept; resume with: ${options.command}`,
      );
      throw error;
    }
  } finally {
    interruption.forget();
    teller.close();
  }
  return { failures, interrupted: interruption.happened() };
}

/** The first Ctrl-C ends the run after the workers' current steps, the second at once. */
function heedSignals(pool: Pool, screen: Terminal): { happened: () => boolean; forget: () => void } {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let times = 0;
  const heed = () => {
    times++;
    if (times === 1) {
      screen.warn("stopping after the current step; once more stops at once");
      pool.stop();
    } else {
      pool.kill();
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

interface Conclusion {
  readonly plan: RunPlan;
  readonly records: ReadonlyMap<string, CellRecord>;
  readonly failures: number;
  readonly screen: Terminal;
  readonly write: Measuring["write"];
  readonly started: Date;
}

/** Judges what was measured, writes it and tells of it. */
async function conclude(parts: Conclusion): Promise<number> {
  const { plan, records, failures, screen, write, started } = parts;
  const { cells, options, folders } = plan;
  const seeds = plan.parameters.values.seeds;
  const complete = completeSeeds(seeds, cells, (id) => records.has(id));
  const missing = cells.length - cells.filter(({ id }) => records.has(id)).length;
  const status = failures > 0 ? exitStatus.failure : exitStatus.success;
  if (failures > 0)
    screen.warn(`${plural(failures, "cell")} failed; the others are kept, and the same command tries again`);
  if (options.only.length > 0 && missing > 0) {
    screen.say(`${plural(missing, "cell")} of the run still to do: no verdict yet`);
    return status;
  }
  if (complete.length === 0) {
    screen.warn("no seed is complete: no verdict");
    return status;
  }
  const results = await write(complete, missing === 0);
  const seconds = (Date.now() - started.getTime()) / 1000;
  if (options.json) {
    screen.print(JSON.stringify(resultJson(plan, results, { failures, seconds, complete: missing === 0 }), null, 2));
  } else {
    screen.say("");
    screen.print(verdictTable(results, screen));
    if (missing > 0) screen.print(`only ${complete.length} of ${seeds.length} seeds are complete`);
    screen.print(`report: ${relative(folders.reportFile)}`);
  }
  screen.say(`done in ${duration(seconds)}`);
  if (status !== exitStatus.success) return status;
  const allReproduced = results.judgements.every(({ verdict }) => verdict === "reproduced");
  return options.strict && !allReproduced ? exitStatus.notReproduced : exitStatus.success;
}

function lookUpData({ data, dataFolder, dryRun }: RunOptions, screen: Terminal) {
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

function workerCount({ workers }: RunOptions, toDo: number): number {
  const asked = workers === "auto" ? allowedCores().length : workers;
  return Math.max(1, Math.min(asked, toDo));
}

/** A worker that has grown beyond its share of three quarters of the memory is replaced between two cells. */
function memoryLimit(workers: number): number {
  return Math.max(2 ** 30, (0.75 * os.totalmem()) / workers);
}
