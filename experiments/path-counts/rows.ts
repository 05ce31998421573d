/** The rows of `../path-counts.ts`, and what verdicts and figures both ask of them. */
import { column, type RowOf, type Rows } from "../../src/experiment";
import { sum } from "../../src/statistics";

export const columns = {
  measurement: column.oneOf("what is measured", ["sum of paths", "length of paths"]),
  network: column.text("architecture, with its depth in layers"),
  blocks: column.whole("number of blocks"),
  deleted_block: column.whole("deleted block, from 1 at the input"),
  path_length: column.whole("length of the path", "residual branches"),
  paths: column.whole("paths; where they are summed, those whose output is not zero"),
  sampled_paths: column.whole("sampled paths that have that length"),
  relative_difference: column.number("difference of the paths' sum and the output, over the largest output"),
};
export type Row = RowOf<typeof columns, { seed: number }>;

export const isIntact = ({ deleted_block }: Row) => deleted_block === null;
export const isLesioned = (row: Row) => !isIntact(row);

/** Share (%) of all paths that are `from` to `to` blocks long, by one seed's counts. */
export function sharePercent(own: Rows<Row>, from: number, to: number): number {
  const between = own.where(({ path_length: k }) => k! >= from && k! <= to);
  return (100 * sum(between.numbers("paths"))) / sum(own.numbers("paths"));
}
