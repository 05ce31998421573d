import type { Interval } from "./mean-interval";

/**
 * A number for people, with its unit: three significant digits, whole numbers whole, thousands grouped.
 *
 * @example quantity(0.6123, "points") // "0.612 points"
 */
export function quantity(value: number, unit = ""): string {
  return withUnit(plainNumber(value), unit);
}

/**
 * An interval for people: "0.61 points [0.42, 0.88] (5 seeds)".
 *
 * All three numbers have as many decimals as show the interval's width in two digits. One seed has no interval, so none
 * is written: "0.61 points (1 seed)".
 */
export function intervalText(interval: Interval, unit = ""): string {
  return `${intervalNumbers(interval, unit)} (${seedCount(interval.count)})`;
}

/** As `intervalText`, without the number of seeds: "0.61 points [0.42, 0.88]". */
export function intervalNumbers({ estimate, low, high, count }: Omit<Interval, "confidence">, unit = ""): string {
  if (count < 2) return quantity(estimate, unit);
  const [middle, from, to] = alike([estimate, low, high], high - low) as [string, string, string];
  return `${withUnit(middle, unit)} [${from}, ${to}]`;
}

/** "1 seed", "5 seeds". */
export function seedCount(count: number): string {
  return `${count} seed${count === 1 ? "" : "s"}`;
}

function withUnit(number: string, unit: string): string {
  return unit === "" ? number : `${number} ${unit}`;
}

function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return exponential(value);
  return fixed(value, Number.isInteger(value) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size))), true);
}

/** Numbers of one interval, with equal decimals. */
function alike(values: readonly number[], width: number): string[] {
  if (!(width > 0)) return values.map(plainNumber);
  const size = Math.max(...values.map(Math.abs));
  if (size < 1e-3 || size >= 1e9) return values.map(exponential);
  const decimals = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(width))));
  return values.map((value) => fixed(value, decimals, false));
}

function exponential(value: number): string {
  return value === 0 ? "0" : value.toExponential(2).replace("e+", "e");
}

function fixed(value: number, decimals: number, trim: boolean): string {
  const text = numberFormat(decimals, trim).format(value);
  return /^-[0.]+$/.test(text) ? text.slice(1) : text; // "-0.00" says nothing that "0.00" does not
}

/** Making one takes 30 times as long as using it, and a report shows thousands of numbers. */
function numberFormat(decimals: number, trim: boolean): Intl.NumberFormat {
  const key = `${decimals} ${trim}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat("en-US", {
      minimumFractionDigits: trim ? 0 : decimals,
      maximumFractionDigits: decimals,
    });
    numberFormats.set(key, format);
  }
  return format;
}

const numberFormats = new Map<string, Intl.NumberFormat>();
