import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import { type Counterexample, findCounterexample, replayEnvironment } from "../src/laws/law";

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
  const label = String(propertiesMade);
  return async () => {
    const { numRuns = 100, examples = [], secondsAtMost = 60 } = options;
    const given = fc.tuple<Values>(...arbitraries);
    const found = await findCounterexample(given, (values) => predicate(...values), {
      label,
      runs: numRuns,
      examples,
      secondsAtMost,
    });
    if (found !== null) throw failure(found, label);
  };
}

/** Properties are numbered as their file makes them, so that a replay finds the one that failed. */
let propertiesMade = 0;

function failure<Values extends unknown[]>(found: Counterexample<Values>, label: string): Error {
  const { values, error, seed, path: casePath, cases, shrinks } = found;
  const file = path.relative(process.cwd(), process.argv[1] ?? "");
  const lines = [
    `the property fails, at case ${cases} and after ${shrinks} steps of shrinking, for`,
    ...values.map((value) => `    ${fc.stringify(value)}`),
    `with ${describe(error)}`,
    `seed ${seed}, path ${casePath}; to try this case again:`,
    `    ${replayEnvironment(label, found)} npx ts-node tests/run.ts ${file}`,
  ];
  return new Error(lines.join("\n"), { cause: error });
}

/** The error's message, with the comparison that uvu's assertions carry in `details`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as { details?: unknown };
  const comparison = typeof details === "string" ? `\n${details}` : "";
  return `${error.name}: ${error.message}${comparison}`;
}
