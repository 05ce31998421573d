/**
 * Something this machine needs before the harness can compute, and how to get it.
 *
 * The message is meant for the person at the screen, whole as it is: a program that catches this error prints the message
 * and ends with status 1, without a stack trace.
 */
export class SetUpError extends Error {
  override readonly name = "SetUpError";

  /**
   * @param problem what is missing or failed, in one sentence
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
