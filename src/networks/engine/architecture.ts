/**
 * An architecture as data: what a paper's table says, before any weight exists.
 *
 * Everything that can be known without a tensor (shapes, parameter counts, multiply-accumulates, which blocks keep their
 * shape) is computed from this data in `shapes.ts`; `network.ts` gives it weights; `forward.ts` and `backward.ts` run it.
 */
import type { Nonlinearity, Padding } from "../../ops";

/** `[height, width, channels]` of one image's activations, or `[features]` once they are flat. */
export type Shape = readonly number[];

/** A convolution over height and width, each filter over all channels, or over those of its group. */
export interface Convolution {
  readonly kind: "convolution";
  /** Address of its parameters: `name/kernel` [height, width, channels in of one group, filters] and `name/bias` [filters]. */
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly stride: number;
  readonly padding: Padding;
  readonly bias: boolean;
  /**
   * Groups of equal size into which channels and filters are parted, the first channels to the first filters; one where it is not
   * there. As many as channels: a depthwise convolution.
   */
  readonly groups?: number;
  /** Initial variance of the weights times the fan-in: 2 for what feeds a ReLU (He et al. 2015, arXiv:1502.01852). */
  readonly gain: number;
}

/** Batch normalisation over all but the channels (Ioffe & Szegedy 2015, arXiv:1502.03167). */
export interface BatchNormalisation {
  readonly kind: "batch normalisation";
  /** Address of `name/scale`, `name/offset`, `name/mean` and `name/variance`, each [channels]. */
  readonly name: string;
  /** Added to the variance (Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1). */
  readonly epsilon: number;
  /** Share of the new batch in the running mean and variance: 0.1 in the ResNet codes. */
  readonly momentum: number;
}

/** Each pixel, or each row of features, normalised over its own channels (Ba et al. 2016, arXiv:1607.06450). */
export interface LayerNormalisation {
  readonly kind: "layer normalisation";
  /** Address of `name/scale` and `name/offset`, each [channels]. */
  readonly name: string;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** A fully connected layer: features times kernel, plus bias. */
export interface Dense {
  readonly kind: "dense";
  /** Address of `name/kernel` [features in, units] and `name/bias` [units]. */
  readonly name: string;
  readonly units: number;
  readonly bias: boolean;
  readonly gain: number;
}

/** The maximum or the mean over squares. */
export interface Pool {
  readonly kind: "max pool" | "average pool";
  readonly size: number;
  readonly stride: number;
  /** A number is pixels on each side. They count neither for the maximum nor for the mean. */
  readonly padding: Padding;
}

/** He 2015's option A: every `stride`-th pixel, and zeros for the channels that are missing. It has no parameters. */
interface SubsampleAndPad {
  readonly kind: "subsample and pad";
  readonly stride: number;
  readonly channels: number;
}

/**
 * Branches over one input, their outputs side by side along the channels: an inception module; with an empty branch, which
 * is the input itself, a layer of a dense block.
 */
export interface Concatenation {
  readonly kind: "concatenation";
  readonly branches: readonly (readonly Layer[])[];
}

/**
 * Activations times a factor for each channel of each image, which some layers make of them: squeeze and excitation (Hu et al. 2017,
 * arXiv:1709.01507).
 */
export interface ChannelGate {
  readonly kind: "channel gate";
  /** From the activations to the factors, `[channels]`. */
  readonly layers: readonly Layer[];
}

/** Some of the channels, in the given order: one group of a grouped convolution, or a row of LeNet-5's table I. */
export interface ChannelSelection {
  readonly kind: "channel selection";
  readonly channels: readonly number[];
}

/** Every activation times a constant: what damps Inception-ResNet's branches (Szegedy et al. 2016, arXiv:1602.07261, sec. 3.3). */
export interface Scaling {
  readonly kind: "scaling";
  readonly factor: number;
}

/**
 * A trained coefficient and offset for each channel: LeNet-5's subsampling layers (LeCun et al. 1998, sec. II.B); without the offset
 * the layer scale of Touvron et al. 2021, arXiv:2103.17239.
 */
export interface ChannelScaling {
  readonly kind: "channel scaling";
  /** Address of `name/scale` and `name/offset`, each [channels]. */
  readonly name: string;
  /** Whether there is an offset; there is where nothing is said. */
  readonly offset?: false;
  /** The coefficients at first; 1 where nothing is said. */
  readonly initial?: number;
}

/**
 * y = x / (bias + alpha * sum of x^2 over the `radius` channels on either side and its own)^beta.
 *
 * Source: Krizhevsky et al. 2012, sec. 3.3, with n = 2 radius + 1.
 */
export interface LocalResponseNormalisation {
  readonly kind: "local response normalisation";
  readonly radius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/**
 * In training each activation is zero with probability `rate` and the others grow by 1 / (1 - rate); at inference it does
 * nothing (Srivastava et al. 2014, JMLR 15, sec. 10, "inverted").
 */
export interface Dropout {
  readonly kind: "dropout";
  /** Address of its stream of masks; it has no parameters. */
  readonly name: string;
  readonly rate: number;
  /**
   * Whether all activations of an image stay or go together: at the end of a residual branch, stochastic depth for each image (Huang
   * et al. 2016, arXiv:1603.09382), as torchvision and Keras sample it. Where nothing is said, each activation has its own lot.
   */
  readonly wholeImages?: true;
}

/** A layer that its kind tells all of. */
export interface Parameterless {
  readonly kind: "relu" | "sigmoid" | "tanh" | "global average pool" | "flatten";
}

/**
 * A piece of a network that is no layer of this engine: nodes of an ONNX graph, which another runtime runs forward, and only that
 * (`GraphRuntime`).
 */
export interface GraphPart {
  readonly kind: "graph part";
  readonly name: string;
  /** What it computes, in order: "Conv", "Relu". */
  readonly operations: readonly string[];
  /** For one image, in the graph's own layout. */
  readonly outputShape: Shape;
  /** Layers with weights one after another, the most there are on a way through it. */
  readonly depth: number;
  /** Stored numbers that it computes with. */
  readonly parameters: number;
  /** Of its convolutions and products with weights, for one image. */
  readonly multiplyAccumulates: number;
}

/** Any layer that a network may have, told apart by `kind`. */
export type Layer =
  | Convolution
  | BatchNormalisation
  | LayerNormalisation
  | Nonlinearity
  | Dense
  | Pool
  | SubsampleAndPad
  | Concatenation
  | ChannelGate
  | ChannelSelection
  | Scaling
  | ChannelScaling
  | LocalResponseNormalisation
  | Dropout
  | GraphPart
  | Parameterless;

/**
 * The unit that a route runs, skips or moves: output = join(residual(x) + shortcut(x)).
 *
 * A block without a shortcut (`null`: plain and VGG-style nets) computes join(residual(x)); skipping it puts the identity
 * in its place, which only a block that keeps its shape allows.
 */
export interface Block {
  /** Address: `stage2/block1`. */
  readonly name: string;
  /** The branch with the weights, F in y = x + F(x). */
  readonly residual: readonly Layer[];
  /** The skip branch: no layers is the identity; `null` where the network has no skips. */
  readonly shortcut: readonly Layer[] | null;
  /** What follows the addition: a ReLU in He 2015's blocks, nothing in pre-activation ones. */
  readonly join: readonly Layer[];
}

/** A classifier on the way: GoogLeNet's auxiliary heads, or an early exit. */
export interface Exit {
  /** Address of its parameters: `exit1`. */
  readonly name: string;
  /** Index of the block whose output it takes. */
  readonly after: number;
  /** From that block's output to logits, `[classes]`. */
  readonly head: readonly Layer[];
  /** What its loss weighs in training beside the last head's 1. */
  readonly lossWeight: number;
}

/** A network as data: a stem, blocks, a head. Everything that is no weight is known from it. */
export interface Architecture {
  /** Name for people and for files: "resnet20". */
  readonly name: string;
  /** `[height, width, channels]` of one image. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  readonly stem: readonly Layer[];
  readonly blocks: readonly Block[];
  /** From the last block's activations to the logits, `[classes]`. */
  readonly head: readonly Layer[];
  /** Classifiers on the way, the first first; none in most networks. */
  readonly exits?: readonly Exit[];
}
