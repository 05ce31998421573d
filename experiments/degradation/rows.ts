/** The rows of `../degradation.ts`, and the networks that they are about. */
import { column, type RowOf } from "../../src/experiment";
import { parseName } from "../../src/networks";

export const plain = "plain";

export const columns = {
  network: column.text("architecture, with its depth in layers"),
  measurement: column.oneOf("what is measured", ["trained", "training curve", "gradient norm"]),
  step: column.whole("training", "mini-batches"),
  state: column.oneOf("network whose gradient is measured", ["initial", "trained"]),
  layer: column.whole("layers with weights before the place of the gradient"),
  gradient_norm: column.number("norm of the gradient by the activations", "nats per unit"),
  training_error_percent: column.number("top-1 training error", "%"),
  training_loss_nats: column.number("training loss", "nats"),
  test_error_percent: column.number("top-1 test error", "%"),
};
export type Row = RowOf<typeof columns, { readonly seed: number; readonly network: string }>;

/** In which a network's gradients are measured. */
export type State = NonNullable<Row["state"]>;

export function named(family: string, depths: readonly number[]): string[] {
  return depths.map((depth) => `${family}${depth}`);
}

export function ends(depths: readonly number[]): [least: number, most: number] {
  return [Math.min(...depths), Math.max(...depths)];
}

export function depthOf({ network }: Row): number {
  return parseName(network).depth;
}
