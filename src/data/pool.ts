import type { ImageSet } from "./dataset";

/**
 * Smaller pictures: the mean over squares of factor x factor pixels, rounded to the nearest level (halves upwards).
 *
 * @param factor side of a square in pixels, >= 1; divides height and width
 * @returns [count, height / factor, width / factor, channels] with the set's labels
 * @throws RangeError when it does not divide them
 */
export function meanPool(set: ImageSet, factor: number): ImageSet {
  const { images, count, height, width, channels } = set;
  if (!Number.isInteger(factor) || factor < 1 || height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(`need a whole pooling factor that divides ${height} x ${width}, got ${factor}`);
  }
  const pooledHeight = height / factor;
  const pooledWidth = width / factor;
  const pooledRow = pooledWidth * channels;
  const area = factor * factor;
  const pooled = new Uint8Array(count * pooledHeight * pooledRow);
  const sums = new Uint32Array(pooledRow);
  for (let row = 0; row < count * pooledHeight; row++) {
    sums.fill(0);
    let from = row * factor * width * channels;
    for (let line = 0; line < factor; line++) {
      for (let x = 0; x < pooledWidth; x++) {
        for (let step = 0; step < factor; step++) {
          for (let channel = 0; channel < channels; channel++) sums[x * channels + channel]! += images[from++]!;
        }
      }
    }
    for (let at = 0; at < pooledRow; at++) pooled[row * pooledRow + at] = Math.floor(sums[at]! / area + 0.5);
  }
  return { ...set, images: pooled, height: pooledHeight, width: pooledWidth };
}
