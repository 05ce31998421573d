import { quantity } from "../statistics";
import { categoryTicks } from "./category-ticks";
import type { Axis, Figure, Point, Series } from "./figure";
import { labelPlaces } from "./label-places";
import { type SeriesStyle, translucent } from "./series-style";

/** A Plotly specification: what `Plotly.newPlot` and `plotly.io.from_json` take. */
export interface PlotlyFigure {
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
}

export type PlotlyObject = { readonly [attribute: string]: unknown };

/**
 * The Plotly specification of a figure, without colours of a theme: the page adds those as a template.
 *
 * A series makes up to three kinds of trace, told apart by `meta.role`: "band", "estimate", and "seed" (hidden until the
 * reader asks for it). `customdata` of an estimate holds each point's [low, high].
 */
export function plotlyFigure(figure: Figure, styles: ReadonlyMap<string, SeriesStyle>): PlotlyFigure {
  const data = figure.series.flatMap((series, place) => seriesTraces(series, place, figure, styles.get(series.name)!));
  return { data, layout: layoutOf(figure) };
}

/** Points that the figure cannot show: at or below zero on a logarithmic axis. */
export function hiddenPoints(figure: Figure): number {
  return figure.series.flatMap(({ points }) => points).filter((point) => !isDrawable(point, figure)).length;
}

/** Plotly reads a few tags and entities in its texts; names of series and axes are to stand as they are. */
export function plotlyText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");
}

function seriesTraces(series: Series, place: number, figure: Figure, style: SeriesStyle): PlotlyObject[] {
  const { name, kind, points } = series;
  const line = kind === "line";
  const grouping = standsSideBySide(figure) ? { offsetgroup: String(place), alignmentgroup: "all" } : {};
  const common = { type: "scatter", legendgroup: String(place), ...grouping };
  const seeds = (series.seeds ?? []).map(({ seed, points: values }) => ({
    ...common,
    name: plotlyText(`${name}, seed ${seed}`),
    meta: { role: "seed", seed },
    visible: false,
    showlegend: false,
    mode: line ? "lines" : "markers",
    x: values.map(({ x }) => x),
    y: values.map(({ y }) => y),
    line: { color: translucent(style.colour, 0.6), width: 1, dash: style.dash },
    marker: { color: translucent(style.colour, 0.45), symbol: style.marker, size: 4 },
    text: values.map((point) => hoverText(point, `${name}, seed ${seed}`, figure)),
    hovertemplate: "%{text}<extra></extra>",
  }));
  const estimate = {
    ...common,
    name: plotlyText(name),
    meta: { role: "estimate" },
    mode: line ? "lines+markers" : "markers",
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    customdata: points.map(({ low, high }) => [low ?? null, high ?? null]),
    line: { color: style.colour, width: 2, dash: style.dash },
    marker: {
      color: style.colour,
      size: line ? 6 : 7,
      symbol: points.map(({ note }) => (note === undefined ? style.marker : `${style.marker}-open`)),
      line: { width: 1.5, color: style.colour },
      ...(points.length > 60 ? { maxdisplayed: 30 } : {}), // a marker tells lines apart; sixty of them hide the line
    },
    ...(line ? {} : { error_y: whiskers(points, style) }),
    text: points.map((point) => hoverText(point, name, figure)),
    hovertemplate: "%{text}<extra></extra>",
  };
  return [...(line ? bandTrace(series, figure, style, common) : []), ...seeds, estimate];
}

/** The band as closed outlines, one for each stretch of points with an interval. */
function bandTrace(series: Series, figure: Figure, style: SeriesStyle, common: PlotlyObject): PlotlyObject[] {
  const stretches: Point[][] = [[]];
  for (const point of series.points) {
    const drawable = point.low !== undefined && point.high !== undefined && isDrawable(point, figure);
    if (drawable) stretches[stretches.length - 1]!.push(point);
    else stretches.push([]);
  }
  const floor = lowestDrawable(figure);
  const outlines = stretches
    .filter((stretch) => stretch.length > 1)
    .map((stretch) => {
      const back = [...stretch].reverse();
      return {
        x: [...stretch, ...back].map(({ x }) => x),
        y: [...stretch.map(({ high }) => high!), ...back.map(({ low }) => Math.max(low!, floor))],
      };
    });
  if (outlines.length === 0) return [];
  const joined = (axis: "x" | "y") =>
    outlines.flatMap((outline, i) => (i === 0 ? outline[axis] : [null, ...outline[axis]]));
  return [
    {
      ...common,
      name: plotlyText(`${series.name}, interval`),
      meta: { role: "band" },
      mode: "lines",
      x: joined("x"),
      y: joined("y"),
      fill: "toself",
      fillcolor: translucent(style.colour, 0.2),
      line: { width: 0 },
      showlegend: false,
      hoverinfo: "skip",
    },
  ];
}

function whiskers(points: readonly Point[], style: SeriesStyle): PlotlyObject {
  return {
    type: "data",
    symmetric: false,
    array: points.map(({ y, high }) => (high === undefined ? null : high - y)),
    arrayminus: points.map(({ y, low }) => (low === undefined ? null : y - low)),
    color: style.colour,
    thickness: 1.5,
    width: points.length > 20 ? 2 : 4,
  };
}

function layoutOf(figure: Figure): PlotlyObject {
  const { xAxis, yAxis, series } = figure;
  const ticks = xAxis.categories === undefined ? undefined : categoryTicks(xAxis.categories);
  const references = referenceLines(figure);
  const abscissas = series.flatMap(({ points }) => points.map(({ x }) => x));
  return {
    xaxis: { ...axisOf(xAxis, abscissas), ...(ticks && xAxis.categories ? categoryAxis(xAxis.categories, ticks) : {}) },
    yaxis: axisOf(
      yAxis,
      series.flatMap(({ points }) => points.map(({ y }) => y)),
    ),
    shapes: [
      ...references.map(({ shape }) => shape),
      ...(ticks?.dividers ?? []).map((at) => ({
        type: "line",
        xref: "x",
        yref: "paper",
        x0: at,
        x1: at,
        y0: 0,
        y1: 1,
        layer: "below",
        line: { width: 1, dash: "dot", color: "rgba(128, 128, 128, 0.6)" },
      })),
    ],
    annotations: references.map(({ annotation }) => annotation),
    showlegend: series.length > 1,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", itemwidth: 44 },
    hovermode: "closest",
    ...(standsSideBySide(figure) ? { scattermode: "group", scattergap: 0.35 } : {}),
    margin: { l: 64, r: 16, t: 24, b: 56 },
  };
}

/** Each reference line with its label. */
function referenceLines(figure: Figure): { shape: PlotlyObject; annotation: PlotlyObject }[] {
  const log = figure.yAxis.scale === "log";
  return labelPlaces(figure).map(({ y, label, right, above }) => ({
    shape: {
      type: "line",
      xref: "paper",
      yref: "y",
      x0: 0,
      x1: 1,
      y0: y, // a shape takes the value itself on a logarithmic axis, an annotation its logarithm
      y1: y,
      layer: "below",
      line: { width: 1.5, dash: "dash" },
    },
    annotation: {
      xref: "paper",
      yref: "y",
      x: right ? 1 : 0,
      xanchor: right ? "right" : "left",
      y: log ? Math.log10(y) : y,
      yanchor: above ? "bottom" : "top",
      showarrow: false,
      text: plotlyText(label),
      font: { size: 12 },
    },
  }));
}

function axisOf({ label, scale, range, integers }: Axis, values: readonly (number | string)[]): PlotlyObject {
  const log = scale === "log";
  const numbers = values.filter((value) => typeof value === "number");
  return {
    title: { text: plotlyText(label), standoff: 10 },
    type: log ? "log" : "linear",
    automargin: true,
    exponentformat: "power",
    zeroline: !log,
    ...(range === undefined ? {} : { range: log ? range.map(Math.log10) : range }),
    ...(integers ? integerTicks(numbers, log, range) : {}),
  };
}

/** Ticks at whole numbers; on a logarithmic axis at the values themselves, where they are few. */
function integerTicks(values: readonly number[], log: boolean, range: readonly number[] | undefined): PlotlyObject {
  const distinct = [...new Set(values)].sort((left, right) => left - right);
  if (log)
    return distinct.length <= 12 ? { tickmode: "array", tickvals: distinct, ticktext: distinct.map(String) } : {};
  const [from, to] = [range?.[0] ?? distinct[0] ?? 0, range?.[1] ?? distinct[distinct.length - 1] ?? 1];
  const wanted = Math.max(1, (to - from) / 12);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= wanted) ?? power;
  return { tickmode: "linear", tick0: 0, dtick: Math.max(1, Math.round(step)), tickformat: ",d" };
}

function categoryAxis(categories: readonly string[], ticks: ReturnType<typeof categoryTicks>): PlotlyObject {
  return {
    type: "category",
    categoryorder: "array",
    categoryarray: categories,
    range: [-0.5, categories.length - 0.5],
    tickmode: "array",
    tickvals: categories,
    ticktext: ticks.texts.map(plotlyText),
    tickangle: ticks.angle,
    ticklabelstandoff: 4,
    showgrid: false,
  };
}

/** Whether marks of several series share categories: they then stand beside each other, not upon each other. */
function standsSideBySide({ xAxis, series }: Figure): boolean {
  return xAxis.categories !== undefined && series.length > 1 && series.every(({ kind }) => kind === "points");
}

function isDrawable({ x, y }: Point, { xAxis, yAxis }: Figure): boolean {
  return !(yAxis.scale === "log" && y <= 0) && !(xAxis.scale === "log" && typeof x === "number" && x <= 0);
}

/** Where a band's lower border ends on a logarithmic axis: a little below all that is positive. */
function lowestDrawable({ yAxis, series }: Figure): number {
  if (yAxis.scale !== "log") return Number.NEGATIVE_INFINITY;
  const positive = series.flatMap(({ points }) => points.flatMap(({ y, low }) => [y, low ?? y])).filter((y) => y > 0);
  return Math.min(...positive) / 2;
}

function hoverText({ x, y, low, high, note }: Point, name: string, { xAxis, yAxis }: Figure): string {
  const number = (value: number | string) => (typeof value === "number" ? quantity(value) : value);
  const interval = low === undefined || high === undefined ? "" : ` [${number(low)}, ${number(high)}]`;
  const lines = [`${xAxis.label}: ${number(x)}`, `${yAxis.label}: ${number(y)}${interval}`];
  return [`<b>${plotlyText(name)}</b>`, ...lines.map(plotlyText), ...(note ? [plotlyText(note)] : [])].join("<br>");
}
