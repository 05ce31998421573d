/**
 * Single layers of a TensorFlow.js LayersModel as layers of ours.
 */
import { z } from "zod";
import type { Tensor } from "../../runtime";
import type { Layer, Shape } from "../engine/architecture";
import type { ParameterValues } from "../engine/network";
import { keptMeans, normalization } from "./keras-topology";
import type { LayerCall, ModelLayer } from "./layers-model-graph";

/** A layer of ours, or zeros around the image that the next layer must take in. */
export type Piece = Layer | ZeroPadding;

interface ZeroPadding {
  readonly kind: "zero padding";
  /** The layer of the model. */
  readonly name: string;
  /** On each side; null where sides differ. */
  readonly pixels: number | null;
  /** Before and behind what is padded, along height and width. */
  readonly sides: readonly [Sides, Sides];
  /** Height and width of what is padded. */
  readonly over: readonly [height: number, width: number];
  /** Whether nothing in the image is below 0, so that a zero beside it cannot be its maximum. */
  readonly overNonnegative: boolean;
}

type Sides = readonly [before: number, behind: number];

/** What a layer of the model becomes. */
interface Converted {
  readonly pieces: readonly Piece[];
  /** By address. */
  readonly weights: ReadonlyMap<string, ParameterValues>;
}

/** Why a layer cannot be converted, as a clause: "its dilation is 2, ours is 1". */
export class Inconvertible extends Error {}

/**
 * What a call of a layer does, in layers of ours with the layer's own name and weights.
 *
 * @param isLast whether its output is the model's: a softmax there is left out, as ours end in logits
 * @throws Inconvertible
 */
export function convertCall(call: LayerCall, isLast: boolean): Converted {
  const type = call.layer.getClassName();
  const convert = converters[type];
  if (convert === undefined) throw new Inconvertible("there is no such layer here");
  const config = readConfig(call.layer);
  if (config.dataFormat !== undefined && config.dataFormat !== "channelsLast") {
    throw new Inconvertible("it takes channels first, ours are last");
  }
  const { pieces, weights = {} } = convert(call, config);
  const own = Object.entries(weights).map(([name, values]) => [`${call.name}/${name}`, values] as const);
  const endless = own.find(([, { data }]) => !data.every(Number.isFinite));
  if (endless !== undefined) throw new Inconvertible(`its ${endless[0]} holds values that are not finite`);
  const follows = type === "Softmax" ? "softmax" : config.activation;
  return { pieces: [...pieces, ...activation(follows, isLast)], weights: new Map(own) };
}

const whole = z.number().int().positive();
const pair = z.tuple([whole, whole]);
const finite = z.number();
const oneOrPerChannel = z.union([finite, z.array(finite).min(1)]);
const perChannelNeeded = { error: "need a number, or one a channel" };
const sides = z.number().int().nonnegative();

/** What `getConfig` gives: of each kind of layer some of these, each of its type. */
const configSchema = z.object({
  activation: z.string().nullish(),
  alpha: finite.optional(),
  axis: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
  center: z.boolean().optional(),
  dataFormat: z.string().nullish(),
  dilationRate: pair.optional(),
  epsilon: z.number().positive().optional(),
  filters: whole.optional(),
  kernelSize: pair.optional(),
  maxValue: finite.nullish(),
  mean: oneOrPerChannel.nullish(),
  momentum: z.number().min(0).max(1).optional(),
  noiseShape: z.array(z.unknown()).nullish(),
  offset: z.union([z.null(), oneOrPerChannel], perChannelNeeded).optional(),
  padding: z.union([z.string(), z.tuple([z.tuple([sides, sides]), z.tuple([sides, sides])])]).optional(),
  poolSize: pair.optional(),
  rate: z.number().min(0).lt(1).optional(),
  scale: z.union([z.boolean(), oneOrPerChannel], perChannelNeeded).optional(),
  strides: pair.optional(),
  units: whole.optional(),
  useBias: z.boolean().optional(),
  variance: oneOrPerChannel.nullish(),
});

type Config = z.infer<typeof configSchema>;

/** @throws Inconvertible where a setting is of another type than its name has */
function readConfig(layer: ModelLayer): Config {
  const read = configSchema.safeParse(layer.getConfig());
  if (read.success) return read.data;
  const [{ path, message }] = read.error.issues as [z.core.$ZodIssue];
  throw new Inconvertible(`its setting ${path.join(".")}: ${message}`);
}

/** @throws Inconvertible where a layer lacks a setting that its kind has */
function needed<Name extends keyof Config>(config: Config, name: Name): NonNullable<Config[Name]> {
  const value = config[name];
  if (value === undefined || value === null) throw new Inconvertible(`it lacks its setting ${name}`);
  return value;
}

type Converter = (
  call: LayerCall,
  config: Config,
) => { readonly pieces: readonly Piece[]; readonly weights?: Readonly<Record<string, ParameterValues>> };

/** Layers of Keras that do nothing at inference. */
export const trainingOnlyLayers = [
  ...["RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness"],
  ...["GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout2D", "ActivityRegularization"],
];

const converters: Readonly<Record<string, Converter>> = {
  InputLayer: () => ({ pieces: [] }),
  Conv2D({ name, layer, inputs }, config) {
    const [kernel, bias] = weightsOf(layer);
    if (isSqueezed(inputs[0]!)) return denseOf(name, kernel!, bias, config);
    const { useBias, ...piece } = convolutionOf(name, needed(config, "filters"), config);
    return {
      pieces: [{ ...piece, bias: useBias }],
      weights: { kernel: kernel!, ...(useBias && { bias: bias! }) },
    };
  },
  DepthwiseConv2D({ name, layer }, config) {
    const [kernel, bias] = weightsOf(layer);
    const [grouped, groups] = depthwiseKernel(kernel!);
    const { useBias, ...piece } = convolutionOf(name, grouped.shape[3]!, config);
    return {
      pieces: [{ ...piece, bias: useBias, ...groups }],
      weights: { kernel: grouped, ...(useBias && { bias: bias! }) },
    };
  },
  SeparableConv2D({ name, layer }, config) {
    const [depthwise, pointwise, bias] = weightsOf(layer);
    const [grouped, groups] = depthwiseKernel(depthwise!);
    const { useBias, ...piece } = convolutionOf(`${name}/depthwise`, grouped.shape[3]!, config);
    const single = { kernelSize: [1, 1], stride: 1, padding: "valid" } as const;
    return {
      pieces: [
        { ...piece, bias: false, ...groups },
        { ...piece, ...single, name, filters: needed(config, "filters"), bias: useBias },
      ],
      weights: { "depthwise/kernel": grouped, kernel: pointwise!, ...(useBias && { bias: bias! }) },
    };
  },
  Dense({ name, layer, inputs }, config) {
    if (!isSqueezed(inputs[0]!)) requireFlat(inputs[0]!.outputShape);
    const [kernel, bias] = weightsOf(layer);
    const [units, useBias] = [needed(config, "units"), needed(config, "useBias")];
    return {
      pieces: [{ kind: "dense", name, units, bias: useBias, gain: config.activation === "relu" ? 2 : 1 }],
      weights: { kernel: kernel!, ...(useBias && { bias: bias! }) },
    };
  },
  BatchNormalization({ name, layer, outputShape }, config) {
    requireLastAxis(config.axis, outputShape);
    const found = [...weightsOf(layer)];
    const channels = outputShape.at(-1)!;
    const weights = {
      scale: needed(config, "scale") ? found.shift()! : perChannel("scale", 1, channels),
      offset: needed(config, "center") ? found.shift()! : perChannel("offset", 0, channels),
      mean: found.shift()!,
      variance: found.shift()!,
    };
    // theirs is the share of the old statistics that is kept
    const [epsilon, momentum] = [needed(config, "epsilon"), 1 - needed(config, "momentum")];
    return { pieces: [{ kind: "batch normalisation", name, epsilon, momentum }], weights };
  },
  LayerNormalization({ name, layer, outputShape }, config) {
    requireLastAxis(config.axis, outputShape);
    const found = [...weightsOf(layer)];
    const channels = outputShape.at(-1)!;
    const weights = {
      scale: needed(config, "scale") ? found.shift()! : perChannel("scale", 1, channels),
      offset: needed(config, "center") ? found.shift()! : perChannel("offset", 0, channels),
    };
    return { pieces: [{ kind: "layer normalisation", name, epsilon: needed(config, "epsilon") }], weights };
  },
  Activation: () => ({ pieces: [] }), // its `activation` is added, as a convolution's
  Softmax({ outputShape }, { axis }) {
    requireLastAxis(axis, outputShape);
    return { pieces: [] };
  },
  ReLU(_, { maxValue }) {
    if (maxValue === 6) return { pieces: [{ kind: "relu6" }] };
    if (maxValue === null || maxValue === undefined) return { pieces: [{ kind: "relu" }] };
    throw new Inconvertible(`it ends at ${maxValue}, ours at 6 or nowhere`);
  },
  LeakyReLU: (_, config) => ({ pieces: [{ kind: "leaky relu", slope: needed(config, "alpha") }] }),
  ELU: (_, config) => ({ pieces: [{ kind: "elu", scale: needed(config, "alpha") }] }),
  MaxPooling2D: (_, config) => ({ pieces: [poolOf("max pool", config)] }),
  AveragePooling2D: (_, config) => ({ pieces: [poolOf("average pool", config)] }),
  GlobalAveragePooling2D: () => ({ pieces: [{ kind: "global average pool" }] }),
  [keptMeans]: () => ({ pieces: [{ kind: "global average pool" }] }),
  Flatten: ({ inputs }) => ({ pieces: isSqueezed(inputs[0]!) ? [] : [{ kind: "flatten" }] }),
  Reshape({ inputs, outputShape }) {
    const [input] = inputs;
    const isKept = isSqueezed(input!) && input!.outputShape.at(-1) === outputShape.at(-1);
    if (isKept && outputShape.slice(0, -1).every((side) => side === 1)) return { pieces: [] };
    throw new Inconvertible(
      `it makes [${outputShape}] of [${input!.outputShape}]; ours only keeps means over an image as they are`,
    );
  },
  Dropout({ name }, config) {
    const [, ...sides] = config.noiseShape ?? [];
    if (sides.some((side) => side !== 1)) throw new Inconvertible("its mask has a shape of its own");
    const wholeImages = sides.length > 0 ? { wholeImages: true as const } : {};
    return { pieces: [{ kind: "dropout", name, rate: needed(config, "rate"), ...wholeImages }] };
  },
  ZeroPadding2D({ name, inputs }, config) {
    const padding = needed(config, "padding");
    if (typeof padding === "string") throw new Inconvertible(`its padding is ${padding}, need pixels on each side`);
    const [first, ...others] = padding.flat();
    const pixels = others.every((side) => side === first) ? first! : null;
    if (pixels === 0) return { pieces: [] };
    const [height, width] = inputs[0]!.outputShape as readonly [number, number, number];
    const overNonnegative = isNonnegative(inputs[0]!);
    return {
      pieces: [{ kind: "zero padding", name, pixels, sides: padding, over: [height, width], overNonnegative }],
    };
  },
  Rescaling({ name, outputShape }, config) {
    const [factor, offset] = [needed(config, "scale"), config.offset ?? 0];
    if (typeof factor === "boolean") throw new Inconvertible(`its scale is ${factor}, need a number or one a channel`);
    if (typeof factor === "number" && offset === 0) return { pieces: [{ kind: "scaling", factor }] };
    const channels = outputShape.at(-1)!;
    return {
      pieces: [{ kind: "channel scaling", name }],
      weights: { scale: perChannel("scale", factor, channels), offset: perChannel("offset", offset, channels) },
    };
  },
  [normalization]({ name, layer, outputShape }, { axis, mean, variance }) {
    requireLastAxis(axis, outputShape);
    const channels = outputShape.at(-1)!;
    const [means, variances] = weightsOf(layer); // where its settings do not hold them
    const center = mean === null || mean === undefined ? means! : perChannel("mean", mean, channels);
    const spread =
      variance === null || variance === undefined ? variances! : perChannel("variance", variance, channels);
    const scale = spread.data.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7));
    const offset = center.data.map((value, channel) => -value * scale[channel]!);
    return {
      pieces: [{ kind: "channel scaling", name }],
      weights: { scale: { shape: [channels], data: scale }, offset: { shape: [channels], data: offset } },
    };
  },
  // They vary images in training and pass them on as they are at inference.
  ...Object.fromEntries(trainingOnlyLayers.map((type) => [type, () => ({ pieces: [] })])),
};

/** One value for all channels, or a list of one each. */
function perChannel(what: string, value: number | readonly number[], channels: number): ParameterValues {
  if (typeof value !== "number" && value.length !== channels) {
    throw new Inconvertible(`its ${what} has ${value.length} values for ${channels} channels`);
  }
  const at = (channel: number) => (typeof value === "number" ? value : value[channel]!);
  return { shape: [channels], data: Float32Array.from({ length: channels }, (_, channel) => at(channel)) };
}

/** A convolution of a layer's settings, and whether it has a bias. */
function convolutionOf(name: string, filters: number, config: Config) {
  const dilation = needed(config, "dilationRate");
  if (dilation.some((rate) => rate !== 1)) {
    throw new Inconvertible(`its dilation is ${dilation.join(" x ")}, ours is 1`);
  }
  const [height, width] = needed(config, "kernelSize");
  return {
    kind: "convolution",
    name,
    filters,
    kernelSize: [height, width],
    stride: equal("stride", needed(config, "strides")),
    padding: paddingOf(config.padding),
    useBias: needed(config, "useBias"),
    gain: 2,
  } as const;
}

/** A convolution of the means over an image, which stand in one pixel: a dense layer. */
function denseOf(name: string, { shape, data }: ParameterValues, bias: ParameterValues | undefined, config: Config) {
  const [height, width, features, units] = shape as readonly [number, number, number, number];
  if (height !== 1 || width !== 1)
    throw new Inconvertible(`its kernel is ${height} x ${width} on a single pixel, ours 1 x 1`);
  const useBias = needed(config, "useBias");
  return {
    pieces: [{ kind: "dense", name, units, bias: useBias, gain: config.activation === "relu" ? 2 : 1 }] as const,
    weights: { kernel: { shape: [features, units], data }, ...(useBias && { bias: bias! }) },
  };
}

const keepSqueezed = new Set([
  "Reshape",
  "Conv2D",
  "Dense",
  "Activation",
  "ReLU",
  "LeakyReLU",
  "ELU",
  "Dropout",
  "BatchNormalization",
]);

/** Whether a call gives means over the image, or what is made of them alone: one number a channel, however it is shaped. */
function isSqueezed({ layer, inputs }: LayerCall): boolean {
  const type = layer.getClassName();
  return (
    type === "GlobalAveragePooling2D" || type === keptMeans || (keepSqueezed.has(type) && inputs.every(isSqueezed))
  );
}

/** A kernel `[height, width, channels, filters of each]` as one of as many groups as channels. */
function depthwiseKernel({ shape, data }: ParameterValues): [kernel: ParameterValues, groups: { groups?: number }] {
  const [height, width, channels, each] = shape as readonly [number, number, number, number];
  return [{ shape: [height, width, 1, channels * each], data }, channels > 1 ? { groups: channels } : {}];
}

const activations: Readonly<Record<string, Layer>> = {
  relu: { kind: "relu" },
  sigmoid: { kind: "sigmoid" },
  tanh: { kind: "tanh" },
  relu6: { kind: "relu6" },
  elu: { kind: "elu", scale: 1 },
  swish: { kind: "silu" },
  gelu: { kind: "gelu" },
  gelu_new: { kind: "tanh gelu" },
  hardSwish: { kind: "hard swish" },
  sixthOfRelu6: { kind: "hard sigmoid" },
};

/** The activations that there are here, by Keras's names; the loader has made "hardSwish" of "hard_swish". */
export const activationNames = Object.keys(activations).flatMap(
  (name) => (name === "hardSwish" ? ["hard_swish"] : name === "sixthOfRelu6" ? [] : [name]), // which no file says so
);

/** The activation that a layer ends in. */
function activation(name: unknown, isLast: boolean): Layer[] {
  const found = activations[String(name)];
  if (found !== undefined) return [found];
  if (name === undefined || name === null || name === "linear" || (name === "softmax" && isLast)) return [];
  if (name === "softmax") throw new Inconvertible("its softmax is not the model's last layer");
  throw new Inconvertible(`its activation is ${String(name)}; there are ${activationNames.join(", ")}`);
}

/** Whether a call gives nothing below 0, as far as its kind tells. */
function isNonnegative({ layer, inputs }: LayerCall): boolean {
  const { activation: ends } = layer.getConfig();
  if (ends === "relu" || ends === "relu6" || ends === "sigmoid") return true;
  const type = layer.getClassName();
  if (type === "ReLU") return true;
  const keeps = ["MaxPooling2D", "AveragePooling2D", "Dropout", "Concatenate", "Add", "ZeroPadding2D"].includes(type);
  return keeps && inputs.every(isNonnegative);
}

function poolOf(kind: "max pool" | "average pool", config: Config): Layer {
  return {
    kind,
    size: equal("window", needed(config, "poolSize")),
    stride: equal("stride", needed(config, "strides")),
    padding: paddingOf(config.padding),
  };
}

function paddingOf(padding: unknown): "same" | "valid" {
  if (padding === "same" || padding === "valid") return padding;
  throw new Inconvertible(`its padding is ${String(padding)}; there are same and valid`);
}

/** The one value of both sides. */
function equal(what: string, [height, width]: readonly number[]): number {
  if (height === width) return height!;
  throw new Inconvertible(`its ${what} is ${height} x ${width}, ours has equal sides`);
}

function requireFlat(shape: Shape): void {
  if (shape.length !== 1) throw new Inconvertible(`it takes [${shape}], ours takes flat features`);
}

/** @throws Inconvertible where a layer works along another axis than the channels */
export function requireLastAxis(axis: Config["axis"], shape: Shape): void {
  const axes = typeof axis === "number" ? [axis] : (axis ?? []);
  if (axes.length === 1 && (axes[0] === -1 || axes[0] === shape.length)) return;
  throw new Inconvertible(`its ${axes.length > 1 ? "axes are" : "axis is"} ${axes.join(", ")}, ours is the last`);
}

/** A layer's weights in its own order. */
function weightsOf(layer: ModelLayer): ParameterValues[] {
  return layer.getWeights().map((tensor: Tensor) => ({
    shape: tensor.shape,
    data: Float32Array.from(tensor.dataSync()),
  }));
}
