import path from "node:path";
import { Command, CommanderError, Option } from "commander";
import { homeFolder, UsageError } from "../base";

import type { DatasetName } from "../data";
import { defaultScale, type Scale, scales } from "../experiment";
import { type AskedOptions, launcherOptions, readLauncher, type TypedSlurmOptions } from "./launcher-options";

/** As `datasetNames` of the data room, which `--help` need not load for two words. */
export const datasetNames = ["mnist", "cifar10"] as const satisfies readonly DatasetName[];

export interface RunCommandParts {
  /** How the program is called: "npx ts-node experiments/block-deletion.ts". */
  readonly program: string;
  /** The data sets to choose from; without any there is no `--data`. */
  readonly datasets: readonly DatasetName[];
  /** The data set of a run that names none, where that is always the same one. */
  readonly defaultData?: DatasetName | undefined;
  /** What the program takes besides. */
  readonly own: readonly Option[];
}

/** The options of every program that measures cells, as they were typed. */
export interface TypedOptions extends TypedSlurmOptions {
  readonly scale: Scale;
  readonly data?: DatasetName;
  readonly dataDir?: string;
  readonly seeds?: string;
  readonly workers: string;
  readonly backend: "tensorflow" | "cpu";
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly debug?: boolean;
  readonly colour: boolean;
  readonly color: boolean;
  readonly results?: string;
  readonly reports?: string;
  readonly tensorboard?: string | true;
}

/** A command with the options of every program that measures cells, and the program's own among them. */
export function runCommand({ program, datasets, defaultData, own }: RunCommandParts): Command {
  const command = new Command(program)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // misuse is told once, by `runAsProgram`
    .allowExcessArguments(false)
    .usage("[options]")
    .addOption(new Option("--scale <scale>", "how large the run is").choices(scales).default(defaultScale));
  if (datasets.length > 0) {
    command
      .addOption(new Option("--data <name>", "the data set").choices(datasets).default(defaultData))
      .option("--data-dir <folder>", "folder that holds the data set's files");
  }
  for (const option of own) command.addOption(option);
  command
    .option("--seeds <count>", "independent repetitions: seeds 1 to <count>")
    .option("--workers <count>", "cells that are measured side by side, or auto: one a core", "auto")
    .addOption(
      new Option("--backend <name>", "what computes; cpu is pure JavaScript, slow, and needs no set-up")
        .choices(["tensorflow", "cpu"])
        .default("tensorflow"),
    )
    .option("--dry-run", "lists what is to do, what is cached and the time it takes; writes nothing")
    .option("--strict", "exit status 3 when a claim is not reproduced")
    .option("--results <folder>", "tables and store (default: the project's results/)")
    .option("--reports <folder>", "HTML reports (default: the project's reports/)")
    .option("--json", "prints the outcome as JSON instead of the table")
    .option("--quiet", "prints the outcome and failures only")
    .option("--debug", "shows stack traces")
    .option("--no-colour", "plain text; so does the environment variable NO_COLOR")
    .addOption(new Option("--no-color").hideHelp())
    .helpOption("--help", "this text");
  for (const option of launcherOptions()) command.addOption(option);
  return command;
}

/** The option of programs that train networks. */
export function tensorboardOption(): Option {
  return new Option(
    "--tensorboard [folder]",
    "writes the training curves of all networks as TensorBoard's event files (into tensorboard/ of the results)",
  );
}

/**
 * Reads the words of a command line.
 *
 * @returns false when they only asked for help, which is printed
 * @throws UsageError for anything that is not understood
 */
export function parseWords(command: Command, words: readonly string[]): boolean {
  try {
    command.parse([...words], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new UsageError(error.message.replace(/^error: /, ""), `\`${command.name()} --help\` lists all options.`);
  }
}

/**
 * The options that were typed, as words, for a command that does the same again.
 *
 * @param without names of options to leave out: "dryRun"
 */
export function typedWords(command: Command, without: readonly string[]): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || without.includes(name)) return [];
    const value: unknown = command.getOptionValue(name);
    return typeof value === "boolean" ? [`${option.long}`] : [`${option.long}`, String(value)];
  });
}

/** What the options of every such program ask for. */
export function readTypedOptions(
  typed: TypedOptions,
): Omit<AskedOptions, "data" | "overrides" | "only" | "fresh" | "command"> {
  const workers = readWorkers(typed.workers);
  const results = path.resolve(typed.results ?? path.join(homeFolder, "results"));
  const { tensorboard } = typed;
  return {
    scale: typed.scale,
    dataFolder: typed.dataDir === undefined ? null : path.resolve(typed.dataDir),
    workers,
    launcher: readLauncher(typed, workers),
    jobs: typed.jobs ?? null,
    backend: typed.backend,
    dryRun: typed.dryRun ?? false,
    quiet: typed.quiet ?? false,
    json: typed.json ?? false,
    strict: typed.strict ?? false,
    debug: typed.debug ?? false,
    colour: typed.colour && typed.color,
    results,
    reports: path.resolve(typed.reports ?? path.join(homeFolder, "reports")),
    ...(tensorboard === undefined
      ? {}
      : { tensorboard: tensorboard === true ? path.join(results, "tensorboard") : path.resolve(tensorboard) }),
  };
}

function readWorkers(typed: string): number | "auto" {
  if (typed === "auto") return "auto";
  if (/^[1-9]\d{0,3}$/.test(typed)) return Number(typed);
  throw new UsageError(`--workers ${typed}: need auto or a whole number, at least 1`, "For example: --workers 2");
}
