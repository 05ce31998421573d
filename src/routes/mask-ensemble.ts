/**
 * A network with dropout as the mean of many of its thinned networks.
 *
 * Source: Srivastava et al. 2014, JMLR 15:1929, sec. 7.5: the mean prediction of k networks, each with masks of its
 * own, against weight scaling, which is to stand for the mean of all. Masks here grow what they keep, so that the
 * network without masks is the scaled one.
 */
import { setImmediate } from "node:timers/promises";
import { batchesInOrder, type ImageSet } from "../data";
import { createNetwork, dense, disposeNetwork, flatten, forward, type MaskStreams, type Network } from "../networks";
import { randomStream } from "../random";
import { type Tensor4D, tf } from "../runtime";
import { logProbabilities, meanPredictionScores } from "./ensemble";
import type { EvaluateOptions, RouteResult } from "./evaluate";

/** How a mean prediction over masks did. */
interface MaskedResult extends RouteResult {
  /** Masks that the prediction of each image is the mean of. */
  readonly masks: number;
  /** Kullback-Leibler divergence of the scaled network's prediction from the mean one, mean over images, in nats. */
  readonly divergence: number;
}

interface MaskEnsembleOptions extends EvaluateOptions {
  /** Of the masks: image for image, layer for layer and mask for mask they are independent. */
  readonly seed: number;
}

/** Masks after which messages and signals are let in. */
const turn = 50;

/**
 * Error and cross-entropy of the network by weight scaling, and of mean predictions: of the softmax probabilities under
 * the first k masks, for several k.
 *
 * @param sizes how many masks each mean takes, each at least 1
 * @returns the scaled network, and one result for each size in their order
 * @throws RangeError when a size is no such number
 */
export async function maskEnsembleErrors(
  network: Network,
  images: ImageSet,
  sizes: readonly number[],
  { seed, channelStatistics, batchSize = 250, signal, onProgress }: MaskEnsembleOptions,
): Promise<{ readonly scaled: RouteResult; readonly means: MaskedResult[] }> {
  const odd = sizes.find((size) => !(Number.isInteger(size) && size >= 1));
  if (odd !== undefined) throw new RangeError(`a mean takes one mask or more, got ${odd}`);
  const most = Math.max(...sizes);
  const scaledScores = meanPredictionScores([1]);
  const scores = meanPredictionScores(sizes);
  for (const { start, values, shape, labels } of batchesInOrder(images, batchSize, channelStatistics)) {
    const x: Tensor4D = tf.tensor4d(values, shape);
    try {
      const scaled = predictionLogs(network, x);
      scaledScores.forBatch(labels, scaled)(scaled);
      const addMember = scores.forBatch(labels, scaled);
      for (let mask = 0; mask < most; mask++) {
        addMember(predictionLogs(network, x, (layer) => randomStream(seed, "mask at test time", mask, start, layer)));
        if ((mask + 1) % turn !== 0) continue;
        onProgress?.(start + (labels.length * (mask + 1)) / most, images.count);
        await setImmediate();
        signal?.throwIfAborted();
      }
    } finally {
      x.dispose();
    }
  }
  const [scaled] = scaledScores.results();
  return { scaled: scaled!, means: scores.results().map((score, i) => ({ ...score, masks: sizes[i]! })) };
}

/** Logarithms of the predicted probabilities at inference, under masks where there are streams of them. */
function predictionLogs(network: Network, x: Tensor4D, masks?: MaskStreams): Float64Array {
  const logits = tf.tidy(() => forward(network, x, { mode: "inference", ...(masks && { masks }) }));
  const logs = logProbabilities(logits.dataSync<"float32">(), logits.shape[1]);
  logits.dispose();
  return logs;
}

interface LinearSoftmax {
  /** Inputs, all of whose masks are run: 2^features of them; at most 12. */
  readonly features: number;
  readonly classes: number;
  /** Probability that an input is dropped. */
  readonly rate: number;
  /** Of the weights and of the inputs. */
  readonly seed: number;
}

/**
 * How far weight scaling is from the geometric mean over all masks, weighted by their probabilities and normalised, of
 * one softmax layer under dropout: the largest difference of a probability. The two are equal but for rounding.
 *
 * Source: Baldi & Sadowski 2013, NIPS, sec. 2 (the normalised weighted geometric mean); Srivastava et al. 2014, sec. 1.
 *
 * @throws RangeError for more than 12 features
 */
export function linearMaskDifference({ features, classes, rate, seed }: LinearSoftmax): number {
  if (features > 12) throw new RangeError(`all masks are run for up to 12 features, got ${features}`);
  const network = createNetwork(
    {
      name: "softmax layer",
      inputShape: [1, 1, features],
      classes,
      stem: [],
      blocks: [],
      head: [flatten, dense("classifier", classes)],
    },
    seed,
  );
  const stream = randomStream(seed, "inputs");
  const inputs = Array.from({ length: features }, () => stream.normal());
  const masks = Array.from({ length: 2 ** features }, (_, which) => inputs.map((_, i) => (which >> i) & 1));
  const logs = (rows: readonly (readonly number[])[]) => {
    const x: Tensor4D = tf.tensor4d(Float32Array.from(rows.flat()), [rows.length, 1, 1, features]);
    const found = predictionLogs(network, x);
    x.dispose();
    return found;
  };
  try {
    const scaled = logs([inputs]).map(Math.exp);
    const thinned = logs(masks.map((mask) => mask.map((kept, i) => (kept * inputs[i]!) / (1 - rate))));
    const geometric = new Float64Array(classes);
    masks.forEach((mask, which) => {
      const weight = mask.reduce((product, kept) => product * (kept === 1 ? 1 - rate : rate), 1);
      for (let c = 0; c < classes; c++) geometric[c]! += weight * thinned[which * classes + c]!;
    });
    const normaliser = geometric.reduce((sum, log) => sum + Math.exp(log), 0);
    return Math.max(...geometric.map((log, c) => Math.abs(Math.exp(log) / normaliser - scaled[c]!)));
  } finally {
    disposeNetwork(network);
  }
}
