/**
 * The outputs of all paths through a network, added up: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 and 4.1.
 */
import type { Network } from "../../src/networks";
import { allPaths, routeLogits, routeWithout } from "../../src/routes";
import { type Tensor2D, tf } from "../../src/runtime";

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
