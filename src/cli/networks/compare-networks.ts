import path from "node:path";
import { Option } from "commander";
import { commandText, exitStatus, programWords, UsageError } from "../../base";
import { parseWords, typedWords } from "../options";
import {
  datasetNames,
  imagesOptions,
  readImages,
  readOverrides,
  readTypedOptions,
  runCommand,
  type TypedImages,
  type TypedOptions,
} from "../run-options";
import type { NetworksAsked } from "./network-runs";

const before = `Examples:
  npx cnn-findings compare-networks a.onnx b.onnx                 two exported networks, on MNIST
  npx cnn-findings compare-networks a.onnx mine.ts resnet20       one of them is trained first, one is of this project
  npx cnn-findings compare-networks a.onnx b.onnx --data images --data-dir photographs --image-scale imagenet

How each of several networks stands the deletion of one block and of several, another order of its blocks and another step size,
beside its error and its size: a table here, as CSV and on a page with figures. Each network is put to block-deletion,
block-reordering and ode-learning, as \`run EXPERIMENT --network FILE\` does; what is measured already is taken from the store.
`;

const after = `
A network that lacks what an experiment needs (a shortcut in every block for other step sizes, two neighbouring blocks of one
shape for another order) has no value there, and the reason is told. --seeds is for networks that are trained; given weights are
one seed. All is computed in float32.

Exit status:
  0 compared   1 a cell failed   2 misuse   130 interrupted: the same command resumes`;

interface CompareOptions extends TypedOptions, TypedImages {
  readonly set?: readonly string[];
}

/**
 * Says how several networks stand deletion, order and step size.
 *
 * @param setUp makes TensorFlow ready; gives the exit status
 */
export async function compareNetworks(words: readonly string[], setUp: () => number): Promise<number> {
  const asked = readAsked(words);
  if (asked === null) return exitStatus.success;
  const status = asked.options.backend === "cpu" ? exitStatus.success : setUp();
  if (status !== exitStatus.success) return status;
  const { compareAll } = require("./network-comparison") as typeof import("./network-comparison");
  return compareAll(asked);
}

/** @returns null when the words only asked for help, which is printed @throws UsageError for what is not understood */
function readAsked(words: readonly string[]): NetworksAsked | null {
  const own = [
    new Option("--set <name=value...>", "sets a parameter of the experiments that have it; may be repeated"),
    ...imagesOptions(),
  ];
  const help = { before, after };
  const command = runCommand({
    ...{ name: "compare-networks", datasets: [...datasetNames, "images"], own, judges: false, help },
  })
    .argument("<network...>", "files as `run --network` takes them, or names of networks of this project; two or more")
    .usage("<network...> [options]");
  if (!parseWords(command, words)) return null;
  if (command.args.length < 2) {
    throw new UsageError(
      `one network, ${command.args[0]}, is nothing to compare`,
      `Name another one beside it, or run an experiment on it alone: ${commandText([...programWords(), "run", "block-deletion", "--network", command.args[0]!])}`,
    );
  }
  const typed = command.opts<CompareOptions>();
  const { seeds, ...overrides } = readOverrides(typed.set ?? [], typed.seeds);
  // Only now: `--help` and misuse do not wait for it to load.
  const { dataAtScale } = require("../../experiment") as typeof import("../../experiment");
  const data = typed.data ?? dataAtScale(typed.scale, datasetNames);
  return {
    networks: command.args.map((file) => path.resolve(file)),
    overrides,
    seeds: seeds ?? null,
    options: {
      ...readTypedOptions(typed),
      ...readImages(typed, data),
      data,
      only: [],
      fresh: null,
      command: commandText([...programWords(), "compare-networks", ...typedWords(command, ["dryRun", "jobs"])]),
    },
  };
}
