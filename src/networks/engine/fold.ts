/**
 * Batch normalisation folded into the convolution before it: the same function at inference with fewer passes.
 */
import { type Tensor, type Tensor1D, tf } from "../../runtime";
import type { BatchNormalisation, Convolution, Dense, Layer } from "./architecture";
import { changedLayers } from "./changed-layers";
import { copyLayerParameters, type Network, parameter } from "./network";

/**
 * A network equal at inference, in which every convolution or dense layer followed by batch normalisation has taken it
 * into its weights and bias.
 *
 * With s = scale / sqrt(variance + epsilon): kernel' = kernel s, bias' = (bias - mean) s + offset. A normalisation with
 * no such layer before it (the first of a pre-activation branch) stays. Every other convolution without a bias gets one of
 * zeros: with a bias, and only with one, it takes in what follows it (see `fusedConvolution`).
 *
 * @returns a new network with weights of its own; the caller disposes both
 */
export function foldBatchNormalisation(network: Network): Network {
  const weights = new Map<string, Tensor>();
  const architecture = changedLayers(network.architecture, (layers) => foldLayers(network, layers, weights));
  return { architecture, weights };
}

function foldLayers(network: Network, layers: readonly Layer[], weights: Map<string, Tensor>): Layer[] {
  const folded: Layer[] = [];
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i]!;
    const next = layers[i + 1];
    const linear = layer.kind === "convolution" || layer.kind === "dense";
    if (linear && next?.kind === "batch normalisation") {
      foldPair(network, layer, next, weights);
      folded.push({ ...layer, bias: true });
      i++; // the normalisation is taken in
    } else if (layer.kind === "concatenation") {
      folded.push({ ...layer, branches: layer.branches.map((branch) => foldLayers(network, branch, weights)) });
    } else {
      copyLayerParameters(network, layer, weights);
      const lacksBias = layer.kind === "convolution" && !layer.bias;
      if (lacksBias) weights.set(`${layer.name}/bias`, tf.keep(tf.zeros([layer.filters])));
      folded.push(lacksBias ? { ...layer, bias: true } : layer);
    }
  }
  return folded;
}

function foldPair(
  network: Network,
  layer: Convolution | Dense,
  normalisation: BatchNormalisation,
  weights: Map<string, Tensor>,
): void {
  const statistic = (what: string) => parameter<Tensor1D>(network, `${normalisation.name}/${what}`);
  const [kernel, bias] = tf.tidy(() => {
    const factor = tf.mul(statistic("scale"), tf.rsqrt(tf.add(statistic("variance"), normalisation.epsilon)));
    const before = layer.bias
      ? tf.sub(parameter(network, `${layer.name}/bias`), statistic("mean"))
      : tf.neg(statistic("mean"));
    return [
      tf.mul(parameter(network, `${layer.name}/kernel`), factor), // the filters are the last axis: they broadcast
      tf.add(tf.mul(before, factor), statistic("offset")),
    ];
  });
  weights.set(`${layer.name}/kernel`, tf.keep(kernel!));
  weights.set(`${layer.name}/bias`, tf.keep(bias!));
}
