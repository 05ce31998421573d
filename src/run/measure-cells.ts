import { exitStatus, type Terminal } from "../base";
import type { Setting } from "../experiment/experiment";
import type { CellRecord } from "../store/cell-record";
import type { calibration } from "./calibration";
import { cellName } from "./cell-name";
import type { Placement } from "./cores";
import { worksInOrder } from "./estimate";
import { chooseLauncher, type Launch } from "./launcher";
import { progressTeller } from "./progress";
import { progressBoard } from "./progress-board";
import { interimLines, type Results } from "./results";
import { plural, relative } from "./run-head";

import type { PlannedCell, RunPlan } from "./run-plan";
import { keepStatus } from "./run-status";
import type { CurveFollower } from "./training-curves";

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
  /** Null where nobody asks for training curves. */
  readonly curves: CurveFollower | null;
}

/** Measures the cells to do, telling of each, and judges anew whenever one more seed is complete. */
export async function measureCells(parts: Measuring): Promise<{ failures: number; interrupted: boolean }> {
  const { plan, toDo, stored, placements, rate, records, screen, speed, write, whole, curves } = parts;
  const { options, definition, cells } = plan;
  if (toDo.length === 0) return { failures: 0, interrupted: false };
  const { colours } = screen;
  const works = new Map(worksInOrder(toDo, stored).map((work, i) => [toDo[i]!.id, work]));
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
  const status = keepStatus({ plan, board, toDo, records, whole });
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

  const launch = chooseLauncher(options).launch({
    plan,
    placements,
    events: {
      started(cell, place) {
        board.started(cell, place);
        teller.started(cell);
      },
      progress(cell, place, progress) {
        board.progress(place, progress);
        teller.progress(cell, progress);
        curves?.heard(cell, progress);
      },
      measured(cell, place, record) {
        const { models, seconds } = record;
        records.set(cell.id, record);
        const trainedAll = models.every(({ trained }) => trained); // a cell whose networks lay ready says little of speed
        const asWeighed = trainedAll || models.every((model) => model.trained || stored.has(model.id));
        board.ended(place, asWeighed ? seconds : null);
        teller.measured(cell, seconds);
        if (trainedAll) speed.add(definition.name, { work: cell.work + (cell.network?.work ?? 0), seconds });
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
        screen.warn(`  again: ${options.command} --only ${cell.id}`);
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
    await launch.run(toDo);
  } catch (error) {
    if (!interruption.happened()) {
      status.close("broken off");
      screen.warn(
        `${records.size} of ${plural(cells.length, "cell")} are measured and kept; resume with: ${options.command}`,
      );
      throw error;
    }
  } finally {
    interruption.forget();
    teller.close();
  }
  status.close(interruption.happened() ? "interrupted" : "measured");
  return { failures, interrupted: interruption.happened() };
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
