/**
 * Running a network, block by block, along a route.
 */
import {
  convolution,
  globalAveragePool,
  normaliseBatch,
  normaliseByRunning,
  pool,
  relu,
  sigmoid,
  subsampleAndPad,
  tanh,
} from "../ops";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../runtime";
import type { Architecture, Block, Layer } from "./architecture";
import { type Network, parameter, replaceParameter } from "./network";
import { fullRoute, type Route, type Step } from "./route";

/**
 * Which statistics batch normalisation uses: `training` the batch's own, moving the running ones on; `batch statistics`
 * the batch's own, leaving the running ones alone; `inference` the running ones.
 */
export type Mode = "training" | "batch statistics" | "inference";

/** What one layer left behind for its gradient. */
export interface LayerRecord {
  readonly layer: Layer;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly saved: readonly Tensor[];
}

/** What one block of a route left behind. */
export interface BlockRecord {
  readonly block: Block;
  readonly step: Step;
  readonly residual: LayerRecord[];
  readonly shortcut: LayerRecord[];
  readonly join: LayerRecord[];
}

/** A forward pass as `backward` needs it; its tensors belong to the `tf.tidy` around the pass. */
export interface Tape {
  readonly stem: LayerRecord[];
  readonly blocks: BlockRecord[];
  readonly head: LayerRecord[];
}

export interface ForwardOptions {
  readonly mode: Mode;
  /** All blocks in order unless told. It must fit: see `checkRoute`. */
  readonly route?: Route;
  /** Filled with what `backward` needs. Without it every activation is freed as soon as it is used. */
  readonly tape?: Tape;
}

/** An empty tape for one forward pass. */
export function newTape(): Tape {
  return { stem: [], blocks: [], head: [] };
}

/**
 * The network's logits, `[batch, classes]`.
 *
 * @param x pictures, `[batch, height, width, channels]`; they stay the caller's
 */
export function forward(network: Network, x: Tensor4D, { mode, route, tape }: ForwardOptions): Tensor2D {
  let activations = runStem(network, x, mode, tape?.stem);
  for (const step of route ?? fullRoute(network.architecture)) {
    const next = runBlock(network, step, activations, mode, tape?.blocks);
    if (tape === undefined && next !== activations && activations !== x) activations.dispose();
    activations = next;
  }
  const logits = runHead(network, activations, mode, tape?.head);
  if (tape === undefined && activations !== x) activations.dispose();
  return logits;
}

/** The stem's output; `x` itself where there is no stem. */
export function runStem(network: Network, x: Tensor4D, mode: Mode, records?: LayerRecord[]): Tensor4D {
  return runLayers(network, network.architecture.stem, x, mode, records) as Tensor4D;
}

/** Logits from the last block's activations. */
export function runHead(network: Network, x: Tensor4D, mode: Mode, records?: LayerRecord[]): Tensor2D {
  return runLayers(network, network.architecture.head, x, mode, records) as Tensor2D;
}

/**
 * One step of a route. Its input stays the caller's; the output is the input itself where nothing was to be done.
 */
export function runBlock(network: Network, step: Step, x: Tensor4D, mode: Mode, records?: BlockRecord[]): Tensor4D {
  const { branch, scale = 1 } = step;
  const block = blockAt(network.architecture, step.block);
  const record: BlockRecord = { block, step, residual: [], shortcut: [], join: [] };
  const taped = records !== undefined;
  records?.push(record);
  if (branch === "skip" && block.shortcut === null) return x;

  const run = (layers: readonly Layer[], input: Tensor, records: LayerRecord[]) =>
    runLayers(network, layers, input, mode, taped ? records : undefined);
  /** Frees what is needed neither from here on nor by the gradient of the layer that made it. */
  const free = (part: Tensor, madeBy: readonly Layer[]) => {
    const kept = taped && madeBy.length > 0 && keepsOutput.has(madeBy[madeBy.length - 1]!.kind);
    if (part !== x && !kept) part.dispose();
  };

  const shortcut = branch !== "residual" && block.shortcut !== null ? run(block.shortcut, x, record.shortcut) : null;
  let residual = branch !== "skip" ? run(block.residual, x, record.residual) : null;
  if (residual !== null && scale !== 1) {
    const scaled = tf.mul(residual, scale);
    free(residual, block.residual);
    residual = scaled;
  }
  const sum = residual !== null && shortcut !== null ? tf.add(residual, shortcut) : (residual ?? shortcut)!;
  if (residual !== null && residual !== sum) free(residual, scale === 1 ? block.residual : []);
  if (shortcut !== null && shortcut !== sum) free(shortcut, block.shortcut!);
  const output = run(block.join, sum, record.join);
  if (output !== sum && !keptAsInput(block.join[0], taped)) {
    free(sum, sum === residual && scale === 1 ? block.residual : sum === shortcut ? block.shortcut! : []);
  }
  return output as Tensor4D;
}

/** Runs layers one after another; frees what lies between them unless a record keeps it. */
function runLayers(
  network: Network,
  layers: readonly Layer[],
  x: Tensor,
  mode: Mode,
  records: LayerRecord[] | undefined,
): Tensor {
  let activations = x;
  layers.forEach((layer, i) => {
    const { y, saved } = runLayer(network, layer, activations, mode);
    if (records === undefined) for (const tensor of saved) tensor.dispose();
    else records.push({ layer, x: activations, y, saved });
    const kept =
      records !== undefined && (keepsInput.has(layer.kind) || (i > 0 && keepsOutput.has(layers[i - 1]!.kind)));
    if (activations !== x && !kept) activations.dispose();
    activations = y;
  });
  return activations;
}

/** Layers whose gradient needs their input; the others need no more than its shape. */
const keepsInput: ReadonlySet<Layer["kind"]> = new Set([
  "convolution",
  "batch normalisation",
  "dense",
  "max pool",
  "average pool",
]);
/** Layers whose gradient needs their output. */
const keepsOutput: ReadonlySet<Layer["kind"]> = new Set(["relu", "sigmoid", "tanh", "max pool"]);

function keptAsInput(layer: Layer | undefined, taped: boolean): boolean {
  return taped && layer !== undefined && keepsInput.has(layer.kind);
}

function runLayer(network: Network, layer: Layer, x: Tensor, mode: Mode): { y: Tensor; saved: readonly Tensor[] } {
  switch (layer.kind) {
    case "convolution": {
      const y = convolution(x as Tensor4D, parameter(network, `${layer.name}/kernel`), layer);
      return { y: layer.bias ? addBias(y, parameter(network, `${layer.name}/bias`)) : y, saved: [] };
    }
    case "dense": {
      const y = tf.matMul(x as Tensor2D, parameter<Tensor2D>(network, `${layer.name}/kernel`));
      return { y: layer.bias ? addBias(y, parameter(network, `${layer.name}/bias`)) : y, saved: [] };
    }
    case "batch normalisation":
      return normalise(network, layer, x, mode);
    case "relu":
      return { y: relu(x), saved: [] };
    case "sigmoid":
      return { y: sigmoid(x), saved: [] };
    case "tanh":
      return { y: tanh(x), saved: [] };
    case "max pool":
    case "average pool":
      return { y: pool(x as Tensor4D, layer), saved: [] };
    case "global average pool":
      return { y: globalAveragePool(x as Tensor4D), saved: [] };
    case "flatten":
      return { y: x.reshape([x.shape[0]!, -1]), saved: [] };
    case "subsample and pad":
      return { y: subsampleAndPad(x as Tensor4D, layer.stride, layer.channels), saved: [] };
  }
}

function normalise(
  network: Network,
  { name, epsilon, momentum }: Extract<Layer, { kind: "batch normalisation" }>,
  x: Tensor,
  mode: Mode,
): { y: Tensor; saved: readonly Tensor[] } {
  const scale = parameter<Tensor1D>(network, `${name}/scale`);
  const offset = parameter<Tensor1D>(network, `${name}/offset`);
  const mean = parameter<Tensor1D>(network, `${name}/mean`);
  const variance = parameter<Tensor1D>(network, `${name}/variance`);
  if (mode === "inference") return { y: normaliseByRunning(x, scale, offset, mean, variance, epsilon), saved: [] };
  if (mode === "batch statistics") return normaliseBatch(x, scale, offset, epsilon);
  const normalised = normaliseBatch(x, scale, offset, epsilon, { mean, variance, momentum });
  replaceParameter(network, `${name}/mean`, normalised.running!.mean);
  replaceParameter(network, `${name}/variance`, normalised.running!.variance);
  return normalised;
}

function addBias<T extends Tensor>(y: T, bias: Tensor1D): T {
  const sum = tf.add(y, bias) as T;
  y.dispose();
  return sum;
}

function blockAt({ blocks, name }: Architecture, index: number): Block {
  const block = blocks[index];
  if (block === undefined) throw new RangeError(`${name} has blocks 0 to ${blocks.length - 1}, got ${index}`);
  return block;
}
