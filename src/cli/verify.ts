/** Says which runs are as they were measured, and as today's code would measure them: `npm run verify`. */
import path from "node:path";
import { Option } from "commander";
import { exitStatus, projectRoot, runAsProgram } from "../base";

import { lookingCommand, readLookingOptions, type TypedLookingOptions } from "./looking-command";
import { parseWords } from "./run-command";

interface VerifyOptions extends TypedLookingOptions {
  readonly experiments?: string;
}

/** What stands before the list of options. */
const before = `Examples:
  npm run verify                            every run but those at the scale \`smoke\`
  npm run verify -- block-deletion          one run
  npm run verify -- --json --quiet          for scripts

Checks results against the code as it is, without measuring anything and without any store:
  altered      a file is not as the run wrote it (SHA256SUMS), or rows.csv differs from what was measured
  incomplete   files are missing, or seeds are still to come
  stale        today's code would measure cells again (it says which, and what changed), or judge claims otherwise
  current      none of these
`;

/** What stands after it. */
const after = `
Exit status:
  0 every run is current   1 one is not   2 misuse`;

if (require.main === module) {
  void runAsProgram(async (words) => {
    const own = [
      new Option(
        "--experiments <folder>",
        "where the experiments are, one a file (default: the project's experiments/)",
      ),
    ];
    const command = lookingCommand({ program: "npm run verify --", own, help: { before, after } })
      .argument("[name...]", "the runs, by the names of their folders in results/; all when none is named")
      .usage("[name...] [options]");
    if (!parseWords(command, words)) return exitStatus.success;
    const typed = command.opts<VerifyOptions>();
    // Only now: `--help` and misuse do not wait for it to load.
    const { verifyRuns } = require("./verify-runs") as typeof import("./verify-runs");
    return verifyRuns({
      ...readLookingOptions(typed),
      names: command.args,
      experiments: path.resolve(typed.experiments ?? path.join(projectRoot, "experiments")),
    });
  });
}
