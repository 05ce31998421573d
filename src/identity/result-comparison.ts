/** Whether two revisions gave the same results, byte for byte. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface ResultComparison {
  /** Rows that are in both, in all tables together. */
  readonly rows: number;
  /** Files of weights that are in both. */
  readonly weights: number;
  /** What differs, in words; empty when all is equal. */
  readonly differences: readonly string[];
}

/** Names that columns had before, with those that they have after. */
export type RenamedColumns = Readonly<Record<string, string>>;

/**
 * Compares two folders of results: each rows.csv with the one of the same path, and weights (safetensors) wherever they
 * are, for their folders are named by identities, which may have moved. Other files tell of time and place.
 *
 * @throws RangeError when one of them holds no rows: nothing would have been compared
 */
export function compareResults(before: string, after: string, renamed: RenamedColumns = {}): ResultComparison {
  const [older, newer] = [resultFiles(before), resultFiles(after)];
  const differences: string[] = [];
  let rows = 0;
  for (const name of union(older.tables.keys(), newer.tables.keys())) {
    const [left, right] = [older.tables.get(name), newer.tables.get(name)];
    if (left === undefined || right === undefined) {
      differences.push(`${name}: ${left === undefined ? "not before" : "not after"}`);
      continue;
    }
    const found = compareRows(left, right, renamed);
    rows += found.rows;
    differences.push(...found.differences.map((difference) => `${name}, ${difference}`));
  }
  let weights = 0;
  for (const digest of union(older.weights.keys(), newer.weights.keys())) {
    const [left = [], right = []] = [older.weights.get(digest), newer.weights.get(digest)];
    weights += Math.min(left.length, right.length);
    for (const name of left.slice(right.length)) differences.push(`${name}: no such weights after`);
    for (const name of right.slice(left.length)) differences.push(`${name}: no such weights before`);
  }
  return { rows, weights, differences };
}

/**
 * Compares two tables byte for byte, their first lines after the renaming.
 *
 * @param before text of a CSV file with a line of names
 * @returns of the differences the first of each column
 */
export function compareRows(
  before: string,
  after: string,
  renamed: RenamedColumns = {},
): { readonly rows: number; readonly differences: readonly string[] } {
  const [left, right] = [splitCsv(before), splitCsv(after)];
  const [oldNames = [], ...oldRows] = left;
  const [newNames = [], ...newRows] = right;
  const names = oldNames.map((name) => (Object.hasOwn(renamed, name) ? renamed[name]! : name));
  const differences: string[] = [];
  const gone = names.filter((name) => !newNames.includes(name));
  const come = newNames.filter((name) => !names.includes(name));
  if (gone.length > 0) differences.push(`columns that are gone: ${gone.join(", ")}`);
  if (come.length > 0) differences.push(`columns that are new: ${come.join(", ")}`);
  if (gone.length + come.length === 0 && names.join() !== newNames.join()) {
    differences.push(`another order of columns: ${names.join(", ")} before, ${newNames.join(", ")} after`);
  }
  if (oldRows.length !== newRows.length) differences.push(`${oldRows.length} rows before, ${newRows.length} after`);
  const rows = Math.min(oldRows.length, newRows.length);
  for (const [column, name] of names.entries()) {
    const place = newNames.indexOf(name);
    if (place < 0) continue;
    const first = oldRows.slice(0, rows).findIndex((row, i) => row[column] !== newRows[i]![place]);
    if (first < 0) continue;
    const [was, is] = [oldRows[first]![column] ?? "nothing", newRows[first]![place] ?? "nothing"];
    differences.push(`row ${first + 1}, ${name}: ${was} before, ${is} after`);
  }
  // What is left when fields are compared: line ends, a missing last line end, fields beyond the names.
  if (differences.length === 0 && withoutFirst(before) !== withoutFirst(after)) differences.push("other bytes");
  return { rows, differences };
}

interface ResultFiles {
  /** Texts of the tables by path. */
  readonly tables: ReadonlyMap<string, string>;
  /** Paths of weights by SHA-256. */
  readonly weights: ReadonlyMap<string, readonly string[]>;
}

function resultFiles(folder: string): ResultFiles {
  const tables = new Map<string, string>();
  const weights = new Map<string, string[]>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const name = entry.split(path.sep).join("/");
    if (path.posix.basename(name) === "rows.csv") tables.set(name, readFileSync(path.join(folder, entry), "utf8"));
    if (!name.endsWith(".safetensors")) continue;
    const digest = createHash("sha256")
      .update(readFileSync(path.join(folder, entry)))
      .digest("hex");
    weights.set(digest, [...(weights.get(digest) ?? []), name]);
  }
  if (tables.size === 0) throw new RangeError(`need a rows.csv in ${folder}, found none`);
  return { tables, weights };
}

/** Lines of fields as they are written, quotation marks and all. */
function splitCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const [, field = "", end] of text.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n])*)(,|\r?\n|$)/g)) {
    if (end === "" && field === "" && line.length === 0) break; // behind the last line end
    line.push(field);
    if (end === ",") continue;
    lines.push(line);
    line = [];
    if (end === "") break;
  }
  return lines;
}

function withoutFirst(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? "" : text.slice(end);
}

function union(left: Iterable<string>, right: Iterable<string>): string[] {
  return [...new Set([...left, ...right])].sort();
}
