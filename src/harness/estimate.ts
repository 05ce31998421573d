/** Multiply-accumulates a second of one worker where nothing has been measured yet. */
export const defaultRate = 3e9;

/** What is known about the speed of a worker: work done and the seconds it took. */
export interface Pace {
  readonly work: number;
  readonly seconds: number;
}

/** A cell that is being measured. */
export interface CellUnderWay {
  readonly work: number;
  /** Since it began. */
  readonly seconds: number;
  /** Part of its current phase that is done, 0 to 1. */
  readonly fraction: number;
  /** Whether that phase is its first: then the fraction says how long the whole will take. */
  readonly isFirstPhase: boolean;
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

/** A cell's remaining seconds: by its own progress while that says something, else by its work. */
function cellSecondsLeft({ work, seconds, fraction, isFirstPhase }: CellUnderWay, rate: number): number {
  const byWork = work / rate;
  const byProgress = isFirstPhase && fraction > 0.02 ? seconds / fraction : byWork;
  const expected = isFirstPhase ? byWork + (byProgress - byWork) * Math.min(1, 10 * fraction) : byWork;
  return Math.max(expected - seconds, 0.05 * expected); // a cell that takes longer than thought is still nearly done
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
