/**
 * An architecture with weights.
 */

import type { ChannelStatistics } from "../../data";
import { type RandomStream, randomStream } from "../../random";
import { type Tensor, type Tensor4D, tf } from "../../runtime";
import type { Architecture, GraphPart, Layer } from "./architecture";
import type { Step } from "./route";
import { type ParameterSpecification, parameterSpecifications, sameShape } from "./shapes";

/** Tensors by the addresses of `parameterSpecifications`; training replaces them one by one. */
export type Weights = Map<string, Tensor>;

/** An architecture with weights. Whoever makes one disposes it: `disposeNetwork`. */
export interface Network {
  readonly architecture: Architecture;
  /** In float32, whatever the precision; convolutions' are rounded once normalisation is folded (`foldBatchNormalisation`). */
  readonly weights: Weights;
  /**
   * Of activations with height and width, and of their gradients, in every pass: float32 where it is not there. Features,
   * logits, statistics, and gradients by parameters and by images are float32 in both.
   */
  readonly precision?: "bfloat16";
  /** What runs it where its layers are parts of a graph (`GraphPart`): they have no weights here, nor gradients. */
  readonly graph?: GraphRuntime;
}

/** What runs a network's parts in the place of this engine. */
export interface GraphRuntime {
  /** What it takes images less, and over, in levels 0..255; those of the training images where it is not there. */
  readonly channelStatistics?: ChannelStatistics;
  /** The network, ready to take batches of up to so many images; of as many as it is made for, where that is fixed. */
  parts(batchSize: number): Promise<GraphParts>;
  /**
   * What arrives at each batch normalisation that stores a mean and a variance, in the order in which they run, each batch
   * normalised by its own statistics before; undefined where that cannot be told.
   *
   * @param batches normalised, laid out as their shapes say: `[count, height, width, channels]`
   */
  normalisations?(
    batches: Iterable<{ readonly values: Float32Array; readonly shape: readonly number[] }>,
  ): Promise<readonly NormalisedInput[]>;
  /** Frees all that was opened. */
  release(): Promise<void>;
}

/** What arrives at a batch normalisation, beside what it stores. */
export interface NormalisedInput {
  readonly layer: string;
  readonly epsilon: number;
  /** Stored, `[channels]`. */
  readonly mean: Float32Array;
  /** Stored, `[channels]`. */
  readonly variance: Float32Array;
  /** Means of the input less the stored mean, `[channels]`. */
  readonly shifts: Float64Array;
  /** Means of the squares of that, `[channels]`. */
  readonly squares: Float64Array;
}

/** A network's parts, one after another. Activations are the runtime's own, plain objects, which nobody need free. */
export interface GraphParts {
  /** Images that it takes at a time, at most. */
  readonly batchSize: number;
  /** @param images normalised, laid out as their shape says: `[count, height, width, channels]` */
  stem(images: { readonly values: Float32Array; readonly shape: readonly number[] }): Promise<object>;
  /** One step of a route, which must fit: see `checkRoute`. */
  block(step: Step, activations: object): Promise<object>;
  /** Logits in rows, as many as images were given or more: what follows has no meaning. */
  head(activations: object): Promise<{ readonly values: Float32Array; readonly classes: number }>;
}

/**
 * A network with fresh weights: normal deviates of variance gain / fan-in, scales 1, offsets and biases 0.
 *
 * Source: He et al. 2015, arXiv:1502.01852, eq. 10. Each parameter is sampled from the stream of its own address, so
 * two layers of one shape differ, and equal seeds give equal networks whatever else was built before.
 */
export function createNetwork(architecture: Architecture, seed: number, precision?: Network["precision"]): Network {
  const weights: Weights = new Map();
  for (const specification of parameterSpecifications(architecture)) {
    const values = initialValues(specification, seed);
    weights.set(specification.name, tf.keep(tf.tensor(values, [...specification.shape])));
  }
  return { architecture, weights, ...(precision && { precision }) };
}

function initialValues({ name, shape, initial }: ParameterSpecification, seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  if ("constant" in initial) return values.fill(initial.constant);
  const stream = randomStream(seed, "initial weights", name);
  const deviation = Math.sqrt(initial.variance);
  return values.map(() => deviation * stream.normal());
}

/**
 * What a body finds out about a network with fresh weights. The network is disposed afterwards, as is every tensor that the
 * body makes.
 *
 * @param seed of the weights: see `createNetwork`
 * @param body returns plain numbers, not tensors, and no promise
 */
export function withFreshNetwork<Result extends object | number>(
  architecture: Architecture,
  seed: number,
  body: (network: Network) => Result,
): Result {
  const network = createNetwork(architecture, seed);
  try {
    let result: Result | undefined;
    tf.tidy(() => {
      result = body(network);
    });
    return result!;
  } finally {
    disposeNetwork(network);
  }
}

/**
 * The same network, with the same tensors, computing in float32: for what looks into its activations, where bfloat16's
 * rounding would be all that is seen.
 */
export function inFloat32({ architecture, weights }: Network): Network {
  return { architecture, weights };
}

/** A tensor's shape, and its values in row-major order. */
export interface ParameterValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A network with given values, such as those of a file.
 *
 * @throws RangeError counting the names that are missing, unknown or of another shape, with the first of them
 */
export function networkWithWeights(
  architecture: Architecture,
  values: ReadonlyMap<string, ParameterValues>,
  precision?: Network["precision"],
): Network {
  const specifications = parameterSpecifications(architecture);
  const known = new Set(specifications.map(({ name }) => name));
  const unknown = [...values.keys()].filter((name) => !known.has(name));
  const missing = specifications.flatMap(({ name }) => (values.has(name) ? [] : [name]));
  const misshapen = specifications.flatMap(({ name, shape }) => {
    const value = values.get(name);
    if (value === undefined || sameShape(value.shape, shape)) return [];
    return [`${name} (need [${shape}], got [${value.shape}])`];
  });
  const faults = faultLines({ missing, misshapen, unknown });
  if (faults.length > 0) throw new RangeError(`the weights do not fit ${architecture.name}:\n  ${faults.join("\n  ")}`);
  const weights: Weights = new Map(
    specifications.map(({ name, shape }) => [name, tf.keep(tf.tensor(values.get(name)!.data, [...shape]))]),
  );
  return { architecture, weights, ...(precision && { precision }) };
}

/** Names of tensors that do not fit a network. */
export interface WeightFaults {
  readonly missing: readonly string[];
  readonly misshapen: readonly string[];
  readonly unknown: readonly string[];
}

/** Names that are told of each kind of fault. */
const namesTold = 3;

/** A line for each kind of fault: how many, and the first of them. */
export function faultLines({ missing, misshapen, unknown }: WeightFaults): string[] {
  const kinds = [
    [missing, "missing"],
    [misshapen, "of another shape"],
    [unknown, "not in the network"],
  ] as const;
  return kinds.flatMap(([names, what]) =>
    names.length === 0 ? [] : [`${names.length} ${what}: ${firstNames(names)}`],
  );
}

/** The first few names, and how many there are besides. */
export function firstNames(names: readonly string[]): string {
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : "";
  return `${names.slice(0, namesTold).join(", ")}${more}`;
}

/**
 * A parameter of a network.
 *
 * @throws Error when the network has none of that name
 */
export function parameter<T extends Tensor>(network: Network, name: string): T {
  const tensor = network.weights.get(name);
  if (tensor === undefined) throw new Error(`${network.architecture.name} has no parameter ${name}`);
  return tensor as T;
}

/** What is said where this engine is to run a part of a graph: for gradients, for activations, in training. */
export function graphPartError({ name }: GraphPart): RangeError {
  return new RangeError(
    `${name} is a part of a graph, which another runtime runs forward only: there are no gradients, no training and no tensors ` +
      "of its activations, only routes (`evaluate`, `ensembleErrors`)",
  );
}

/** Copies of a layer's own parameters, for another network that has the same layer; they outlive any `tf.tidy` around. */
export function copyLayerParameters(network: Network, layer: Layer, to: Weights): void {
  if (!("name" in layer)) return;
  for (const [name, tensor] of network.weights) {
    const isOwn = name.startsWith(`${layer.name}/`) && !name.includes("/", layer.name.length + 1);
    if (isOwn) to.set(name, tf.keep(tensor.clone()));
  }
}

/** Puts a new tensor in a parameter's place and frees the old one. The tensor outlives any `tf.tidy` around the call. */
export function replaceParameter(network: Network, name: string, value: Tensor): void {
  network.weights.get(name)?.dispose();
  network.weights.set(name, tf.keep(value));
}

/** Frees a network's weights; it cannot be run afterwards. */
export function disposeNetwork(network: Network): void {
  for (const tensor of network.weights.values()) tensor.dispose();
  network.weights.clear();
  void network.graph?.release();
}

/**
 * Standard normal images, or activations with height and width.
 *
 * @param shape `[batch, height, width, channels]`
 * @returns the caller disposes it
 */
export function normalImages(
  shape: readonly [batch: number, height: number, width: number, channels: number],
  stream: RandomStream,
): Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => stream.normal()),
    [...shape],
  );
}
