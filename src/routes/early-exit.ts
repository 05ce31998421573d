/**
 * Early exits: an image leaves at the first classifier that is sure of it, and the rest of the network is not run for it.
 *
 * Source: Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686, sec. III: sure is a prediction whose entropy is below a
 * threshold.
 */
import { type ImageSet, labelsOf } from "../data";
import {
  type Architecture,
  forward,
  layerMultiplyAccumulates,
  type Network,
  placedLayers,
  runBlock,
  runExit,
  runHead,
  runStem,
} from "../networks";
import { takeImages } from "../ops";
import { type Tensor2D, type Tensor4D, tf } from "../runtime";
import { logProbabilities } from "./ensemble";
import { type EvaluateOptions, inferInBatches } from "./evaluate";

/** What one classifier says of every image. */
export interface ClassifierOutputs {
  /** Name of the exit, or "head". */
  readonly classifier: string;
  /** Entropy of its prediction in nats, `[images]`: 0 where it is certain, ln(classes) where it cannot tell. */
  readonly entropies: Float64Array;
  /** The class that it holds most likely, `[images]`. */
  readonly classes: Int32Array;
}

/** A network whose images leave early, as a whole. */
interface EarlyExitResult {
  /** Share of the images classified wrongly, in [0, 1]. */
  readonly topOneError: number;
  /** Share of the images that leave at each classifier, the head last. */
  readonly shares: readonly number[];
  /** Mean multiply-accumulates of an image over those of the network without exits. */
  readonly cost: number;
}

/**
 * What every classifier of a network says of every image, at inference: the exits in their order, then the head. From it
 * follows what any threshold does.
 */
export async function classifierOutputs(
  network: Network,
  images: ImageSet,
  options: EvaluateOptions,
): Promise<ClassifierOutputs[]> {
  const outputs = classifiersOf(network.architecture).map((classifier) => ({
    classifier,
    entropies: new Float64Array(images.count),
    classes: new Int32Array(images.count),
  }));
  await inferInBatches(network, images, options, (folded, x, { start }) => {
    const exitLogits = new Map<string, Tensor2D>();
    const head = forward(folded, x, { mode: "inference", exitLogits });
    for (const { classifier, entropies, classes } of outputs) {
      const found = predictions(exitLogits.get(classifier) ?? head);
      entropies.set(found.entropies, start);
      classes.set(found.classes, start);
    }
  });
  return outputs;
}

/**
 * How a network does when every image leaves at the first classifier whose entropy is below the threshold, and at the head
 * otherwise.
 *
 * @param outputs of the network's classifiers on the images
 * @param costs of leaving at each of them: see `exitCosts`
 * @param labels of the images
 * @param threshold in nats; at 0 no image leaves early, and the exits are not run
 */
export function earlyExit(
  outputs: readonly ClassifierOutputs[],
  costs: readonly number[],
  labels: Int32Array,
  threshold: number,
): EarlyExitResult {
  const leaving = outputs.map(() => 0);
  let wrong = 0;
  labels.forEach((label, image) => {
    const early = outputs.slice(0, -1).findIndex(({ entropies }) => entropies[image]! < threshold);
    const place = early === -1 ? outputs.length - 1 : early;
    leaving[place]! += 1;
    if (outputs[place]!.classes[image] !== label) wrong += 1;
  });
  const shares = leaving.map((count) => count / labels.length);
  const cost = threshold === 0 ? 1 : shares.reduce((sum, share, place) => sum + share * costs[place]!, 0);
  return { topOneError: wrong / labels.length, shares, cost };
}

/**
 * What it costs to leave at each exit, and last at the head: the multiply-accumulates up to there, with those of all exits
 * passed, over those of the network without exits.
 */
export function exitCosts(architecture: Architecture): number[] {
  const exits = new Set((architecture.exits ?? []).map(({ name }) => name));
  const costs: number[] = [];
  let [all, inExits] = [0, 0];
  let last: string | undefined;
  for (const placed of placedLayers(architecture)) {
    if (last !== undefined && last !== placed.place && exits.has(last)) costs.push(all);
    const own = layerMultiplyAccumulates(placed);
    all += own;
    if (exits.has(placed.place)) inExits += own;
    last = placed.place;
  }
  return [...costs, all].map((cost) => cost / (all - inExits));
}

/** Where each image of a batch left, and as what. */
interface EarlyClassification {
  /** `[batch]`. */
  readonly classes: Int32Array;
  /** Place of the classifier among the exits and the head, `[batch]`. */
  readonly places: Int32Array;
}

/**
 * Classifies a batch with early exits: after each exit the images that leave are taken out of the batch, and once none is
 * left the network is not run any further. This is the way whose time tells what exits save.
 *
 * @param network normalisation folded (`foldBatchNormalisation`), where time counts
 * @param x normalised images, `[batch, height, width, channels]`; they stay the caller's
 * @param threshold entropy in nats below which an image leaves
 */
export function classifyEarly(network: Network, x: Tensor4D, threshold: number): EarlyClassification {
  const { blocks, exits = [] } = network.architecture;
  const classes = new Int32Array(x.shape[0]);
  const places = new Int32Array(x.shape[0]).fill(exits.length);
  tf.tidy(() => {
    let activations = runStem(network, x, "inference");
    let left = Array.from(classes.keys());
    for (const block of blocks.keys()) {
      const before = activations;
      activations = runBlock(network, { block, branch: "both" }, before, "inference");
      if (before !== x && before !== activations) before.dispose();
      for (const [place, exit] of exits.entries()) {
        if (exit.after !== block) continue;
        const found = predictions(runExit(network, exit.name, activations, "inference"));
        const staying: number[] = [];
        left.forEach((image, i) => {
          if (found.entropies[i]! < threshold) {
            classes[image] = found.classes[i]!;
            places[image] = place;
          } else staying.push(i);
        });
        if (staying.length === 0) return;
        if (staying.length < left.length) {
          const all = activations;
          activations = takeImages(all, staying);
          if (all !== x) all.dispose();
          left = staying.map((i) => left[i]!);
        }
      }
    }
    const found = predictions(runHead(network, activations, "inference"));
    left.forEach((image, i) => {
      classes[image] = found.classes[i]!;
    });
  });
  return { classes, places };
}

/** Error of one classifier on its own, in [0, 1]. */
export function classifierError({ classes }: ClassifierOutputs, labels: Int32Array): number {
  return classes.reduce((wrong, found, image) => wrong + Number(found !== labels[image]), 0) / labels.length;
}

/** Labels of all images of a set, in their order. */
export function allLabels(images: ImageSet): Int32Array {
  return labelsOf(
    images,
    Uint32Array.from({ length: images.count }, (_, i) => i),
  );
}

function classifiersOf({ exits = [] }: Architecture): string[] {
  return [...exits.map(({ name }) => name), "head"];
}

/** Entropies in nats and most likely classes of a batch, from its logits. */
function predictions(logits: Tensor2D): { entropies: Float64Array; classes: Int32Array } {
  const [batch, width] = logits.shape;
  const logs = logProbabilities(logits.dataSync<"float32">(), logits.shape[1]);
  const rows = Array.from({ length: batch }, (_, i) => logs.subarray(i * width, (i + 1) * width));
  return {
    entropies: Float64Array.from(rows, (row) => row.reduce((sum, log) => sum - Math.exp(log) * log, 0)),
    classes: Int32Array.from(rows, (row) => row.indexOf(Math.max(...row))),
  };
}
