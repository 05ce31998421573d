import { batchIndices, gatherBatch } from "./batches";
import { channelStatistics, type ImageSet, labelsOf, meanPool, subset } from "./images";

/** Images as a network takes them. */
export interface SampledImages {
  /** Normalised to mean 0 and variance 1 by the mean and standard deviation of their own channels, laid out as `shape` says. */
  readonly values: Float32Array;
  /** [count, height, width, channels] */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** Class index of each image, [count]. */
  readonly labels: Int32Array;
}

/**
 * A few images of a set, drawn without replacement, pooled and normalised: for studies that train nothing.
 *
 * They are averaged over squares of `pooled` pixels a side; equal seeds draw equal images.
 *
 * @throws RangeError when the set has fewer images, or the pooling does not divide them
 */
export function sampleImages(
  set: ImageSet,
  { count, pooled, seed }: { readonly count: number; readonly pooled: number; readonly seed: number },
): SampledImages {
  const indices = batchIndices(set.count, count, seed, 0);
  const drawn = subset(set, indices);
  const images = pooled === 1 ? drawn : meanPool(drawn, pooled);
  const places = Uint32Array.from({ length: count }, (_, place) => place);
  return {
    values: gatherBatch(images, places, channelStatistics(images)),
    shape: [count, images.height, images.width, images.channels],
    labels: labelsOf(set, indices),
  };
}
