/**
 * Looking for a case that breaks a property, and finding the same case again.
 */
import fc from "fast-check";

export interface SearchOptions<Values> {
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
 * Tries a predicate on many drawn cases.
 *
 * Seeds: fixed where CI is set, else random, by default. The environment goes before the options: FC_SEED, FC_NUM_RUNS,
 * and FC_PATH, which concerns the property that FC_PROPERTY names, or every one where that is not set.
 *
 * @param predicate throws or gives false (or a promise of it) where the property does not hold, else true or nothing
 * @returns the smallest counterexample found; null where every case holds
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
  const [values] = counterexample;
  return { values, error: errorInstance, seed, path: counterexamplePath, cases: numRuns, shrinks: numShrinks };
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
