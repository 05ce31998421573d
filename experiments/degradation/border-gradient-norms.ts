import { batchIndices, gatherBatch, labelsOf } from "../../src/data";
import { backward, forward, type Network, newTape } from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { type Tensor, type Tensor2D, tf } from "../../src/runtime";
import type { PreparedImages, TrainingPlan } from "../../src/training";

/**
 * Norm of the loss's gradient at each border between blocks: by the input of the first block, ..., by the output of the last.
 *
 * The loss is the mean cross-entropy of the first mini-batch of a plan, without augmentation, with batch statistics as in
 * training; neither weights nor running statistics change. The norm is Euclidean, over batch, places and channels.
 *
 * @param network of the plan's architecture, trained or not
 * @returns [blocks + 1]
 */
export function borderGradientNorms(
  network: Network,
  { seed, batchSize }: Pick<TrainingPlan, "seed" | "batchSize">,
  { training, channelStatistics }: Pick<PreparedImages, "training" | "channelStatistics">,
): number[] {
  const { blocks, classes } = network.architecture;
  const indices = batchIndices(training.count, batchSize, seed, 0);
  const values = gatherBatch(training, indices, channelStatistics);
  const norms = new Array<number>(blocks.length + 1).fill(0);
  tf.tidy(() => {
    const x = tf.tensor4d(values, [batchSize, training.height, training.width, training.channels]);
    const targets = tf.oneHot(labelsOf(training, indices), classes).toFloat() as Tensor2D;
    const tape = newTape();
    const logits = forward(network, x, { mode: "batch statistics", tape });
    const byLogits: Tensor2D = tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / batchSize);
    backward(network, tape, byLogits, {
      input: false,
      parameters: false,
      onGradient(border, gradient) {
        norms[border] = euclideanNorm(gradient);
      },
    });
  });
  return norms;
}

/** In double precision: the squares of small gradients would be lost in single. */
function euclideanNorm(tensor: Tensor): number {
  let sum = 0;
  for (const value of tensor.dataSync<"float32">()) sum += value * value;
  return Math.sqrt(sum);
}
