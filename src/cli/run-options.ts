/** The options of every command line that measures cells: of an experiment, and of all of them. */
import path from "node:path";
import { type Command, Option } from "commander";
import { UsageError } from "../base";
import type { DatasetName } from "../data";
import type { Scale } from "../experiment";
import type { JobsAction, Launcher, RunOptions } from "../run";
import type { SlurmOptions } from "../slurm";
import { type HelpTexts, manners, outputFolders, programCommand, readManners, type TypedManners } from "./options";

/** As the room of experiments has them, which `--help` need not load for a few words. */
export const scales = ["smoke", "quick", "standard", "paper"] as const satisfies readonly Scale[];
export const defaultScale = "quick" satisfies Scale;
/** As `datasetNames` of the data room. */
export const datasetNames = ["mnist", "cifar10"] as const satisfies readonly DatasetName[];

export interface RunCommandParts {
  /** How the program calls it: "reproduce", "run block-deletion". */
  readonly name: string;
  /** The data sets to choose from; without any there is no `--data`. */
  readonly datasets: readonly DatasetName[];
  /** What it takes besides. */
  readonly own: readonly Option[];
  /** Whether it is about verdicts, which `--strict` and `--update-reference` ask for. */
  readonly judges?: boolean;
  readonly help: HelpTexts;
}

/** These options as they were typed. */
export interface TypedOptions extends TypedSlurmOptions, TypedManners {
  readonly scale: Scale;
  readonly data?: DatasetName;
  readonly dataDir?: string;
  readonly seeds?: string;
  readonly workers: string;
  readonly cores: string;
  readonly backend: "tensorflow" | "cpu";
  readonly gpu?: boolean;
  readonly precision?: "float32" | "bfloat16";
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly updateReference?: boolean;
  readonly results?: string;
  readonly reports?: string;
  readonly tensorboard?: string | true;
}

/** A command with these options, and its own among them. */
export function runCommand({ name, datasets, own, judges = true, help }: RunCommandParts): Command {
  const command = programCommand(name, help).addOption(
    new Option("--scale <scale>", "how large the run is").choices(scales).default(defaultScale),
  );
  if (datasets.length > 0) {
    command
      .addOption(new Option("--data <name>", dataText(datasets)).choices(datasets))
      .option("--data-dir <folder>", "folder that holds the data set's files, or the packed CIFAR-10");
  }
  for (const option of own) command.addOption(option);
  command
    .option("--seeds <count>", "independent repetitions: seeds 1 to <count>")
    .option(
      "--workers <count>",
      "cells that are measured side by side, or auto: as many as there are cores for",
      "auto",
    )
    .option("--cores <count>", "cores of each cell, and threads it computes with", "1")
    .addOption(
      new Option("--backend <name>", "what computes; cpu is pure JavaScript, slow, and needs no set-up")
        .choices(["tensorflow", "cpu"])
        .default("tensorflow"),
    )
    .option("--gpu", "a GPU must compute, or the run fails; so it is wherever TensorFlow is set up by `setup --gpu`")
    .option("--dry-run", "lists what is to do, what is cached and the time it takes; writes nothing");
  if (judges) command.option("--strict", "exit status 3 when a claim is not reproduced");
  command
    .option("--results <folder>", "tables and store (default: the project's results/)")
    .option("--reports <folder>", "HTML reports (default: the project's reports/)");
  if (judges)
    command.option(
      "--update-reference",
      "puts the run in the place of its reference run, whose cells it takes over (for maintainers)",
    );
  manners(command, {
    json: "prints the outcome as JSON instead of the table",
    quiet: "prints the outcome and failures only",
  });
  for (const option of launcherOptions()) command.addOption(option);
  return command;
}

/** In words of its own, for the default depends on the scale. */
function dataText(datasets: readonly DatasetName[]): string {
  const photographs = datasets[0] !== "cifar10" && datasets.includes("cifar10");
  const own = datasets.includes("images") ? "; images: labelled ones of one's own, for a network with weights" : "";
  return `the data set (default: ${datasets[0]}${photographs ? "; cifar10 at the scales standard and paper" : ""}${own})`;
}

/** For what trains networks. */
export function precisionOption(): Option {
  return new Option(
    "--precision <name>",
    "of activations and their gradients; bfloat16 needs a processor that multiplies it (default: float32)",
  ).choices(["float32", "bfloat16"]);
}

/** For what trains networks. */
export function tensorboardOption(): Option {
  return new Option(
    "--tensorboard [folder]",
    "writes the training curves of all networks as TensorBoard's event files (into tensorboard/ of the results)",
  );
}

/** Options of images of one's own, as they were typed. */
export interface TypedImages {
  readonly imageSize?: string;
  readonly imageScale?: string;
}

/** For what takes networks whose weights are given. */
export function imagesOptions(): Option[] {
  return [
    new Option(
      "--image-size <sides>",
      "with --data images: what they are resized and cut to, 224 or 224x192, 224/256 for a shorter side of 256 before (default: what " +
        "the network takes)",
    ),
    new Option(
      "--image-scale <scale>",
      "how images are prepared for a network with weights: 0..1, 0..255, -1..1, imagenet, or means/deviations of values to 1, " +
        "0.5,0.5,0.5/0.25,0.25,0.25 (default: standardised)",
    ),
  ];
}

/** @throws UsageError for images of one's own that no folder is named for, or a size or scale that is none */
export function readImages(
  { imageSize, imageScale, dataDir }: TypedImages & Pick<TypedOptions, "dataDir">,
  data: DatasetName | null,
): Pick<RunOptions, "imageSize" | "imageScale"> {
  if (data === "images" && dataDir === undefined) {
    throw new UsageError(
      "--data images: the folder of the images is not named",
      "Name it by --data-dir: a folder with a folder a class, an .npz file, or a folder of .npy files.",
    );
  }
  if (imageSize === undefined && imageScale === undefined) return {};
  const { readImageScale, readImageSize } = require("../custom-network") as typeof import("../custom-network");
  return {
    ...(imageSize === undefined ? {} : { imageSize: readImageSize(imageSize) }),
    ...(imageScale === undefined ? {} : { imageScale: readImageScale(imageScale) }),
  };
}

/** The values of parameters that were set, by their names. @throws UsageError for what is no assignment, or sets one twice */
export function readOverrides(
  assignments: readonly string[],
  seeds: string | undefined,
): Readonly<Record<string, string>> {
  const pairs = assignments.map((assignment): [string, string] => {
    const equals = assignment.indexOf("=");
    if (equals < 1) {
      throw new UsageError(`--set ${assignment}: need a name and a value`, "For example: --set seeds=3");
    }
    return [assignment.slice(0, equals).trim(), assignment.slice(equals + 1)];
  });
  if (seeds !== undefined) pairs.push(["seeds", seeds]);
  const twice = pairs.find(([name], index) => pairs.findIndex(([other]) => other === name) !== index);
  if (twice) throw new UsageError(`the parameter "${twice[0]}" is set twice`, "Leave one of them out.");
  return Object.fromEntries(pairs);
}

/** What they ask for. */
export function readTypedOptions(
  typed: TypedOptions,
): Omit<AskedOptions, "data" | "overrides" | "only" | "fresh" | "command"> {
  const workers = readWorkers(typed.workers);
  const folders = outputFolders(typed);
  const wish = typed.gpu ? "--gpu" : typed.gpus === undefined ? null : `--gpus ${typed.gpus}`;
  if (wish !== null && typed.backend === "cpu") {
    throw new UsageError(`${wish} and --backend cpu exclude each other`, "Leave one of them out.");
  }
  const { tensorboard, precision } = typed;
  return {
    scale: typed.scale,
    dataFolder: typed.dataDir === undefined ? null : path.resolve(typed.dataDir),
    workers,
    launcher: readLauncher(typed, workers, readCores(typed.cores)),
    jobs: typed.jobs ?? null,
    backend: typed.backend,
    ...(typed.gpu ? { gpu: true as const } : {}),
    ...(precision === "bfloat16" ? { precision } : {}),
    dryRun: typed.dryRun ?? false,
    strict: typed.strict ?? false,
    updateReference: typed.updateReference ?? false,
    ...readManners(typed),
    ...folders,
    ...(tensorboard === undefined
      ? {}
      : { tensorboard: tensorboard === true ? path.join(folders.results, "tensorboard") : path.resolve(tensorboard) }),
  };
}

function readWorkers(typed: string): number | "auto" {
  if (typed === "auto") return "auto";
  if (/^[1-9]\d{0,3}$/.test(typed)) return Number(typed);
  throw new UsageError(`--workers ${typed}: need auto or a whole number, at least 1`, "For example: --workers 2");
}

function readCores(typed: string): number {
  if (/^[1-9]\d{0,3}$/.test(typed)) return Number(typed);
  throw new UsageError(`--cores ${typed}: need a whole number, at least 1`, "For example: --cores 4");
}

/** What measures a run's cells. */
export type LauncherChoice =
  | { readonly name: "local"; readonly cores: number }
  | ({ readonly name: "slurm" } & SlurmOptions);

/** What a command line asks for: a run, and what measures its cells. */
export interface AskedOptions extends Omit<RunOptions, "threads"> {
  /** Cells that are measured side by side on this machine. */
  readonly workers: number | "auto";
  readonly launcher: LauncherChoice;
  /** Puts the finished run in the place of its reference. */
  readonly updateReference: boolean;
}

const jobsActions = ["submit", "status", "cancel", "collect"] as const satisfies readonly JobsAction[];

/** The options of a program that can hand its cells to Slurm, as they were typed. */
interface TypedSlurmOptions {
  readonly launcher: "local" | "slurm";
  readonly jobs?: JobsAction;
  readonly account?: string;
  readonly partition?: string;
  readonly gpus?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly sbatch?: string;
  readonly resubmit?: string;
}

const heading = "On a cluster:";

/** In the order in which the help text lists them. */
function launcherOptions(): Option[] {
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
    new Option("--sbatch <words>", "more options for sbatch, in one word: '--qos=long --comment=\"two words\"'"),
    new Option("--resubmit <count>", "times that a cell whose job was lost is submitted again (default: 2)"),
  ].map((option) => option.helpGroup(heading));
}

/**
 * What the options ask for.
 *
 * @param workers as `--workers` was read
 * @param cores as `--cores` was
 * @throws UsageError for what Slurm would not understand, or for options of Slurm without it
 */
function readLauncher(typed: TypedSlurmOptions, workers: number | "auto", cores: number): LauncherChoice {
  const { launcher, account, partition, gpus, time, memory, sbatch, resubmit } = typed;
  if (launcher === "local") {
    const options = { jobs: typed.jobs, account, partition, gpus, time, memory, sbatch, resubmit };
    const [stray] = Object.entries(options).filter(([, value]) => value !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray[0]} ${stray[1]}: only with --launcher slurm`);
    return { name: "local", cores };
  }
  const matching = (name: string, value: string | undefined, form: RegExp, expects: string): string | null => {
    if (value === undefined) return null;
    if (!form.test(value)) throw new UsageError(`--${name} ${value}: need ${expects}`);
    return value;
  };
  const word = /^[\w.,@+-]+$/;
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
    cores,
    sbatch: sbatch === undefined ? [] : (require("../slurm") as typeof import("../slurm")).readSbatchWords(sbatch),
    resubmissions: Number(matching("resubmit", resubmit, /^\d{1,3}$/, "a whole number, at least 0") ?? 2),
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
  return localLauncher(workers, launcher.cores);
}
