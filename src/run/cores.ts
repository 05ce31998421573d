import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** How a worker process is started so that the workers share the machine well. */
export interface Placement {
  readonly threads: number;
  /** The core that the worker keeps to; null when the operating system is free to move it. */
  readonly core: number | null;
}

/**
 * Threads of each worker: one, unless a single worker was asked for, which gets all of them. Two processes with a thread
 * each train faster than one with two (measured: 200 ms against 315 ms a step).
 *
 * It follows from what was asked for, never from how many cells are left: the number of threads decides the order in which
 * TensorFlow adds, and with it the last bits of every result, so a resumed run must compute with as many as before.
 */
export function threadsPerWorker(asked: number | "auto", cores: readonly number[]): number {
  return asked === 1 ? Math.max(1, cores.length) : 1;
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
