/** Small figures as SVG, drawn from numbers. Their colours are the page's. */
import type { Curve } from "../page-data";

/** A curve, or marks, as a figure shows them. */
export interface Drawn extends Curve {
  readonly label: string;
  /** `own`: measured by this project; `paper`: published; `cuts`: what the reader has tried. */
  readonly kind: "own" | "paper" | "cuts";
}

interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly text?: (tick: number) => string;
}

/** Published values that are known within bounds only. */
export interface Range {
  readonly x: number;
  readonly low: number;
  /** Null where no more is known than that it lies above. */
  readonly high: number | null;
}

interface LineFigure {
  /** What it shows, for those who do not see it. */
  readonly description: string;
  readonly x: Axis;
  readonly drawn: readonly Drawn[];
  readonly ranges?: readonly Range[];
  /** A part of the x axis that is shaded. */
  readonly shaded?: readonly [from: number, to: number];
}

const [width, height] = [380, 230];
const inner = { left: 40, right: width - 12, top: 10, bottom: height - 40 };

const errorAxis: Axis = { label: "test error (%)", from: 0, to: 100, ticks: [0, 25, 50, 75, 100] };

/** Test errors over something, with what others published. */
export function lineFigure({ description, x, drawn, ranges = [], shaded }: LineFigure): string {
  const [across, up] = [scaleOf(x, inner.left, inner.right), scaleOf(errorAxis, inner.bottom, inner.top)];
  const curves = drawn.map(({ kind, x: xs, y: ys }) => {
    const points = xs.map((value, i) => [across(value), up(ys[i]!)] as const);
    if (kind !== "cuts")
      return `<polyline class="curve ${kind}" points="${points.map((one) => one.join(",")).join(" ")}"/>`;
    return points
      .map(([left, top], i) =>
        i === points.length - 1
          ? `<circle class="cut now" cx="${left}" cy="${top}" r="6"/>`
          : `<circle class="cut" cx="${left}" cy="${top}" r="3.5"/>`,
      )
      .join("");
  });
  const bars = ranges.map((range) => {
    const [left, low] = [across(range.x), up(range.low)];
    const high = range.high === null ? low - 26 : up(range.high);
    const top =
      range.high === null
        ? `M${left - 5} ${high + 7}L${left} ${high}L${left + 5} ${high + 7}`
        : `M${left - 5} ${high}h10`;
    return `<path class="range" d="M${left - 5} ${low}h10M${left} ${low}V${high}${top}"/>`;
  });
  const shade = shaded ? [...shaded].map(across).sort((one, other) => one - other) : null;
  return figure(
    description,
    `${shade ? `<rect class="shaded" x="${shade[0]}" y="${inner.top}" width="${shade[1]! - shade[0]!}" height="${inner.bottom - inner.top}"/>` : ""}
    ${axes(x, errorAxis)}${curves.join("")}${bars.join("")}`,
  );
}

interface BarFigure {
  readonly description: string;
  readonly x: { readonly label: string; readonly names: readonly string[] };
  readonly y: Axis;
  /** One or two heights for each name, the second in front of the first. */
  readonly bars: readonly { readonly heights: readonly number[]; readonly hollow?: boolean }[];
  /** A line across at a published value. */
  readonly across?: number;
}

/** Bars over names. */
export function barFigure({ description, x, y, bars, across }: BarFigure): string {
  const up = scaleOf(y, inner.bottom, inner.top);
  const step = (inner.right - inner.left) / bars.length;
  const drawn = bars.flatMap(({ heights, hollow }, i) =>
    heights.map((value, layer) => {
      const kind = hollow ? "bar hollow" : layer === heights.length - 1 ? "bar" : "bar behind";
      const left = inner.left + (i + 0.15) * step;
      return `<rect class="${kind}" x="${left}" y="${up(value)}" width="${0.7 * step}" height="${inner.bottom - up(value)}"/>`;
    }),
  );
  const every = Math.ceil(bars.length / 16);
  const names = x.names.map((name, i) =>
    i % every === 0 ? text(inner.left + (i + 0.5) * step, inner.bottom + 14, "middle", name) : "",
  );
  const line =
    across === undefined ? "" : `<path class="curve paper" d="M${inner.left} ${up(across)}H${inner.right}"/>`;
  return figure(
    description,
    `${axes({ label: x.label, from: 0, to: 1, ticks: [] }, y)}${drawn.join("")}${names.join("")}${line}`,
  );
}

function figure(description: string, content: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(description)}">${content}</svg>`;
}

function axes(x: Axis, y: Axis): string {
  const [across, up] = [scaleOf(x, inner.left, inner.right), scaleOf(y, inner.bottom, inner.top)];
  const grid = y.ticks.map((tick) => `<path class="grid" d="M${inner.left} ${up(tick)}H${inner.right}"/>`);
  const left = y.ticks.map((tick) => text(inner.left - 6, up(tick) + 4, "end", textOf(y, tick)));
  const below = x.ticks.map((tick) => text(across(tick), inner.bottom + 14, "middle", textOf(x, tick)));
  const middle = (inner.top + inner.bottom) / 2;
  return `${grid.join("")}${left.join("")}${below.join("")}
    ${text((inner.left + inner.right) / 2, height - 6, "middle", x.label)}
    <text x="${-middle}" y="11" transform="rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`;
}

function textOf({ text = String }: Axis, tick: number): string {
  return text(tick);
}

function text(x: number, y: number, anchor: "middle" | "end", content: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** Place of a value between two pixels, rounded to tenths. */
function scaleOf({ from, to }: Axis, first: number, last: number): (value: number) => number {
  return (value) => Math.round(10 * (first + ((value - from) / (to - from)) * (last - first))) / 10;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
