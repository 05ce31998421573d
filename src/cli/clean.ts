/** Frees what no run needs any more: `npm run clean`. */
import path from "node:path";
import { Argument, Option } from "commander";
import type { WasteKind } from "../archive";
import { exitStatus, projectRoot, runAsProgram } from "../base";

import { lookingCommand, readLookingOptions, type TypedLookingOptions } from "./looking-command";
import { parseWords } from "./run-command";

interface CleanOptions extends TypedLookingOptions {
  readonly yes?: boolean;
  readonly list?: boolean;
  readonly reports?: string;
  readonly experiments?: string;
}

/** As `wasteKinds`, which `--help` need not load for their names. */
const kinds = [
  "smoke",
  "old-cells",
  "old-networks",
  "checkpoints",
  "temporary",
  "spare-cells",
  "spare-networks",
  "half-trained",
] as const satisfies readonly WasteKind[];

/** What stands before the list of options. */
const before = `Examples:
  npm run clean                       what could be freed, by kind, with sizes; deletes nothing
  npm run clean -- --yes              frees it
  npm run clean -- old-networks --list    only this kind, file by file

Finds in results/store/ what was made by older code or left behind, and runs at the scale \`smoke\`. Whatever a run in
results/ refers to stays, and so does what git tracks, and what a running process holds.
`;

/** What stands after it. */
const after = `
Kinds that go by themselves:
  smoke           runs at the scale smoke, with the cells and networks that only they refer to
  old-cells       cells of older code, or damaged      old-networks    networks trained by older code
  checkpoints     beside finished networks             temporary       files left half written
Kinds that go only where they are named, as a run that was stopped goes on from them:
  spare-cells     cells of today's code that no run refers to
  spare-networks  the same of networks                 half-trained    networks whose training was stopped

Exit status:
  0 done   1 something could not be deleted   2 misuse`;

if (require.main === module) {
  void runAsProgram(async (words) => {
    const own = [
      new Option("--yes", "deletes; without it nothing is changed"),
      new Option("--list", "names every file and folder"),
      new Option("--reports <folder>", "HTML reports (default: the project's reports/)"),
      new Option(
        "--experiments <folder>",
        "where the experiments are, one a file (default: the project's experiments/)",
      ),
    ];
    const command = lookingCommand({ program: "npm run clean --", own, help: { before, after } })
      .addArgument(new Argument("[kind...]", "what to free; all that goes by itself when none is named").choices(kinds))
      .usage("[kind...] [options]");
    if (!parseWords(command, words)) return exitStatus.success;
    const typed = command.opts<CleanOptions>();
    // Only now: `--help` and misuse do not wait for it to load.
    const { cleanStore } = require("./clean-store") as typeof import("./clean-store");
    return cleanStore({
      ...readLookingOptions(typed),
      kinds: command.args as WasteKind[],
      yes: typed.yes ?? false,
      list: typed.list ?? false,
      reports: path.resolve(typed.reports ?? path.join(projectRoot, "reports")),
      experiments: path.resolve(typed.experiments ?? path.join(projectRoot, "experiments")),
    });
  });
}
