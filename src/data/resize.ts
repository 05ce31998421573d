/** Images of other sizes and channels, as Pillow and torchvision make them. */

/** An image as bytes, laid out [height, width, channels]. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  /** 1: grey, 3: colour, 4: colour with transparency. */
  readonly channels: number;
  readonly data: Uint8Array;
}

/** An image with 1 or 3 channels; itself where it has them. */
export function withChannels(pixels: Pixels, channels: number): Pixels {
  const { height, width, channels: own, data } = pixels;
  if (own === channels) return pixels;
  const count = height * width;
  const made = new Uint8Array(count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    const at = pixel * own;
    const [red, green, blue] =
      own === 1 ? [data[at]!, data[at]!, data[at]!] : [data[at]!, data[at + 1]!, data[at + 2]!];
    if (channels === 3) made.set([red, green, blue], pixel * 3);
    else made[pixel] = own === 1 ? red : (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16; // Pillow's "L"
  }
  return { height, width, channels, data: made };
}

/** The central part of an image, as torchvision's CenterCrop takes it. */
export function cutCentre({ height, width, channels, data }: Pixels, rows: number, columns: number): Pixels {
  const [top, left] = [roundedHalf(height - rows), roundedHalf(width - columns)];
  const cut = new Uint8Array(rows * columns * channels);
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * width + left) * channels;
    cut.set(data.subarray(from, from + columns * channels), row * columns * channels);
  }
  return { height: rows, width: columns, channels, data: cut };
}

/** Half of a number, to the nearest even whole one, as Python rounds. */
function roundedHalf(twice: number): number {
  return twice % 2 === 0 ? twice / 2 : 2 * Math.round(twice / 4);
}

/** Binary digits of the weights: in whole numbers sums are the same everywhere. */
const precision = 22;

/**
 * An image at another size: a triangle filter that widens with the reduction (bilinear with antialiasing), rows first, in the whole
 * numbers of Pillow's `Image.resize(..., Image.BILINEAR)`, byte for byte.
 */
export function resizedPixels(pixels: Pixels, height: number, width: number): Pixels {
  const { channels } = pixels;
  const across = weightsOf(pixels.width, width);
  const wide = new Uint8Array(pixels.height * width * channels);
  for (let row = 0; row < pixels.height; row++) {
    for (let x = 0; x < width; x++) {
      const { from, weights } = across[x]!;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 1 << (precision - 1);
        for (let i = 0; i < weights.length; i++) {
          sum += pixels.data[(row * pixels.width + from + i) * channels + channel]! * weights[i]!;
        }
        wide[(row * width + x) * channels + channel] = clipped(sum);
      }
    }
  }
  const line = width * channels;
  const data = new Uint8Array(height * line);
  weightsOf(pixels.height, height).forEach(({ from, weights }, y) => {
    for (let at = 0; at < line; at++) {
      let sum = 1 << (precision - 1);
      for (let i = 0; i < weights.length; i++) sum += wide[(from + i) * line + at]! * weights[i]!;
      data[y * line + at] = clipped(sum);
    }
  });
  return { height, width, channels, data };
}

function clipped(sum: number): number {
  return Math.min(255, Math.max(0, sum >> precision));
}

/** For each pixel of the new side, what it is the weighted sum of. */
function weightsOf(given: number, asked: number): { from: number; weights: Int32Array }[] {
  const scale = given / asked;
  const support = Math.max(1, scale);
  return Array.from({ length: asked }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(given, Math.trunc(centre + support + 0.5));
    const raw = Array.from({ length: to - from }, (_, i) =>
      Math.max(0, 1 - Math.abs((from + i - centre + 0.5) / support)),
    );
    const all = raw.reduce((sum, weight) => sum + weight, 0);
    return { from, weights: Int32Array.from(raw, (weight) => Math.trunc(0.5 + (weight / all) * (1 << precision))) };
  });
}
