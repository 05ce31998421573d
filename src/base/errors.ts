/** A mistake in what was asked for: shown without a stack trace, exit status 2. Its message says how to mend it. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /**
   * @param problems what is wrong, one sentence each
   * @param hint what to do about it, where one advice serves for all
   */
  constructor(problems: string | readonly string[], hint?: string) {
    const lines = typeof problems === "string" ? [problems] : problems;
    super([...lines, ...(hint === undefined ? [] : [hint])].join("\n"));
  }
}

/**
 * Something that is missing or damaged on this machine, and how to put it right.
 *
 * The message is meant for the user as it stands: a program that catches this error prints it and ends with status 1,
 * without a stack trace.
 */
export abstract class RemediableError extends Error {
  /**
   * @param problem what was found where and what was expected, in one sentence
   * @param remedies what to do about it, one line each
   */
  constructor(
    readonly problem: string,
    readonly remedies: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super([problem, ...remedies.map((remedy) => `  - ${remedy}`)].join("\n"), options);
  }
}
