import type { ImageSet } from "./dataset";

/**
 * The pictures at the given places, in the given order; a place may come more than once.
 *
 * @param indices places in the set, each in [0, count)
 * @throws RangeError when a place is not in the set
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  requirePlaces(set, indices);
  const pictureBytes = set.height * set.width * set.channels;
  const images = new Uint8Array(indices.length * pictureBytes);
  for (let place = 0; place < indices.length; place++) {
    const start = indices[place]! * pictureBytes;
    images.set(set.images.subarray(start, start + pictureBytes), place * pictureBytes);
  }
  return { ...set, images, labels: Uint8Array.from(labelsOf(set, indices)), count: indices.length };
}

/**
 * The first pictures of a set, as a view: they share the set's memory.
 *
 * @param count how many, in [0, count of the set]
 * @throws RangeError when the set has fewer
 */
export function takeFirst(set: ImageSet, count: number): ImageSet {
  if (!Number.isInteger(count) || count < 0 || count > set.count) {
    throw new RangeError(`need a whole number of pictures from 0 to ${set.count}, got ${count}`);
  }
  const pictureBytes = set.height * set.width * set.channels;
  return { ...set, images: set.images.subarray(0, count * pictureBytes), labels: set.labels.subarray(0, count), count };
}

/** The first `most` pictures, or all where there are fewer; likewise without a copy. */
export function takeAtMost(set: ImageSet, most: number): ImageSet {
  return takeFirst(set, Math.min(set.count, most));
}

/**
 * Class index of each picture at the given places, [batch].
 *
 * @throws RangeError when a place is not in the set
 */
export function labelsOf(set: ImageSet, indices: ArrayLike<number>): Int32Array {
  requirePlaces(set, indices);
  return Int32Array.from(indices, (index) => set.labels[index]!);
}

/** @throws RangeError naming the first place that is not in the set */
export function requirePlaces(set: ImageSet, indices: ArrayLike<number>): void {
  for (let place = 0; place < indices.length; place++) {
    const index = indices[place]!;
    if (!(Number.isInteger(index) && index >= 0 && index < set.count)) {
      throw new RangeError(`need the place of a picture from 0 to ${set.count - 1}, got ${index}`);
    }
  }
}
