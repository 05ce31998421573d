/** Shows a run under way as a page: `npm run watch`. */
import path from "node:path";
import { Command, Option } from "commander";
import { exitStatus, projectRoot, runAsProgram, UsageError } from "../base";

import { parseWords } from "./run-command";

interface WatchOptions {
  readonly port?: string;
  readonly results?: string;
}

/** What stands before the list of options. */
const helpBefore = `Examples:
  npm run watch                           the run that is under way, and the next one when it begins
  npm run watch -- block-deletion         runs of this experiment
  npm run watch -- block-deletion-smoke   this run

Serves a page of a run under way: cells done, under way and failed, the time left, curves of the trainings so far, and
verdicts so far. It follows what the run writes into its results, and the run does not know of it: begin and end it at any time.
`;

/** What stands after it. */
const helpAfter = `
The page is served to this machine alone. Ctrl-C ends it; the run goes on.

Exit status:
  0 ended by Ctrl-C   1 something failed   2 misuse`;

if (require.main === module) {
  void runAsProgram(async (words) => {
    const command = new Command("npm run watch --")
      .exitOverride()
      .configureOutput({ writeErr: () => {} }) // misuse is told once, by `runAsProgram`
      .allowExcessArguments(false)
      .argument("[name]", "a run, by the name of its folder in results/, or an experiment")
      .usage("[name] [options]")
      .option("--port <number>", "port on 127.0.0.1 (default: one that is free)")
      .option("--results <folder>", "tables and store of the runs (default: the project's results/)")
      .addOption(new Option("--debug", "shows stack traces"))
      .helpOption("--help", "this text")
      .addHelpText("before", helpBefore)
      .addHelpText("after", helpAfter);
    if (!parseWords(command, words)) return exitStatus.success;
    const typed = command.opts<WatchOptions>();
    const port = readPort(typed.port);
    const results = path.resolve(typed.results ?? path.join(projectRoot, "results"));
    // Only now: `--help` and misuse do not wait for it to load.
    const { watchRuns } = require("./watch-runs") as typeof import("./watch-runs");
    return watchRuns({ name: command.args[0] ?? null, port, results });
  });
}

function readPort(typed: string | undefined): number {
  if (typed === undefined) return 0;
  if (/^\d{1,5}$/.test(typed) && Number(typed) <= 65_535) return Number(typed);
  throw new UsageError(`--port ${typed}: need a whole number up to 65535`, "For example: --port 6007");
}
