/** The command line of an experiment, and the command that runs one. */
import path from "node:path";
import { type Command, Option } from "commander";
import {
  alignedLines,
  commandText,
  exitStatus,
  pathFrom,
  programName,
  programWords,
  runAsProgram,
  UsageError,
} from "../base";
import type { DatasetName } from "../data";
import {
  dataAtScale,
  declaredValue,
  defaultGrid,
  defaultVariations,
  type Experiment,
  experimentNames,
  experimentWords,
  type FoundExperiment,
  findExperiments,
  type ParameterDeclaration,
  type ParameterValue,
  programFile,
  readVariations,
  scales,
  varyWords,
} from "../experiment";
import { experimentsFolder, parseWords, typedWords } from "./options";
import {
  type AskedOptions,
  datasetNames,
  imagesOptions,
  precisionOption,
  readImages,
  readOverrides,
  readTypedOptions,
  runCommand,
  type TypedImages,
  type TypedOptions,
  tensorboardOption,
} from "./run-options";

const usage = `Usage: npx cnn-findings run EXPERIMENT [options]

Runs an experiment by its name, or by the file that declares one of your own. Tables go into results/, the report into reports/.
`;

/**
 * Runs an experiment.
 *
 * @param words its name or file, then its options
 * @param setUp makes TensorFlow ready; gives the exit status
 * @throws UsageError for an experiment that is not there, naming the nearest
 */
export async function run([name = "--help", ...words]: readonly string[], setUp: () => number): Promise<number> {
  if (name === "--help" || name === "-h") {
    const names = experimentNames(experimentsFolder({}));
    const more = `\`npx cnn-findings run EXPERIMENT --help\` lists the options and parameters of one.`;
    process.stdout.write([usage, "Experiments:", ...names.map((one) => `  ${one}`), "", more, ""].join("\n"));
    return exitStatus.success;
  }
  if (name.startsWith("-")) throw new UsageError(`name the experiment before ${name}`, usage.split("\n")[0]);
  const { definition, file } = named(name);
  return runAsAsked(definition, file, words, ["run", name], setUp);
}

function named(name: string): FoundExperiment {
  if (!/[/\\]|\.[cm]?[jt]s$/.test(name)) return findExperiments(experimentsFolder({}), [name])[0]!;
  const file = programFile(name);
  return findExperiments(path.dirname(file), [path.parse(file).name])[0]!;
}

/** Says of a program that ts-node does not find which may have been meant. @param typed its path */
export function refuseMissing(typed: string): Promise<void> {
  return runAsProgram(async () => {
    throw new UsageError(`there is no file ${typed}`, `Did you mean ${pathFrom(process.cwd(), programFile(typed))}?`);
  });
}

/**
 * Runs the program's own experiment as its command line asks, and sets the exit status.
 *
 * @param file of the program
 */
export async function startCommandLine(definition: Experiment, file: string): Promise<void> {
  const { setUp } = require("../runtime/setup.cjs") as { setUp(options: readonly string[], manner: object): number };
  const program = experimentWords(file, process.cwd());
  await runAsProgram((words) => runAsAsked(definition, file, words, program, () => setUp([], { quiet: true })));
}

async function runAsAsked(
  definition: Experiment,
  file: string,
  words: readonly string[],
  program: readonly string[],
  setUp: () => number,
): Promise<number> {
  const options = readCommandLine(definition, words, program);
  if (options === null) return exitStatus.success;
  const status = options.backend === "cpu" ? exitStatus.success : setUp();
  if (status !== exitStatus.success) return status;
  // Only now: `--help` and misuse do not wait for it to load.
  const { runExperiment, runVaried } = require("./run-experiment") as typeof import("./run-experiment");
  return options.vary === undefined ? runExperiment(definition, file, options) : runVaried(definition, file, options);
}

/**
 * Reads the words of the command line.
 *
 * @param program the words that call the experiment: ["run", "block-deletion"]
 * @returns null when they only asked for help or for the text of an action, which is printed
 * @throws UsageError for anything that is not understood
 */
export function readCommandLine(
  definition: Experiment,
  words: readonly string[],
  program: readonly string[],
): AskedOptions | null {
  const named = definition.datasets ?? datasetNames;
  const datasets: readonly DatasetName[] = takesGiven(definition) ? [...named, "images"] : named;
  const command = commandOf(definition, datasets, program);
  if (!parseWords(command, words)) return null;
  if (printAction(definition, command)) return null;
  const typed = command.opts<ExperimentOptions>();
  if (typed.precision === "bfloat16" && definition.network === undefined) {
    throw new UsageError(
      `--precision bfloat16: ${definition.name} measures no network out of the store, and computes in float32`,
      "Leave --precision out.",
    );
  }
  const data = typed.data ?? dataAtScale(typed.scale, named);
  const fresh = readFresh(typed.fresh);
  const again = (without: readonly string[]) =>
    commandText([
      ...[...programWords(), ...program],
      ...typedWords(command, ["dryRun", "jobs", "fresh", ...without]),
      ...(fresh === null ? [] : ["--fresh", fresh]), // from now on: what this run measures counts for the next
    ]);
  return {
    ...readTypedOptions(typed),
    data,
    overrides: readOverrides(typed.set ?? [], typed.seeds),
    ...(typed.vary === undefined ? {} : { vary: readVariations(typed.vary, definition, { scale: typed.scale, data }) }),
    ...readImages(typed, data),
    ...(typed.network === undefined ? {} : { networks: typed.network.map((file) => path.resolve(file)) }),
    only: typed.only ?? [],
    fresh,
    command: again([]),
    ...(typed.vary === undefined ? { cellCommand: again(["only"]) } : {}),
  };
}

interface ExperimentOptions extends TypedOptions, TypedImages {
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
  readonly network?: readonly string[];
  readonly only?: readonly string[];
  readonly fresh?: string | true;
}

/** Whether it takes a network whose weights are given. */
function takesGiven({ customNetwork }: Experiment): boolean {
  return customNetwork?.given !== undefined;
}

/** The time from which on measurements count. @throws UsageError for what is no time */
function readFresh(typed: string | true | undefined): string | null {
  if (typed === undefined) return null;
  if (typed === true) return new Date().toISOString();
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(typed) && !Number.isNaN(Date.parse(typed))) return typed;
  throw new UsageError(`--fresh ${typed}: need a time in UTC`, "For example: --fresh 2026-03-01T09:30Z");
}

function commandOf(definition: Experiment, datasets: readonly DatasetName[], program: readonly string[]): Command {
  const { customNetwork } = definition;
  const own = [
    new Option("--set <name=value...>", "sets a parameter; may be repeated"),
    new Option(
      "--vary [name=values...]",
      "maps the verdicts over a grid: steps=100,400; may be repeated; without values over the experiment's own",
    ).preset(defaultGrid),
    new Option(
      "--network <file...>",
      `puts a custom network to the test, in place of ${customNetwork?.parameter}; several with weights are a seed each; or one of this ` +
        "project by its name, mobilenet23",
    ).hideHelp(
      customNetwork === undefined, // then it is refused, with the reason
    ),
    ...imagesOptions().map((option) => option.hideHelp(!takesGiven(definition))),
    new Option("--only <id...>", "measures only these cells, by the beginning of their identifiers"),
    new Option("--fresh [time]", "measures cached cells again, or those from before a time; trained networks are kept"),
    precisionOption().hideHelp(definition.network === undefined), // then it is refused, with the reason
    ...(definition.network === undefined ? [] : [tensorboardOption()]),
    ...(definition.actions ?? []).map(({ flags, description }) => new Option(flags, description)),
  ];
  const help = {
    before: () => helpBefore(definition, [...programName.split(" "), ...program]),
    after: () => helpAfter(definition, command.opts<TypedOptions>().data ?? null),
  };
  const command = runCommand({ name: commandText(program), datasets, own, help });
  return command;
}

/** Prints the text of the first action that was asked for, if one was. @throws UsageError for a value that it refuses */
function printAction({ actions = [] }: Experiment, command: Command): boolean {
  for (const { flags, text } of actions) {
    const value: unknown = command.getOptionValue(new Option(flags).attributeName());
    if (typeof value !== "string") continue;
    try {
      process.stdout.write(`${text(value)}\n`);
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(error.message);
      throw error;
    }
    return true;
  }
  return false;
}

/** What stands before the list of options: three examples, then what the experiment is. */
function helpBefore(definition: Experiment, program: readonly string[]): string {
  const called = (...words: string[]) => commandText([...program, ...words]);
  const [parameter, declaration] = exampleParameter(definition);
  const examples: [string, string][] = [
    [called(), "minutes on a laptop: the scale `quick`"],
    [called("--scale", "smoke"), "seconds: does everything work?"],
    parameter === undefined || declaration === undefined
      ? [called("--seeds", "10"), "more seeds, narrower intervals"]
      : [
          called(
            "--set",
            `${parameter}=${declaration.show(declaredValue(declaration, "paper", null))}`,
            "--seeds",
            "10",
          ),
          "other parameters, more seeds",
        ],
  ];
  const width = Math.max(...examples.map(([command]) => command.length));
  return [
    "Examples:",
    ...examples.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`),
    "",
    definition.title,
    definition.question,
    `Source: ${definition.source}`,
    ...definition.claims.map(({ id, statement }) => `Claim ${id}: ${statement}`),
    "",
  ].join("\n");
}

/**
 * What stands after the list of options: every parameter with its values at each scale, and the exit statuses.
 *
 * @param data that was asked for; null for that of each scale
 */
function helpAfter(definition: Experiment, data: DatasetName | null): string {
  const header = ["name", "type", "unit", ...scales, ""];
  const rows = Object.entries<ParameterDeclaration<ParameterValue>>(definition.parameters).map(
    ([name, declaration]) => [
      name,
      declaration.kind,
      declaration.unit ?? "",
      ...scales.map((scale) =>
        declaration.show(declaredValue(declaration, scale, data ?? dataAtScale(scale, definition.datasets))),
      ),
      `${declaration.description} (${declaration.expects})`,
    ],
  );
  const onData = data === null ? "" : `, here on ${data}`;
  return [
    "",
    `Parameters (--set name=value), with their values at each scale${onData}:`,
    ...alignedLines([header, ...rows]).map((line) => `  ${line}`),
    "",
    ...gridLines(definition, data),
    "Exit status:",
    "  0 ran, whatever the verdict   1 a cell failed   2 misuse   3 a claim is not reproduced (with --strict)",
    "  130 interrupted: the same command resumes",
  ].join("\n");
}

/** The experiment's own grid at each scale, where it names one. */
function gridLines(definition: Experiment, data: DatasetName | null): string[] {
  const grids = scales.flatMap((scale) => {
    const grid = defaultVariations(definition, scale, data ?? dataAtScale(scale, definition.datasets));
    return grid === null ? [] : [`  ${scale.padEnd(8)}  ${commandText(varyWords(grid, definition))}`];
  });
  return grids.length === 0 ? [] : ["Grid of `--vary` without values, by scale:", ...grids, ""];
}

function exampleParameter(
  definition: Experiment,
): [string, ParameterDeclaration<ParameterValue>] | [undefined, undefined] {
  const parameters: [string, ParameterDeclaration<ParameterValue>][] = Object.entries(definition.parameters);
  return parameters.find(([name]) => name !== "seeds") ?? [undefined, undefined];
}
