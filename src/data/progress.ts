/** What loading a data set is busy with, for a progress bar. */
export interface DataProgress {
  /** "waiting": another process is downloading the same data set, and this one waits for it. */
  readonly activity: "downloading" | "waiting" | "unpacking" | "reading";
  /** Bytes done so far; 0 while waiting. */
  readonly done: number;
  /** Bytes in all; undefined where nobody knows. */
  readonly total: number | undefined;
}

export type OnDataProgress = (progress: DataProgress) => void;
