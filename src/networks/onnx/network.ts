/**
 * Networks of ONNX files, run block by block by onnxruntime: what PyTorch, TensorFlow and others export can be deleted from, put
 * in another order and scaled by routes, as the project's own networks. They run forward only: nothing is trained, there are no
 * gradients.
 */
import os from "node:os";
import type { ChannelStatistics } from "../../data";
import type { Architecture, Block, GraphPart, Shape } from "../engine/architecture";
import type { GraphParts, GraphRuntime, Network } from "../engine/network";
import type { Step } from "../engine/route";
import { depthBetween, type FoundBlock, findBlocks, nodesBetween, weightedOperations } from "./blocks";
import { dataTypes, dimsOf, type OnnxModel, product, readOnnxModel } from "./model";
import { InputSums, statisticsModel, storedNormalisations } from "./normalisations";
import { type NodeProto, type OrtSession, type OrtTensor, onnxPackages } from "./packages";
import { neededShapes, type Part, partBytes, type ShapeValues, withOutputs } from "./parts";

/** How an ONNX file is read. */
export interface OnnxOptions {
  /**
   * How images were prepared for it: (value - mean) / deviation of values in [0, 1], each a number or one a channel. Without it they
   * are standardised by mean and deviation of the training images, as everywhere here.
   */
  readonly images?: { readonly mean: number | readonly number[]; readonly deviation: number | readonly number[] };
  /** Of its images; told by the file where one side is the number of channels. */
  readonly layout?: "NCHW" | "NHWC";
  /** Height, width and channels of the images, where the file leaves them open. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** Names of the residual additions that end blocks, by their nodes or what they make; all that are found by default. */
  readonly additions?: readonly string[];
  /** The tensor of the logits; the file's first output by default. */
  readonly output?: string;
  /** Threads that it is computed with: those of the environment's TF_NUM_INTRAOP_THREADS by default, else 1. They decide the last digits. */
  readonly threads?: number;
}

/** A network of an ONNX file; `disposeNetwork` frees it. */
export interface OnnxNetwork extends Network {
  readonly graph: GraphRuntime;
  /** SHA-256 over the file and those that it takes weights from. */
  readonly checksum: string;
  /** What is left whole where one might look for a block, a sentence each. */
  readonly notes: readonly string[];
  /** Version of onnxruntime. */
  readonly runtimeVersion: string;
}

/** Types and shapes of tensors, as a pass of a few images had them. */
type Trial = ReadonlyMap<string, Pick<OrtTensor, "type" | "dims">>;

/** Images at a time in the trial by which shapes are found. */
const trialImages = 2;

/**
 * Reads an ONNX file, and finds its blocks: see `findBlocks`.
 *
 * @param file its path, or what `readOnnxModel` made of it
 * @throws RangeError where the packages are missing, with the command that installs them; where the file is no network from
 *   images to logits, or has no blocks
 * @example const network = await readOnnxNetwork("resnet18.onnx"); network.architecture.blocks.map(({ name }) => name)
 */
export async function readOnnxNetwork(file: string | OnnxModel, options: OnnxOptions = {}): Promise<OnnxNetwork> {
  const { runtime } = onnxPackages();
  const model = typeof file === "string" ? readOnnxModel(file, options.output) : file;
  const images = imagesOf(model, options);
  const session = sessionMaker(threadsOf(options));
  const batch = images.fixedBatch ?? trialImages;
  const tensors = await tensorsOf(model, images, batch, session, computedTensors(model));
  // Their values are of no use, and would stay in memory with the network.
  const trial: Trial = new Map([...tensors].map(([tensor, { type, dims }]) => [tensor, { type, dims }]));
  const shape = (tensor: string) => shapeOf(trial, tensor);
  const found = findBlocks(model.graph, { shapeOf: (tensor) => String(shape(tensor)), additions: options.additions });
  const classes = classesOf(model, trial.get(model.graph.output)!);
  const architecture = architectureOf(model.name, model, found.blocks, {
    shape,
    trial,
    batch,
    inputShape: images.shape,
  });
  const { images: scale } = options;
  return {
    architecture,
    weights: new Map(),
    graph: {
      ...(scale === undefined ? {} : { channelStatistics: scaleStatistics(scale, images.shape[2]) }),
      ...graphRuntime(model, found.blocks, { images, session, trial, classes }),
    },
    checksum: model.checksum,
    notes: found.notes,
    runtimeVersion: runtime.env.versions.node ?? runtime.env.versions.common,
  };
}

/** An ONNX file that is run as a whole. */
export interface OnnxFile {
  /** The file's name without its ending. */
  readonly name: string;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Images that it takes at a time; null for any number. */
  readonly fixedBatch: number | null;
  /** @param values `[count, height, width, channels]`, whatever the graph's own layout @returns logits in rows */
  run(values: Float32Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Opens an ONNX file that need have no blocks.
 *
 * @param file its path, or what `readOnnxModel` made of it
 * @throws RangeError as `readOnnxNetwork`
 */
export async function readOnnxFile(
  file: string | OnnxModel,
  options: Pick<OnnxOptions, "layout" | "inputShape" | "output" | "threads"> = {},
): Promise<OnnxFile> {
  const model = typeof file === "string" ? readOnnxModel(file, options.output) : file;
  const images = imagesOf(model, options);
  const { fixedBatch, shape } = images;
  const { input, output } = model.graph;
  const session = await sessionMaker(threadsOf(options))(withOutputs(model, []));
  const logits = async (values: Float32Array, count: number) =>
    (await session.run({ [input]: paddedImages(values, [count, ...shape], fixedBatch ?? count, images) }))[output]!;
  const pixels = product(shape);
  const made = await logits(new Float32Array(pixels), 1);
  let classes: number;
  try {
    classes = classesOf(model, made);
  } catch (error) {
    await session.release();
    throw error;
  }
  return {
    ...{ name: model.name, inputShape: shape, classes, fixedBatch },
    run: async (values, count) => ((await logits(values, count)).data as Float32Array).subarray(0, count * classes),
    release: () => session.release(),
  };
}

/** How many classes its output tells apart. @throws RangeError where that is no logits */
function classesOf({ graph: { output } }: OnnxModel, { type, dims }: Pick<OrtTensor, "type" | "dims">): number {
  if (dims.length === 2 && type === "float32") return dims[1]!;
  throw new RangeError(`its output ${output} is [${dims}] in ${type}: need logits, batch x classes in float32`);
}

/** The images that a model takes. */
interface ModelImages {
  readonly layout: "NCHW" | "NHWC";
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Null where it takes any number at a time. */
  readonly fixedBatch: number | null;
}

function imagesOf({ inputDims, graph }: OnnxModel, { layout, inputShape }: OnnxOptions): ModelImages {
  const [fixedBatch, ...sides] = inputDims as readonly [number | null, number | null, number | null, number | null];
  const isColour = (count: number | null) => count === 1 || count === 3 || count === 4;
  const chosen = layout ?? (isColour(sides[2]) && !isColour(sides[0]) && sides[0] !== null ? "NHWC" : "NCHW");
  const [height, width, channels] = chosen === "NHWC" ? sides : ([sides[1], sides[2], sides[0]] as const);
  const own = [height, width, channels];
  const shape = own.map((side, i) => side ?? inputShape?.[i] ?? null);
  if (shape.includes(null)) {
    const open = ["height", "width", "channels"].filter((_, i) => shape[i] === null);
    throw new RangeError(
      `it leaves the ${open.join(", ")} of ${graph.input} open: say them by \`inputShape: [height, width, channels]\``,
    );
  }
  return { layout: chosen, shape: shape as [number, number, number], fixedBatch };
}

/**
 * (value - mean) / deviation of values in [0, 1], as mean and deviation of levels to 255.
 *
 * @throws RangeError for other than a number or one a channel, and for a deviation of 0
 */
export function scaleStatistics(
  { mean, deviation }: NonNullable<OnnxOptions["images"]>,
  channels: number,
): ChannelStatistics {
  const levels = (given: number | readonly number[], what: string) => {
    const each = typeof given === "number" ? Array.from({ length: channels }, () => given) : given;
    if (each.length === channels && each.every((one) => Number.isFinite(one) && (what === "mean" || one !== 0)))
      return each.map((one) => 255 * one);
    throw new RangeError(`\`images\` needs a ${what} that is a number or ${channels} of them, got ${String(given)}`);
  };
  return { mean: levels(mean, "mean"), standardDeviation: levels(deviation, "deviation") };
}

function threadsOf({ threads }: Pick<OnnxOptions, "threads">): number {
  return threads ?? (Number(process.env.TF_NUM_INTRAOP_THREADS) || 1);
}

type SessionMaker = (model: Uint8Array) => Promise<OrtSession>;

function sessionMaker(threads: number): SessionMaker {
  if (!Number.isInteger(threads) || threads < 1 || threads > os.availableParallelism() * 8) {
    throw new RangeError(`need a whole number of threads, at least 1, got ${threads}`);
  }
  const { InferenceSession } = onnxPackages().runtime;
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    enableCpuMemArena: false, // every session would keep the most that it ever held
    logSeverityLevel: 3,
  };
  return async (model) => {
    try {
      return await InferenceSession.create(model, options);
    } catch (error) {
      throw new RangeError(`onnxruntime refuses it: ${(error as Error).message.split("\n")[0]}`, { cause: error });
    }
  };
}

/** The tensors whose shapes are asked for: at which it can be cut, that are added, normalised, made or taken by weighted operations. */
function computedTensors({ graph: { nodes, chain, kinds } }: OnnxModel): string[] {
  const asked = nodes.filter(
    ({ operation }) => ["Add", "Sum", "BatchNormalization"].includes(operation) || weightedOperations.has(operation),
  );
  const tensors = [...chain, ...asked.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])];
  return tensors.filter((tensor) => kinds.get(tensor) === "computed");
}

/** Tensors of one pass of blank images through a model. */
async function tensorsOf(
  model: OnnxModel,
  { layout, shape: [height, width, channels] }: ModelImages,
  batch: number,
  session: SessionMaker,
  tensors: readonly string[],
): Promise<ReadonlyMap<string, OrtTensor>> {
  const { Tensor } = onnxPackages().runtime;
  const dims = layout === "NHWC" ? [batch, height, width, channels] : [batch, channels, height, width];
  const images = new Tensor("float32", new Float32Array(batch * height * width * channels), dims);
  const whole = await session(withOutputs(model, tensors));
  try {
    const outputs = await whole.run({ [model.graph.input]: images });
    return new Map([[model.graph.input, images], ...Object.entries(outputs)]);
  } finally {
    await whole.release();
  }
}

/** Shape for one image: without the batch, where that comes first. */
function shapeOf(trial: Trial, tensor: string): Shape {
  const { dims } = trial.get(tensor)!;
  return dims.slice(1);
}

interface Measures {
  shape(tensor: string): Shape;
  readonly trial: Trial;
  /** Images in the trial. */
  readonly batch: number;
  readonly inputShape: Architecture["inputShape"];
}

function architectureOf(
  name: string,
  model: OnnxModel,
  found: readonly FoundBlock[],
  { shape, trial, batch, inputShape }: Measures,
): Architecture {
  const { graph } = model;
  const part = (address: string, from: string, to: string): readonly GraphPart[] => {
    if (from === to) return [];
    const nodes = nodesBetween(graph, [to], [from]);
    const kept = graph.nodes.filter((node) => nodes.has(node) && graph.kinds.get(node.outputs[0]!) === "computed");
    const used = new Set([...nodes].flatMap(({ inputs }) => inputs));
    return [
      {
        kind: "graph part",
        name: address,
        operations: kept.map(({ operation }) => operation),
        outputShape: shape(to),
        depth: depthBetween(graph, from, to),
        parameters: [...used].reduce((sum, tensor) => sum + parametersOf(model, tensor), 0),
        multiplyAccumulates: kept.reduce((sum, node) => sum + multiplyAccumulatesOf(model, trial, node) / batch, 0),
      },
    ];
  };
  const blocks = found.map((block): Block => {
    const { from, sum, to, addends } = block;
    return {
      name: block.name,
      residual: part(`${block.name}/residual`, from, addends?.residual ?? sum),
      shortcut: addends === null ? null : part(`${block.name}/shortcut`, from, addends.shortcut),
      join: part(`${block.name}/join`, sum, to),
    };
  });
  return {
    name,
    inputShape,
    classes: shape(graph.output)[0]!,
    stem: [
      // The images are [height, width, channels] to everyone else, whatever the graph's own layout.
      ...part("stem", graph.input, found[0]!.from),
    ],
    blocks,
    head: part("head", found.at(-1)!.to, graph.output),
  };
}

function parametersOf({ stored }: OnnxModel, tensor: string): number {
  const proto = stored.get(tensor);
  if (proto === undefined || proto.dataType === dataTypes.int64) return 0;
  return product(dimsOf(proto));
}

/** Of all images of the trial: of convolutions, and of products with stored weights or, in attention, of two computed tensors. */
function multiplyAccumulatesOf(
  { stored }: OnnxModel,
  trial: Trial,
  { operation, inputs, outputs }: { operation: string; inputs: readonly string[]; outputs: readonly string[] },
): number {
  const output = trial.get(outputs[0]!);
  if (output === undefined || !weightedOperations.has(operation)) return 0;
  const weights = inputs.slice(1).flatMap((tensor) => (stored.has(tensor) ? [dimsOf(stored.get(tensor)!)] : []))[0];
  const factors = operation === "MatMul" && weights === undefined ? trial.get(inputs[0]!)?.dims.slice(-1) : undefined;
  const each = factors ?? (operation.includes("Conv") ? weights?.slice(1) : weights?.slice(-2, -1));
  return each === undefined ? 0 : product(output.dims) * product(each);
}

interface RuntimeParts {
  readonly images: ModelImages;
  readonly session: SessionMaker;
  readonly trial: Trial;
  readonly classes: number;
}

/** What the largest tensor of a batch may take: several are held at a time, and beyond the cache larger batches are no faster. */
const tensorBytes = 2 ** 24;
const fewestAtOnce = 8;

/** Images by which a batch can be normalised on its own. */
const fewestNormalised = 8;

/** Sessions of a model's pieces, each made when it is first run. */
function graphRuntime(
  model: OnnxModel,
  blocks: readonly FoundBlock[],
  { images, session, trial, classes }: RuntimeParts,
): Omit<GraphRuntime, "channelStatistics"> {
  const { graph } = model;
  const largest = Math.max(...[...trial.values()].map(({ dims }) => product(dims) / Math.max(1, dims[0] ?? 1)));
  const most = Math.max(fewestAtOnce, Math.floor(tensorBytes / (4 * largest)));
  const opened = new Map<number, Promise<GraphParts & { release(): Promise<void> }>>();
  const open = async (batchSize: number) => {
    const shapes: ShapeValues =
      neededShapes(model).length === 0 ? new Map() : await shapeValues(model, images, batchSize, session);
    const sessions = new Map<string, Promise<OrtSession>>();
    const run = async (key: string, part: Part, feeds: Readonly<Record<string, OrtTensor>>): Promise<OrtTensor> => {
      const made = sessions.get(key) ?? session(partBytes(model, shapes, part));
      sessions.set(key, made);
      return (await (await made).run(feeds))[part.outputs[0]!]!;
    };
    const through = (key: string, from: string, to: string, x: OrtTensor, instead?: Part["instead"]) =>
      from === to && instead === undefined
        ? x
        : run(key, { inputs: [inputOf(from, x)], outputs: [to], ...(instead && { instead }) }, { [from]: x });
    return {
      batchSize,
      async stem({ values, shape }: { values: Float32Array; shape: readonly number[] }) {
        return through("stem", graph.input, blocks[0]!.from, paddedImages(values, shape, batchSize, images));
      },
      async block({ block: index, branch, scale = 1 }: Step, given: object) {
        const { from, sum, to, addends } = blocks[index]!;
        const x = given as OrtTensor;
        if (addends === null) {
          if (branch === "skip") return x;
          if (scale === 1) return through(`${index}`, from, to, x);
        } else if (branch === "skip" && addends.shortcut === from && sum === to) return x;
        else if (branch === "both" && scale === 1) return through(`${index}`, from, to, x);
        const isScaled = branch !== "skip" && scale !== 1;
        const residual = addends?.residual ?? unscaled;
        const instead = sumOf(sum, residual, branch === "residual" || addends === null ? null : addends.shortcut, {
          branch,
          type: trial.get(addends?.residual ?? sum)!.type,
          isScaled,
          // Without an addition it is the block's own last node whose output is scaled.
          before: addends === null ? [renamed(model.protos.get(graph.makers.get(sum)!)!, sum)] : [],
        });
        const key = `${index} ${branch} ${isScaled}`;
        if (!isScaled) return through(key, from, to, x, instead);
        const factor = new (onnxPackages().runtime.Tensor)("float32", Float32Array.of(scale), []);
        const inputs = [inputOf(from, x), inputOf(stepSize, factor)];
        return run(key, { inputs, outputs: [to], instead }, { [from]: x, [stepSize]: factor });
      },
      async head(x: object) {
        const { data } = await through("head", blocks.at(-1)!.to, graph.output, x as OrtTensor);
        return { values: data as Float32Array, classes };
      },
      async release() {
        const opened = await Promise.allSettled(sessions.values()); // one that was refused told so when it was run
        for (const each of opened) if (each.status === "fulfilled") await each.value.release();
      },
    };
  };
  return {
    async parts(batchSize) {
      const size = images.fixedBatch ?? Math.min(batchSize, most);
      const parts = opened.get(size) ?? open(size);
      opened.set(size, parts);
      return parts;
    },
    async normalisations(batches) {
      const { fixedBatch } = images;
      const isOfPlanes = (tensor: string | undefined) => trial.get(tensor ?? "")?.dims.length === 4;
      const normalisations = storedNormalisations(model).filter(({ node }) => isOfPlanes(node.input?.[0]));
      if (normalisations.length === 0 || (fixedBatch !== null && fixedBatch < fewestNormalised)) return [];
      const whole = await session(statisticsModel(model, normalisations));
      const sums = new InputSums(normalisations);
      try {
        for (const { values, shape } of batches) {
          const [count = 0, ...sides] = shape;
          if (fixedBatch !== null && count < fixedBatch) continue; // blank images beside them would count
          const size = fixedBatch ?? count;
          const length = size * product(sides);
          const batch = paddedImages(values.subarray(0, length), [size, ...sides], size, images);
          sums.add(size, await whole.run({ [graph.input]: batch }));
        }
      } finally {
        await whole.release();
      }
      return sums.inputs();
    },
    async release() {
      const all = [...opened.values()];
      opened.clear();
      for (const parts of all) await (await parts).release();
    },
  };
}

/** The name of the factor on a branch, as an input of a piece. */
const stepSize = "cnn-findings/step size";

/** What a block without an addition makes, before it is scaled. */
const unscaled = "cnn-findings/unscaled";

/** A node that makes `unscaled` in the place of a tensor. */
function renamed(node: NodeProto, tensor: string): NodeProto {
  return { ...node, output: (node.output ?? []).map((name) => (name === tensor ? unscaled : name)) };
}

/** Nodes that make a block's sum of another choice of what is added. */
function sumOf(
  sum: string,
  residual: string,
  shortcut: string | null,
  {
    branch,
    type,
    isScaled,
    before,
  }: { branch: Step["branch"]; type: string; isScaled: boolean; before: readonly NodeProto[] },
): NonNullable<Part["instead"]> {
  const node = (opType: string, input: readonly string[], output: string, attribute: NodeProto["attribute"] = []) => ({
    ...{ name: `cnn-findings/${opType}`, opType, input, output: [output], attribute },
  });
  if (branch === "skip") return { tensor: sum, nodes: [node("Identity", [shortcut!], sum)] };
  const scaled = isScaled ? "cnn-findings/scaled branch" : residual;
  const factor = type === "float32" ? stepSize : "cnn-findings/cast step size";
  const to = { name: "to", type: 2, i: dataTypes[type]! };
  return {
    tensor: sum,
    nodes: [
      ...before,
      ...(isScaled && factor !== stepSize ? [node("Cast", [stepSize], factor, [to])] : []),
      ...(isScaled ? [node("Mul", [residual, factor], scaled)] : []),
      shortcut === null ? node("Identity", [scaled], sum) : node("Add", [scaled, shortcut], sum),
    ],
  };
}

function inputOf(name: string, { type, dims }: OrtTensor): Part["inputs"][number] {
  return { name, type, dims };
}

async function shapeValues(
  model: OnnxModel,
  images: ModelImages,
  batchSize: number,
  session: SessionMaker,
): Promise<ShapeValues> {
  const needed = neededShapes(model);
  const tensors = await tensorsOf(model, images, batchSize, session, needed);
  return new Map(needed.map((name) => [name, tensors.get(name)!]));
}

/** A batch in the model's layout, filled up with blank images. */
function paddedImages(
  values: Float32Array,
  [count, height, width, channels]: readonly number[],
  batchSize: number,
  { layout }: ModelImages,
): OrtTensor {
  const { Tensor } = onnxPackages().runtime;
  const pixels = height! * width!;
  const padded = new Float32Array(batchSize * pixels * channels!);
  if (layout === "NHWC") {
    padded.set(values);
    return new Tensor("float32", padded, [batchSize, height!, width!, channels!]);
  }
  for (let image = 0, from = 0; image < count!; image++) {
    const start = image * pixels * channels!;
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels!; channel++) padded[start + channel * pixels + pixel] = values[from++]!;
    }
  }
  return new Tensor("float32", padded, [batchSize, channels!, height!, width!]);
}
