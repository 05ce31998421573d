/** Runs all experiments, or those that are named: `npm run reproduce`. */
import path from "node:path";
import { Option } from "commander";
import { exitStatus, projectRoot, quoted, runAsProgram, UsageError } from "../base";
import type { DatasetName } from "../data";
import { findExperiments } from "../experiment";

import type { AskedExperiment, Reproduction } from "./reproduction";
import {
  datasetNames,
  parseWords,
  readTypedOptions,
  runCommand,
  type TypedOptions,
  tensorboardOption,
  typedWords,
} from "./run-command";

const program = "npm run reproduce --";

interface ReproduceOptions extends TypedOptions {
  readonly experiments?: string;
}

/** What stands before the list of options. */
const helpBefore = `Examples:
  npm run reproduce                    every experiment at the scale \`quick\`, the shortest first
  npm run reproduce -- --scale smoke   every one in seconds: does everything work?
  npm run reproduce -- --dry-run       what there is to do, and how long it should take

Runs all experiments, or those that are named, and gives the verdicts on all their claims.
What is measured already is taken from the store; what fails keeps no other from running.
`;

/** What stands after it. */
const helpAfter = `
An experiment that does not offer the data set of --data runs on its own.

Exit status:
  0 ran, whatever the verdicts   1 an experiment failed   2 misuse   3 a claim is not reproduced (with --strict)
  130 interrupted: the same command resumes`;

/**
 * Reads the words of the command line and finds the experiments that they ask for.
 *
 * @returns null when they only asked for help, which is printed
 * @throws UsageError for anything that is not understood
 */
function readReproduction(words: readonly string[]): Reproduction | null {
  const own = [
    new Option("--experiments <folder>", "where the experiments are, one a file (default: the project's experiments/)"),
    tensorboardOption(),
  ];
  const command = runCommand({ program, datasets: datasetNames, own })
    .argument("[name...]", "the experiments to run, by the names of their files; all when none is named")
    .usage("[name...] [options]")
    .addHelpText("before", helpBefore)
    .addHelpText("after", helpAfter);
  if (!parseWords(command, words)) return null;
  const typed = command.opts<ReproduceOptions>();
  if (typed.dataDir !== undefined && typed.data === undefined) {
    throw new UsageError(`--data-dir ${typed.dataDir}: say by --data which data set it holds`);
  }
  const { dataFolder, ...shared } = readTypedOptions(typed);
  const notices: string[] = [];
  const found = findExperiments(path.resolve(typed.experiments ?? path.join(projectRoot, "experiments")), command.args);

  const experiments = found.map(({ definition, file }): AskedExperiment => {
    const offered = definition.datasets ?? datasetNames;
    const isOffered = typed.data !== undefined && offered.includes(typed.data);
    const data = isOffered ? typed.data : (offered[0] ?? null);
    if (typed.data !== undefined && !isOffered) notices.push(otherData(definition.name, typed.data, data));
    const without = [
      "experiments",
      "dryRun",
      "quiet",
      "json",
      "strict",
      "jobs",
      ...(isOffered ? [] : ["data", "dataDir"]),
      ...(definition.trains === undefined ? ["tensorboard"] : []),
    ];
    return {
      definition,
      file,
      options: {
        ...shared,
        data,
        dataFolder: isOffered ? dataFolder : null,
        overrides: typed.seeds === undefined ? {} : { seeds: typed.seeds },
        only: [],
        fresh: false,
        command: commandText("npx ts-node", [path.relative(process.cwd(), file), ...typedWords(command, without)]),
      },
    };
  });
  const again = [...command.args, ...typedWords(command, ["dryRun", "jobs"])];
  const ownCommand = again.length === 0 ? "npm run reproduce" : commandText(program, again);
  return { experiments, notices, options: { ...shared, command: ownCommand } };
}

function otherData(experiment: string, asked: DatasetName, data: DatasetName | null): string {
  return data === null
    ? `${experiment} makes its own data, whatever --data says`
    : `${experiment} does not offer ${asked}: it runs on ${data}`;
}

function commandText(start: string, words: readonly string[]): string {
  return [start, ...words.map(quoted)].join(" ");
}

if (require.main === module) {
  void runAsProgram(async (words) => {
    const asked = readReproduction(words);
    if (asked === null) return exitStatus.success;
    // Only now: `--help` and misuse do not wait for it to load.
    const { reproduce } = require("./reproduction") as typeof import("./reproduction");
    return reproduce(asked);
  });
}
