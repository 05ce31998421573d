import type { ImageSet } from "./dataset";

/** Mean and spread of each channel, in grey or colour levels 0..255. */
export interface ChannelMoments {
  /** [channels] */
  readonly mean: readonly number[];
  /** Population standard deviation, [channels]; 1 for a channel that has none, so that one can divide by it. */
  readonly standardDeviation: readonly number[];
}

/**
 * Mean and population standard deviation of each channel over all pixels of all pictures.
 *
 * Exact up to the last rounding: levels are counted, and their sums taken in whole numbers. A channel of one level only has
 * deviation 0 and gets 1 instead.
 *
 * @throws RangeError when the set has no pictures
 */
export function channelMoments(set: ImageSet): ChannelMoments {
  if (set.images.length === 0) throw new RangeError("need at least one picture to take moments of, got none");
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
