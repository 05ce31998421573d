import { DegenerateSample } from "./degenerate-sample";

/**
 * Kendall's tau of two orderings of the same items: (concordant - discordant pairs) / all pairs.
 *
 * Source: Kendall 1938, Biometrika 30:81. A pair is discordant where one ordering inverts it, so it takes the
 * inversions of y in the order of x: O(n log n).
 *
 * @param x place of each item in the first ordering: n >= 2 finite numbers, no ties
 * @param y place of the same items in the second, no ties either
 * @returns tau in [-1, 1]: 1 same order, -1 reversed
 * @throws DegenerateSample when n < 2, a value is not finite, or two are equal; RangeError when the lengths differ
 * @example kendallTau([0, 1, 2], [0, 2, 1]) // 1/3
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`need as many x as y, got ${x.length} and ${y.length}`);
  if (x.length < 2) throw new DegenerateSample(`Kendall's tau needs at least two things in order, got ${x.length}`);
  requireOrdering(x);
  requireOrdering(y);
  const inOrder = x.map((_, i) => i).sort((one, other) => x[one]! - x[other]!);
  const discordant = inversions(inOrder.map((i) => y[i]!));
  const pairs = (x.length * (x.length - 1)) / 2;
  return (pairs - 2 * discordant) / pairs; // in this form reversing an ordering negates tau to the last bit
}

/**
 * Pairs of values of which the larger comes first: 0 where they ascend, n (n - 1) / 2 where they descend.
 *
 * Counted while merging sorted halves: a value of the right half passes all that are left of the left half.
 *
 * @example inversions([2, 0, 1]) // 2
 */
export function inversions(values: readonly number[]): number {
  let from = Float64Array.from(values);
  let to = new Float64Array(values.length);
  let found = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let place = start; place < end; place++) {
        if (right === end || (left < middle && from[left]! <= from[right]!)) {
          to[place] = from[left++]!;
        } else {
          to[place] = from[right++]!;
          found += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  return found;
}

function requireOrdering(places: readonly number[]): void {
  const odd = places.find((place) => !Number.isFinite(place));
  if (odd !== undefined) throw new DegenerateSample(`Kendall's tau needs finite values, got ${odd}`);
  if (new Set(places).size < places.length) {
    throw new DegenerateSample("Kendall's tau, as counted here, needs orderings without ties, got equal values");
  }
}
