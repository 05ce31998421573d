import type { ChannelStatistics, ImageSet } from "../../src/data";
import { randomStream } from "../../src/random";
import type { Task } from "../task";

/** Images of noise with labels: what kernels take does not depend on what images show. Equal for equal sizes. */
export function noiseImages({ images: count, side, channels }: Task): ImageSet {
  const stream = randomStream(1, "pictures");
  return {
    images: Uint8Array.from({ length: count * side * side * channels }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, () => stream.integer(10)),
    count,
    height: side,
    width: side,
    channels,
  };
}

/** Mean and standard deviation of evenly spread levels 0 to 255. */
export function noiseStatistics({ channels }: Task): ChannelStatistics {
  return {
    mean: Array.from({ length: channels }, () => 127.5),
    standardDeviation: Array.from({ length: channels }, () => 73.9),
  };
}
