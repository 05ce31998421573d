import damerauLevenshtein from "damerau-levenshtein";

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
