/**
 * Single layers of a TensorFlow.js LayersModel as layers of ours.
 */
import type { Tensor } from "../../runtime";
import type { Layer, Shape } from "../engine/architecture";
import type { ParameterValues } from "../engine/network";
import type { LayerCall, ModelLayer } from "./layers-model-graph";

/** A layer of ours, or zeros around the image that the next layer must take in. */
export type Piece = Layer | ZeroPadding;

interface ZeroPadding {
  readonly kind: "zero padding";
  /** The layer of the model. */
  readonly name: string;
  /** On each side. */
  readonly pixels: number;
  /** Whether nothing in the image is below 0, so that a zero beside it cannot be its maximum. */
  readonly overNonnegative: boolean;
}

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
  const config = call.layer.getConfig() as Config;
  if (config.dataFormat !== undefined && config.dataFormat !== "channelsLast") {
    throw new Inconvertible("it takes channels first, ours are last");
  }
  const { pieces, weights = {} } = convert(call, config);
  const own = Object.entries(weights).map(([name, values]) => [`${call.name}/${name}`, values] as const);
  const follows = type === "Softmax" ? "softmax" : config.activation;
  return { pieces: [...pieces, ...activation(follows, isLast)], weights: new Map(own) };
}

/** What `getConfig` gives: of each kind of layer some of these. */
interface Config {
  readonly activation?: unknown;
  readonly axis?: number | readonly number[];
  readonly center?: boolean;
  readonly dataFormat?: string;
  readonly dilationRate?: readonly number[];
  readonly epsilon?: number;
  readonly filters?: number;
  readonly kernelSize?: readonly number[];
  readonly maxValue?: number | null;
  readonly momentum?: number;
  readonly noiseShape?: unknown;
  readonly offset?: number;
  readonly padding?: unknown;
  readonly poolSize?: readonly number[];
  readonly rate?: number;
  readonly scale?: boolean | number;
  readonly strides?: readonly number[];
  readonly units?: number;
  readonly useBias?: boolean;
}

type Converter = (
  call: LayerCall,
  config: Config,
) => { readonly pieces: readonly Piece[]; readonly weights?: Readonly<Record<string, ParameterValues>> };

const converters: Readonly<Record<string, Converter>> = {
  InputLayer: () => ({ pieces: [] }),
  Conv2D({ name, layer }, { filters, kernelSize, strides, dilationRate, useBias, padding }) {
    const [kernel, bias] = weightsOf(layer);
    const [height, width] = kernelSize!;
    if (dilationRate!.some((rate) => rate !== 1)) {
      throw new Inconvertible(`its dilation is ${dilationRate!.join(" x ")}, ours is 1`);
    }
    const stride = equal("stride", strides!);
    return {
      pieces: [
        {
          kind: "convolution",
          name,
          filters: filters!,
          kernelSize: [height!, width!],
          stride,
          padding: paddingOf(padding),
          bias: useBias!,
          gain: 2,
        },
      ],
      weights: { kernel: kernel!, ...(useBias && { bias: bias! }) },
    };
  },
  Dense({ name, layer, inputs }, { units, useBias, activation: follows }) {
    requireFlat(inputs[0]!.outputShape);
    const [kernel, bias] = weightsOf(layer);
    return {
      pieces: [{ kind: "dense", name, units: units!, bias: useBias!, gain: follows === "relu" ? 2 : 1 }],
      weights: { kernel: kernel!, ...(useBias && { bias: bias! }) },
    };
  },
  BatchNormalization({ name, layer, outputShape }, { axis, center, scale, epsilon, momentum }) {
    requireLastAxis(axis, outputShape);
    const found = [...weightsOf(layer)];
    const channels = outputShape.at(-1)!;
    const constant = (value: number) => ({ shape: [channels], data: new Float32Array(channels).fill(value) });
    const weights = {
      scale: scale ? found.shift()! : constant(1),
      offset: center ? found.shift()! : constant(0),
      mean: found.shift()!,
      variance: found.shift()!,
    };
    // theirs is the share of the old statistics that is kept
    return { pieces: [{ kind: "batch normalisation", name, epsilon: epsilon!, momentum: 1 - momentum! }], weights };
  },
  Activation: () => ({ pieces: [] }), // its `activation` is added, as a convolution's
  Softmax({ outputShape }, { axis }) {
    requireLastAxis(axis, outputShape);
    return { pieces: [] };
  },
  ReLU(_, { maxValue }) {
    if (maxValue !== null && maxValue !== undefined) throw new Inconvertible(`it ends at ${maxValue}, ours does not`);
    return { pieces: [{ kind: "relu" }] };
  },
  MaxPooling2D: (_, config) => ({ pieces: [poolOf("max pool", config)] }),
  AveragePooling2D: (_, config) => ({ pieces: [poolOf("average pool", config)] }),
  GlobalAveragePooling2D: () => ({ pieces: [{ kind: "global average pool" }] }),
  Flatten: () => ({ pieces: [{ kind: "flatten" }] }),
  Dropout({ name }, { rate, noiseShape }) {
    if (noiseShape !== null && noiseShape !== undefined) throw new Inconvertible("its mask has a shape of its own");
    return { pieces: [{ kind: "dropout", name, rate: rate! }] };
  },
  ZeroPadding2D({ name, inputs }, { padding }) {
    const sides = (padding as readonly (readonly number[])[]).flat();
    if (sides.some((side) => side !== sides[0])) {
      throw new Inconvertible(`it adds ${sides.join(", ")} pixels above, below, left and right; ours are equal`);
    }
    const pixels = sides[0]!;
    return {
      pieces: pixels === 0 ? [] : [{ kind: "zero padding", name, pixels, overNonnegative: isNonnegative(inputs[0]!) }],
    };
  },
  Rescaling({ name, outputShape }, { scale, offset = 0 }) {
    const factor = scale as number;
    if (offset === 0) return { pieces: [{ kind: "scaling", factor }] };
    const channels = outputShape.at(-1)!;
    const constant = (value: number) => ({ shape: [channels], data: new Float32Array(channels).fill(value) });
    return {
      pieces: [{ kind: "channel scaling", name }],
      weights: { scale: constant(factor), offset: constant(offset) },
    };
  },
};

const activations = ["relu", "sigmoid", "tanh"] as const;

/** The activation that a layer ends in. */
function activation(name: unknown, isLast: boolean): Layer[] {
  const kind = activations.find((known) => known === name);
  if (kind !== undefined) return [{ kind }];
  if (name === undefined || name === null || name === "linear" || (name === "softmax" && isLast)) return [];
  if (name === "softmax") throw new Inconvertible("its softmax is not the model's last layer");
  throw new Inconvertible(`its activation is ${String(name)}; there are ${activations.join(", ")}`);
}

/** Whether a call gives nothing below 0, as far as its kind tells. */
function isNonnegative({ layer, inputs }: LayerCall): boolean {
  const { activation: ends } = layer.getConfig() as Config;
  if (ends === "relu" || ends === "sigmoid") return true;
  const type = layer.getClassName();
  if (type === "ReLU") return true;
  const keeps = ["MaxPooling2D", "AveragePooling2D", "Dropout", "Concatenate", "Add", "ZeroPadding2D"].includes(type);
  return keeps && inputs.every(isNonnegative);
}

function poolOf(kind: "max pool" | "average pool", { poolSize, strides, padding }: Config): Layer {
  return { kind, size: equal("window", poolSize!), stride: equal("stride", strides!), padding: paddingOf(padding) };
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
  const [single] = typeof axis === "number" ? [axis] : (axis ?? []);
  if (single !== -1 && single !== shape.length) throw new Inconvertible(`its axis is ${single}, ours is the last`);
}

/** A layer's weights in its own order. */
function weightsOf(layer: ModelLayer): ParameterValues[] {
  return layer.getWeights().map((tensor: Tensor) => ({
    shape: tensor.shape,
    data: Float32Array.from(tensor.dataSync()),
  }));
}
