import type { Terminal } from "../base";
import type { Progress } from "../experiment/experiment";
import { cellName } from "./cell-name";
import { duration } from "./estimate";
import { boardLines, type ProgressBoard } from "./progress-board";
import type { Job } from "./worker-pool";

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

export interface TellerOptions {
  readonly screen: Terminal;
  readonly board: ProgressBoard;
  /** Cells of the run, those included that need no measuring. */
  readonly cells: number;
  /** Seconds on some clock that only goes forward. */
  readonly clock: () => number;
  /** Where the run is one of many: says of the whole what is left, given the seconds left of this run. */
  readonly whole?: ((secondsLeft: number) => string) | null;
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
    [`${board.settled()} of ${cells} done, ${duration(board.secondsLeft())} left`, ...wholeText()].join("; ");
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
