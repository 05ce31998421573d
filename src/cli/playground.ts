/** The command that writes a page on which a person cuts trained networks. */
import path from "node:path";
import { exitStatus, relative, terminal, writeFileAtomically } from "../base";
import { manners, outputFolders, parseWords, programCommand, readManners, type TypedManners } from "./options";

const before = `Examples:
  npx cnn-findings playground                              the newest finished run of block-deletion
  npx cnn-findings playground --run block-deletion-smoke   another run

Writes one page that needs no network: a person deletes blocks of a run's trained networks, or puts them into another order, and
sees the test error there and then, beside the paper's. The networks are those of the run's first seed, their weights in half
floats.
`;

const after = `
The page is written into the folder of the reports, as playground.html; for a run that is named, behind its name.

Exit status:
  0 the page is written   2 misuse, or no run with trained networks`;

interface PlaygroundOptions extends TypedManners {
  readonly run?: string;
  readonly results?: string;
  readonly reports?: string;
}

/** Writes the page. */
export async function playground(words: readonly string[]): Promise<number> {
  const command = programCommand("playground", { before, after })
    .usage("[options]")
    .option("--run <name>", "the run, by the name of its folder in results/")
    .option("--results <folder>", "tables and store of the runs (default: the project's results/)")
    .option("--reports <folder>", "where the page is written (default: the project's reports/)");
  manners(command, { quiet: "prints failures only" });
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<PlaygroundOptions>();
  const { results, reports } = outputFolders(typed);
  const { quiet, colour } = readManners(typed);
  // Only now: `--help` and misuse do not wait for it to load.
  const { cutRun, pageScripts, renderPlayground } = require("../playground") as typeof import("../playground");
  const run = await cutRun(typed.run ?? null, results);
  const page = renderPlayground(run, await pageScripts());
  const name = typed.run === undefined ? "playground.html" : `${path.basename(run.name)}-playground.html`;
  const file = path.join(reports, name);
  writeFileAtomically(file, page);
  const names = run.data.networks.map(({ architecture }) => architecture.name).join(", ");
  terminal({ quiet, colour }).say(`${names} of ${run.name}, ${(page.length / 1e6).toFixed(1)} MB -> ${relative(file)}`);
  return exitStatus.success;
}
