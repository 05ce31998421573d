import { Option } from "commander";
import { exitStatus, UsageError } from "../base";
import { outputFolders, parseWords, programCommand } from "./options";

interface WatchOptions {
  readonly port?: string;
  readonly results?: string;
}

const before = `Examples:
  npx cnn-findings watch                           the run that is under way, and the next one when it begins
  npx cnn-findings watch block-deletion         runs of this experiment
  npx cnn-findings watch block-deletion-smoke   this run

Serves a page of a run under way: cells done, under way and failed, the time left, curves of the trainings so far, and
verdicts so far. It follows what the run writes into its results, and the run does not know of it: begin and end it at any time.
`;

const after = `
The page is served to this machine alone. Ctrl-C ends it; the run goes on.

Exit status:
  0 ended by Ctrl-C   1 something failed   2 misuse`;

/** Shows a run under way as a page. */
export async function watch(words: readonly string[]): Promise<number> {
  const command = programCommand("watch", { before, after })
    .argument("[name]", "a run, by the name of its folder in results/, or an experiment")
    .usage("[name] [options]")
    .option("--port <number>", "port on 127.0.0.1 (default: one that is free)")
    .option("--results <folder>", "tables and store of the runs (default: the project's results/)")
    .addOption(new Option("--debug", "shows stack traces"));
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<WatchOptions>();
  const [port, { results }] = [readPort(typed.port), outputFolders(typed)];
  // Only now: `--help` and misuse do not wait for it to load.
  const { watchRuns } = require("../archive") as typeof import("../archive");
  return watchRuns({ name: command.args[0] ?? null, port, results });
}

function readPort(typed: string | undefined): number {
  if (typed === undefined) return 0;
  if (/^\d{1,5}$/.test(typed) && Number(typed) <= 65_535) return Number(typed);
  throw new UsageError(`--port ${typed}: need a whole number up to 65535`, "For example: --port 6007");
}
