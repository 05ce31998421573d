import path from "node:path";
import { Option } from "commander";
import { exitStatus } from "../base";
import {
  experimentsFolder,
  experimentsOption,
  manners,
  outputFolders,
  parseWords,
  programCommand,
  readManners,
  type TypedManners,
} from "./options";

interface ExportOptions extends TypedManners {
  readonly columns: "1" | "2";
  readonly out?: string;
  readonly results?: string;
  readonly experiments?: string;
}

const before = `Examples:
  npx cnn-findings export                                  every run but those at the scale \`smoke\`
  npx cnn-findings export block-deletion                into results/block-deletion/paper/
  npx cnn-findings export block-deletion --columns 2    figures across both columns of a page

Writes what a paper takes over of a run: every figure as SVG and PDF, every table for LaTeX and as CSV, their captions, the
headline figures as LaTeX commands, a bibliography of the sources, and example.tex, which uses all of them.
`;

const after = `
Figures are drawn by a Chromium on PATH, or by the one that the variable CHROMIUM names.

Exit status:
  0 all is written   1 a run could not be exported   2 misuse`;

/** Writes figures, tables, numbers and sources of runs for a paper. */
export async function exportForPaper(words: readonly string[]): Promise<number> {
  const command = programCommand("export", { before, after })
    .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
    .usage("[name...] [options]")
    .addOption(
      new Option("--columns <count>", "columns of a page that a figure goes over: 85 or 178 mm")
        .choices(["1", "2"])
        .default("1"),
    )
    .option("--out <folder>", "where each run gets a folder of its name (default: results/<run>/paper)")
    .option("--results <folder>", "tables of the runs (default: the project's results/)")
    .addOption(experimentsOption());
  manners(command, { quiet: "prints failures only" });
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<ExportOptions>();
  // Only now: `--help` and misuse do not wait for it to load.
  const { exportRuns } = require("../archive") as typeof import("../archive");
  return exportRuns({
    ...readManners(typed),
    names: command.args,
    columns: typed.columns === "1" ? 1 : 2,
    out: typed.out === undefined ? null : path.resolve(typed.out),
    results: outputFolders(typed).results,
    experiments: experimentsFolder(typed),
  });
}
