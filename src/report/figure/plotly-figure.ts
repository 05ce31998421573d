import { quantity } from "../../statistics";
import type { Figure, Frames, Point, Series, SeriesFigure } from "./figure";
import { type LabelPosition, labelPlaces, labelPositions } from "./labels";
import { atFrame, bandOutlines, type Medium, onScreen, standsSideBySide, withStillAxes } from "./marks";
import { plotlyHeatMap } from "./plotly-heat-map";
import {
  categoryTicks,
  commonLayout,
  type PlotlyFigure,
  type PlotlyObject,
  plotlyAxis,
  plotlyText,
} from "./plotly-parts";
import { type SeriesStyle, translucent } from "./series-style";

/**
 * The Plotly specification of a figure, without colours of a theme: the page adds those as a template.
 *
 * A series makes up to three kinds of trace, told apart by `meta.role`: "band", "estimate", and "seed" (hidden until the
 * reader asks for it). `customdata` of an estimate holds each point's [low, high]. A heat map is one trace, with the role
 * "matrix".
 *
 * @param medium thickness of lines, size of marks and texts
 */
export function plotlyFigure(
  figure: Figure,
  styles: ReadonlyMap<string, SeriesStyle>,
  medium: Medium = onScreen,
): PlotlyFigure {
  if (figure.matrix) return plotlyHeatMap(figure, medium);
  if (figure.frames && figure.frames.names.length > 0) return animatedFigure(figure, figure.frames, styles, medium);
  const positions = labelPositions(
    figure,
    medium,
    figure.series.map((series) => diametersOf(series, figure)?.map((diameter) => diameter / plotHeight)),
  );
  const data = figure.series.flatMap((series, place) =>
    seriesTraces(series, place, figure, styles.get(series.name)!, medium, positions[place]!),
  );
  return { data, layout: layoutOf(figure, medium) };
}

/** Milliseconds a frame is shown when the figure is played, including those in which its marks move into place. */
const frameTime = 160;
const moveTime = 120;

/** Only marks move; bands, seeds and axes stand still. */
function animatedFigure(
  figure: SeriesFigure,
  { label, names }: Frames,
  styles: ReadonlyMap<string, SeriesStyle>,
  medium: Medium,
): PlotlyFigure {
  const { frames, ...still } = withStillAxes(figure); // once for all frames
  const drawn = names.map((_, frame) => plotlyFigure(atFrame(still, frame), styles, medium));
  const { data, layout } = drawn.at(-1)!;
  const moving = data.flatMap(({ meta }, trace) => ((meta as { role: string }).role === "estimate" ? [trace] : []));
  const play = (duration: number, move: number) => ({
    mode: "immediate",
    frame: { duration, redraw: false },
    transition: { duration: move },
  });
  return {
    data,
    frames: names.map((name, frame) => ({
      name,
      traces: moving,
      data: moving.map((trace) => {
        const { x, y, text } = drawn[frame]!.data[trace]!;
        return { x, y, text };
      }),
    })),
    layout: {
      ...layout,
      sliders: [
        {
          active: names.length - 1,
          currentvalue: { prefix: `${plotlyText(label)} ` },
          pad: { t: 44, l: 116 },
          steps: names.map((name) => ({ label: plotlyText(name), method: "animate", args: [[name], play(0, 0)] })),
        },
      ],
      updatemenus: [
        {
          type: "buttons",
          direction: "left",
          showactive: false,
          ...{ x: 0, xanchor: "left", y: 0, yanchor: "top", pad: { t: 62 } },
          buttons: [
            { label: "Play", method: "animate", args: [null, { ...play(frameTime, moveTime), fromcurrent: false }] },
            { label: "Stop", method: "animate", args: [[null], play(0, 0)] },
          ],
        },
      ],
    },
  };
}

function seriesTraces(
  series: Series,
  place: number,
  figure: SeriesFigure,
  style: SeriesStyle,
  medium: Medium,
  positions: readonly LabelPosition[],
): PlotlyObject[] {
  const { name, kind, points, published } = series;
  const line = kind === "line";
  const isLabelled = points.some(({ label }) => label !== undefined);
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
    mode: `${line ? "lines+" : ""}markers${isLabelled ? "+text" : ""}`,
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    customdata: points.map(({ low, high }) => [low ?? null, high ?? null]),
    line: { color: style.colour, width: 2 * medium.strokes, dash: style.dash },
    marker: {
      color: style.colour,
      ...markSizes(series, figure, medium),
      symbol: points.map(({ note }) => (note === undefined && !published ? style.marker : `${style.marker}-open`)),
      line: { width: 1.5 * medium.strokes, color: style.colour },
      ...(line && points.length > 60 ? { maxdisplayed: 30 } : {}), // markers tell lines apart; sixty of them hide the line
    },
    ...(line || points.every(({ low }) => low === undefined) ? {} : { error_y: whiskers(points, style, medium) }),
    text: points.map((point) => hoverText(point, name, figure)),
    hovertemplate: "%{text}<extra></extra>",
    // whole marks at the ends of a range that is given, and whole labels
    ...(figure.yAxis.range !== undefined || isLabelled ? { cliponaxis: false } : {}),
    ...(isLabelled
      ? {
          texttemplate: points.map(({ label = "" }) => plotlyText(label)),
          textposition: positions,
          textfont: { size: 10 * medium.texts },
        }
      : {}),
  };
  return [...(line ? bandTrace(series, figure, style, common) : []), ...seeds, estimate];
}

/** Diameter of the mark with the largest area, and the height of a plot on the screen (pixels). */
const largestMark = 44;
const plotHeight = 290;

/** Equal marks, or marks with areas proportional to a quantity, on one scale in all series of the figure. */
function markSizes(series: Series, figure: SeriesFigure, { strokes }: Medium): PlotlyObject {
  const diameters = diametersOf(series, figure);
  if (diameters === undefined) return { size: (series.kind === "line" ? 6 : 7) * strokes };
  return {
    size: diameters.map((diameter) => strokes * diameter),
    opacity: 0.6, // small marks show through large ones
  };
}

/** Diameters on the screen (pixels) of marks with an area; undefined where none has one. */
function diametersOf({ points }: Series, { series }: SeriesFigure): number[] | undefined {
  const largest = Math.max(...series.flatMap((one) => one.points.map(({ area = 0 }) => area)));
  if (!(largest > 0)) return undefined;
  return points.map(({ area = 0 }) => Math.max(4, largestMark * Math.sqrt(area / largest)));
}

/** The band as closed outlines, one for each stretch of points with an interval. */
function bandTrace(series: Series, figure: SeriesFigure, style: SeriesStyle, common: PlotlyObject): PlotlyObject[] {
  const outlines = bandOutlines(series, figure);
  if (outlines.length === 0) return [];
  const joined = (axis: "x" | "y") =>
    outlines.flatMap((outline, i) => [...(i === 0 ? [] : [null]), ...outline.map((corner) => corner[axis])]);
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

function whiskers(points: readonly Point[], style: SeriesStyle, { strokes }: Medium): PlotlyObject {
  return {
    type: "data",
    symmetric: false,
    array: points.map(({ y, high }) => (high === undefined ? null : high - y)),
    arrayminus: points.map(({ y, low }) => (low === undefined ? null : y - low)),
    color: style.colour,
    thickness: 1.5 * strokes,
    width: (points.length > 20 ? 2 : 4) * strokes,
  };
}

function layoutOf(figure: SeriesFigure, medium: Medium): PlotlyObject {
  const { xAxis, yAxis, series } = figure;
  const { dividers } = categoryTicks(xAxis.categories ?? [], medium.letters);
  const references = referenceLines(figure, medium);
  const abscissas = series.flatMap(({ points }) => points.map(({ x }) => x));
  return {
    xaxis: plotlyAxis(xAxis, abscissas, "x", medium),
    yaxis: plotlyAxis(
      yAxis,
      series.flatMap(({ points }) => points.map(({ y }) => y)),
      "y",
      medium,
    ),
    shapes: [
      ...references.map(({ shape }) => shape),
      ...dividers.map((at) => ({
        type: "line",
        xref: "x",
        yref: "paper",
        x0: at,
        x1: at,
        y0: 0,
        y1: 1,
        layer: "below",
        line: { width: medium.strokes, dash: "dot", color: "rgba(128, 128, 128, 0.6)" },
      })),
    ],
    annotations: references.map(({ annotation }) => annotation),
    showlegend: series.length > 1 || series.some(({ published }) => published),
    ...commonLayout(medium),
    ...(standsSideBySide(figure) ? { scattermode: "group", scattergap: 0.35 } : {}),
  };
}

/** Each reference line with its label. */
function referenceLines(figure: SeriesFigure, medium: Medium): { shape: PlotlyObject; annotation: PlotlyObject }[] {
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
      line: { width: 1.5 * medium.strokes, dash: "dash" },
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
      font: { size: 12 * medium.texts },
    },
  }));
}

function hoverText(point: Point, name: string, { xAxis, yAxis, areaLabel }: SeriesFigure): string {
  const { x, y, low, high, note, area, label } = point;
  const number = (value: number | string, isYear = false) =>
    typeof value === "number" && !isYear ? quantity(value) : String(value);
  const interval = low === undefined || high === undefined ? "" : ` [${number(low)}, ${number(high)}]`;
  const lines = [
    `${xAxis.label}: ${number(x, xAxis.years)}`,
    `${yAxis.label}: ${number(y, yAxis.years)}${interval}`,
    ...(area === undefined ? [] : [`${areaLabel ?? "area"}: ${number(area)}`]),
  ];
  return [`<b>${plotlyText(label ?? name)}</b>`, ...lines.map(plotlyText), ...(note ? [plotlyText(note)] : [])].join(
    "<br>",
  );
}
