import fc from "fast-check";
import { type Architecture, drawnPictures } from "../models";
import { randomStream } from "../random";
import { type Tensor4D, tf } from "../runtime";

/** A mini-batch by how it is made: a tensor of its own would outlive the case it was drawn for. */
export interface PictureBatch {
  readonly count: number;
  /** What the pixels hold: standard normal deviates, or one value everywhere. */
  readonly content: "normal deviates" | "zeros" | "ones";
  readonly seed: number;
}

export interface PictureBatchOptions {
  /** The fewest and the most pictures; 1 and 6 unless told. */
  readonly counts?: readonly [fewest: number, most: number];
  /** Normal deviates alone unless told. */
  readonly contents?: readonly PictureBatch["content"][];
}

/** Mini-batches of pictures, for `picturesOf`; the smallest is one picture by seed 0. */
export function pictureBatches(options: PictureBatchOptions = {}): fc.Arbitrary<PictureBatch> {
  const { counts: [min, max] = [1, 6], contents = ["normal deviates"] } = options;
  return fc.record({ count: fc.integer({ min, max }), content: fc.constantFrom(...contents), seed: fc.nat() });
}

/**
 * The pictures of a batch, for a network to take.
 *
 * @returns `[count, height, width, channels]`; the caller disposes it
 */
export function picturesOf(
  { inputShape }: Pick<Architecture, "inputShape">,
  { count, content, seed }: PictureBatch,
): Tensor4D {
  const shape = [count, ...inputShape] as const;
  if (content === "normal deviates") return drawnPictures(shape, randomStream(seed, "pictures"));
  return tf.fill([...shape], content === "ones" ? 1 : 0);
}

/** A batch in words: "2 pictures, normal deviates of seed 7". */
export function batchText({ count, content, seed }: PictureBatch): string {
  const which = content === "normal deviates" ? `${content} of seed ${seed}` : content;
  return `${count} ${count === 1 ? "picture" : "pictures"}, ${which}`;
}
