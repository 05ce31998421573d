/**
 * What running an architecture costs: time and memory of inference and of a gradient.
 */
import { setImmediate } from "node:timers/promises";
import { softmaxCrossEntropy } from "../../ops";
import { randomStream } from "../../random";
import { peakTensorBytes, type Tensor, type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type { Architecture, Layer } from "../engine/architecture";
import { backward } from "../engine/backward";
import { forward, newTape } from "../engine/forward";

import { createNetwork, disposeNetwork, type Network, normalImages } from "../engine/network";
import { foldBatchNormalisation, takeBatchStatistics } from "../engine/normalisation";
import { branchShape, multiplyAccumulates, parameterSpecifications } from "../engine/shapes";

/** How a cost is measured. */
export interface NetworkCostOptions {
  /** Images that run at a time, at least 1. */
  readonly images: number;
  /** Timed passes of each kind, at least 1. */
  readonly repetitions: number;
  /** Seed of weights, images and dropout: neither time nor memory depends on them. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What all images together cost. A gradient is a forward and a backward pass, through every exit and with dropout. */
export interface NetworkCost {
  /** Whether all logits and gradients were finite. */
  readonly finite: boolean;
  /** Tensors left behind when all is disposed: none, unless there is a mistake. */
  readonly leakedTensors: number;
  /** Of each timed pass, normalisation folded into the convolutions (s). */
  readonly inferenceSeconds: readonly number[];
  readonly gradientSeconds: readonly number[];
  /** Most that tensors hold at a time beyond the weights: see `peakTensorBytes`. */
  readonly inferenceBytes: number;
  /** The same; the gradient by every parameter is among it. */
  readonly gradientBytes: number;
}

/**
 * Runs an architecture forward and backward on random images, and times it. It lets the event loop turn between passes.
 *
 * The weights are fresh, and statistics of normalisation are those of these images: hundreds of blocks would overflow
 * without.
 *
 * @throws the signal's reason once it is aborted
 */
export async function networkCost(architecture: Architecture, options: NetworkCostOptions): Promise<NetworkCost> {
  const tensorsBefore = tf.memory().numTensors;
  const found = await runAndTime(architecture, options);
  return { ...found, leakedTensors: tf.memory().numTensors - tensorsBefore };
}

async function runAndTime(
  architecture: Architecture,
  { images, repetitions, seed, signal }: NetworkCostOptions,
): Promise<Omit<NetworkCost, "leakedTensors">> {
  const network = createNetwork(architecture, seed);
  const x = normalImages([images, ...architecture.inputShape], randomStream(seed, "pictures"));
  takeBatchStatistics(network, x);
  const folded = foldBatchNormalisation(network);
  const inference = () => tf.tidy(() => void forward(folded, x, { mode: "inference" }));
  const gradient = () => tf.tidy(() => void lossAndGradients(network, x, seed));
  try {
    const finite = tf.tidy(() => {
      const logits = forward(folded, x, { mode: "inference" });
      return [logits, ...lossAndGradients(network, x, seed)].every(isFiniteThroughout);
    });
    return {
      finite,
      inferenceBytes: peakTensorBytes(inference), // a warm-up for the timed passes, too
      gradientBytes: peakTensorBytes(gradient),
      inferenceSeconds: await secondsOf(inference, repetitions, signal),
      gradientSeconds: await secondsOf(gradient, repetitions, signal),
    };
  } finally {
    x.dispose();
    disposeNetwork(folded);
    disposeNetwork(network);
  }
}

/** The loss, and the gradient by every parameter, of one target class. */
function lossAndGradients(network: Network, x: Tensor4D, seed: number): Tensor[] {
  const { classes, exits = [] } = network.architecture;
  const targets = tf.oneHot(tf.zeros([x.shape[0]], "int32"), classes).toFloat() as Tensor2D;
  const tape = newTape();
  const exitLogits = new Map<string, Tensor2D>();
  const masks = (layer: string) => randomStream(seed, "dropout", layer);
  const logits = forward(network, x, { mode: "batch statistics", tape, masks, exitLogits });
  const exitGradients = new Map(
    exits.map(({ name, lossWeight }) => {
      const { gradient } = softmaxCrossEntropy(exitLogits.get(name)!, targets);
      return [name, tf.mul<Tensor2D>(gradient, lossWeight)];
    }),
  );
  const { loss, gradient } = softmaxCrossEntropy(logits, targets);
  return [loss, ...backward(network, tape, gradient, { input: false, exitGradients }).parameters.values()];
}

/** A sum is finite where every term is, unless it overflows: which would be as bad. */
function isFiniteThroughout(tensor: Tensor): boolean {
  return Number.isFinite(tf.sum(tensor).dataSync()[0]);
}

/** Time (s) of each repetition of work that blocks this thread. */
async function secondsOf(work: () => void, repetitions: number, signal: AbortSignal): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    await setImmediate(); // lets messages and signals in
    signal.throwIfAborted();
    const start = performance.now();
    work();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

/**
 * Layers as a network of nothing else, for measuring them: they are its stem, and its logits are the averages of their
 * activations over the image.
 *
 * @param layers from `inputShape` to activations with height and width
 * @param inputShape `[height, width, channels]`
 */
export function layersAlone(layers: readonly Layer[], inputShape: Architecture["inputShape"]): Architecture {
  return {
    name: "layers",
    inputShape,
    classes: branchShape(layers, inputShape).at(-1)!,
    stem: layers,
    blocks: [],
    head: [{ kind: "global average pool" }],
  };
}

/** Numbers in all parameters of some layers, running statistics included. */
export function layerWeights(layers: readonly Layer[], inputShape: Architecture["inputShape"]): number {
  return parameterSpecifications(layersAlone(layers, inputShape)).reduce(
    (total, { shape }) => total + shape.reduce((product, side) => product * side, 1),
    0,
  );
}

/** Multiply-accumulates of one image at inference, at which exits do not run: see `multiplyAccumulates`. */
export function inferenceOperations({ exits, ...architecture }: Architecture): number {
  return multiplyAccumulates(architecture);
}
