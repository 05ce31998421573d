import { axisShares, extent } from "./axis-shares";
import type { SeriesFigure } from "./figure";
import type { Medium } from "./marks";

/** A reference line and where its label stands: at the right or left end, above or below the line. */
interface LabelPlace {
  readonly y: number;
  readonly label: string;
  readonly right: boolean;
  readonly above: boolean;
}

/** A point of the figure, both coordinates as shares of its span. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

const labelHeight = 0.07; // of the figure's height, for 12 pixels of text
const labelWidth = 0.3; // of its width: some twenty letters

/**
 * Places for the labels of a figure's reference lines: each where it covers the fewest marks and no other label, by
 * preference at the right end, above the line. Lines that a logarithmic axis cannot show are left out.
 */
export function labelPlaces(figure: SeriesFigure): LabelPlace[] {
  const { xAxis, yAxis, series } = figure;
  const references = (figure.references ?? []).filter(({ y }) => yAxis.scale !== "log" || y > 0);
  const points = series.flatMap((one) => one.points);
  const height = (y: number) => (yAxis.scale === "log" ? Math.log10(y) : y);
  const place = (x: number | string) =>
    typeof x === "string" ? (xAxis.categories?.indexOf(x) ?? 0) : xAxis.scale === "log" ? Math.log10(x) : x;
  const across = share(points.map(({ x }) => place(x)));
  const upward = share(
    [...(yAxis.range ?? []), ...points.map(({ y }) => y), ...references.map(({ y }) => y)].map(height),
  );
  const taken: Spot[] = points.map(({ x, y }) => ({ x: across(place(x)), y: upward(height(y)) }));

  return references.map(({ y, label }) => {
    const line = upward(height(y));
    const candidates = [true, false].flatMap((right) =>
      [true, false].map((above) => {
        const covered = taken.filter((spot) => {
          const near = right ? spot.x >= 1 - labelWidth : spot.x <= labelWidth;
          const distance = above ? spot.y - line : line - spot.y;
          return near && distance >= 0 && distance <= labelHeight;
        });
        const outside = above ? line + labelHeight > 1.05 : line - labelHeight < -0.02;
        return { right, above, cost: covered.length + (outside ? 1000 : 0) };
      }),
    );
    const best = candidates.reduce((left, other) => (other.cost < left.cost ? other : left));
    const middle = line + (best.above ? 0.5 : -0.5) * labelHeight;
    const ends = best.right ? [1, 1 - labelWidth / 2] : [0, labelWidth / 2];
    // A label weighs more than marks: two overlapping texts cannot be read.
    for (const x of ends) for (let copy = 0; copy < 50; copy++) taken.push({ x, y: middle });
    return { y, label, right: best.right, above: best.above };
  });
}

/** Maps values onto shares of their span. */
function share(values: readonly number[]): (value: number) => number {
  const [from, to] = extent(values.filter(Number.isFinite));
  return (value) => (to > from ? (value - from) / (to - from) : 0.5);
}

/** Where a label stands beside its mark, in Plotly's words, in order of preference. */
const positions = [
  "top center",
  "bottom center",
  "middle right",
  "middle left",
  "top right",
  "top left",
  "bottom right",
  "bottom left",
] as const;
export type LabelPosition = (typeof positions)[number];

/** A rectangle of the plot, in shares of its width and height. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Height of a label and of an ordinary mark (shares of the plot's height), and the plot's height over its width. */
const markLabelHeight = 0.045;
const markHeight = 0.03;
const aspect = 0.36;
/** A label is set smaller than the texts that a medium counts its letters by. */
const letterShare = 10 / 12;
/** Share of the plot that Plotly leaves free at each end of an axis, about. */
const margin = 0.06;
/** Rounds in which each label may move again, given the places of the others. */
const rounds = 3;

/**
 * Places for the labels of marks, one list a series: each where it least overlaps other labels and marks and least leaves the
 * plot. Points without a label have an unused place, too.
 *
 * @param diameters of the marks, as shares of the plot's height, as the points are; ordinary ones by default
 */
export function labelPositions(
  figure: SeriesFigure,
  { letters }: Medium,
  diameters?: readonly (readonly number[] | undefined)[],
): LabelPosition[][] {
  const points = figure.series.flatMap((one) => one.points);
  const across = axisShares(
    figure.xAxis,
    points.map(({ x }) => x),
    margin,
  );
  const upward = axisShares(
    figure.yAxis,
    points.map(({ y }) => y),
    margin,
  );
  const marks = figure.series.flatMap((one, series) =>
    one.points.map((point, i) => {
      const height = diameters?.[series]?.[i] ?? markHeight;
      return { point, box: boxAround(across.shareOf(point.x), upward.shareOf(point.y), height * aspect, height) };
    }),
  );
  const labels: (Box | null)[] = marks.map(() => null);
  const found = marks.map((): LabelPosition => positions[0]);
  for (let round = 0; round < rounds; round++) {
    marks.forEach(({ point, box }, own) => {
      const width = ((point.label?.length ?? 0) * letterShare) / letters;
      if (width === 0 || !Object.values(box).every(Number.isFinite)) return; // no place on a logarithmic axis
      const otherLabels = labels.flatMap((label, other) => (label === null || other === own ? [] : [label]));
      const otherMarks = marks.filter((_, other) => other !== own);
      const costs = positions.map((position, i) => {
        const label = labelBox(box, position, width);
        const onLabels = otherLabels.reduce((sum, other) => sum + overlap(label, other), 0);
        const onMarks = otherMarks.reduce((sum, other) => sum + overlap(label, other.box), 0);
        const outside = Math.max(0, -label.left) + Math.max(0, label.right - 1);
        // Two overlapping texts cannot be read; a text over a mark can.
        return 5 * onLabels + onMarks + outside * markLabelHeight + 1e-6 * i;
      });
      const best = costs.indexOf(Math.min(...costs));
      found[own] = positions[best]!;
      labels[own] = labelBox(box, found[own], width);
    });
  }
  let taken = 0;
  return figure.series.map(({ points }) => points.map(() => found[taken++]!));
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, bottom: y - height / 2, top: y + height / 2 };
}

function labelBox({ left, right, bottom, top }: Box, position: LabelPosition, width: number): Box {
  const [vertical, horizontal] = position.split(" ") as ["top" | "middle" | "bottom", "left" | "center" | "right"];
  const y = { top: top + markLabelHeight / 2, middle: (bottom + top) / 2, bottom: bottom - markLabelHeight / 2 }[
    vertical
  ];
  const x = { left: left - width / 2, center: (left + right) / 2, right: right + width / 2 }[horizontal];
  return boxAround(x, y, width, markLabelHeight);
}

/** The area common to two rectangles. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.top, other.top) - Math.max(one.bottom, other.bottom);
  return width > 0 && height > 0 ? width * height : 0;
}
