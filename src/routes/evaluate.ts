/**
 * Many routes through one network, on one set of images, at once.
 */
import { setImmediate } from "node:timers/promises";
import { batchesInOrder, type ChannelStatistics, type ImageSet, type OrderedBatch } from "../data";
import {
  checkRoute,
  disposeNetwork,
  foldBatchNormalisation,
  type Network,
  type Route,
  runBlock,
  runHead,
  runStem,
} from "../networks";
import { type Tensor2D, type Tensor4D, tf } from "../runtime";
import { routeTrie, type TrieNode } from "./trie";

/** How a network did on one route. */
export interface RouteResult {
  /** Share of the images whose largest logit is not that of their label, in [0, 1]. */
  readonly topOneError: number;
  /** Mean cross-entropy in nats. */
  readonly crossEntropy: number;
  readonly images: number;
}

/** How routes are evaluated. */
export interface EvaluateOptions {
  /** Of the training images: what the network's inputs are normalised by. */
  readonly channelStatistics: ChannelStatistics;
  /** Images at a time, 250 by default. Results do not depend on it beyond rounding. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Told after each batch how many images are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How a cell of an experiment tells how far it is, and when it has to stop: part of what the harness hands to it. */
export interface Watched {
  progress(report: { readonly phase: string; readonly done: number; readonly total: number }): void;
  readonly signal: AbortSignal;
}

/**
 * Options of `evaluate` and its like by which a cell tells how far it is, and stops when it is to.
 *
 * @param channelStatistics of the training images
 * @param phase what is being done, for the screen: "resnet32: deleting one block"
 */
export function cellOptions(
  run: Watched,
  channelStatistics: ChannelStatistics,
  phase: string,
): Required<Omit<EvaluateOptions, "batchSize">> {
  return { channelStatistics, signal: run.signal, onProgress: (done, total) => run.progress({ phase, done, total }) };
}

/**
 * Top-1 error and cross-entropy of every route, at inference: running statistics, batch normalisation folded.
 *
 * Routes that share a prefix share its activations (see `trie.ts`). The result of a route depends neither on the other
 * routes nor on their order.
 *
 * @throws RangeError when a route does not fit the network (see `checkRoute`), before anything is computed
 */
export async function evaluate(
  network: Network,
  routes: readonly Route[],
  images: ImageSet,
  options: EvaluateOptions,
): Promise<RouteResult[]> {
  for (const route of routes) checkRoute(network.architecture, route);
  const trie = routeTrie(routes);
  const wrong = new Float64Array(routes.length);
  const crossEntropy = new Float64Array(routes.length);
  await inferInBatches(network, images, options, (folded, x, { labels }) => {
    walk(folded, trie, x, (route, logits) => {
      const score = scoreOf(logits, labels);
      wrong[route]! += score.wrong;
      crossEntropy[route]! += score.crossEntropy;
    });
  });
  return routes.map((_, i) => ({
    topOneError: wrong[i]! / images.count,
    crossEntropy: crossEntropy[i]! / images.count,
    images: images.count,
  }));
}

/**
 * Takes a network's images through it batch by batch, in their order, batch normalisation folded.
 *
 * @param infer given the folded network, the normalised images `[batch, height, width, channels]` and what else belongs to
 *   the batch; the tensors that it makes are freed
 */
export async function inferInBatches(
  network: Network,
  images: ImageSet,
  { channelStatistics, batchSize = 250, signal, onProgress }: EvaluateOptions,
  infer: (folded: Network, x: Tensor4D, batch: OrderedBatch) => void,
): Promise<void> {
  const folded = foldBatchNormalisation(network);
  try {
    for (const batch of batchesInOrder(images, batchSize, channelStatistics)) {
      tf.tidy(() => infer(folded, tf.tensor4d(batch.values, batch.shape), batch));
      onProgress?.(batch.start + batch.labels.length, images.count);
      await setImmediate(); // lets messages and signals in: the kernels block this thread
      signal?.throwIfAborted();
    }
  } finally {
    disposeNetwork(folded);
  }
}

/**
 * Logits of every route for one batch, `[batch, classes]`, in the order of the routes; the caller disposes them.
 *
 * @param x normalised images, `[batch, height, width, channels]`
 * @throws RangeError when a route does not fit the network
 */
export function routeLogits(network: Network, routes: readonly Route[], x: Tensor4D): Tensor2D[] {
  for (const route of routes) checkRoute(network.architecture, route);
  const logitsOf: Tensor2D[] = [];
  walk(network, routeTrie(routes), x, (route, logits) => {
    logitsOf[route] = logits.clone();
  });
  return logitsOf;
}

/** Runs a trie depth first and hands out the logits of each route, which are freed afterwards. */
function walk(
  network: Network,
  root: TrieNode,
  x: Tensor4D,
  onLogits: (route: number, logits: Tensor2D) => void,
): void {
  const visit = (node: TrieNode, activations: Tensor4D): void => {
    if (node.routes.length > 0) {
      const logits = runHead(network, activations, "inference");
      for (const route of node.routes) onLogits(route, logits);
      logits.dispose();
    }
    node.children.forEach((child, i) => {
      const next = runBlock(network, child.step!, activations, "inference");
      const isLast = i === node.children.length - 1;
      if (next !== activations) {
        if (isLast) free(activations);
        visit(child, next);
      } else {
        visit(child, isLast ? activations : (activations.clone() as Tensor4D));
      }
    });
    if (node.children.length === 0) free(activations);
  };
  const free = (activations: Tensor4D) => {
    if (activations !== x) activations.dispose();
  };
  visit(root, runStem(network, x, "inference"));
}

function scoreOf(logits: Tensor2D, labels: Int32Array): { wrong: number; crossEntropy: number } {
  const values = logits.dataSync<"float32">();
  const classes = logits.shape[1];
  let wrong = 0;
  let crossEntropy = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = values.subarray(i * classes, (i + 1) * classes);
    const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const exponentials = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    const own = row[labels[i]!]!;
    if (row.indexOf(largest) !== labels[i]) wrong++;
    crossEntropy += largest + Math.log(exponentials) - own;
  }
  return { wrong, crossEntropy };
}
