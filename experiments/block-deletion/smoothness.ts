/** How smoothly the error rises with the number of deleted blocks: what E3 and E3.1 ask of `../block-deletion.ts`. */

import { plural } from "../../src/base";
import { type Curve, type Judged, judge, xAndY } from "../../src/experiment";
import { mean, quantity, spearmanOrZero } from "../../src/statistics";

/** E3's rule on each seed's curve of mean error over k: rank correlation, and the largest step between neighbours. */
export function judgeSmoothness(curves: readonly Curve[], chosen: (k: number, most: number) => boolean): Judged {
  const chosenPoints = curves.map(({ points }) => points.filter(({ x }) => chosen(x, points.at(-1)!.x)));
  const correlations = chosenPoints.map((points) => spearmanOrZero(...xAndY(points)));
  const steps = chosenPoints.flatMap((points) => points.slice(1).map(({ y }, i) => Math.abs(y - points[i]!.y)));
  return judge(correlations)
    .above(0.9)
    .of("largest step between neighbours, in any seed,", Math.max(0, ...steps), "points")
    .atMost(35);
}

/** "Deleting k of 15 blocks at random: error 1.6 % (k = 0), 30 % (1), ...": at the ends of the range and in between. */
export function smoothnessText(curves: readonly Curve[], share: number): string {
  const most = curves[0]?.points.at(-1)?.x ?? 0;
  const last = Math.floor(share * most);
  const places = [...new Set([0, 1, Math.round(last / 4), Math.round(last / 2), last])].sort(
    (one, other) => one - other,
  );
  const errorAt = (k: number) =>
    mean(curves.flatMap(({ points }) => points.filter(({ x }) => x === k).map(({ y }) => y)));
  const told = places.map((k) => `${quantity(errorAt(k), "%")} (k = ${k})`);
  return `Deleting k of ${most} blocks at random: error ${told.join(", ")}; ${plural(curves.length, "network")}.`;
}
