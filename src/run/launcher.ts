import os from "node:os";
import path from "node:path";
import { type Failure, plural } from "../base";
import { assignedNetwork } from "../custom-network";
import type { Progress } from "../experiment";
import { identityOfFacts, storedId } from "../identity";
import type { RuntimeFacts } from "../runtime";
import type { CellRecord, StatisticsOutcome } from "../store";
import { surroundings } from "./provenance";
import type { JobsAction, PlannedCell, RunPlan } from "./run-plan";
import {
  type Assignment,
  allowedCores,
  type Measured,
  type Placement,
  placeWorkers,
  tasksetPath,
  workerPool,
  workersAtOnce,
} from "./worker-pool";

/**
 * What measures the cells of a run: processes of this machine, or a cluster. The command line chooses one and hands it in;
 * whichever it is, the results are the same on processors of one kind.
 */
export interface Launcher {
  /** "local", "slurm": for the provenance. */
  readonly name: string;
  /** Threads that it computes each cell with. */
  readonly threads: number;
  /** The machine, as far as the speed depends on it; null for the one that this process runs on. */
  readonly machine: string | null;
  /** What can be done with the jobs of a run, where they outlive this process; null where they do not. */
  readonly jobs: Jobs | null;
  /** Where so many cells are measured: one entry for each that can be measured at the same time. */
  placements(cells: number): Placement[];
  /** These in words: "2 workers with 1 thread, each on its own core". */
  placementText(placements: readonly Placement[]): string;
  launch(options: LaunchOptions): Launch;
}

/** Jobs with a cluster that go on while nobody waits for them. */
export interface Jobs {
  /**
   * Hands in the cells of a run that are to do, tells of its jobs or ends them, and comes back at once.
   */
  act(
    action: Exclude<JobsAction, "collect">,
    run: { readonly plan: RunPlan; readonly toDo: readonly PlannedCell[] },
  ): Promise<JobsReport>;
  /** The cells that failed, and in what words; forgets the jobs of those that are measured. */
  collect(plan: RunPlan): { readonly cell: PlannedCell; readonly message: string }[];
}

/** What an action has to say: to people, and to machines. */
export interface JobsReport {
  readonly lines: readonly string[];
  readonly json: object;
}

export interface LaunchOptions {
  readonly plan: RunPlan;
  readonly placements: readonly Placement[];
  readonly events: LaunchEvents;
}

/** What happens to cells, as it happens. Places count from 0. */
export interface LaunchEvents {
  /**
   * A worker of this machine is ready for its first cell, so many seconds after it was asked for.
   *
   * @param runtime what will compute; null where no backend is loaded yet
   */
  workerStarted(seconds: number, runtime: RuntimeFacts | null): void;
  started(cell: PlannedCell, place: number): void;
  progress(cell: PlannedCell, place: number, progress: Progress): void;
  /** Given weights were compared with what they store, before a cell is measured with them; each worker does so. */
  checked(check: StatisticsOutcome): void;
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

/** What every worker of a run is told first. */
export function assignmentOf({
  experimentFile,
  parameters,
  options,
  data,
  threads,
  code,
  folders,
  customNetwork,
}: RunPlan): Assignment {
  return {
    experimentFile,
    parameters: parameters.values,
    data: options.data,
    dataFolder: options.dataFolder,
    ...(data?.name === "images" ? { dataImages: data.images } : {}),
    dataChecksum: data?.checksum ?? null,
    backend: options.backend,
    ...(options.precision === undefined ? {} : { precision: options.precision }),
    ...(options.gpu === undefined ? {} : { gpu: options.gpu }),
    threads,
    modelCode: code.models,
    modelsFolder: folders.models,
    ...(customNetwork === null ? {} : { network: assignedNetwork(customNetwork) }),
  };
}

/** The record of a cell that has just been measured. @param launcher name of what had it measured */
export function recordOf(
  { id: asked, identity }: Pick<PlannedCell, "id" | "identity">,
  measured: Measured,
  launcher: string,
): CellRecord {
  const { rows, read, seconds, models, runtime, statistics } = measured;
  const id = storedId(asked, runtime && identityOfFacts(runtime));
  const checked = statistics === undefined ? {} : { statistics };
  const [finished, origin] = [new Date().toISOString(), { launcher, ...surroundings() }];
  return { id, identity, read, rows, seconds, finished, models, ...checked, runtime, origin };
}

/** Worker processes on this machine. @param workers as asked for @param threads of each */
export function localLauncher(workers: number | "auto", threads: number): Launcher {
  const cores = allowedCores();
  const canPin = tasksetPath() !== null;
  return {
    name: "local",
    threads,
    machine: null,
    jobs: null,
    placements(cells) {
      const count = Math.min(workersAtOnce(workers, threads, cores), cells);
      return placeWorkers(count, { threads, cores, canPin });
    },
    placementText(placements) {
      const free = placements.length > 1 && !canPin ? ", not pinned to cores: no taskset here" : "";
      const pinned = placements[0]?.core !== null;
      return `${plural(placements.length, "worker")} with ${plural(threads, "thread")}${pinned ? ", each on its own core" : free}`;
    },
    launch({ plan, placements, events }) {
      const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
      const cellOf = ({ id }: { readonly id: string }): PlannedCell => cells.get(id)!;
      const logFile = (worker: number) => path.join(plan.folders.logs, `${plan.name}-worker-${worker + 1}.log`);
      const pool = workerPool({
        assignment: assignmentOf(plan),
        placements,
        logFile,
        memoryLimit: memoryLimit(placements.length),
        events: {
          workerStarted: events.workerStarted,
          started: (job, worker) => events.started(cellOf(job), worker),
          progress: (job, worker, progress) => events.progress(cellOf(job), worker, progress),
          checked: events.checked,
          measured(job, worker, measured) {
            const record = recordOf(cellOf(job), measured, "local");
            plan.store.write(record);
            return events.measured(cellOf(job), worker, record);
          },
          failed: (job, worker, failure) => events.failed(cellOf(job), worker, failure, logFile(worker)),
          retried: (job, worker, how) => events.retried(cellOf(job), worker, `its worker ${how}`, logFile(worker)),
          stopped: (job, worker) => events.stopped(cellOf(job), worker),
        },
      });
      return { ...pool, stopping: "stopping after the current step; once more stops at once" };
    },
  };
}

/** A worker that has grown beyond its share of three quarters of the memory is replaced between two cells. */
function memoryLimit(workers: number): number {
  return Math.max(2 ** 30, (0.75 * os.totalmem()) / workers);
}
