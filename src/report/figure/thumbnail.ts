import { quantity } from "../../statistics";
import { type Html, type HtmlValue, html, plainText } from "../html";
import { axisShares } from "./axis-shares";
import { colourAt, matrixColours } from "./colours";
import type { Axis, Figure, HeatMap, Point, Series, SeriesFigure } from "./figure";
import { bandOutlines, cellEdges, isDrawable, lowestDrawable, standsSideBySide, stillFigure } from "./marks";
import { overlaidStroke } from "./plotly-heat-map";
import { lineDash, type SeriesStyle, seriesStyles } from "./series-style";

/** Sizes of a drawing, in pixels. */
interface Frame {
  readonly width: number;
  readonly height: number;
  /** Where the plot itself lies; the labels of its axes are to the left, below and above. */
  readonly plot: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly fontSize: number;
  /** By which lines and marks are larger than in a thumbnail. */
  readonly strokes: number;
  /** Whether places on a categorical axis are named. */
  readonly named: boolean;
}

const thumbnailFrame: Frame = {
  ...{ width: 240, height: 150, fontSize: 9, strokes: 1, named: false },
  plot: { left: 36, top: 18, width: 198, height: 100 },
};
/** Drawings that stand alone, by the width of the page for which they are. */
const frames = {
  wide: {
    ...{ width: 680, height: 400, fontSize: 14, strokes: 1.6, named: true },
    plot: { left: 56, top: 28, width: 614, height: 314 },
  },
  narrow: {
    ...{ width: 340, height: 260, fontSize: 11, strokes: 1.2, named: true },
    plot: { left: 44, top: 22, width: 290, height: 192 },
  },
} as const satisfies Readonly<Record<string, Frame>>;

const margin = 0.04; // of an axis, free at each end, or marks would be clipped there
/** Of a legend below the plot. */
const legendLine = 12;
const legendEntries = 6;
const dashLengths: Readonly<Record<SeriesStyle["dash"], string | null>> = {
  solid: null,
  dash: "5 3",
  dot: "1.5 2.5",
  dashdot: "5 2.5 1.5 2.5",
  longdash: "8 3",
  longdashdot: "8 3 1.5 3",
};

/**
 * A figure as a small image: SVG of 240 by 150 pixels, drawn without a browser. It holds estimates with their intervals,
 * reference lines and the axes' labels; below them, where there are several series, a legend of the first six.
 *
 * Axes and texts have the colour of the text around it, so that it suits a light and a dark page. It holds no script, no
 * style sheet, no identifier and no address, so that one page can hold many.
 */
export function figureThumbnail(given: Figure): string {
  return drawing(given, thumbnailFrame);
}

/** A figure drawn as a thumbnail is, large enough to stand alone: SVG for a wide or a narrow page. Its legend is `figureLegend`. */
export function figureDrawing(given: Figure, page: keyof typeof frames): string {
  return drawing(given, frames[page]);
}

function drawing(given: Figure, frame: Frame): string {
  const figure = stillFigure(given);
  const { title, xAxis, yAxis } = figure;
  const { marks, x, y } = figure.matrix ? heatMapMarks(figure, frame) : seriesMarks(figure, frame);
  const { width, height, plot, fontSize, named } = frame;
  const { left, top } = plot;
  const bottom = top + plot.height;
  const xTicks = x.ticks.length === 0 && named ? categoryTicks(xAxis, plot.width / (4.5 * fontSize)) : x.ticks;
  const xPixels = xTicks.map(({ share, text }) => ({ text, at: pixels(left + share * plot.width) }));
  const yPixels = y.ticks.map(({ share, text }) => ({ text, at: pixels(bottom - share * plot.height) }));
  const text = (words: string) => fitting(words, Math.floor((1.6 * width) / fontSize));
  const legend = named || figure.matrix ? { marks: [], lines: 0 } : legendOf(figure, frame);
  const whole = height + legend.lines * legendLine;
  const below = bottom + Math.round(1.25 * fontSize);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" width="${width}" height="${whole}" role="img" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="${fontSize}" fill="currentColor" stroke-linejoin="round"><title>${plainText(title)}</title>
<g stroke="currentColor" stroke-opacity="0.15">${[
    ...xPixels.map(({ at }) => html`<path d="M${at} ${top}V${bottom}"/>`),
    ...yPixels.map(({ at }) => html`<path d="M${left} ${at}H${left + plot.width}"/>`),
  ]}</g>
<svg x="${left}" y="${top}" width="${plot.width}" height="${plot.height}" overflow="hidden">${marks}</svg>
<path d="M${left} ${top}V${bottom}H${left + plot.width}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>
${xPixels.map(({ at, text: tick }) => html`<text x="${at}" y="${below}" text-anchor="middle">${tick}</text>`)}
${yPixels.map(({ at, text: tick }) => html`<text x="${left - 4}" y="${pixels(Number(at) + fontSize / 3)}" text-anchor="end">${tick}</text>`)}
<text x="${width / 2}" y="${height - 6}" text-anchor="middle">${text(xAxis.label)}</text>
<text x="4" y="${Math.round(1.2 * fontSize)}">${text(figure.matrix ? `${figure.matrix.label}; up: ${yAxis.label}` : yAxis.label)}</text>${legend.marks}
</svg>
`.markup;
}

/** The names of a categorical axis, so few of them that they stand side by side. */
function categoryTicks({ categories = [] }: Axis, most: number): { readonly share: number; readonly text: string }[] {
  return thinned(categories.length, Math.max(1, most)).map((i) => ({
    share: (i + 0.5) / categories.length,
    text: fitting(categories[i]!, 12),
  }));
}

/** One entry of a legend: a piece of the line or mark, and what it is. */
export interface LegendEntry {
  readonly name: string;
  /** SVG of 28 by 12 pixels. */
  readonly swatch: string;
}

/** What the lines and marks of a figure's drawing are, in its order; of a heat map, the ends of its colours and its lines. */
export function figureLegend(given: Figure): LegendEntry[] {
  const figure = stillFigure(given);
  const swatch = (marks: HtmlValue) =>
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 12" width="28" height="12" role="img"><title>key</title>${marks}</svg>
`.markup;
  const lineOf = (stroke: string, dash: string | null, strokeWidth: number) =>
    html`<path d="M1 6H27" fill="none" stroke="${stroke}" stroke-width="${strokeWidth}"${dash && html` stroke-dasharray="${dash}"`}/>`;
  if (figure.matrix) {
    const { scale, ends } = matrixColours(figure.matrix);
    const shown = (level: number) => quantity(figure.matrix?.scale === "log" ? 10 ** level : level);
    const colours = Array.from(
      { length: 13 },
      (_, i) => html`<path d="M${1 + 2 * i} 1H${3 + 2 * i}V11H${1 + 2 * i}Z" fill="${colourAt(scale, i / 12)}"/>`,
    );
    return [
      { name: `${figure.matrix.label}: ${shown(ends[0])} to ${shown(ends[1])}`, swatch: swatch(colours) },
      ...(figure.lines ?? []).map(({ name }, i) => ({
        name,
        swatch: swatch([
          lineOf(overlaidStroke.casing, null, 4),
          lineOf(overlaidStroke.colour, dashLengths[lineDash(i)], 1.5),
        ]),
      })),
    ];
  }
  const styles = seriesStyles([figure]);
  return [
    ...figure.series.map(({ name, kind, published }) => {
      const { colour, dash } = styles.get(name)!;
      const mark = html`<circle cx="14" cy="6" r="3.5" fill="${published ? "none" : colour}" stroke="${colour}"/>`;
      return { name, swatch: swatch(kind === "line" ? lineOf(colour, dashLengths[dash], 2) : mark) };
    }),
    ...(figure.references ?? []).map(({ label }) => ({
      name: label,
      swatch: swatch(lineOf("currentColor", "4 3", 1)),
    })),
  ];
}

const elements = ["svg", "g", "path", "circle", "text", "title"];
const attributes = new Set([
  ...["xmlns", "viewBox", "width", "height", "x", "y", "cx", "cy", "r", "d", "role", "overflow", "text-anchor"],
  ...[
    "font-family",
    "font-size",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-linejoin",
  ],
  ...["stroke-dasharray", "shape-rendering"],
]);

/**
 * Whether a text is no more than `figureThumbnail` writes: one SVG of shapes and texts, every element closed, without
 * anything that runs, styles, links or loads. Only such a text is put into a page unescaped.
 */
export function isThumbnail(text: string): boolean {
  const open: string[] = [];
  let drawings = 0;
  const rest = text.replace(/<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>]*")*)(\/?)>/g, (whole, end, name, given, closed) => {
    const names = [...String(given).matchAll(/ ([a-zA-Z-]+)="/g)].map(([, attribute]) => attribute!);
    const known = elements.includes(name) && names.every((attribute) => attributes.has(attribute));
    if (open[open.length - 1] === "title" && !end) return whole;
    if (!known || /url\(|[\\&]/i.test(given)) return whole; // an "&" could hide the letters of "url("
    if (open.length === 0) drawings += 1;
    if (open.length === 0 && (name !== "svg" || end || closed)) return whole;
    if (end) return open.pop() === name && given === "" && closed === "" ? "" : whole;
    if (!closed) open.push(name);
    return "";
  });
  return (
    open.length === 0 && drawings === 1 && text.startsWith("<svg ") && text.endsWith("</svg>\n") && !/[<>]/.test(rest)
  );
}

interface Marks {
  readonly marks: readonly Html[];
  readonly x: ReturnType<typeof axisShares>;
  readonly y: ReturnType<typeof axisShares>;
}

function seriesMarks(figure: SeriesFigure, frame: Frame): Marks {
  const { xAxis, yAxis, series, references = [] } = figure;
  const points = series.flatMap((one) => one.points);
  const floor = lowestDrawable(figure);
  const heights = points.flatMap(({ y, low, high }) => [y, Math.max(low ?? y, floor), high ?? y]);
  const x = axisShares(
    xAxis,
    points.map((point) => point.x),
    margin,
  );
  const y = axisShares(yAxis, [...heights, ...references.map((reference) => reference.y)], margin);
  const styles = seriesStyles([figure]);
  const beside = standsSideBySide(figure) ? x.pitch * 0.65 : 0;
  const place = { across: x.shareOf, up: (value: number) => y.shareOf(Math.max(value, floor)) };
  const marks = series.map((one, i) => {
    const offset = beside * ((i + 0.5) / series.length - 0.5);
    const across = (value: Point["x"]) => place.across(value) + offset;
    return seriesMark(one, figure, styles.get(one.name)!, { across, up: place.up, frame });
  });
  return { marks: [...references.map((reference) => referenceMark(y.shareOf(reference.y), frame)), ...marks], x, y };
}

/** The first series by name, each with its stroke or mark, in two columns where the names are short. */
function legendOf(
  { series }: SeriesFigure,
  { width, height }: Frame,
): { readonly marks: readonly Html[]; readonly lines: number } {
  const named = series.filter(({ name }) => name !== "");
  if (named.length < 2) return { marks: [], lines: 0 };
  const styles = seriesStyles([{ series }]);
  const shown = named.slice(0, named.length > legendEntries ? legendEntries - 1 : legendEntries);
  const more = named.length - shown.length;
  const columns = shown.every(({ name }) => name.length <= 16) ? 2 : 1;
  const place = (i: number) => ({
    x: 6 + (i % columns) * (width / columns),
    y: height + 4 + Math.floor(i / columns) * legendLine,
  });
  const marks = shown.map(({ name, kind, published }, i) => {
    const { x, y } = place(i);
    const style = styles.get(name)!;
    const dash = dashLengths[style.dash];
    const mark =
      kind === "line"
        ? html`<path d="M${x} ${y - 3}h14" fill="none" stroke="${style.colour}" stroke-width="1.5"${dash && html` stroke-dasharray="${dash}"`}/>`
        : html`<path d="M${x + 5} ${y - 5}h4v4h-4z" stroke="${style.colour}" fill="${published ? "none" : style.colour}"/>`;
    return html`${mark}<text x="${x + 18}" y="${y}">${fitting(name, columns === 2 ? 16 : 40)}</text>`;
  });
  const rest = place(shown.length);
  return {
    marks: more > 0 ? [...marks, html`<text x="${rest.x + 18}" y="${rest.y}">and ${more} more</text>`] : marks,
    lines: Math.ceil((shown.length + Math.min(more, 1)) / columns),
  };
}

/** From a point of the figure to shares of its axes. */
interface Places {
  readonly across: (x: Point["x"]) => number;
  readonly up: (y: number) => number;
  readonly frame: Frame;
}

function seriesMark(series: Series, figure: SeriesFigure, style: SeriesStyle, { across, up, frame }: Places): Html {
  const { kind, points, published } = series;
  const at = (x: Point["x"], y: number) => pixelPlace(across(x), up(y), frame);
  const drawable = points.filter((point) => isDrawable(point, figure));
  const stretches = bandOutlines(series, figure).map((outline) =>
    path(
      outline.map(({ x, y }) => at(x, y)),
      true,
    ),
  );
  const line = kind === "line";
  const { strokes } = frame;
  const marked = !line || points.length <= 12;
  const dash = dashLengths[style.dash];
  return html`<g stroke="${style.colour}" fill="${style.colour}"${strokes !== 1 && html` stroke-width="${strokes}"`}>${[
    line && stretches.map((d) => html`<path d="${d}" fill-opacity="0.2" stroke="none"/>`),
    line &&
      html`<path d="${path(drawable.map(({ x, y }) => at(x, y)))}" fill="none" stroke-width="${pixels(1.5 * strokes)}"${dash && html` stroke-dasharray="${dash}"`}/>`,
    !line &&
      drawable.map(({ x, low, high }) => {
        const whisker = low === undefined || high === undefined ? "" : path([at(x, low), at(x, high)]);
        return whisker !== "" && html`<path d="${whisker}" fill="none"/>`;
      }),
    marked &&
      drawable.map((point) => {
        const centre = at(point.x, point.y);
        const hollow = point.note !== undefined || published || point.area !== undefined;
        const radius = pixels(strokes * markRadius(point, figure));
        return (
          centre && html`<circle cx="${centre[0]}" cy="${centre[1]}" r="${radius}"${hollow && html` fill="none"`}/>`
        );
      }),
  ]}</g>`;
}

/** 2 pixels, or proportional to the root of the point's area: 8 for the largest. */
function markRadius({ area }: Point, { series }: SeriesFigure): number {
  if (area === undefined) return 2;
  const largest = Math.max(...series.flatMap(({ points }) => points.map((point) => point.area ?? 0)));
  return Math.max(1, Math.round(80 * Math.sqrt(area / largest)) / 10);
}

function referenceMark(share: number, frame: Frame): Html {
  const at = pixelPlace(0, share, frame);
  if (at === null) return html``;
  return html`<path d="M0 ${at[1]}H${frame.plot.width}" fill="none" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="4 3"/>`;
}

/** Cells of one colour in one path. Where there are more cells than pixels, some are left out: they could not be seen. */
function heatMapMarks({ xAxis, yAxis, matrix, lines = [] }: HeatMap, frame: Frame): Marks {
  const { plot, strokes } = frame;
  const { scale, level, ends, blankOpacity } = matrixColours(matrix);
  const columns = cellsAlong(xAxis, matrix.x, plot.width / 2);
  const rows = cellsAlong(yAxis, matrix.y, plot.height / 2);
  const byColour = new Map<string, string>();
  for (const row of rows.cells) {
    for (const column of columns.cells) {
      const value = level(matrix.values[row.index]![column.index]!);
      const [near, far] = [pixelPlace(column.from, row.from, frame), pixelPlace(column.to, row.to, frame)];
      if (value === null || near === null || far === null) continue;
      const share = (value - ends[0]) / (ends[1] - ends[0]);
      const colour = colourAt(scale, Math.round(32 * share) / 32); // few paths, in steps too small to see
      byColour.set(colour, `${byColour.get(colour) ?? ""}M${near[0]} ${near[1]}H${far[0]}V${far[1]}H${near[0]}Z`);
    }
  }
  const blank = html`<path d="M0 0H${plot.width}V${plot.height}H0Z" fill="#808080" fill-opacity="${blankOpacity}"/>`;
  const cells = [...byColour].map(
    ([colour, d]) => html`<path d="${d}" fill="${colour}" shape-rendering="crispEdges"/>`,
  );
  const overlaid = lines.map(({ points }, i) => {
    const d = path(
      points.map((point) => pixelPlace(columns.shares.shareOf(point.x), rows.shares.shareOf(point.y), frame)),
    );
    const dash = dashLengths[lineDash(i)];
    return html`<path d="${d}" fill="none" stroke="${overlaidStroke.casing}" stroke-width="${3 * strokes}"/><path d="${d}" fill="none" stroke="${overlaidStroke.colour}" stroke-width="${1.25 * strokes}"${dash && html` stroke-dasharray="${dash}"`}/>`;
  });
  return { marks: [blank, ...cells, ...overlaid], x: columns.shares, y: rows.shares };
}

/** The cells of a heat map along an axis, at most `limit`, with the shares between which each of them lies. */
function cellsAlong(axis: Axis, places: readonly (number | string)[], limit: number) {
  const kept = thinned(places.length, limit);
  const shown = kept.map((index) => places[index]!);
  const edges = axis.categories ? [] : cellEdges(shown.map(Number), axis.scale);
  const shares = axisShares(axis, edges, 0);
  const cells = kept.map((index, i) => {
    const centre = shares.shareOf(shown[i]!);
    return axis.categories
      ? { index, from: centre - shares.pitch / 2, to: centre + shares.pitch / 2 }
      : { index, from: shares.shareOf(edges[i]!), to: shares.shareOf(edges[i + 1]!) };
  });
  return { shares, cells };
}

/** At most `limit` of the numbers from 0 to `count` - 1, evenly spread. */
function thinned(count: number, limit: number): number[] {
  const kept = Math.min(count, Math.floor(limit));
  return Array.from({ length: kept }, (_, i) => Math.floor((i * count) / kept));
}

/** Pixels of a place in the plot, to a tenth; null where it has none. Far outside counts as just outside. */
function pixelPlace(across: number, up: number, { plot }: Frame): [x: string, y: string] | null {
  if (!Number.isFinite(across) || !Number.isFinite(up)) return null;
  const [x, y] = [across, 1 - up].map((share) => Math.min(2, Math.max(-1, share)));
  return [pixels(x! * plot.width), pixels(y! * plot.height)];
}

function pixels(value: number): string {
  return String(Math.round(10 * value) / 10);
}

/** A line through places, interrupted where there is none; "" without any. */
function path(places: readonly ([x: string, y: string] | null)[], closed = false): string {
  let drawing = false;
  const steps = places.map((place) => {
    if (place === null) {
      drawing = false;
      return "";
    }
    const step = `${drawing ? "L" : "M"}${place[0]} ${place[1]}`;
    drawing = true;
    return step;
  });
  const joined = steps.join("");
  return closed && joined !== "" ? `${joined}Z` : joined;
}

/** Text shortened to a number of letters, without what XML cannot hold. */
function fitting(text: string, letters: number): string {
  const characters = [...plainText(text)];
  return characters.length <= letters ? characters.join("") : `${characters.slice(0, letters - 1).join("")}…`;
}
