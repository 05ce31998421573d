/**
 * Running a network, block by block, along a route.
 */
import {
  add,
  addAndRectify,
  addBias,
  batchStatistics,
  concatenate as concatenateChannels,
  convolution,
  dropoutMask,
  flatten,
  fusedConvolution,
  gateChannels,
  globalAveragePool,
  type InputNormalisation,
  isNonlinearity,
  layerNormalisation,
  localResponseNormalisation,
  multiply,
  nonlinearity,
  normaliseBatch,
  normaliseByRunning,
  normalisesInput,
  pool,
  relu,
  scaleChannels,
  selectChannels,
  sigmoid,
  subsampleAndPad,
  tanh,
  toBfloat16,
} from "../../ops";
import type { RandomStream } from "../../random";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type {
  Architecture,
  BatchNormalisation,
  Block,
  ChannelGate,
  Concatenation,
  Convolution,
  Dropout,
  Exit,
  Layer,
} from "./architecture";
import { graphPartError, type Network, parameter, replaceParameter } from "./network";
import { fullRoute, type Route, type Step } from "./route";

/**
 * Which statistics batch normalisation uses: `training` the batch's own, moving the running ones on; `batch statistics`
 * the batch's own, leaving the running ones alone; `inference` the running ones.
 */
export type Mode = "training" | "batch statistics" | "inference";

/**
 * A fresh stream for each dropout layer, by its name. A pass that is given streams samples masks from them, in every mode (a
 * mean over masks at inference: Gal & Ghahramani 2016, arXiv:1506.02142); without them dropout does nothing, and training
 * refuses. The same streams give the same masks, also where a route visits a block twice.
 *
 * @example (layer) => randomStream(seed, "dropout", step, layer)
 */
export type MaskStreams = (layer: string) => RandomStream;

/** What one layer left behind for its gradient. */
export interface LayerRecord {
  readonly layer: Layer;
  /** Its input; of a convolution with a `normalisation`, that normalisation's. */
  readonly x: Tensor;
  /** Its output; or, of a normalisation that is done as the next layer reads, and of a layer that takes in what follows it, only something of that shape. */
  readonly y: Tensor;
  readonly saved: readonly Tensor[];
  /** How a convolution normalised its input as it read it; none elsewhere. */
  readonly normalisation?: InputNormalisation;
  /** What the layers of a concatenation's branches left behind, or those of a gate; none elsewhere. */
  readonly branches: readonly (readonly LayerRecord[])[];
}

/** What one block of a route left behind. */
export interface BlockRecord {
  readonly block: Block;
  readonly step: Step;
  readonly residual: LayerRecord[];
  readonly shortcut: LayerRecord[];
  readonly join: LayerRecord[];
}

/** What the head of an exit left behind. */
interface ExitRecord {
  readonly exit: Exit;
  /** Steps of the route before it. */
  readonly place: number;
  readonly head: LayerRecord[];
}

/** A forward pass as `backward` needs it; its tensors belong to the `tf.tidy` around the pass. */
export interface Tape {
  readonly stem: LayerRecord[];
  readonly blocks: BlockRecord[];
  readonly exits: ExitRecord[];
  readonly head: LayerRecord[];
}

/** How a network is run. */
export interface ForwardOptions {
  readonly mode: Mode;
  /** All blocks in order by default. It must fit: see `checkRoute`. */
  readonly route?: Route;
  /** Filled with what `backward` needs. Without it every activation is freed as soon as it is used. */
  readonly tape?: Tape;
  /** Streams of dropout's masks. */
  readonly masks?: MaskStreams;
  /**
   * Filled with the logits of each exit that the route reaches, `[batch, classes]`, by the exit's name; without it no exit
   * is run. An exit comes after the last visit to its block.
   */
  readonly exitLogits?: Map<string, Tensor2D>;
}

/** An empty tape for one forward pass. */
export function newTape(): Tape {
  return { stem: [], blocks: [], exits: [], head: [] };
}

/** What a part of a network may be run with, besides its mode. */
interface PartOptions<PartRecord> {
  /** Filled with what the gradient needs, as a tape is. */
  readonly records?: PartRecord[];
  /** Streams of dropout's masks. */
  readonly masks?: MaskStreams | undefined;
}

/** What all layers of one pass share. */
interface Pass {
  readonly network: Network;
  readonly mode: Mode;
  readonly masks: MaskStreams | undefined;
}

/**
 * The network's logits, `[batch, classes]`.
 *
 * @param x images, `[batch, height, width, channels]`; they stay the caller's
 * @throws RangeError when dropout is to be trained without streams of masks
 */
export function forward(network: Network, x: Tensor4D, options: ForwardOptions): Tensor2D {
  const { mode, tape, masks, exitLogits } = options;
  const pass: Pass = { network, mode, masks };
  const { architecture } = network;
  const route = options.route ?? fullRoute(architecture);
  let activations = throughStem(pass, x, tape?.stem);
  route.forEach((step, i) => {
    const before = activations;
    activations = throughBlock(pass, step, before, tape?.blocks);
    before.release();
    if (exitLogits === undefined) return;
    for (const exit of exitsAt(architecture, route, i + 1)) {
      const record: ExitRecord = { exit, place: i + 1, head: [] };
      tape?.exits.push(record);
      const logits = runLayers(pass, exit.head, activations, tape && record.head);
      exitLogits.set(exit.name, logits.tensor as Tensor2D);
    }
  });
  const logits = runLayers(pass, architecture.head, activations, tape?.head);
  activations.release();
  return logits.tensor as Tensor2D;
}

/** The stem's output, in the network's precision; `x` itself where there is nothing to be done. */
export function runStem(
  network: Network,
  x: Tensor4D,
  mode: Mode,
  { records, masks }: PartOptions<LayerRecord> = {},
): Tensor4D {
  return throughStem({ network, mode, masks }, x, records).tensor as Tensor4D;
}

/** Logits from the last block's activations. */
export function runHead(network: Network, x: Tensor4D, mode: Mode, options: PartOptions<LayerRecord> = {}): Tensor2D {
  return runBorrowed(network, network.architecture.head, x, mode, options) as Tensor2D;
}

/**
 * Logits of an exit, `[batch, classes]`, from the activations after its block.
 *
 * @param name of the exit
 * @throws RangeError when the network has no exit of that name
 */
export function runExit(
  network: Network,
  name: string,
  x: Tensor4D,
  mode: Mode,
  options: PartOptions<LayerRecord> = {},
): Tensor2D {
  const { exits = [], name: architecture } = network.architecture;
  const exit = exits.find((one) => one.name === name);
  if (exit === undefined) {
    const known = exits.length === 0 ? "none" : exits.map((one) => one.name).join(", ");
    throw new RangeError(`${architecture} has no exit ${name}; it has ${known}`);
  }
  return runBorrowed(network, exit.head, x, mode, options) as Tensor2D;
}

/**
 * One step of a route. Its input stays the caller's; the output is the input itself where nothing was to be done.
 */
export function runBlock(
  network: Network,
  step: Step,
  x: Tensor4D,
  mode: Mode,
  { records, masks }: PartOptions<BlockRecord> = {},
): Tensor4D {
  return throughBlock({ network, mode, masks }, step, Activations.borrowed(x), records).tensor as Tensor4D;
}

/** The exits that a route reaches after its first `place` steps: those of the last step's block, on its last visit. */
export function exitsAt({ exits = [] }: Architecture, route: Route, place: number): readonly Exit[] {
  const last = route[place - 1]?.block;
  if (route.slice(place).some(({ block }) => block === last)) return [];
  return exits.filter(({ after }) => after === last);
}

function runBorrowed(
  network: Network,
  layers: readonly Layer[],
  x: Tensor,
  mode: Mode,
  { records, masks }: PartOptions<LayerRecord>,
): Tensor {
  return runLayers({ network, mode, masks }, layers, Activations.borrowed(x), records).tensor;
}

/** The stem, from images that are rounded first where the network computes in bfloat16. */
function throughStem(pass: Pass, x: Tensor4D, records: LayerRecord[] | undefined): Activations {
  const { architecture, precision } = pass.network;
  const input = precision === "bfloat16" ? toBfloat16(x) : x;
  const images = input === x ? Activations.borrowed(x) : Activations.made(input);
  const activations = runLayers(pass, architecture.stem, images, records);
  images.release();
  return activations;
}

/** One block. */
function throughBlock(pass: Pass, step: Step, x: Activations, records: BlockRecord[] | undefined): Activations {
  const { branch, scale = 1 } = step;
  const block = blockAt(pass.network.architecture, step.block);
  const record: BlockRecord = { block, step, residual: [], shortcut: [], join: [] };
  records?.push(record);
  if (branch === "skip" && block.shortcut === null) return x.held();

  const run = (layers: readonly Layer[], input: Activations, layerRecords: LayerRecord[], ending?: Ending) =>
    runLayers(pass, layers, input, records && layerRecords, ending);
  const shortcut = branch !== "residual" && block.shortcut !== null ? run(block.shortcut, x, record.shortcut) : null;
  const [first, ...others] = block.join;
  const rectifier = branch !== "skip" && shortcut !== null && first?.kind === "relu" ? first : null;
  let sum: Activations;
  if (branch === "skip") sum = shortcut!;
  else if (shortcut !== null && scale === 1 && takesEnding(pass, block.residual.at(-1))) {
    sum = run(block.residual, x, record.residual, { addend: shortcut, relu: rectifier !== null });
  } else {
    let residual = run(block.residual, x, record.residual);
    if (scale !== 1) residual = tensorOf([residual], ([y]) => multiply(y!, scale));
    const join = rectifier === null ? add : addAndRectify;
    sum = shortcut === null ? residual : tensorOf([residual, shortcut], ([y, other]) => join(y!, other!));
  }
  if (rectifier !== null && records !== undefined) {
    record.join.push({ layer: rectifier, x: sum.tensor, y: sum.tensor, saved: [], branches: [] });
    sum.keep();
  }
  const output = run(rectifier === null ? block.join : others, sum, record.join);
  sum.release();
  return output;
}

/** What the last layer of a residual branch does in its own pass. */
interface Ending {
  /** The other branch, which is added, and released. */
  readonly addend: Activations;
  /** Whether the sum is rectified. */
  readonly relu: boolean;
}

/** Whether a layer can end so. */
function takesEnding({ mode }: Pass, last: Layer | undefined): boolean {
  return last?.kind === "convolution" || (last?.kind === "batch normalisation" && mode !== "inference");
}

/**
 * Layers one after another; neighbours in one pass where there is a kernel for it. With gradients to come, only where it has the
 * bits of single operations: a pass that is run again with a tape must have them, too.
 *
 * @param ending of the last layer, which must be one that takes it
 */
function runLayers(
  pass: Pass,
  layers: readonly Layer[],
  x: Activations,
  records: LayerRecord[] | undefined,
  ending?: Ending,
): Activations {
  const endingAt = (place: number) => (place === layers.length - 1 ? ending : undefined);
  let activations = x.held();
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i]!;
    const before = activations;
    const rectifier = layers[i + 1]?.kind === "relu" ? layers[i + 1]! : null;
    if (layer.kind === "batch normalisation") {
      if (rectifier !== null) i++;
      const reader = layers[i + 1];
      if (reader?.kind === "convolution" && readsNormalised(pass, reader, before)) {
        i++;
        activations = normaliseAndConvolve(pass, layer, rectifier, reader, before, records, endingAt(i));
      } else {
        activations = normaliseAndRectify(pass, layer, rectifier, before, records, endingAt(i));
      }
    } else if (layer.kind === "convolution") {
      const relu = rectifier !== null && isUntaped(pass, records);
      if (relu) i++;
      activations = convolve(pass, layer, before, records, endingAt(i), { relu });
    } else {
      activations = runLayer(pass, layer, before, records);
    }
    before.release();
  }
  return activations;
}

/** Whether no gradient will ask for what lies between layers: at inference they may be joined by other sums, too. */
function isUntaped({ mode }: Pass, records: unknown[] | undefined): boolean {
  return mode === "inference" && records === undefined;
}

/** A convolution with its bias, and with what is before and after it, in one pass. */
function convolve(
  pass: Pass,
  layer: Convolution,
  x: Activations,
  records: LayerRecord[] | undefined,
  ending: Ending | undefined,
  { normalisation, relu = false }: { readonly normalisation?: InputNormalisation; readonly relu?: boolean },
): Activations {
  const kernel = parameter<Tensor4D>(pass.network, `${layer.name}/kernel`);
  const bias = layer.bias ? parameter<Tensor1D>(pass.network, `${layer.name}/bias`) : null;
  const following = {
    bias,
    addend: ending?.addend.tensor as Tensor4D | undefined,
    relu: relu || ending?.relu === true,
  };
  const images = x.tensor as Tensor4D;
  const y = isUntaped(pass, records)
    ? fusedConvolution(images, kernel, layer, following)
    : convolution(images, kernel, layer, { normalisation, ...following });
  ending?.addend.release();
  if (records !== undefined) {
    records.push({ layer, x: images, y, saved: [], branches: [], ...(normalisation && { normalisation }) });
    x.keep();
  }
  return Activations.made(y);
}

/** Whether a convolution can do the normalisation before it as it reads, so that what lies between them is nowhere held. */
function readsNormalised({ network, mode }: Pass, layer: Convolution, { tensor }: Activations): boolean {
  if (mode === "inference") return false;
  const { shape } = parameter<Tensor4D>(network, `${layer.name}/kernel`);
  return normalisesInput(tensor.shape as Tensor4D["shape"], shape, layer);
}

/** Batch normalisation, perhaps a ReLU, and a convolution in one pass; each leaves its record. */
function normaliseAndConvolve(
  pass: Pass,
  layer: BatchNormalisation,
  rectifier: Layer | null,
  reader: Convolution,
  x: Activations,
  records: LayerRecord[] | undefined,
  ending: Ending | undefined,
): Activations {
  const { scale, offset } = affine(pass, layer);
  const { saved, running } = batchStatistics(x.tensor, scale, layer.epsilon, runningStatistics(pass, layer));
  moveStatistics(pass, layer, running);
  for (const done of rectifier === null ? [layer] : [layer, rectifier]) {
    records?.push({ layer: done, x: x.tensor, y: x.tensor, saved: done === layer ? saved : [], branches: [] });
  }
  const [mean, inverse] = saved as readonly Tensor1D[];
  const normalisation = { mean: mean!, inverse: inverse!, scale, offset, relu: rectifier !== null };
  const output = convolve(pass, reader, x, records, ending, { normalisation });
  if (records === undefined) tf.dispose([...saved]);
  return output;
}

/** Batch normalisation and perhaps a ReLU in one pass; each leaves its record. */
function normaliseAndRectify(
  pass: Pass,
  layer: BatchNormalisation,
  rectifier: Layer | null,
  x: Activations,
  records: LayerRecord[] | undefined,
  ending: Ending | undefined,
): Activations {
  const relu = rectifier !== null || ending?.relu === true;
  const { y, saved } = normalise(pass, layer, x.tensor, { addend: ending?.addend.tensor, relu });
  ending?.addend.release();
  const output = Activations.made(y);
  if (records === undefined) {
    tf.dispose([...saved]);
    return output;
  }
  records.push({ layer, x: x.tensor, y, saved, branches: [] });
  x.keep();
  if (rectifier !== null) {
    records.push({ layer: rectifier, x: y, y, saved: [], branches: [] });
    output.keep();
  }
  return output;
}

/** A layer that no other is joined with, and that has none in it. */
type SingleLayer = Exclude<Layer, Convolution | BatchNormalisation | Concatenation | ChannelGate>;

/** One layer; the output is the input itself where nothing was to be done. */
function runLayer(
  pass: Pass,
  layer: Exclude<Layer, Convolution | BatchNormalisation>,
  x: Activations,
  records: LayerRecord[] | undefined,
): Activations {
  if (layer.kind === "concatenation") return concatenate(pass, layer, x, records);
  if (layer.kind === "channel gate") return gate(pass, layer, x, records);
  const { y, saved } = layerOutput(pass, layer, x.tensor);
  const output = y === x.tensor ? x.held() : Activations.made(y);
  if (records === undefined) for (const tensor of saved) tensor.dispose();
  else {
    records.push({ layer, x: x.tensor, y, saved, branches: [] });
    if (needsInput.has(layer.kind) || isNonlinearity(layer)) x.keep();
    if (needsOutput.has(layer.kind)) output.keep();
  }
  return output;
}

function concatenate(
  pass: Pass,
  layer: Concatenation,
  x: Activations,
  records: LayerRecord[] | undefined,
): Activations {
  const branches: LayerRecord[][] = layer.branches.map(() => []);
  const outputs = layer.branches.map((branch, i) => runLayers(pass, branch, x, records && branches[i]));
  const y = tensorOf(outputs, (tensors) => concatenateChannels(tensors as Tensor4D[]));
  records?.push({ layer, x: x.tensor, y: y.tensor, saved: [], branches });
  return y;
}

function gate(pass: Pass, layer: ChannelGate, x: Activations, records: LayerRecord[] | undefined): Activations {
  const inner: LayerRecord[] = [];
  const factors = runLayers(pass, layer.layers, x, records && inner);
  const y = Activations.made(gateChannels(x.tensor as Tensor4D, factors.tensor as Tensor2D));
  if (records !== undefined) {
    records.push({ layer, x: x.tensor, y: y.tensor, saved: [factors.tensor], branches: [inner] });
    x.keep();
    factors.keep();
  }
  factors.release();
  return y;
}

/** Layers whose gradient needs their input, as nonlinearities' do; the others need no more than its shape. */
const needsInput: ReadonlySet<Layer["kind"]> = new Set([
  "layer normalisation",
  "dense",
  "max pool",
  "channel scaling",
  "local response normalisation",
]);
/** Layers whose gradient needs their output. */
const needsOutput: ReadonlySet<Layer["kind"]> = new Set([
  "relu",
  "sigmoid",
  "tanh",
  "max pool",
  "local response normalisation",
]);

/** What a layer computes, and what else its gradient needs. */
interface LayerOutput {
  readonly y: Tensor;
  readonly saved: readonly Tensor[];
}

function layerOutput(pass: Pass, layer: SingleLayer, x: Tensor): LayerOutput {
  const { network } = pass;
  if (isNonlinearity(layer)) return { y: nonlinearity(x, layer), saved: [] };
  switch (layer.kind) {
    case "dense": {
      const y = tf.matMul(x as Tensor2D, parameter<Tensor2D>(network, `${layer.name}/kernel`));
      return { y: layer.bias ? plusBias(y, parameter(network, `${layer.name}/bias`)) : y, saved: [] };
    }
    case "dropout":
      return dropOut(pass, layer, x);
    case "relu":
      return { y: relu(x), saved: [] };
    case "sigmoid":
      return { y: sigmoid(x), saved: [] };
    case "tanh":
      return { y: tanh(x), saved: [] };
    case "layer normalisation": {
      const scale = parameter<Tensor1D>(network, `${layer.name}/scale`);
      return { y: layerNormalisation(x, scale, parameter(network, `${layer.name}/offset`), layer.epsilon), saved: [] };
    }
    case "max pool":
    case "average pool":
      return { y: pool(x as Tensor4D, layer), saved: [] };
    case "global average pool":
      return { y: globalAveragePool(x as Tensor4D), saved: [] };
    case "flatten":
      return { y: flatten(x), saved: [] };
    case "graph part":
      throw graphPartError(layer);
    case "subsample and pad":
      return { y: subsampleAndPad(x as Tensor4D, layer.stride, layer.channels), saved: [] };
    case "channel selection":
      return { y: selectChannels(x as Tensor4D, layer.channels), saved: [] };
    case "scaling":
      return { y: multiply(x, layer.factor), saved: [] };
    case "channel scaling": {
      const scale = parameter<Tensor1D>(network, `${layer.name}/scale`);
      if (layer.offset === false) return { y: multiply(x, scale), saved: [] };
      return { y: scaleChannels(x, scale, parameter(network, `${layer.name}/offset`)), saved: [] };
    }
    case "local response normalisation":
      return { y: localResponseNormalisation(x as Tensor4D, layer), saved: [] };
  }
}

function normalise(
  pass: Pass,
  layer: BatchNormalisation,
  x: Tensor,
  following: { readonly addend: Tensor | undefined; readonly relu: boolean },
): LayerOutput {
  const { scale, offset } = affine(pass, layer);
  if (pass.mode === "inference") {
    const [mean, variance] = ["mean", "variance"].map((name) =>
      parameter<Tensor1D>(pass.network, `${layer.name}/${name}`),
    );
    return { y: normaliseByRunning(x, scale, offset, mean!, variance!, layer.epsilon, following.relu), saved: [] };
  }
  const normalised = normaliseBatch(x, scale, offset, layer.epsilon, runningStatistics(pass, layer), following);
  moveStatistics(pass, layer, normalised.running);
  return normalised;
}

function affine({ network }: Pass, { name }: BatchNormalisation) {
  return {
    scale: parameter<Tensor1D>(network, `${name}/scale`),
    offset: parameter<Tensor1D>(network, `${name}/offset`),
  };
}

/** The running statistics that a pass moves on; none where it leaves them alone. */
function runningStatistics({ network, mode }: Pass, { name, momentum }: BatchNormalisation) {
  if (mode !== "training") return undefined;
  const [mean, variance] = [`${name}/mean`, `${name}/variance`].map((one) => parameter<Tensor1D>(network, one));
  return { mean: mean!, variance: variance!, momentum };
}

function moveStatistics(
  { network }: Pass,
  { name }: BatchNormalisation,
  running: { readonly mean: Tensor1D; readonly variance: Tensor1D } | null,
): void {
  if (running === null) return;
  replaceParameter(network, `${name}/mean`, running.mean);
  replaceParameter(network, `${name}/variance`, running.variance);
}

function dropOut({ network, mode, masks }: Pass, { name, rate, wholeImages }: Dropout, x: Tensor): LayerOutput {
  if (rate > 0 && masks === undefined && mode === "training") {
    throw new RangeError(`training ${network.architecture.name} needs streams of masks for ${name}`);
  }
  if (rate === 0 || masks === undefined) return { y: x, saved: [] };
  const stream = masks(name);
  const shape = wholeImages ? x.shape.map((side, axis) => (axis === 0 ? side : 1)) : x.shape;
  const mask = dropoutMask(shape, rate, [stream.integer(2 ** 31), stream.integer(2 ** 31)]);
  return { y: multiply(x, mask), saved: [mask] };
}

function plusBias<T extends Tensor>(y: T, bias: Tensor1D): T {
  const sum = addBias(y, bias);
  y.dispose();
  return sum;
}

function blockAt({ blocks, name }: Architecture, index: number): Block {
  const block = blocks[index];
  if (block === undefined) throw new RangeError(`${name} has blocks 0 to ${blocks.length - 1}, got ${index}`);
  return block;
}

/** What is computed of some activations, which are released. */
function tensorOf(given: readonly Activations[], compute: (tensors: readonly Tensor[]) => Tensor): Activations {
  const made = Activations.made(compute(given.map(({ tensor }) => tensor)));
  for (const activations of given) activations.release();
  return made;
}

/**
 * Activations on their way through a pass, and the one rule by which they are freed.
 *
 * Whoever has made them, or has them from a function here that returns them, holds them, and releases them when their last
 * reader has run; what a function is given, its caller holds. The last release frees them, unless their values are kept: for
 * the gradient of a layer that has read or made them, or because they are the caller's of the whole pass.
 */
class Activations {
  readonly tensor: Tensor;
  private holders = 1;
  private kept: boolean;

  private constructor(tensor: Tensor, kept: boolean) {
    this.tensor = tensor;
    this.kept = kept;
  }

  /** What a layer has just computed. */
  static made(tensor: Tensor): Activations {
    return new Activations(tensor, false);
  }

  /** What a caller has handed in: it stays, whoever releases it. */
  static borrowed(tensor: Tensor): Activations {
    return new Activations(tensor, true);
  }

  /** The same activations with one holder more: for a function that returns what it was given. */
  held(): Activations {
    this.holders++;
    return this;
  }

  /** A gradient needs the values: from now on they belong to the `tf.tidy` around the pass. */
  keep(): void {
    this.kept = true;
  }

  /** One holder less. */
  release(): void {
    this.holders--;
    if (this.holders === 0 && !this.kept) this.tensor.dispose();
  }
}
