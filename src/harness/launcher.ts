import type { CellRecord } from "./cell-record";
import type { Placement } from "./cores";
import type { Progress } from "./experiment";
import type { Assignment, Failure } from "./messages";
import { assignedNetwork } from "./own-network";
import type { RunOptions } from "./run-options";
import type { PlannedCell, RunPlan } from "./run-plan";
import type { Measured } from "./worker-process";

/** What measures the cells of a run: this machine's processes, or a cluster. Whichever it is, the results are the same. */
export interface Launcher {
  /** Where so many cells are measured: one entry for each that can be measured at the same time. */
  placements(cells: number): Placement[];
  /** The machine, as far as the speed depends on it; null for the one that this process runs on. */
  readonly machine: string | null;
  launch(options: LaunchOptions): Launch;
}

export interface LaunchOptions {
  readonly plan: RunPlan;
  readonly placements: readonly Placement[];
  readonly events: LaunchEvents;
}

/** What happens to cells, as it happens. Places count from 0. */
export interface LaunchEvents {
  started(cell: PlannedCell, place: number): void;
  progress(cell: PlannedCell, place: number, progress: Progress): void;
  /** Its record is in the store. The place is free again when this is done. An error thrown here ends the launch. */
  measured(cell: PlannedCell, place: number, record: CellRecord): Promise<void>;
  /** @param log the file that tells more */
  failed(cell: PlannedCell, place: number, failure: Failure, log: string): void;
  /** What measured it is gone; the cell will be tried once more. @param how "its worker ended with status 1" */
  retried(cell: PlannedCell, place: number, how: string, log: string): void;
  stopped(cell: PlannedCell, place: number): void;
  /** Something that a person should know of, in one line. */
  notice(line: string): void;
}

export interface Launch {
  /** Resolves when every cell is measured or failed, or after `stop`. */
  run(cells: readonly PlannedCell[]): Promise<void>;
  /** Comes to rest as soon as that loses nothing. */
  stop(): void;
  /** Comes to rest at once. */
  kill(): void;
  /** What `stop` does, for the person who asked for it. */
  readonly stopping: string;
}

/** The launcher that the command line asks for. */
export function chooseLauncher({ launcher, workers }: RunOptions): Launcher {
  if (launcher.name === "local") {
    const { localLauncher } = require("./local-launcher") as typeof import("./local-launcher");
    return localLauncher(workers);
  }
  const { slurmLauncher } = require("./slurm-launcher") as typeof import("./slurm-launcher");
  return slurmLauncher(launcher);
}

/** What every worker of a run is told first. */
export function assignmentOf({
  experimentFile,
  parameters,
  options,
  data,
  threads,
  code,
  folders,
  ownNetwork,
}: RunPlan): Assignment {
  return {
    experimentFile,
    parameters: parameters.values,
    data: options.data,
    dataFolder: options.dataFolder,
    dataChecksum: data?.checksum ?? null,
    backend: options.backend,
    threads,
    modelCode: code.models,
    modelsFolder: folders.models,
    ...(ownNetwork === null ? {} : { network: assignedNetwork(ownNetwork) }),
  };
}

/** The record of a cell that has just been measured. */
export function recordOf({ id, identity }: Pick<CellRecord, "id" | "identity">, measured: Measured): CellRecord {
  const { rows, seconds, models, runtime } = measured;
  return { id, identity, rows, seconds, finished: new Date().toISOString(), models, runtime };
}
