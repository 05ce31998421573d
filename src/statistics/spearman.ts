import { DegenerateSample } from "./degenerate-sample";

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ties given the mean of the ranks they span.
 *
 * Source: Spearman 1904, Am. J. Psychol. 15:72. simple-statistics' own gives ties arbitrary ranks, hence this one.
 *
 * @param x at least two finite numbers, not all equal
 * @param y as many, under the same conditions
 * @returns rho in [-1, 1]: 1 when y rises whenever x does, -1 when it falls
 * @throws DegenerateSample when there are fewer than two pairs, a value is not finite, or one side is constant (rho is
 *   undefined there); RangeError when the lengths differ
 * @example spearman([1, 2, 3], [1, 4, 9]) // 1
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`need as many x as y, got ${x.length} and ${y.length}`);
  if (x.length < 2) throw new DegenerateSample(`rank correlation needs at least two pairs, got ${x.length}`);
  for (const value of [...x, ...y]) {
    if (!Number.isFinite(value)) throw new DegenerateSample(`rank correlation needs finite values, got ${value}`);
  }
  // Ranks are multiples of 1/2 around (n + 1)/2: doubled and centred they are integers, and every sum below is exact.
  const centred = (values: readonly number[]) => averageRanks(values).map((rank) => 2 * rank - (values.length + 1));
  const a = centred(x);
  const b = centred(y);
  const product = (left: number[], right: number[]) => left.reduce((sum, value, i) => sum + value * right[i]!, 0);
  const spreadX = product(a, a);
  const spreadY = product(b, b);
  if (spreadX === 0 || spreadY === 0) {
    throw new DegenerateSample(`rank correlation is undefined when all ${spreadX === 0 ? "x" : "y"} are equal`);
  }
  return Math.max(-1, Math.min(1, product(a, b) / Math.sqrt(spreadX * spreadY))) + 0; // + 0: never -0
}

/** The same, 0 where all y are equal: what never changes does not rise either. */
export function spearmanOrZero(x: readonly number[], y: readonly number[]): number {
  return y.length > 0 && y.every((value) => value === y[0]) ? 0 : spearman(x, y);
}

/**
 * Rank of each value from 1 up, ties sharing the mean of their ranks.
 *
 * @example averageRanks([10, 30, 10]) // [1.5, 3, 1.5]
 */
export function averageRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((left, right) => values[left]! - values[right]!);
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) ranks[order[i]!] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}
