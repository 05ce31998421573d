/**
 * A data set that is missing, damaged or not what it should be, and how to get a good one.
 *
 * The message is meant for the person at the screen, whole as it is: a program that catches this error prints the message
 * and ends with status 1, without a stack trace.
 */
export class DataError extends Error {
  override readonly name = "DataError";

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

/** The system's code of an error ("ENOENT", "ECONNREFUSED"), or undefined when it has none. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** An error's own words, for the inside of a longer message; its code where the words are empty (several addresses). */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && error.message !== "") return error.message;
  return systemCode(error) ?? String(error);
}
