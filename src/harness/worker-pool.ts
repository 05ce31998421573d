import type { Placement } from "./cores";
import type { Progress, Setting } from "./experiment";
import type { Assignment, Failure } from "./messages";
import { type Measured, startWorker, type WorkerProcess, WorkerStartError } from "./worker-process";

/** A cell to be measured. */
export interface Job {
  readonly id: string;
  /** Place in the experiment's order of cells, from 0. */
  readonly index: number;
  readonly cell: Setting;
}

export interface PoolOptions {
  readonly assignment: Assignment;
  /** One entry a worker. */
  readonly placements: readonly Placement[];
  readonly logFile: (worker: number) => string;
  /** A worker that holds more memory than this after a cell is replaced, in bytes. */
  readonly memoryLimit: number;
  readonly events: PoolEvents;
}

/** What happens in the pool, as it happens. Workers count from 0. */
export interface PoolEvents {
  started(job: Job, worker: number): void;
  progress(job: Job, worker: number, progress: Progress): void;
  /** The worker gets its next cell when this is done. An error thrown here ends the pool. */
  measured(job: Job, worker: number, result: Measured): Promise<void>;
  failed(job: Job, worker: number, failure: Failure): void;
  /** Its worker crashed; the cell will be tried once more. */
  retried(job: Job, worker: number, how: string): void;
  stopped(job: Job, worker: number): void;
}

export interface Pool {
  /** Resolves when every cell is measured or failed, or after `stop` when every worker has come to rest. */
  run(jobs: readonly Job[]): Promise<void>;
  /** Hands out no more cells and asks the workers to end theirs after the current step. */
  stop(): void;
  /** Ends all workers at once. */
  kill(): void;
}

/** Failures of the machine, not of a cell: every other cell would meet them too. */
const fatal = new Set(["SetUpError", "DataError", "FileError"]);

/** Worker processes that take cells from one queue, in order, each the next one as it becomes free. */
export function workerPool({ assignment, placements, logFile, memoryLimit, events }: PoolOptions): Pool {
  const running = new Set<WorkerProcess>();
  const crashes = new Map<string, number>();
  let queue: Job[] = [];
  let stopping = false;

  const start = async (index: number) => {
    const worker = await startWorker({ assignment, placement: placements[index]!, logFile: logFile(index) });
    running.add(worker);
    return worker;
  };

  /** One worker's life: cell after cell until none is left. */
  const serve = async (index: number) => {
    let worker: WorkerProcess | null = null;
    while (!stopping && queue.length > 0) {
      worker ??= await start(index); // before it takes a cell: one that starts slowly must hold none back
      const current = next();
      if (current === undefined) break;
      events.started(current, index);
      const outcome = await worker.measure(current.cell, (progress) => events.progress(current, index, progress));
      switch (outcome.type) {
        case "measured":
          await events.measured(current, index, outcome);
          if (outcome.memory > memoryLimit) worker = await dismiss(worker);
          break;
        case "failed":
          if (fatal.has(outcome.failure.name)) throw new WorkerStartError(outcome.failure);
          events.failed(current, index, outcome.failure);
          break;
        case "stopped":
          events.stopped(current, index);
          break;
        case "crashed":
          running.delete(worker);
          worker = null;
          dealWithCrash(current, index, outcome.how);
          break;
      }
    }
    if (worker !== null) await dismiss(worker);
  };

  const next = () => (stopping ? undefined : queue.shift());

  const dismiss = async (worker: WorkerProcess) => {
    await worker.leave();
    running.delete(worker);
    return null;
  };

  const dealWithCrash = (job: Job, index: number, how: string) => {
    if (stopping) return events.stopped(job, index);
    const times = (crashes.get(job.id) ?? 0) + 1;
    crashes.set(job.id, times);
    if (times === 1) {
      queue.unshift(job);
      return events.retried(job, index, how);
    }
    events.failed(job, index, { name: "Error", message: `its worker ${how}, twice`, stack: "" });
  };

  const pool: Pool = {
    async run(jobs) {
      queue = [...jobs];
      try {
        await Promise.all(placements.map((_, index) => serve(index)));
      } catch (error) {
        stopping = true;
        pool.kill();
        throw error;
      }
    },
    stop() {
      stopping = true;
      for (const worker of running) worker.stop();
    },
    kill() {
      for (const worker of running) worker.kill();
    },
  };
  return pool;
}
