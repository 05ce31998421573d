/** What one seed's gradient norms by path length come to, and the source's figures of the same. */
import {
  binomialCoefficient,
  DegenerateSample,
  type LinearFit,
  linearFit,
  massInterval,
  sum,
} from "../../src/statistics";

/** All paths of one length; a seed's are in order of length, from 0. */
interface PathsOfLength {
  readonly path_length: number | null;
  readonly paths: number | null;
  readonly gradient_norm: number | null;
}

/**
 * The line through log10 of the mean norms over k = 1, 2, ... A norm of 0 has no logarithm and is left out.
 *
 * @throws DegenerateSample where fewer than two lengths have a gradient
 */
export function decay(own: readonly PathsOfLength[], longest = Number.POSITIVE_INFINITY): LinearFit {
  requireBranches(own);
  const fitted = own.filter(({ path_length: k, gradient_norm }) => k! >= 1 && k! <= longest && gradient_norm! > 0);
  return linearFit(
    fitted.map(({ path_length }) => path_length!),
    fitted.map(({ gradient_norm }) => Math.log10(gradient_norm!)),
  );
}

/** Where every branch is switched off, all of the gradient takes the shortcuts, and lengths of paths say nothing. */
function requireBranches(own: readonly PathsOfLength[]): void {
  if (own.some(({ path_length: k, gradient_norm }) => k! >= 1 && gradient_norm! > 0)) return;
  throw new DegenerateSample("no gradient passes through any branch");
}

/** How a seed's gradient is spread over path lengths. */
export interface Spread {
  /** The lengths, ends included, between which 95 % of it lies. */
  readonly from: number;
  readonly to: number;
  /** Share of all paths that have these lengths (%). */
  readonly pathsPercent: number;
  readonly peak: number;
  readonly meanLength: number;
}

/** Number of paths times mean norm, by length. */
export function carriedBy(own: readonly PathsOfLength[]): number[] {
  return own.map(({ paths, gradient_norm }) => paths! * gradient_norm!);
}

/** @throws DegenerateSample where no branch has a gradient */
export function spread(own: readonly PathsOfLength[]): Spread {
  requireBranches(own);
  const carried = carriedBy(own);
  const shares = carried.map((part) => part / sum(carried));
  const { from, to } = massInterval(shares, 0.95);
  const paths = own.map((row) => row.paths!);
  const largest = Math.max(...shares);
  return {
    from,
    to,
    pathsPercent: (100 * sum(paths.slice(from, to + 1))) / sum(paths),
    peak: shares.indexOf(largest),
    meanLength: sum(shares.map((part, length) => part * length)),
  };
}

/** Share (%) of a seed's gradient on the paths that avoid `deleted` blocks: C(N - deleted, k) of those of length k. */
export function gradientLeft(own: readonly PathsOfLength[], deleted: number): number {
  const blocks = Math.max(...own.map(({ path_length }) => path_length!));
  const carried = (missing: number) =>
    sum(
      own.map(
        ({ path_length: k, gradient_norm }) => Number(binomialCoefficient(blocks - missing, k!)) * gradient_norm!,
      ),
    );
  return (100 * carried(deleted)) / carried(0);
}

/** Lengths on which the source's decay is straight: it bends after 28 of 54 blocks. */
export const earlyLengths = 25;

/** Length, and norm over the norm at length 0, read off fig. 6b and its inset; lengths 8 and 9 are one point. */
const decayPoints = [
  [0, 1],
  [1, 0.26],
  [8.5, 1e-5],
  [22, 1e-13],
] as const;

/** Length and contribution, read off fig. 6c: a bell from 4 to 20 of 54 blocks, with a plateau before its peak. */
const bellPoints = [
  [3, 0],
  [9, 0.4],
  [12, 0.4],
  [13, 0.48],
  [21, 0],
] as const;

/** The source's figures; those of the bell as shares of the blocks and of the peak. */
export const published = {
  name: "Veit et al. 2016, ResNet-110, CIFAR-10",
  decay: decayPoints,
  bell: bellPoints.map(([k, y]) => [k / 54, y / 0.48] as const),
};
