/**
 * The gradient that paths of each length carry: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5, fig. 6b.
 */
import { setImmediate } from "node:timers/promises";
import { type ChannelStatistics, gatherBatch, type ImageSet, labelsOf } from "../data";
import { type Branch, branchGradients, forward, type Network, newTape, type Tape } from "../networks";
import type { RandomStream } from "../random";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../runtime";
import { sampleBlocks } from "./deletion";

interface PathGradientOptions {
  /** Of the training images: what the network's inputs are normalised by. */
  readonly channelStatistics: ChannelStatistics;
  /** Sets of blocks to try for each length; all of them where there are no more than that. */
  readonly samples: number;
  /** Of the sets. */
  readonly stream: RandomStream;
  readonly signal?: AbortSignal;
  /** Told after each group of lengths how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Norms of the loss gradient by the images, along paths of each length.
 *
 * The images go forward through the whole network as one batch, with its own statistics, as in training. Going back the
 * gradient takes the residual branch of k blocks, and of no other; those it passes by their shortcuts. Downsampling blocks
 * count like others. The loss is the mean cross-entropy of the batch, the norm the Euclidean one over all images, pixels and
 * channels. Paths that agree from a block to the end share the way back to it.
 *
 * A gradient shrinks with each branch, by thirty orders of magnitude in a network of 54 blocks. So that those of the longest
 * paths do not underflow in single precision, the loss is multiplied by 2^60, which is exact, and the norm divided by it.
 *
 * @returns element k: the norm for each set of k blocks that was tried, all different sets where they are all tried
 * @throws RangeError when a block has no shortcut, when there are no images or no samples, or when a gradient is not finite
 */
export async function pathGradientNorms(
  network: Network,
  images: ImageSet,
  { channelStatistics, samples, stream, signal, onProgress }: PathGradientOptions,
): Promise<number[][]> {
  const { blocks, name } = network.architecture;
  const plain = blocks.find(({ shortcut }) => shortcut === null);
  if (plain !== undefined) throw new RangeError(`${plain.name} of ${name} has no shortcut to pass it by`);
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`need a whole number of samples, at least 1, got ${samples}`);
  if (images.count < 1) throw new RangeError("a gradient needs at least one image");

  const indices = Uint32Array.from({ length: images.count }, (_, i) => i);
  const labels = labelsOf(images, indices);
  const values = gatherBatch(images, indices, channelStatistics);
  const places = blocks.map((_, block) => block);
  const sets = Array.from({ length: blocks.length + 1 }, (_, length) => blockSets(places, length, samples, stream));
  const norms: number[][] = [];
  while (norms.length < sets.length) {
    const together = withinLimit(sets.slice(norms.length));
    // The forward pass is repeated for each group of lengths, to the same end: no tape outlives a turn of the event loop.
    const found = tf.tidy(() => {
      const x = tf.tensor4d(values, [images.count, images.height, images.width, images.channels]);
      return normsAlong(network, scaledLoss(network, x, labels), together);
    });
    for (const ofLength of found) {
      const odd = ofLength.find((norm) => !Number.isFinite(norm));
      if (odd !== undefined) throw new RangeError(`the gradient along ${norms.length} blocks of ${name} is ${odd}`);
      norms.push(ofLength);
    }
    onProgress?.(norms.length, sets.length);
    await setImmediate(); // lets messages and signals in: the kernels block this thread
    signal?.throwIfAborted();
  }
  return norms;
}

/** Paths that go back from one forward pass: enough that it hardly counts, few enough for signals to come in. */
const pathsTogether = 32;

/** The first lengths that have no more paths together than that; one length at least. */
function withinLimit(sets: readonly number[][][]): readonly number[][][] {
  let paths = 0;
  const end = sets.findIndex((ofLength, i) => {
    paths += ofLength.length;
    return i > 0 && paths > pathsTogether;
  });
  return end < 0 ? sets : sets.slice(0, end);
}

const lossScale = 2 ** 60;

interface ScaledLoss {
  readonly tape: Tape;
  readonly logitsGradient: Tensor2D;
}

/** The tape of a forward pass, and the gradient of `lossScale` times the mean cross-entropy by the logits. */
function scaledLoss(network: Network, x: Tensor4D, labels: Int32Array): ScaledLoss {
  const tape = newTape();
  const logits = forward(network, x, { mode: "batch statistics", tape });
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), logits.shape[1]);
  const logitsGradient = tf.mul<Tensor2D>(tf.sub(tf.softmax(logits), targets), lossScale / labels.length);
  return { tape, logitsGradient };
}

/** The norm for each set of blocks, as the sets are grouped. */
function normsAlong(network: Network, { tape, logitsGradient }: ScaledLoss, sets: readonly number[][][]): number[][] {
  const choices = sets.map((ofLength) =>
    ofLength.map((through) => {
      const branches = tape.blocks.map((): Branch => "skip");
      for (const block of through) branches[block] = "residual";
      return branches;
    }),
  );
  const norms = new Map<readonly Branch[], number>();
  branchGradients(network, tape, logitsGradient, choices.flat(), (branches, gradient) => {
    norms.set(branches, euclideanNorm(gradient) / lossScale);
  });
  return choices.map((ofLength) => ofLength.map((branches) => norms.get(branches)!));
}

/** In double precision: squares of small gradients are below the smallest single-precision number. */
function euclideanNorm(tensor: Tensor): number {
  let squares = 0;
  for (const value of tensor.dataSync<"float32">()) squares += value * value;
  return Math.sqrt(squares);
}

/** All sets of `size` places where there are at most `samples`; else so many, each sampled on its own. */
function blockSets(places: readonly number[], size: number, samples: number, stream: RandomStream): number[][] {
  const sets: number[][] = [];
  for (const set of combinations(places, size)) {
    if (sets.push(set) <= samples) continue;
    return Array.from({ length: samples }, () => sampleBlocks(places, size, stream));
  }
  return sets;
}

/** Every way to choose `size` of the places, in order. */
function* combinations(places: readonly number[], size: number): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let first = 0; first <= places.length - size; first++) {
    for (const rest of combinations(places.slice(first + 1), size - 1)) yield [places[first]!, ...rest];
  }
}
