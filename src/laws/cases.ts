/**
 * What a case of a law holds beside its network: weights, images, routes; and what laws do with them.
 */
import fc from "fast-check";
import {
  type Architecture,
  type Branch,
  blockShapes,
  createNetwork,
  disposeNetwork,
  keepsShape,
  type MaskStreams,
  type Network,
  normalImages,
  type Route,
  type Step,
  sameShape,
} from "../networks";
import { randomStream } from "../random";
import { type Tensor, type Tensor4D, tf } from "../runtime";

/** Seeds of fresh weights; the smallest is 0. */
export const weightSeeds: fc.Arbitrary<number> = fc.nat();

/** A seed of weights in words. */
export function weightsText(seed: number): string {
  return `weights of seed ${seed}`;
}

/** Runs a body on a network with fresh weights, in a tidy of its own; both are freed whatever the body throws. */
export function onNetwork(architecture: Architecture, seed: number, body: (network: Network) => void): void {
  const network = createNetwork(architecture, seed);
  try {
    tf.tidy(() => body(network));
  } finally {
    disposeNetwork(network);
  }
}

/** Dropout's masks of one case. */
export function masksOf(seed: number): MaskStreams {
  return (layer) => randomStream(seed, "dropout", layer);
}

/**
 * Largest difference of two tensors of one shape, over the larger of 1 and their largest value; infinite where a value is
 * not a finite number.
 */
export function relativeDifference(one: Tensor, other: Tensor): number {
  const [a, b] = [one.dataSync<"float32">(), other.dataSync<"float32">()];
  let difference = 0;
  let largest = 1;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]! - b[i]!)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
  }
  return difference / largest;
}

/** Whether every value is a finite number. */
export function isAllFinite(tensor: Tensor): boolean {
  return tensor.dataSync<"float32">().every(Number.isFinite);
}

/** A mini-batch by how it is made: a tensor would outlive the case that it was generated for. */
export interface ImageBatch {
  readonly count: number;
  /** What the pixels hold: standard normal deviates, or one value everywhere. */
  readonly content: "normal deviates" | "zeros" | "ones";
  readonly seed: number;
}

interface ImageBatchOptions {
  /** The fewest and the most images; 1 and 6 by default. */
  readonly counts?: readonly [fewest: number, most: number];
  /** Normal deviates alone by default. */
  readonly contents?: readonly ImageBatch["content"][];
}

/** Mini-batches of images, for `imagesOf`; the smallest holds the fewest images, of seed 0. */
export function imageBatches(options: ImageBatchOptions = {}): fc.Arbitrary<ImageBatch> {
  const { counts: [min, max] = [1, 6], contents = ["normal deviates"] } = options;
  return fc.record({ count: fc.integer({ min, max }), content: fc.constantFrom(...contents), seed: fc.nat() });
}

/**
 * The images of a batch, for a network to take.
 *
 * @returns `[count, height, width, channels]`; the caller disposes it
 */
export function imagesOf(
  { inputShape }: Pick<Architecture, "inputShape">,
  { count, content, seed }: ImageBatch,
): Tensor4D {
  const shape = [count, ...inputShape] as const;
  if (content === "normal deviates") return normalImages(shape, randomStream(seed, "pictures"));
  return tf.fill([...shape], content === "ones" ? 1 : 0);
}

/** A batch in words: "2 images, normal deviates of seed 7". */
export function batchText({ count, content, seed }: ImageBatch): string {
  const which = content === "normal deviates" ? `${content} of seed ${seed}` : content;
  return `${count} ${count === 1 ? "image" : "images"}, ${which}`;
}

/** What a generated route does at one place, as far as the block there allows. It does not depend on a network. */
export interface RouteChoice {
  /** 0 is both branches, 1 the skip, 2 the residual branch alone. */
  readonly branch: number;
  /** Halves the residual branch. */
  readonly halved: boolean;
  /** Swaps the block with the next one. */
  readonly swapped: boolean;
}

/** Choices for the blocks of a network, one after another; blocks beyond their end run as usual. The smallest has none. */
export const routeChoices: fc.Arbitrary<readonly RouteChoice[]> = fc.array(
  fc.record({ branch: fc.nat({ max: 2 }), halved: fc.boolean(), swapped: fc.boolean() }),
  { maxLength: 64 },
);

/**
 * The route of some choices, which fits the architecture: a block is skipped, or swapped with the next, where its shapes
 * allow it, and where it has no shortcut both its branches are one.
 */
export function routeByChoices(architecture: Architecture, choices: readonly RouteChoice[]): Route {
  const keeps = keepsShape(architecture);
  const shapes = blockShapes(architecture);
  const steps = architecture.blocks.map(({ shortcut }, block): Step => {
    const choice = choices[block];
    const branches: readonly Branch[] =
      shortcut !== null ? ["both", "skip", "residual"] : keeps[block] ? ["both", "skip"] : ["both"];
    const branch = branches[(choice?.branch ?? 0) % branches.length]!;
    return choice?.halved && branch !== "skip" ? { block, branch, scale: 0.5 } : { block, branch };
  });
  for (let place = 0; place + 1 < steps.length; place++) {
    if (!choices[place]?.swapped || !keeps[place] || !keeps[place + 1]) continue;
    if (!sameShape(shapes[place]!, shapes[place + 1]!)) continue;
    [steps[place], steps[place + 1]] = [steps[place + 1]!, steps[place]!];
  }
  return steps;
}

/**
 * Routes through an architecture: blocks deleted, reordered, scaled, or run by their residual branch alone. Each fits (see
 * `checkRoute`); the smallest is the full route.
 */
export function routes(architecture: Architecture): fc.Arbitrary<Route> {
  return routeChoices.map((choices) => routeByChoices(architecture, choices));
}
