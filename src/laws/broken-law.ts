import type { Route } from "../networks";

/** What belongs to a broken law beside its message. */
interface BrokenLawDetails {
  /** Name of the law: "deletion". */
  readonly law: string;
  /** Seed and path of the smallest failing case; none where nothing was generated. */
  readonly seed?: number;
  readonly path?: string;
  /** The error that was thrown on the way, where it was not the law's own finding. */
  readonly cause?: unknown;
}

/**
 * A law that does not hold. Its message says which, in words, of which network, and how to try that case again: it is all
 * that one needs to see.
 */
export class BrokenLaw extends Error {
  override readonly name = "BrokenLaw";
  readonly law: string;
  readonly seed: number | undefined;
  readonly path: string | undefined;

  constructor(message: string, { law, seed, path, cause }: BrokenLawDetails) {
    super(message, cause === undefined ? {} : { cause });
    this.law = law;
    this.seed = seed;
    this.path = path;
  }
}

/** What a law's test throws where the law does not hold: a sentence, and the route it was found on. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly route: Route | undefined;

  constructor(message: string, route?: Route) {
    super(message);
    this.route = route;
  }
}

/** An error in one line: a law's own finding by its sentence, any other by its kind, too. */
export function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * What a broken law names as its cause: an error of the code under the law, with the lines of its stack that lie there.
 *
 * @returns undefined for a law's own finding, which the message has said
 */
export function causeOf(error: unknown): unknown {
  if (error instanceof Fault) return undefined;
  if (error instanceof Error && error.stack !== undefined) {
    const foreign = /[\\/]node_modules[\\/]fast-check[\\/]|\(node:internal/;
    error.stack = error.stack
      .split("\n")
      .filter((line) => !foreign.test(line))
      .join("\n");
  }
  return error;
}
