import type { OverlaidLine } from "./figure";
import { plotlyText } from "./plotly-axis";
import type { PlotlyObject } from "./plotly-figure";
import { lineDash } from "./series-style";

/** What a line over a heat map is drawn with: it stands out from every colour of a scale, and in grey as well. */
export const overlaidStroke = { colour: "#000000", casing: "#ffffff" } as const;
/** Its sample in the legend lies on light or on dark paper. */
const legendColour = "#7F7F7F";

/**
 * The traces of lines over a heat map: for each a light casing, the line itself, and its sample for the legend. They say
 * nothing on hover, so that the cells below them can.
 *
 * @param strokes factor on the thickness of lines
 */
export function overlaidTraces(lines: readonly OverlaidLine[], strokes = 1): PlotlyObject[] {
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
