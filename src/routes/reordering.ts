/**
 * Routes of the reordering study: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.3.
 *
 * An order lists all blocks of a network in the sequence in which they run. How far it is from the network's own is
 * told by its inversions, the pairs of blocks that run the wrong way round: for n blocks, Kendall's tau is
 * 1 - 4 inversions / (n (n - 1)). Blocks trade places within their stage only, so tau ends well above -1: pairs from
 * two stages stay in order.
 */
import { type Architecture, checkRoute, keepsShape, type Route } from "../networks";
import type { RandomStream } from "../random";

/**
 * The route that runs every block once, with both branches, in another order.
 *
 * @param order which block runs at each place: a permutation of all blocks' indices
 * @throws RangeError when the order is no such permutation, or brings a block activations of a shape it was not built
 *   for
 * @example reorderedRoute(architecture, [1, 0, 2]) // the first two blocks of three swapped
 */
export function reorderedRoute(architecture: Architecture, order: readonly number[]): Route {
  const { length } = architecture.blocks;
  if (order.length !== length || new Set(order).size !== length) {
    throw new RangeError(`an order of ${architecture.name} names each of its ${length} blocks once, got [${order}]`);
  }
  const route: Route = order.map((block) => ({ block, branch: "both" }));
  checkRoute(architecture, route);
  return route;
}

/**
 * Groups of blocks, by index, that may be permuted among each other: neighbours that all keep one shape, the blocks of
 * a stage after its downsampling one. Groups of a single block are left out.
 */
export function movableBlocks(architecture: Architecture): number[][] {
  const groups: number[][] = [[]];
  keepsShape(architecture).forEach((keeps, block) => {
    if (keeps) groups[groups.length - 1]!.push(block);
    else groups.push([]);
  });
  return groups.filter(({ length }) => length > 1);
}

/** All orders that a network's blocks can run in, by their number of inversions. */
export interface BlockOrders {
  /** Inversions of the order with every group reversed; 0 where no block can be moved. */
  readonly mostInversions: number;
  /** How many orders have so many inversions. */
  count(inversions: number): bigint;
  /**
   * One of the orders with so many inversions; all different for different ranks.
   *
   * @param rank from 0 up to their count, exclusive
   * @throws RangeError when there is none of that rank
   */
  at(inversions: number, rank: bigint): number[];
  /**
   * One of the orders with so many inversions, each equally likely.
   *
   * @throws RangeError when there is none
   */
  sample(inversions: number, stream: RandomStream): number[];
}

/**
 * The orders of a network's blocks, counted and sampled by number of inversions.
 *
 * A permutation is written by its Lehmer code: the digit of a place says which of the blocks still left, counted from
 * the first, runs there. The digits are free of each other and sum to the inversions, so the orders with a given sum
 * are counted digit by digit (Mahonian numbers, MacMahon 1916), over all groups at once. A table of these counts, exact
 * however many (10^45 for ResNet-110), turns a rank into its order.
 */
export function blockOrders(architecture: Architecture): BlockOrders {
  const groups = movableBlocks(architecture);
  const choices = groups.flatMap(({ length }) => Array.from({ length }, (_, place) => length - place));
  const ways = waysToSum(choices);
  const count = (inversions: number) => ways[0]![inversions] ?? 0n;
  const requireRank = (inversions: number, rank: bigint) => {
    if (rank >= 0n && rank < count(inversions)) return;
    throw new RangeError(
      `${architecture.name} has ${count(inversions)} orders with ${inversions} inversions, none of rank ${rank}`,
    );
  };
  const at = (inversions: number, rank: bigint): number[] => {
    requireRank(inversions, rank);
    const digits = digitsOf(ways, inversions, rank);
    const order = architecture.blocks.map((_, block) => block);
    let place = 0;
    for (const group of groups) {
      const left = [...group];
      for (const block of group) order[block] = left.splice(digits[place++]!, 1)[0]!;
    }
    return order;
  };
  return {
    mostInversions: ways[0]!.length - 1,
    count,
    at,
    sample(inversions, stream) {
      requireRank(inversions, 0n);
      return at(inversions, integerBelow(count(inversions), stream));
    },
  };
}

/**
 * Numbers of inversions on an even grid from 0 to the most there are, ascending: tau, which is linear in them, is
 * spread evenly over its range. Permutations sampled without regard to tau crowd in its middle.
 *
 * @param count how many, at least 2; some recur where there are fewer numbers than that
 */
export function evenInversions(mostInversions: number, count: number): number[] {
  if (!Number.isInteger(count) || count < 2)
    throw new RangeError(`a grid from end to end needs two places, got ${count}`);
  return Array.from({ length: count }, (_, i) => Math.round((i * mostInversions) / (count - 1)));
}

/** `ways[i][sum]`: in how many ways the digits from i on, digit i one of 0 to choices[i] - 1, give the sum. */
function waysToSum(choices: readonly number[]): bigint[][] {
  const ways: bigint[][] = [[1n]];
  for (const choice of [...choices].reverse()) {
    const after = ways[0]!;
    let window = 0n; // the sum over the last `choice` entries: one for each value of the digit
    ways.unshift(
      Array.from({ length: after.length + choice - 1 }, (_, sum) => {
        window += (after[sum] ?? 0n) - (after[sum - choice] ?? 0n);
        return window;
      }),
    );
  }
  return ways;
}

/** The digits with the given sum that stand at a rank, sorted by their first digit, then the second, ... */
function digitsOf(ways: readonly (readonly bigint[])[], sum: number, rank: bigint): number[] {
  let [sumLeft, rankLeft] = [sum, rank];
  return ways.slice(1).map((after) => {
    let digit = 0;
    for (;;) {
      const here = after[sumLeft - digit] ?? 0n;
      if (rankLeft < here) break;
      rankLeft -= here;
      digit++;
    }
    sumLeft -= digit;
    return digit;
  });
}

/** An integer in [0, bound), each equally likely: random bits, taken anew while they exceed it. */
function integerBelow(bound: bigint, stream: RandomStream): bigint {
  const bits = bound.toString(2).length;
  for (;;) {
    let drawn = 0n;
    for (let left = bits; left > 0; left -= 30) {
      const taken = Math.min(30, left);
      drawn = (drawn << BigInt(taken)) | BigInt(stream.integer(2 ** taken));
    }
    if (drawn < bound) return drawn;
  }
}
