/**
 * A network as the mean of many of its routes.
 *
 * Source: Huang et al. 2016, arXiv:1603.09382, sec. 3: training with stochastic depth is training of an ensemble, which
 * the network with scaled branches stands for at test time. Whether it does is measured here against the ensemble
 * itself.
 */
import { setImmediate } from "node:timers/promises";
import { gatherBatch, type ImageSet, labelsOf } from "../data";
import { disposeNetwork, foldBatchNormalisation, fullRoute, type Network, type Route } from "../networks";
import { type Tensor2D, type Tensor4D, tf } from "../runtime";
import { type EvaluateOptions, type RouteResult, routeLogits } from "./evaluate";

/** How the mean prediction of some routes did. */
export interface EnsembleResult extends RouteResult {
  /** How many routes the prediction is the mean of. */
  readonly routes: number;
  /**
   * Kullback-Leibler divergence of the reference's prediction from the mean one, Σ mean ln(mean / reference) over the
   * classes, mean over the images, in nats: 0 where both are the same, else above.
   */
  readonly divergence: number;
}

export interface EnsembleOptions extends EvaluateOptions {
  /** The route that is to stand for the ensemble; the full one by default. */
  readonly reference?: Route;
}

/** Most blocks of which all routes are run: 4096 of them. */
const mostEnumerated = 12;

/**
 * Error and cross-entropy of mean predictions: of the softmax probabilities of the first k routes, for several k.
 *
 * As `evaluate`, which it equals for a single route: at inference, shared prefixes run once. Every route's logits of
 * one batch of images are held at a time, besides the activations of the trie.
 *
 * @param sizes how many routes each mean takes, each from 1 to the number of routes
 * @returns one result for each size, in their order
 * @throws RangeError when a size is no such number, or a route does not fit the network
 */
export async function ensembleErrors(
  network: Network,
  routes: readonly Route[],
  images: ImageSet,
  sizes: readonly number[],
  { channelStatistics, reference, batchSize = 100, signal, onProgress }: EnsembleOptions,
): Promise<EnsembleResult[]> {
  const odd = sizes.find((size) => !(Number.isInteger(size) && size >= 1 && size <= routes.length));
  if (odd !== undefined) throw new RangeError(`a mean takes from 1 to ${routes.length} routes, got ${odd}`);
  const all = [...routes, reference ?? fullRoute(network.architecture)];
  const folded = foldBatchNormalisation(network);
  const sums = sizes.map(() => ({ wrong: 0, crossEntropy: 0, divergence: 0 }));
  try {
    for (let start = 0; start < images.count; start += batchSize) {
      const length = Math.min(batchSize, images.count - start);
      const indices = Uint32Array.from({ length }, (_, i) => start + i);
      const labels = labelsOf(images, indices);
      const values = gatherBatch(images, indices, channelStatistics);
      tf.tidy(() => {
        const x = tf.tensor4d(values, [length, images.height, images.width, images.channels]);
        const predictions = routeLogits(folded, all, x).map(logProbabilities);
        const referenceLogs = predictions.pop()!;
        let logSums: Float64Array | undefined;
        predictions.forEach((logs, i) => {
          logSums = logSums === undefined ? logs : logSums.map((sum, place) => logOfSum(sum, logs[place]!));
          for (const [place, size] of sizes.entries()) {
            if (size !== i + 1) continue;
            const means = logSums.map((sum) => sum - Math.log(size));
            addScores(sums[place]!, means, referenceLogs, labels);
          }
        });
      });
      onProgress?.(start + length, images.count);
      await setImmediate(); // lets messages and signals in: the kernels block this thread
      signal?.throwIfAborted();
    }
  } finally {
    disposeNetwork(folded);
  }
  return sums.map(({ wrong, crossEntropy, divergence }, i) => ({
    routes: sizes[i]!,
    topOneError: wrong / images.count,
    crossEntropy: crossEntropy / images.count,
    divergence: divergence / images.count,
    images: images.count,
  }));
}

/**
 * Expected logits where each block's residual branch runs with a probability of its own: the sum over all 2^N routes,
 * each weighted by its probability; nothing is drawn.
 *
 * Where all residual branches are linear they are the logits of the route whose branches are scaled by their
 * probabilities (`expectedRoute`); else that route only approximates them.
 *
 * @param probabilities one for each block, at most 12
 * @param x normalised images, `[batch, height, width, channels]`
 * @returns `[batch, classes]`; the caller disposes it
 * @throws RangeError when there are more blocks, not as many probabilities, or a block cannot be skipped
 */
export function expectedLogits(network: Network, probabilities: readonly number[], x: Tensor4D): Tensor2D {
  const { name, blocks } = network.architecture;
  if (blocks.length > mostEnumerated) {
    throw new RangeError(`all routes are run for up to ${mostEnumerated} blocks; ${name} has ${blocks.length}`);
  }
  if (probabilities.length !== blocks.length) {
    throw new RangeError(`need ${blocks.length} probabilities, one a block of ${name}, got ${probabilities.length}`);
  }
  const routes = Array.from(
    { length: 2 ** blocks.length },
    (_, which): Route =>
      fullRoute(network.architecture).map((step, i) => ((which >> i) & 1 ? step : { ...step, branch: "skip" })),
  );
  const weightOf = (route: Route) =>
    route.reduce(
      (weight, { branch }, i) => weight * (branch === "skip" ? 1 - probabilities[i]! : probabilities[i]!),
      1,
    );
  return tf.tidy(() =>
    tf.addN(routeLogits(network, routes, x).map((logits, i) => tf.mul(logits, weightOf(routes[i]!)) as Tensor2D)),
  );
}

/**
 * Logarithms of the softmax, `[batch x classes]` in rows, in double precision. Kept as logarithms: a probability may be
 * too small for a number.
 */
export function logProbabilities(logits: Tensor2D): Float64Array {
  const values = Float64Array.from(logits.dataSync<"float32">());
  const classes = logits.shape[1];
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const normaliser = largest + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    for (let i = 0; i < classes; i++) row[i]! -= normaliser;
  }
  return values;
}

/** ln(e^a + e^b). */
export function logOfSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** Adds a batch's wrong images, cross-entropies and divergences to the sums. */
export function addScores(
  sums: { wrong: number; crossEntropy: number; divergence: number },
  logs: Float64Array,
  referenceLogs: Float64Array,
  labels: Int32Array,
): void {
  const classes = logs.length / labels.length;
  labels.forEach((label, i) => {
    const row = logs.subarray(i * classes, (i + 1) * classes);
    const largest = row.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
    if (row.indexOf(largest) !== label) sums.wrong++;
    sums.crossEntropy -= row[label]!;
    sums.divergence += row.reduce(
      (sum, log, c) =>
        sum + (log === Number.NEGATIVE_INFINITY ? 0 : Math.exp(log) * (log - referenceLogs[i * classes + c]!)),
      0,
    );
  });
}
