import type { RandomStream } from "../random";
import type { ImageShape } from "./images";

/** How training images are varied: He et al. 2015, arXiv:1512.03385, sec. 4.2, use padding 4 and flips on CIFAR-10. */
export interface Augmentation {
  /** Pixels added on each side before an image of the old size is cut out at random; 0: no shifts. */
  readonly padding: number;
  /** Whether half the images, chosen at random, are flipped horizontally. */
  readonly flip: boolean;
  /** Where all draws come from: for each image row, column (none when padding is 0), then flip (none without flips). */
  readonly stream: RandomStream;
}

/** What happens to one image: which part of the padded image is cut out, and whether that part is then flipped horizontally. */
export interface Placement {
  /** Rows by which the window lies below the image, in [-padding, padding]. */
  readonly down: number;
  /** Columns by which the window lies to the right of the image, in [-padding, padding]. */
  readonly right: number;
  readonly flipped: boolean;
}

/** @throws RangeError when the padding is not a whole number >= 0 */
export function samplePlacement({ padding, flip, stream }: Augmentation): Placement {
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`need a whole number of pixels >= 0 as padding, got ${padding}`);
  }
  const down = padding === 0 ? 0 : stream.integer(2 * padding + 1) - padding;
  const right = padding === 0 ? 0 : stream.integer(2 * padding + 1) - padding;
  return { down, right, flipped: flip && stream.integer(2) === 1 };
}

/**
 * Writes one image, shifted and flipped, over target[offset ...]; what lies outside the image becomes 0.
 *
 * @param image [height, width, channels]
 * @param target takes height * width * channels numbers from `offset` on; not the image's own memory
 */
export function placeImage(
  image: Float32Array,
  { height, width, channels }: ImageShape,
  { down, right, flipped }: Placement,
  target: Float32Array,
  offset = 0,
): void {
  const rowLength = width * channels;
  target.fill(0, offset, offset + height * rowLength);
  const firstRow = Math.max(0, -down);
  const endRow = Math.min(height, height - down);
  const firstColumn = Math.max(0, -right); // columns of the window, before the flip
  const endColumn = Math.min(width, width - right);
  const length = (endColumn - firstColumn) * channels;
  for (let row = firstRow; row < endRow; row++) {
    let from = (row + down) * rowLength + (firstColumn + right) * channels;
    if (flipped) {
      let to = offset + row * rowLength + (width - 1 - firstColumn) * channels;
      for (const end = from + length; from < end; to -= 2 * channels) {
        for (let channel = 0; channel < channels; channel++) target[to++] = image[from++]!;
      }
    } else {
      const to = offset + row * rowLength + firstColumn * channels;
      for (let at = 0; at < length; at++) target[to + at] = image[from + at]!;
    }
  }
}
