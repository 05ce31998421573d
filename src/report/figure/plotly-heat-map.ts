import { quantity } from "../../statistics";
import { colourAt, inkOn, matrixColours } from "./colours";
import type { Axis, HeatMap, Matrix, OverlaidLine } from "./figure";
import { cellEdges, type Medium } from "./marks";
import { commonLayout, type PlotlyFigure, type PlotlyObject, plotlyAxis, plotlyText } from "./plotly-parts";
import { lineDash } from "./series-style";

/**
 * The Plotly specification of a heat map: a trace whose `z` are the values or their decimal logarithms and whose
 * `customdata` are the values themselves; then the texts in its cells and the overlaid lines, which do not widen its axes.
 */
export function plotlyHeatMap(figure: HeatMap, medium: Medium): PlotlyFigure {
  const { xAxis, yAxis, matrix, lines = [] } = figure;
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
    text: values.map((row, i) => row.map((value, j) => hover(value, i, j))),
    hovertemplate: "%{text}<extra></extra>",
    colorbar: {
      title: { text: plotlyText(label), side: "right" },
      thickness: 14 * medium.strokes,
      outlinewidth: 0,
      ...(matrix.scale === "log" ? powerTicks(ends) : { exponentformat: "power" }),
    },
  };
  const overlaid = lines.length > 0 || texts !== undefined;
  const plain = { showgrid: false, zeroline: false };
  return {
    data: [trace, ...textTraces(figure, medium), ...overlaidTraces(lines, medium.strokes)],
    layout: {
      xaxis: { ...plotlyAxis(overlaid ? framed(xAxis, x) : xAxis, x, "x", medium), ...plain },
      yaxis: { ...plotlyAxis(overlaid ? framed(yAxis, y) : yAxis, y, "y", medium), ...plain },
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

/** Letters that a cell needs for its whole text. */
const lettersInCell = 18;

/**
 * The texts in the cells, each in the middle of its cell: as a trace of its own, for Plotly would put them beside the middle on a
 * logarithmic axis. Where cells are narrow, their first words.
 */
function textTraces({ xAxis, yAxis, matrix }: HeatMap, { letters, texts: size }: Medium): PlotlyObject[] {
  const { x, y, values, texts } = matrix;
  if (texts === undefined) return [];
  const { scale, level, ends } = matrixColours(matrix);
  const [across, up] = [cellSpans(xAxis, x), cellSpans(yAxis, y)];
  const narrow = letters / x.length < lettersInCell;
  const cells = values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const text = texts[i]?.[j];
      if (text === undefined) return [];
      const height = level(value);
      const colour = height === null ? "#808080" : colourAt(scale, (height - ends[0]) / (ends[1] - ends[0]));
      return [{ x: middleOf(xAxis, across[j]!), y: middleOf(yAxis, up[i]!), text, ink: inkOn(colour) }];
    }),
  );
  return [
    {
      ...{ type: "scatter", mode: "text", meta: { role: "text" }, hoverinfo: "skip", showlegend: false },
      x: cells.map((cell) => cell.x),
      y: cells.map((cell) => cell.y),
      text: cells.map(({ text }) => plotlyText(narrow ? text.split(" ")[0]! : text)),
      textfont: { size: 12 * size, color: cells.map(({ ink }) => ink) },
    },
  ];
}

/** From where to where a cell reaches along an axis. */
export type CellSpan = readonly [from: number, to: number];

/** The spans of the cells along an axis; on a categorical one by index. */
export function cellSpans({ categories, scale }: Axis, places: Matrix["x"]): CellSpan[] {
  if (categories) {
    return places.map((place) => [categories.indexOf(String(place)) - 0.5, categories.indexOf(String(place)) + 0.5]);
  }
  const edges = cellEdges(places.map(Number), scale);
  return edges.slice(1).map((edge, i) => [edges[i]!, edge]);
}

/** The middle of a cell as its axis draws it. */
export function middleOf({ categories, scale }: Axis, [from, to]: CellSpan): number | string {
  if (categories) return categories[Math.round((from + to) / 2)]!;
  return scale === "log" ? Math.sqrt(from * to) : (from + to) / 2;
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
