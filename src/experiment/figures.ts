/**
 * Figures as data: which rows, which column over which, one series for each value of a third. Labels come from the columns,
 * and the report says what whiskers and bands are.
 */
import type { ClaimId } from "../claims";
import { type Axis, type Figure, intervalSeries, isPlace, type Series, type SeriesFigure } from "../report";
import type { Seeded } from "../statistics";
import { type Columns, columnLabel } from "./columns";
import type { Aggregate } from "./rows";

/** An axis: a column, or what is computed from a row; with what differs from the column's own label. */
export type AxisOf<R> = (keyof R & string) | AxisOptions<R>;

type AxisOptions<R> = Omit<Axis, "label"> &
  (
    | { readonly column: keyof R & string; readonly label?: string }
    | { readonly value: (row: R) => number | string | null | undefined; readonly label: string }
  );

/** One series, where they are not told apart by a column. */
export interface SeriesOf<R> extends SeriesStyle<R> {
  readonly name: string;
  readonly rows: readonly R[];
  /** In place of the figure's y. */
  readonly y?: (row: R) => number | null | undefined;
}

interface SeriesStyle<R> {
  /** Joined points with a band, or marks with whiskers: a line over numbers and marks over categories, by default. */
  readonly kind?: Series["kind"];
  /** Joins the values that one seed has at one x; the mean by default. */
  readonly aggregate?: Aggregate;
  /** Said on hover; points with a note get a hollow mark. */
  readonly note?: (row: R) => string | undefined;
}

/** A figure of series over an axis, as an experiment declares it. */
export interface FigureOf<R extends Seeded> extends SeriesStyle<R> {
  /** File stem and anchor: "error-by-deleted-block". */
  readonly id: string;
  /** The finding, or what is shown, as a sentence. */
  readonly title: string;
  /** One or two sentences. What the whiskers are is said by the report. */
  readonly caption?: string;
  /** What is too long for the caption: further numbers and remarks, above the table of the figure's data. */
  readonly numbers?: string;
  /** Claims that it shows; the first figure of a claim is its thumbnail. */
  readonly claims?: readonly ClaimId[];
  readonly x: AxisOf<R>;
  readonly y: AxisOf<R>;
  /** With `by`: the rows, one series for each value of that column. */
  readonly rows?: readonly R[];
  readonly by?: (keyof R & string) | ((row: R) => string);
  /** In place of both: series one by one, with a publication's or a theory's among them. */
  readonly series?: readonly (SeriesOf<R> | Series)[];
  readonly references?: SeriesFigure["references"];
  readonly areaLabel?: string;
}

/**
 * The figure to draw. Heat maps and figures that move are drawn as they are, but for values that are no finite numbers: such
 * have no place in any figure.
 */
export function drawable<R extends Seeded>(figure: FigureOf<R> | Figure, columns: Columns): Figure {
  if ("xAxis" in figure) return finite(figure);
  const { id, title, caption = "", numbers, claims, x, y, references, areaLabel } = figure;
  const series = seriesOf(figure, columns).map(marksWhereFew);
  return {
    id,
    title,
    caption: [caption, whiskers(series), leftOut(figure)].filter((sentence) => sentence !== "").join(" "),
    ...(numbers === undefined ? {} : { numbers }),
    ...(claims === undefined ? {} : { claims }),
    xAxis: axisOf(x, columns, series),
    yAxis: axisOf(y, columns, []),
    series,
    ...(references === undefined ? {} : { references }),
    ...(areaLabel === undefined ? {} : { areaLabel }),
  };
}

function seriesOf<R extends Seeded>(figure: FigureOf<R>, columns: Columns): Series[] {
  const { rows = [], by, series = grouped(rows, by) } = figure;
  const [x, y] = [reader(figure.x), reader(figure.y)];
  return series.map((one) => {
    if (!("rows" in one)) return { ...one, points: finitePoints(one.points) };
    const read = one.y ?? (y as (row: R) => number | null);
    const kind = one.kind ?? figure.kind ?? (isCategorical(figure.x, columns) ? "points" : "line");
    const note = one.note ?? figure.note;
    const aggregate = one.aggregate ?? figure.aggregate;
    return intervalSeries({
      name: one.name,
      kind,
      rows: one.rows.filter((row) => isPlace(x(row)) && isPlace(read(row))),
      x: (row) => x(row) as number | string,
      y: (row) => read(row) as number,
      ...(note === undefined ? {} : { note }),
      ...(aggregate === undefined ? {} : { aggregate }),
    });
  });
}

/** One series for each value, in the order of the rows; a single one where nothing tells them apart. */
function grouped<R extends Seeded>(rows: readonly R[], by: FigureOf<R>["by"]): SeriesOf<R>[] {
  const nameOf = typeof by === "function" ? by : (row: R) => (by === undefined ? "" : String(row[by]));
  return [...new Set(rows.map(nameOf))].map((name) => ({ name, rows: rows.filter((row) => nameOf(row) === name) }));
}

function axisOf<R>(axis: AxisOf<R>, columns: Columns, series: readonly Series[]): Axis {
  const options: AxisOptions<R> = typeof axis === "string" ? { column: axis } : axis;
  const { scale, categories, range, integers } = options;
  const declared = "column" in options ? columns[options.column] : undefined;
  const places = categories ?? (isCategorical(axis, columns) ? placesOf(series) : undefined);
  return {
    label: options.label ?? (declared === undefined ? "" : columnLabel(declared)),
    ...(scale === undefined ? {} : { scale }),
    ...(places === undefined ? {} : { categories: places }),
    ...(range === undefined ? {} : { range }),
    ...((integers ?? (declared?.type === "integer" && places === undefined)) ? { integers: true } : {}),
  };
}

function placesOf(series: readonly Series[]): string[] {
  return [...new Set(series.flatMap(({ points }) => points.map(({ x }) => String(x))))];
}

function isCategorical<R>(axis: AxisOf<R>, columns: Columns): boolean {
  const options: AxisOptions<R> = typeof axis === "string" ? { column: axis } : axis;
  if (options.categories !== undefined) return true;
  return "column" in options && ["string", "boolean"].includes(columns[options.column]?.type ?? "");
}

function reader<R>(axis: AxisOf<R>): (row: R) => unknown {
  if (typeof axis === "string") return (row) => row[axis];
  return "column" in axis ? (row) => row[axis.column] : axis.value;
}

function finite(figure: Figure): Figure {
  if (figure.matrix === undefined)
    return {
      ...figure,
      series: figure.series.map((one) => marksWhereFew({ ...one, points: finitePoints(one.points) })),
    };
  const values = figure.matrix.values.map((row) => row.map((value) => (isPlace(value) ? value : null)));
  return { ...figure, matrix: { ...figure.matrix, values } };
}

/** Two means are no course: where a line would join no more, they stand as marks with whiskers. */
function marksWhereFew(series: Series): Series {
  const measured = !series.published && series.points.some(({ low }) => low !== undefined);
  return measured && series.kind === "line" && series.points.length <= 2 ? { ...series, kind: "points" } : series;
}

function finitePoints(points: Series["points"]): Series["points"] {
  return points.filter(({ x, y }) => isPlace(x) && isPlace(y));
}

/** How many measured values the figure has no place for, as a sentence; empty where it shows all. */
function leftOut<R extends Seeded>(figure: FigureOf<R>): string {
  const { rows = [], series = [{ name: "", rows }] } = figure;
  const [x, y] = [reader(figure.x), reader(figure.y)];
  const isStrange = (value: unknown) => typeof value === "number" && !Number.isFinite(value);
  const count = series.flatMap((one) =>
    "rows" in one ? one.rows.filter((row) => isStrange(x(row)) || isStrange((one.y ?? y)(row))) : [],
  ).length;
  return count === 0 ? "" : `Left out: ${count} ${count === 1 ? "value that is" : "values that are"} no finite number.`;
}

/** What the marks, lines, whiskers and bands of series over seeds are; empty where there are no seeds. */
function whiskers(series: readonly Series[]): string {
  const own = series.filter(({ published, seeds = [] }) => published === undefined && seeds.length > 0);
  if (own.length === 0 || own.every(({ seeds = [] }) => seeds.length === 1)) return "";
  const kinds = new Set(own.map(({ kind }) => kind));
  if (kinds.size === 2) return "Marks and lines are means over seeds, whiskers and bands 95 % intervals.";
  return kinds.has("line")
    ? "Lines are means over seeds, bands 95 % intervals."
    : "Marks are means over seeds, whiskers 95 % intervals.";
}
