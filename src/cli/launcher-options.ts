/** The options that say what measures a run's cells, and the launcher that they ask for. */
import { Option } from "commander";
import { UsageError } from "../base";
import type { JobsAction, Launcher, RunOptions } from "../run";
import type { SlurmOptions } from "../slurm";

/** What measures a run's cells. */
export type LauncherChoice = { readonly name: "local" } | ({ readonly name: "slurm" } & SlurmOptions);

/** What a command line asks for: a run, and what measures its cells. */
export interface AskedOptions extends Omit<RunOptions, "threads"> {
  /** Cells that are measured side by side on this machine. */
  readonly workers: number | "auto";
  readonly launcher: LauncherChoice;
}

const jobsActions = ["submit", "status", "cancel", "collect"] as const satisfies readonly JobsAction[];

/** The options of a program that can hand its cells to Slurm, as they were typed. */
export interface TypedSlurmOptions {
  readonly launcher: "local" | "slurm";
  readonly jobs?: JobsAction;
  readonly account?: string;
  readonly partition?: string;
  readonly gpus?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly cores?: string;
  readonly sbatch?: string;
  readonly resubmit?: string;
}

const heading = "On a cluster:";

/** In the order in which the help text lists them. */
export function launcherOptions(): Option[] {
  return [
    new Option("--launcher <name>", "what measures: local processes, or Slurm, a job array with an element a cell")
      .choices(["local", "slurm"])
      .default("local"),
    new Option(
      "--jobs <action>",
      "with Slurm: hands the cells in, tells of them, ends them, or judges what is measured",
    )
      .choices(jobsActions)
      .implies({ launcher: "slurm" }),
    new Option("--account <name>", "Slurm account that the jobs are charged to"),
    new Option("--partition <name>", "Slurm partition"),
    new Option("--gpus <count>", "GPUs of each cell: 1, a100:1"),
    new Option("--time <limit>", "time limit of each cell: 90 (minutes), 4:00:00, 1-12"),
    new Option("--memory <size>", "memory of each cell: 8G"),
    new Option("--cores <count>", "cores of each cell, and threads it computes with (default: 1)"),
    new Option("--sbatch <words>", "more options for sbatch, in one word: '--qos=long --constraint=ib'"),
    new Option("--resubmit <count>", "times that a cell whose job was lost is submitted again (default: 2)"),
  ].map((option) => option.helpGroup(heading));
}

/**
 * What the options ask for.
 *
 * @param workers as `--workers` was read
 * @throws UsageError for what Slurm would not understand, or for options of Slurm without it
 */
export function readLauncher(typed: TypedSlurmOptions, workers: number | "auto"): LauncherChoice {
  const { launcher, account, partition, gpus, time, memory, cores, sbatch, resubmit } = typed;
  if (launcher === "local") {
    const options = { jobs: typed.jobs, account, partition, gpus, time, memory, cores, sbatch, resubmit };
    const [stray] = Object.entries(options).filter(([, value]) => value !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray[0]} ${stray[1]}: only with --launcher slurm`);
    return { name: "local" };
  }
  const matching = (name: string, value: string | undefined, form: RegExp, expects: string): string | null => {
    if (value === undefined) return null;
    if (!form.test(value)) throw new UsageError(`--${name} ${value}: need ${expects}`);
    return value;
  };
  const word = /^[\w.,@+-]+$/;
  const wholeNumber = (name: string, value: string | undefined, form: RegExp, expects: string, byDefault: number) =>
    Number(matching(name, value, form, expects) ?? byDefault);
  return {
    name: "slurm",
    account: matching("account", account, word, "a name"),
    partition: matching("partition", partition, word, "a name"),
    gpus: matching("gpus", gpus, /^([\w.-]+:)?[1-9]\d*$/, "a count, or a type and a count, such as a100:1"),
    time: matching(
      "time",
      time,
      /^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/,
      "minutes, or hours:minutes:seconds, or days-hours",
    ),
    memory: matching("memory", memory, /^[1-9]\d*[KMGT]?$/, "a size such as 8G"),
    cores: wholeNumber("cores", cores, /^[1-9]\d{0,3}$/, "a whole number, at least 1", 1),
    sbatch: sbatch === undefined ? [] : sbatch.split(/\s+/).filter((option) => option !== ""),
    resubmissions: wholeNumber("resubmit", resubmit, /^\d{1,3}$/, "a whole number, at least 0", 2),
    atOnce: workers === "auto" ? null : workers,
  };
}

/** The launcher that is asked for, and what it needs is loaded. */
export function chooseLauncher({ launcher, workers }: Pick<AskedOptions, "launcher" | "workers">): Launcher {
  if (launcher.name === "slurm") {
    const { slurmLauncher } = require("../slurm") as typeof import("../slurm");
    return slurmLauncher(launcher);
  }
  const { localLauncher } = require("../run") as typeof import("../run");
  return localLauncher(workers);
}
