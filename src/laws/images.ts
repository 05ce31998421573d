import fc from "fast-check";
import { type Architecture, drawnImages } from "../networks";
import { randomStream } from "../random";
import { type Tensor4D, tf } from "../runtime";

/** A mini-batch by how it is made: a tensor of its own would outlive the case it was drawn for. */
export interface ImageBatch {
  readonly count: number;
  /** What the pixels hold: standard normal deviates, or one value everywhere. */
  readonly content: "normal deviates" | "zeros" | "ones";
  readonly seed: number;
}

export interface ImageBatchOptions {
  /** The fewest and the most images; 1 and 6 by default. */
  readonly counts?: readonly [fewest: number, most: number];
  /** Normal deviates alone by default. */
  readonly contents?: readonly ImageBatch["content"][];
}

/** Mini-batches of images, for `imagesOf`; the smallest is one image by seed 0. */
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
  if (content === "normal deviates") return drawnImages(shape, randomStream(seed, "pictures"));
  return tf.fill([...shape], content === "ones" ? 1 : 0);
}

/** A batch in words: "2 images, normal deviates of seed 7". */
export function batchText({ count, content, seed }: ImageBatch): string {
  const which = content === "normal deviates" ? `${content} of seed ${seed}` : content;
  return `${count} ${count === 1 ? "image" : "images"}, ${which}`;
}
