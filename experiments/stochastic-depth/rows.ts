/** The rows of `../stochastic-depth.ts`. */
import { column, type RowOf, type Rows } from "../../src/experiment";

export const schedules = ["constant", "linear", "uniform"] as const;
export type Schedule = (typeof schedules)[number];

export const columns = {
  network: column.text("architecture, with its depth in layers"),
  schedule: column.oneOf("how survival depends on depth; constant: all blocks run", schedules),
  last_survival: column.number("survival probability p_N of the last block"),
  measurement: column.oneOf("what is measured", ["test error", "training error", "training loss", "block"]),
  step: column.whole("training", "mini-batches"),
  block: column.whole("block, from 1 at the input"),
  survival_probability: column.number("survival probability of that block in training"),
  run_share: column.number("share of the mini-batches in which that block's residual branch ran"),
  blocks_run: column.number("blocks whose residual branch ran, mean over the mini-batches"),
  loss_nats: column.number("mean cross-entropy, of test or training images, or of mini-batches", "nats"),
  error_percent: column.number("top-1 error, of test or training images, or of mini-batches", "%"),
  images: column.whole("test or training images"),
};
export type Cell = { seed: number; network: string; schedule: Schedule; last_survival: number };
export type Row = RowOf<typeof columns, Cell>;

/** The test errors after training with a schedule. */
export function errors(rows: Rows<Row>, schedule: Schedule): Rows<Row> {
  return rows.where({ measurement: "test error", schedule });
}
