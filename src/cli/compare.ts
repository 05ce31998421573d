/** Says which verdicts and effects moved between two runs: `npm run compare`. */

import { exitStatus, runAsProgram, terminal, UsageError } from "../base";

import { lookingCommand, readLookingOptions, type TypedLookingOptions } from "./looking-command";
import { parseWords } from "./run-command";

/** What stands before the list of options. */
const before = `Examples:
  npm run compare -- block-deletion block-deletion-cifar10          two runs of results/
  npm run compare -- HEAD~1:path-counts path-counts                 a run as a commit has it, and as it is now
  npm run compare -- HEAD~1:results results                         all runs, each with the one of its name
  npm run compare -- ../other-checkout/results results --quiet      only what moved

Joins what two runs say of each claim: verdict, effect and interval, before and after; and says in what their circumstances
differ. A verdict moved when it is another one, an effect when one of the two intervals does not hold the other's effect.
`;

/** What stands after it. */
const after = `
A run is named by its folder in results/, by a path, or by COMMIT:NAME; a folder of runs by a path or by COMMIT:results.
What stands on one side alone is told of and did not move; of folders, runs at the scale \`smoke\` are left out.

Exit status:
  0 nothing moved   1 a verdict or an effect moved   2 misuse, or a run that cannot be read`;

if (require.main === module) {
  void runAsProgram(async (words) => {
    const command = lookingCommand({ program: "npm run compare --", own: [], help: { before, after } })
      .argument("<before>", "the earlier run, or a folder of runs")
      .argument("<after>", "the later one")
      .usage("<before> <after> [options]");
    if (!parseWords(command, words)) return exitStatus.success;
    const { results, json, quiet, colour } = readLookingOptions(command.opts<TypedLookingOptions>());
    const [earlier, later] = command.args;
    if (earlier === undefined || later === undefined) throw new UsageError("name two runs");
    // Only now: `--help` and misuse do not wait for it to load.
    const { comparisonJson, comparisonLines, compareSides, movedClaims, namedRuns } =
      require("../archive") as typeof import("../archive");
    const screen = terminal({ quiet, colour });
    const runs = compareSides(namedRuns(earlier, results), namedRuns(later, results));
    if (json) screen.print(JSON.stringify(comparisonJson({ before: earlier, after: later }, runs), null, 2));
    else for (const line of comparisonLines(runs, { colour: screen.colourResults, quiet })) screen.print(line);
    return movedClaims(runs) > 0 ? exitStatus.failure : exitStatus.success;
  });
}
