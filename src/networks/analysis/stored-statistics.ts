/**
 * Whether a network gets what it was trained on: the running statistics that it stores against what arrives at them.
 */
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../runtime";
import type { BatchNormalisation } from "../engine/architecture";
import { forward, type LayerRecord, newTape } from "../engine/forward";
import { type Network, parameter } from "../engine/network";

/** How far the input of one batch normalisation is from the statistics that it stores. */
export interface StatisticsDeviation {
  /** Address of the layer. */
  readonly layer: string;
  /** |mean of the input - stored mean| / √(stored variance + ε), averaged over channels: in standard deviations. */
  readonly mean: number;
  /** |√(variance of the input + ε) / √(stored variance + ε) - 1|, averaged over channels. */
  readonly spread: number;
}

/** Above it a layer disagrees with what it stores. */
export const largestDeviation = 0.15;

/** Images that go through the network at a time: their activations are all kept. */
const batchSize = 32;

/**
 * The deviations of every batch normalisation, in the order in which they run, at inference along the full route.
 *
 * In a network that is run as it was trained, on images prepared as its own, the means deviate by 0.01 to 0.05 standard
 * deviations on a few hundred training images. Misplaced channels, another stride, another epsilon, images on another scale, or
 * statistics under each other's names show as larger ones from the first layer behind the fault on. Changes nothing that the
 * network stores, and frees all tensors that it makes.
 *
 * @param images `[count, height, width, channels]`, a few hundred, prepared for the network; they stay the caller's
 * @returns none for a network without batch normalisation
 * @throws RangeError without images
 */
export function statisticsDeviations(network: Network, images: Tensor4D): StatisticsDeviation[] {
  const count = images.shape[0];
  if (count === 0) throw new RangeError("need images to compare the stored statistics with, got none");
  const sums = new Map<BatchNormalisation, Sums>();
  for (let start = 0; start < count; start += batchSize) {
    tf.tidy(() => {
      const batch = images.slice(start, Math.min(batchSize, count - start));
      const tape = newTape();
      forward(network, batch, { mode: "inference", tape });
      const blocks = tape.blocks.flatMap(({ residual, shortcut, join }) => [...residual, ...shortcut, ...join]);
      addUp([...tape.stem, ...blocks, ...tape.head], network, sums);
    });
  }
  return [...sums].map(([layer, each]) => deviation(network, layer, each));
}

/** The first layer that disagrees with what it stores by more than `largestDeviation`; null where all agree. */
export function firstDeviating(deviations: readonly StatisticsDeviation[]): StatisticsDeviation | null {
  return deviations.find(({ mean, spread }) => !(mean <= largestDeviation && spread <= largestDeviation)) ?? null;
}

/** Of one layer's input less the stored mean, by channel. */
interface Sums {
  readonly first: Float64Array;
  readonly squares: Float64Array;
  values: number;
}

function addUp(records: readonly LayerRecord[], network: Network, sums: Map<BatchNormalisation, Sums>): void {
  for (const { layer, x, branches } of records) {
    for (const branch of branches) addUp(branch, network, sums);
    if (layer.kind !== "batch normalisation") continue;
    // Centred on the stored mean, single precision has digits enough for the variance.
    const centred: Tensor = tf.sub(x, parameter<Tensor1D>(network, `${layer.name}/mean`));
    const others = x.shape.map((_, axis) => axis).slice(0, -1);
    const [first, squares] = [tf.mean(centred, others).dataSync(), tf.mean(tf.square(centred), others).dataSync()];
    const weight = x.size / first.length;
    const sum = sums.get(layer) ?? {
      first: new Float64Array(first.length),
      squares: new Float64Array(first.length),
      values: 0,
    };
    first.forEach((value, channel) => {
      sum.first[channel]! += weight * value;
      sum.squares[channel]! += weight * squares[channel]!;
    });
    sum.values += weight;
    sums.set(layer, sum);
  }
}

function deviation(network: Network, { name, epsilon }: BatchNormalisation, sums: Sums): StatisticsDeviation {
  const stored = parameter<Tensor1D>(network, `${name}/variance`).dataSync();
  let [mean, spread] = [0, 0];
  stored.forEach((variance, channel) => {
    const shift = sums.first[channel]! / sums.values;
    const own = Math.max(0, sums.squares[channel]! / sums.values - shift * shift);
    const expected = Math.sqrt(variance + epsilon);
    mean += Math.abs(shift) / expected;
    spread += Math.abs(Math.sqrt(own + epsilon) / expected - 1);
  });
  return { layer: name, mean: mean / stored.length, spread: spread / stored.length };
}
