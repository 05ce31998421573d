/** The rows of `../block-deletion.ts`, and what verdicts and sentences ask of them. */
import { column, type RowOf, type Rows } from "../../src/experiment";

export const columns = {
  network: column.text("architecture, with its depth in layers"),
  measurement: column.oneOf("what is deleted", ["intact", "one deleted", "several deleted"]),
  block: column.text("deleted block"),
  layer: column.whole("first layer of the deleted block, from the input"),
  keeps_shape: column.flag("whether the deleted block's output has its input's shape"),
  deleted_blocks: column.whole("number of deleted blocks"),
  sample: column.whole("number of the random set of blocks"),
  error_percent: column.number("top-1 test error", "%"),
  rise_points: column.number("rise of the test error", "points"),
  cross_entropy_nats: column.number("test cross-entropy", "nats"),
  images: column.whole("test images"),
};
export type Row = RowOf<typeof columns, { readonly seed: number; readonly network: string }>;

/** Up to the share of the blocks that the source deletes: 20 of 54. */
export function likeTheSource(k: number, most: number): boolean {
  return k <= (20 / 54) * most;
}

/** Test errors (%) of the intact network, of every seed; of all networks for null. */
export function intactErrors(rows: Rows<Row>, network: string | null): number[] {
  const intact = rows.where({ measurement: "intact" });
  return (network === null ? intact : intact.where({ network })).numbers("error_percent");
}

/** Each seed's curve of the mean error over the number of deleted blocks. */
export function severalDeleted(rows: Rows<Row>) {
  return rows.where({ measurement: "several deleted" }).curves("deleted_blocks", "error_percent");
}

/** Deletions of one block that keeps its shape. */
export function singles(rows: Rows<Row>, network: string): Rows<Row> {
  return rows.where({ measurement: "one deleted", network, keeps_shape: true });
}

/** Said of a mark whose block changes the shape. */
export function shapeNote({ keeps_shape }: { readonly keeps_shape: boolean | null }): string | undefined {
  return keeps_shape ? undefined : "changes the shape: its shortcut remains";
}

/** A residual block holds two layers, a block of the others one; the stem of residual and plain nets is layer 1. */
export function firstLayer(block: number, network: string): number {
  if (network.startsWith("vgg")) return block + 1;
  return network.includes("resnet") ? 2 * block + 2 : block + 2;
}
