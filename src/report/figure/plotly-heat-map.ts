import { quantity } from "../../statistics";
import { matrixColours } from "./colours";
import type { Axis, HeatMap, OverlaidLine } from "./figure";
import { cellEdges, type Medium } from "./marks";
import { commonLayout, type PlotlyFigure, type PlotlyObject, plotlyAxis, plotlyText } from "./plotly-parts";
import { lineDash } from "./series-style";

/**
 * The Plotly specification of a heat map: a trace whose `z` are the values or their decimal logarithms and whose
 * `customdata` are the values themselves; then the overlaid lines, which do not widen its axes.
 */
export function plotlyHeatMap({ xAxis, yAxis, matrix, lines = [] }: HeatMap, medium: Medium): PlotlyFigure {
  const { scale, level, ends, blankOpacity } = matrixColours(matrix);
  const { x, y, values, texts, label } = matrix;
  const hover = (value: number | null, row: number, column: number) =>
    value === null
      ? ""
      : [
          `<b>${plotlyText(`${label}: ${quantity(value)}`)}</b>`,
          ...(texts?.[row]?.[column] === undefined ? [] : [plotlyText(texts[row]![column]!)]),
          plotlyText(`${xAxis.label}: ${placeText(x[column]!)}`),
          plotlyText(`${yAxis.label}: ${placeText(y[row]!)}`),
        ].join("<br>");
  const hovers = values.map((row, i) => row.map((value, j) => hover(value, i, j)));
  const trace = {
    type: "heatmap",
    meta: { role: "matrix" },
    x: placesAlong(xAxis, x),
    y: placesAlong(yAxis, y),
    z: values.map((row) => row.map(level)),
    customdata: values,
    zmin: ends[0],
    zmax: ends[1],
    colorscale: scale.map((colour, i) => [i / (scale.length - 1), colour]),
    hoverongaps: false,
    ...(texts === undefined
      ? { text: hovers, hovertemplate: "%{text}<extra></extra>" }
      : {
          text: values.map((row, i) => row.map((_, j) => plotlyText(texts[i]?.[j] ?? ""))),
          texttemplate: "%{text}",
          textfont: { size: 12 * medium.texts },
          hovertext: hovers,
          hovertemplate: "%{hovertext}<extra></extra>",
        }),
    colorbar: {
      title: { text: plotlyText(label), side: "right" },
      thickness: 14 * medium.strokes,
      outlinewidth: 0,
      ...(matrix.scale === "log" ? powerTicks(ends) : { exponentformat: "power" }),
    },
  };
  const plain = { showgrid: false, zeroline: false };
  return {
    data: [trace, ...overlaidTraces(lines, medium.strokes)],
    layout: {
      xaxis: { ...plotlyAxis(lines.length > 0 ? framed(xAxis, x) : xAxis, x, "x", medium), ...plain },
      yaxis: { ...plotlyAxis(lines.length > 0 ? framed(yAxis, y) : yAxis, y, "y", medium), ...plain },
      plot_bgcolor: `rgba(128, 128, 128, ${blankOpacity})`,
      showlegend: lines.length > 0,
      ...commonLayout(medium),
    },
  };
}

function placesAlong({ categories, scale }: Axis, places: readonly (number | string)[]): readonly (number | string)[] {
  return categories ? places.map(String) : cellEdges(places.map(Number), scale);
}

/** An axis that ends where the cells do, unless it has a range of its own. */
function framed(axis: Axis, places: readonly (number | string)[]): Axis {
  if (axis.categories || axis.range || places.length === 0) return axis;
  const edges = cellEdges(places.map(Number), axis.scale);
  return { ...axis, range: [edges[0]!, edges[edges.length - 1]!] };
}

/** Ticks of a colour bar at powers of ten, at most seven; where it spans fewer than two, at its ends. */
function powerTicks([low, high]: readonly [number, number]): PlotlyObject {
  const step = Math.max(1, Math.ceil((high - low) / 6));
  const first = Math.ceil(low / step) * step;
  const powers = Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step);
  if (powers.length < 2)
    return { tickvals: [low, high], ticktext: [low, high].map((end) => plotlyText(quantity(10 ** end))) };
  return { tickvals: powers, ticktext: powers.map((power) => (power === 0 ? "1" : `10<sup>${power}</sup>`)) };
}

function placeText(place: number | string): string {
  return typeof place === "number" ? quantity(place) : place;
}

/** Colours of a line over a heat map: it stands out from every colour of a scale, and in greyscale. */
export const overlaidStroke = { colour: "#000000", casing: "#ffffff" } as const;
/** Its entry in the legend lies on a light or a dark page. */
const legendColour = "#7F7F7F";

/**
 * The traces of lines over a heat map: for each a light casing, the line itself, and its entry in the legend. They show
 * nothing on hover, so that the cells below can.
 *
 * @param strokes factor on the thickness of lines
 */
function overlaidTraces(lines: readonly OverlaidLine[], strokes = 1): PlotlyObject[] {
  return lines.flatMap(({ name, points }, place) => {
    const common = {
      ...{ type: "scatter", mode: "lines", name: plotlyText(name), legendgroup: `line ${place}`, hoverinfo: "skip" },
      meta: { role: "overlay" },
    };
    const places = { x: points.map(({ x }) => x), y: points.map(({ y }) => y), showlegend: false };
    const dash = lineDash(place);
    return [
      { ...common, ...places, line: { color: overlaidStroke.casing, width: 4 * strokes } },
      { ...common, ...places, line: { color: overlaidStroke.colour, width: 1.75 * strokes, dash } },
      { ...common, x: [null], y: [null], line: { color: legendColour, width: 1.75 * strokes, dash } },
    ];
  });
}
