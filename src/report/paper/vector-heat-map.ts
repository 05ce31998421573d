import { quantity } from "../../statistics";
import { colourAt, inkOn, matrixColours } from "../figure/colours";
import type { Axis, HeatMap, Matrix } from "../figure/figure";
import type { Medium } from "../figure/marks";
import { type CellSpan, cellSpans, middleOf, plotlyHeatMap } from "../figure/plotly-heat-map";
import { type PlotlyFigure, type PlotlyObject, plotlyText } from "../figure/plotly-parts";

/**
 * As `plotlyHeatMap`, but with cells as shapes, where Plotly draws an image of pixels. Both ends of a diverging scale are
 * dark, so cells below its middle are marked by a dot: the two sides can be told apart in greyscale.
 */
export function vectorHeatMap(figure: HeatMap, medium: Medium): PlotlyFigure {
  const { xAxis, yAxis, matrix } = figure;
  const { data, layout } = plotlyHeatMap(figure, medium);
  const { scale, level, ends } = matrixColours(matrix);
  const [across, up] = [cellSpans(xAxis, matrix.x), cellSpans(yAxis, matrix.y)];
  const cells = matrix.values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const height = level(value);
      if (height === null) return [];
      const share = (height - ends[0]) / (ends[1] - ends[0]);
      return [{ x: across[j]!, y: up[i]!, share, colour: colourAt(scale, share) }];
    }),
  );
  const shapes = cells.map(({ x, y, colour }) => ({
    type: "rect",
    layer: "below",
    x0: x[0],
    x1: x[1],
    y0: y[0],
    y1: y[1],
    fillcolor: colour,
    line: { width: 0.3, color: colour }, // closes the hairline that viewers leave between neighbours
  }));
  const diverging = matrix.colours === "diverging";
  const dotted = diverging && matrix.texts === undefined;
  const below = dotted ? cells.filter(({ share }) => share < 0.5) : [];
  const dots = {
    ...{ type: "scatter", mode: "markers", hoverinfo: "skip", showlegend: false },
    x: below.map(({ x }) => middleOf(xAxis, x)),
    y: below.map(({ y }) => middleOf(yAxis, y)),
    marker: { symbol: "circle", size: 1.5, color: below.map(({ colour }) => inkOn(colour)) },
  };
  return {
    data: [
      colourBar(data[0]!, below.length > 0 ? ` (dotted: below ${middleText(matrix)})` : "", matrix),
      dots,
      ...data.slice(1), // texts and lines over the cells
    ],
    layout: {
      ...layout,
      xaxis: { ...(layout.xaxis as PlotlyObject), ...rangeOf(xAxis, across) },
      yaxis: { ...(layout.yaxis as PlotlyObject), ...rangeOf(yAxis, up) },
      shapes,
    },
  };
}

/** The range of an axis over all cells; a categorical axis and one with a range of its own keep theirs. */
function rangeOf({ categories, range, scale }: Axis, spans: readonly CellSpan[]): PlotlyObject {
  if (categories || range || spans.length === 0) return {};
  const ends = [spans[0]![0], spans[spans.length - 1]![1]];
  return { range: scale === "log" ? ends.map(Math.log10) : ends };
}

/** A trace that draws nothing but the colour bar of the one given. */
function colourBar(
  { zmin, zmax, colorscale, colorbar }: PlotlyObject,
  remark: string,
  { label }: Matrix,
): PlotlyObject {
  const bar = colorbar as PlotlyObject;
  return {
    ...{ type: "scatter", mode: "markers", hoverinfo: "skip", showlegend: false, x: [null], y: [null] },
    marker: {
      color: [zmin],
      cmin: zmin,
      cmax: zmax,
      colorscale,
      showscale: true,
      colorbar: { ...bar, title: { ...(bar.title as PlotlyObject), text: plotlyText(`${label}${remark}`) } },
    },
  };
}

function middleText({ middle, scale }: Matrix): string {
  return quantity(middle ?? (scale === "log" ? 1 : 0));
}
