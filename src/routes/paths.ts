/**
 * Paths: routes that take one branch of every block, the residual or the skip one. N blocks with shortcuts make 2^N.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 and 5.
 */
import type { Architecture, Block, Branch, Network, Route } from "../networks";
import type { RandomStream } from "../random";
import { type Tensor2D, tf } from "../runtime";
import { routeWithout } from "./deletion";
import { routeLogits } from "./evaluate";

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

/**
 * The outputs of all paths through a network, added up: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 and 4.1.
 */

export interface PathSum {
  /** Paths that lead somewhere: those whose output is not zero for every image and class. */
  readonly paths: number;
  /** Largest difference of the sum and the network's output, over the largest output. */
  readonly relativeDifference: number;
}

/**
 * Runs every path through a network on its own and sets the sum of their outputs, taken in double precision, against the
 * network's output. In a network whose branches are linear they are equal.
 *
 * With a deleted block the paths run through a network in which the parameters of that block's residual branch are zero:
 * what goes along it is lost. They are set against the output of the whole network on the route without that block. So
 * neither the number of paths that are left nor their sum is known beforehand.
 *
 * @param images normalised, laid out `[images, height, width, channels]`
 * @param deleted index of a block, or null
 * @throws RangeError when the images are no whole number of them, or there are too many paths (see `allPaths`)
 */
export function sumOfPaths(network: Network, images: Float32Array, deleted: number | null = null): PathSum {
  const { architecture } = network;
  const paths = allPaths(architecture);
  const [height, width, channels] = architecture.inputShape;
  const count = images.length / (height * width * channels);
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`${images.length} values are no whole number of images of ${height}x${width}x${channels}`);
  }
  return tf.tidy(() => {
    const x = tf.tensor4d(images, [count, height, width, channels]);
    const whole = routeWithout(architecture, deleted === null ? [] : [deleted]);
    const output = routeLogits(network, [whole], x)[0]!.dataSync();
    const lesioned = deleted === null ? network : withoutBranch(network, deleted);
    const { paths: left, relativeDifference } = compare(routeLogits(lesioned, paths, x), output);
    return { paths: left, relativeDifference };
  });
}

function compare(parts: readonly Tensor2D[], output: ArrayLike<number>): PathSum {
  const sum = new Float64Array(output.length);
  let paths = 0;
  for (const part of parts) {
    const values = part.dataSync();
    if (values.some((value) => value !== 0)) paths++;
    values.forEach((value, i) => {
      sum[i]! += value;
    });
  }
  const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const differences = sum.map((value, i) => value - output[i]!);
  return { paths, relativeDifference: largest(differences) / largest(Float64Array.from(output)) };
}

/** The network with zeros for the parameters of one residual branch; its other weights are the network's own. */
function withoutBranch({ architecture, weights }: Network, block: number): Network {
  const lost = architecture.blocks[block]!.residual.flatMap((layer) => ("name" in layer ? [`${layer.name}/`] : []));
  const zeroed = [...weights].map(
    ([address, value]) =>
      [address, lost.some((layer) => address.startsWith(layer)) ? tf.zerosLike(value) : value] as const,
  );
  return { architecture, weights: new Map(zeroed) };
}
