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
