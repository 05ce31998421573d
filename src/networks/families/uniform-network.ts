/**
 * Networks whose blocks are all alike: the setting in which theory says what depth does to signals, gradients and paths.
 *
 * Sources: He et al. 2015, arXiv:1502.01852 (plain); Balduzzi et al. 2017, arXiv:1702.08591, and De & Smith 2020,
 * arXiv:2002.10444 (residual, with and without batch normalisation).
 */
import type { Architecture, BatchNormalisation, Block, Layer } from "../engine/architecture";
import {
  type BuilderOptions,
  batchNormalisation,
  convolution,
  dense,
  flatten,
  globalAveragePool,
  relu,
  sigmoid,
  tanh,
} from "./layers";

/** Which uniform network. */
export interface UniformNetworkOptions extends BuilderOptions {
  /** Blocks: each has one layer with weights. */
  readonly depth: number;
  /** Units of each dense layer, or filters of each convolution. */
  readonly width: number;
  /** Dense layers, or 3x3 convolutions that keep the image's size. */
  readonly layer: "dense" | "convolution";
  readonly activation: "relu" | "sigmoid" | "tanh";
  /** Variance of the blocks' weights times the fan-in: 1 is Glorot's for layers as wide as their input, 2 is He's. */
  readonly gain: number;
  /** Batch normalisation before each activation; none by default. */
  readonly normalised?: boolean;
  /** Identity shortcuts past the blocks; none by default. */
  readonly residual?: boolean;
}

/**
 * A network of `depth` blocks, each `x -> W f(x)`, `W f(normalised x)`, or either of them added to x.
 *
 * A plain network is thus the residual one without its shortcuts. Activations have one shape at every boundary between
 * blocks, so the route through the first n blocks is the network of depth n. No layer has a bias. The first layer is linear and its
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

const activations = { relu, sigmoid, tanh };

function normalisation(name: string): BatchNormalisation {
  return { ...batchNormalisation(name), momentum: 1 };
}

/** A kind of uniform network: its name, how its blocks are built, and whether their branches are scaled by 1/√N. */
export interface UniformKind {
  readonly name: string;
  readonly options: Pick<UniformNetworkOptions, "activation" | "gain" | "normalised" | "residual">;
  readonly scaled?: true;
}

/** Glorot's and He's initialisation, as the weights' variance times the fan-in. */
const [glorot, he] = [1, 2];

/**
 * Kinds of uniform networks (see `buildUniformNetwork`) that differ in what depth does to their gradients: it makes them
 * vanish, explode or shatter, or leaves them as they are.
 */
export const uniformKinds = {
  sigmoid: { name: "plain sigmoid, gain 1", options: { activation: "sigmoid", gain: glorot } },
  tanh: { name: "plain tanh, gain 1", options: { activation: "tanh", gain: glorot } },
  smallRelu: { name: "plain ReLU, gain 1", options: { activation: "relu", gain: glorot } },
  heRelu: { name: "plain ReLU, gain 2", options: { activation: "relu", gain: he } },
  largeSigmoid: { name: "plain sigmoid, gain 256", options: { activation: "sigmoid", gain: 256 } },
  largeTanh: { name: "plain tanh, gain 4", options: { activation: "tanh", gain: 4 } },
  largeRelu: { name: "plain ReLU, gain 4", options: { activation: "relu", gain: 4 } },
  normalisedRelu: {
    name: "plain ReLU, gain 2, normalised",
    options: { activation: "relu", gain: he, normalised: true },
  },
  residualSigmoid: {
    name: "residual sigmoid, gain 1",
    options: { activation: "sigmoid", gain: glorot, residual: true },
  },
  residualSmallestRelu: {
    name: "residual ReLU, gain 0.5",
    options: { activation: "relu", gain: 0.5, residual: true },
  },
  residualSmallRelu: { name: "residual ReLU, gain 1", options: { activation: "relu", gain: glorot, residual: true } },
  residualRelu: { name: "residual ReLU, gain 2", options: { activation: "relu", gain: he, residual: true } },
  residualLargeRelu: { name: "residual ReLU, gain 4", options: { activation: "relu", gain: 4, residual: true } },
  residualNormalised: {
    name: "residual ReLU, gain 2, normalised",
    options: { activation: "relu", gain: he, normalised: true, residual: true },
  },
  residualScaled: {
    name: "residual ReLU, gain 2, branch over √N",
    options: { activation: "relu", gain: he, residual: true },
    scaled: true,
  },
} satisfies Readonly<Record<string, UniformKind>>;

/** Which linear residual network. */
interface LinearResNetOptions extends BuilderOptions {
  /** Residual blocks, N: the network has 2^N paths. */
  readonly blocks: number;
  /** Filters of every layer; 8 by default. */
  readonly width?: number;
}

/**
 * A residual network that is linear throughout, in which what is said of paths holds exactly: a branch is one 3x3 convolution, shortcuts are the identity, and there is
 * no normalisation, no activation and no bias, not in the head either: every path would add the head's bias anew.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3, whose unrolled network sums over its paths. With ReLUs
 * in the branches it does not: F(x + y) is not F(x) + F(y), and each path depends on the others.
 *
 * Weights keep the variance (gain 1), so that the output's doubles with every block. Named by its layers, N + 2.
 *
 * @throws RangeError when the number of blocks is not a whole number, at least 1
 */
export function buildLinearResNet({ blocks, inputShape, classes, width = 8 }: LinearResNetOptions): Architecture {
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(`a linear residual network needs a whole number of blocks, at least 1, got ${blocks}`);
  }
  const linear = { filters: width, gain: 1 } as const;
  return {
    name: `linear-resnet${blocks + 2}`,
    inputShape,
    classes,
    stem: [convolution("stem/convolution", linear)],
    blocks: Array.from({ length: blocks }, (_, i): Block => {
      const name = `stage1/block${i + 1}`;
      return { name, residual: [convolution(`${name}/convolution`, linear)], shortcut: [], join: [] };
    }),
    head: [globalAveragePool, { ...dense("head/classifier", classes), bias: false }],
  };
}
