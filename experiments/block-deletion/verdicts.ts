/** How smoothly the error rises with the number of deleted blocks, by which E3 and E3.1 are judged; and what was found, in sentences. */
import { plural } from "../../src/base";
import { type Curve, type Judged, judge, type Rows, xAndY } from "../../src/experiment";
import { largest, mean, median, quantity, spearmanOrZero } from "../../src/statistics";
import { intactErrors, type Row, singles } from "./rows";

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

/** What one block costs the residual network: by its median, and which cost most. */
export function deletedBlockText(rows: Rows<Row>, residual: string): string {
  const single = rows.where({ measurement: "one deleted", network: residual });
  const kept = single.where({ keeps_shape: true });
  const rise = (block: string) => mean(single.where({ block }).numbers("rise_points"));
  const blocks = kept.distinct("block");
  const most = largest(blocks.map(rise));
  const worst = blocks.find((block) => rise(block) === most)!;
  const others = single.where({ keeps_shape: false }).distinct("block");
  const downsampling = others.map((block) => quantity(rise(block))).join(" and ");
  return (
    `Deleting one block of ${residual}: test error ${errorsText(mean(intactErrors(rows, residual)), kept)}; ` +
    `${worst} costs most, ${quantity(rise(worst), "points")}${downsampling === "" ? "" : `, downsampling blocks ${downsampling}`}.`
  );
}

/** What one layer costs each of some networks. */
export function deletedLayerText(rows: Rows<Row>, networks: readonly string[]): string {
  const told = networks.map(
    (network) => `${network} ${errorsText(mean(intactErrors(rows, network)), singles(rows, network))}`,
  );
  return `Deleting one layer, of a residual network one block: error of ${told.join(", of ")}.`;
}

/** "1.6 % → 3.0 % (median of 13 blocks, 5 networks)": the mean over seeds of each seed's median. */
function errorsText(intact: number, deletions: Rows<Row>): string {
  const medians = deletions.perSeed("error_percent", median);
  const blocks = deletions.distinct("block").length;
  return `${quantity(intact, "%")} → ${quantity(mean(medians), "%")} (median of ${plural(blocks, "block")}, ${plural(medians.length, "network")})`;
}
