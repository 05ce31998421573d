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
 * The known name that a mistyped one most likely means.
 *
 * @returns null when none is within a third of its letters (at least one)
 * @example nearestName("detph", ["depth", "width"]) // "depth"
 */
export function nearestName(typed: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = Math.max(1, Math.ceil(typed.length / 3)) + 1;
  for (const name of known) {
    const edits = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

/** How many letters must be inserted, dropped, exchanged or swapped with their neighbour (Damerau 1964, restricted). */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const exchange = last[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swap = swapped ? beforeLast[column - 2]! + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(last[column]! + 1, current[column - 1]! + 1, exchange, swap));
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
