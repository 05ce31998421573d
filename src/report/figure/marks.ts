import { extent } from "./axis-shares";
import type { Figure, Point, Series, SeriesFigure } from "./figure";

/** Whether a figure can show a point: on a logarithmic axis nothing at or below zero. */
export function isDrawable({ x, y }: Point, { xAxis, yAxis }: SeriesFigure): boolean {
  return !(yAxis.scale === "log" && y <= 0) && !(xAxis.scale === "log" && typeof x === "number" && x <= 0);
}

/** A corner of a band. */
type Corner = Pick<Point, "x" | "y">;

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

/** Whether marks of several series share categories: they then stand beside one another, not on top of one another. */
export function standsSideBySide({ xAxis, series }: SeriesFigure): boolean {
  if (xAxis.categories === undefined || series.some(({ kind }) => kind !== "points")) return false;
  const places = series.map(({ points }) => new Set(points.map(({ x }) => x)));
  return places.some((own, i) => places.slice(i + 1).some((other) => [...own].some((place) => other.has(place))));
}

/**
 * A figure for paper and thumbnails, where nothing moves: the last frame of an animated one. Others are returned unchanged.
 */
export function stillFigure<T extends Figure>(figure: T): T {
  if (figure.series === undefined || figure.frames === undefined) return figure;
  const { frames, ...still } = atFrame(figure, figure.frames.names.length - 1);
  return still as T;
}

/** A figure with the points of one frame alone, and with axes that hold those of all frames, so that they stand still. */
export function atFrame(figure: SeriesFigure, frame: number): SeriesFigure {
  const series = figure.series.map((one) => ({ ...one, points: one.points.filter((point) => point.frame === frame) }));
  return { ...withStillAxes(figure), series };
}

/** The same figure, with axes whose ranges are given: of an axis that had none, that of all frames. */
export function withStillAxes(figure: SeriesFigure): SeriesFigure {
  const { xAxis, yAxis } = figure;
  return {
    ...figure,
    xAxis: { ...xAxis, ...rangeOf(figure, "x") },
    yAxis: { ...yAxis, ...rangeOf(figure, "y") },
  };
}

/** The range of an axis: as given, or what all frames take, with some room. */
function rangeOf({ xAxis, yAxis, series }: SeriesFigure, direction: "x" | "y"): { readonly range?: [number, number] } {
  const { scale, range, categories } = direction === "x" ? xAxis : yAxis;
  if (range !== undefined || categories !== undefined) return {};
  const log = scale === "log";
  const values = series
    .flatMap(({ points }) => points.map((point) => point[direction]))
    .filter((value) => typeof value === "number")
    .map((value) => (log ? Math.log10(value) : value))
    .filter(Number.isFinite);
  if (values.length === 0) return {};
  const [least, most] = extent(values);
  const room = 0.05 * (most - least || 1);
  const ends = [least - room, most + room].map((end) => (log ? 10 ** end : end));
  return { range: ends as [number, number] };
}

/** What a figure is drawn for: its sizes relative to the screen's, and how much fits along its axes. */
export interface Medium {
  /** Factor on the thickness of lines and the size of marks. */
  readonly strokes: number;
  /** Factor on the size of the texts within the plot. */
  readonly texts: number;
  /** Ticks of an integer axis, at most. */
  readonly ticks: number;
  /** Letters that fit in one line under the x axis. */
  readonly letters: number;
}

/** A page of a report in a browser, some 900 pixels wide. */
export const onScreen: Medium = { strokes: 1, texts: 1, ticks: 12, letters: 90 };

/**
 * Edges of the cells of a heat map along a numeric axis: half way between neighbours as the axis draws them, so at their
 * geometric mean on a logarithmic one. The outer cells reach as far outward as inward.
 *
 * @param places ascending; positive where the axis is logarithmic
 * @returns one more edge than there are places, ascending
 * @example cellEdges([1, 2, 4]) // [0.5, 1.5, 3, 5]
 */
export function cellEdges(places: readonly number[], scale: "linear" | "log" = "linear"): number[] {
  if (places.length === 0) return [];
  const drawn = scale === "log" ? places.map(Math.log10) : places;
  const count = drawn.length;
  const between = drawn.slice(1).map((place, i) => (place + drawn[i]!) / 2);
  const reach = (place: number, edge: number | undefined) => (edge === undefined ? 0.5 : Math.abs(place - edge));
  const edges = [
    drawn[0]! - reach(drawn[0]!, between[0]),
    ...between,
    drawn[count - 1]! + reach(drawn[count - 1]!, between[count - 2]),
  ];
  return scale === "log" ? edges.map((edge) => 10 ** edge) : edges;
}
