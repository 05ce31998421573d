/** How far a run is: the state of its cells, and how that is told on a screen or in lines. */
import { duration, type Terminal } from "../base";
import { cellName, type Progress } from "../experiment";
import { mean, sum } from "../statistics";
import { type CellUnderWay, rateOf, secondsLeft } from "./estimate";
import type { Job } from "./worker-pool";

export interface BoardOptions {
  /** Cells of the run, those included that need no measuring. */
  readonly cells: number;
  /** The cells to measure, in order. */
  readonly jobs: readonly Job[];
  /** Seconds that a job should take; null where that is not known. */
  readonly expected: (job: Job) => number | null;
  readonly workers: number;
  /** Seconds on some clock that only goes forward. */
  readonly clock: () => number;
}

/** What one worker is at. */
export interface Lane {
  readonly worker: number;
  readonly job: Job;
  readonly progress: Progress | null;
  readonly seconds: number;
}

/** The state of a run as the screen shows it; knows nothing of screens. */
export interface ProgressBoard {
  started(job: Job, worker: number): void;
  progress(worker: number, progress: Progress): void;
  /** The cell is measured, or failed; `seconds` only when it was measured. */
  ended(worker: number, seconds: number | null): void;
  /** The cell goes back into the queue. */
  returned(worker: number): void;
  lanes(): Lane[];
  /** Cells measured, cached or failed so far. */
  settled(): number;
  /** Part of the work that is done, 0 to 1. */
  fraction(): number;
  /** Null while it is not known: before the first cell of unknown time is measured. */
  secondsLeft(): number | null;
}

interface Occupation {
  readonly job: Job;
  readonly begin: number;
  progress: Progress | null;
  /** What the cell told first. */
  first: { readonly phase: string; readonly fraction: number; readonly time: number } | null;
}

export function progressBoard({ cells, jobs, expected, workers, clock }: BoardOptions): ProgressBoard {
  const lanes = new Map<number, Occupation>();
  const waiting = new Map(jobs.map((job) => [job.id, job]));
  const known = jobs.flatMap((job) => expected(job) ?? []);
  const isUnknown = (job: Job) => expected(job) === null;
  /** Seconds that jobs of unknown time took. */
  const found: number[] = [];
  const usual = () => (found.length > 0 ? mean(found) : known.length > 0 ? mean(known) : 1);
  const work = (job: Job) => expected(job) ?? usual();
  const measured = { work: 0, seconds: 0 };
  const settledJobs: Job[] = [];
  let settled = cells - jobs.length;

  const underWay = (): CellUnderWay[] =>
    [...lanes.values()].map(({ job, begin, progress, first }) => ({
      work: work(job),
      seconds: clock() - begin,
      firstPhase:
        progress === null || first === null || progress.phase !== first.phase
          ? null
          : {
              progressed: fractionOf(progress) - first.fraction,
              seconds: clock() - first.time,
              remaining: 1 - fractionOf(progress),
            },
    }));
  const leave = (worker: number) => {
    const job = lanes.get(worker)?.job;
    lanes.delete(worker);
    return job;
  };
  // By how much faster the jobs go than expected; those of unknown time say nothing of it.
  const currentRate = () => rateOf(measured, 1, known.length === 0 ? 0 : mean(known));

  return {
    started(job, worker) {
      waiting.delete(job.id);
      lanes.set(worker, { job, begin: clock(), progress: null, first: null });
    },
    progress(worker, progress) {
      const lane = lanes.get(worker);
      if (lane === undefined) return;
      lane.progress = progress;
      lane.first ??= { phase: progress.phase, fraction: fractionOf(progress), time: clock() };
    },
    ended(worker, seconds) {
      const job = leave(worker);
      if (job === undefined) return;
      settled++;
      settledJobs.push(job);
      if (seconds === null) return;
      if (isUnknown(job)) found.push(seconds);
      else {
        measured.work += work(job);
        measured.seconds += seconds;
      }
    },
    returned(worker) {
      const job = leave(worker);
      if (job !== undefined) waiting.set(job.id, job);
    },
    lanes: () =>
      [...lanes]
        .sort(([left], [right]) => left - right)
        .map(([worker, { job, begin, progress }]) => ({ worker, job, progress, seconds: clock() - begin })),
    settled: () => settled,
    fraction() {
      const all = sum(jobs.map(work));
      if (all === 0) return 1;
      const begun = sum(
        underWay().map((cell) => cell.work * Math.min(0.95, (cell.seconds * currentRate()) / cell.work)),
      );
      return Math.min(1, (sum(settledJobs.map(work)) + begun) / all);
    },
    secondsLeft() {
      const left = [...waiting.values(), ...[...lanes.values()].map(({ job }) => job)];
      if (found.length === 0 && left.some(isUnknown)) return null;
      return secondsLeft(underWay(), [...waiting.values()].map(work), currentRate(), workers);
    },
  };
}

/** The board as lines of at most `width` characters: one a worker, then one for the run, then what is said below it. */
export function boardLines(
  board: ProgressBoard,
  cells: number,
  width: number,
  below: readonly string[] = [],
): string[] {
  const lanes = board.lanes();
  const nameWidth = Math.min(Math.max(0, ...lanes.map(({ job }) => cellName(job.cell).length)), Math.floor(width / 3));
  const lines = lanes.map(({ worker, job, progress, seconds }) => {
    const name = fit(cellName(job.cell), nameWidth).padEnd(nameWidth);
    if (progress === null) return fit(`  ${worker + 1}  ${name}  ${duration(seconds)}`, width);
    const part = fractionOf(progress);
    const note = progress.note === undefined ? "" : `  ${progress.note}`;
    return fit(`  ${worker + 1}  ${name}  ${bar(part, 16)} ${percent(part)}  ${progress.phase}${note}`, width);
  });
  const part = board.fraction();
  const left = leftText(board.secondsLeft());
  return [
    ...lines,
    fit(`  ${bar(part, 24)} ${percent(part)}  ${board.settled()} of ${cells} cells, ${left}`, width),
    ...below.map((line) => fit(`  ${line}`, width)),
  ];
}

/** "2 min left", "time left unknown". */
export function leftText(seconds: number | null): string {
  return seconds === null ? "time left unknown" : `${duration(seconds)} left`;
}

function fractionOf({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
}

function bar(part: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

function percent(part: number): string {
  return `${Math.floor(100 * Math.min(1, Math.max(0, part)))} %`.padStart(5);
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Tells how a run goes: bars on a screen, else one line for each event worth telling. */
export interface ProgressTeller {
  started(job: Job): void;
  progress(job: Job, progress: Progress): void;
  measured(job: Job, seconds: number): void;
  /** Takes the bars away. */
  close(): void;
}

const redrawMilliseconds = 200;
/** Where lines cannot be redrawn: the least time between two lines about one cell. */
const tellSeconds = 15;

/** Says of many runs what is left, given the seconds left of the one that goes on; null where these are not known. */
export type Whole = (secondsLeft: number | null) => string;

export interface TellerOptions {
  readonly screen: Terminal;
  readonly board: ProgressBoard;
  /** Cells of the run, those included that need no measuring. */
  readonly cells: number;
  /** Seconds on some clock that only goes forward. */
  readonly clock: () => number;
  /** Where the run is one of many: says of the whole what is left, given the seconds left of this run. */
  readonly whole?: Whole | null;
}

export function progressTeller({ screen, board, cells, clock, whole = null }: TellerOptions): ProgressTeller {
  const { say, draw, isLive, width } = screen;
  const wholeText = () => (whole === null ? [] : [whole(board.secondsLeft())]);
  if (isLive) {
    const lines = () => boardLines(board, cells, width() - 1, wholeText());
    const timer = setInterval(() => draw(lines()), redrawMilliseconds);
    timer.unref();
    return {
      started: () => {},
      progress: () => {},
      measured: (job, seconds) => say(`${number(job, cells)} ${cellName(job.cell)}: ${duration(seconds)}`),
      close() {
        clearInterval(timer);
        draw([]);
      },
    };
  }
  const lastTold = new Map<string, number>();
  const left = () =>
    [`${board.settled()} of ${cells} done, ${leftText(board.secondsLeft())}`, ...wholeText()].join("; ");
  return {
    started(job) {
      lastTold.set(job.id, clock());
      say(`${number(job, cells)} ${cellName(job.cell)}: begun`);
    },
    progress(job, { phase, done, total, note }) {
      if (clock() - (lastTold.get(job.id) ?? 0) < tellSeconds) return;
      lastTold.set(job.id, clock());
      const percent = total > 0 ? ` ${Math.floor((100 * done) / total)} %` : "";
      say(`${number(job, cells)} ${cellName(job.cell)}: ${phase}${percent}${note ? `, ${note}` : ""}; ${left()}`);
    },
    measured: (job, seconds) =>
      say(`${number(job, cells)} ${cellName(job.cell)}: measured in ${duration(seconds)}; ${left()}`),
    close: () => {},
  };
}

/** "[ 3/30]": the cell's place in the experiment's order. */
function number(job: Job, cells: number): string {
  return `[${String(job.index + 1).padStart(String(cells).length)}/${cells}]`;
}
