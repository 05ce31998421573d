/**
 * What can be done with a network's batch normalisation: fold it into the layers before it, freeze it into linear layers,
 * set its running statistics, leave it out.
 */
import { toBfloat16 } from "../../ops";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../runtime";
import type { Architecture, BatchNormalisation, Convolution, Dense, Layer, Shape } from "./architecture";
import { forward } from "./forward";
import { copyLayerParameters, type Network, parameter, type Weights } from "./network";
import { placedLayers } from "./shapes";

/**
 * A network equal at inference, in which every convolution or dense layer followed by batch normalisation has taken it
 * into its weights and bias.
 *
 * With s = scale / sqrt(variance + epsilon): kernel' = kernel s, bias' = (bias - mean) s + offset. A normalisation with
 * no such layer before it (the first of a pre-activation branch) stays. Every other convolution without a bias gets one of
 * zeros: with a bias, and only with one, it takes in what follows it (see `fusedConvolution`). Where the network computes in
 * bfloat16, the weights of convolutions are rounded to it.
 *
 * @returns a new network with weights of its own; the caller disposes both
 */
export function foldBatchNormalisation(network: Network): Network {
  const weights: Weights = new Map();
  const architecture = withLayers(network.architecture, (layers) => {
    const folded: Layer[] = [];
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i]!;
      const next = layers[i + 1];
      if ((layer.kind === "convolution" || layer.kind === "dense") && next?.kind === "batch normalisation") {
        foldPair(network, layer, next, weights);
        folded.push({ ...layer, bias: true });
        i++; // the normalisation is taken in
        continue;
      }
      copyLayerParameters(network, layer, weights);
      const lacksBias = layer.kind === "convolution" && !layer.bias;
      if (lacksBias) weights.set(`${layer.name}/bias`, tf.keep(tf.zeros([layer.filters])));
      folded.push(lacksBias ? { ...layer, bias: true } : layer);
    }
    if (network.precision === "bfloat16") for (const layer of folded) roundConvolution(layer, weights);
    return folded;
  });
  return { ...network, architecture, weights };
}

/** A convolution's weights as its kernel wants them, once instead of at each call. */
function roundConvolution(layer: Layer, weights: Weights): void {
  if (layer.kind !== "convolution" || (layer.groups ?? 1) > 1) return; // in groups some are computed in float32
  for (const name of [`${layer.name}/kernel`, `${layer.name}/bias`]) {
    const wide = weights.get(name)!;
    const rounded = toBfloat16(wide);
    if (rounded === wide) continue; // a layer that stands in two places
    weights.set(name, tf.keep(rounded));
    wide.dispose();
  }
}

function foldPair(network: Network, layer: Convolution | Dense, next: BatchNormalisation, weights: Weights): void {
  const [kernel, bias] = tf.tidy(() => {
    const { factor, mean, offset } = atInference(network, next);
    const before = layer.bias ? tf.sub(parameter(network, `${layer.name}/bias`), mean) : tf.neg(mean);
    return [
      tf.mul(parameter(network, `${layer.name}/kernel`), factor), // the filters are the last axis: they broadcast
      tf.add(tf.mul(before, factor), offset),
    ];
  });
  weights.set(`${layer.name}/kernel`, tf.keep(kernel!));
  weights.set(`${layer.name}/bias`, tf.keep(bias!));
}

/**
 * A network equal at inference in which each batch normalisation is a linear layer of its own, of the same name: a
 * diagonal kernel of scale / sqrt(variance + epsilon), and the bias that goes with it.
 *
 * So `backward` differentiates what inference computes, in every mode. Under batch statistics the gradient by one input
 * depends on all others of the batch, and its mean over the batch is zero whatever the network does: what is asked of a
 * single input has to be asked of the network frozen.
 *
 * @returns a new network with weights of its own; the caller disposes both
 */
export function freezeNormalisation(network: Network): Network {
  const { architecture } = network;
  const shapes = new Map<Layer, Shape>(placedLayers(architecture).map(({ layer, inputShape }) => [layer, inputShape]));
  const weights: Weights = new Map();
  const freeze = (layer: Layer): Layer => {
    if (layer.kind === "batch normalisation") return frozen(network, layer, shapes.get(layer)!, weights);
    copyLayerParameters(network, layer, weights);
    return layer;
  };
  return { ...network, architecture: withLayers(architecture, (layers) => layers.map(freeze)), weights };
}

function frozen(network: Network, layer: BatchNormalisation, shape: Shape, weights: Weights): Layer {
  const { name } = layer;
  const channels = shape[shape.length - 1]!;
  const isFlat = shape.length === 1;
  const [kernel, bias] = tf.tidy(() => {
    const { factor, mean, offset } = atInference(network, layer);
    const diagonal = tf.mul(tf.eye(channels), factor);
    return [
      isFlat ? diagonal : diagonal.reshape([1, 1, channels, channels]),
      tf.sub(offset, tf.mul(mean, factor)),
    ] as const;
  });
  weights.set(`${name}/kernel`, tf.keep(kernel));
  weights.set(`${name}/bias`, tf.keep(bias));
  if (isFlat) return { kind: "dense", name, units: channels, bias: true, gain: 1 };
  const geometry = { kernelSize: [1, 1], stride: 1, padding: 0 } as const;
  return { kind: "convolution", name, filters: channels, ...geometry, bias: true, gain: 1 };
}

/** What a normalisation computes at inference: (x - mean) factor + offset, `[channels]` each. */
function atInference(network: Network, { name, epsilon }: BatchNormalisation) {
  const statistic = (what: string) => parameter<Tensor1D>(network, `${name}/${what}`);
  const factor: Tensor = tf.mul(statistic("scale"), tf.rsqrt(tf.add(statistic("variance"), epsilon)));
  return { factor, mean: statistic("mean"), offset: statistic("offset") };
}

/**
 * Sets the running means and variances of a network to those of one batch.
 *
 * A network that was never trained has 0 and 1 there and does not normalise at inference: in a residual network the mean
 * square of the activations doubles with every block, and some 250 blocks are too many for single precision. Exits keep
 * what they have, and dropout does nothing meanwhile. Variances are those of the population as TensorFlow estimates it,
 * n/(n - 1) times the batch's.
 *
 * @param x images, `[batch, height, width, channels]`; more than one value per channel wherever there is normalisation
 */
export function takeBatchStatistics(network: Network, x: Tensor4D): void {
  const architecture = withLayers(network.architecture, (layers) =>
    layers
      .filter(({ kind }) => kind !== "dropout")
      .map((layer) => (layer.kind === "batch normalisation" ? { ...layer, momentum: 1 } : layer)),
  );
  tf.tidy(() => void forward({ ...network, architecture }, x, { mode: "training" }));
}

/**
 * The same architecture without batch normalisation: convolutions and dense layers get a bias in the place of its
 * offset, all else stays.
 *
 * @example withoutNormalisation(buildByName("vgg9", options)) // named "vgg9 without normalisation"
 */
export function withoutNormalisation(architecture: Architecture): Architecture {
  const bare = withLayers(architecture, (layers) =>
    layers
      .filter(({ kind }) => kind !== "batch normalisation")
      .map((layer) => (layer.kind === "convolution" || layer.kind === "dense" ? { ...layer, bias: true } : layer)),
  );
  return { ...bare, name: `${architecture.name} without normalisation` };
}

/**
 * An architecture in which every list of layers is replaced: stem, branches and joins of blocks, heads of exits, and head;
 * of a concatenation its branches first, and a gate's own layers.
 */
function withLayers(architecture: Architecture, change: (layers: readonly Layer[]) => readonly Layer[]): Architecture {
  const changed = (layers: readonly Layer[]): readonly Layer[] =>
    change(
      layers.map((layer) => {
        if (layer.kind === "channel gate") return { ...layer, layers: changed(layer.layers) };
        return layer.kind === "concatenation" ? { ...layer, branches: layer.branches.map(changed) } : layer;
      }),
    );
  return {
    ...architecture,
    stem: changed(architecture.stem),
    blocks: architecture.blocks.map((block) => ({
      ...block,
      residual: changed(block.residual),
      shortcut: block.shortcut === null ? null : changed(block.shortcut),
      join: changed(block.join),
    })),
    ...(architecture.exits && { exits: architecture.exits.map((exit) => ({ ...exit, head: changed(exit.head) })) }),
    head: changed(architecture.head),
  };
}
