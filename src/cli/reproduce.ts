import { commandText, exitStatus, programWords, UsageError } from "../base";
import type { DatasetName } from "../data";
import { experimentsFolder, experimentsOption, parseWords, typedOptions, typedWords } from "./options";
import type { AskedExperiment, Reproduction } from "./reproduction";
import {
  datasetNames,
  precisionOption,
  readTypedOptions,
  runCommand,
  type TypedOptions,
  tensorboardOption,
} from "./run-options";

interface ReproduceOptions extends TypedOptions {
  readonly experiments?: string;
}

/**
 * Runs all experiments, or those that are named.
 *
 * @param setUp makes TensorFlow ready; gives the exit status
 */
export async function reproduce(words: readonly string[], setUp: () => number): Promise<number> {
  const asked = readReproduction(words);
  if (asked === null) return exitStatus.success;
  const status = asked.options.backend === "cpu" ? exitStatus.success : setUp();
  if (status !== exitStatus.success) return status;
  const { reproduceAll } = require("./reproduction") as typeof import("./reproduction");
  return reproduceAll(asked);
}

/** What stands before the list of options. */
const helpBefore = `Examples:
  npx cnn-findings reproduce                 every experiment at the scale \`quick\`, the shortest first
  npx cnn-findings reproduce --scale smoke   every one in seconds: does everything work?
  npx cnn-findings reproduce --dry-run       what there is to do, and how long it should take

Runs all experiments, or those that are named, and gives the verdicts on all their claims.
What is measured already is taken from the store; what fails keeps no other from running.
`;

/** What stands after it. */
const helpAfter = `
An experiment that does not offer the data set of --data runs on its own; one whose cells have no trained network
computes in float32, whatever --precision says.

Exit status:
  0 ran, whatever the verdicts   1 an experiment failed   2 misuse   3 a claim is not reproduced (with --strict)
  130 interrupted: the same command resumes`;

/**
 * Reads the words of the command line and finds the experiments that they ask for.
 *
 * @returns null when they only asked for help, which is printed
 * @throws UsageError for anything that is not understood
 */
export function readReproduction(words: readonly string[]): Reproduction | null {
  const own = [experimentsOption(), precisionOption(), tensorboardOption()];
  const help = { before: helpBefore, after: helpAfter };
  const command = runCommand({ name: "reproduce", datasets: datasetNames, own, help })
    .argument("[name...]", "the experiments to run, by the names of their files; all when none is named")
    .usage("[name...] [options]");
  if (!parseWords(command, words)) return null;
  const typed = command.opts<ReproduceOptions>();
  if (typed.dataDir !== undefined && typed.data === undefined) {
    throw new UsageError(`--data-dir ${typed.dataDir}: say by --data which data set it holds`);
  }
  const { dataFolder, precision, tensorboard, ...shared } = readTypedOptions(typed);
  // Only now: `--help` and misuse do not wait for it to load.
  const { dataAtScale, experimentWords, findExperiments, hasStandard } =
    require("../experiment") as typeof import("../experiment");
  const notices: string[] = [];
  const all = findExperiments(experimentsFolder(typed), command.args);
  // What does not depend on training is told as well at `quick`; by its name it runs at every scale.
  const found =
    typed.scale !== "standard" || command.args.length > 0
      ? all
      : all.filter(({ definition }) => hasStandard(definition));
  const others = all.filter((one) => !found.includes(one)).map(({ definition }) => definition.name);
  if (others.length > 0)
    notices.push(`without a training of their own at the scale standard, and left out: ${others.join(", ")}`);

  const experiments = found.map(({ definition, file }): AskedExperiment => {
    const offered = definition.datasets ?? datasetNames;
    const isOffered = typed.data !== undefined && offered.includes(typed.data);
    const data = isOffered ? typed.data : dataAtScale(typed.scale, offered);
    if (typed.data !== undefined && !isOffered) notices.push(otherData(definition.name, typed.data, data));
    const without = [
      "experiments",
      "dryRun",
      "quiet",
      "json",
      "strict",
      "jobs",
      ...(isOffered ? [] : ["data", "dataDir"]),
      ...(definition.network === undefined ? ["precision", "tensorboard"] : []),
    ];
    const typedHere = typedOptions(command, without);
    const again = commandText([...programWords(), ...experimentWords(file, process.cwd()), ...typedHere]);
    return {
      definition,
      file,
      options: {
        ...shared,
        ...(precision === undefined || definition.network === undefined ? {} : { precision }),
        ...(tensorboard === undefined || definition.network === undefined ? {} : { tensorboard }),
        data,
        dataFolder: isOffered ? dataFolder : null,
        overrides: typed.seeds === undefined ? {} : { seeds: typed.seeds },
        only: [],
        fresh: null,
        command: again,
        cellCommand: again,
      },
    };
  });
  const again = commandText([...programWords(), "reproduce", ...typedWords(command, ["dryRun", "jobs"])]);
  return { experiments, notices, options: { ...shared, command: again } };
}

function otherData(experiment: string, asked: DatasetName, data: DatasetName | null): string {
  return data === null
    ? `${experiment} makes its own data, whatever --data says`
    : `${experiment} does not offer ${asked}: it runs on ${data}`;
}
