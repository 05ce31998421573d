/** The rows of the audit: the lecture's numbers beside those that are found, and how they are judged. */
import { column, type Judged, judge, meanWithEnds, type RowOf, type Rows } from "../../src/experiment";
import { DegenerateSample, mean, quantity as said } from "../../src/statistics";
import { audited, type Check, relations } from "./check";

export const columns = {
  subject: column.oneOf("what is counted or measured on", ["counts", "untrained networks", "deletion"]),
  claim: column.oneOf("claim", audited),
  quantity: column.text("what is counted or measured"),
  unit: column.text("unit of both values"),
  relation: column.oneOf("how the value found must stand to the lecture's", relations),
  lecture_value: column.number("value that the lecture's wording implies"),
  found_value: column.number("value counted or measured"),
};
/** Counts are the same for every seed. */
export type Cell = {
  readonly seed: number;
  readonly subject: "counts" | "untrained networks" | "deletion";
};
export type Row = RowOf<typeof columns, Cell>;

/** The row of a check, with the value found. */
export function rowOf({ claim, quantity, unit, lecture }: Omit<Check, "found">, found: number) {
  const [relation, lecture_value] = lecture;
  return { claim, quantity, unit, relation, lecture_value, found_value: found };
}

/** The lecture's wording by the numbers that it implies. The first is the effect, of those that vary with the seed if any do. */
export function asItStands(rows: Rows<Row>): Judged | null {
  const quantities = rows.distinct("quantity").map((quantity) => rows.where({ quantity }));
  const effect = effectRows(rows);
  if (effect.length === 0) return null;
  return judge(effect.interval("found_value")).each(quantities, (judged, own) => {
    const { quantity, unit, relation, lecture_value } = own[0]!;
    // A stored row holds no unit where a measured one holds an empty text.
    return judged.of(quantity!, own.interval("found_value"), unit ?? "")[conditions[relation!]](lecture_value!);
  });
}

const conditions = {
  exactly: "exactly",
  "at most": "atMost",
  "at least": "atLeast",
  below: "below",
  above: "above",
} as const;

/** What was found of the quantity that is the effect, and what the wording implies of it; the others are conditions of the verdict. */
export function foundText(rows: Rows<Row>): string {
  const effect = effectRows(rows);
  const [first] = effect;
  if (first === undefined) throw new DegenerateSample("no row speaks about it");
  const { quantity: name, unit, relation, lecture_value, subject } = first;
  const found = effect.perSeed("found_value");
  const value = subject === "counts" ? said(mean(found), unit ?? "") : meanWithEnds(found, unit ?? "", "seed");
  return `Where the wording implies ${relation} ${said(lecture_value!)}, it is ${value}: ${name!.replace(/,$/, "")}.`;
}

/** The rows of the first quantity, of those that vary with the seed if any do. */
function effectRows(rows: Rows<Row>): Rows<Row> {
  const first = rows.find(({ subject }) => subject !== "counts") ?? rows[0];
  return rows.where({ quantity: first?.quantity ?? null });
}
