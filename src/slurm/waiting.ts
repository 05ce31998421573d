/** Waits for the cells of a run until the last of their jobs has come to its end. */

import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { plural } from "../base";
import { isFresh, type LaunchEvents, type PlannedCell, type RunPlan } from "../run";
import type { CellRecord } from "../store";
import {
  type ElementState,
  elementKey,
  endInWords,
  isLive,
  type SlurmClient,
  SlurmError,
  type SlurmOptions,
} from "./client";
import {
  type ElementOutcome,
  isCancelled,
  lastSubmitted,
  logFile,
  readOutcomes,
  readSubmissions,
  removeSubmission,
  type SubmittedCell,
  secondsSince,
  submissionsOf,
  submitCells,
  wasSubmittedHere,
} from "./submission";

/** Time between looks, in milliseconds. */
export interface Pace {
  /** At what elements wrote. */
  readonly outcomes: number;
  /** Between two questions to Slurm, which a cluster shares: the least at first, then a part of the wait so far. */
  readonly questions: { readonly least: number; readonly most: number; readonly part: number };
}

export const usualPace: Pace = { outcomes: 1_000, questions: { least: 2_000, most: 15_000, part: 0.05 } };
/** After so many questions to Slurm cells that a limit keeps out are tried again, though no place became free: others' may have. */
const questionsBetweenTries = 10;
/** So long, in seconds, a job that squeue has never shown counts as one that it will show. */
const unseenAtMost = 3600;
/** So often in a row a job must be found gone without a result: a network file system may show one late. */
const looksUntilLost = 2;
/** Why a job may wait that will run by itself. */
const usualReasons = [
  "",
  "Priority",
  "Resources",
  "Dependency",
  "BeginTime",
  "JobArrayTaskLimit",
  "Prolog",
  "Cleaning",
];

/** What is waited for, and by what means. */
export interface Waiting {
  readonly plan: RunPlan;
  readonly slurm: SlurmOptions;
  readonly client: SlurmClient;
  readonly events: LaunchEvents;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** A cell that is waited for. */
interface Watched {
  readonly cell: PlannedCell;
  /** Null while a limit keeps it out of the queue. */
  at: SubmittedCell | null;
  /** Whether squeue has shown its job. */
  seen: boolean;
  /** Where it shows as under way; null before it begins. */
  place: number | null;
  /** Looks in a row at which its job was gone. */
  gone: number;
  resubmissions: number;
}

export async function handInAndWait(cells: readonly PlannedCell[], waiting: Waiting): Promise<void> {
  const { plan, slurm, client, events, pace, signal } = waiting;
  const { folders, options } = plan;
  const { underWay, others } = await findUnderWay(plan, cells, client);
  if (underWay.length > 0) events.notice(`${plural(underWay.length, "cell")} with Slurm already`);
  const places = new Map(underWay.map((at) => [at.id, at]));
  const watched = new Map<string, Watched>();
  for (const cell of cells) {
    watched.set(cell.id, {
      cell,
      at: places.get(cell.id) ?? null,
      seen: false,
      place: null,
      gone: 0,
      resubmissions: 0,
    });
  }
  const taken = new Set<number>();
  const measured = new Set<string>();
  const told = new Set<string>();

  /** Shows a cell as under way. @returns its place */
  const begin = (one: Watched): number => {
    if (one.place === null) {
      one.place = 0;
      while (taken.has(one.place)) one.place++;
      taken.add(one.place);
      events.started(one.cell, one.place);
    }
    return one.place;
  };
  const leave = (one: Watched) => {
    if (one.place !== null) taken.delete(one.place);
    one.place = null;
  };
  const logOf = ({ at }: Watched) => (at === null ? folders.logs : logFile(folders.logs, plan.name, at.job, at.index));
  const atSlurm = () => [...watched.values()].flatMap((one) => (one.at === null ? [] : [{ one, at: one.at }]));
  const tellOnce = (line: string) => {
    if (!told.has(line)) events.notice(line);
    told.add(line);
  };

  const fail = (one: Watched, failure: { name: string; message: string; stack: string }) => {
    events.failed(one.cell, begin(one), failure, logOf(one));
    leave(one);
    watched.delete(one.cell.id);
  };
  const finish = async (one: Watched, record: CellRecord) => {
    measured.add(one.cell.id);
    await events.measured(one.cell, begin(one), record);
    leave(one);
    watched.delete(one.cell.id);
  };
  const settle = async (one: Watched, outcome: ElementOutcome) => {
    if (outcome.type === "failed") return fail(one, outcome.failure);
    const record = plan.store.read(outcome.stored);
    if (record === null) return; // not to be seen here yet
    if (!("problem" in record)) return finish(one, record);
    const message = `the stored cell ${plan.store.fileOf(outcome.stored)} is damaged: ${record.problem}`;
    return fail(one, { name: "Error", message, stack: "" });
  };

  /** Elements of this run that waited or ran when a limit was met; null while none is known of. */
  let liveAtLimit: number | null = null;
  let live = 0;
  let questions = 0;
  /** Hands in cells that are not with Slurm, as many as it takes. */
  const handIn = async (ones: readonly Watched[]) => {
    if (ones.length === 0) return;
    const inOrder = ones.map(({ cell }) => cell).sort((one, other) => one.index - other.index);
    const { submitted, left, limit } = await submitCells(plan, inOrder, { client, slurm });
    for (const at of submitted) Object.assign(watched.get(at.id)!, { at, seen: false, gone: 0 });
    live += submitted.length;
    liveAtLimit = limit === null ? null : live;
    questions = 0;
    if (submitted.length > 0) events.notice(submissionText(submitted));
    if (limit !== null)
      tellOnce(`${limitText(limit)}; ${plural(left.length, "cell")} wait here for places to become free`);
  };
  const handInMore = async () => {
    const waiting = [...watched.values()].filter(({ at }) => at === null);
    if (liveAtLimit === null || live < liveAtLimit || questions >= questionsBetweenTries) await handIn(waiting);
  };

  /** Asks Slurm for every cell that has not come to its end. @returns those whose job is lost, and how */
  const look = async (): Promise<Map<Watched, string>> => {
    const lost = new Map<Watched, string>();
    const asked = atSlurm();
    const queue = asked.length === 0 ? new Map() : await client.queue(asked.map(({ at }) => at.job));
    questions++;
    if (queue === null) tellOnce("Slurm does not answer; it is asked again until it does");
    if (queue === null) return lost;
    const ended: { readonly one: Watched; readonly key: string; readonly job: string }[] = [];
    live = 0;
    for (const { one, at } of asked) {
      const key = elementKey(at.job, at.index);
      const state = queue.get(key);
      one.seen ||= state !== undefined;
      if (state !== undefined && isLive(state)) {
        live++;
        one.gone = 0;
        showState(one, key, state);
      } else if (++one.gone >= looksUntilLost) ended.push({ one, key, job: at.job });
    }
    const accounts = await client.accounts([
      ...new Set(ended.filter(({ key }) => !queue.has(key)).map(({ job }) => job)),
    ]);
    for (const { one, key, job } of ended) {
      const told = queue.get(key) ?? accounts.get(key);
      if (isLive(told)) continue;
      if (told === undefined && !one.seen) {
        live++;
        tellOnce(`Slurm took job ${job}, and squeue does not show it: its result is waited for all the same`);
      } else lost.set(one, endInWords(told?.state ?? "") ?? "left the queue without a result");
    }
    return lost;
  };
  const showState = (one: Watched, key: string, { state, reason }: ElementState) => {
    if (state === "RUNNING") begin(one);
    if (state !== "PENDING") return;
    if (one.place !== null) {
      events.retried(one.cell, one.place, "its job was put back into the queue", logOf(one));
      leave(one);
    }
    if (!usualReasons.includes(reason)) tellOnce(`job ${key} waits: Slurm names ${reason} as the reason`);
  };

  /** Hands the cells in again whose job was lost, where that may help. */
  const replace = async (lost: ReadonlyMap<Watched, string>) => {
    const again: Watched[] = [];
    for (const [one, how] of lost) {
      const { record } = await plan.store.find(one.cell, plan.accepts);
      if (record !== null && isFresh(record, options)) await finish(one, record);
      else if (one.resubmissions < slurm.resubmissions && !isCancelled(folders.jobs, one.at!.submission))
        again.push(one);
      else fail(one, { name: "Error", message: `its job ${how}`, stack: "" });
    }
    for (const one of again) {
      events.retried(one.cell, begin(one), `its job ${lost.get(one)}`, logOf(one));
      leave(one);
      one.at = null;
      one.resubmissions++;
    }
    await handIn(again);
  };

  await handIn(others.map(({ id }) => watched.get(id)!));
  const start = performance.now();
  let nextQuestion = 0;
  while (watched.size > 0 && !signal.aborted) {
    const outcomes = readOutcomes(
      folders.jobs,
      atSlurm().map(({ at }) => at),
    );
    for (const [id, outcome] of outcomes) await settle(watched.get(id)!, outcome);
    const now = performance.now();
    if (watched.size > 0 && now >= nextQuestion) {
      await replace(await look());
      await handInMore();
      const { least, most, part } = pace.questions;
      nextQuestion = performance.now() + Math.min(most, Math.max(least, part * (now - start)));
    }
    if (watched.size > 0) await sleep(pace.outcomes, undefined, { signal }).catch(() => {});
  }
  for (const one of watched.values()) if (one.place !== null) events.stopped(one.cell, one.place);
  if (!signal.aborted) forgetSettled(plan, measured);
}

/**
 * Divides cells into those that Slurm has already, from this command or an earlier one, and those to be handed in.
 *
 * A cell that failed or was lost counts as one to be handed in, unless this very command has handed it in.
 */
export async function findUnderWay(
  plan: RunPlan,
  cells: readonly PlannedCell[],
  client: SlurmClient,
): Promise<{ underWay: SubmittedCell[]; others: PlannedCell[] }> {
  const { folders } = plan;
  const submissions = submissionsOf(plan);
  if (submissions.length === 0) return { underWay: [], others: [...cells] };
  const places = lastSubmitted(submissions);
  const jobs = [...new Set([...places.values()].map(({ job }) => job))];
  const queue = await queueOrError(client, jobs);
  const outcomes = readOutcomes(folders.jobs, [...places.values()]);
  const unseen = [...places.values()].filter(
    (at) => !outcomes.has(at.id) && !queue.has(elementKey(at.job, at.index)) && mayBeUnseen(plan, at),
  );
  const accounts = await client.accounts([...new Set(unseen.map(({ job }) => job))]);
  const isUnderWay = (at: SubmittedCell) => {
    const key = elementKey(at.job, at.index);
    if (wasSubmittedHere(at.submission)) return true;
    const outcome = outcomes.get(at.id);
    if (outcome !== undefined) return outcome.type === "measured" && isStored(plan.store.read(outcome.stored));
    return isLive(queue.get(key) ?? accounts.get(key)) || (unseen.includes(at) && !accounts.has(key));
  };
  const underWay = cells.flatMap(({ id }) => places.get(id) ?? []).filter(isUnderWay);
  const known = new Set(underWay.map(({ id }) => id));
  return { underWay, others: cells.filter(({ id }) => !known.has(id)) };
}

/**
 * Whether a job that squeue does not show may be one that it has not shown yet, or cannot show: handed in a short while ago,
 * not cancelled, and without the log that Slurm makes when it begins.
 */
export function mayBeUnseen({ name, folders }: Pick<RunPlan, "name" | "folders">, at: SubmittedCell): boolean {
  const { submission, job, index } = at;
  if (secondsSince(submission) > unseenAtMost || isCancelled(folders.jobs, submission)) return false;
  return !existsSync(logFile(folders.logs, name, job, index));
}

/** @throws SlurmError when Slurm does not answer */
export async function queueOrError(
  client: SlurmClient,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, ElementState>> {
  const queue = await client.queue(jobs);
  if (queue === null) throw new SlurmError("squeue got no answer from Slurm: is the controller down? Try again later");
  return queue;
}

/** Says which jobs there are now. */
export function submissionText(submitted: readonly SubmittedCell[]): string {
  const jobs = [...new Set(submitted.map(({ job }) => job))];
  return `${plural(submitted.length, "cell")} handed to Slurm as ${jobs.length === 1 ? "job" : "jobs"} ${jobs.join(", ")}`;
}

/** @param limit as Slurm names it */
export function limitText(limit: string): string {
  return `Slurm takes no more jobs now (${limit})`;
}

/**
 * Removes the submissions of whose cells each is measured, or was handed in again later; failures stay to be read.
 *
 * @param measured cells that were measured since the plan was made
 */
export function forgetSettled({ cells, folders }: RunPlan, measured: ReadonlySet<string> = new Set()): void {
  const submissions = readSubmissions(folders.jobs);
  const last = lastSubmitted(submissions);
  const wanted = new Set(cells.filter(({ id, cached }) => cached === null && !measured.has(id)).map(({ id }) => id));
  for (const { id: submission, arrays } of submissions) {
    const isSettled = arrays
      .flatMap(({ elements }) => elements)
      .every(({ id }) => !wanted.has(id) || last.get(id)?.submission !== submission);
    if (isSettled) removeSubmission(folders.jobs, submission);
  }
}

function isStored(record: CellRecord | null | { readonly problem: string }): boolean {
  return record !== null && !("problem" in record);
}
