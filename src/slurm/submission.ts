import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { commandText, type Failure, isFailure, programFile, projectRoot, writeFileAtomically } from "../base";
import type { AssignedNetwork } from "../custom-network";
import type { CellIdentity } from "../identity";
import { type Assignment, assignmentOf, type PlannedCell, type RunPlan, storedNetworks } from "../run";
import { recordSchema } from "../store";
import { arraysOf, type ElementPlace } from "./arrays";
import {
  clusterOf,
  type ElementState,
  elementKey,
  isLive,
  LimitError,
  numberOf,
  type SlurmClient,
  type SlurmOptions,
} from "./client";
import { requestedClusters } from "./sbatch-words";

/** Cells that were handed to Slurm together, with all that their elements need to know. Plain JSON. */
export interface Submission {
  /** Name of its folder. */
  readonly id: string;
  readonly run: string;
  readonly assignment: Assignment;
  /** Fingerprint of the code that measures, as it was when the cells were handed in. */
  readonly code: string;
  readonly cellsFolder: string;
  readonly logsFolder: string;
  readonly arrays: readonly {
    /** As sbatch names it, "4242" or "4242;c5"; null until it has, and where it refused the array. */
    readonly job: string | null;
    readonly elements: readonly {
      readonly index: number;
      readonly id: string;
      readonly identity: CellIdentity;
      /** The network that it asks for. */
      readonly network: string | null;
    }[];
  }[];
}

const { id: cellIdSchema, identity: identitySchema } = recordSchema.shape;

const submissionSchema = z.object({
  id: z.string(),
  run: z.string(),
  assignment: z.object({
    experimentFile: z.string(),
    parameters: identitySchema.shape.parameters,
    data: z.enum(["mnist", "cifar10", "images"]).nullable(),
    dataFolder: z.string().nullable(),
    dataImages: z
      .object({ height: z.number(), width: z.number(), channels: z.number(), shorterSide: z.number().exactOptional() })
      .exactOptional(),
    dataChecksum: z.string().nullable(),
    backend: z.enum(["tensorflow", "cpu"]),
    precision: z.literal("bfloat16").exactOptional(),
    gpu: z.literal(true).exactOptional(),
    threads: z.number().int().positive(),
    modelCode: z.string(),
    modelsFolder: z.string(),
    /** Written by this project, and read by no other. */
    network: z.custom<AssignedNetwork>((value) => typeof value === "object" && value !== null).exactOptional(),
  }),
  code: z.string(),
  cellsFolder: z.string(),
  logsFolder: z.string(),
  arrays: z.array(
    z.object({
      job: z.string().nullable(),
      elements: z.array(
        z.object({
          index: z.number().int().nonnegative(),
          id: cellIdSchema,
          identity: identitySchema,
          network: z.string().nullable(),
        }),
      ),
    }),
  ),
});

const outcomeSchema = z.discriminatedUnion("type", [
  /** The cell's record is in the store, under this name: its runtime is the node's, which is not known before. */
  z.object({ type: z.literal("measured"), stored: cellIdSchema }),
  z.object({ type: z.literal("failed"), failure: z.custom<Failure>(isFailure) }),
]);

/** How an element says that it came to its end. */
export type ElementOutcome = z.infer<typeof outcomeSchema>;

/** The place of a cell in a submission. */
export interface SubmittedCell {
  /** The cell's identifier. */
  readonly id: string;
  readonly submission: string;
  /** Place of its array in the submission. */
  readonly array: number;
  readonly index: number;
  readonly job: string;
}

const submissionFile = (folder: string) => path.join(folder, "submission.json");
const cancelledFile = (folder: string) => path.join(folder, "cancelled");
const outcomeName = (array: number, index: number) => `outcome-${array}-${index}.json`;

/** What Slurm took. */
export interface HandedIn {
  readonly submitted: readonly SubmittedCell[];
  /** Cells that a limit keeps out for now, and the limit as Slurm names it. */
  readonly left: readonly PlannedCell[];
  readonly limit: string | null;
}

/** What Slurm is reached by, and asked for. */
export interface Means {
  readonly client: SlurmClient;
  readonly slurm: SlurmOptions;
}

/**
 * Hands cells to Slurm as job arrays. Where a limit keeps so many out, half as many are tried, and so on to a single one;
 * each that is taken holds its place.
 *
 * @throws SlurmError with sbatch's words when it refuses
 */
export async function submitCells(plan: RunPlan, cells: readonly PlannedCell[], means: Means): Promise<HandedIn> {
  if (cells.length === 0) return { submitted: [], left: [], limit: null };
  const clusters = requestedClusters(means.slurm.sbatch);
  let largest = await means.client.largestArray(clusters);
  const underWay = await trainingsUnderWay(path.dirname(plan.folders.jobs), means.client, clusters);
  const submitted: SubmittedCell[] = [];
  let left = cells;
  for (let size = cells.length; left.length > 0; ) {
    const { taken, refusal } = await submitArrays(plan, left.slice(0, size), { largest, underWay }, means);
    submitted.push(...taken);
    const known = new Set(taken.map(({ id }) => id));
    left = left.filter(({ id }) => !known.has(id));
    if (refusal === null) continue;
    if (size === 1) {
      // Not even the element 0 alone: that passes for a number of jobs, and never for the size of an array.
      if (refusal.limit === "MaxArraySize") throw refusal;
      return { submitted, left, limit: refusal.limit };
    }
    size = Math.max(1, Math.floor(Math.min(size, left.length) / 2));
    if (refusal.limit === "MaxArraySize") largest = Math.min(largest, size);
  }
  return { submitted, left, limit: null };
}

/**
 * Hands cells in as one submission.
 *
 * The submission is written before the first array is handed in, as an element may begin at once, and after each, so that
 * whatever goes wrong in between, the next command knows of every job. A cell whose network another element is training,
 * of this run or of another, waits for that element.
 *
 * @param given the elements that train networks, to which those that are handed in here are added
 */
async function submitArrays(
  plan: RunPlan,
  cells: readonly PlannedCell[],
  { largest, underWay }: { readonly largest: number; readonly underWay: Map<string, ElementPlace> },
  { client, slurm }: Means,
): Promise<{ readonly taken: readonly SubmittedCell[]; readonly refusal: LimitError | null }> {
  const { folders, code, name } = plan;
  const planned = arraysOf(cells, { trained: await storedNetworks(plan), underWay, largest });
  const id = `${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}-${randomUUID().slice(0, 8)}`;
  const folder = path.join(folders.jobs, id);
  const jobs: (string | null)[] = planned.map(() => null);
  const write = () => {
    const submission: Submission = {
      id,
      assignment: { ...assignmentOf(plan), ...(slurm.gpus === null ? {} : { gpu: true as const }) },
      code: code.cells,
      cellsFolder: folders.cells,
      logsFolder: folders.logs,
      run: name,
      arrays: planned.map(({ elements }, array) => ({
        job: jobs[array]!,
        elements: elements.map(({ index, cell: { id: cell, identity, network } }) => ({
          index,
          id: cell,
          identity,
          network: network?.id ?? null,
        })),
      })),
    };
    writeFileAtomically(submissionFile(folder), `${JSON.stringify(submission)}\n`);
  };
  const script = path.join(folder, "element.sh");
  writeFileAtomically(script, elementScript());
  write();
  submittedHere.add(id);
  let refusal: LimitError | null = null;
  for (const [array, { after, elements }] of planned.entries()) {
    try {
      jobs[array] = await client.submit({
        name: `cnn-findings-${name}`,
        indices: elements.map(({ index }) => index),
        after: after === null ? null : "job" in after ? after.job : jobs[after.array]!,
        log: logFile(folders.logs, name, "%A", "%a"),
        workingFolder: projectRoot,
        script,
        words: [folder, String(array)],
        slurm,
      });
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      refusal = error;
      break;
    }
    write();
    const job = jobs[array]!;
    for (const { index, cell } of elements) {
      if (cell.network !== null && !underWay.has(cell.network.id)) underWay.set(cell.network.id, { job, index });
    }
  }
  if (jobs.every((job) => job === null)) removeSubmission(folders.jobs, id);
  const taken = planned.flatMap(({ elements }, array) => {
    const job = jobs[array] ?? null;
    return job === null ? [] : elements.map(({ index, cell }) => ({ id: cell.id, submission: id, array, index, job }));
  });
  return { taken, refusal };
}

const submittedHere = new Set<string>();

/** Whether this process handed a submission in. */
export function wasSubmittedHere(submission: string): boolean {
  return submittedHere.has(submission);
}

/**
 * The elements that train networks now, or will, for any run of the store: the first of each network. No job can wait for
 * one of another cluster; there locks alone keep order.
 */
async function trainingsUnderWay(
  root: string,
  client: SlurmClient,
  clusters: readonly string[] | null,
): Promise<Map<string, ElementPlace>> {
  const runs = existsSync(root) ? readdirSync(root) : [];
  const submissions = runs.flatMap((run) => readSubmissions(path.join(root, run)));
  const trainings = new Map<string, ElementPlace>();
  if (submissions.length === 0) return trainings;
  const known = submissions.flatMap(({ arrays }) => arrays.flatMap(({ job }) => job ?? []));
  const queue = (await client.queue(known)) ?? new Map<string, ElementState>(); // no answer: then locks alone keep order
  for (const { job, elements } of submissions.sort(byAge).flatMap(({ arrays }) => arrays)) {
    for (const { index, network } of elements) {
      if (job === null || network === null || trainings.has(network)) continue;
      const cluster = clusterOf(job);
      if (cluster === null ? clusters !== null : !clusters?.some((name) => name === cluster || name === "all"))
        continue;
      if (isLive(queue.get(elementKey(job, index)))) trainings.set(network, { job, index });
    }
  }
  return trainings;
}

function byAge(one: Submission, other: Submission): number {
  return one.id < other.id ? -1 : 1;
}

/** What each element runs: this Node, as no other need be there, in place of the shell, so that signals reach it. */
function elementScript(): string {
  const words = [
    process.execPath,
    "-r",
    path.join(__dirname, "..", "cli", "register.cjs"),
    programFile("slurm/element"),
  ];
  return `#!/bin/sh\nexec ${commandText(words)} "$@"\n`;
}

/** The log of an element, in the folder of logs. */
export function logFile(folder: string, run: string, job: string, index: string | number): string {
  return path.join(folder, `${run}-job-${numberOf(job)}-${index}.log`);
}

/** @throws FileError, or Error for a file that is no submission */
export function readSubmission(folder: string): Submission {
  return submissionSchema.parse(JSON.parse(readFileSync(submissionFile(folder), "utf8")));
}

/** The submissions of a run, the oldest first; a folder that holds none is passed over. */
export function readSubmissions(jobsFolder: string): Submission[] {
  if (!existsSync(jobsFolder)) return [];
  return readdirSync(jobsFolder)
    .sort()
    .flatMap((name) => {
      try {
        return [readSubmission(path.join(jobsFolder, name))];
      } catch {
        return []; // cut off while it was written: none of its elements could begin
      }
    });
}

/** Where each cell was handed in last. */
export function lastSubmitted(submissions: readonly Submission[]): Map<string, SubmittedCell> {
  const places = new Map<string, SubmittedCell>();
  for (const { id: submission, arrays } of submissions) {
    for (const [array, { job, elements }] of arrays.entries()) {
      if (job === null) continue;
      for (const { id, index } of elements) places.set(id, { id, submission, array, index, job });
    }
  }
  return places;
}

/** Says how an element ended, for whoever waits for it. */
export function writeOutcome(folder: string, array: number, index: number, outcome: ElementOutcome): void {
  writeFileAtomically(path.join(folder, outcomeName(array, index)), `${JSON.stringify(outcome)}\n`);
}

/**
 * How cells ended that came to their end.
 *
 * Each folder is listed, not asked for single files: a network file system remembers for a minute that a file was not there,
 * while a list that is opened anew is fresh.
 */
export function readOutcomes(jobsFolder: string, cells: readonly SubmittedCell[]): Map<string, ElementOutcome> {
  const listed = new Map<string, ReadonlySet<string>>();
  const outcomes = new Map<string, ElementOutcome>();
  for (const { id, submission, array, index } of cells) {
    const folder = path.join(jobsFolder, submission);
    const names = listed.get(folder) ?? new Set(existsSync(folder) ? readdirSync(folder) : []);
    listed.set(folder, names);
    const name = outcomeName(array, index);
    if (!names.has(name)) continue;
    try {
      outcomes.set(id, outcomeSchema.parse(JSON.parse(readFileSync(path.join(folder, name), "utf8"))));
    } catch {
      // Damaged: how its element ended is as unknown as of one that said nothing.
    }
  }
  return outcomes;
}

/** Seconds since a submission was handed in, by the time in its name. */
export function secondsSince(submission: string, now = Date.now()): number {
  const [, date, time] = /^(\d{8})(\d{6})/.exec(submission) ?? [];
  if (date === undefined || time === undefined) return Number.POSITIVE_INFINITY;
  const iso = `${date.replace(/(....)(..)/, "$1-$2-")}T${time.replace(/(..)(..)/, "$1:$2:")}Z`;
  return (now - Date.parse(iso)) / 1000;
}

/** The submissions that count for a run, the oldest first: of one that measures anew, those since it was first asked for. */
export function submissionsOf({ folders, options }: Pick<RunPlan, "folders" | "options">): Submission[] {
  const { fresh } = options;
  // The names tell whole seconds.
  return readSubmissions(folders.jobs).filter(({ id }) => fresh === null || secondsSince(id, Date.parse(fresh)) < 1);
}

/** Marks a submission as one whose jobs were ended by hand, so that nobody hands them in again. */
export function markCancelled(jobsFolder: string, submission: string): void {
  writeFileAtomically(cancelledFile(path.join(jobsFolder, submission)), "");
}

export function isCancelled(jobsFolder: string, submission: string): boolean {
  return existsSync(cancelledFile(path.join(jobsFolder, submission)));
}

/** Forgets a submission, and the run's folder with the last one. */
export function removeSubmission(jobsFolder: string, submission: string): void {
  rmSync(path.join(jobsFolder, submission), { recursive: true, force: true });
  submittedHere.delete(submission);
  if (readdirSync(jobsFolder).length === 0) rmSync(jobsFolder, { recursive: true });
}
