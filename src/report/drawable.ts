import type { Point, Series, SeriesFigure } from "./figure";

/** Whether a figure can show a point: on a logarithmic axis nothing at or below zero. */
export function isDrawable({ x, y }: Point, { xAxis, yAxis }: SeriesFigure): boolean {
  return !(yAxis.scale === "log" && y <= 0) && !(xAxis.scale === "log" && typeof x === "number" && x <= 0);
}

/** A corner of a band. */
export type Corner = Pick<Point, "x" | "y">;

/**
 * The band of a line as closed outlines, one for each stretch of points with an interval: along the high ends and back along
 * the low ones, which on a logarithmic axis stop a little below all that is positive.
 */
export function bandOutlines(series: Series, figure: SeriesFigure): Corner[][] {
  const stretches: Point[][] = [[]];
  for (const point of series.points) {
    const drawable = point.low !== undefined && point.high !== undefined && isDrawable(point, figure);
    if (drawable) stretches[stretches.length - 1]!.push(point);
    else stretches.push([]);
  }
  const floor = lowestDrawable(figure);
  return stretches
    .filter((stretch) => stretch.length > 1)
    .map((stretch) => [
      ...stretch.map(({ x, high }) => ({ x, y: high! })),
      ...[...stretch].reverse().map(({ x, low }) => ({ x, y: Math.max(low!, floor) })),
    ]);
}

/** Where what reaches below zero ends on a logarithmic axis. */
export function lowestDrawable({ yAxis, series }: SeriesFigure): number {
  if (yAxis.scale !== "log") return Number.NEGATIVE_INFINITY;
  const positive = series.flatMap(({ points }) => points.flatMap(({ y, low }) => [y, low ?? y])).filter((y) => y > 0);
  return Math.min(...positive) / 2;
}

/** Whether marks of several series share categories: they then stand beside each other, not upon each other. */
export function standsSideBySide({ xAxis, series }: SeriesFigure): boolean {
  return xAxis.categories !== undefined && series.length > 1 && series.every(({ kind }) => kind === "points");
}
