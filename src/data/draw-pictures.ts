import { batchIndices, gatherBatch } from "./batches";
import type { ImageSet } from "./dataset";
import { channelMoments } from "./moments";
import { meanPool } from "./pool";
import { labelsOf, subset } from "./subset";

/** Pictures as a network takes them. */
export interface DrawnPictures {
  /** Normalised to mean 0 and variance 1 by their own moments, laid out as `shape` says. */
  readonly values: Float32Array;
  /** [count, height, width, channels] */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** Class index of each picture, [count]. */
  readonly labels: Int32Array;
}

/**
 * A few pictures of a set, drawn without replacement, pooled and normalised: for studies that train nothing.
 *
 * They are averaged over squares of `pooled` pixels a side; equal seeds draw equal pictures.
 *
 * @throws RangeError when the set has fewer pictures, or the pooling does not divide them
 */
export function drawPictures(
  set: ImageSet,
  { count, pooled, seed }: { readonly count: number; readonly pooled: number; readonly seed: number },
): DrawnPictures {
  const indices = batchIndices(set.count, count, seed, 0);
  const drawn = subset(set, indices);
  const pictures = pooled === 1 ? drawn : meanPool(drawn, pooled);
  const places = Uint32Array.from({ length: count }, (_, place) => place);
  return {
    values: gatherBatch(pictures, places, channelMoments(pictures)),
    shape: [count, pictures.height, pictures.width, pictures.channels],
    labels: labelsOf(set, indices),
  };
}
