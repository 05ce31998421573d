/**
 * How a run is, written down by the run for those who watch it: `results/store/runs/<run>.json`. Nothing depends on it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { errorCode, FileError, writeFileAtomically } from "../base";
import { cellName } from "../experiment";
import type { ProgressBoard, Whole } from "./progress";
import type { PlannedCell, RunPlan } from "./run-plan";

const cellStates = ["cached", "measured", "failed", "under way", "waiting", "left out"] as const;

/** "cached": measured by an earlier run; "left out": not asked for by `--only`. */
export type CellState = (typeof cellStates)[number];

const endings = ["measured", "interrupted", "broken off"] as const;

/** How the measuring of a run ended; "broken off": by an error that was no cell's. */
export type RunEnding = (typeof endings)[number];

const statusSchema = z.object({
  run: z.string(),
  experiment: z.string(),
  title: z.string(),
  question: z.string(),
  scale: z.string(),
  /** Null for an experiment that makes its own data. */
  data: z.string().nullable(),
  /** The command that was given; it resumes the run. */
  command: z.string(),
  /** The process that runs it, and where. */
  pid: z.number().int().positive(),
  host: z.string(),
  /** ISO 8601, UTC. */
  started: z.iso.datetime(),
  /** When this was written: a sign of life. ISO 8601, UTC. */
  written: z.iso.datetime(),
  /** Null while it goes on. */
  ending: z.enum(endings).nullable(),
  /** Part of the work to do that is done, 0 to 1. */
  fraction: z.number().min(0).max(1),
  /** Null where it is not known. */
  secondsLeft: z.number().nonnegative().nullable(),
  /** What is said of the whole, where the run is one of many. */
  whole: z.string().nullable(),
  /** In the order of the experiment. */
  cells: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.enum(cellStates),
      /** Time it took to measure; null where it is not measured. */
      seconds: z.number().nonnegative().nullable(),
      /** Null unless it failed. */
      failure: z.object({ message: z.string(), log: z.string() }).nullable(),
    }),
  ),
  /** What the workers are at, in their order. */
  underWay: z.array(
    z.object({
      cell: z.string(),
      seconds: z.number().nonnegative(),
      /** Null until it tells how far it is. */
      progress: z
        .object({ phase: z.string(), done: z.number(), total: z.number(), note: z.string().exactOptional() })
        .nullable(),
    }),
  ),
  /** The networks that its cells ask for, by their names in the model store. */
  networks: z.array(z.object({ id: z.string(), name: z.string(), seed: z.number(), steps: z.number() })),
  /** Its report, once there is one. */
  reportFile: z.string(),
});

export type RunStatus = z.infer<typeof statusSchema>;

export interface StatusOptions {
  readonly plan: RunPlan;
  readonly board: ProgressBoard;
  /** Cells that are to be measured. */
  readonly toDo: readonly PlannedCell[];
  /** Measured cells by identifier; grows. */
  readonly records: ReadonlyMap<string, { readonly seconds: number }>;
  /** The name of a network in the model store, by the identifier that cells ask for. */
  readonly nameOf: (asked: string) => string;
  /** What to say of the whole where the run is one of many, given the seconds left of this run. */
  readonly whole: Whole | null;
  /** Time between two signs of life. */
  readonly beatMilliseconds?: number;
}

/** Keeps the status of a run while its cells are measured. */
export interface StatusKeeper {
  /** @param log the file that tells more */
  failed(cell: PlannedCell, message: string, log: string): void;
  close(ending: RunEnding): void;
}

/** Writes down how a run is, now and from time to time until it is closed. */
export function keepStatus(options: StatusOptions): StatusKeeper {
  const { plan, beatMilliseconds = 2000 } = options;
  const file = path.join(plan.folders.runs, `${plan.name}.json`);
  const started = new Date().toISOString();
  const failures = new Map<string, { readonly message: string; readonly log: string }>();
  const write = (ending: RunEnding | null) => {
    try {
      const status = statusOf(options, failures, started, ending);
      writeFileAtomically(file, `${JSON.stringify(status)}\n`);
    } catch (error) {
      // What fills the disk or locks the folder ends the run where it writes its cells, and is told of there.
      if (!(error instanceof FileError)) throw error;
    }
  };
  write(null);
  const timer = setInterval(() => write(null), beatMilliseconds);
  timer.unref();
  return {
    failed: ({ id }, message, log) => failures.set(id, { message, log }),
    close(ending) {
      clearInterval(timer);
      write(ending);
    },
  };
}

function statusOf(
  { plan, board, toDo, records, whole, nameOf }: StatusOptions,
  failures: ReadonlyMap<string, { readonly message: string; readonly log: string }>,
  started: string,
  ending: RunEnding | null,
): RunStatus {
  const { name, definition, options, folders } = plan;
  const lanes = ending === null ? board.lanes() : [];
  const underWay = new Set(lanes.map(({ job }) => job.id));
  const asked = new Set(toDo.map(({ id }) => id));
  const stateOf = ({ id, cached }: PlannedCell): CellState => {
    if (records.has(id)) return cached === null ? "measured" : "cached";
    if (failures.has(id)) return "failed";
    if (underWay.has(id)) return "under way";
    return asked.has(id) ? "waiting" : "left out";
  };
  const secondsLeft = board.secondsLeft();
  return {
    run: name,
    experiment: definition.name,
    title: definition.title,
    question: definition.question,
    scale: options.scale,
    data: options.data,
    command: options.command,
    pid: process.pid,
    host: os.hostname(),
    started,
    written: new Date().toISOString(),
    ending,
    fraction: board.fraction(),
    secondsLeft,
    whole: whole === null ? null : whole(secondsLeft),
    cells: plan.cells.map((cell) => ({
      id: cell.id,
      name: cellName(cell.cell),
      state: stateOf(cell),
      seconds: records.get(cell.id)?.seconds ?? null,
      failure: failures.get(cell.id) ?? null,
    })),
    underWay: lanes.map(({ job, seconds, progress }) => ({ cell: cellName(job.cell), seconds, progress })),
    networks: [...plan.trainings].map(([asked, { architecture, seed, steps }]) => ({
      id: nameOf(asked),
      name: architecture.name,
      seed,
      steps,
    })),
    reportFile: folders.reportFile,
  };
}

/** The statuses that lie in a store, the run that started last first; what cannot be understood is left out. */
export function readStatuses(folder: string): RunStatus[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names
    .flatMap((name) => readStatus(path.join(folder, name)) ?? [])
    .sort((one, other) => (one.started < other.started ? 1 : -1));
}

function readStatus(file: string): RunStatus | null {
  try {
    return statusSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null; // another version's, or just gone
  }
}

/** Whoever has given no sign of life for so long is gone. */
const staleMilliseconds = 60_000;

/**
 * Whether a run goes on: it has not ended, its last sign of life is fresh, and its process is there where that can be asked.
 *
 * @param now milliseconds since 1970
 */
export function goesOn({ ending, written, pid, host }: RunStatus, now: number): boolean {
  if (ending !== null || now - Date.parse(written) > staleMilliseconds) return false;
  return host !== os.hostname() || isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
