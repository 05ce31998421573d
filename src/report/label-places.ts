import type { SeriesFigure } from "./figure";

/** A reference line and where its label stands: at the right or left end, above or below the line. */
export interface LabelPlace {
  readonly y: number;
  readonly label: string;
  readonly right: boolean;
  readonly above: boolean;
}

/** A place of the figure, both coordinates as shares of its span. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

const labelHeight = 0.07; // of the figure's height, for 12 pixels of text
const labelWidth = 0.3; // of its width: some twenty letters

/**
 * Places for the labels of a figure's reference lines: each where it covers the fewest marks and no other label, the
 * right end above the line where nothing speaks against it. Lines that a logarithmic axis cannot show are left out.
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
    // A label weighs more than marks: two texts on each other can be read by nobody.
    for (const x of ends) for (let copy = 0; copy < 50; copy++) taken.push({ x, y: middle });
    return { y, label, right: best.right, above: best.above };
  });
}

/** Maps values onto shares of their span. */
function share(values: readonly number[]): (value: number) => number {
  const finite = values.filter(Number.isFinite);
  const [from, to] = [Math.min(...finite), Math.max(...finite)];
  return (value) => (to > from ? (value - from) / (to - from) : 0.5);
}
