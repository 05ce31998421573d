/**
 * Whether a network gets what it was trained on: the running statistics that it stores against what arrives at them.
 */
import { randomStream } from "../../random";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../runtime";
import type { BatchNormalisation } from "../engine/architecture";
import { forward, type LayerRecord, newTape } from "../engine/forward";
import { inFloat32, type Network, type NormalisedInput, parameter } from "../engine/network";
import { fullRoute, linearSurvival, type RouteSampling, sampleRoute, uniformSurvival } from "../engine/route";

/** How far the input of one batch normalisation is from the statistics that it stores. */
export interface StatisticsDeviation {
  /** Address of the layer. */
  readonly layer: string;
  /** |mean of the input - stored mean| / the larger of the two standard deviations, averaged over channels. */
  readonly mean: number;
  /** |log(standard deviation of the input / stored one)|, averaged over channels. */
  readonly spread: number;
  /**
   * How alike the channels' standard deviations are, whatever factor they share: with their logarithms a and b and d = a - b,
   * 1 - var(d) / (var(a) + var(b) + 2 * 0.1²) over channels. 1 for proportional ones, about 0 for unrelated ones.
   */
  readonly likeness: number;
  /** The share of the initial mean 0 and variance 1 in what is stored, by least squares over channels: 0.12 after 20 steps. */
  readonly initial: number;
}

/** What came of comparing a network's running statistics with what arrives at them. */
export interface StatisticsComparison {
  /**
   * - "agree": it runs as it was trained, as far as this tells;
   * - "agree with blocks dropped": so it does when residual branches are left out at random, as stochastic depth trains;
   * - "too early": so much of the initial 0 and 1 is still in what is stored that it tells nothing;
   * - "initial": what is stored is the initial 0 and 1;
   * - "disagree": it does not run as it was trained.
   */
  readonly outcome: "agree" | "agree with blocks dropped" | "too early" | "initial" | "disagree";
  /** Of every batch normalisation, in the order in which they run; with blocks dropped where more of them agree so. */
  readonly deviations: readonly StatisticsDeviation[];
  /** The first of these that deviates by more than is allowed; null where there is none. */
  readonly first: StatisticsDeviation | null;
  /** The share of the initial 0 and 1 in what is stored, of the first layer or the lower quartile of all, whichever is less. */
  readonly initial: number;
}

/**
 * What a network that is run as it was trained keeps to. Measured on 31 trainings for the purpose, of 20 to 1,500 steps (plain,
 * residual, bottleneck, pre-activation, VGG; stochastic depth; MNIST, CIFAR-10), with each fault planted in each, and on
 * 90 networks that this project's experiments had trained:
 *
 * - `initial` 0.1 to 0.5 after 10 and 20 steps with a momentum of 0.9, up to 0.05 after 60 and more, with and without faults. In
 *   the short ones the weights move faster than the statistics follow, and `likeness` falls to 0.5: faults behind the first
 *   layer do not show.
 * - From 60 steps on, `likeness` 0.97 and above, 0.99 mostly. Behind channels in other places it is -0.1 to 0.8, behind a stride, a
 *   padding or a ReLU in another place mostly 0.6 to 0.9.
 * - At the first layer a mean and a spread up to 0.05, 0.3 in the short ones; images on another scale give 0.45 to 4.
 * - Further in a mean and a spread up to 0.05; a factor of 1.6 is allowed there, since dropout and its like shift them.
 * - Blocks dropped at random shift the statistics of those that remain: spread up to 0.74, `likeness` down to 0.79. Over routes
 *   that are sampled likewise they come back to 0.3 and 0.9, as with the weakest of the faults alone.
 *
 * These numbers part neither the order of the colours, nor means and deviations of images that are nearly the same (ImageNet's
 * for CIFAR-10), nor an epsilon up to 0.1, nor, in photographs, rows and columns that are exchanged.
 */
export const allowedDeviation = { likeness: 0.9, first: 0.4, further: 0.5, initial: 0.06 } as const;

/** Images that go through the network at a time, each batch normalised by its own statistics. */
const batchSize = 64;

/** Routes that blocks dropped at random are judged by, each with a smaller batch; images serve more than once where they are few. */
const sampledRoutes = 32;

/** Differences between channels below this, as logarithms, are no pattern: chance makes them on a few hundred images. */
const noPattern = 0.1;

/** A channel whose deviation is below this share of the layer's median is as good as silent. */
const silent = 0.1;

/**
 * Compares what every batch normalisation stores with what it gets from images of the training, and says what that tells: see
 * `allowedDeviation`. Changes nothing that the network stores, and frees all tensors that it makes.
 *
 * @param images `[count, height, width, channels]`, about a thousand of the training images, prepared for the network; they stay
 *   the caller's
 * @throws RangeError without images
 */
export function compareStatistics(network: Network, images: Tensor4D): StatisticsComparison {
  const { blocks } = network.architecture;
  const isResidual = blocks.length > 0 && blocks.every(({ shortcut }) => shortcut !== null);
  return comparison(
    statisticsDeviations(network, images),
    (layer) => isFresh(network, layer),
    isResidual
      ? [linearSurvival(blocks.length, 0.5), uniformSurvival(blocks.length, 0.5)].map(
          (probabilities) => () => statisticsDeviations(network, images, { kind: "survival", probabilities }),
        )
      : [],
  );
}

/**
 * The same of what arrives at the normalisations of a network that another runtime runs: see `GraphRuntime.normalisations`. Blocks that
 * were dropped at random in its training are not thought of.
 */
export function compareInputs(inputs: readonly NormalisedInput[]): StatisticsComparison {
  const fresh = new Set(
    inputs.flatMap(({ layer, mean, variance }) =>
      mean.every((one) => one === 0) && variance.every((one) => one === 1) ? [layer] : [],
    ),
  );
  return comparison(inputs.map(deviationOf), (layer) => fresh.has(layer), []);
}

/** @param dropped the deviations along routes with blocks dropped, in the ways in which that may have been done */
function comparison(
  deviations: readonly StatisticsDeviation[],
  isInitial: (layer: string) => boolean,
  dropped: readonly (() => readonly StatisticsDeviation[])[],
): StatisticsComparison {
  const [first = null] = deviating(deviations);
  const shares = deviations.map(({ initial }) => initial);
  const quartile = [...shares].sort((one, other) => one - other)[Math.floor((shares.length - 1) / 4)];
  const found = { deviations, first, initial: Math.min(shares[0] ?? 0, quartile ?? 0) };
  if (deviations.length > 0 && deviations.every(({ layer }) => isInitial(layer)))
    return { ...found, outcome: "initial" };
  if (first === null) return { ...found, outcome: "agree" };
  const isEarly = found.initial > allowedDeviation.initial && found.initial <= 0.5;
  if (isEarly && first !== deviations[0]) return { ...found, outcome: "too early" };
  if (dropped.length === 0) return { ...found, outcome: "disagree" };
  // What is wrong with a network whose blocks were dropped shows best along routes like its own.
  let best = { deviations, astray: deviating(deviations) };
  for (const along of dropped) {
    const these = along();
    const astray = deviating(these);
    if (astray.length < best.astray.length) best = { deviations: these, astray };
  }
  const outcome = best.astray.length === 0 ? "agree with blocks dropped" : "disagree";
  return { ...found, outcome, deviations: best.deviations, first: best.astray[0] ?? null };
}

/**
 * The deviations of every batch normalisation, in the order in which they run.
 *
 * The batches are normalised by their own means and variances, as when the running ones were taken, so that each layer is compared
 * by itself: what the layers before it store does not reach it.
 *
 * @param sampling of a route for each batch; the full one by default
 * @returns none for a network without batch normalisation
 * @throws RangeError without images
 */
export function statisticsDeviations(
  given: Network,
  images: Tensor4D,
  sampling: RouteSampling | null = null,
): StatisticsDeviation[] {
  const network = inFloat32(given);
  const count = images.shape[0];
  if (count === 0) throw new RangeError("need images to compare the stored statistics with, got none");
  const { architecture } = network;
  const sums = new Map<BatchNormalisation, Sums>();
  const size = sampling === null ? batchSize : Math.min(batchSize / 2, count);
  const batches = sampling === null ? Math.ceil(count / size) : sampledRoutes;
  for (let place = 0; place < batches; place++) {
    tf.tidy(() => {
      const start = (place % Math.ceil(count / size)) * size;
      const batch = images.slice(start, Math.min(size, count - start));
      const tape = newTape();
      const route =
        sampling === null
          ? fullRoute(architecture)
          : sampleRoute(architecture, sampling, randomStream(1, "compared route", place));
      forward(network, batch, { mode: "batch statistics", route, tape });
      const blocks = tape.blocks.flatMap(({ residual, shortcut, join }) => [...residual, ...shortcut, ...join]);
      addUp([...tape.stem, ...blocks, ...tape.head], network, sums);
    });
  }
  return [...sums].map(([{ name: layer, epsilon }, { first, squares, values }]) => {
    const stored = (what: string) =>
      Float32Array.from(parameter<Tensor1D>(network, `${layer}/${what}`).dataSync<"float32">());
    return deviationOf({
      ...{ layer, epsilon, mean: stored("mean"), variance: stored("variance") },
      shifts: first.map((sum) => sum / values),
      squares: squares.map((sum) => sum / values),
    });
  });
}

/** Whether a layer's statistics are as they were made: all means 0, all variances 1. */
function isFresh(network: Network, layer: string): boolean {
  const all = (what: string, value: number) =>
    parameter<Tensor1D>(network, `${layer}/${what}`)
      .dataSync()
      .every((one) => one === value);
  return all("mean", 0) && all("variance", 1);
}

/** The layers that deviate by more than is allowed (see `allowedDeviation`). */
function deviating(deviations: readonly StatisticsDeviation[]): StatisticsDeviation[] {
  return deviations.filter(({ mean, spread, likeness }, place) => {
    const allowed = place === 0 ? allowedDeviation.first : allowedDeviation.further;
    return !(mean <= allowed && spread <= allowed && likeness >= allowedDeviation.likeness); // true for NaN
  });
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

function deviationOf(input: NormalisedInput): StatisticsDeviation {
  const { layer, epsilon, shifts, squares } = input;
  const stored = Array.from(input.variance, (variance) => Math.sqrt(Math.max(0, variance) + epsilon));
  const found = Array.from(shifts, (shift, channel) =>
    Math.sqrt(Math.max(0, squares[channel]! - shift * shift) + epsilon),
  );
  // Silent channels have no deviation to speak of, and their logarithms would outweigh all others.
  const least = silent * middle(stored);
  const heard = stored.flatMap((one, channel) => (one < least && found[channel]! < least ? [] : [channel]));
  const logOf = (values: readonly number[]) => heard.map((channel) => Math.log(Math.max(values[channel]!, least)));
  const [theirs, ours] = [logOf(stored), logOf(found)];
  const gaps = ours.map((one, i) => one - theirs[i]!);
  const unlike = variance(gaps) / (variance(theirs) + variance(ours) + 2 * noPattern ** 2);
  return {
    layer,
    mean: average(heard.map((channel, i) => Math.abs(shifts[channel]!) / Math.exp(Math.max(theirs[i]!, ours[i]!)))),
    spread: average(gaps.map(Math.abs)),
    likeness: 1 - unlike,
    initial: initialShare(input, found),
  };
}

/** The w for which what is stored is nearest to (1 - w) of what was found and w of the initial 0 and 1. */
function initialShare(
  { mean: means, variance: variances, shifts, epsilon }: NormalisedInput,
  found: readonly number[],
): number {
  let [across, along] = [0, 0];
  found.forEach((deviation, channel) => {
    const variance = deviation ** 2;
    const mean = means[channel]! + shifts[channel]!;
    // Each equation in units in which chance is alike: standard deviations, and the variances' sum.
    across += (mean / deviation) * (shifts[channel]! / deviation);
    along += (mean / deviation) ** 2;
    const unit = variance + variances[channel]! + epsilon;
    across += ((1 - variance) / unit) * ((variances[channel]! - variance) / unit);
    along += ((1 - variance) / unit) ** 2;
  });
  return along === 0 ? 0 : across / along;
}

function middle(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const mean = average(values);
  return average(values.map((value) => (value - mean) ** 2));
}
