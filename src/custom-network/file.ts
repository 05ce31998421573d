/**
 * What a file of one's own exports as a network. It is loaded where TensorFlow may be: in a process of its own before the
 * run (`reader.ts`), and in workers.
 */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { fileKind, loadUserFile, readBeginning } from "../base";
import {
  type Architecture,
  type GraphRuntime,
  type Layer,
  type OnnxNetwork,
  type ParameterValues,
  parameterSpecifications,
  placedLayers,
} from "../networks";
import type { ImageScale } from "./images";

/** What a network is asked for: images of this size, so many classes. Null for what the file itself is to tell. */
export interface NetworkSize {
  readonly inputShape: readonly [height: number, width: number, channels: number] | null;
  readonly classes: number | null;
  /** How images are prepared for weights that are given, where the file does not say. */
  readonly images?: ImageScale;
}

/** A network as a file gives it. */
export interface CustomNetwork {
  readonly architecture: Architecture;
  /** Null where there are none: then it is trained. */
  readonly given: GivenWeights | null;
}

export interface GivenWeights {
  /** By the addresses of the architecture. */
  readonly values: ReadonlyMap<string, ParameterValues>;
  /** Null for images as this project prepares them, by mean and deviation of the training images. */
  readonly images: ImageScale | null;
  /** SHA-256 over all of it. */
  readonly checksum: string;
  /** What runs it, and holds its weights, where it is of an ONNX file. */
  readonly graph?: GraphRuntime & Pick<OnnxNetwork, "notes" | "runtimeVersion">;
}

/** An ONNX network, as far as people are told of it. */
export interface OnnxFacts {
  /** Of onnxruntime. */
  readonly version: string;
  /** What is left whole where one might look for a block, a sentence each. */
  readonly notes: readonly string[];
  /** Whether it is said how images are prepared for it. */
  readonly isPrepared: boolean;
}

/**
 * Loads a file, JavaScript or TypeScript, and reads its default export (or `module.exports`) as a network. That is one of
 *
 * - an `Architecture`: it is trained as the experiment trains its own;
 * - `{ architecture, weights }`, as `fromLayersModel` and `readPyTorchNetwork` give them: nothing is trained. `weights` is a
 *   map or an object of tensors, or of `{ shape, data }`, by address. `images: { mean, deviation }` beside them says how
 *   images were prepared for them, of values in [0, 1]: `{ mean: 0, deviation: 1 }` for values that were left so,
 *   `{ mean: 0, deviation: 1 / 255 }` for bytes; without it, as here: less the mean of the training images by channel,
 *   over their deviation;
 * - what `readOnnxNetwork` gives of an ONNX file: nothing is trained, and onnxruntime runs it;
 * - a LayersModel of TensorFlow.js, as it would be given to `fromLayersModel`;
 * - a function `({ inputShape, classes }) => ` any of these;
 * - a promise of any of these.
 *
 * A file in ONNX itself is read as by `readOnnxNetwork` without options.
 *
 * @throws NoNetwork where the file exports none; RangeError for any other fault, with its place in the file where the file itself
 *   throws, which comes as its cause
 */
export async function loadCustomNetwork(file: string, size: NetworkSize): Promise<CustomNetwork> {
  if (/\.onnx$/i.test(file)) {
    const { readOnnxNetwork } = require("../networks") as typeof import("../networks");
    const { inputShape, images } = size;
    return onnxNetwork(
      await readOnnxNetwork(file, { ...(inputShape && { inputShape }), ...(images === undefined ? {} : { images }) }),
    );
  }
  if (!/\.(?:[cm]?[jt]sx?|json)$/i.test(file)) refuseOtherKinds(file, "it is no file of code (.ts, .js)");
  let exported: unknown;
  try {
    exported = defaultExport((await loadUserFile(file)).module);
  } catch (error) {
    if (error instanceof NoNetwork) throw error;
    if (isSetUp(error)) throw error;
    refuseOtherKinds(file);
    throw new RangeError(`it cannot be loaded: ${messageOf(error)}${placeIn(file, error)}`, { cause: error });
  }
  if (typeof exported === "function" && (size.inputShape === null || size.classes === null)) {
    throw new RangeError(
      "it exports a function of the images' size and of the number of classes, which with images of one's own the network itself " +
        "is to tell: export what the function returns",
    );
  }
  let value: unknown;
  try {
    value = await (typeof exported === "function" ? exported(size) : exported);
  } catch (error) {
    if (isSetUp(error)) throw error;
    const who = typeof exported === "function" ? "its function throws" : "its promise is rejected with";
    throw new RangeError(`${who}: ${messageOf(error)}${placeIn(file, error)}`, { cause: error });
  }
  if (file.endsWith(".json") && isObject(value) && !["stem", "blocks", "head"].some((name) => name in value)) {
    refuseOtherKinds(file);
  }
  return prepared(readNetwork(value), size.images);
}

/** A network with the preparation of its images that a run asks for. */
function prepared({ architecture, given }: CustomNetwork, images: ImageScale | undefined): CustomNetwork {
  if (images === undefined) return { architecture, given };
  if (given === null) throw new RangeError("it gives no weights: there is nothing that images were prepared for");
  if (given.images !== null || given.graph?.channelStatistics !== undefined) {
    throw new RangeError("it says itself how images are prepared for it (`images`): leave --image-scale out");
  }
  const channels = architecture.inputShape[2];
  const { graph, values, checksum: before } = given;
  if (graph === undefined) {
    const scale = imageScale(images, channels);
    return { architecture, given: { ...given, images: scale, checksum: checksumOf(values, scale) } };
  }
  const { scaleStatistics } = require("../networks") as typeof import("../networks");
  const channelStatistics = scaleStatistics(images, channels);
  const checksum = createHash("sha256").update(before).update(JSON.stringify(channelStatistics)).digest("hex");
  return { architecture, given: { ...given, checksum, graph: { ...graph, channelStatistics } } };
}

/**
 * Says what a file is by its first bytes, where that is something else than code.
 *
 * @param otherwise what it is where they do not tell; then, without it, nothing is said
 * @throws RangeError
 */
function refuseOtherKinds(file: string, otherwise?: string): void {
  const kind = fileKind(readBeginning(file), path.basename(file));
  if (kind === null && otherwise === undefined) return;
  const what =
    kind === null ? otherwise : `it is ${kind.what}; need a file of code that gives a network. ${kind.remedy}`;
  throw new RangeError(`${what}. Files of weights are read from such a file: see src/guides/your-custom-network.md`);
}

/** What a file exports is no network: only then it helps to say what is expected. */
export class NoNetwork extends RangeError {
  override readonly name = "NoNetwork";
}

/** Where in the file an error arose, so far as its stack tells: " (my-network.ts:12)". */
function placeIn(file: string, error: unknown): string {
  const { stack = "" } = error instanceof Error ? error : {};
  const lines = stack.split("\n");
  const real = realpathSync(file); // which may be linked to
  const at = (line: string) => line.indexOf(`${real}:`);
  const found = lines.find((line) => at(line) >= 0);
  if (found === undefined) return "";
  const line = /^\d+/.exec(found.slice(at(found) + real.length + 1))?.[0];
  return line === undefined ? "" : ` (${path.basename(file)}:${line})`;
}

function defaultExport(loaded: unknown): unknown {
  if (!isObject(loaded) || loaded instanceof Promise) return loaded;
  if ("default" in loaded) return loaded.default;
  const names = Object.keys(loaded);
  const isModule = "__esModule" in loaded || Object.prototype.toString.call(loaded) === "[object Module]";
  if (!isModule && (names.length > 0 || Array.isArray(loaded))) return loaded; // module.exports
  const found = names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`;
  throw new NoNetwork(`it has no default export: ${found}`);
}

function readNetwork(value: unknown): CustomNetwork {
  if (!isObject(value)) throw new NoNetwork(`it exports ${kindOf(value)}, which is no network`);
  if (isLayersModel(value)) {
    const { fromLayersModel } = require("../networks") as typeof import("../networks");
    return readNetwork(fromLayersModel(value as never));
  }
  if (isOnnxNetwork(value)) return onnxNetwork(value);
  if (!("architecture" in value)) return { architecture: architectureOf(value), given: null };
  const { architecture: exported, weights = null, images = null, ...others } = value;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new NoNetwork(`beside the architecture it exports ${unknown.join(", ")}: unknown here`);
  const architecture = architectureOf(exported);
  if (weights === null) {
    if (images !== null) throw new RangeError("`images` says how weights were trained, but it exports none");
    return { architecture, given: null };
  }
  return { architecture, given: givenWeights(architecture, weights, images) };
}

function isOnnxNetwork(value: object): value is OnnxNetwork {
  return "architecture" in value && "graph" in value && "runtimeVersion" in value;
}

function onnxNetwork({ architecture, graph, checksum, notes, runtimeVersion }: OnnxNetwork): CustomNetwork {
  const prepared = JSON.stringify(graph.channelStatistics ?? null);
  return {
    architecture: readArchitecture(architecture),
    given: {
      values: new Map(),
      images: null, // it brings its own preparation
      checksum: createHash("sha256").update(checksum).update(prepared).digest("hex"),
      graph: { ...graph, notes, runtimeVersion },
    },
  };
}

function architectureOf(value: unknown): Architecture {
  if (!isObject(value) || !["stem", "blocks", "head"].some((name) => name in value)) {
    throw new NoNetwork(`it exports ${kindOf(value)}, which is no network`);
  }
  const architecture = readArchitecture(value);
  const parts = placedLayers(architecture).some(({ layer }) => layer.kind === "graph part");
  if (parts) throw new RangeError("parts of a graph run only with their file: export what `readOnnxNetwork` gives");
  return architecture;
}

function givenWeights(architecture: Architecture, weights: unknown, images: unknown): GivenWeights {
  const entries: [string, unknown][] =
    weights instanceof Map ? [...weights] : isObject(weights) ? Object.entries(weights) : [];
  const values = new Map(entries.map(([address, tensor]) => [address, valuesOf(address, tensor)]));
  const { disposeNetwork, networkWithWeights } = require("../networks") as typeof import("../networks");
  disposeNetwork(networkWithWeights(architecture, values)); // lists all that do not fit
  const scale = images === null ? null : imageScale(images, architecture.inputShape[2]);
  return { values, images: scale, checksum: checksumOf(values, scale) };
}

/** A tensor's values, whichever copy of TensorFlow.js made it. */
function valuesOf(address: string, tensor: unknown): ParameterValues {
  const { shape, data, dataSync } = (isObject(tensor) ? tensor : {}) as {
    readonly shape?: unknown;
    readonly data?: unknown;
    readonly dataSync?: unknown;
  };
  const values = typeof dataSync === "function" ? dataSync.call(tensor) : data;
  if (!Array.isArray(shape) || !(values instanceof Float32Array || Array.isArray(values))) {
    throw new RangeError(`the weights ${address} need to be a tensor or { shape, data }, got ${kindOf(tensor)}`);
  }
  const copy = Float32Array.from(values as ArrayLike<number>);
  const size = (shape as number[]).reduce((product, side) => product * side, 1);
  if (copy.length !== size) throw new RangeError(`the weights ${address} need ${size} values, got ${copy.length}`);
  if (!copy.every(Number.isFinite)) throw new RangeError(`the weights ${address} hold values that are not finite`);
  if (address.endsWith("/variance") && copy.some((variance) => variance < 0)) {
    throw new RangeError(`the weights ${address} are variances, and some of them are negative`);
  }
  return { shape: shape as number[], data: copy };
}

function imageScale(value: unknown, channels: number): ImageScale {
  const { mean, deviation } = (isObject(value) ? value : {}) as {
    readonly mean?: unknown;
    readonly deviation?: unknown;
  };
  const fits = (given: unknown) => {
    const each = Array.isArray(given) ? given : [given];
    return (each.length === channels || !Array.isArray(given)) && each.every(Number.isFinite);
  };
  const zeros = [deviation].flat().some((given) => given === 0);
  if (fits(mean) && fits(deviation) && !zeros) return { mean, deviation } as ImageScale;
  throw new RangeError(
    `\`images\` needs a mean and a deviation, each a number or ${channels} of them, one a channel, the deviation not 0`,
  );
}

function checksumOf(values: ReadonlyMap<string, ParameterValues>, images: ImageScale | null): string {
  const hash = createHash("sha256");
  for (const [address, { shape, data }] of [...values].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(JSON.stringify([address, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.update(JSON.stringify(images)).digest("hex");
}

/** TensorFlow is missing: no fault of the file. */
function isSetUp(error: unknown): boolean {
  return error instanceof Error && error.name === "SetUpError";
}

function isLayersModel(value: object): boolean {
  return "layers" in value && "predict" in value && typeof value.predict === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** @example kindOf({ depth: 20 }) // "an object with depth" */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (!isObject(value)) return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  const names = Object.keys(value);
  return names.length === 0 ? "an empty object" : `an object with ${names.slice(0, 5).join(", ")}`;
}

function messageOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const [, atFault] = /^ParseError: (.*?)\s*\n/.exec(message) ?? []; // its place follows, which `placeIn` tells
  // Where a module is missing, Node lists all files that asked for it.
  return atFault ?? message.split("\nRequire stack:")[0]!;
}

const whole = z.number().int().positive();
const positive = z.number().positive();
const name = z.string().min(1);
const padding = z.union([z.literal(["same", "valid"]), z.number().int().nonnegative()]);
const pool = { size: whole, stride: whole, padding };

const layerSchema: z.ZodType<Layer> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("convolution"),
      name,
      filters: whole,
      kernelSize: z.tuple([whole, whole]),
      stride: whole,
      padding,
      bias: z.boolean(),
      groups: whole.exactOptional(),
      gain: positive,
    }),
    z.strictObject({ kind: z.literal("layer normalisation"), name, epsilon: positive }),
    z.strictObject({ kind: z.literal("batch normalisation"), name, epsilon: positive, momentum: z.number() }),
    z.strictObject({ kind: z.literal("dense"), name, units: whole, bias: z.boolean(), gain: positive }),
    z.strictObject({ kind: z.literal(["max pool", "average pool"]), ...pool }),
    z.strictObject({ kind: z.literal("subsample and pad"), stride: whole, channels: whole }),
    z.strictObject({ kind: z.literal("concatenation"), branches: z.array(layersSchema).min(1) }),
    z.strictObject({ kind: z.literal("channel gate"), layers: layersSchema }),
    z.strictObject({
      kind: z.literal("channel selection"),
      channels: z.array(z.number().int().nonnegative()).min(1),
    }),
    z.strictObject({ kind: z.literal("scaling"), factor: z.number() }),
    z.strictObject({
      kind: z.literal("channel scaling"),
      name,
      offset: z.literal(false).exactOptional(),
      initial: z.number().exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("local response normalisation"),
      radius: z.number().int().nonnegative(),
      bias: z.number(),
      alpha: z.number(),
      beta: z.number(),
    }),
    z.strictObject({
      kind: z.literal("graph part"),
      name,
      operations: z.array(z.string()),
      outputShape: z.array(whole),
      depth: z.number().int().nonnegative(),
      parameters: z.number().nonnegative(),
      multiplyAccumulates: z.number().nonnegative(),
    }),
    z.strictObject({
      kind: z.literal("dropout"),
      name,
      rate: z.number().min(0).lt(1),
      wholeImages: z.literal(true).exactOptional(),
    }),
    z.strictObject({ kind: z.literal("leaky relu"), slope: z.number() }),
    z.strictObject({ kind: z.literal("elu"), scale: z.number() }),
    z.strictObject({
      kind: z.literal([
        ...(["relu", "sigmoid", "tanh", "global average pool", "flatten"] as const),
        ...(["relu6", "silu", "gelu", "tanh gelu", "hard sigmoid", "hard swish"] as const),
      ]),
    }),
  ]),
);
const layersSchema = z.array(layerSchema);

const architectureSchema: z.ZodType<Architecture> = z.strictObject({
  name,
  inputShape: z.tuple([whole, whole, whole]),
  classes: whole,
  stem: layersSchema,
  blocks: z.array(
    z.strictObject({ name, residual: layersSchema, shortcut: layersSchema.nullable(), join: layersSchema }),
  ),
  head: layersSchema,
  exits: z
    .array(
      z.strictObject({
        name,
        after: z.number().int().nonnegative(),
        head: layersSchema,
        lossWeight: z.number().nonnegative(),
      }),
    )
    .exactOptional(),
});

/** Faults that are told of at most. */
const faultsTold = 8;

/**
 * Reads a value as an architecture.
 *
 * @returns a copy: plain data, whatever the value's own fields do
 * @throws RangeError saying where it is none, or in what its layers do not fit together
 */
export function readArchitecture(value: unknown): Architecture {
  const read = architectureSchema.safeParse(value);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `${placeText(path)}: ${message}`);
    const more = faults.length > faultsTold ? [`and ${faults.length - faultsTold} more`] : [];
    throw new RangeError(`it is not an architecture:\n  ${[...faults.slice(0, faultsTold), ...more].join("\n  ")}`);
  }
  const architecture = read.data;
  parameterSpecifications(architecture); // throws where shapes do not fit or two layers share an address
  const drops = placedLayers(architecture).flatMap(({ layer }) => (layer.kind === "dropout" ? [layer.name] : []));
  assertDistinct("dropout layers", drops);
  assertDistinct(
    "blocks",
    architecture.blocks.map((block) => block.name),
  );
  const { exits = [], blocks } = architecture;
  const astray = exits.find(({ after }) => after >= blocks.length);
  if (astray !== undefined) throw new RangeError(`${astray.name} follows block ${astray.after} of ${blocks.length}`);
  return architecture;
}

/** @example placeText(["blocks", 2, "join"]) // "blocks[2].join" */
function placeText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the whole";
  return path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${String(step)}`))
    .join("");
}

function assertDistinct(what: string, names: readonly string[]): void {
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw new RangeError(`two ${what} share the name ${twice}`);
}
