/**
 * A law about networks, and trying it on generated cases.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { type Architecture, forward, type Network, type Route } from "../networks";
import { SetUpError, type Tensor2D, type Tensor4D } from "../runtime";
import { architectureText, routeText } from "./architecture-text";
import { BrokenLaw, causeOf, Fault, reasonOf } from "./broken-law";
import { type Draft, drafts, type Subject, type SubjectOptions, subjectName } from "./subject";

/**
 * A network's logits at inference, `[batch, classes]`, along a route. The images stay the caller's; it is called inside a
 * `tf.tidy`, and what else it makes is freed there.
 */
export type Inference = (network: Network, images: Tensor4D, route: Route) => Tensor2D;

/** How a law is tried, and on which members. */
export interface LawOptions extends SubjectOptions {
  /** Cases of each law; 20 by default. */
  readonly runs?: number;
  /** Seed of the cases; fixed where the environment's CI is set, else random, by default. */
  readonly seed?: number;
  /** Path of the one case to try, as a broken law's message gives it with its seed. */
  readonly path?: string;
  /** How networks are run at inference: by `forward`, unless another way of running them is to be put under the laws. */
  readonly run?: Inference;
  /** A law that takes longer fails; 60 by default. */
  readonly secondsAtMost?: number;
}

/** A law about any network of a subject. */
export interface Law<Values extends readonly unknown[]> {
  /** What it is called in options and messages: "deletion". */
  readonly name: string;
  /** What holds, as a clause. */
  readonly statement: string;
  /** What is generated beside the network. */
  readonly arbitraries: { readonly [Place in keyof Values]: fc.Arbitrary<Values[Place]> };
  /** That in words, a line each. */
  readonly describe: (values: Values, architecture: Architecture) => readonly string[];
  /** Throws a `Fault` where the law does not hold of that network. Whatever it throws breaks the law. */
  readonly test: (architecture: Architecture, values: Values, context: LawContext) => void;
}

/** What a test may need besides what is generated. */
interface LawContext {
  readonly run: Inference;
  /** Builds the same network again. */
  readonly build: () => Architecture;
}

/** Inference as everywhere in the project. */
const ordinaryInference: Inference = (network, images, route) => forward(network, images, { mode: "inference", route });

/**
 * Tries a law on generated networks.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 * @throws Error when it was not tried enough; RangeError when an option is none
 */
export async function checkLaw<Values extends readonly unknown[]>(
  law: Law<Values>,
  subject: Subject,
  options: LawOptions,
): Promise<void> {
  const { run = ordinaryInference, runs = 20, seed, path, secondsAtMost } = options;
  const label = `${law.name}/${subjectName(subject)}`;
  const values = fc.tuple(...law.arbitraries) as unknown as fc.Arbitrary<Values>;
  const found = await findCounterexample(
    fc.tuple(drafts(subject, options), values),
    ([draft, others]) => law.test(draft.build(), others, { run, build: draft.build }),
    {
      label,
      runs,
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
      ...(secondsAtMost === undefined ? {} : { secondsAtMost }),
    },
  );
  if (found === null) return;
  const details = { law: law.name, seed: found.seed, path: found.path, cause: causeOf(found.error) };
  throw new BrokenLaw(message(law, subject, label, found), details);
}

function message<Values extends readonly unknown[]>(
  law: Law<Values>,
  subject: Subject,
  label: string,
  found: Counterexample<[Draft, Values]>,
): string {
  const { seed, path, cases, shrinks } = found;
  const options = `{ laws: ["${law.name}"], seed: ${seed}, path: "${path}" }`;
  return [
    `${subjectName(subject)} breaks the law "${law.name}":`,
    `    ${law.statement}.`,
    `Found at case ${cases}, made smaller in ${shrinks} steps, with`,
    ...described(law, found).map((line) => `    ${line}`),
    "What is wrong:",
    ...reasonOf(found.error)
      .split("\n")
      .map((line) => `    ${line}`),
    `Seed ${seed}, path ${path}. To try this case alone again, with your other options as they are:`,
    `    checkArchitecture(..., ${options})`,
    "or the same command with this in front:",
    `    ${replayEnvironment(label, found)}`,
  ].join("\n");
}

/** The network as blocks, or what it was to be built from where that fails; then what else was generated. */
function described<Values extends readonly unknown[]>(
  law: Law<Values>,
  { values: [draft, values], error }: Counterexample<[Draft, Values]>,
): string[] {
  const architecture = builtOrNull(draft);
  if (architecture === null) return [`a network that cannot be built: ${draft.description}`];
  const route = error instanceof Fault && error.route !== undefined ? [error.route] : [];
  return [
    ...architectureText(architecture).split("\n"),
    ...law.describe(values, architecture),
    ...route.map((steps) => `route: ${routeText(architecture, steps)}`),
  ];
}

function builtOrNull(draft: Draft): Architecture | null {
  try {
    return draft.build();
  } catch {
    return null;
  }
}

interface SearchOptions<Values> {
  /** What the environment's FC_PROPERTY calls this property, so that a replay finds it among others. */
  readonly label: string;
  /** How many cases; 100 by default. */
  readonly runs?: number;
  /** Seed of the cases: see below. */
  readonly seed?: number;
  /** Path of one case, as a counterexample of that seed gave it: it alone is tried. */
  readonly path?: string;
  /** Cases that are tried first. */
  readonly examples?: readonly Values[];
  /** A property that takes longer fails; it would otherwise stop early and count as passed. 60 by default. */
  readonly secondsAtMost?: number;
}

/** The smallest case found for which a property does not hold. */
export interface Counterexample<Values> {
  readonly values: Values;
  /** What the predicate threw. */
  readonly error: unknown;
  readonly seed: number;
  readonly path: string;
  /** Cases that were tried until one failed. */
  readonly cases: number;
  /** Steps by which it was made smaller. */
  readonly shrinks: number;
}

/**
 * Tries a predicate on many generated cases.
 *
 * Seeds: fixed where CI is set, else random, by default. The environment goes before the options: FC_SEED, FC_NUM_RUNS,
 * and FC_PATH, which concerns the property that FC_PROPERTY names, or every one where that is not set.
 *
 * @param predicate throws or gives false (or a promise of it) where the property does not hold, else true or nothing
 * @returns the smallest counterexample found; null where every case holds
 * @throws SetUpError where TensorFlow is needed and cannot be loaded
 * @throws Error when the property was not tried enough: it took too long, or too few cases met its preconditions
 * @throws RangeError when a number or a path is none, or a path comes without its seed
 */
export async function findCounterexample<Values>(
  cases: fc.Arbitrary<Values>,
  predicate: (values: Values) => unknown,
  options: SearchOptions<Values>,
): Promise<Counterexample<Values> | null> {
  const { examples = [], secondsAtMost = 60 } = options;
  const tried = fc.asyncProperty(cases, async (values) => holds(await predicate(values)));
  const details = await fc.check(tried, {
    examples: examples.map((values): [Values] => [values]),
    interruptAfterTimeLimit: 1000 * secondsAtMost,
    markInterruptAsFailure: true,
    ...settings(options),
  });
  if (!details.failed) return null;
  const { seed, counterexample, counterexamplePath, errorInstance, numRuns, numShrinks, numSkips } = details;
  if (counterexample === null || counterexamplePath === null) {
    const why = details.interrupted
      ? `it took too long: ${numRuns} cases in the time allowed (secondsAtMost)`
      : `too few cases met its preconditions: ${numSkips} were skipped`;
    throw new Error(`the property was not tried enough: ${why} (seed ${seed})`);
  }
  const fault = setUpFault(errorInstance);
  if (fault !== null) throw fault;
  const [values] = counterexample;
  return { values, error: errorInstance, seed, path: counterexamplePath, cases: numRuns, shrinks: numShrinks };
}

/** Of a case that failed because TensorFlow cannot be loaded: no law is broken by that. */
function setUpFault(error: unknown): Error | null {
  const cause = causeOf(error);
  if (!(cause instanceof Error)) return null;
  if (cause.name === "SetUpError") return cause;
  if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND" || !cause.message.includes("@tensorflow/"))
    return null;
  return new SetUpError("TensorFlow.js is not installed", ["`npx cnn-findings setup` installs it"], { cause });
}

/** The part of the environment that makes the next run try a counterexample alone: "FC_SEED=7 FC_PATH='3:0' ...". */
export function replayEnvironment(label: string, { seed, path }: { seed: number; path: string }): string {
  return `FC_SEED=${seed} FC_PATH='${path}' FC_PROPERTY=${/^\w+$/.test(label) ? label : quoted(label)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function holds(returned: unknown): boolean {
  if (returned === undefined) return true;
  if (typeof returned === "boolean") return returned;
  throw new TypeError(`a property returns true, false or nothing, not ${fc.stringify(returned)}`);
}

const fixedSeed = 160506431;

/** The seed where none is given: of FC_SEED, else fixed where CI is set, else random. */
export function usualSeed(): number {
  const { FC_SEED, CI } = process.env;
  if (FC_SEED !== undefined) return wholeNumber("FC_SEED", FC_SEED);
  return CI ? fixedSeed : randomInt(2 ** 31);
}

function settings<Values>(options: SearchOptions<Values>) {
  const { FC_SEED, FC_PATH, FC_PROPERTY, FC_NUM_RUNS, CI } = process.env;
  const isNamed = FC_PROPERTY === undefined || FC_PROPERTY === options.label;
  const path = FC_PATH !== undefined && isNamed ? FC_PATH : options.path;
  const ownSeed = FC_SEED !== undefined ? wholeNumber("FC_SEED", FC_SEED) : options.seed;
  if (path !== undefined) checkPath(path, ownSeed);
  const seed = ownSeed ?? (CI ? fixedSeed : undefined);
  const numRuns = FC_NUM_RUNS !== undefined ? wholeNumber("FC_NUM_RUNS", FC_NUM_RUNS) : (options.runs ?? 100);
  if (!Number.isInteger(numRuns) || numRuns < 1) throw new RangeError(`need a whole number of cases, got ${numRuns}`);
  return {
    numRuns,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  };
}

function checkPath(path: string, seed: number | undefined): void {
  if (!/^\d+(:\d+)*$/.test(path)) throw new RangeError(`need a path such as "3:0:1", got "${path}"`);
  if (seed === undefined) throw new RangeError(`the path "${path}" needs the seed that it was found with`);
}

function wholeNumber(variable: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value)) return value;
  throw new RangeError(`need a whole number in ${variable}, got "${text}"`);
}
