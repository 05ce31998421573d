/** What the commands of the program have in common: how they are declared and read, and options that several have. */
import path from "node:path";
import { Command, CommanderError, Option } from "commander";
import { homeFolder, programName, projectRoot, UsageError } from "../base";
import { takenByNpm } from "./npm-words";

/** What stands before and after the list of options. */
export interface HelpTexts {
  readonly before: string | (() => string);
  readonly after: string | (() => string);
}

/** A command without options. @param name "verify", "run block-deletion" */
export function programCommand(name: string, { before, after }: HelpTexts): Command {
  return new Command(`${programName} ${name}`)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // misuse is told once, by `runAsProgram`
    .allowExcessArguments(false)
    .usage("[options]")
    .helpOption("--help", "this text")
    .addHelpText("before", () => (typeof before === "string" ? before : before()))
    .addHelpText("after", () => (typeof after === "string" ? after : after()));
}

/**
 * Reads the words of a command line, with those that npm took for its own.
 *
 * @returns false when they only asked for help, which is printed
 * @throws UsageError for anything that is not understood
 */
export function parseWords(command: Command, words: readonly string[]): boolean {
  try {
    command.parse([...words, ...takenByNpm(command)], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new UsageError(error.message.replace(/^error: /, ""), `\`${command.name()} --help\` lists all options.`);
  }
}

/**
 * The words that a command was given, as it read them, for a command that does the same again: arguments, then options, with those
 * that npm handed over otherwise, and those that others stand for (`--jobs` for `--launcher slurm`).
 *
 * @param without names of options to leave out: "dryRun"
 */
export function typedWords(command: Command, without: readonly string[] = []): string[] {
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    const isTyped = ["cli", "implied"].includes(command.getOptionValueSource(name) ?? "");
    if (!isTyped || without.includes(name)) return [];
    const value: unknown = command.getOptionValue(name);
    if (typeof value === "boolean") return [option.long!];
    const values = Array.isArray(value) ? value.map(String) : [String(value)];
    // A value like an option is told from one only there.
    if (values.some((one) => one.startsWith("-"))) return values.map((one) => `${option.long}=${one}`);
    return [option.long!, ...values];
  });
  return [...command.args, ...options];
}

/** Where the experiments are, for commands that need their code. */
export function experimentsOption(): Option {
  return new Option(
    "--experiments <folder>",
    "where the experiments are, one a file (default: the project's experiments/)",
  );
}

/** The folder that such an option names. */
export function experimentsFolder({ experiments }: { readonly experiments?: string }): string {
  return path.resolve(experiments ?? path.join(projectRoot, "experiments"));
}

/** The folders of tables and pages. */
export function outputFolders({ results, reports }: { readonly results?: string; readonly reports?: string }): {
  readonly results: string;
  readonly reports: string;
} {
  return {
    results: path.resolve(results ?? path.join(homeFolder, "results")),
    reports: path.resolve(reports ?? path.join(homeFolder, "reports")),
  };
}

/** Options of every command that prints: for people or machines, much or little. */
export function manners(command: Command, told: { readonly json?: string; readonly quiet: string }): Command {
  if (told.json !== undefined) command.option("--json", told.json);
  return command
    .option("--quiet", told.quiet)
    .option("--debug", "shows stack traces")
    .option("--no-colour", "plain text; so does the environment variable NO_COLOR")
    .addOption(new Option("--no-color").hideHelp());
}

/** These options as they were typed. */
export interface TypedManners {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly colour: boolean;
  readonly color: boolean;
}

/** How a command prints. */
export interface Manners {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly colour: boolean;
}

export function readManners({ json = false, quiet = false, debug = false, colour, color }: TypedManners): Manners {
  return { json, quiet, debug, colour: colour && color };
}

/** The options of every command that looks at runs without measuring, as they were typed. */
export interface TypedLookingOptions extends TypedManners {
  readonly results?: string;
}

/** What they ask for. */
export interface LookingOptions extends Manners {
  /** Folder that holds a folder for each run. */
  readonly results: string;
}

/** A command with these options, behind its own. */
export function lookingCommand(name: string, own: readonly Option[], help: HelpTexts): Command {
  const command = programCommand(name, help);
  for (const option of own) command.addOption(option);
  command.option("--results <folder>", "tables of the runs (default: the project's results/)");
  return manners(command, {
    json: "prints what was found as JSON",
    quiet: "prints only what calls for attention",
  });
}

export function readLookingOptions(typed: TypedLookingOptions): LookingOptions {
  return { ...readManners(typed), results: outputFolders(typed).results };
}
