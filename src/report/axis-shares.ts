import { quantity } from "../statistics";
import type { Axis } from "./figure";

/** An axis of a small drawing: shares of its length, from 0 to 1. */
export interface AxisShares {
  /** Where a value lies; not finite where the axis cannot show it. */
  readonly shareOf: (value: number | string) => number;
  /** Share of the axis between two neighbouring categories; 0 on an axis of numbers. */
  readonly pitch: number;
  /** A few ticks, ascending; none on an axis of categories. */
  readonly ticks: readonly { readonly share: number; readonly text: string }[];
}

/**
 * @param values what is to lie on the axis; those it cannot show do not count
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
  const [low, high] = span((axis.range ?? values).map(level).filter(Number.isFinite));
  const spare = axis.range ? 0 : margin / (1 - 2 * margin);
  const [from, to] = [low - spare * (high - low), high + spare * (high - low)];
  const shareOf = (value: number | string) => (level(value) - from) / (to - from);
  const places = log ? logarithmicTicks(from, to) : linearTicks(from, to, axis.integers ?? false);
  return { shareOf, pitch: 0, ticks: places.map((place) => ({ share: shareOf(place), text: tickText(place, log) })) };
}

/** The smallest and the largest value; a span of 1 about a single one. */
function span(levels: readonly number[]): [low: number, high: number] {
  if (levels.length === 0) return [0, 1];
  const [low, high] = levels.reduce(
    ([least, most], one) => [Math.min(least, one), Math.max(most, one)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

/** At most five multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(from: number, to: number, integers: boolean): number[] {
  const wanted = Math.max((to - from) / 4, integers ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= wanted * (1 - 1e-9))!;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.min(5, Math.max(0, count)) }, (_, i) => (first + i) * step);
}

/** At most five powers of ten; where fewer than two lie within, 1, 2 and 5 times one. */
function logarithmicTicks(from: number, to: number): number[] {
  const step = Math.max(1, Math.ceil((to - from) / 4));
  const powers = linearTicks(from / step, to / step, true).map((power) => 10 ** (Math.round(power) * step));
  if (powers.length > 1) return powers;
  const first = Math.floor(from);
  const finer = [0, 1].flatMap((more) => [1, 2, 5].map((factor) => factor * 10 ** (first + more)));
  return finer.filter((place) => Math.log10(place) >= from - 1e-9 && Math.log10(place) <= to + 1e-9);
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** "50", "0.2"; powers of ten that would be long as "10⁻⁴". */
function tickText(place: number, log: boolean): string {
  const power = Math.round(Math.log10(place));
  if (!log || Math.abs(power) < 4 || Math.abs(Math.log10(place) - power) > 1e-9) return quantity(place);
  const digits = [...String(Math.abs(power))].map((digit) => superscripts[Number(digit)]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}
