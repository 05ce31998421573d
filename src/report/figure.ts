/**
 * A figure of a report: a Plotly specification with everything a reader needs beside it.
 *
 * Colours are not chosen by the experiment: a trace names its series and the report gives it a colour of the Okabe-Ito
 * palette, a dash and a marker, the same in every figure of the page, in the light and in the dark theme.
 */
export interface Figure {
  /** File stem and anchor: "error-by-deleted-block". */
  readonly id: string;
  /** The finding, as a sentence: "One missing block hardly hurts the residual network". */
  readonly title: string;
  /** What the marks, lines and bands are, and how many seeds stand behind them. */
  readonly caption: string;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly series: readonly Series[];
  /** Horizontal reference lines: chance level, a rule's border. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
}

export interface Axis {
  /** With its unit in brackets: "test error (%)". */
  readonly label: string;
  readonly scale?: "linear" | "log";
  /** Categories in their order, where the axis is not numeric. */
  readonly categories?: readonly string[];
  readonly range?: readonly [number, number];
  /** Ticks at whole numbers only (depth, number of blocks). */
  readonly integers?: boolean;
}

/** One line or strip of a figure. */
export interface Series {
  readonly name: string;
  /** `line`: joined points with a band; `points`: marks with whiskers, not joined. */
  readonly kind: "line" | "points";
  readonly points: readonly Point[];
  /** Each seed's own values, drawn thin and switched on by the reader. */
  readonly seeds?: readonly { readonly seed: number; readonly points: readonly Point[] }[];
}

export interface Point {
  readonly x: number | string;
  readonly y: number;
  /** Interval of y, where there is one. */
  readonly low?: number;
  readonly high?: number;
  /** Said on hover in addition: "changes shape". Points with a note get a hollow marker. */
  readonly note?: string;
}
