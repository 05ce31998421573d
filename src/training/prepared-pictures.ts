import { type ChannelMoments, channelMoments, type Dataset, type ImageSet, meanPool, splitValidation } from "../data";
import type { PictureOptions } from "./plan";

/** A data set as networks see it: pooled, split, with the moments by which every batch is normalised. */
export interface PreparedPictures {
  readonly training: ImageSet;
  /** Held out of the training pictures: for choosing settings, never for verdicts. */
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** Of the training pictures alone. */
  readonly moments: ChannelMoments;
}

/**
 * Pools and splits a data set.
 *
 * @throws RangeError when the pooling does not divide the pictures, or more are held out than there are
 */
export function preparePictures(
  dataset: Dataset,
  { meanPool: factor, validation }: PictureOptions,
  seed: number,
): PreparedPictures {
  const pooled = (set: ImageSet) => (factor === 1 ? set : meanPool(set, factor));
  const split = splitValidation(pooled(dataset.training), { validation, seed });
  return { ...split, test: pooled(dataset.test), moments: channelMoments(split.training) };
}
