/**
 * A network as the mean of many of its routes.
 *
 * Source: Huang et al. 2016, arXiv:1603.09382, sec. 3: training with stochastic depth is training of an ensemble, which
 * the network with scaled branches stands for at test time. Whether it does is measured here against the ensemble
 * itself.
 */
import type { ImageSet } from "../data";
import { checkRoute, fullRoute, type Network, type Route } from "../networks";
import { type EvaluateOptions, logitsInBatches, type RouteResult } from "./evaluate";
import { routeTrie } from "./trie";

/** How the mean prediction of some routes did. */
interface EnsembleResult extends RouteResult {
  /** How many routes the prediction is the mean of. */
  readonly routes: number;
  /**
   * Kullback-Leibler divergence of the reference's prediction from the mean one, Σ mean ln(mean / reference) over the
   * classes, mean over the images, in nats: 0 where both are the same, else above.
   */
  readonly divergence: number;
}

interface EnsembleOptions extends EvaluateOptions {
  /** The route that is to stand for the ensemble; the full one by default. */
  readonly reference?: Route;
}

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
  { reference, batchSize = 100, ...options }: EnsembleOptions,
): Promise<EnsembleResult[]> {
  const odd = sizes.find((size) => !(Number.isInteger(size) && size >= 1 && size <= routes.length));
  if (odd !== undefined) throw new RangeError(`a mean takes from 1 to ${routes.length} routes, got ${odd}`);
  const all = [...routes, reference ?? fullRoute(network.architecture)];
  for (const route of all) checkRoute(network.architecture, route);
  const scores = meanPredictionScores(sizes);
  let predictions: Float64Array[] = [];
  let gathered = 0;
  await logitsInBatches(network, routeTrie(all), images, { ...options, batchSize }, (route, logits, { labels }) => {
    predictions[route] = logProbabilities(logits, logits.length / labels.length);
    if (++gathered < all.length) return;
    const addMember = scores.forBatch(labels, predictions.pop()!);
    for (const prediction of predictions) addMember(prediction);
    [predictions, gathered] = [[], 0];
  });
  return scores.results().map((score, i) => ({ ...score, routes: sizes[i]! }));
}

/**
 * Logarithms of the softmax, `[batch x classes]` in rows, in double precision. Kept as logarithms: a probability may be
 * too small for a number.
 *
 * @param logits in rows
 */
export function logProbabilities(logits: Float32Array, classes: number): Float64Array {
  const values = Float64Array.from(logits);
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const normaliser = largest + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    for (let i = 0; i < classes; i++) row[i]! -= normaliser;
  }
  return values;
}

/** How mean predictions did on the images so far. */
interface MeanPredictionScores {
  /**
   * Begins a mini-batch.
   *
   * @param reference log probabilities that the mean predictions are compared with
   * @returns takes the log probabilities of one member after another, as `logProbabilities` gives them
   */
  forBatch(labels: Int32Array, reference: Float64Array): (prediction: Float64Array) => void;
  /** One for each size, over all batches. */
  results(): (RouteResult & { readonly divergence: number })[];
}

/** Scores of the mean probabilities of the first k members of an ensemble, for each k of `sizes`. */
export function meanPredictionScores(sizes: readonly number[]): MeanPredictionScores {
  const sums = sizes.map(() => ({ wrong: 0, crossEntropy: 0, divergence: 0 }));
  let images = 0;
  return {
    forBatch(labels, reference) {
      images += labels.length;
      let members = 0;
      let logSums: Float64Array | undefined;
      return (prediction) => {
        logSums = logSums?.map((sum, place) => logOfSum(sum, prediction[place]!)) ?? prediction;
        members++;
        for (const [place, size] of sizes.entries()) {
          if (size !== members) continue;
          const means = logSums.map((sum) => sum - Math.log(size));
          addScores(sums[place]!, means, reference, labels);
        }
      };
    },
    results: () =>
      sums.map(({ wrong, crossEntropy, divergence }) => ({
        topOneError: wrong / images,
        crossEntropy: crossEntropy / images,
        divergence: divergence / images,
        images,
      })),
  };
}

/** ln(e^a + e^b). */
function logOfSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** Adds a batch's number of wrong images, cross-entropies and divergences to the sums. */
function addScores(
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
