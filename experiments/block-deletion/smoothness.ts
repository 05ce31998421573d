/** How smoothly the error rises with the number of deleted blocks: what E3 and E3.1 ask of `../block-deletion.ts`. */
import { type Curve, type Judged, judge, xAndY } from "../../src/experiment";
import { spearmanOrZero } from "../../src/statistics";

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
