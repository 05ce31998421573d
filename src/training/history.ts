/** How a training went up to a step: means over the steps since the entry before. */
export interface TrainingEntry {
  /** Steps done. */
  readonly step: number;
  /** Mean cross-entropy in nats on the training batches, with label smoothing where the plan has it. */
  readonly loss: number;
  /** Share of the training batches' pictures classified rightly while training. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Blocks whose residual branch ran, mean over the steps: fewer than there are where routes are drawn. */
  readonly blocksRun: number;
}
