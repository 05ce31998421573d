/**
 * Batch normalisation with its running statistics, as a layer that gradients pass.
 *
 * Under batch statistics the gradient by one input depends on all others of the batch, and its mean over the batch is
 * zero whatever the network does. What is asked of a single input therefore has to be asked of the network as inference
 * runs it.
 */

import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../runtime";
import type { BatchNormalisation, Layer, Shape } from "./architecture";
import { changedLayers } from "./changed-layers";
import { forward } from "./forward";
import { copyLayerParameters, type Network, parameter } from "./network";
import { placedLayers } from "./shapes";

/**
 * A network equal at inference in which each batch normalisation is a linear layer of its own, of the same name: a
 * diagonal kernel of scale / sqrt(variance + epsilon), and the bias that goes with it. It holds no batch normalisation
 * any more, so in every mode it gives, and `backward` differentiates, what inference gives.
 *
 * @returns a new network with weights of its own; the caller disposes both
 */
export function freezeNormalisation(network: Network): Network {
  const { architecture } = network;
  const shapes = new Map<Layer, Shape>(placedLayers(architecture).map(({ layer, inputShape }) => [layer, inputShape]));
  const weights = new Map<string, Tensor>();
  const freeze = (layers: readonly Layer[]): Layer[] =>
    layers.map((layer) => {
      if (layer.kind === "batch normalisation") return frozen(network, layer, shapes.get(layer)!, weights);
      if (layer.kind === "concatenation") return { ...layer, branches: layer.branches.map(freeze) };
      copyLayerParameters(network, layer, weights);
      return layer;
    });
  return { architecture: changedLayers(architecture, freeze), weights };
}

function frozen(
  network: Network,
  { name, epsilon }: BatchNormalisation,
  shape: Shape,
  weights: Map<string, Tensor>,
): Layer {
  const statistic = (what: string) => parameter<Tensor1D>(network, `${name}/${what}`);
  const channels = shape[shape.length - 1]!;
  const isFlat = shape.length === 1;
  const [kernel, bias] = tf.tidy(() => {
    const factor = tf.mul(statistic("scale"), tf.rsqrt(tf.add(statistic("variance"), epsilon)));
    const diagonal = tf.mul(tf.eye(channels), factor);
    return [
      isFlat ? diagonal : diagonal.reshape([1, 1, channels, channels]),
      tf.sub(statistic("offset"), tf.mul(statistic("mean"), factor)),
    ];
  });
  weights.set(`${name}/kernel`, tf.keep(kernel!));
  weights.set(`${name}/bias`, tf.keep(bias!));
  if (isFlat) return { kind: "dense", name, units: channels, bias: true, gain: 1 };
  const geometry = { kernelSize: [1, 1], stride: 1, padding: 0 } as const;
  return { kind: "convolution", name, filters: channels, ...geometry, bias: true, gain: 1 };
}

/**
 * Sets the running means and variances of a network to those of one batch.
 *
 * A network that was never trained has 0 and 1 there and does not normalise at inference: in a residual network the mean
 * square of the activations doubles with every block, and some 250 blocks are too many for single precision. Exits keep what they have; dropout
 * does nothing meanwhile. Variances are those of the population as TensorFlow estimates it, n/(n - 1) times the batch's.
 *
 * @param x images, `[batch, height, width, channels]`; more than one value a channel wherever there is normalisation
 */
export function takeBatchStatistics(network: Network, x: Tensor4D): void {
  const architecture = changedLayers(network.architecture, atOnce);
  tf.tidy(() => void forward({ architecture, weights: network.weights }, x, { mode: "training" }));
}

/** The layers with normalisation that takes the new batch alone, without dropout. */
function atOnce(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer): Layer[] => {
    if (layer.kind === "dropout") return [];
    if (layer.kind === "batch normalisation") return [{ ...layer, momentum: 1 }];
    if (layer.kind === "concatenation") return [{ ...layer, branches: layer.branches.map(atOnce) }];
    return [layer];
  });
}
