import {
  type ChannelStatistics,
  channelStatistics,
  type Dataset,
  type ImageSet,
  meanPool,
  splitValidation,
  stratifiedSample,
} from "../data";
import type { ImageOptions } from "./plan";

/** A data set as networks see it: pooled, split, with the channel statistics by which every mini-batch is normalised. */
export interface PreparedImages {
  readonly training: ImageSet;
  /** Held out of the training images: for choosing settings, never for verdicts. */
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** Of the training images alone. */
  readonly channelStatistics: ChannelStatistics;
}

/**
 * Pools and splits a data set.
 *
 * @throws RangeError when the pooling does not divide the images, or more are held out than there are
 */
export function prepareImages(
  dataset: Dataset,
  { meanPool: factor, validation, training: count }: ImageOptions,
  seed: number,
): PreparedImages {
  const pooled = (set: ImageSet) => (factor === 1 ? set : meanPool(set, factor));
  const split = splitValidation(pooled(dataset.training), { validation, seed });
  const training = count === undefined ? split.training : stratifiedSample(split.training, count, seed);
  const { validation: heldOut } = split;
  return { training, validation: heldOut, test: pooled(dataset.test), channelStatistics: channelStatistics(training) };
}
