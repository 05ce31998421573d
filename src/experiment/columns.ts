/**
 * The columns of a row, declared once: from them come the row's type, columns.json, the labels of axes and the check of
 * what a cell yields.
 */

/** What stands in a field of a table: identifiers, measurements, and null for "not measured". */
export type RowValue = string | number | boolean | null;

/** One measurement in long format; keys are the CSV's columns, snake_case with their unit. */
export type Row = Readonly<Record<string, RowValue>>;

/** A column of an experiment's rows. */
export interface Column<Value extends RowValue = RowValue> {
  readonly type: "string" | "integer" | "number" | "boolean";
  /** What it holds, short enough to label an axis: "top-1 test error". */
  readonly description: string;
  /** "%", "points" (percentage points), "nats", "s"; empty where it has none. */
  readonly unit: string;
  /** The only values of a text, where it is one of a few. */
  readonly options?: readonly Value[];
}

/** An experiment's columns by name, in the order of the table. `seed` goes without saying. */
export type Columns = Readonly<Record<string, Column>>;

/** The value of a column where it is measured. */
export type ColumnValue<C> = C extends Column<infer Value> ? Value : never;

/** The kinds of columns. */
export const column = {
  /** An identifier or a name. */
  text: (description: string): Column<string> => ({ type: "string", description, unit: "" }),
  /** One of a few words. */
  oneOf: <const Option extends string>(description: string, options: readonly Option[]): Column<Option> => ({
    type: "string",
    description,
    unit: "",
    options,
  }),
  /** Yes or no. */
  flag: (description: string): Column<boolean> => ({ type: "boolean", description, unit: "" }),
  /** A whole number. */
  whole: (description: string, unit = ""): Column<number> => ({ type: "integer", description, unit }),
  /** A number. */
  number: (description: string, unit = ""): Column<number> => ({ type: "number", description, unit }),
};

/** The seed of a row, which every experiment has. */
export const seedColumn = column.whole("seed of every random draw");

/** @example columnLabel(column.number("top-1 test error", "%")) // "top-1 test error (%)" */
export function columnLabel({ description, unit }: Column): string {
  return unit === "" ? description : `${description} (${unit})`;
}

/**
 * Sees to it that a table can hold a row and that its columns say so.
 *
 * @param where for the message: "row 3"
 * @throws TypeError for a column that is not declared, or a value of another kind; RangeError for NaN and infinities, and
 *   for a word that is none of the column's
 */
export function checkRow(row: Readonly<Record<string, unknown>>, columns: Columns, where: string): void {
  for (const [name, value] of Object.entries(row)) {
    const place = `${where}, column ${name}`;
    const declared = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (declared === undefined) throw new TypeError(`${place}: not among the experiment's \`columns\``);
    if (value === null || value === undefined) continue;
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(`${place}: ${value} is no measurement; leave out what could not be measured`);
    }
    const { type, options } = declared;
    const fits = type === "integer" ? Number.isInteger(value) : typeof value === type;
    if (!fits) throw new TypeError(`${place}: need ${article(type)}, got ${JSON.stringify(value)}`);
    if (options !== undefined && !options.includes(value as RowValue)) {
      throw new RangeError(`${place}: need one of ${options.join(", ")}, got ${JSON.stringify(value)}`);
    }
  }
}

function article(type: Column["type"]): string {
  return type === "integer" ? "a whole number" : `a ${type}`;
}
