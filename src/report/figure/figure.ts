/**
 * A figure of a report: series over an axis, or a matrix as a heat map, with everything a reader needs beside it.
 *
 * Colours are not chosen by the experiment: a series is named and the report gives it a colour of the Okabe-Ito palette, a
 * dash and a marker, the same in every figure of the page, in the light and in the dark theme.
 */
export type Figure = SeriesFigure | HeatMap;

interface FigureFrame {
  /** File stem and anchor: "error-by-deleted-block". */
  readonly id: string;
  /** The finding, as a sentence: "One missing block hardly hurts the residual network". */
  readonly title: string;
  /** What the marks, lines and bands are, and over how many seeds. */
  readonly caption: string;
  /** What is too long for the caption: further numbers and remarks, above the table of the figure's data. */
  readonly numbers?: string;
  /** Identifiers of the claims that the figure shows: "E1". The first figure that names a claim is its thumbnail. */
  readonly claims?: readonly string[];
  readonly xAxis: Axis;
  readonly yAxis: Axis;
}

/** Lines with bands and strips of marks. */
export interface SeriesFigure extends FigureFrame {
  readonly series: readonly Series[];
  /** Horizontal reference lines: chance level, the threshold of a rule. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
  /** What the area of the marks is proportional to, with its unit in brackets, where points have one. */
  readonly areaLabel?: string;
  /** Of an animated figure, with a slider and a button for its frames. Every point then belongs to one. */
  readonly frames?: Frames;
  readonly matrix?: undefined;
}

/** What changes from frame to frame of an animated figure, and the frames in their order: "layer", ["0", "1", "2"]. */
export interface Frames {
  readonly label: string;
  readonly names: readonly string[];
}

/** A quantity over two axes, as colours: gradient norm by layer and depth. */
export interface HeatMap extends FigureFrame {
  readonly matrix: Matrix;
  /** Drawn over the cells, and told apart by their dashes: a boundary from theory, say. */
  readonly lines?: readonly OverlaidLine[];
  readonly series?: undefined;
  readonly references?: undefined;
}

/** A line over the cells of a heat map, clipped to them. */
export interface OverlaidLine {
  /** What it is and whose: "theory: |R(z)| = 1". Unique within the figure. */
  readonly name: string;
  /** Places on both axes, in the order in which the line joins them. */
  readonly points: readonly { readonly x: number | string; readonly y: number | string }[];
}

/**
 * The values of a heat map. Places on a numeric axis ascend, and a cell reaches half way to its neighbours on the axis as
 * drawn; places on a categorical axis are among its categories.
 */
export interface Matrix {
  /** Places on the x axis, one a column. */
  readonly x: readonly (number | string)[];
  /** Places on the y axis, one a row. */
  readonly y: readonly (number | string)[];
  /** `values[row][column]` at `y[row]`, `x[column]`; null where nothing was measured. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Written in the cells, row by row: short texts whose first word, a sign, can stand alone where cells are narrow. */
  readonly texts?: readonly (readonly (string | undefined)[])[];
  /** What the colours mean, with its unit in brackets: "gradient norm (L2)". */
  readonly label: string;
  /** `log`: colours by the logarithm, for quantities over many orders of magnitude. */
  readonly scale?: "linear" | "log";
  /** `diverging`: two colours to either side of `middle`, equally far. Sequential by default. */
  readonly colours?: "sequential" | "diverging";
  /** Value of the neutral colour of a diverging scale; by default 0, or 1 on a logarithmic scale. */
  readonly middle?: number;
  /** Values at the ends of the colour scale; by default those of the matrix. Values beyond have the end's colour. */
  readonly range?: readonly [number, number];
}

export interface Axis {
  /** With its unit in brackets: "test error (%)". */
  readonly label: string;
  readonly scale?: "linear" | "log";
  /** Categories in their order, where the axis is not numeric. */
  readonly categories?: readonly string[];
  readonly range?: readonly [number, number];
  /** Ticks at integers only (depth, number of blocks). */
  readonly integers?: boolean;
  /** Its values are years: written without a separator, and never drawn from 0. */
  readonly years?: boolean;
}

/** One line or strip of a figure. */
export interface Series {
  readonly name: string;
  /** `line`: joined points with a band; `points`: marks with whiskers, not joined. */
  readonly kind: "line" | "points";
  readonly points: readonly Point[];
  /**
   * Published values, set beside the run's own, with the publication in the name: "Huang et al. 2016, ResNet-110,
   * CIFAR-10". Drawn grey, dashed and hollow, so that nobody takes them for measured here; they have no seeds.
   */
  readonly published?: true;
  /** The values of each seed, drawn thin and switched on by the reader. */
  readonly seeds?: readonly { readonly seed: number; readonly points: readonly Point[] }[];
}

export interface Point {
  readonly x: number | string;
  readonly y: number;
  /** Interval of y, where there is one. */
  readonly low?: number;
  readonly high?: number;
  /** Shown on hover as well: "changes shape". Points with a note get a hollow marker. */
  readonly note?: string;
  /** Proportional to the area of its mark; above 0. The figure's `areaLabel` says what it is. */
  readonly area?: number;
  /** Written beside its mark. */
  readonly label?: string;
  /** Index of its frame among the figure's. */
  readonly frame?: number;
}
