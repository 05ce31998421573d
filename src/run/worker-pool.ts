import { type ChildProcess, fork } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { type Failure, isFailure, programFile } from "../base";
import type { AssignedNetwork } from "../custom-network";
import type { DatasetName, ImageSize } from "../data";
import type { ParameterValue, Progress, Setting } from "../experiment";
import type { BackendName, RuntimeFacts } from "../runtime";
import { modelUseSchema, rowsSchema, runtimeSchema, type StatisticsOutcome, statisticsSchema } from "../store";

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
  /**
   * A worker is ready for its first cell, so many seconds after it was asked for.
   *
   * @param runtime what will compute; null where no backend is loaded yet
   */
  workerStarted(seconds: number, runtime: RuntimeFacts | null): void;
  started(job: Job, worker: number): void;
  progress(job: Job, worker: number, progress: Progress): void;
  /** A worker has compared given weights with what they store, before it measures with them. */
  checked(check: StatisticsOutcome): void;
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
    const begin = performance.now();
    const worker = await startWorker({
      ...{ assignment, placement: placements[index]!, logFile: logFile(index) },
      onChecked: events.checked,
    });
    running.add(worker);
    events.workerStarted((performance.now() - begin) / 1000, worker.runtime);
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

export type Measured = Extract<WorkerMessage, { type: "measured" }>;

/** How a worker's task can end. */
export type Outcome =
  | Measured
  | Extract<WorkerMessage, { type: "failed" | "stopped" }>
  /** The process ended without an answer. */
  | { readonly type: "crashed"; readonly how: string };

export interface WorkerOptions {
  readonly assignment: Assignment;
  readonly placement: Placement;
  /** Where its output goes: TensorFlow's messages, stack traces. */
  readonly logFile: string;
  /** Told what came of the check of given weights. */
  readonly onChecked?: (check: StatisticsOutcome) => void;
}

/** A running worker, seen from the parent. One task at a time. */
export interface WorkerProcess {
  readonly pid: number;
  /** What will compute; null where no backend is loaded yet. */
  readonly runtime: RuntimeFacts | null;
  measure(cell: Setting, onProgress: (progress: Progress) => void): Promise<Outcome>;
  /** Asks it to end its task after the current step. */
  stop(): void;
  /** Lets it go; resolves when the process has ended. */
  leave(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/** A worker that could not load the experiment or did not start. */
export class WorkerStartError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = failure.name; // "SetUpError": its message is meant for people, whole as it is
    if (failure.stack !== "") this.stack = failure.stack;
  }
}

/**
 * Starts a worker and prepares it.
 *
 * It runs TypeScript by `register.cjs`; where it is to keep to a core, `taskset` sets the affinity and then becomes the
 * worker by exec, so that the process identifier and the message channel stay the same and no thread starts unpinned.
 *
 * @throws WorkerStartError when it ends or fails before it is ready
 */
export async function startWorker({
  assignment,
  placement,
  logFile,
  onChecked,
}: WorkerOptions): Promise<WorkerProcess> {
  const child = forkWorker(placement, assignment, logFile);
  let settle: ((outcome: Outcome | Ready) => void) | undefined;
  let report: ((progress: Progress) => void) | undefined;
  let gone: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      gone = signal === null ? `ended with status ${code}` : `was ended by ${signal}${memoryHint(signal)}`;
      // A message may still be on its way when the process is already gone.
      setImmediate(() => {
        settle?.({ type: "crashed", how: gone ?? "" });
        resolve();
      });
    });
  });
  child.on("error", () => {}); // a message to a worker that has just ended; its exit is dealt with above
  child.on("message", (raw) => {
    const message = readWorkerMessage(raw);
    if (message.type === "progress") report?.(message.progress);
    else if (message.type === "checked") onChecked?.(message.statistics);
    else if (message.type === "unprepared") settle?.({ type: "failed", failure: message.failure });
    else settle?.(message);
  });

  const ask = (message: MessageToWorker) =>
    new Promise<Outcome | Ready>((resolve) => {
      if (gone !== undefined) return resolve({ type: "crashed", how: gone });
      settle = (outcome) => {
        settle = undefined;
        report = undefined;
        resolve(outcome);
      };
      child.send(message);
    });
  const task = async (message: MessageToWorker): Promise<Outcome> => {
    const outcome = await ask(message);
    if (outcome.type === "ready") throw new Error("a worker said that it is ready instead of answering");
    return outcome;
  };

  const prepared = await ask({ type: "prepare", assignment });
  if (prepared.type === "failed") {
    child.kill("SIGKILL");
    throw new WorkerStartError(prepared.failure);
  }
  if (prepared.type === "crashed") {
    throw new WorkerStartError({ name: "Error", message: `a worker ${prepared.how} while it started`, stack: "" });
  }
  if (prepared.type !== "ready") throw new Error(`a worker said "${prepared.type}" before it had a cell`);
  return {
    pid: child.pid ?? 0,
    runtime: prepared.runtime,
    measure(cell, onProgress) {
      const outcome = task({ type: "measure", setting: cell });
      report = onProgress;
      return outcome;
    },
    stop: () => {
      if (child.connected) child.send({ type: "stop" } satisfies MessageToWorker);
    },
    async leave() {
      if (child.connected) child.send({ type: "leave" } satisfies MessageToWorker);
      await ended;
    },
    kill: () => child.kill("SIGKILL"),
  };
}

function forkWorker({ threads, core }: Placement, assignment: Assignment, logFile: string): ChildProcess {
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a");
  const taskset = core === null ? null : tasksetPath();
  const nodeArguments = ["-r", path.join(__dirname, "..", "cli", "register.cjs")];
  try {
    return fork(programFile("run/worker"), [], {
      execPath: taskset ?? process.execPath,
      execArgv: taskset === null ? nodeArguments : ["-c", String(core), process.execPath, ...nodeArguments],
      stdio: ["ignore", log, log, "ipc"],
      env: {
        ...process.env,
        CNN_FINDINGS_BACKEND: assignment.backend,
        ...computingEnvironment(threads),
        TF_NUM_INTEROP_THREADS: threads === 1 ? "1" : (process.env.TF_NUM_INTEROP_THREADS ?? ""),
      },
    });
  } finally {
    closeSync(log); // the worker has its own copy
  }
}

/**
 * Variables of a process that computes: its threads, and memory in large pages where the C library is glibc 2.35 or later. The
 * activations of a mini-batch are hundreds of megabytes; in pages of 4 KiB, scattered over the memory of a virtual machine that has
 * run for a while, a training step takes up to twice as long.
 */
export function computingEnvironment(threads: number): Readonly<Record<string, string>> {
  const { GLIBC_TUNABLES: own = "" } = process.env;
  const pages = "glibc.malloc.hugetlb";
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    GLIBC_TUNABLES: own.includes(pages) ? own : [...(own === "" ? [] : [own]), `${pages}=1`].join(":"),
  };
}

function memoryHint(signal: NodeJS.Signals): string {
  return signal === "SIGKILL" ? " (by hand, or the machine ran out of memory)" : "";
}

/** What a worker is told when it starts: all that its cells have in common. */
export interface Assignment {
  readonly experimentFile: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Null for an experiment that reads no data set. */
  readonly data: DatasetName | null;
  readonly dataFolder: string | null;
  /** The size that images of one's own are brought to. */
  readonly dataImages?: ImageSize;
  /** What the data must hash to, as the parent read it; null without data. */
  readonly dataChecksum: string | null;
  readonly backend: BackendName;
  /** That networks are trained and run in: float32 where it is not there. */
  readonly precision?: "bfloat16";
  /** Whether a GPU must compute: the worker fails without. */
  readonly gpu?: true;
  /** Threads that the worker computes with. */
  readonly threads: number;
  /** Fingerprint of the code that trains. */
  readonly modelCode: string;
  readonly modelsFolder: string;
  /** The custom network that is put to the test, where one is. */
  readonly network?: AssignedNetwork;
}

export type MessageToWorker =
  | { readonly type: "prepare"; readonly assignment: Assignment }
  /** Measures the cell with this setting. */
  | { readonly type: "measure"; readonly setting: Readonly<Record<string, string | number | boolean | null>> }
  /** Ends the current cell after its current step. */
  | { readonly type: "stop" }
  | { readonly type: "leave" };

const failureSchema = z.custom<Failure>(isFailure);

/** The runtime is null where no backend is loaded before the first cell. */
const readySchema = z.object({ type: z.literal("ready"), runtime: runtimeSchema.nullable() });
type Ready = z.infer<typeof readySchema>;

/** What the parent and its workers say to each other is plain JSON, checked on arrival. */
const workerMessage = z.discriminatedUnion("type", [
  readySchema,
  z.object({ type: z.literal("unprepared"), failure: failureSchema }),
  z.object({
    type: z.literal("progress"),
    progress: z.object({
      phase: z.string(),
      done: z.number(),
      total: z.number(),
      note: z.string().exactOptional(),
    }),
  }),
  z.object({ type: z.literal("checked"), statistics: statisticsSchema }),
  z.object({
    type: z.literal("measured"),
    read: z.array(z.string()),
    rows: rowsSchema,
    seconds: z.number(),
    models: z.array(modelUseSchema),
    statistics: statisticsSchema.exactOptional(),
    /** Null where the cell made no tensor. */
    runtime: runtimeSchema.nullable(),
    /** The worker's resident memory, in bytes. */
    memory: z.number(),
  }),
  z.object({ type: z.literal("failed"), failure: failureSchema }),
  z.object({ type: z.literal("stopped") }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;

/** @throws Error for anything else than a worker's message */
export function readWorkerMessage(message: unknown): WorkerMessage {
  const read = workerMessage.safeParse(message);
  if (read.success) return read.data;
  throw new Error(`a worker sent something that is not a message: ${JSON.stringify(message)?.slice(0, 200)}`);
}

/** How a worker process is started so that the workers share the machine well. */
export interface Placement {
  readonly threads: number;
  /** The core that the worker keeps to; null when the operating system is free to move it. */
  readonly core: number | null;
}

/**
 * Workers at a time, each with so many threads: as many as was asked for, or one for every so many cores. Two processes with a
 * thread each train faster than one with two (measured: 200 ms against 315 ms a step).
 *
 * The number of threads is asked for by itself, and follows from nothing else: it decides the order in which TensorFlow adds, and
 * with it the last bits of every result, so that it is a part of what a result depends on.
 */
export function workersAtOnce(asked: number | "auto", threads: number, cores: readonly number[]): number {
  return asked === "auto" ? Math.max(1, Math.floor(cores.length / threads)) : asked;
}

/**
 * Places workers on cores. They are pinned only when they fill the machine, which keeps each one's caches warm; with fewer
 * workers than cores pinning would only put two runs that were started side by side on the same cores.
 */
export function placeWorkers(
  workers: number,
  { threads, cores, canPin }: { threads: number; cores: readonly number[]; canPin: boolean },
): Placement[] {
  const pinned = canPin && threads === 1 && workers === cores.length;
  return Array.from({ length: workers }, (_, index) => ({ threads, core: pinned ? (cores[index] ?? null) : null }));
}

/** Numbers of the cores that this process may use. */
export function allowedCores(): number[] {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const allowed = parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
    // A container may allow less time than its cores could give; libuv knows of that.
    if (allowed.length > 0) return allowed.slice(0, os.availableParallelism());
  } catch {
    // not Linux
  }
  return Array.from({ length: os.availableParallelism() }, (_, core) => core);
}

/** @example parseCoreList("0-2,5") // [0, 1, 2, 5] */
export function parseCoreList(list: string): number[] {
  return list
    .split(",")
    .filter((range) => /^\d+(-\d+)?$/.test(range))
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** The program that pins a process to a core; null where there is none. */
export function tasksetPath(): string | null {
  if (process.platform !== "linux") return null;
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.map((folder) => path.join(folder, "taskset")).find((file) => existsSync(file)) ?? null;
}
