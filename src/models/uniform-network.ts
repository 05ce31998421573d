/**
 * Networks whose blocks are all alike: the setting in which theory says what depth does to signals and gradients.
 *
 * Sources: He et al. 2015, arXiv:1502.01852 (plain); Balduzzi et al. 2017, arXiv:1702.08591, and De & Smith 2020,
 * arXiv:2002.10444 (residual, with and without batch normalisation).
 */
import type { Architecture, BatchNormalisation, Block, Layer } from "./architecture";
import { batchNormalisation, convolution, flatten, globalAveragePool, relu, sigmoid, tanh } from "./layers";

export interface UniformNetworkOptions {
  /** Blocks: each has one layer with weights. */
  readonly depth: number;
  /** Units of each dense layer, or filters of each convolution. */
  readonly width: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Dense layers, or 3x3 convolutions that keep the picture's size. */
  readonly layer: "dense" | "convolution";
  readonly activation: "relu" | "sigmoid" | "tanh";
  /** Variance of the blocks' weights times the fan-in: 1 is Glorot's for layers as wide as their input, 2 is He's. */
  readonly gain: number;
  /** Batch normalisation before each activation; none unless told. */
  readonly normalised?: boolean;
  /** Identity shortcuts past the blocks; none unless told. */
  readonly residual?: boolean;
}

const activations = { relu, sigmoid, tanh };

/**
 * A network of `depth` blocks, each `x -> W f(x)`, `W f(normalised x)`, or either of them added to x.
 *
 * A plain network is so the residual one without its shortcuts. Every border between blocks has the same shape, so the
 * route through the first n blocks is the network of depth n. No layer has a bias. The first layer is linear and its
 * output normalised over the batch: every network begins at mean 0 and variance 1. Running statistics are those of the
 * last batch alone.
 *
 * @throws RangeError when the depth is not a whole number above 0
 */
export function buildUniformNetwork(options: UniformNetworkOptions): Architecture {
  const { depth, inputShape, classes, layer, activation, gain, normalised = false, residual = false } = options;
  if (!Number.isInteger(depth) || depth < 1) throw new RangeError(`need a whole number of blocks, got ${depth}`);
  const weights = (name: string, width: number, variance: number): Layer =>
    layer === "dense"
      ? { kind: "dense", name, units: width, bias: false, gain: variance }
      : convolution(name, { filters: width, gain: variance });
  const activate = (name: string): Layer[] => [
    ...(normalised ? [normalisation(`${name}/normalisation`)] : []),
    activations[activation],
  ];
  return {
    name: [residual ? "residual" : "plain", layer, activation, ...(normalised ? ["normalised"] : []), depth].join("-"),
    inputShape,
    classes,
    stem: [
      ...(layer === "dense" ? [flatten] : []),
      weights("stem/weights", options.width, 1),
      normalisation("stem/normalisation"),
    ],
    blocks: Array.from({ length: depth }, (_, i): Block => {
      const name = `block${i + 1}`;
      return {
        name,
        residual: [...activate(name), weights(`${name}/weights`, options.width, gain)],
        shortcut: residual ? [] : null,
        join: [],
      };
    }),
    head: [
      ...activate("head"),
      ...(layer === "dense" ? [] : [globalAveragePool]),
      { kind: "dense", name: "head/classifier", units: classes, bias: false, gain: 1 },
    ],
  };
}

function normalisation(name: string): BatchNormalisation {
  return { ...batchNormalisation(name), momentum: 1 };
}
