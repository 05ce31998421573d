import type { ChannelStatistics } from "../data";
import type { EvaluateOptions } from "./evaluate";

/** What a cell of an experiment tells of its way, and heeds: part of what the harness hands to it. */
export interface Watched {
  progress(report: { readonly phase: string; readonly done: number; readonly total: number }): void;
  readonly signal: AbortSignal;
}

/**
 * Options of `evaluate` and its like by which a cell tells how far it is, and stops when it is to.
 *
 * @param channelStatistics of the training images
 * @param phase what is being done, for the screen: "resnet32: deleting one block"
 */
export function cellOptions(
  run: Watched,
  channelStatistics: ChannelStatistics,
  phase: string,
): Required<Omit<EvaluateOptions, "batchSize">> {
  return { channelStatistics, signal: run.signal, onProgress: (done, total) => run.progress({ phase, done, total }) };
}
