/** What tests of evaluation run on: images of noise, grey and square, of three classes. */
import type { ImageSet } from "../../src/data";
import { randomStream } from "../../src/random";

/** Moments by which their pixels come to lie about zero. */
export const channelStatistics = { mean: [128], standardDeviation: [64] };

export function noiseImages(count: number, side: number, seed: number): ImageSet {
  const stream = randomStream(seed, "pictures");
  return {
    images: Uint8Array.from({ length: count * side * side }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, () => stream.integer(3)),
    count,
    height: side,
    width: side,
    channels: 1,
  };
}
