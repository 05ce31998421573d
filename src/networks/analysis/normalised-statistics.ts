/**
 * Whether batch normalisation standardises: means and variances of what it makes, before its scale and offset.
 */
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../runtime";
import type { BatchNormalisation, Layer } from "../engine/architecture";
import { type Mode, runBlock, runStem } from "../engine/forward";
import { inFloat32, type Network, parameter } from "../engine/network";

/** Of one batch normalisation; `[channels]` each, over images and pixels. */
interface NormalisedStatistics {
  /** Address of the layer. */
  readonly name: string;
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

/**
 * Means and variances of the normalised activations (x - mean) / √(variance + ε) of every batch normalisation in stem, residual
 * branches and head, the first first, in float32 whatever the network's precision; with the network's own scales and offsets everywhere before.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.
 *
 * @param x images, `[batch, height, width, channels]`; they stay the caller's
 * @param mode `batch statistics`: by the batch's own statistics, 0 and 1 but for ε; `inference`: by the running ones
 */
export function normalisedStatistics(
  trained: Network,
  x: Tensor4D,
  mode: Exclude<Mode, "training">,
): NormalisedStatistics[] {
  const network = inFloat32(trained);
  const { stem, blocks, head } = network.architecture;
  const found: NormalisedStatistics[] = [];
  tf.tidy(() => {
    found.push(...momentsWithin(network, stem, x, mode));
    let activations = runStem(network, x, mode);
    for (const [block, { residual }] of blocks.entries()) {
      found.push(...momentsWithin(network, residual, activations, mode));
      activations = runBlock(network, { block, branch: "both" }, activations, mode);
    }
    found.push(...momentsWithin(network, head, activations, mode));
  });
  return found;
}

/** The same of the layers of one branch, given the branch's input. */
function momentsWithin(network: Network, layers: readonly Layer[], x: Tensor4D, mode: Mode): NormalisedStatistics[] {
  return layers.flatMap((layer, i) => {
    if (layer.kind !== "batch normalisation") return [];
    const y = runStem(withoutScale(network, layer, layers.slice(0, i + 1)), x, mode);
    return [{ name: layer.name, ...channelStatisticsOf(y) }];
  });
}

/** Some layers as a stem, the last of them a batch normalisation whose scale is 1 and whose offset is 0. */
function withoutScale(network: Network, { name }: BatchNormalisation, stem: readonly Layer[]): Network {
  const scale = parameter<Tensor1D>(network, `${name}/scale`);
  const weights = new Map<string, Tensor>(network.weights)
    .set(`${name}/scale`, tf.onesLike(scale))
    .set(`${name}/offset`, tf.zerosLike(scale));
  return { architecture: { ...network.architecture, stem, blocks: [] }, weights };
}

/** Mean and variance over all but the last dimension, in double precision. */
function channelStatisticsOf(y: Tensor): { means: number[]; variances: number[] } {
  const channels = y.shape[y.shape.length - 1]!;
  const values = y.dataSync<"float32">();
  const count = values.length / channels;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  values.forEach((value, i) => {
    sums[i % channels]! += value;
    squares[i % channels]! += value * value;
  });
  const means = [...sums].map((sum) => sum / count);
  return { means, variances: means.map((mean, channel) => squares[channel]! / count - mean * mean) };
}
