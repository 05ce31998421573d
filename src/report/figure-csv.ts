import { type CsvRow, csvText } from "./csv";
import type { Figure, HeatMap, Matrix, Series } from "./figure";

const seriesColumns = ["series", "published", "seed", "x", "y", "low", "high", "note"];
/** Only where the marks of a figure have areas. */
const areaColumns = ["area", "label"];
const matrixColumns = ["x", "y", "value"];
/** Only where lines lie over the heat map. */
const lineColumn = "line";

/**
 * Exactly the numbers a figure plots. Of series: first every estimate with its interval, then every seed's own values. Of a
 * heat map: every cell, row by row, null where nothing was measured, then the points of each line over it.
 */
export function figureRows(figure: Figure): CsvRow[] {
  if (figure.matrix) return heatMapRows(figure);
  const rows = seriesRows(figure.series);
  if (figure.areaLabel === undefined) return rows;
  const points = figure.series.flatMap((series) => series.points);
  return rows.map((row, i) => ({ ...row, area: points[i]?.area ?? null, label: points[i]?.label ?? null }));
}

/** The same as CSV. */
export function figureCsv(figure: Figure): string {
  if (figure.matrix) return csvText(figureRows(figure), figure.lines ? [...matrixColumns, lineColumn] : matrixColumns);
  return csvText(
    figureRows(figure),
    figure.areaLabel === undefined ? seriesColumns : [...seriesColumns, ...areaColumns],
  );
}

function seriesRows(series: readonly Series[]): CsvRow[] {
  const estimates = series.flatMap(({ name, published = false, points }) =>
    points.map(({ x, y, low, high, note }) => ({
      series: name,
      published,
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
      points.map(({ x, y, note }) => ({
        series: name,
        published: false,
        seed,
        x,
        y,
        low: null,
        high: null,
        note: note ?? null,
      })),
    ),
  );
  return [...estimates, ...single];
}

function heatMapRows({ matrix, lines }: HeatMap): CsvRow[] {
  if (lines === undefined) return matrixRows(matrix);
  return [
    ...matrixRows(matrix).map((row) => ({ ...row, [lineColumn]: null })),
    ...lines.flatMap(({ name, points }) => points.map(({ x, y }) => ({ x, y, value: null, [lineColumn]: name }))),
  ];
}

function matrixRows({ x, y, values }: Matrix): CsvRow[] {
  return values.flatMap((row, i) => row.map((value, j) => ({ x: x[j]!, y: y[i]!, value })));
}
