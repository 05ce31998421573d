import { type CsvRow, csvText } from "./csv";
import type { Figure } from "./figure";

const columns = ["series", "seed", "x", "y", "low", "high", "note"];

/** Exactly the numbers a figure plots: first every estimate with its interval, then every seed's own values. */
export function figureRows({ series }: Figure): CsvRow[] {
  const estimates = series.flatMap(({ name, points }) =>
    points.map(({ x, y, low, high, note }) => ({
      series: name,
      seed: null,
      x,
      y,
      low: low ?? null,
      high: high ?? null,
      note: note ?? null,
    })),
  );
  const single = series.flatMap(({ name, seeds = [] }) =>
    seeds.flatMap(({ seed, points }) =>
      points.map(({ x, y, note }) => ({ series: name, seed, x, y, low: null, high: null, note: note ?? null })),
    ),
  );
  return [...estimates, ...single];
}

/** The same as CSV. */
export function figureCsv(figure: Figure): string {
  return csvText(figureRows(figure), columns);
}
