import { BrokenLaw, causeOf, reasonOf } from "../broken-law";
import { findCounterexample, replayEnvironment, usualSeed } from "../law";
import { type BlackBox, logitsOf } from "./black-box";
import { type NetworkLaw, type NetworkLawOptions, networkLaws, valuesOf } from "./network-laws";
import { type CutNetwork, surgeryLaws } from "./surgery-laws";

/** Which laws, tried how. */
export interface CheckNetworkOptions extends NetworkLawOptions {
  /** Which laws; all that apply by default. */
  readonly laws?: readonly string[];
  /** Cases of each law; by default as many as `seconds` allow, 2 to 20. */
  readonly runs?: number;
  /** Time for all laws together, which the default number of cases keeps to, roughly; 3 by default. */
  readonly seconds?: number;
  /** Seed of the cases; fixed where the environment's CI is set, else random, by default. */
  readonly seed?: number;
  /** Path of the one case to try, as a broken law's message gives it with its seed. */
  readonly path?: string;
  /** A law that takes longer fails; 60 by default, and more for a network that takes its time for one image. */
  readonly secondsAtMost?: number;
  /** How a case is tried again, for messages: by `checkNetwork` and by variables of the environment by default. */
  readonly replay?: (law: string, seed: number, path: string) => readonly string[];
}

/** What came of one law. */
export interface LawOutcome {
  readonly law: string;
  readonly statement: string;
  readonly state: "holds" | "broken" | "left out";
  /** Why it was left out, or what is wrong, in words; empty where it holds. */
  readonly text: string;
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
  /** The law as an error, where it is broken. */
  readonly error?: BrokenLaw;
}

/**
 * Puts a network under the laws that every network keeps at inference, whatever it is inside. It is a plain function that throws: for
 * a test of any runner.
 *
 * | law                | what holds                                                                                         |
 * |--------------------|----------------------------------------------------------------------------------------------------|
 * | finite             | logits are finite, as many as there are classes for each image: of normal deviates, also tenfold, zeros, ones |
 * | deterministic      | the same images have the same logits each time                                                     |
 * | batch-independence | an image's logits do not depend on the images beside it                                            |
 * | order              | images in another order have their logits in that order                                            |
 * | type               | the same values have the same logits as Float32Array and as Float64Array                          |
 * | layout             | values have the same logits wherever they lie in a larger buffer                                    |
 * | nothing-changed    | the images stay as they were given, and logits as they were handed out                             |
 * | translation        | where asked: an image with a border of zeros has the same logits a few pixels further                |
 * | memory             | memory does not grow with every call                                                               |
 *
 * A network is a black box: a function from images to logits, an ONNX file (`onnxBlackBox`), an HTTP endpoint (`httpBlackBox`).
 *
 * @throws BrokenLaw with every law that is broken, in words: the smallest failing images, where its logits differ and by how much,
 *   seed and path, and how to replay it
 * @throws RangeError when an option is none
 * @example test("what I ship keeps the laws", () => checkNetwork({ forward, inputShape: [32, 32, 3], classes: 10 }));
 */
export async function checkNetwork(box: BlackBox, options: CheckNetworkOptions = {}): Promise<void> {
  const outcomes = await networkOutcomes(box, options);
  const broken = outcomes.flatMap(({ error }) => error ?? []);
  const [first] = broken;
  if (first === undefined) return;
  if (broken.length === 1) throw first;
  const { law, seed, path } = first;
  const details = { law, ...(seed === undefined ? {} : { seed }), ...(path === undefined ? {} : { path }) };
  throw new BrokenLaw(broken.map(({ message }) => message).join("\n\n"), { ...details, cause: first.cause });
}

/**
 * What comes of every law, whether it holds or not.
 *
 * @param box with the same network in blocks, `cut`, for the laws on surgery, too; they are not tried without it
 * @param onOutcome told of each law as it is done
 * @throws RangeError when an option is none
 */
export async function networkOutcomes(
  box: BlackBox | CutNetwork,
  options: CheckNetworkOptions = {},
  onOutcome: (outcome: LawOutcome) => void = () => {},
): Promise<LawOutcome[]> {
  const { laws, path, seed = usualSeed() } = options;
  const all = [...networkLaws, ...("cut" in box ? surgeryLaws : [])] as readonly NetworkLaw<unknown, BlackBox>[];
  const unknown = laws?.find((name) => !all.some((law) => law.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`there is no law "${unknown}"; there are ${all.map(({ name }) => name).join(", ")}`);
  }
  if (path !== undefined && laws?.length !== 1) throw new RangeError("a path belongs to one law: name it in `laws`");
  if (box.inputShape.length === 0 || !box.inputShape.every((side) => Number.isInteger(side) && side > 0)) {
    throw new RangeError(
      `need the sides of an image in inputShape, whole numbers above 0, got [${box.inputShape.join(", ")}]`,
    );
  }
  if (!Number.isInteger(box.classes) || box.classes < 1)
    throw new RangeError(`need a number of classes, got ${box.classes}`);
  const chosen = all.filter(({ name }) => laws === undefined || laws.includes(name));
  const each = await secondsOfImage(box);
  const outcomes: LawOutcome[] = [];
  for (const law of chosen) {
    const runs = runsWithin(each, options, chosen, law);
    const secondsAtMost = options.secondsAtMost ?? 60 + manyTimes * runs * law.images * each;
    const outcome = await outcomeOf(law, box, { ...options, seed, secondsAtMost }, runs);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

/** A law has so many times the time that its images take one after another: a case may be made smaller, and blocks be opened first. */
const manyTimes = 20;

/** What one image takes, once the network is warm. */
async function secondsOfImage(box: BlackBox): Promise<number> {
  const images = [{ content: "zeros", seed: 0 }] as const;
  const once = async () => {
    const begin = performance.now();
    await logitsOf(box, valuesOf(images, box), 1).catch(() => {}); // what is wrong a law says
    return (performance.now() - begin) / 1000;
  };
  await once();
  return Math.max(1e-5, await once());
}

/** How many cases of a law there is time for. */
function runsWithin(
  each: number,
  { runs, seconds = 3 }: CheckNetworkOptions,
  laws: readonly NetworkLaw<unknown>[],
  { name }: NetworkLaw<unknown>,
): number {
  if (runs !== undefined) return runs;
  const all = laws.reduce((sum, { images: sent }) => sum + sent, 0);
  return name === "memory" ? 1 : Math.max(2, Math.min(20, Math.floor(seconds / (all * each))));
}

async function outcomeOf(
  law: NetworkLaw<unknown>,
  box: BlackBox,
  options: CheckNetworkOptions & { readonly seed: number; readonly secondsAtMost: number },
  runs: number,
): Promise<LawOutcome> {
  const { seed, path, secondsAtMost } = options;
  const begin = performance.now();
  const { name: lawName, statement } = law;
  const outcome = (state: LawOutcome["state"], text: string, cases: number, error?: BrokenLaw): LawOutcome => ({
    ...{ law: lawName, statement, state, text, cases, seed, seconds: (performance.now() - begin) / 1000 },
    ...(error === undefined ? {} : { error }),
  });
  const why = law.leftOut(box, options);
  if (why !== null) return outcome("left out", why, 0);
  const label = `${lawName}/${box.name ?? "the network"}`;
  const found = await findCounterexample(law.cases(box, options), (values) => law.test(box, values, options), {
    ...{ label, runs: runs + (law.examples?.length ?? 0), seed },
    ...(law.examples === undefined ? {} : { examples: law.examples }),
    ...(path === undefined ? {} : { path }),
    secondsAtMost,
  });
  if (found === null) return outcome("holds", "", path === undefined ? runs : 1);
  const { values, error, cases, shrinks } = found;
  const replay = options.replay ?? inCode(label);
  const text = [
    `${box.name ?? "the network"} breaks the law "${lawName}":`,
    `    ${statement}.`,
    `Found at case ${cases}, made smaller in ${shrinks} steps, with`,
    ...law.describe(values, box).map((line) => `    ${line}`),
    "What is wrong:",
    ...reasonOf(error).split("\n").map((line) => `    ${line}`), // biome-ignore format: one question
    `Seed ${found.seed}, path ${found.path}. To try this case alone again:`,
    ...replay(lawName, found.seed, found.path).map((line) => `    ${line}`),
  ].join("\n");
  const details = { law: lawName, seed: found.seed, path: found.path, cause: causeOf(error) };
  return outcome("broken", text, cases, new BrokenLaw(text, details));
}

function inCode(label: string): NonNullable<CheckNetworkOptions["replay"]> {
  return (law, seed, path) => [
    `checkNetwork(..., { laws: ["${law}"], seed: ${seed}, path: "${path}" })`,
    `or the same command with this in front: ${replayEnvironment(label, { seed, path })}`,
  ];
}
