/** What Plotly specifications are made of: their types, texts, axes, and the layout that all of them share. */
import { plainText } from "../html";
import { extent, roundStep } from "./axis-shares";
import type { Axis } from "./figure";
import { type Medium, onScreen } from "./marks";

/** A Plotly specification: what `Plotly.newPlot` and `plotly.io.from_json` take. */
export interface PlotlyFigure {
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
  /** Of an animated figure; `data` are then those of the last one. */
  readonly frames?: readonly PlotlyObject[];
}

export type PlotlyObject = { readonly [attribute: string]: unknown };

/** Legend above the plot, margins, hover: the same in every figure. */
export function commonLayout({ strokes }: Medium): PlotlyObject {
  return {
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", itemwidth: 44 * strokes },
    hovermode: "closest",
    margin: { l: 64, r: 16, t: 24, b: 56 },
  };
}

/**
 * A text for Plotly, which reads a few tags and entities in its texts: it is shown as it is, but for what the XML of an SVG
 * cannot hold.
 */
export function plotlyText(text: string): string {
  const lines = text.split("\n").map((line) => escapeTags(plainText(line)));
  return lines.join("<br>").replaceAll("%{", "%&#123;"); // titles are templates: a name in braces would be looked up
}

function escapeTags(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/**
 * An axis of a Plotly layout, without colours.
 *
 * @param values what is drawn along it: chooses the ticks of an integer axis
 * @param direction names of categories are shortened below an x axis, never beside a y axis
 */
export function plotlyAxis(
  axis: Axis,
  values: readonly (number | string)[],
  direction: "x" | "y",
  medium: Medium,
): PlotlyObject {
  const { label, categories } = axis;
  if (categories === undefined) return axisOf(axis, values, medium);
  const { beginning, ...ticks } =
    direction === "x" ? categoryTicks(categories, medium.letters) : { beginning: "", texts: categories, angle: 0 };
  const named = beginning === "" ? label : `${label} (${beginning}\u2026)`;
  return { ...axisOf({ ...axis, label: named }, values, medium), ...categoryAxis(categories, ticks, medium) };
}

function axisOf(
  { label, scale, range, integers, years }: Axis,
  values: readonly (number | string)[],
  { ticks, strokes }: Medium,
): PlotlyObject {
  const log = scale === "log";
  const numbers = values.filter((value) => typeof value === "number");
  return {
    title: { text: plotlyText(label), standoff: 10 * strokes },
    type: log ? "log" : "linear",
    automargin: true,
    exponentformat: "power",
    zeroline: !log,
    ...(years && numbers.length > 0 && range === undefined ? { range: aroundYears(numbers), tickformat: "d" } : {}),
    ...(range === undefined ? {} : { range: log ? range.map(Math.log10) : range }),
    ...(integers && !years ? integerTicks(numbers, log, range, ticks) : log ? logarithmicTicks(range ?? numbers) : {}),
  };
}

/** From a little before the first year to a little after the last, so that an axis has nothing else to show. */
function aroundYears(years: readonly number[]): [from: number, to: number] {
  const [first, last] = extent(years);
  const room = Math.max(1, Math.ceil((last - first) / 20));
  return [first - room, last + room];
}

/**
 * Ticks at 1, 2 and 5 times the powers of ten, written out: over few orders of magnitude Plotly would label the powers in
 * another size and manner than the ticks between. Over more, and for numbers too long to write out, the powers are enough.
 */
function logarithmicTicks(values: readonly number[]): PlotlyObject {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const [least, most] = extent(positive);
  if (positive.length === 0 || most / least > 2000 || least < 1e-3 || most > 1e6) return {};
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const tickvals: number[] = [];
  for (let power = first; power <= last; power++) {
    for (const digit of [1, 2, 5]) tickvals.push(Number(`${digit}e${power}`)); // 0.2 as it is written, not 2 * 0.1
  }
  return {
    tickmode: "array",
    tickvals,
    ticktext: tickvals.map((value) => value.toLocaleString("en-GB", { maximumFractionDigits: 4 })),
  };
}

/** Ticks at integers; on a logarithmic axis at the values themselves, where they are few. */
function integerTicks(
  values: readonly number[],
  log: boolean,
  range: readonly number[] | undefined,
  most: number,
): PlotlyObject {
  const distinct = [...new Set(values)].sort((left, right) => left - right);
  if (log)
    return distinct.length <= most ? { tickmode: "array", tickvals: distinct, ticktext: distinct.map(String) } : {};
  const [from, to] = [range?.[0] ?? distinct[0] ?? 0, range?.[1] ?? distinct[distinct.length - 1] ?? 1];
  const step = roundStep(Math.max(1, (to - from) / most));
  return { tickmode: "linear", tick0: 0, dtick: Math.max(1, Math.round(step)), tickformat: ",d" };
}

function categoryAxis(
  categories: readonly string[],
  ticks: Pick<CategoryTicks, "texts" | "angle">,
  { strokes }: Medium,
): PlotlyObject {
  return {
    type: "category",
    categoryorder: "array",
    categoryarray: categories,
    range: [-0.5, categories.length - 0.5],
    tickmode: "array",
    tickvals: categories,
    ticktext: ticks.texts.map(plotlyText),
    tickangle: ticks.angle,
    ticklabelstandoff: 4 * strokes,
    showgrid: false,
  };
}

/** Ticks of a categorical axis: their texts, and how they are turned. */
interface CategoryTicks {
  readonly texts: readonly string[];
  /** What all names begin with, and the texts leave out; empty where these are the names. */
  readonly beginning: string;
  /** Degrees; 0 is horizontal. */
  readonly angle: number;
  /** Places between groups, in categories: 9.5 lies between the tenth and the eleventh. */
  readonly dividers: readonly number[];
}

/**
 * Tick texts that fit under a figure.
 *
 * Blocks ("stage1/block1", "stage1/block2", ...) are written by their number, the stage once under its middle block,
 * with a divider between stages: thirty such names would otherwise overlap. Other names are written in full, and turned where
 * together they are wider than the figure; without what all of them begin with, "encoder.layers.encoder_layer_", where turned ones
 * would take the plot's place.
 *
 * @param room letters that fit in one line under the figure
 */
export function categoryTicks(categories: readonly string[], room: number = onScreen.letters): CategoryTicks {
  const groups = numberedGroups(categories);
  if (groups === undefined) {
    const letters = categories.reduce((sum, name) => sum + name.length + 2, 0);
    const isLong = letters > room && categories.some((name) => name.length > longestTurned);
    const beginning = isLong ? commonBeginning(categories) : "";
    const texts = categories.map((name) => name.slice(beginning.length));
    return { texts, beginning, angle: letters <= room ? 0 : -45, dividers: [] };
  }
  const texts = groups.flatMap(({ name, numbers }) => {
    const middle = Math.floor((numbers.length - 1) / 2);
    return numbers.map((number, i) => (i === middle ? `${number}\n${name}` : number));
  });
  let end = 0;
  const ends = groups.map(({ numbers }) => {
    end += numbers.length;
    return end - 0.5;
  });
  return { texts, beginning: "", angle: 0, dividers: ends.slice(0, -1) };
}

/** Letters of a turned name that leave the plot its place. */
const longestTurned = 24;

/** What all names begin with, up to a mark between words. */
function commonBeginning(names: readonly string[]): string {
  const [first = "", ...others] = names;
  const agrees = (length: number) => others.every((name) => name.startsWith(first.slice(0, length)));
  const ends = [...first.matchAll(/[^a-zA-Z0-9]/g)].map(({ index }) => index + 1).filter(agrees);
  return first.slice(0, ends.at(-1) ?? 0);
}

/** Names of the form "group/word7", those of a group in sequence; undefined where not all names are of this form. */
function numberedGroups(categories: readonly string[]): { name: string; numbers: string[] }[] | undefined {
  const groups: { name: string; word: string; numbers: string[] }[] = [];
  for (const category of categories) {
    const [, name, word, number] = /^([^/]+)\/([^/\d]*)(\d+)$/.exec(category) ?? [];
    if (name === undefined || word === undefined || number === undefined) return undefined;
    const last = groups[groups.length - 1];
    if (last?.name === name && last.word === word) last.numbers.push(number);
    else groups.push({ name, word, numbers: [number] });
  }
  const distinct = new Set(groups.map(({ name }) => name)).size === groups.length;
  // A stage's name needs about the room of four numbers, or neighbouring names would touch.
  const roomy = groups.every(({ name, numbers }) => groups.length < 2 || numbers.length * 3 >= name.length);
  return distinct && roomy && new Set(groups.map(({ word }) => word)).size === 1 ? groups : undefined;
}
