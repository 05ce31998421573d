import path from "node:path";

/** @example plural(2, "cell") // "2 cells" */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** @example listed(["a", "b", "c"]) // "a, b and c" */
export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
}

/** A text that begins with a capital. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A path as people read it: from where they stand, unless that leads far away. */
export function relative(file: string): string {
  const fromHere = path.relative(process.cwd(), file);
  return fromHere.startsWith(path.join("..", "..")) ? file : fromHere || ".";
}

/**
 * A file's path to be typed in a folder: with slashes, and never to be taken for an option or for a name.
 *
 * @example pathFrom("/home/me", "/home/me/nets/mine.ts") // "nets/mine.ts"
 * @example pathFrom("/home/me", "/home/me/-x") // "./-x"
 */
export function pathFrom(folder: string, file: string): string {
  const between = path.relative(folder, file).split(path.sep).join("/");
  return between.startsWith("-") ? `./${between}` : between || ".";
}

/** @example about(4210) // "about 1 h 10 min" */
export function about(seconds: number): string {
  return seconds < 1 ? duration(seconds) : `about ${duration(seconds)}`;
}

/** @example duration(4210) // "1 h 10 min" */
export function duration(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) {
    const rest = Math.round(seconds % 60);
    return rest === 60 || rest === 0 ? `${minutes} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
  }
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const wholeHours = Math.round(minutes / 60);
  return `${Math.floor(wholeHours / 24)} d ${wholeHours % 24} h`;
}

/**
 * The rows of a table as lines: two blanks between columns, none at the end of a line.
 *
 * @param rows texts without line breaks, as many in each row
 * @param toRight columns whose texts end, rather than begin, one below another, counted from 0
 */
export function alignedLines(rows: readonly (readonly string[])[], toRight: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((text, column) => (toRight.includes(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
