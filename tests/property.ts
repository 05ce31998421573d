import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";

/** How a property is tried. */
export interface PropertyOptions<Values> {
  /** How many cases: about 1,000 for pure mathematics, 100 for tensor ops, 20 for a training step. Default 100. */
  readonly numRuns?: number;
  /** Cases that are tried first: counterexamples that were found before stay here. */
  readonly examples?: readonly Values[];
  /** A property that takes longer fails; it would otherwise stop early and count as passed. Default 60. */
  readonly secondsAtMost?: number;
}

/** Throws where the law does not hold, or returns (a promise of) whether it does. */
export type Predicate<Values extends unknown[]> = (...values: Values) => unknown;

type Arbitraries<Values extends unknown[]> = { [Index in keyof Values]: fc.Arbitrary<Values[Index]> };

/**
 * A law with its title, registered as one of uvu's tests. `test.run()` must still end the file.
 *
 * @example law("reversing an order twice gives it back", [fc.array(fc.nat())], (order) => { ... });
 */
export function law<Values extends [unknown, ...unknown[]]>(
  title: string,
  arbitraries: Arbitraries<Values>,
  predicate: Predicate<Values>,
  options: PropertyOptions<Values> = {},
): void {
  test(title, property(arbitraries, predicate, options));
}

/**
 * A body for a test that tries a predicate on many generated cases. On a failure it throws an error that shows the smallest
 * counterexample and the command that tries just that case again.
 *
 * Seeds: fixed where CI is set, else random. FC_SEED, FC_NUM_RUNS and, for the property numbered FC_PROPERTY in its file,
 * FC_PATH say otherwise.
 *
 * @returns a function whose promise the test must await, as uvu does when it is the test's body
 * @example test("the sum does not depend on the order", property([fc.nat(), fc.nat()], (a, b) => a + b === b + a));
 */
export function property<Values extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Values>,
  predicate: Predicate<Values>,
  options: PropertyOptions<Values> = {},
): () => Promise<void> {
  propertiesMade += 1;
  const number = propertiesMade;
  return async () => {
    const { numRuns = 100, examples = [], secondsAtMost = 60 } = options;
    const given = fc.tuple<Values>(...arbitraries);
    const tried = fc.asyncProperty(given, async (values) => holds(await predicate(...values)));
    const details = await fc.check(tried, {
      numRuns,
      examples: examples.map((values) => [values]),
      interruptAfterTimeLimit: 1000 * secondsAtMost,
      markInterruptAsFailure: true,
      ...fromEnvironment(number),
    });
    if (details.failed) throw failure(details, number);
  };
}

function holds(returned: unknown): boolean {
  if (returned === undefined) return true;
  if (typeof returned === "boolean") return returned;
  throw new TypeError(`a property returns true, false or nothing, not ${fc.stringify(returned)}`);
}

/** Properties are numbered as their file makes them, so that a replay finds the one that failed. */
let propertiesMade = 0;

const fixedSeed = 160506431;

function fromEnvironment(number: number): { seed?: number; path?: string; endOnFailure?: boolean; numRuns?: number } {
  const { FC_SEED, FC_PATH, FC_PROPERTY, FC_NUM_RUNS, CI } = process.env;
  const seed = FC_SEED !== undefined ? wholeNumber("FC_SEED", FC_SEED) : CI ? fixedSeed : undefined;
  const replayed = FC_PATH !== undefined && (FC_PROPERTY === undefined || Number(FC_PROPERTY) === number);
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(replayed ? { path: FC_PATH, endOnFailure: true } : {}),
    ...(FC_NUM_RUNS === undefined ? {} : { numRuns: wholeNumber("FC_NUM_RUNS", FC_NUM_RUNS) }),
  };
}

function wholeNumber(variable: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value)) return value;
  throw new RangeError(`need a whole number in ${variable}, got "${text}"`);
}

function failure<Values extends unknown[]>(details: fc.RunDetails<[Values]>, number: number): Error {
  const { seed, counterexample, counterexamplePath, errorInstance, numRuns, numShrinks, numSkips } = details;
  if (counterexample === null) {
    const why = details.interrupted
      ? `it took too long: ${numRuns} cases in the time allowed (secondsAtMost)`
      : `too few cases met its preconditions: ${numSkips} were skipped`;
    return new Error(`the property was not tried enough: ${why} (seed ${seed})`);
  }
  const file = path.relative(process.cwd(), process.argv[1] ?? "");
  const replay = `FC_SEED=${seed} FC_PATH='${counterexamplePath}' FC_PROPERTY=${number} npm run test:only -- ${file}`;
  const lines = [
    `the property fails, at case ${numRuns} and after ${numShrinks} steps of shrinking, for`,
    ...counterexample[0].map((value) => `    ${fc.stringify(value)}`),
    `with ${describe(errorInstance)}`,
    `seed ${seed}, path ${counterexamplePath}; to try this case again:`,
    `    ${replay}`,
  ];
  return new Error(lines.join("\n"), { cause: errorInstance });
}

/** The error's message, with the comparison that uvu's assertions carry in `details`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as { details?: unknown };
  const comparison = typeof details === "string" ? `\n${details}` : "";
  return `${error.name}: ${error.message}${comparison}`;
}
