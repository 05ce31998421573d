import { quantity } from "../../statistics";
import type { Axis } from "./figure";

/** An axis of a small drawing: positions as shares of its length, from 0 to 1. */
interface AxisShares {
  /** Where a value lies; not finite where the axis cannot show it. */
  readonly shareOf: (value: number | string) => number;
  /** Share of the axis between two neighbouring categories; 0 on a numeric axis. */
  readonly pitch: number;
  /** A few ticks, ascending; none on a categorical axis. */
  readonly ticks: readonly { readonly share: number; readonly text: string }[];
}

/**
 * @param values what is drawn along the axis; those it cannot show do not count
 * @param margin share of the axis left free at each end, where the axis has no range of its own
 */
export function axisShares(axis: Axis, values: readonly (number | string)[], margin: number): AxisShares {
  if (axis.categories) {
    const places = new Map(axis.categories.map((name, i) => [name, (i + 0.5) / axis.categories!.length]));
    return {
      shareOf: (name) => places.get(String(name)) ?? Number.NaN,
      pitch: 1 / Math.max(1, places.size),
      ticks: [],
    };
  }
  const log = axis.scale === "log";
  const level = (value: number | string) => (log ? Math.log10(Number(value)) : Number(value));
  const [low, high] = span((axis.range ?? values).map(level).filter(Number.isFinite), log);
  const spare = axis.range ? 0 : margin / (1 - 2 * margin);
  const [from, to] = [low - spare * (high - low), high + spare * (high - low)];
  const shareOfLevel = (at: number) => (at - from) / (to - from);
  const ticks = (log ? logarithmicTicks(from, to) : linearTicks(from, to, axis))
    .map(({ at, text }) => ({ share: shareOfLevel(at), text }))
    .filter(({ share }) => share >= -1e-6 && share <= 1 + 1e-6);
  return { shareOf: (value) => shareOfLevel(level(value)), pitch: 0, ticks };
}

/** The smallest and the largest of some values; Infinity and -Infinity without any. */
export function extent(values: readonly number[]): [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** The smallest of 1, 2 and 5 times a power of ten that is at least a number. @param least above 0 */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9))!;
}

/** The smallest and the largest value; a span of 1 about a single one, or about values that only rounding tells apart. */
function span(levels: readonly number[], log: boolean): [low: number, high: number] {
  if (levels.length === 0) return [0, 1];
  const [low, high] = extent(levels);
  const least = log ? 1e-3 : 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  return high - low > least ? [low, high] : [(low + high - 1) / 2, (low + high + 1) / 2];
}

/** A tick: the value, or its decimal logarithm on a logarithmic axis, with its text. */
interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Multiples of 1, 2 or 5 times a power of ten, at most five within the axis. */
function linearTicks(from: number, to: number, { integers = false, years = false }: Axis): Tick[] {
  return multiples(from, to, integers || years).map((at) => ({ at, text: years ? String(at) : quantity(at) }));
}

/** Powers of ten, at most five within the axis; where fewer than two lie there, 1, 2 and 5 times one. */
function logarithmicTicks(from: number, to: number): Tick[] {
  const step = Math.max(1, Math.ceil((to - from) / 4));
  const powers = multiples(from / step, to / step, true).map((multiple) => Math.round(multiple) * step);
  if (powers.length > 1) return powers.map((at) => ({ at, text: powerText(at) }));
  const first = Math.floor(from);
  return [first, first + 1].flatMap((power) =>
    [1, 2, 5].map((factor) => ({ at: power + Math.log10(factor), text: quantity(factor * 10 ** power) })),
  );
}

function multiples(from: number, to: number, integers: boolean): number[] {
  const step = roundStep(Math.max((to - from) / 4, integers ? 1 : 0));
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.min(5, Math.max(0, count)) }, (_, i) => (first + i) * step);
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** "0.01"; "10⁻⁴" where the number would be long. */
function powerText(power: number): string {
  if (Math.abs(power) < 4) return quantity(10 ** power);
  const digits = [...String(Math.abs(power))].map((digit) => superscripts[Number(digit)]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}
