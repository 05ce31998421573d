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
