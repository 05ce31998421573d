/** What was found on E1 and E2 of `../block-deletion.ts`, in a sentence. */
import { plural } from "../../src/base";
import type { Rows } from "../../src/experiment";
import { largest, mean, median, quantity } from "../../src/statistics";
import { intactErrors, type Row, singles } from "./rows";

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
    `Deleting one block: error ${errorsText(mean(intactErrors(rows, residual)), kept)}; ${worst} costs most, ` +
    `${quantity(rise(worst), "points")}${downsampling === "" ? "" : `, downsampling blocks ${downsampling}`}.`
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
  return `${quantity(intact, "%")} → ${quantity(mean(medians), "%")} (median of ${blocks} blocks, ${plural(medians.length, "network")})`;
}
