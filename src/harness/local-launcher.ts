import os from "node:os";
import path from "node:path";
import { allowedCores, placeWorkers, tasksetPath, threadsPerWorker } from "./cores";
import { assignmentOf, type Launcher, recordOf } from "./launcher";
import type { PlannedCell } from "./run-plan";
import { workerPool } from "./worker-pool";

/** Worker processes on this machine. @param workers as asked for */
export function localLauncher(workers: number | "auto"): Launcher {
  return {
    machine: null,
    placements(cells) {
      const cores = allowedCores();
      const count = Math.min(workers === "auto" ? Math.max(1, cores.length) : workers, cells);
      return placeWorkers(count, {
        threads: threadsPerWorker(workers, cores),
        cores,
        canPin: tasksetPath() !== null,
      });
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
          started: (job, worker) => events.started(cellOf(job), worker),
          progress: (job, worker, progress) => events.progress(cellOf(job), worker, progress),
          measured(job, worker, measured) {
            const record = recordOf(cellOf(job), measured);
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
