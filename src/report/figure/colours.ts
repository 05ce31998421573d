import { extent } from "./axis-shares";
import type { Matrix } from "./figure";

/** A colour scale, from its low to its high end, at equal distances: `#rrggbb`. */
type ColourScale = readonly string[];

/**
 * For quantities with a low and a high end: cividis, every 16th of its 256 colours. Its lightness rises evenly, and it looks
 * much the same with and without red-green colour blindness.
 *
 * Source: Nuñez, Anderton & Renslow 2018, PLoS ONE 13(7):e0199239.
 */
// biome-ignore format: a table
export const sequentialColours: ColourScale = [
  "#00224e", "#002e6a", "#1a386f", "#32436d", "#434e6c", "#52596d", "#61656f", "#6f7073", "#7c7b78",
  "#8b8778", "#9b9376", "#aba072", "#bbad6c", "#ccba64", "#ddc958", "#efd748", "#fee838",
];

/**
 * For quantities on both sides of a middle: vik, every 16th of its 256 colours. Blue below, brown above, near white between;
 * steps look equal on both sides, with red-green colour blindness, too.
 *
 * Source: Crameri 2018, Scientific colour maps, doi:10.5281/zenodo.1243862; Crameri, Shephard & Heron 2020,
 * Nature Communications 11:5444.
 */
// biome-ignore format: a table
export const divergingColours: ColourScale = [
  "#001261", "#022b71", "#034481", "#0c5e92", "#2f7ca6", "#609dbc", "#92bdd2", "#c5dbe5", "#ece5e1",
  "#e9cbb9", "#dcab8f", "#cf8e68", "#c37243", "#b3531f", "#932e06", "#741506", "#590008",
];

/** The colour at a share of a scale, between its neighbours there; shares outside [0, 1] have the end's colour. */
export function colourAt(scale: ColourScale, share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = Math.min(Math.floor(place), scale.length - 2);
  const [from, to] = [channelsOf(scale[below]!), channelsOf(scale[below + 1]!)];
  const mixed = from.map((channel, i) => Math.round(channel + (place - below) * (to[i]! - channel)));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Red, green and blue of "#rrggbb", each from 0 to 255. */
export function channelsOf(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** White or black, whichever contrasts more with a colour: at least 4.58 to 1 (WCAG 2.1, relative luminance). */
export function inkOn(colour: string): string {
  const [red, green, blue] = channelsOf(colour).map((channel) =>
    channel <= 10 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < Math.sqrt(0.05 * 1.05) - 0.05 ? "#ffffff" : "#000000";
}

/** How the values of a matrix become colours. */
interface MatrixColours {
  readonly scale: ColourScale;
  /** The quantity that the colours are linear in: the value or its decimal logarithm; null where there is no colour. */
  readonly level: (value: number | null) => number | null;
  /** Levels of the scale's ends, low before high. */
  readonly ends: readonly [number, number];
  /**
   * Opacity of the middle grey behind the cells, so that a cell without a value has neither the colour of the page nor one of
   * the scale: a light grey would be taken for the middle of a diverging scale.
   */
  readonly blankOpacity: number;
}

/**
 * The colours of a matrix. A diverging scale reaches equally far to both sides of its middle; a matrix of one value lies in
 * the middle of its scale.
 */
export function matrixColours({ values, scale, colours, middle, range }: Matrix): MatrixColours {
  const log = scale === "log";
  const level = (value: number | null) => {
    if (value === null || !Number.isFinite(value) || (log && value <= 0)) return null;
    return log ? Math.log10(value) : value;
  };
  const found = (range ?? values.flat()).map(level).filter((one) => one !== null);
  const [low, high] = extent(found);
  if (colours === "diverging") {
    const centre = level(middle ?? (log ? 1 : 0)) ?? 0;
    const reach = Math.max(0, ...[low, high].filter(Number.isFinite).map((end) => Math.abs(end - centre))) || 1;
    return { scale: divergingColours, level, ends: [centre - reach, centre + reach], blankOpacity: 0.45 };
  }
  const ends: readonly [number, number] = low < high ? [low, high] : found.length > 0 ? [low - 0.5, low + 0.5] : [0, 1];
  return { scale: sequentialColours, level, ends, blankOpacity: 0.2 };
}

/** Cells that hold a value without a colour: at or below zero on a logarithmic scale, or not finite. */
export function colourlessCells(matrix: Matrix): number {
  const { level } = matrixColours(matrix);
  return matrix.values.flat().filter((value) => value !== null && level(value) === null).length;
}
