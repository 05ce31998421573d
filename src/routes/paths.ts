/**
 * Paths: routes that take one branch of every block, the residual or the skip one. N blocks with shortcuts make 2^N.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 and 5.
 */
import type { Architecture, Block, Branch, Route } from "../networks";
import type { RandomStream } from "../random";

/** The length of a path: how many residual branches it goes through. */
export function pathLength(path: Route): number {
  return path.filter(({ branch }) => branch === "residual").length;
}

/**
 * Number of a network's paths by their length: element k is how many go through k residual branches, exactly.
 *
 * Counted block by block: a block sends the paths that reach it through its residual branch, one longer, and through its
 * shortcut, where it has one, as they are.
 *
 * @example pathCounts(architecture) // [1n, 3n, 3n, 1n]: three blocks with shortcuts
 */
export function pathCounts({ blocks }: Pick<Architecture, "blocks">): bigint[] {
  return blocks.reduce(
    (counts, block) =>
      Array.from({ length: counts.length + 1 }, (_, length) => {
        const skipped = block.shortcut === null ? 0n : (counts[length] ?? 0n);
        return skipped + (counts[length - 1] ?? 0n);
      }),
    [1n],
  );
}

/**
 * All paths through a network, each once. Those that begin alike stand together.
 *
 * @throws RangeError when there are more than 2^16
 */
export function allPaths({ name, blocks }: Pick<Architecture, "name" | "blocks">): Route[] {
  const forks = blocks.filter(({ shortcut }) => shortcut !== null).length;
  if (forks > mostForks) {
    throw new RangeError(`${name} has 2^${forks} paths, more than can be listed one by one (2^${mostForks})`);
  }
  return blocks.reduce<Route[]>(
    (paths, taken, block) => paths.flatMap((path) => branchesOf(taken).map((branch) => [...path, { block, branch }])),
    [[]],
  );
}

/** One of a network's paths, each equally likely: a fair coin for each block with a shortcut. */
export function samplePath({ blocks }: Pick<Architecture, "blocks">, stream: RandomStream): Route {
  return blocks.map((taken, block) => {
    const branches = branchesOf(taken);
    return { block, branch: branches[stream.integer(branches.length)]! };
  });
}

const mostForks = 16;

function branchesOf({ shortcut }: Block): readonly Branch[] {
  return shortcut === null ? ["residual"] : ["skip", "residual"];
}
