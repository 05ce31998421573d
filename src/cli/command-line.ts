import path from "node:path";
import { type Command, Option } from "commander";
import { exitStatus, quoted, runAsProgram, UsageError } from "../base";

import type { DatasetName } from "../data";
import { type AnyExperiment, experimentCommand } from "../experiment";

import { helpAfter, helpBefore } from "./help-text";
import type { AskedOptions } from "./launcher-options";
import {
  datasetNames,
  parseWords,
  readTypedOptions,
  runCommand,
  type TypedOptions,
  tensorboardOption,
} from "./run-command";

/**
 * Runs the program's own experiment as its command line asks, and sets the exit status.
 *
 * @param file of the program
 */
export async function startCommandLine(definition: AnyExperiment, file: string): Promise<void> {
  await runAsProgram(async (words) => {
    const options = readCommandLine(definition, words, experimentCommand(file, process.cwd()));
    if (options === null) return exitStatus.success;
    // Only now: `--help` and misuse do not wait for it to load.
    const { runExperiment } = require("./run-experiment") as typeof import("./run-experiment");
    return runExperiment(definition, file, options);
  });
}

/**
 * Reads the words of the command line.
 *
 * @param program how the experiment is called: "npx ts-node experiments/block-deletion.ts"
 * @returns null when they only asked for help or for the text of an action, which is printed
 * @throws UsageError for anything that is not understood
 */
export function readCommandLine(
  definition: AnyExperiment,
  words: readonly string[],
  program: string,
): AskedOptions | null {
  const datasets = definition.datasets ?? datasetNames;
  const command = commandOf(definition, datasets, program);
  if (!parseWords(command, words)) return null;
  if (printAction(definition, command)) return null;
  const typed = command.opts<ExperimentOptions>();
  return {
    ...readTypedOptions(typed),
    data: typed.data ?? datasets[0] ?? null,
    overrides: readOverrides(typed.set ?? [], typed.seeds),
    ...(typed.network === undefined ? {} : { network: path.resolve(typed.network) }),
    only: typed.only ?? [],
    fresh: typed.fresh ?? false,
    command: [program, ...withoutOnce(words).map(quoted)].join(" "),
  };
}

interface ExperimentOptions extends TypedOptions {
  readonly set?: readonly string[];
  readonly network?: string;
  readonly only?: readonly string[];
  readonly fresh?: boolean;
}

function commandOf(definition: AnyExperiment, datasets: readonly DatasetName[], program: string): Command {
  const { customNetwork } = definition;
  const own = [
    new Option("--set <name=value...>", "sets a parameter; may be repeated"),
    new Option(
      "--network <file>",
      `puts a custom network to the test, in place of ${customNetwork?.parameter}`,
    ).hideHelp(
      customNetwork === undefined, // then it is refused, with the reason
    ),
    new Option("--only <id...>", "measures only these cells, by the beginning of their identifiers"),
    new Option("--fresh", "measures cached cells again; trained networks are kept"),
    ...(definition.trains === undefined ? [] : [tensorboardOption()]),
    ...(definition.actions ?? []).map(({ flags, description }) => new Option(flags, description)),
  ];
  const command = runCommand({ program, datasets, defaultData: datasets[0], own });
  return command
    .addHelpText("before", () => helpBefore(definition, program))
    .addHelpText("after", () => helpAfter(definition, command.opts<TypedOptions>().data ?? datasets[0] ?? null));
}

/** Prints the text of the first action that was asked for, if one was. @throws UsageError for a value that it refuses */
function printAction({ actions = [] }: AnyExperiment, command: Command): boolean {
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

/** What a command that resumes the run must not repeat: cells measured afresh once need no second time. */
function withoutOnce(words: readonly string[]): string[] {
  return words.filter(
    (word, index) =>
      !["--fresh", "--dry-run", "--jobs"].includes(word) &&
      !word.startsWith("--jobs=") &&
      words[index - 1] !== "--jobs",
  );
}
