/** Slurm as a launcher: the cells of a run as job arrays with an element a cell, and what else can be done with the jobs. */
import { alignedLines, plural } from "../base";
import { cellName } from "../experiment";
import type { JobsReport, Launcher, PlannedCell, RunPlan } from "../run";
import { type ElementState, elementKey, endInWords, type SlurmClient, type SlurmOptions, slurmClient } from "./client";
import {
  lastSubmitted,
  type Means,
  markCancelled,
  readOutcomes,
  type SubmittedCell,
  submissionsOf,
  submitCells,
} from "./submission";
import {
  findUnderWay,
  forgetSettled,
  handInAndWait,
  limitText,
  mayBeUnseen,
  type Pace,
  queueOrError,
  submissionText,
  usualPace,
} from "./waiting";

/** Job arrays of Slurm with an element a cell. The jobs outlive this process; the next one finds them. */
export function slurmLauncher(
  slurm: SlurmOptions,
  client: SlurmClient = slurmClient(),
  pace: Pace = usualPace,
): Launcher {
  const { partition, gpus, cores, atOnce } = slurm;
  return {
    name: "slurm",
    threads: cores,
    machine: ["slurm", partition, gpus].filter((part) => part !== null).join(" "),
    placements: (cells) =>
      Array.from({ length: Math.min(atOnce ?? cells, cells) }, () => ({ threads: cores, core: null })),
    placementText: (placements) =>
      `Slurm, up to ${plural(placements.length, "cell")} at a time with ${plural(cores, "thread")}`,
    jobs: {
      act(action, { plan, toDo }) {
        if (action === "submit") return submit(plan, toDo, { client, slurm });
        return action === "status" ? status(plan, client) : cancel(plan, client);
      },
      collect(plan) {
        const failed = failedCells(plan);
        forgetSettled(plan);
        return failed;
      },
    },
    launch({ plan, events }) {
      const stop = new AbortController();
      return {
        run: (cells) => handInAndWait(cells, { plan, slurm, client, events, pace, signal: stop.signal }),
        stop: () => stop.abort(),
        kill: () => stop.abort(),
        stopping:
          "waiting no longer; the jobs stay with Slurm: `--jobs status` tells of them, `--jobs cancel` ends them",
      };
    },
  };
}

/** What Slurm has to do with a cell. */
interface CellState {
  readonly cell: PlannedCell;
  readonly state: "measured" | "running" | "waiting" | "failed" | "lost" | "not handed in";
  /** Where it runs, why it waits, how it failed; empty when there is nothing to say. */
  readonly detail: string;
  readonly at: SubmittedCell | null;
}

/** The failures that elements of a run told of, the last of each cell, for cells that are not measured. */
function failedCells(plan: RunPlan): { cell: PlannedCell; message: string }[] {
  const { cells, folders } = plan;
  const places = lastSubmitted(submissionsOf(plan));
  const outcomes = readOutcomes(folders.jobs, [...places.values()]);
  return cells.flatMap((cell) => {
    const outcome = outcomes.get(cell.id);
    return cell.cached === null && outcome?.type === "failed" ? [{ cell, message: outcome.failure.message }] : [];
  });
}

async function submit(plan: RunPlan, toDo: readonly PlannedCell[], means: Means): Promise<JobsReport> {
  const { underWay, others } = await findUnderWay(plan, toDo, means.client);
  const { submitted, left, limit } = await submitCells(plan, others, means);
  const already = underWay.length === 0 ? [] : [`${plural(underWay.length, "cell")} with Slurm already`];
  const now = submitted.length > 0 ? [submissionText(submitted)] : left.length === 0 ? ["nothing to hand in"] : [];
  const later =
    limit === null ? [] : [`${limitText(limit)}; ${plural(left.length, "cell")} left: give the command again`];
  return {
    lines: [...already, ...now, ...later],
    json: {
      run: plan.name,
      jobs: [...new Set(submitted.map(({ job }) => job))],
      handed_in: submitted.map(({ id }) => id),
      under_way: underWay.map(({ id }) => id),
      left: left.map(({ id }) => id),
    },
  };
}

async function status(plan: RunPlan, client: SlurmClient): Promise<JobsReport> {
  const states = await cellStates(plan, client);
  const rows = states.map(({ cell, state, detail, at }) => [
    cell.id,
    at === null ? "" : elementKey(at.job, at.index),
    state,
    cellName(cell.cell),
    detail,
  ]);
  const kinds = [...new Set(states.map(({ state }) => state))];
  const counts = kinds.map((kind) => `${states.filter(({ state }) => state === kind).length} ${kind}`);
  return {
    lines: [...alignedLines(rows), `${plural(states.length, "cell")}: ${counts.join(", ")}`],
    json: {
      run: plan.name,
      cells: states.map(({ cell, state, detail, at }) => ({
        id: cell.id,
        setting: cell.cell,
        state,
        detail,
        job: at === null ? null : elementKey(at.job, at.index),
      })),
    },
  };
}

async function cancel(plan: RunPlan, client: SlurmClient): Promise<JobsReport> {
  const states = await cellStates(plan, client);
  const underWay = states.flatMap(({ state, at }) =>
    at !== null && ["running", "waiting"].includes(state) ? [at] : [],
  );
  for (const submission of new Set(underWay.map((at) => at.submission))) markCancelled(plan.folders.jobs, submission);
  const elements = underWay.map(({ job, index }) => elementKey(job, index));
  await client.cancel(elements);
  const kept = states.filter(({ state }) => state === "measured").length;
  return {
    lines: [
      elements.length === 0 ? "no job to end" : `ended: ${plural(elements.length, "job")} of Slurm`,
      `${kept} of ${plural(states.length, "cell")} are measured and kept`,
    ],
    json: { run: plan.name, cancelled: elements },
  };
}

async function cellStates(plan: RunPlan, client: SlurmClient): Promise<CellState[]> {
  const { name, cells, folders, store } = plan;
  const places = lastSubmitted(submissionsOf(plan));
  const queue = await queueOrError(
    client,
    [...places.values()].map(({ job }) => job),
  );
  const outcomes = readOutcomes(folders.jobs, [...places.values()]);
  const gone = [...places.values()].filter(({ job, index }) => !queue.has(elementKey(job, index)));
  const accounts = await client.accounts([...new Set(gone.map(({ job }) => job))]);
  return cells.map((cell): CellState => {
    const at = places.get(cell.id) ?? null;
    const outcome = outcomes.get(cell.id);
    if (cell.cached !== null) return { cell, at, state: "measured", detail: "" };
    if (outcome?.type === "failed") return { cell, at, state: "failed", detail: outcome.failure.message };
    if (at === null) return { cell, at, state: "not handed in", detail: "" };
    const key = elementKey(at.job, at.index);
    const unseen = !queue.has(key) && !accounts.has(key) && outcome === undefined && mayBeUnseen({ name, folders }, at);
    if (unseen) return { cell, at, state: "waiting", detail: "squeue does not show it" };
    const told = jobState(queue.get(key), accounts.get(key));
    if (told.state !== "lost" || outcome === undefined) return { cell, at, ...told };
    const record = store.read(outcome.stored); // it may have come to its end since the plan was made
    return record === null || "problem" in record ? { cell, at, ...told } : { cell, at, state: "measured", detail: "" };
  });
}

function jobState(
  queued: ElementState | undefined,
  accounted: ElementState | undefined,
): Pick<CellState, "state" | "detail"> {
  const end = endInWords((queued ?? accounted)?.state ?? "");
  if (queued === undefined || end !== null) {
    return { state: "lost", detail: `its job ${end ?? "left the queue without a result"}` };
  }
  if (queued.state === "PENDING") return { state: "waiting", detail: queued.reason };
  return { state: "running", detail: queued.node === "" ? queued.state.toLowerCase() : `on ${queued.node}` };
}
