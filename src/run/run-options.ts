import type { DatasetName } from "../data";
import type { Scale } from "../experiment/parameters";
import type { BackendName } from "../runtime";
import type { JobsAction, LauncherChoice } from "../slurm/options";

/** What the command line asks for. */
export interface RunOptions {
  readonly scale: Scale;
  readonly data: DatasetName | null;
  readonly dataFolder: string | null;
  readonly overrides: Readonly<Record<string, string>>;
  /** Absolute path of the file whose network is put to the test in place of the experiment's own, where one is given. */
  readonly network?: string;
  readonly workers: number | "auto";
  /** Threads of each worker, where they do not follow from how many there are: when a run is looked at again. */
  readonly threads?: number;
  readonly backend: BackendName;
  readonly launcher: LauncherChoice;
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
