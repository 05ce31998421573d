/**
 * Tables as CSV: RFC 4180 with CRLF, UTF-8, one header line, every row as long as the header.
 *
 * Numbers keep all their digits, booleans are written out, an empty field is "not measured" (null) while an empty text is a
 * quoted empty field, and text that a spreadsheet would take for a formula is preceded by an apostrophe.
 */
import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../../base";
import { type Column, type CsvRow, type CsvValue, columnNames } from "./columns";

/** The table as text; columns in the order given, or in that of their first appearance in the rows. */
export function csvText(rows: readonly CsvRow[], columns: readonly string[] = columnNames(rows)): string {
  if (columns.length === 0) return "";
  const records = rows.map((row) => columns.map((column) => row[column] ?? null));
  return stringify([columns.map(safeText), ...records], {
    record_delimiter: "windows",
    // csv-stringify writes `false` as an empty field, and -0 as 0
    cast: {
      boolean: (value) => String(value),
      number: (value) => (Object.is(value, -0) ? "-0" : String(value)),
      string: (value) => ({ value: safeText(value), quoted_empty: true }),
    },
  });
}

/** Writes the table, whole or not at all. */
export async function writeCsv(path: string, rows: readonly CsvRow[], columns?: readonly string[]): Promise<void> {
  writeFileAtomically(path, csvText(rows, columns));
}

/**
 * Reads a table that `writeCsv` wrote.
 *
 * @param columns types of the columns, as in columns.json; a column not named there is read as text
 * @returns one record a row, its fields of the columns' types; null where the field is empty
 * @throws RangeError when a field is not of its column's type
 */
export async function readCsv(path: string, columns: readonly Pick<Column, "name" | "type">[] = []): Promise<CsvRow[]> {
  return parseCsv(await readFile(path, "utf8"), columns);
}

/** As `readCsv`, from text. */
export function parseCsv(text: string, columns: readonly Pick<Column, "name" | "type">[] = []): CsvRow[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const [header, ...lines] = parse(text, {
    bom: true,
    record_delimiter: ["\r\n"],
    info: true,
    // To be told of every field whether it was quoted takes nine times as long: only where one may be empty and quoted.
    ...(/(?:^|,)""(?:,|\r?$)/m.test(text) ? { cast: markEmptyText } : {}),
  }) as unknown as readonly Line[];
  const names = (header?.record ?? []).map((name) => originalText(name === emptyText ? "" : name));
  return lines.map(({ record, info }) => {
    const value = (field: Field, name: string): CsvValue => {
      if (field === "") return null;
      const written = field === emptyText ? "" : field;
      return typedValue(written, types.get(name) ?? "string", `column ${name}, line ${info.lines}`);
    };
    return Object.fromEntries(names.map((name, i) => [name, value(record[i]!, name)]));
  });
}

/** A text without a character, which is written as a quoted empty field. */
const emptyText = Symbol("quoted empty field");

type Field = string | typeof emptyText;

/** A record as csv-parse gives it, with the number of the line that it ends in. */
interface Line {
  readonly record: readonly Field[];
  readonly info: { readonly lines: number };
}

function markEmptyText(field: string, { quoting }: { readonly quoting: boolean }): Field {
  return field === "" && quoting ? emptyText : field;
}

function typedValue(field: string, type: Column["type"], place: string): CsvValue {
  switch (type) {
    case "string":
      return originalText(field);
    case "boolean":
      if (field === "true" || field === "false") return field === "true";
      break;
    case "integer":
    case "number":
      if (field === "NaN") return Number.NaN;
      if (field.trim() !== "" && !Number.isNaN(Number(field))) return Number(field);
  }
  throw new RangeError(`${place}: need ${type === "integer" ? "an" : "a"} ${type}, got "${field}"`);
}

// Apostrophes already there count too, or an apostrophe followed by a formula could not be told from an escaped formula when
// it is read back.
const formula = /^'*[=+\-@\t\r＝＋－＠]/;

function safeText(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

function originalText(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text;
}
