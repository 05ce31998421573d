/** The rows of `../pre-activation.ts`. */
import { column, type RowOf } from "../../src/experiment";

export const kinds = ["post-activation", "pre-activation"] as const;

/** One network: trained with one seed, or looked at for its memory, which does not depend on the seed. */
export type Cell = {
  readonly seed: number;
  readonly kind: (typeof kinds)[number];
  readonly depth: number;
  readonly task: "training" | "memory";
};

export const columns = {
  kind: column.oneOf("where batch normalisation and ReLU stand", kinds),
  depth: column.whole("depth", "layers"),
  task: column.oneOf("what is done with the network", ["training", "memory"]),
  measurement: column.oneOf("what is measured", ["trained", "training curve", "memory"]),
  step: column.whole("training", "mini-batches"),
  diverged: column.flag("whether the loss became infinite or no number"),
  training_loss_nats: column.number("training loss", "nats"),
  training_error_percent: column.number("top-1 training error", "%"),
  test_error_percent: column.number("top-1 test error", "%"),
  recomputed: column.flag("whether the backward pass computes activations inside the blocks again"),
  step_mebibytes: column.number("memory of tensors in one training step", "MiB"),
  held_mebibytes: column.number("memory held between steps", "MiB"),
};
export type Row = RowOf<typeof columns, Cell>;

/** Loss (nats) of guessing, which a training counts for that diverged. */
export const guessing = Math.log(10);

/** Loss in the last part of a training; that of guessing where it diverged. */
export function lossOrGuessing({ diverged, training_loss_nats }: Row): number | null {
  return diverged ? guessing : training_loss_nats;
}
