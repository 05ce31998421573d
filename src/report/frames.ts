import type { Figure, SeriesFigure } from "./figure";

/**
 * A figure as it is drawn where nothing moves, on paper and as a thumbnail: its last frame, for good. Others are left as they
 * are.
 */
export function stillFigure<T extends Figure>(figure: T): T {
  if (figure.series === undefined || figure.frames === undefined) return figure;
  const { frames, ...still } = atFrame(figure, figure.frames.names.length - 1);
  return still as T;
}

/** A figure with the points of one of its frames alone, and axes that hold those of all, so that nothing else moves. */
export function atFrame(figure: SeriesFigure, frame: number): SeriesFigure {
  const { xAxis, yAxis, series } = figure;
  return {
    ...figure,
    xAxis: { ...xAxis, ...rangeOf(figure, "x") },
    yAxis: { ...yAxis, ...rangeOf(figure, "y") },
    series: series.map((one) => ({ ...one, points: one.points.filter((point) => point.frame === frame) })),
  };
}

/** The range of an axis: as given, or what all frames take, with some room. */
function rangeOf({ xAxis, yAxis, series }: SeriesFigure, direction: "x" | "y"): { readonly range?: [number, number] } {
  const { scale, range, categories } = direction === "x" ? xAxis : yAxis;
  const log = scale === "log";
  const values = series
    .flatMap(({ points }) => points.map((point) => point[direction]))
    .filter((value) => typeof value === "number")
    .map((value) => (log ? Math.log10(value) : value))
    .filter(Number.isFinite);
  if (range !== undefined || categories !== undefined || values.length === 0) return {};
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = 0.05 * (most - least || 1);
  const ends = [least - room, most + room].map((end) => (log ? 10 ** end : end));
  return { range: ends as [number, number] };
}
