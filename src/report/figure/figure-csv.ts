import type { CsvRow } from "../tables/columns";
import { csvText } from "../tables/csv";
import type { Figure, HeatMap, Matrix, Series } from "./figure";

const seriesColumns = ["series", "published", "seed", "x", "y", "low", "high", "note"];
/** Where the marks of a figure have areas. */
const areaColumns = ["area", "label"];
/** Of an animated figure. */
const frameColumn = "frame";
const matrixColumns = ["x", "y", "value"];
/** Where texts stand in the cells of a heat map. */
const textColumn = "text";
/** Where lines lie over the heat map. */
const lineColumn = "line";

/**
 * Exactly the numbers that a figure plots. Of series: first every estimate with its interval, then the values of each seed. Of
 * a heat map: every cell, row by row, null where nothing was measured, then the points of each overlaid line.
 */
export function figureRows(figure: Figure): CsvRow[] {
  if (figure.matrix) return heatMapRows(figure);
  const { areaLabel, frames, series } = figure;
  const points = series.flatMap((one) => one.points);
  return seriesRows(series).map((row, i) => ({
    ...row,
    ...(areaLabel !== undefined && { area: points[i]?.area ?? null, label: points[i]?.label ?? null }),
    ...(frames !== undefined && { [frameColumn]: frames.names[points[i]?.frame ?? -1] ?? null }),
  }));
}

/** The same as CSV. */
export function figureCsv(figure: Figure): string {
  if (figure.matrix)
    return csvText(figureRows(figure), [
      ...matrixColumns,
      ...(figure.matrix.texts === undefined ? [] : [textColumn]),
      ...(figure.lines === undefined ? [] : [lineColumn]),
    ]);
  return csvText(figureRows(figure), [
    ...seriesColumns,
    ...(figure.areaLabel === undefined ? [] : areaColumns),
    ...(figure.frames === undefined ? [] : [frameColumn]),
  ]);
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

function matrixRows({ x, y, values, texts }: Matrix): CsvRow[] {
  return values.flatMap((row, i) =>
    row.map((value, j) => ({
      ...{ x: x[j]!, y: y[i]!, value },
      ...(texts !== undefined && { [textColumn]: texts[i]?.[j] ?? null }),
    })),
  );
}
