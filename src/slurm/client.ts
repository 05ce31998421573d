import { execFile } from "node:child_process";
import { UsageError } from "../base";

/** What a run asks Slurm for, for each of its cells. Null leaves it to the cluster. */
export interface SlurmOptions {
  readonly account: string | null;
  readonly partition: string | null;
  /** As Slurm counts generic resources: "1", "a100:1". */
  readonly gpus: string | null;
  /** As Slurm writes it: "90" (minutes), "4:00:00", "1-12". */
  readonly time: string | null;
  /** As Slurm writes it: "8G". */
  readonly memory: string | null;
  /** Cores, and threads to compute with: they decide the last bits of every result. */
  readonly cores: number;
  /** Words for sbatch that this program does not know. */
  readonly sbatch: readonly string[];
  /** How often a cell is submitted again whose job ended without a result. */
  readonly resubmissions: number;
  /** Elements of an array that may run at the same time; null for as many as there is room for. */
  readonly atOnce: number | null;
}

/** What Slurm refused, in its own words. */
export class SlurmError extends Error {
  override readonly name = "SlurmError";
}

/** A refusal of as many elements as were asked for: fewer, or the same ones later, may be taken. */
export class LimitError extends SlurmError {
  /** @param limit as Slurm names it: "AssocMaxSubmitJobLimit" */
  constructor(
    message: string,
    readonly limit: string,
  ) {
    super(message);
  }
}

/** What Slurm says of one element of an array. */
export interface ElementState {
  /** Slurm's word: "PENDING", "RUNNING", "TIMEOUT". */
  readonly state: string;
  /** Where it runs; empty while it waits. */
  readonly node: string;
  /** Why it waits: "Resources"; empty when there is no reason. */
  readonly reason: string;
}

/** An array to be submitted. */
export interface ArrayRequest {
  readonly name: string;
  /** Ascending. */
  readonly indices: readonly number[];
  /** Job of the array that this one waits for, element by element. */
  readonly after: string | null;
  /** Where the output goes; Slurm puts in the job for %A and the index for %a. */
  readonly log: string;
  readonly workingFolder: string;
  readonly script: string;
  /** What the script gets. */
  readonly words: readonly string[];
  readonly slurm: SlurmOptions;
}

/** Slurm, as far as it is used here: through its commands, which alone stay the same from version to version. */
export interface SlurmClient {
  /**
   * @returns the job as sbatch names it: its number, or "4242;c5" on a cluster other than the one at hand
   * @throws SlurmError with sbatch's words when it refuses, LimitError where it is the number of elements that it refuses
   */
  submit(request: ArrayRequest): Promise<string>;
  /**
   * The person's elements that wait or run, and those that ended lately, by `elementKey`.
   *
   * @param jobs whose clusters are asked; the one at hand where there is none
   * @returns null when the controller does not answer, which passes
   */
  queue(jobs: readonly string[]): Promise<ReadonlyMap<string, ElementState> | null>;
  /** How elements ended, out of the accounts; empty on a cluster that keeps none. */
  accounts(jobs: readonly string[]): Promise<ReadonlyMap<string, ElementState>>;
  /** Ends elements, by `elementKey`; one that Slurm no longer knows is passed over. */
  cancel(elements: readonly string[]): Promise<void>;
  /** How many indices an array may have, on each of these clusters. */
  largestArray(clusters: readonly string[] | null): Promise<number>;
}

/** As Slurm's own commands name an element, with its cluster as sbatch names it: "4242_7", "4242_7;c5". */
export function elementKey(job: string, index: number): string {
  const cluster = clusterOf(job);
  return `${numberOf(job)}_${index}${cluster === null ? "" : `;${cluster}`}`;
}

/** The number of a job, or the plain name of an element: "4242" of "4242;c5". */
export function numberOf(job: string): string {
  return job.split(";", 1)[0]!;
}

/** The cluster that a job or an element is on; null for the one at hand. */
export function clusterOf(job: string): string | null {
  return job.split(";")[1] || null;
}

/** These jobs or elements by their cluster, as plain names. */
function byCluster(jobs: readonly string[]): Map<string | null, string[]> {
  const groups = new Map<string | null, string[]>();
  for (const job of jobs) {
    const group = groups.get(clusterOf(job)) ?? [];
    group.push(numberOf(job));
    groups.set(clusterOf(job), group);
  }
  return groups;
}

const onCluster = (cluster: string | null) => (cluster === null ? [] : [`--clusters=${cluster}`]);

/** Slurm's default, for a cluster that does not tell. */
const usualLargestArray = 1001;
const answerMilliseconds = 60_000;

/** Slurm by its commands on PATH. */
export function slurmClient(): SlurmClient {
  return {
    async submit(request) {
      const { status, stdout, stderr } = await call("sbatch", sbatchWords(request));
      const job = /^\d+(;\S*)?$/m.exec(stdout)?.[0];
      if (status === 0 && job !== undefined) return job;
      const message = `sbatch did not take the job: ${words(stderr || stdout) || `it ended with status ${status}`}`;
      const limit = limitIn(stderr || stdout);
      throw limit === null ? new SlurmError(message) : new LimitError(message, limit);
    },
    async queue(jobs) {
      const user = process.getuid?.() ?? "";
      const asked = ["--noheader", "--array", "--states=all", `--user=${user}`, "--format=%F|%K|%T|%N|%r"];
      const elements = new Map<string, ElementState>();
      for (const cluster of jobs.length === 0 ? [null] : byCluster(jobs).keys()) {
        const { status, stdout } = await call("squeue", [...onCluster(cluster), ...asked]);
        if (status !== 0) return null;
        for (const [key, state] of readQueue(stdout, cluster)) elements.set(key, state);
      }
      return elements;
    },
    async accounts(jobs) {
      const format = "--format=JobID,State,NodeList";
      const elements = new Map<string, ElementState>();
      try {
        for (const [cluster, numbers] of byCluster(jobs)) {
          const asked = [
            "--noheader",
            "--parsable2",
            "--allocations",
            "--array",
            `--jobs=${numbers.join(",")}`,
            format,
          ];
          const { status, stdout } = await call("sacct", [...onCluster(cluster), ...asked]);
          if (status !== 0) continue;
          for (const [key, state] of readAccounts(stdout, cluster)) elements.set(key, state);
        }
      } catch (error) {
        if (!(error instanceof UsageError)) throw error; // a login node without it
      }
      return elements;
    },
    async cancel(elements) {
      for (const [cluster, names] of byCluster(elements)) {
        const { status, stderr } = await call("scancel", [...onCluster(cluster), ...names]);
        if (status === 0 || /Invalid job id/i.test(stderr)) continue;
        throw new SlurmError(`scancel: ${words(stderr) || `it ended with status ${status}`}`);
      }
    },
    async largestArray(clusters) {
      const told: number[] = [];
      for (const cluster of clusters ?? [null]) {
        const { status, stdout } = await call("scontrol", [...onCluster(cluster), "show", "config"]);
        const largest = Number(/^MaxArraySize\s*=\s*(\d+)$/m.exec(stdout)?.[1]);
        told.push(status === 0 && largest > 0 ? largest : usualLargestArray);
      }
      return Math.min(...told);
    },
  };
}

/** The limit that a refusal of sbatch names, as far as it is about the number of jobs; null for any other refusal. */
export function limitIn(said: string): string | null {
  const named = /\b\w*(?:MaxSubmit|GrpSubmit)\w*\b|\bMaxArraySize\b|\bMaxJobCount\b/.exec(said)?.[0];
  if (named !== undefined) return named;
  if (/Invalid job array specification|job array index too large/i.test(said)) return "MaxArraySize";
  if (/temporarily unable to accept job/i.test(said)) return "MaxJobCount";
  // The general words name two more causes; where the cause stands beside them, it is one of those.
  return /job submit limit/i.test(said) && !/\b(?:Assoc|QOS)\w+Limit\b/.test(said) ? "job submit limit" : null;
}

/** The command line of sbatch for an array. */
export function sbatchWords({
  name,
  indices,
  after,
  log,
  workingFolder,
  script,
  words,
  slurm,
}: ArrayRequest): string[] {
  const { account, partition, gpus, time, memory, cores, sbatch, atOnce } = slurm;
  return [
    "--parsable",
    `--job-name=${name}`,
    `--array=${indexList(indices)}${atOnce === null ? "" : `%${atOnce}`}`,
    `--output=${log}`,
    "--open-mode=append", // an element that is started again continues its log
    `--chdir=${workingFolder}`,
    "--ntasks=1",
    `--cpus-per-task=${cores}`,
    "--requeue", // a node that fails costs no more than what was not kept
    "--signal=B:TERM@60", // a minute before the time limit the cell ends after its step and keeps its checkpoint
    ...(after === null ? [] : [`--dependency=aftercorr:${numberOf(after)}`, "--kill-on-invalid-dep=yes"]),
    ...(account === null ? [] : [`--account=${account}`]),
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(gpus === null ? [] : [`--gres=gpu:${gpus}`]),
    ...(time === null ? [] : [`--time=${time}`]),
    ...(memory === null ? [] : [`--mem=${memory}`]),
    ...sbatch,
    ...(after === null ? [] : onCluster(clusterOf(after))), // of those to choose among, the one that has what it waits for
    script,
    ...words,
  ];
}

/** Reads squeue's lines in the format of `queue`, of one cluster; jobs that are no arrays are left out. */
export function readQueue(text: string, cluster: string | null = null): Map<string, ElementState> {
  const elements = new Map<string, ElementState>();
  for (const line of text.split("\n")) {
    const [job = "", index = "", state = "", node = "", ...rest] = line.trim().split("|");
    if (!/^\d+$/.test(job) || !/^\d+$/.test(index)) continue;
    const reason = rest.join("|");
    elements.set(elementKey(onIt(job, cluster), Number(index)), {
      state,
      node,
      reason: reason === "None" ? "" : reason,
    });
  }
  return elements;
}

/** Reads sacct's lines in the format of `accounts`. Elements that still wait together have no line of their own. */
export function readAccounts(text: string, cluster: string | null = null): Map<string, ElementState> {
  const elements = new Map<string, ElementState>();
  for (const line of text.split("\n")) {
    const [element = "", state = "", node = ""] = line.trim().split("|");
    if (!/^\d+_\d+$/.test(element)) continue;
    const word = state.split(" ")[0]!; // "CANCELLED by 1000"
    elements.set(onIt(element, cluster), { state: word, node: node === "None assigned" ? "" : node, reason: "" });
  }
  return elements;
}

const onIt = (name: string, cluster: string | null) => (cluster === null ? name : `${name};${cluster}`);

/** How a job ended that left no result, after "its job"; null for a state in which it waits or runs. */
export function endInWords(state: string): string | null {
  return ends[state] ?? null;
}

/** Whether an element waits or runs. */
export function isLive(told: ElementState | undefined): boolean {
  return told !== undefined && endInWords(told.state) === null;
}

const ends: Readonly<Record<string, string>> = {
  BOOT_FAIL: "was lost with a node that did not start",
  CANCELLED: "was cancelled",
  COMPLETED: "ended without a result",
  DEADLINE: "could not end before its deadline",
  FAILED: "ended without a result",
  LAUNCH_FAILED: "could not be started",
  NODE_FAIL: "was lost with its node",
  OUT_OF_MEMORY: "ran out of memory",
  PREEMPTED: "had to make room for others",
  RECONFIG_FAIL: "could not be started",
  REVOKED: "was taken away from this cluster",
  TIMEOUT: "reached its time limit",
};

interface Called {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws UsageError when there is no such command */
function call(command: string, given: readonly string[]): Promise<Called> {
  const limits = { timeout: command === "sbatch" ? 0 : answerMilliseconds, maxBuffer: 2 ** 28, env: environment() };
  return new Promise((resolve, reject) => {
    execFile(command, given, { encoding: "utf8", ...limits }, (error, stdout, stderr) => {
      if (error !== null && error.code === "ENOENT") {
        reject(
          new UsageError(
            `--launcher slurm: there is no ${command} here`,
            "Give the command on a login node of the cluster, perhaps after `module load slurm`.",
          ),
        );
        return;
      }
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, stdout, stderr });
    });
  });
}

/**
 * This process's environment without what would make squeue leave jobs out, or sbatch wait or part the log: people set such
 * defaults for their own use of these commands.
 */
function environment(): NodeJS.ProcessEnv {
  const unwanted = /^(SQUEUE_\w+|SBATCH_(WAIT|ERROR|INPUT|DEPENDENCY))$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
}

/** What a command said, on one line and without its own name before it. */
function words(said: string): string {
  const lines = said.split("\n").map((line) => line.trim().replace(/^(sbatch|scancel): (error: )?/, ""));
  return lines.filter((line) => line !== "").join("; ");
}

/** @example indexList([0, 1, 2, 5, 7, 8]) // "0-2,5,7-8" */
export function indexList(indices: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const range = ranges.at(-1);
    if (range !== undefined && index === range[1] + 1) range[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
