import os from "node:os";
import path from "node:path";
import type { calibration } from "./calibration";
import { cellName } from "./cell-name";
import type { CellRecord } from "./cell-record";
import type { Placement } from "./cores";
import { worksInOrder } from "./estimate";
import { progressTeller } from "./progress";
import { progressBoard } from "./progress-board";
import { interimLines, type Results } from "./results";
import { plural, relative } from "./run-head";
import { exitStatus } from "./run-options";
import type { PlannedCell, RunPlan } from "./run-plan";
import { completeSeeds, leadingSeeds } from "./seeds-complete";
import type { Terminal } from "./terminal";
import { type Pool, workerPool } from "./worker-pool";

export interface Measuring {
  readonly plan: RunPlan;
  readonly toDo: readonly PlannedCell[];
  /** Networks that are in the model store when the first cell begins. */
  readonly stored: ReadonlySet<string>;
  readonly placements: readonly Placement[];
  readonly rate: number;
  /** Measured cells; grows. */
  readonly records: Map<string, CellRecord>;
  readonly screen: Terminal;
  readonly speed: ReturnType<typeof calibration>;
  readonly write: (seeds: readonly number[], complete: boolean) => Promise<Results>;
  /** Where the run is one of many: says of the whole what is left, given the seconds left of this run. */
  readonly whole: ((secondsLeft: number) => string) | null;
}

/** Measures the cells to do, telling of each, and judges anew whenever one more seed is complete. */
export async function measureCells(parts: Measuring): Promise<{ failures: number; interrupted: boolean }> {
  const { plan, toDo, stored, placements, rate, records, screen, speed, write, whole } = parts;
  const { folders, options, definition, cells } = plan;
  if (toDo.length === 0) return { failures: 0, interrupted: false };
  const { colours } = screen;
  const planned = new Map(toDo.map((cell) => [cell.id, cell]));
  const works = new Map(worksInOrder(toDo, stored).map((work, i) => [toDo[i]!.id, work]));
  const logFile = (worker: number) => path.join(folders.logs, `${plan.name}-worker-${worker + 1}.log`);
  const clock = () => performance.now() / 1000;
  const board = progressBoard({
    cells: cells.length,
    jobs: toDo,
    work: ({ id }) => works.get(id) ?? 0,
    workers: placements.length,
    rate,
    clock,
  });
  const teller = progressTeller({ screen, board, cells: cells.length, clock, whole });
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
      threads: plan.threads,
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
        const { id, identity, work, network } = planned.get(job.id)!;
        const record = { id, identity, rows, seconds, finished: new Date().toISOString(), models, runtime };
        plan.store.write(record);
        records.set(id, record);
        const trainedAll = models.every(({ trained }) => trained); // a cell whose networks lay ready says little of speed
        const asWeighed = trainedAll || models.every((model) => model.trained || stored.has(model.id));
        board.ended(worker, asWeighed ? seconds : null);
        teller.measured(job, seconds);
        if (trainedAll) speed.add(definition.name, { work: work + (network?.work ?? 0), seconds });
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

/** A worker that has grown beyond its share of three quarters of the memory is replaced between two cells. */
function memoryLimit(workers: number): number {
  return Math.max(2 ** 30, (0.75 * os.totalmem()) / workers);
}
