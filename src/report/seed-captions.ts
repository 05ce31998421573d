/** What the lines and bands of an `intervalSeries` are, for a figure that has nothing but lines. */
export const linesOverSeeds = "Lines are means over seeds, bands 95 % bootstrap intervals.";

/** The same for a figure that has marks with whiskers, too. */
export const marksOverSeeds = "Marks and lines are means over seeds, whiskers and bands 95 % bootstrap intervals.";

/**
 * A figure's caption: what is drawn, what its marks, lines and bands are, and what else there is to say.
 *
 * @param what without a full stop
 * @param more whole sentences
 * @example captioned("Test error by depth", "Hollow: downsampling.")
 */
export function captioned(what: string, more = ""): string {
  return `${what}. ${marksOverSeeds} ${more}`.trim();
}
