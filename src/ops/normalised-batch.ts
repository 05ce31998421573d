import type { Tensor, Tensor1D } from "../runtime";

/** Running statistics that the normalisation moves on while it runs in training. */
export interface RunningStatistics {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
  /** Share of the new batch: new = (1 - momentum) old + momentum batch. */
  readonly momentum: number;
}

export interface NormalisedBatch<T extends Tensor> {
  readonly y: T;
  /** What the backward kernel wants back: the batch's statistics. Disposed by whoever holds the forward pass. */
  readonly saved: Tensor[];
  /** The running statistics after this batch (the variance with Bessel's correction), where they were given. */
  readonly running: { readonly mean: Tensor1D; readonly variance: Tensor1D } | null;
}
