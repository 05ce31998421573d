import { type CitedCorrection, citedCorrections } from "../../src/claims";
import type { Figure, Series } from "../../src/report";

/** The dates that are cited, not measured. */
export function datesByEvent(): Figure {
  const dated = citedCorrections.filter(({ years }) => years !== undefined);
  const series = (name: string, which: 0 | 1, note: (row: CitedCorrection) => string): Series => {
    const points = dated.map((row) => ({ x: row.what, y: row.years![which], note: note(row) }));
    return { name, kind: "points", published: true, points };
  };
  return {
    id: "dates",
    title: "Dates as the lecture has them, and as published (cited, not measured)",
    caption: "Events that the lecture dates otherwise than their sources. They have no rule and no verdict.",
    xAxis: { label: "event", categories: dated.map(({ what }) => what) },
    yAxis: { label: "year", years: true },
    series: [
      series("the lecture", 0, ({ lecture }) => lecture),
      series("its sources", 1, ({ correction, source }) => `${correction} (${source})`),
    ],
  };
}
