import type { Figure } from "../figure/figure";
import { type Medium, stillFigure } from "../figure/marks";
import { plotlyFigure } from "../figure/plotly-figure";
import type { PlotlyFigure, PlotlyObject } from "../figure/plotly-parts";
import type { SeriesStyle } from "../figure/series-style";
import { wrapText } from "../html";
import { vectorHeatMap } from "./vector-heat-map";

/** How many columns of a page a figure spans. */
export type PaperColumns = 1 | 2;

/** A figure for paper: what Plotly draws, and its size. */
export interface PaperFigure extends PlotlyFigure {
  /** Width of the whole (mm). */
  readonly width: number;
  /** Height of the plot itself (mm), without legend, ticks and labels. */
  readonly plotHeight: number;
}

interface Page {
  readonly width: number;
  readonly plotHeight: number;
  readonly medium: Medium;
  /** Letters that fit along the plot's width, and along its height. */
  readonly across: number;
  readonly up: number;
}

/** Widths asked for by most journals and proceedings. */
const pages: Readonly<Record<PaperColumns, Page>> = {
  1: { width: 85, plotHeight: 48, medium: { strokes: 0.65, texts: 0.78, ticks: 6, letters: 46 }, across: 44, up: 30 },
  2: {
    width: 178,
    plotHeight: 70,
    medium: { strokes: 0.75, texts: 0.78, ticks: 12, letters: 110 },
    across: 100,
    up: 44,
  },
};

const ink = "#000000";
const point = 96 / 72; // pixels; the browser has 96 an inch
/** Width taken by tick labels and axis label beside the plot (pixels), about. */
const besidePlot = 55;

/**
 * A figure for one or two columns of a page: vectors only, on white, without a title, texts of 7 and 8 points. Series are
 * told apart by dash and marker as well as by colour, at either width.
 */
export function paperFigure(
  figure: Figure,
  styles: ReadonlyMap<string, SeriesStyle>,
  columns: PaperColumns,
): PaperFigure {
  const page = pages[columns];
  const { medium, width, plotHeight } = page;
  const wrapped = wrapLabels(stillFigure(figure), page);
  const named = new Map([...styles].map(([name, style]) => [wrapText(name, page.across), style]));
  const { data, layout } = wrapped.matrix ? vectorHeatMap(wrapped, medium) : plotlyFigure(wrapped, named, medium);
  const shown = data.filter(({ meta }) => (meta as { readonly role?: string } | undefined)?.role !== "seed");
  return {
    width,
    plotHeight,
    data: shown.map((trace) => ({ ...trace, hoverinfo: "skip" })),
    layout: {
      ...layout,
      template: paperTemplate,
      xaxis: thinned(layout.xaxis as PlotlyObject, (width * 96) / 25.4 - besidePlot),
      legend: {
        ...(layout.legend as PlotlyObject | undefined),
        font: { size: 7 * point },
        maxheight: 1,
        tracegroupgap: 2,
      },
      margin: { l: 8, r: 8, t: 6, b: 6 },
    },
  };
}

const axisLines = {
  gridcolor: "#dedede",
  gridwidth: 0.5,
  linecolor: ink,
  linewidth: 0.75,
  zerolinecolor: "#9a9a9a",
  zerolinewidth: 0.75,
  tickcolor: ink,
  tickwidth: 0.75,
  ticklen: 3,
  showline: true,
  ticks: "outside",
  tickfont: { size: 7 * point },
  title: { font: { size: 8 * point } },
};

const paperTemplate = {
  layout: {
    // TrueType: Chromium embeds its outlines as they are; other fonts would become bitmaps or procedures (Type 3).
    font: { color: ink, family: "'Liberation Sans', Arial, Helvetica, 'DejaVu Sans', sans-serif", size: 8 * point },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    xaxis: axisLines,
    yaxis: axisLines,
    shapedefaults: { line: { color: "#555555" } },
  },
  data: {
    scatter: [
      { marker: { colorbar: { tickfont: { size: 7 * point }, title: { font: { size: 8 * point } }, ticklen: 3 } } },
    ],
  },
};

/** A figure whose labels are broken into lines where they are longer than the plot. */
function wrapLabels(figure: Figure, { across, up }: Page): Figure {
  const { xAxis, yAxis } = figure;
  const axes = {
    xAxis: { ...xAxis, label: wrapText(xAxis.label, across) },
    yAxis: { ...yAxis, label: wrapText(yAxis.label, up) },
  };
  if (figure.matrix) {
    return {
      ...figure,
      ...axes,
      matrix: { ...figure.matrix, label: wrapText(figure.matrix.label, up) },
      ...(figure.lines && {
        lines: figure.lines.map((line) => ({ ...line, name: wrapText(line.name, across) })),
      }),
    };
  }
  return {
    ...figure,
    ...axes,
    series: figure.series.map((series) => ({ ...series, name: wrapText(series.name, across) })),
    ...(figure.references && {
      references: figure.references.map(({ y, label }) => ({ y, label: wrapText(label, Math.round(0.6 * across)) })),
    }),
  };
}

/** A categorical axis with few enough of its numbers that they do not touch; names of groups stay. */
function thinned(axis: PlotlyObject, width: number): PlotlyObject {
  const texts = axis.ticktext as readonly string[] | undefined;
  if (axis.type !== "category" || axis.tickangle !== 0 || texts === undefined) return axis;
  if (texts.some((text) => !/^\d/.test(text))) return axis; // names, which are known to fit
  const every = Math.ceil((texts.length * 14) / width);
  const shown = texts.map((text, i) => {
    const [, group] = text.split("<br>");
    return i % every === 0 ? text : group === undefined ? "" : ` <br>${group}`;
  });
  return { ...axis, ticktext: shown };
}
