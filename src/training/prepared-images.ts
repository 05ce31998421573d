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

/** Of each data set what was prepared last: a cell asks for the same images twice, and the next cell is often of the same seed. */
const lastPrepared = new WeakMap<Dataset, { readonly key: string; readonly images: PreparedImages }>();

/** Of each set what was pooled last; it is the same for every seed. */
const lastPooled = new WeakMap<ImageSet, { readonly factor: number; readonly pooled: ImageSet }>();

/**
 * Pools and splits a data set. Who asks for the same again gets the same, which nobody may change.
 *
 * @throws RangeError when the pooling does not divide the images, or more are held out than there are
 */
export function prepareImages(dataset: Dataset, options: ImageOptions, seed: number): PreparedImages {
  const { meanPool: factor, validation, training: count } = options;
  const key = JSON.stringify([factor, validation, count ?? null, seed]);
  const last = lastPrepared.get(dataset);
  if (last?.key === key) return last.images;
  const split = splitValidation(pooled(dataset.training, factor), { validation, seed });
  const training = count === undefined ? split.training : stratifiedSample(split.training, count, seed);
  const images = {
    training,
    validation: split.validation,
    test: pooled(dataset.test, factor),
    channelStatistics: channelStatistics(training),
  };
  lastPrepared.set(dataset, { key, images });
  return images;
}

function pooled(set: ImageSet, factor: number): ImageSet {
  if (factor === 1) return set;
  const last = lastPooled.get(set);
  if (last?.factor === factor) return last.pooled;
  const pooled = meanPool(set, factor);
  lastPooled.set(set, { factor, pooled });
  return pooled;
}
