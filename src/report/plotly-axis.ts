import { categoryTicks } from "./category-ticks";
import type { Axis } from "./figure";
import type { PlotlyObject } from "./plotly-figure";

/** Plotly reads a few tags and entities in its texts; names of series and axes are to stand as they are. */
export function plotlyText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");
}

/**
 * An axis of a Plotly layout, without colours.
 *
 * @param values what is drawn along it: chooses the ticks of an axis of whole numbers
 * @param direction names of categories lie below an axis of x and stand whole beside one of y
 */
export function plotlyAxis(axis: Axis, values: readonly (number | string)[], direction: "x" | "y"): PlotlyObject {
  const { categories } = axis;
  return { ...axisOf(axis, values), ...(categories === undefined ? {} : categoryAxis(categories, direction)) };
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

function categoryAxis(categories: readonly string[], direction: "x" | "y"): PlotlyObject {
  const ticks = direction === "x" ? categoryTicks(categories) : { texts: categories, angle: 0 };
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
