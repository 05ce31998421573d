import { exitStatus, terminal } from "../base";
import { lookingCommand, parseWords, readLookingOptions, type TypedLookingOptions } from "./options";

const before = `Examples:
  npx cnn-findings compare                                     every run of results/ with the reference run of its name
  npx cnn-findings compare block-deletion                      one run with its reference
  npx cnn-findings compare block-deletion block-deletion-cifar10    two runs
  npx cnn-findings compare HEAD~1:path-counts path-counts      a run as a commit has it, and as it is now
  npx cnn-findings compare ../other/results results --quiet    all runs of two folders by their names; only what moved

Joins what two runs say of each claim: verdict, effect and interval, before and after; and says in what their circumstances
differ. A verdict moved when it is another one, an effect when one of the two intervals does not hold the other's effect.
`;

const after = `
A run is named by its folder in results/ or results/reference/, by a path, or by COMMIT:NAME; a folder of runs by a path or by
COMMIT:results. What stands on one side alone is told of and did not move; of folders, runs at the scale \`smoke\` are left out.

Exit status:
  0 nothing moved   1 a verdict or an effect moved   2 misuse, or a run that cannot be read`;

/** Says which verdicts and effects moved between two runs. */
export async function compare(words: readonly string[]): Promise<number> {
  const command = lookingCommand("compare", [], { before, after })
    .argument("[before]", "the earlier run, or a folder of runs; the reference where only one run is named")
    .argument("[after]", "the later one; all of one's own runs when none is named")
    .usage("[[before] after] [options]");
  if (!parseWords(command, words)) return exitStatus.success;
  const { results, json, quiet, colour } = readLookingOptions(command.opts<TypedLookingOptions>());
  // Only now: `--help` and misuse do not wait for it to load.
  const archive = require("../archive") as typeof import("../archive");
  const [earlier, later] = archive.comparedSides(command.args, results);
  const runs = archive.compareSides(earlier, later);
  const screen = terminal({ quiet, colour });
  if (json)
    screen.print(JSON.stringify(archive.comparisonJson({ before: earlier.label, after: later.label }, runs), null, 2));
  else for (const line of archive.comparisonLines(runs, { colour: screen.colourResults, quiet })) screen.print(line);
  return archive.movedClaims(runs) > 0 ? exitStatus.failure : exitStatus.success;
}
