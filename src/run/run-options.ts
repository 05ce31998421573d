import type { DatasetName } from "../data";
import type { Scale } from "../experiment";
import type { BackendName } from "../runtime";

/** What to do with the jobs of a run, in place of waiting for them. */
export type JobsAction = "submit" | "status" | "cancel" | "collect";

/** What a run is asked for; the launcher that measures its cells is handed in beside it. */
export interface RunOptions {
  readonly scale: Scale;
  readonly data: DatasetName | null;
  readonly dataFolder: string | null;
  readonly overrides: Readonly<Record<string, string>>;
  /** Absolute path of the file whose network is put to the test in place of the experiment's own, where one is given. */
  readonly network?: string;
  /** Threads that each cell is computed with: they decide the last bits of every result. */
  readonly threads: number;
  readonly backend: BackendName;
  /** What to do with the run's jobs; null to hand its cells in and wait for them. */
  readonly jobs: JobsAction | null;
  /** Beginnings of the identifiers of the only cells to measure; empty for all. */
  readonly only: readonly string[];
  readonly dryRun: boolean;
  readonly fresh: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly strict: boolean;
  readonly debug: boolean;
  readonly colour: boolean;
  readonly results: string;
  readonly reports: string;
  /** Folder of the training curves of all runs, for TensorBoard, where they are asked for. */
  readonly tensorboard?: string;
  /** The command that was given, for people to give again: "npx ts-node experiments/block-deletion.ts --scale smoke". */
  readonly command: string;
}
