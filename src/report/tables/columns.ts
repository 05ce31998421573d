import { writeFileAtomically } from "../../base";

/** A field of a table: null is "not measured". */
export type CsvValue = string | number | boolean | null;
export type CsvRow = Readonly<Record<string, CsvValue>>;

/** What a column of a table holds: a field of a Frictionless Table Schema, with its unit. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean";
  /** Empty where the column has none. */
  readonly unit: string;
  readonly description: string;
}

/** Units by the last word of a column's name. */
const unitsBySuffix: Readonly<Record<string, string>> = {
  percent: "%",
  points: "percentage points",
  seconds: "s",
  milliseconds: "ms",
  bytes: "B",
  macs: "multiply-accumulates",
};

/**
 * The columns of a table, in its order: type from the values, unit from the name's last word (`error_percent`).
 *
 * @param descriptions meaning of each column; a column without one keeps an empty description
 */
export function describeColumns(
  rows: readonly CsvRow[],
  descriptions: Readonly<Record<string, string>> = {},
): Column[] {
  const names = [...new Set([...columnNames(rows), ...Object.keys(descriptions)])];
  return names.map((name) => ({
    name,
    type: columnType(rows.map((row) => row[name] ?? null)),
    unit: unitsBySuffix[name.slice(name.lastIndexOf("_") + 1)] ?? "",
    description: descriptions[name] ?? "",
  }));
}

/** Names of all the rows' columns, in the order in which they first appear. */
export function columnNames(rows: readonly CsvRow[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** Writes columns.json: for each table its fields, in the shape of the Frictionless Table Schema. */
export async function writeColumns(path: string, tables: Readonly<Record<string, readonly Column[]>>): Promise<void> {
  const schemas = Object.fromEntries(
    Object.entries(tables).map(([table, fields]) => [table, { fields, missingValues: [""] }]),
  );
  writeFileAtomically(path, `${JSON.stringify(schemas, null, 2)}\n`);
}

function columnType(values: readonly unknown[]): Column["type"] {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0 || measured.some((value) => typeof value === "string")) return "string";
  if (measured.every((value) => typeof value === "boolean")) return "boolean";
  if (measured.every((value) => Number.isSafeInteger(value))) return "integer";
  return measured.every((value) => typeof value === "number") ? "number" : "string";
}
