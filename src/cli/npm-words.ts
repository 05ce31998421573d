/**
 * Options that npm took for its own: `npm run reproduce --dry-run`, without the `--` that hands them on, starts the script without
 * them. One rule for every option of every command: it is heeded or refused, and never lost.
 */
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { nearestName, UsageError } from "../base";

/**
 * What npm took is found in two places. npm's own record of its command line, its log, has every word; the environment has most
 * of them (`npm_config_dry_run=true`), but not those that npm finds invalid: of `--only path-counts` there is nothing.
 *
 * @param environment that of the process
 * @returns switches to be added to the words of the command line
 * @throws UsageError for what must be typed again: an option with a value, which npm tears apart, or one that is not known
 */
export function takenByNpm(command: Command, environment: NodeJS.ProcessEnv = process.env): string[] {
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
