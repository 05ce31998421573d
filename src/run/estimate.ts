/** How long cells take: by their work, by what was measured on this machine before, and by how far they are. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomically } from "../base";

/**
 * Multiply-accumulates a second of one worker where nothing has been measured yet. Two workers on a core each of a common
 * server (AMD EPYC) came to so many over all experiments at `quick`; single experiments to between a half and 1.3 times it.
 */
export const defaultRate = 3.3e10;

/** What is known about the speed of a worker: work done and the seconds it took. */
export interface Pace {
  readonly work: number;
  readonly seconds: number;
}

/** A cell by its cost. */
export interface WeighedCell {
  /** Without the training of its network. */
  readonly work: number;
  /** The network that it asks for, with the work of its training. */
  readonly network: { readonly id: string; readonly work: number } | null;
}

/**
 * Work of each cell when they run in this order: the first that asks for a network trains it, the others find it.
 *
 * @param trained networks that are there before the first begins
 */
export function worksInOrder(cells: readonly WeighedCell[], trained: ReadonlySet<string>): number[] {
  const there = new Set(trained);
  return cells.map(({ work, network }) => {
    if (network === null || there.has(network.id)) return work;
    there.add(network.id);
    return work + network.work;
  });
}

/** A cell that is being measured. */
export interface CellUnderWay {
  readonly work: number;
  /** Since it began. */
  readonly seconds: number;
  /** How its first phase goes, once it has told of it twice; null in later phases, which say nothing about the whole. */
  readonly firstPhase: {
    /** Part of the phase done since it was first heard of, and the seconds that took: a resumed training begins late. */
    readonly progressed: number;
    readonly seconds: number;
    /** Part still to do. */
    readonly remaining: number;
  } | null;
}

/**
 * Work a second of one worker: what this run has shown, with what was known before counting as one more cell.
 *
 * @param prior rate known before the run
 * @param priorWork weight of that knowledge, in work
 */
export function rateOf(done: Pace, prior: number, priorWork: number): number {
  const seconds = done.seconds + priorWork / prior;
  return seconds > 0 ? (done.work + priorWork) / seconds : prior;
}

/**
 * Seconds until all is done: cells are handed, in order, to whichever worker is free first, as the pool does it.
 *
 * @param running cells under way, one entry for each busy worker
 * @param waiting work of the cells that nobody has begun
 */
export function secondsLeft(
  running: readonly CellUnderWay[],
  waiting: readonly number[],
  rate: number,
  workers: number,
): number {
  const free = Array.from({ length: Math.max(1, workers) }, (_, index) => {
    const cell = running[index];
    return cell === undefined ? 0 : cellSecondsLeft(cell, rate);
  });
  for (const work of waiting) {
    const first = free.indexOf(Math.min(...free));
    free[first] = free[first]! + work / rate;
  }
  return Math.max(0, ...free);
}

/** A cell's remaining seconds: by its work at first, and more and more by its own progress where that says something. */
function cellSecondsLeft({ work, seconds, firstPhase }: CellUnderWay, rate: number): number {
  const expected = work / rate;
  const byWork = Math.max(expected - seconds, 0.05 * expected); // one that takes longer than thought is still nearly done
  if (firstPhase === null || firstPhase.progressed <= 0) return byWork;
  const byProgress = (firstPhase.seconds / firstPhase.progressed) * firstPhase.remaining;
  const trust = Math.min(1, 10 * firstPhase.progressed);
  return byWork + trust * (byProgress - byWork);
}

/** How fast an experiment's cells were measured on this machine, for estimates of time. Nothing else depends on it. */
export interface Calibration {
  /** Work a second of one worker, as known when it was read. */
  readonly rate: number;
  /** Whether that rests on cells measured here; else it is a guess. */
  readonly isMeasured: boolean;
  /** Adds a finished cell. Cells that only loaded their models say nothing about training: leave them out. */
  add(pace: Pace): void;
  save(): void;
}

const paces = z.record(z.string(), z.object({ work: z.number().positive(), seconds: z.number().positive() }));

/** Weight of the older measurements whenever a new one comes: the last ten cells or so decide. */
const paceMemory = 0.9;

/**
 * @param file results/store/calibration.json; a missing or damaged one counts as empty
 * @param circumstances what the speed depends on: experiment, scale, data, backend, processor, threads
 */
export function calibration(file: string, circumstances: readonly string[]): Calibration {
  const key = circumstances.join(", ");
  const known = readPaces(file)[key];
  let latest = known;
  return {
    rate: known === undefined ? defaultRate : known.work / known.seconds,
    isMeasured: known !== undefined,
    add({ work, seconds }) {
      if (!(work > 0 && seconds > 0)) return;
      const before = latest ?? { work: 0, seconds: 0 };
      latest = { work: paceMemory * before.work + work, seconds: paceMemory * before.seconds + seconds };
    },
    // Over what the file says now: another experiment may have been measured since it was read.
    save() {
      const added = latest === undefined || latest === known ? {} : { [key]: latest };
      writeFileAtomically(file, `${JSON.stringify({ ...readPaces(file), ...added }, null, 1)}\n`);
    },
  };
}

function readPaces(file: string): Record<string, Pace> {
  if (!existsSync(file)) return {};
  try {
    return paces.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {}; // only a help for estimates: measured anew
  }
}
