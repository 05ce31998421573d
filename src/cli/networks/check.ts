import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { Option } from "commander";
import {
  commandText,
  exitStatus,
  fileKindText,
  loadUserFile,
  programWords,
  readBeginning,
  relative,
  type Terminal,
  terminal,
  UsageError,
  writeFileAtomically,
} from "../../base";
import type { CheckNetworkOptions, CutNetwork, LawOutcome, OpenBlackBox } from "../../laws";
import { manners, parseWords, programCommand, readManners, type TypedManners } from "../options";

const before = `Examples:
  npx cnn-findings check model.onnx                    every law that applies, in a few seconds
  npx cnn-findings check model.onnx --junit laws.xml   for continuous integration
  npx cnn-findings check http://127.0.0.1:8000/v2/models/mine/infer --input-shape 3x224x224 --classes 1000

Puts a network under the laws that every network keeps at inference: an ONNX file, an endpoint on this machine, or a file of code
that exports { forward, inputShape, classes }. Each is tried on generated images; what breaks it is made as small as it gets.
`;

const after = `
Laws of any network:
  finite  deterministic  batch-independence  order  type  layout  nothing-changed  translation (where asked)  memory
Laws on surgery, of an ONNX file that can be cut into blocks:
  blocks-are-the-whole  step-size-zero  deletion  shared-beginnings  batch-independence-along-routes

The seed is fixed where the environment's CI is set. Exit status:
  0 every law holds   1 a law is broken   2 misuse`;

interface CheckOptions extends TypedManners {
  readonly laws?: readonly string[];
  readonly seed?: string;
  readonly path?: string;
  readonly runs?: string;
  readonly seconds?: string;
  readonly tolerance?: string;
  readonly translation?: string;
  readonly inputShape?: string;
  readonly classes?: string;
  readonly output?: string;
  readonly junit?: string;
}

/** Puts a network under the laws. */
export async function check(words: readonly string[]): Promise<number> {
  const command = programCommand("check", { before, after })
    .argument("<network>", "an ONNX file, http://127.0.0.1:PORT/PATH, or a file of code")
    .usage("<network> [options]")
    .addOption(new Option("--laws <name...>", "only these"))
    .addOption(new Option("--seed <number>", "of the images and all else that is generated (default: random)"))
    .addOption(new Option("--path <path>", "tries one case alone, as a broken law gives it with its seed"))
    .addOption(new Option("--runs <count>", "cases of each law (default: as many as --seconds allow)"))
    .addOption(new Option("--seconds <count>", "time for all laws together, roughly").default("3"))
    .addOption(
      new Option("--tolerance <share>", "difference that counts as rounding, of the largest logit (default: 0.0001)"),
    )
    .addOption(
      new Option(
        "--translation <pixels>",
        "asks that an image moved so far has the same logits; 4/0.05 with the difference allowed",
      ),
    )
    .addOption(
      new Option(
        "--input-shape <sides>",
        "of one image: of an endpoint as it takes it; of an ONNX file that leaves it open, 224x224x3",
      ),
    )
    .addOption(new Option("--classes <count>", "of an endpoint"))
    .addOption(new Option("--output <name>", "of an ONNX file, the tensor of the logits (default: its first output)"))
    .addOption(new Option("--junit <file>", "writes the outcome as JUnit's XML, too"));
  manners(command, { json: "prints the outcomes as JSON", quiet: "prints what is broken, and nothing else" });
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<CheckOptions>();
  const asked = command.args[0]!;
  const screen = terminal(readManners(typed));
  const options: CheckNetworkOptions = {
    ...readNumbers(typed),
    ...(typed.laws === undefined ? {} : { laws: typed.laws }),
    ...(typed.path === undefined ? {} : { path: typed.path }),
    replay: (law, seed, path) => [
      commandText([
        ...programWords(),
        "check",
        asked,
        "--laws",
        law,
        "--seed",
        String(seed),
        "--path",
        path,
        ...sameNetwork(typed),
      ]),
    ],
  };
  const { junitText, networkOutcomes } = require("../../laws") as typeof import("../../laws");
  const network = await openNetwork(asked, typed);
  let outcomes: LawOutcome[];
  try {
    outcomes = await asUsage(() => networkOutcomes(network, options, (outcome) => tell(outcome, screen)));
  } finally {
    await network.release();
  }
  if (typed.junit !== undefined) writeFileAtomically(path.resolve(typed.junit), junitText(asked, outcomes));
  const broken = outcomes.filter(({ state }) => state === "broken");
  if (readManners(typed).json) {
    screen.print(JSON.stringify({ network: asked, outcomes: outcomes.map(({ error: _, ...each }) => each) }, null, 2));
  } else {
    for (const { text } of broken) screen.print(`\n${text}`);
    const tried = outcomes.filter(({ state }) => state !== "left out").length;
    const verdict = broken.length === 0 ? `all ${tried} laws hold` : `${broken.length} of ${tried} laws are broken`;
    screen.say(`\n${verdict}; seed ${outcomes[0]?.seed}`);
  }
  return broken.length === 0 ? exitStatus.success : exitStatus.failure;
}

function tell({ law, state, text, cases, seconds, statement }: LawOutcome, screen: Terminal): void {
  const { green, red, dim } = screen.colours;
  if (state === "left out") screen.say(dim(`– ${law.padEnd(31)} left out: ${text}`));
  else if (state === "holds")
    screen.say(`${green("✓")} ${law.padEnd(31)} ${statement} (${cases} cases, ${seconds.toFixed(1)} s)`);
  else screen.say(`${red("✗")} ${law.padEnd(31)} ${statement}`);
}

/** Options that say which network it is, for a command that tries the same again. */
function sameNetwork({ inputShape, classes, output, tolerance, translation }: CheckOptions): string[] {
  const given = {
    "--input-shape": inputShape,
    "--classes": classes,
    "--output": output,
    "--tolerance": tolerance,
    "--translation": translation,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

function readNumbers({ seed, runs, seconds, tolerance, translation }: CheckOptions): CheckNetworkOptions {
  const number = (option: string, text: string, fits: (value: number) => boolean, need: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (fits(value)) return value;
    throw new UsageError(`--${option} ${text}: need ${need}`);
  };
  const whole = (value: number) => Number.isInteger(value) && value >= 1;
  const [pixels, allowed] = translation?.split("/") ?? [];
  return {
    ...(seed === undefined ? {} : { seed: number("seed", seed, Number.isInteger, "a whole number") }),
    ...(runs === undefined ? {} : { runs: number("runs", runs, whole, "a whole number, at least 1") }),
    ...(seconds === undefined ? {} : { seconds: number("seconds", seconds, (value) => value > 0, "a number above 0") }),
    ...(tolerance === undefined
      ? {}
      : { tolerance: number("tolerance", tolerance, (value) => value >= 0, "a number, 0 or more") }),
    ...(pixels === undefined
      ? {}
      : {
          translation: {
            pixels: number("translation", pixels, whole, "a whole number of pixels, at least 1"),
            ...(allowed === undefined
              ? {}
              : { tolerance: number("translation", allowed, (value) => value >= 0, "a difference, 0 or more") }),
          },
        }),
  };
}

/** What is thrown for options that are none, told as misuse. */
async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

type Opened = (CutNetwork | OpenBlackBox) & { release(): Promise<void> };

async function openNetwork(asked: string, typed: CheckOptions): Promise<Opened> {
  const { httpBlackBox, openCutNetwork } = require("../../laws") as typeof import("../../laws");
  const { output } = typed;
  const inputShape = sidesIn(typed.inputShape);
  if (/^https?:/.test(asked)) {
    if (inputShape === undefined || typed.classes === undefined) {
      throw new UsageError(
        `${asked}: an endpoint does not say what it takes`,
        "Say it by --input-shape and --classes: --input-shape 3x224x224 --classes 1000",
      );
    }
    const classes = Number(typed.classes);
    return asUsage(async () => httpBlackBox(asked, { inputShape, classes }));
  }
  const file = path.resolve(asked);
  if (!existsSync(file)) throw new UsageError(`there is no file ${relative(file)}`);
  if (!statSync(file).isFile()) throw new UsageError(`${relative(file)} is a folder, need a file`);
  const refuse = (message: string, advice?: string) => new UsageError(`${relative(file)}: ${message}`, advice);
  if (/\.onnx$/i.test(file)) {
    if (inputShape !== undefined && inputShape.length !== 3)
      throw refuse(`--input-shape ${typed.inputShape}: need height x width x channels`);
    try {
      return await openCutNetwork(file, {
        ...(inputShape === undefined ? {} : { inputShape: inputShape as [number, number, number] }),
        ...(output === undefined ? {} : { output }),
      });
    } catch (error) {
      if (error instanceof RangeError) throw refuse(error.message);
      throw error;
    }
  }
  if (!/\.[cm]?[jt]sx?$/i.test(file)) {
    throw refuse(
      fileKindText(readBeginning(file), path.basename(file)) ??
        "need an ONNX file (.onnx), or a file of code (.ts, .js)",
    );
  }
  const { module: loaded } = await loadUserFile(file).catch((error: Error) => {
    throw refuse(`it cannot be loaded: ${error.message}`);
  });
  const exported = await ((loaded as { readonly default?: unknown } | null)?.default ?? loaded);
  if (!isBlackBox(exported)) {
    throw refuse(
      "it exports no network",
      "Need a default export { forward, inputShape, classes }: see the guide of networks of your own.",
    );
  }
  const release = "release" in exported && typeof exported.release === "function" ? exported.release : async () => {};
  return { name: path.basename(file), ...exported, release: async () => release.call(exported) };
}

function isBlackBox(value: unknown): value is OpenBlackBox {
  const { forward, inputShape, classes } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof forward === "function" && Array.isArray(inputShape) && typeof classes === "number";
}

function sidesIn(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const sides = text.split("x").map(Number);
  if (sides.every((side) => Number.isInteger(side) && side > 0)) return sides;
  throw new UsageError(`--input-shape ${text}: need the sides of one image, as 224x224x3`);
}
