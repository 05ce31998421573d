import { randomStream } from "../random";
import { type ImageSet, subset } from "./images";

interface SplitOptions {
  /** Images to set apart for validation, in [0, count of the set]. */
  readonly validation: number;
  /** Any integer: equal seeds set equal images apart. */
  readonly seed: number;
  /** Name of the stream that says which: "validation split" by default. */
  readonly stream?: string;
}

/**
 * Sets images apart for validation: every class gives the same share of its images, to within one.
 *
 * Which images of a class go is sampled from the stream (seed, "data", "validation split"); both parts keep the order
 * they had. Together they are the set, and no image is in both.
 *
 * @throws RangeError when the set has fewer images
 */
export function splitValidation(
  set: ImageSet,
  { validation, seed, stream = "validation split" }: SplitOptions,
): { training: ImageSet; validation: ImageSet } {
  if (!Number.isInteger(validation) || validation < 0 || validation > set.count) {
    throw new RangeError(`need a whole number of validation images from 0 to ${set.count}, got ${validation}`);
  }
  const setApart = new Uint8Array(set.count); // 1: goes to validation
  const classes = placesByClass(set.labels);
  const shares = fairShares(
    classes.map((places) => places.length),
    validation,
  );
  for (const [label, places] of classes.entries()) {
    // A stream for each class: the draws of one do not depend on how many images another has.
    randomStream(seed, "data", stream, label).shuffle(places);
    for (const place of places.slice(0, shares[label])) setApart[place] = 1;
  }
  const places = Array.from(setApart.keys());
  return {
    training: subset(
      set,
      places.filter((place) => setApart[place] === 0),
    ),
    validation: subset(
      set,
      places.filter((place) => setApart[place] === 1),
    ),
  };
}

/**
 * So many images of a set, every class giving the same share of its own, to within one; the whole set where it has no more.
 *
 * @param seed equal seeds choose equal images
 * @throws RangeError for a number that is not whole, or below 0
 */
export function stratifiedSample(set: ImageSet, count: number, seed: number): ImageSet {
  const validation = Math.min(count, set.count);
  return splitValidation(set, { validation, seed, stream: "training images" }).validation;
}

/** Places of the images of each class, ascending; the index is the label. */
function placesByClass(labels: ImageSet["labels"]): number[][] {
  const places: number[][] = [];
  for (const [place, label] of labels.entries()) {
    while (places.length <= label) places.push([]);
    places[label]!.push(place);
  }
  return places;
}

/**
 * Whole parts of `total` in proportion to the sizes, by the largest remainders (Hamilton's method); among equal remainders
 * the earlier class is served first.
 */
function fairShares(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => (all === 0 ? 0 : Math.floor((size * total) / all)));
  const left = total - shares.reduce((sum, share) => sum + share, 0);
  const remainders = sizes.map((size, label) => ({ label, remainder: all === 0 ? 0 : (size * total) % all }));
  remainders.sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  for (const { label } of remainders.slice(0, left)) shares[label]! += 1;
  return shares;
}
