/**
 * DenseNet: every layer sees the outputs of all layers before it in its dense block.
 *
 * Source: Huang, Liu, van der Maaten & Weinberger 2016, arXiv:1608.06993, table 1 (ImageNet) and sec. 4.1 (CIFAR).
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import {
  averagePool,
  type BuilderOptions,
  batchNormalisation,
  concatenation,
  convolution,
  convolutionUnit,
  dense,
  dropout,
  globalAveragePool,
  maxPool,
  plainBlock,
  relu,
} from "./layers";

/** Which DenseNet for ImageNet. */
interface DenseNetOptions extends BuilderOptions {
  /** Layers with weights: 121, 161, 169 or 201. */
  readonly depth: number;
}

/** Table 1: layers a dense block, each of two convolutions; and the growth rate, with half as many filters as the stem. */
const imageNetNetworks: Readonly<Record<number, { layers: readonly number[]; growth: number }>> = {
  121: { layers: [6, 12, 24, 16], growth: 32 },
  161: { layers: [6, 12, 36, 24], growth: 48 },
  169: { layers: [6, 12, 32, 32], growth: 32 },
  201: { layers: [6, 12, 48, 32], growth: 32 },
};

/**
 * DenseNet-BC for ImageNet. Each dense layer, y = [x, F(x)], and each transition is a block.
 *
 * For 224x224x3 and 1000 classes 7,978,856 trainable parameters at depth 121, 20,013,928 at depth 201.
 *
 * @throws RangeError for another depth
 */
export function buildDenseNet({ depth, inputShape, classes }: DenseNetOptions): Architecture {
  const network = imageNetNetworks[depth];
  if (network === undefined) {
    throw new RangeError(`DenseNet has ${Object.keys(imageNetNetworks).join(", ")} layers, not ${depth}`);
  }
  const { layers, growth } = network;
  const filters = 2 * growth;
  return {
    name: `densenet${depth}`,
    inputShape,
    classes,
    stem: [...convolutionUnit("stem", { filters, size: 7, stride: 2 }), maxPool(3, 2, 1)],
    blocks: denseBlocks(layers, { filters, growth, bottleneck: true, compression: 0.5, dropoutRate: 0 }),
    head: denseHead(classes),
  };
}

/** Which DenseNet for small images: of 3n + 4 layers, or 6n + 4 with bottlenecks. */
interface CifarDenseNetOptions extends DenseNetOptions {
  /** Filters that a layer adds: k in the paper. */
  readonly growth: number;
  /**
   * DenseNet-BC: a 1x1 convolution of 4k filters before each 3x3 one, transitions that halve the channels, 2k filters in the
   * stem. Without: neither, and 16 filters.
   */
  readonly bottleneck?: boolean;
  /** Share of the activations dropped after each convolution: 0.2 in the paper where images are not augmented. */
  readonly dropoutRate?: number;
}

/**
 * The network for small images: three dense blocks of equally many layers.
 *
 * For 32x32x3 and 10 classes 1,019,722 trainable parameters at depth 40 and growth 12; with bottlenecks 769,162 at depth 100
 * and growth 12, 25,624,430 at depth 190 and growth 40.
 *
 * @throws RangeError when the depth is not 3n + 4, or 6n + 4 with bottlenecks
 */
export function buildCifarDenseNet(options: CifarDenseNetOptions): Architecture {
  const { depth, inputShape, classes, growth, bottleneck = false, dropoutRate = 0 } = options;
  const step = bottleneck ? 6 : 3;
  const layers = (depth - 4) / step;
  if (!Number.isInteger(layers) || layers < 1) {
    throw new RangeError(
      `a DenseNet${bottleneck ? "-BC" : ""} for small images needs depth ${step}n + 4, got ${depth}`,
    );
  }
  const filters = bottleneck ? 2 * growth : 16;
  const compression = bottleneck ? 0.5 : 1;
  return {
    name: `densenet${bottleneck ? "-bc" : ""}-${depth}-${growth}`,
    inputShape,
    classes,
    stem: [convolution("stem/convolution", { filters })],
    blocks: denseBlocks([layers, layers, layers], { filters, growth, bottleneck, compression, dropoutRate }),
    head: denseHead(classes),
  };
}

interface DenseBlockOptions {
  /** Channels that enter the first dense block. */
  readonly filters: number;
  readonly growth: number;
  readonly bottleneck: boolean;
  /** Share of the channels that a transition keeps, rounded down: theta. */
  readonly compression: number;
  readonly dropoutRate: number;
}

/** Dense blocks with transitions between them. */
function denseBlocks(layers: readonly number[], options: DenseBlockOptions): Block[] {
  const { growth, compression } = options;
  let channels = options.filters;
  return layers.flatMap((count, i) => {
    const stage = `stage${i + 1}`;
    const own = Array.from({ length: count }, (_, j) => denseLayer(`${stage}/block${j + 1}`, options));
    channels += count * growth;
    if (i === layers.length - 1) return own;
    channels = Math.floor(compression * channels);
    return [...own, transition(`${stage}/transition`, channels, options)];
  });
}

/** y = [x, F(x)], F of BN, ReLU, convolution in this order, twice with a bottleneck. */
function denseLayer(name: string, { growth, bottleneck, dropoutRate }: DenseBlockOptions): Block {
  const unit = (number: string, filters: number, size: number): Layer[] => [
    batchNormalisation(`${name}/normalisation${number}`),
    relu,
    convolution(`${name}/convolution${number}`, { filters, size }),
    ...(dropoutRate > 0 ? [dropout(`${name}/dropout${number}`, dropoutRate)] : []),
  ];
  const branch = bottleneck ? [...unit("1", 4 * growth, 1), ...unit("2", growth, 3)] : unit("", growth, 3);
  return plainBlock(name, [concatenation([], branch)]);
}

function transition(name: string, filters: number, { dropoutRate }: DenseBlockOptions): Block {
  return plainBlock(name, [
    batchNormalisation(`${name}/normalisation`),
    relu,
    convolution(`${name}/convolution`, { filters, size: 1 }),
    ...(dropoutRate > 0 ? [dropout(`${name}/dropout`, dropoutRate)] : []),
    averagePool(),
  ]);
}

function denseHead(classes: number): Layer[] {
  return [batchNormalisation("head/normalisation"), relu, globalAveragePool, dense("head/classifier", classes)];
}
