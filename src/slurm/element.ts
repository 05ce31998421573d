/**
 * The program of one element of a job array: measures its cell and puts the record into the store, as a worker and its
 * parent do it on one machine.
 *
 * Called with the submission's folder and the array's place in it; the element's index is in SLURM_ARRAY_TASK_ID.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { exitStatus, type Failure, failureOf } from "../base";
import { codeFingerprint, measuringCode } from "../identity";
import { recordOf, workerPool } from "../run";
import { cellStore } from "../store";
import { logFile, readSubmission, type Submission, writeOutcome } from "./submission";

async function main(): Promise<number> {
  const [folder = "", array = ""] = process.argv.slice(2);
  const { SLURM_ARRAY_TASK_ID: index, SLURM_ARRAY_JOB_ID: job } = process.env;
  if (folder === "" || !/^\d+$/.test(array) || index === undefined || job === undefined) {
    throw new Error("this program is started by Slurm, as an element of a job array that `--launcher slurm` hands in");
  }
  const submission = readSubmission(folder);
  const log = logFile(submission.logsFolder, submission.run, job, index);
  const end = await measureElement(submission, { array: Number(array), index: Number(index), log });
  if (end === "stopped") return exitStatus.interrupted;
  writeOutcome(
    folder,
    Number(array),
    Number(index),
    "stored" in end ? { type: "measured", ...end } : { type: "failed", failure: end },
  );
  if (!("stored" in end)) console.error(end.stack || end.message);
  return "stored" in end ? exitStatus.success : exitStatus.failure;
}

interface Element {
  readonly array: number;
  readonly index: number;
  readonly log: string;
}

/** What a measured cell is stored as. */
interface MeasuredAs {
  readonly stored: string;
}

/** @returns how it ended: its failure, where it was one */
async function measureElement(
  { assignment, code, cellsFolder, arrays }: Submission,
  { array, index, log }: Element,
): Promise<MeasuredAs | "stopped" | Failure> {
  const element = arrays[array]?.elements.find((one) => one.index === index);
  if (element === undefined) throw new Error(`the submission has no element ${index} in its array ${array}`);
  const { id, identity } = element;
  const { cells } = measuringCode(assignment.experimentFile); // that which trains is a part of it
  if (codeFingerprint(cells) !== code) {
    return failure("the code has changed since the cell was handed in: give the command again");
  }

  let end: MeasuredAs | "stopped" | Failure = "stopped";
  const pool = workerPool({
    assignment,
    placements: [{ threads: assignment.threads, core: null }], // Slurm itself gives cores
    logFile: () => log,
    memoryLimit: Number.POSITIVE_INFINITY,
    events: {
      workerStarted: () => {},
      started: ({ cell }) => console.error(`cell ${id}: ${JSON.stringify(cell)}`),
      progress: () => {},
      checked: () => {}, // it stands in the log and in the record
      async measured(_job, _worker, measured) {
        const record = recordOf({ id, identity }, measured, "slurm");
        cellStore(cellsFolder).write(record);
        end = { stored: record.id };
      },
      failed: (_job, _worker, met) => {
        end = met;
      },
      retried: (_job, _worker, how) => console.error(`its worker ${how}: once more`),
      stopped: () => {},
    },
  });
  // Slurm asks so before the time limit, and at scancel: a training keeps a checkpoint.
  let isToStop = false;
  const stop = () => {
    isToStop = true;
    pool.stop();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  try {
    await pool.run([{ id, index, cell: identity.setting }]);
  } catch (error) {
    // The signal goes to the worker as well, and ends one that only starts, perhaps before it arrives here.
    await sleep(500);
    return isToStop ? "stopped" : failureOf(error);
  }
  return end;
}

function failure(message: string): Failure {
  return { name: "Error", message, stack: "" };
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = exitStatus.failure;
  },
);
