/** Figures of experiments/audit.ts: both wordings side by side, and what is cited. */
import { type CitedCorrection, citedCorrections, claims } from "../../src/claims";
import { captioned, type Figure, intervalSeries } from "../../src/report";
import { quantity as said } from "../../src/statistics";
import type { Result } from "../audit";

export function auditFigures(rows: readonly Result[]): Figure[] {
  return [foundOverStated(rows), datesByEvent()];
}

/** Each number over the lecture's own: where they agree, it is 1. */
function foundOverStated(rows: readonly Result[]): Figure {
  const audited = claims.filter(({ id }) => rows.some(({ claim }) => claim === id)).map(({ id }) => id as string);
  const numbers = audited.flatMap((id) => {
    const own = rows.filter(({ claim }) => claim === id);
    return [...new Set(own.map(({ quantity }) => quantity))].map((quantity, i) => ({
      which: i + 1,
      rows: own.filter((row) => row.quantity === quantity && row.lecture_value !== 0),
    }));
  });
  const most = Math.max(0, ...numbers.map(({ which }) => which));
  return {
    id: "found-over-stated",
    claims: audited,
    title: "What is found, over what the lecture says",
    caption: captioned(
      "Counted and measured values over those that the lecture's wording makes of them, the numbers of a claim in the order " +
        "of its conditions. At 1 the two are the same; the conditions say on which side of it the wording holds",
      "Notes, on hover and in the table, have both wordings. Numbers that are 0 in the lecture are in the conditions alone.",
    ),
    xAxis: { label: "claim", categories: audited },
    yAxis: { label: "found value / the lecture's value", scale: "log" },
    series: Array.from({ length: most }, (_, i) =>
      intervalSeries({
        name: `number ${i + 1}`,
        kind: "points",
        rows: numbers.filter(({ which }) => which === i + 1).flatMap((number) => number.rows),
        x: ({ claim }) => claim,
        y: ({ found_value, lecture_value }) => found_value / lecture_value,
        note: bothWordings,
      }),
    ),
    references: [{ y: 1, label: "as the lecture says" }],
  };
}

function bothWordings({ claim: id, unit, relation, lecture_value, found_value }: Result): string {
  const { statement, paperValue } = claims.find((claim) => claim.id === id)!;
  const numbers = `${relation} ${said(lecture_value, unit)}, found ${said(found_value, unit)}`;
  return `The lecture: ${statement} (${numbers}). So is: ${paperValue}.`;
}

function datesByEvent(): Figure {
  const dated = citedCorrections.filter(({ years }) => years !== undefined);
  const points = (which: 0 | 1, note: (row: CitedCorrection) => string) =>
    dated.map((row) => ({ x: row.what, y: row.years![which], note: note(row) }));
  return {
    id: "dates",
    title: "Dates as the lecture has them, and as published (cited, not measured)",
    caption:
      "Years of events that the lecture dates otherwise than their sources, which the table below and the notes on hover " +
      "name. They have no rule and no verdict.",
    xAxis: { label: "event", categories: dated.map(({ what }) => what) },
    yAxis: { label: "year" },
    series: [
      { name: "the lecture", kind: "points", published: true, points: points(0, ({ lecture }) => lecture) },
      {
        name: "its sources",
        kind: "points",
        published: true,
        points: points(1, ({ correction, source }) => `${correction} (${source})`),
      },
    ],
  };
}
