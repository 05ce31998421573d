import { type ChannelStatistics, gatherBatch, type ImageSet } from "../data";
import { createNetwork, disposeNetwork, type Layer, type Network } from "../networks";
import { tf } from "../runtime";
import { expectedLogits } from "./ensemble";
import { routeLogits } from "./evaluate";

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
