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

/** @example duration(4210) // "1 h 10 min" */
export function duration(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) {
    const rest = Math.round(seconds % 60);
    return rest === 60 || rest === 0 ? `${minutes} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
  }
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const wholeHours = Math.round(minutes / 60);
  return `${Math.floor(wholeHours / 24)} d ${wholeHours % 24} h`;
}
