import { type ColourScale, divergingColours, sequentialColours } from "./colour-scale";
import type { Matrix } from "./figure";

/** How the values of a matrix become colours. */
export interface MatrixColours {
  readonly scale: ColourScale;
  /** The quantity that the colours are linear in: the value or its decimal logarithm; null where there is no colour. */
  readonly level: (value: number | null) => number | null;
  /** Levels of the scale's ends, low before high. */
  readonly ends: readonly [number, number];
  /**
   * Opacity of the middle grey behind the cells, so that one without a value is neither paper nor of the scale: a light grey
   * would be taken for the middle of a diverging scale.
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
  const [low, high] = found.reduce(
    ([least, most], one) => [Math.min(least, one), Math.max(most, one)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
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
