import damerauLevenshtein from "damerau-levenshtein";

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
 * The known name that a mistyped one most likely means: fewest letters to insert, drop, exchange or swap with their neighbour
 * (Damerau 1964). Two letters swapped, the commonest slip, are one edit and not two, as Levenshtein's distance has it: in a
 * name of three letters it would not be understood otherwise.
 *
 * @returns null when none is within a third of its letters (at least one)
 * @example nearestName("detph", ["depth", "width"]) // "depth"
 */
export function nearestName(typed: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = Math.max(1, Math.ceil(typed.length / 3)) + 1;
  for (const name of known) {
    const edits = damerauLevenshtein(typed.toLowerCase(), name.toLowerCase()).steps;
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}
