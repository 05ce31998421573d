/** Whether scaling a linear residual branch gives the expected output: Huang et al. 2016, arXiv:1603.09382, sec. 3. */
import { type ChannelStatistics, gatherBatch, type ImageSet } from "../../src/data";
import { createNetwork, disposeNetwork, fullRoute, type Layer, type Network, type Route } from "../../src/networks";
import { routeLogits } from "../../src/routes";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";

/**
 * How far the scaled output of a network of one linear block is from the expectation over its two routes: the largest
 * difference of a logit, over the largest logit. No more than rounding, if scaling is exact where branches are linear.
 *
 * The block is the first of the network with fresh weights, without its ReLUs.
 *
 * @param seed of the fresh weights
 * @param probability that the residual branch runs, in [0, 1]
 * @param images run as one batch
 */
export function linearBlockDifference(
  { architecture }: Pick<Network, "architecture">,
  seed: number,
  probability: number,
  { images, channelStatistics }: { readonly images: ImageSet; readonly channelStatistics: ChannelStatistics },
): number {
  const linear = (layers: readonly Layer[]) => layers.filter(({ kind }) => kind !== "relu");
  const [block] = architecture.blocks;
  const network = createNetwork(
    {
      ...architecture,
      blocks: [{ ...block!, residual: linear(block!.residual), join: linear(block!.join) }],
      head: linear(architecture.head),
    },
    seed,
  );
  const difference = tf.tidy(() => {
    const values = gatherBatch(images, [...Array(images.count).keys()], channelStatistics);
    const x = tf.tensor4d(values, [images.count, images.height, images.width, images.channels]);
    const expected = expectedLogits(network, [probability], x);
    const [scaled] = routeLogits(network, [[{ block: 0, branch: "both", scale: probability }]], x);
    return tf.div(tf.max(tf.abs(tf.sub(scaled!, expected))), tf.max(tf.abs(expected))).dataSync()[0]!;
  });
  disposeNetwork(network);
  return difference;
}

/** Most blocks of which all routes are run: 4096 of them. */
const mostEnumerated = 12;

/**
 * Expected logits where each block's residual branch runs with a probability of its own: the sum over all 2^N routes,
 * each weighted by its probability; nothing is sampled.
 *
 * Where all residual branches are linear they are the logits of the route whose branches are scaled by their
 * probabilities (`expectedRoute`); else that route only approximates them.
 *
 * @param probabilities one for each block, at most 12
 * @param x normalised images, `[batch, height, width, channels]`
 * @returns `[batch, classes]`; the caller disposes it
 * @throws RangeError when there are more blocks, not as many probabilities, or a block cannot be skipped
 */
export function expectedLogits(network: Network, probabilities: readonly number[], x: Tensor4D): Tensor2D {
  const { name, blocks } = network.architecture;
  if (blocks.length > mostEnumerated) {
    throw new RangeError(`all routes are run for up to ${mostEnumerated} blocks; ${name} has ${blocks.length}`);
  }
  if (probabilities.length !== blocks.length) {
    throw new RangeError(`need ${blocks.length} probabilities, one a block of ${name}, got ${probabilities.length}`);
  }
  const routes = Array.from(
    { length: 2 ** blocks.length },
    (_, which): Route =>
      fullRoute(network.architecture).map((step, i) => ((which >> i) & 1 ? step : { ...step, branch: "skip" })),
  );
  const weightOf = (route: Route) =>
    route.reduce(
      (weight, { branch }, i) => weight * (branch === "skip" ? 1 - probabilities[i]! : probabilities[i]!),
      1,
    );
  return tf.tidy(() =>
    tf.addN(routeLogits(network, routes, x).map((logits, i) => tf.mul(logits, weightOf(routes[i]!)) as Tensor2D)),
  );
}
