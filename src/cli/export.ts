/** Writes figures, tables, numbers and sources of runs for a paper: `npm run export`. */
import path from "node:path";
import { Command, Option } from "commander";
import { exitStatus, projectRoot, runAsProgram } from "../base";

import { parseWords } from "./run-command";

interface ExportOptions {
  readonly columns: "1" | "2";
  readonly out?: string;
  readonly results?: string;
  readonly experiments?: string;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly colour: boolean;
  readonly color: boolean;
}

/** What stands before the list of options. */
const helpBefore = `Examples:
  npm run export                                  every run but those at the scale \`smoke\`
  npm run export -- block-deletion                into results/block-deletion/paper/
  npm run export -- block-deletion --columns 2    figures across both columns of a page

Writes what a paper takes over of a run: every figure as SVG and PDF, every table for LaTeX and as CSV, their captions, the
headline figures as LaTeX commands, a bibliography of the sources, and example.tex, which uses all of them.
`;

/** What stands after it. */
const helpAfter = `
Figures are drawn by a Chromium on PATH, or by the one that the variable CHROMIUM names.

Exit status:
  0 all is written   1 a run could not be exported   2 misuse`;

if (require.main === module) {
  void runAsProgram(async (words) => {
    const command = new Command("npm run export --")
      .exitOverride()
      .configureOutput({ writeErr: () => {} }) // misuse is told once, by `runAsProgram`
      .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
      .usage("[name...] [options]")
      .addOption(
        new Option("--columns <count>", "columns of a page that a figure goes over: 85 or 178 mm")
          .choices(["1", "2"])
          .default("1"),
      )
      .option("--out <folder>", "where each run gets a folder of its name (default: paper/ in each run's results)")
      .option("--results <folder>", "tables of the runs (default: the project's results/)")
      .option("--experiments <folder>", "where the experiments are, one a file (default: the project's experiments/)")
      .option("--quiet", "prints failures only")
      .option("--debug", "shows stack traces")
      .option("--no-colour", "plain text; so does the environment variable NO_COLOR")
      .addOption(new Option("--no-color").hideHelp())
      .helpOption("--help", "this text")
      .addHelpText("before", helpBefore)
      .addHelpText("after", helpAfter);
    if (!parseWords(command, words)) return exitStatus.success;
    const typed = command.opts<ExportOptions>();
    // Only now: `--help` and misuse do not wait for it to load.
    const { exportRuns } = require("../archive") as typeof import("../archive");
    return exportRuns({
      names: command.args,
      columns: typed.columns === "1" ? 1 : 2,
      out: typed.out === undefined ? null : path.resolve(typed.out),
      results: path.resolve(typed.results ?? path.join(projectRoot, "results")),
      experiments: path.resolve(typed.experiments ?? path.join(projectRoot, "experiments")),
      quiet: typed.quiet ?? false,
      debug: typed.debug ?? false,
      colour: typed.colour && typed.color,
    });
  });
}
