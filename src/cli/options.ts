/** What the commands of the program have in common: how they are declared and read, and options that several have. */
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, CommanderError, Option } from "commander";
import { homeFolder, nearestName, programName, projectRoot, UsageError } from "../base";

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
  return [...command.args, ...typedOptions(command, without)];
}

/** The options alone of these words. */
export function typedOptions(command: Command, without: readonly string[] = []): string[] {
  return command.options.flatMap((option) => {
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

/**
 * Options that npm took for its own: `npm run reproduce --dry-run`, without the `--` that hands them on, starts the script without
 * them. One rule for every option of every command: it is heeded or refused, and never lost.
 *
 * What npm took is found in two places. npm's own record of its command line, its log, has every word; the environment has most
 * of them (`npm_config_dry_run=true`), but not those that npm finds invalid: of `--only path-counts` there is nothing.
 *
 * @param environment that of the process
 * @returns switches to be added to the words of the command line
 * @throws UsageError for what must be typed again: an option with a value, which npm tears apart, or one that is not known
 */
function takenByNpm(command: Command, environment: NodeJS.ProcessEnv = process.env): string[] {
  if (!environment.npm_lifecycle_script?.includes("cnn-findings.cjs")) return []; // npm runs nothing, or something else
  const again = (flag: string) => `npm run ${environment.npm_lifecycle_event} -- --${flag}`;
  const options = new Map(command.options.map((option) => [option.long!.replace(/^--(no-)?/, ""), option]));
  const foreign = npmOptions(environment.npm_execpath);
  const logged = loggedOptions(environment);
  const words: string[] = environment.npm_config_loglevel === "warn" && options.has("quiet") ? ["--quiet"] : []; // npm's own --quiet
  const exported = exportedOptions(environment);
  for (const [name, value] of new Map([...exported, ...logged])) {
    const option = options.get(name);
    if (option !== undefined) {
      const isAlone = value === "true" && (exported.get(name) ?? value) === value;
      if (option.required || (option.optional && !isAlone)) {
        throw new UsageError(
          `npm took --${name} for an option of its own`,
          `Put -- before it: ${again(`${name} ...`)}`,
        );
      }
      if (value === (option.negate ? "" : "true") && !words.includes(option.long!)) words.push(option.long!);
    } else if ((value === "true" || logged.has(name)) && !foreign?.has(name)) {
      const meant = nearestName(name, [...options.keys()]);
      if (meant === null && foreign === null) continue; // set by npm or by hand: it cannot be told
      throw new UsageError(
        `there is no option --${name}`,
        meant === null ? `${again("help")} lists all.` : `Did you mean ${again(meant)}?`,
      );
    }
  }
  return words;
}

/** The options in npm's environment, typed or set in a file, by their names; a negated one is "". */
function exportedOptions(environment: NodeJS.ProcessEnv): Map<string, string> {
  return new Map(
    Object.entries(environment).flatMap(([variable, value]): [string, string][] => {
      const name = /^npm_config_(.+)$/.exec(variable)?.[1]?.replaceAll("_", "-");
      return name === undefined ? [] : [[name, value ?? ""]];
    }),
  );
}

/** The longest that npm takes from the opening of its log to the start of a script, on a busy machine (ms). */
const npmStart = 60_000;

/** The options that were typed before `--`, by npm's log of this very call; empty where npm keeps none. */
function loggedOptions(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const cache = environment.npm_config_cache ?? path.join(os.homedir(), ".npm");
  const folder = environment.npm_config_logs_dir || path.join(cache, "_logs");
  for (const name of newestLogs(folder)) {
    const words = commandLine(path.join(folder, name));
    const end = words.includes("--") ? words.indexOf("--") : words.length;
    const [typed, handedOn] = [words.slice(0, end), words.slice(end + 1)];
    const isOfThisCall = process.argv.join("\0").endsWith(handedOn.join("\0"));
    if (!isOfThisCall || !typed.includes(environment.npm_lifecycle_event ?? "")) continue;
    return new Map(
      typed.flatMap((word): [string, string][] => {
        const [, no, option, value] = /^--(no-)?([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
        return option === undefined ? [] : [[option, value ?? (no === undefined ? "true" : "")]];
      }),
    );
  }
  return new Map();
}

/** Names of the logs that npm opened shortly before this process began, the newest first. */
function newestLogs(folder: string): string[] {
  const begin = Date.now() - 1000 * process.uptime();
  const isOfThisCall = (name: string) => {
    const [, day, hour, minute, second] = /^(\d{4}-\d\d-\d\d)T(\d\d)_(\d\d)_(\d\d)_.*-debug-0\.log$/.exec(name) ?? [];
    const opened = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
    return opened <= begin && opened > begin - npmStart;
  };
  try {
    return readdirSync(folder).filter(isOfThisCall).sort().reverse();
  } catch {
    return []; // npm could not write any
  }
}

/** The words after "npm" in one of its logs; none where the log does not tell. */
function commandLine(file: string): string[] {
  try {
    const [, line = ""] = /^\d+ verbose argv (.*)$/m.exec(readFileSync(file, "utf8")) ?? [];
    return (line.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((word) => JSON.parse(word) as string);
  } catch {
    return []; // removed meanwhile: npm keeps the last ten
  }
}

/** Options of npm's own that are typed by people who mean the job. */
const meantForTheJob = ["force", "only"];

/** Names of npm's own options, but for those; null where npm's own list is not found. */
function npmOptions(program: string | undefined): ReadonlySet<string> | null {
  try {
    const { definitions, shorthands } = require(
      path.join(path.dirname(program!), "../node_modules/@npmcli/config/lib/definitions"),
    );
    const names = [...Object.keys(definitions), ...Object.keys(shorthands ?? {})];
    return new Set(names.filter((name) => !meantForTheJob.includes(name)));
  } catch {
    return null;
  }
}
