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
  type Step,
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
  await logitsInBatches(network, trie, images, options, (route, logits, { labels }) => {
    const score = scoreOf(logits, labels);
    wrong[route]! += score.wrong;
    crossEntropy[route]! += score.crossEntropy;
  });
  return routes.map((_, i) => ({
    topOneError: wrong[i]! / images.count,
    crossEntropy: crossEntropy[i]! / images.count,
    images: images.count,
  }));
}

/**
 * Takes a network's images through a trie of routes batch by batch, in their order: by this project's engine with batch
 * normalisation folded, or by the runtime that the network brings.
 *
 * @param onLogits given the logits of one route for one batch, in rows; each route of a batch once, in the order of the trie
 */
export async function logitsInBatches(
  network: Network,
  trie: TrieNode,
  images: ImageSet,
  options: EvaluateOptions,
  onLogits: (route: number, logits: Float32Array, batch: OrderedBatch) => void,
): Promise<void> {
  if (network.graph === undefined) {
    return inferInBatches(network, images, options, (folded, x, batch) =>
      walkAtOnce(folded, trie, x, (route, logits) => onLogits(route, logits.dataSync<"float32">(), batch)),
    );
  }
  const { channelStatistics = options.channelStatistics, ...graph } = network.graph;
  const parts = await graph.parts(options.batchSize ?? usualBatchSize);
  for (const batch of batchesInOrder(images, parts.batchSize, channelStatistics)) {
    const steps = walk<object, { readonly values: Float32Array; readonly classes: number }>(trie, {
      stem: () => parts.stem(batch),
      block: (step, x) => parts.block(step, x),
      head: (x) => parts.head(x),
      use: (route, { values, classes }) => onLogits(route, values.subarray(0, batch.labels.length * classes), batch),
      again: (x) => x,
      free: () => {},
    });
    for (let pending = steps.next(); !pending.done; ) pending = steps.next(await pending.value);
    await betweenBatches(batch, images, options);
  }
}

/** Tells how far an evaluation is, and lets messages and signals in: the kernels block this thread. */
async function betweenBatches(
  { start, labels }: OrderedBatch,
  { count }: ImageSet,
  { signal, onProgress }: Pick<EvaluateOptions, "signal" | "onProgress">,
): Promise<void> {
  onProgress?.(start + labels.length, count);
  await setImmediate();
  signal?.throwIfAborted();
}

const usualBatchSize = 250;

/**
 * Takes a network's images through it batch by batch, in their order, batch normalisation folded.
 *
 * @param infer given the folded network, the normalised images `[batch, height, width, channels]` and what else belongs to
 *   the batch; the tensors that it makes are freed
 */
export async function inferInBatches(
  network: Network,
  images: ImageSet,
  { channelStatistics, batchSize = usualBatchSize, ...watched }: EvaluateOptions,
  infer: (folded: Network, x: Tensor4D, batch: OrderedBatch) => void,
): Promise<void> {
  const folded = foldBatchNormalisation(network);
  try {
    for (const batch of batchesInOrder(images, batchSize, channelStatistics)) {
      tf.tidy(() => infer(folded, tf.tensor4d(batch.values, batch.shape), batch));
      await betweenBatches(batch, images, watched);
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
  walkAtOnce(network, routeTrie(routes), x, (route, logits) => {
    logitsOf[route] = logits.clone();
  });
  return logitsOf;
}

/** What a walk needs of whatever runs the network, on one batch. Every value may be promised. */
interface Walker<Activations, Logits> {
  /** What the routes begin with. */
  stem(): Activations | Promise<Activations>;
  /** Its input stays; the output may be the input itself. */
  block(step: Step, x: Activations): Activations | Promise<Activations>;
  head(x: Activations): Logits | Promise<Logits>;
  /** Takes the logits of one route. */
  use(route: number, logits: Logits): void;
  /** The same activations, to be freed once more. */
  again(x: Activations): Activations;
  free(value: Activations | Logits): void;
}

/** Yields what may be promised, and is to be given its value. */
type Steps<Result> = Generator<unknown, Result, unknown>;

function* settled<Value>(given: Value | Promise<Value>): Steps<Value> {
  return (yield given) as Value;
}

/** Runs a trie depth first and hands out the logits of each route, which are freed afterwards. */
function* walk<Activations, Logits>(root: TrieNode, walker: Walker<Activations, Logits>): Steps<void> {
  function* visit(node: TrieNode, activations: Activations): Steps<void> {
    if (node.routes.length > 0) {
      const logits = yield* settled(walker.head(activations));
      for (const route of node.routes) walker.use(route, logits);
      walker.free(logits);
    }
    for (const [i, child] of node.children.entries()) {
      const next = yield* settled(walker.block(child.step!, activations));
      const isLast = i === node.children.length - 1;
      if (next !== activations) {
        if (isLast) walker.free(activations);
        yield* visit(child, next);
      } else {
        yield* visit(child, isLast ? activations : walker.again(activations));
      }
    }
    if (node.children.length === 0) walker.free(activations);
  }
  yield* visit(root, yield* settled(walker.stem()));
}

/** A walk by this project's engine, which promises nothing. */
function walkAtOnce(
  network: Network,
  trie: TrieNode,
  x: Tensor4D,
  use: (route: number, logits: Tensor2D) => void,
): void {
  const steps = walk<Tensor4D, Tensor2D>(trie, {
    stem: () => runStem(network, x, "inference"),
    block: (step, activations) => runBlock(network, step, activations, "inference"),
    head: (activations) => runHead(network, activations, "inference"),
    use,
    again: (activations) => activations.clone() as Tensor4D,
    free(value) {
      if (value !== x) value.dispose();
    },
  });
  for (let pending = steps.next(); !pending.done; ) pending = steps.next(pending.value);
}

/** @param values logits in rows, one an image */
function scoreOf(values: Float32Array, labels: Int32Array): { wrong: number; crossEntropy: number } {
  const classes = values.length / labels.length;
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
