/** How long cells take: by their work, by cells like them and the pace measured on this machine before, and by how far they are. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { duration, plural, writeFileAtomically } from "../base";
import { type CellIdentity, isSameCell } from "../identity";
import { mean, sum } from "../statistics";
import type { CellRecord } from "../store";

/**
 * Multiply-accumulates a second of one worker where nothing has been measured yet. Two workers on a core each of a common
 * server (AMD EPYC) came to so many over all experiments at `quick`; single experiments to between a half and 1.3 times it.
 */
export const defaultRate = 3.3e10;

/** The same in bfloat16, of residual networks on CIFAR-10 (Intel Xeon with AMX, two workers on a core each). */
export const bfloat16Rate = 6.2e10;

/** What is known about the speed of a worker: work done and the seconds it took. */
export interface Pace {
  readonly work: number;
  readonly seconds: number;
}

/** A cell by its cost. */
export interface WeighedCell {
  /** Without the training of its network; null where it is not known. */
  readonly work: number | null;
  /** The network that it asks for, with the work of its training. */
  readonly network: { readonly id: string; readonly work: number } | null;
}

/**
 * Work of each cell when they run in this order: the first that asks for a network trains it, the others find it.
 *
 * @param trained networks that are there before the first begins
 */
export function worksInOrder(cells: readonly WeighedCell[], trained: ReadonlySet<string>): (number | null)[] {
  const there = new Set(trained);
  return cells.map(({ work, network }) => {
    if (work === null || network === null || there.has(network.id)) return work;
    there.add(network.id);
    return work + network.work;
  });
}

/** A time in seconds: what is expected, and between which it may well be. */
export interface Span {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/**
 * What is taken for the share of the expected time between which the true one is, by the pace of the experiment's own cells, and
 * by `defaultRate`, where single experiments came to between a half and 1.3 times it.
 */
const [ownPace, foreignPace] = [
  [1 / 1.5, 1.5],
  [1 / 1.3, 2],
] as const;
/** The same around the mean of cells that are alike in all but their seed. */
const likeCellsPace = [1 / 1.25, 1.25] as const;
/** A start of a worker before one has been measured: Node, the experiment's file, TensorFlow. */
const usualStart: Span = { low: 1, middle: 3, high: 10 };

/**
 * The time of a cell: that of cells like it where some have been measured, else by its work; null where neither is known.
 *
 * @param earlier seconds that cells like it took
 */
export function cellSpan(work: number | null, earlier: readonly number[], pace: Calibration): Span | null {
  if (earlier.length > 0) {
    const middle = mean(earlier);
    return {
      low: Math.min(likeCellsPace[0] * middle, ...earlier),
      middle,
      high: Math.max(likeCellsPace[1] * middle, ...earlier),
    };
  }
  if (work === null) return null;
  const [least, most] = pace.isMeasured ? ownPace : foreignPace;
  const middle = work / pace.rate;
  return { low: least * middle, middle, high: most * middle };
}

/** The time that a worker takes before its first cell. @param pace of starts, one start the unit of work */
export function startSpan({ isMeasured, rate }: Calibration): Span {
  return isMeasured ? { low: ownPace[0] / rate, middle: 1 / rate, high: ownPace[1] / rate } : usualStart;
}

/** How long a run takes, as far as that can be told. */
export interface Estimate extends Span {
  /** Cells whose time is unknown: they come on top. */
  readonly unknown: number;
}

/** The time of a run whose cells take so long each. */
export function estimateOf(cells: readonly (Span | null)[], start: Span, workers: number): Estimate {
  const known = cells.flatMap((cell) => cell ?? []);
  const unknown = cells.length - known.length;
  const time = (of: keyof Span) =>
    cells.length === 0
      ? 0
      : start[of] +
        secondsLeft(
          [],
          known.map((cell) => cell[of]),
          1,
          workers,
        );
  return { low: time("low"), middle: time("middle"), high: time("high"), unknown };
}

/** The time of runs that follow one another. */
export function totalOf(estimates: readonly Estimate[]): Estimate {
  const total = (of: keyof Estimate) => sum(estimates.map((estimate) => estimate[of]));
  return { low: total("low"), middle: total("middle"), high: total("high"), unknown: total("unknown") };
}

/** @example estimateText({ low: 40, middle: 60, high: 90, unknown: 2 }) // "40 s to 1 min 30 s, and 2 cells of unknown time" */
export function estimateText({ low, high, unknown }: Estimate, cells: number): string {
  if (unknown > 0 && unknown >= cells) return "unknown, as no such cell was measured here yet";
  const [least, most] = [duration(low), duration(high)];
  const known = least === most ? (high < 1 ? most : `about ${most}`) : `${least} to ${most}`;
  return unknown === 0 ? known : `${known}, and ${plural(unknown, "cell")} of unknown time`;
}

/**
 * Seconds that cells took which differ from the one asked for in their seed and code at most.
 *
 * @param records of its experiment
 * @param processor that measured them; those of another say nothing
 */
export function likeCells(records: readonly CellRecord[], identity: CellIdentity, processor: string): number[] {
  const alike = ({ setting, ...others }: CellIdentity): CellIdentity => ({
    ...others,
    setting: { ...setting, seed: 0 },
    code: identity.code, // what cells cost hardly changes with it
  });
  const wanted = alike(identity);
  return records
    .filter(({ origin }) => (origin?.machine.processor ?? processor) === processor)
    .filter((record) => isSameCell({ ...record, identity: alike(record.identity) }, wanted))
    .map(({ seconds }) => seconds);
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
 * @param usual rate that is taken before anything has been measured
 */
export function calibration(file: string, circumstances: readonly string[], usual = defaultRate): Calibration {
  const key = circumstances.join(", ");
  const known = readPaces(file)[key];
  let latest = known;
  return {
    rate: known === undefined ? usual : known.work / known.seconds,
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
