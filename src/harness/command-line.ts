import path from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { DatasetName } from "../data";
import type { AnyExperiment } from "./experiment";
import { helpAfter, helpBefore } from "./help-text";
import { projectRoot } from "./project-root";
import { exitStatus, quoted, type RunOptions } from "./run-options";
import { defaultScale, type Scale, scales } from "./scale";
import { UsageError } from "./usage-error";

/** As `datasetNames` of the data room, which `--help` need not load for two words. */
const datasetNames = ["mnist", "cifar10"] as const satisfies readonly DatasetName[];

/** Runs the program's own experiment as its command line asks, and sets the exit status. */
export async function startCommandLine(definition: AnyExperiment): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitStatus.success); // the reader has seen enough: `| head`
    throw error;
  });
  const words = process.argv.slice(2);
  try {
    const options = readCommandLine(definition, words, programName());
    if (options === null) return;
    // Only now: `--help` and misuse do not wait for it to load.
    const { runExperiment } = require("./run") as typeof import("./run");
    process.exitCode = await runExperiment(definition, require.main?.filename ?? "", options);
  } catch (error) {
    process.exitCode = tell(error, words.includes("--debug"));
  }
}

/**
 * Reads the words of the command line.
 *
 * @param program how the experiment is called: "npx ts-node experiments/block-deletion.ts"
 * @returns null when they only asked for help, which is printed
 * @throws UsageError for anything that is not understood
 */
export function readCommandLine(
  definition: AnyExperiment,
  words: readonly string[],
  program: string,
): RunOptions | null {
  const datasets = definition.datasets ?? datasetNames;
  const command = commandOf(definition, datasets, program);
  try {
    command.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new UsageError(error.message.replace(/^error: /, ""), `\`${program} --help\` lists all options.`);
  }
  const typed = command.opts<TypedOptions>();
  return {
    scale: typed.scale,
    data: typed.data ?? datasets[0] ?? null,
    dataFolder: typed.dataDir === undefined ? null : path.resolve(typed.dataDir),
    overrides: readOverrides(typed.set ?? [], typed.seeds),
    workers: readWorkers(typed.workers),
    backend: typed.backend,
    only: typed.only ?? [],
    dryRun: typed.dryRun ?? false,
    fresh: typed.fresh ?? false,
    quiet: typed.quiet ?? false,
    json: typed.json ?? false,
    strict: typed.strict ?? false,
    debug: typed.debug ?? false,
    colour: typed.colour && typed.color,
    results: path.resolve(typed.results ?? path.join(projectRoot, "results")),
    reports: path.resolve(typed.reports ?? path.join(projectRoot, "reports")),
    command: [program, ...withoutOnce(words).map(quoted)].join(" "),
  };
}

interface TypedOptions {
  readonly scale: Scale;
  readonly data?: DatasetName;
  readonly dataDir?: string;
  readonly set?: readonly string[];
  readonly seeds?: string;
  readonly workers: string;
  readonly backend: "tensorflow" | "cpu";
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly debug?: boolean;
  readonly colour: boolean;
  readonly color: boolean;
  readonly results?: string;
  readonly reports?: string;
}

function commandOf(definition: AnyExperiment, datasets: readonly DatasetName[], program: string): Command {
  const command = new Command(program)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // misuse is told once, by `tell`
    .allowExcessArguments(false)
    .usage("[options]")
    .addOption(new Option("--scale <scale>", "how large the run is").choices(scales).default(defaultScale));
  if (datasets.length > 0) {
    command
      .addOption(new Option("--data <name>", "the data set").choices(datasets).default(datasets[0]))
      .option("--data-dir <folder>", "folder that holds the data set's files");
  }
  command
    .option("--set <name=value...>", "sets a parameter; may be repeated")
    .option("--seeds <count>", "independent repetitions, the same as --set seeds=<count>")
    .option("--workers <count>", "processes that measure side by side, or auto: one a core", "auto")
    .addOption(
      new Option("--backend <name>", "what computes; cpu is pure JavaScript, slow, and needs no set-up")
        .choices(["tensorflow", "cpu"])
        .default("tensorflow"),
    )
    .option("--dry-run", "lists the cells, which are cached and the time the others take; writes nothing")
    .option("--only <id...>", "measures only these cells, by the beginning of their identifiers")
    .option("--fresh", "measures cached cells again; trained networks are kept")
    .option("--strict", "exit status 3 when a claim is not reproduced")
    .option("--results <folder>", "tables and store (default: the project's results/)")
    .option("--reports <folder>", "HTML reports (default: the project's reports/)")
    .option("--json", "prints the outcome as JSON instead of the table")
    .option("--quiet", "prints the outcome and failures only")
    .option("--debug", "shows stack traces")
    .option("--no-colour", "plain text; so does the environment variable NO_COLOR")
    .addOption(new Option("--no-color").hideHelp())
    .helpOption("--help", "this text")
    .addHelpText("before", () => helpBefore(definition, program))
    .addHelpText("after", () => helpAfter(definition, chosenData(command, datasets)));
  return command;
}

function chosenData(command: Command, datasets: readonly DatasetName[]): DatasetName | null {
  return command.opts<TypedOptions>().data ?? datasets[0] ?? null;
}

function readOverrides(assignments: readonly string[], seeds: string | undefined): Record<string, string> {
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

function readWorkers(typed: string): number | "auto" {
  if (typed === "auto") return "auto";
  if (/^[1-9]\d{0,3}$/.test(typed)) return Number(typed);
  throw new UsageError(`--workers ${typed}: need auto or a whole number, at least 1`, "For example: --workers 2");
}

function programName(): string {
  return `npx ts-node ${quoted(path.relative(process.cwd(), require.main?.filename ?? ""))}`;
}

/** What a command that resumes the run must not repeat: cells measured afresh once need no second time. */
function withoutOnce(words: readonly string[]): string[] {
  return words.filter((word) => !["--fresh", "--dry-run"].includes(word));
}

/** Says what went wrong, for people; for those who debug, where. */
function tell(error: unknown, debug: boolean): number {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`error: ${message}\n`);
  if (debug && stack !== undefined) process.stderr.write(`${stack}\n`);
  else if (!isForPeople(error)) process.stderr.write("`--debug` shows where\n");
  return error instanceof UsageError ? exitStatus.misuse : exitStatus.failure;
}

/** Errors whose message says all that there is to say. */
function isForPeople(error: unknown): boolean {
  return error instanceof Error && ["UsageError", "DataError", "SetUpError", "FileError"].includes(error.name);
}
