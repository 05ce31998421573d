/**
 * What builders share: the layers, with the field's usual settings.
 */
import type { Nonlinearity, Padding } from "../../ops";
import type {
  Architecture,
  BatchNormalisation,
  Block,
  ChannelGate,
  ChannelScaling,
  ChannelSelection,
  Concatenation,
  Convolution,
  Dense,
  Dropout,
  Layer,
  LayerNormalisation,
  LocalResponseNormalisation,
  Parameterless,
  Pool,
  Scaling,
} from "../engine/architecture";

/** What every builder is told: the images that the network takes, and how many classes it tells apart. */
export interface BuilderOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/** Which member of a family. */
export interface FamilyOptions extends BuilderOptions {
  /** Layers with weights on the longest path. */
  readonly depth: number;
  /** Filters of the first stage; the family's own default by default. */
  readonly width?: number;
}

/** Networks that differ only in depth, width, images and classes. */
export interface Family {
  /** What a name begins with. */
  readonly prefix: string;
  /** For people: "residual network, option A shortcuts". */
  readonly description: string;
  /** Depths that exist, the smallest first: enough of them to try the laws on. */
  readonly exampleDepths: readonly number[];
  build(options: FamilyOptions): Architecture;
}

/** What a convolution is built from, besides its name. */
export interface ConvolutionOptions {
  readonly filters: number;
  /** Side of a square kernel, or height and width; 3 by default. */
  readonly size?: number | readonly [height: number, width: number];
  readonly stride?: number;
  /** (size - 1) / 2 on each side by default: at stride 1 the image keeps its size. */
  readonly padding?: Padding;
  /** No bias by default: batch normalisation's offset takes its place. */
  readonly bias?: boolean;
  /** Groups of channels and filters; one by default. */
  readonly groups?: number;
  readonly gain?: number;
}

/** A convolution; 3x3, stride 1, He-normal, without bias by default. */
export function convolution(name: string, options: ConvolutionOptions): Convolution {
  const { filters, size = 3, stride = 1, bias = false, gain = 2 } = options;
  const kernelSize = typeof size === "number" ? ([size, size] as const) : size;
  const padding = options.padding ?? defaultPadding(kernelSize);
  const { groups = 1 } = options;
  return { kind: "convolution", name, filters, kernelSize, stride, padding, bias, ...(groups > 1 && { groups }), gain };
}

/** A convolution of each channel by itself, with one filter each. */
export function depthwiseConvolution(
  name: string,
  channels: number,
  options: Omit<ConvolutionOptions, "filters" | "groups"> = {},
): Convolution {
  return convolution(name, { ...options, filters: channels, groups: channels });
}

/** Batch normalisation with epsilon 1e-5 and momentum 0.1, as in the ResNet authors' and PyTorch's code. */
export function batchNormalisation(name: string): BatchNormalisation {
  return { kind: "batch normalisation", name, epsilon: 1e-5, momentum: 0.1 };
}

/** Normalisation of each pixel over its channels, with ConvNeXt's epsilon of 1e-6. */
export function layerNormalisation(name: string, epsilon = 1e-6): LayerNormalisation {
  return { kind: "layer normalisation", name, epsilon };
}

/** A fully connected layer with bias; gain 1 keeps the variance of what is no ReLU's input (LeCun 1998). */
export function dense(name: string, units: number, gain = 1): Dense {
  return { kind: "dense", name, units, bias: true, gain };
}

/** Max pooling, 2x2 with stride 2 by default. */
export function maxPool(size = 2, stride = size, padding: Padding = "valid"): Pool {
  return { kind: "max pool", size, stride, padding };
}

/** Average pooling, 2x2 with stride 2 by default; padding does not count. */
export function averagePool(size = 2, stride = size, padding: Padding = "valid"): Pool {
  return { kind: "average pool", size, stride, padding };
}

/** Branches over one input, joined along the channels. An empty branch is the input. */
export function concatenation(...branches: readonly (readonly Layer[])[]): Concatenation {
  return { kind: "concatenation", branches };
}

/** Activations times a factor for each channel, which the given layers make of them. */
export function channelGate(...layers: readonly Layer[]): ChannelGate {
  return { kind: "channel gate", layers };
}

/**
 * Squeeze and excitation: the mean over the image, through two dense layers, as a factor for each channel.
 *
 * Source: Hu, Shen, Albanie, Sun & Wu 2017, arXiv:1709.01507, sec. 3.
 *
 * @param units of the first dense layer
 * @param between the nonlinearity after it; a ReLU in the paper
 */
export function squeezeAndExcitation(
  name: string,
  channels: number,
  units: number,
  between: Layer = relu,
): ChannelGate {
  return channelGate(
    globalAveragePool,
    dense(`${name}/squeeze`, units, 2),
    between,
    dense(`${name}/excitation`, channels),
    sigmoid,
  );
}

/** The channels from `first` up to, not including, `end`. */
export function channelRange(first: number, end: number): ChannelSelection {
  return { kind: "channel selection", channels: Array.from({ length: end - first }, (_, i) => first + i) };
}

/** The given channels, in their order. */
export function channelSelection(channels: readonly number[]): ChannelSelection {
  return { kind: "channel selection", channels };
}

/** Every activation times a constant. */
export function scaling(factor: number): Scaling {
  return { kind: "scaling", factor };
}

/** A coefficient and an offset for each channel, trained; 1 and 0 at first. */
export function channelScaling(name: string): ChannelScaling {
  return { kind: "channel scaling", name };
}

/** A coefficient for each channel, trained, without an offset (Touvron et al. 2021, arXiv:2103.17239); 1e-6 at first by default. */
export function layerScale(name: string, initial = 1e-6): ChannelScaling {
  return { kind: "channel scaling", name, offset: false, initial };
}

/** Local response normalisation over n = 5 channels with AlexNet's constants (Krizhevsky et al. 2012, sec. 3.3). */
export const localResponseNormalisation: LocalResponseNormalisation = {
  kind: "local response normalisation",
  radius: 2,
  bias: 2,
  alpha: 1e-4,
  beta: 0.75,
};

/** In training, zeros with the given probability and the rest scaled up; nothing at inference. */
export function dropout(name: string, rate: number): Dropout {
  return { kind: "dropout", name, rate };
}

/**
 * Stochastic depth for each image: at the end of a residual branch, it drops all of the branch with the given probability in training,
 * and scales what stays up; nothing at inference.
 */
export function stochasticDepth(name: string, rate: number): Dropout {
  return { kind: "dropout", name, rate, wholeImages: true };
}

/** min(max(x, 0), 6). */
export const relu6: Nonlinearity = { kind: "relu6" };
/** x sigmoid(x), also called swish. */
export const silu: Nonlinearity = { kind: "silu" };
/** x times the probability that a standard normal deviate is at most x; "tanh gelu" is its approximation. */
export const gelu: Nonlinearity = { kind: "gelu" };
/** min(max(x + 3, 0), 6) / 6. */
export const hardSigmoid: Nonlinearity = { kind: "hard sigmoid" };
/** x min(max(x + 3, 0), 6) / 6. */
export const hardSwish: Nonlinearity = { kind: "hard swish" };

/** x above zero, slope x below. */
export function leakyRelu(slope = 0.01): Nonlinearity {
  return { kind: "leaky relu", slope };
}

/** x above zero, scale (exp(x) - 1) below. */
export function elu(scale = 1): Nonlinearity {
  return { kind: "elu", scale };
}

/** max(0, x). */
export const relu: Parameterless = { kind: "relu" };
/** 1 / (1 + exp(-x)). */
export const sigmoid: Parameterless = { kind: "sigmoid" };
/** The hyperbolic tangent. */
export const tanh: Parameterless = { kind: "tanh" };
/** The mean over height and width of each channel. */
export const globalAveragePool: Parameterless = { kind: "global average pool" };
/** Height, width and channels as one row of features, the channels of a pixel next to each other. */
export const flatten: Parameterless = { kind: "flatten" };

/** Convolution, batch normalisation, ReLU: the unit of plain and VGG-style nets and of ResNet stems. */
export function convolutionUnit(name: string, options: ConvolutionOptions): Layer[] {
  return [convolution(`${name}/convolution`, options), batchNormalisation(`${name}/normalisation`), relu];
}

/** A block of a network without skips: its layers, one after another. */
export function plainBlock(name: string, residual: readonly Layer[]): Block {
  return { name, residual, shortcut: null, join: [] };
}

function defaultPadding([height, width]: readonly [number, number]): Padding {
  if (height === width && height % 2 === 1) return (height - 1) / 2;
  return "same";
}
