/**
 * A LayersModel of TensorFlow.js as a network of ours, with its weights: its blocks can be deleted, moved and scaled.
 */
import type { tfjs } from "../../runtime";
import type { Architecture, Block, Layer, Shape } from "../engine/architecture";
import { type Network, networkWithWeights, type ParameterValues } from "../engine/network";
import { branchShape, sameShape } from "../engine/shapes";
import { weightedLayers } from "../families/families";
import { type LayerCall, type RowElement, readCallGraph, rowOfGraph } from "./layers-model-graph";
import { convertCall, Inconvertible, type Piece, requireLastAxis } from "./layers-model-layers";

/**
 * The network of a sequential or functional LayersModel, with copies of its weights: for equal images its logits are what
 * the model predicts, before a softmax at the model's end.
 *
 * Layers that it knows: Conv2D, DepthwiseConv2D, SeparableConv2D, Dense, BatchNormalization, LayerNormalization over the channels,
 * Activation, ReLU, LeakyReLU and ELU (ReLU, ReLU6, sigmoid, tanh, ELU, swish, hard swish, GELU; a softmax at the end is left out),
 * MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Dropout, Rescaling, Normalization, Add of two, Concatenate along the channels, Multiply
 * by factors that are made of the means of what they multiply (squeeze and excitation: GlobalAveragePooling2D, Reshape, dense layers or
 * convolutions of one pixel), and ZeroPadding2D before a convolution without padding of its own, or before such a maximum of what
 * a ReLU gave. Models inside the model are opened. Addresses are the model's names of layers.
 *
 * Every addition becomes a block, `stage1/block1`; a stage ends where height and width change. Of the two branches the
 * shortcut is the one with fewer convolutions: the empty one, where there is one; of equal ones the last. Activations and
 * normalisations after an addition belong to the block's `join`, and stay when the block is deleted; pooling between two
 * blocks goes before both branches of the second. Convolutions between two blocks are a block without a shortcut. In a model
 * without additions each convolution or concatenation with what follows it is a block, as in VGG-style nets, and so is each
 * pooling.
 *
 * A model of Keras is read by `readKerasNetwork`, of a model.json. Zeros around an image that differ by their sides are taken where a
 * convolution or maximum of "same" padding would add them itself, as those before Keras's strided convolutions.
 *
 * @returns the caller disposes it; the model stays as it is
 * @throws RangeError listing every layer that cannot be converted, and why
 * @example const network = fromLayersModel(await tf.loadLayersModel(`file://${folder}/model.json`));
 */
export function fromLayersModel(model: tfjs.LayersModel): Network {
  const graph = readCallGraph(model);
  const inputShape = graph.input.outputShape;
  const classes = graph.output.outputShape;
  if (inputShape.length !== 3 || inputShape.some(Number.isNaN)) {
    const isOpen = inputShape.length === 3 && !Number.isNaN(inputShape[2]);
    if (isOpen) throw new RangeError(openSize(model.name, inputShape));
    throw new RangeError(`the model ${model.name} needs images [height, width, channels], it takes [${inputShape}]`);
  }
  if (classes.length !== 1) {
    throw new RangeError(`the model ${model.name} needs to end in [classes], it ends in [${classes}]`);
  }

  const faults = new Map<LayerCall, string>();
  const pieces = new Map<LayerCall, readonly Piece[]>();
  const weights = new Map<string, ParameterValues>();
  const refusing = (call: LayerCall, convert: () => void) => {
    try {
      convert();
    } catch (error) {
      if (!(error instanceof Inconvertible)) throw error;
      faults.set(call, error.message);
    }
  };
  const layers = new Set<unknown>();
  for (const call of graph.calls) {
    refusing(call, () => {
      if (layers.has(call.layer)) throw new Inconvertible("it is used twice, ours share no weights");
      layers.add(call.layer);
      if (call.inputs.length > 1) return checkJoining(call);
      const converted = convertCall(call, call === graph.output);
      pieces.set(call, converted.pieces);
      for (const [address, values] of converted.weights) weights.set(address, values);
    });
  }
  const row = rowOfGraph(graph, (call) => faults.set(call, "its branches share layers, ours do not"));
  const reader: Reader = { piecesOf: (call) => pieces.get(call) ?? [], faults };
  const parts = partsOf(row, reader);
  if (faults.size > 0) throw inconvertible(model.name, faults);

  const architecture: Architecture = {
    name: model.name,
    inputShape: inputShape as Architecture["inputShape"],
    classes: classes[0]!,
    ...(parts.some(isAddition) ? residualParts(parts, inputShape) : plainParts(parts as Layer[], inputShape)),
  };
  return networkWithWeights(architecture, weights);
}

function openSize(model: string, shape: Shape): string {
  const sides = shape.map((side) => (Number.isNaN(side) ? "any" : side)).join(" x ");
  return (
    `the model ${model} leaves the size of its images open (${sides}), and shapes here are fixed: ` +
    `\`readKerasNetwork(file, { inputShape: [32, 32, ${shape[2]}] })\` fixes it`
  );
}

function inconvertible(model: string, faults: ReadonlyMap<LayerCall, string>): RangeError {
  const lines = [...faults].map(([{ name, layer }, why]) => `${name} (${layer.getClassName()}): ${why}`);
  return new RangeError(`the model ${model} cannot be converted, because of these layers:\n  ${lines.join("\n  ")}`);
}

/** @throws Inconvertible for a call of several inputs that is neither a sum of two nor a concatenation of channels */
function checkJoining({ layer, inputs, outputShape }: LayerCall): void {
  const type = layer.getClassName();
  if (type === "Add") {
    if (inputs.length > 2) throw new Inconvertible(`it adds ${inputs.length} branches, ours two`);
    if (inputs.some((input) => !sameShape(input.outputShape, outputShape))) {
      throw new Inconvertible("it adds different shapes, ours are equal");
    }
  } else if (type === "Concatenate") {
    if (outputShape.length !== 3) throw new Inconvertible("it joins flat features, ours joins channels of images");
    requireLastAxis((layer.getConfig() as { readonly axis?: number }).axis, outputShape);
  } else if (type === "Multiply") {
    const shapes = inputs.map((input) => input.outputShape);
    if (inputs.length > 2) throw new Inconvertible(`it multiplies ${inputs.length} branches, ours two`);
    if (shapes.filter((shape) => isOnePixel(shape)).length !== 1 || outputShape.length !== 3) {
      throw new Inconvertible(
        `it multiplies [${shapes.join("] by [")}], ours an image by one factor a channel: [height, width, channels] by [1, 1, channels]`,
      );
    }
  } else throw new Inconvertible("there is no such layer here");
}

function isOnePixel(shape: Shape): boolean {
  return shape.length === 3 && shape[0] === 1 && shape[1] === 1;
}

/** The two branches of an addition. */
interface Addition {
  readonly residual: readonly Layer[];
  readonly shortcut: readonly Layer[];
}

type Part = Layer | Addition;

function isAddition(part: Part): part is Addition {
  return "residual" in part;
}

interface Reader {
  readonly piecesOf: (call: LayerCall) => readonly Piece[];
  /** Grows. */
  readonly faults: Map<LayerCall, string>;
}

/** The whole row as layers and additions. */
function partsOf(row: readonly RowElement[], reader: Reader): Part[] {
  const parts: Part[] = [];
  let calls: RowElement[] = [];
  const endRow = () => {
    parts.push(...layersOf(calls, reader));
    calls = [];
  };
  for (const element of row) {
    if (!("joined" in element) || element.joined.layer.getClassName() !== "Add") {
      calls.push(element);
      continue;
    }
    endRow();
    const [one = [], other = []] = element.branches.map((branch) => layersOf(branch, reader));
    const [residual, shortcut] = weightedLayers(one) < weightedLayers(other) ? [other, one] : [one, other];
    parts.push({ residual, shortcut });
  }
  endRow();
  return parts;
}

/** A row without additions as layers. */
function layersOf(row: readonly RowElement[], reader: Reader): Layer[] {
  const pieces: { readonly piece: Piece; readonly call: LayerCall }[] = row.flatMap((element) => {
    if (!("joined" in element)) return reader.piecesOf(element).map((piece) => ({ piece, call: element }));
    const { joined, branches } = element;
    if (joined.layer.getClassName() === "Add") {
      reader.faults.set(joined, "it adds inside a branch, ours adds where branches end");
      return [];
    }
    if (joined.layer.getClassName() === "Multiply") return gateOf(joined, branches, reader);
    const concatenation: Layer = {
      kind: "concatenation",
      branches: branches.map((branch) => layersOf(branch, reader)),
    };
    return [{ piece: concatenation, call: joined }];
  });
  return pieces.flatMap(({ piece, call }, i): Layer[] => {
    const before = pieces[i - 1]?.piece;
    if (piece.kind === "zero padding") {
      const refused = refusal(piece, pieces[i + 1]?.piece);
      if (refused !== null) reader.faults.set(call, refused);
      return [];
    }
    const padded = before?.kind === "zero padding" && (piece.kind === "convolution" || piece.kind.endsWith("pool"));
    return [padded ? ({ ...piece, padding: before.pixels ?? "same" } as Layer) : piece];
  });
}

/** The factors by which a call multiplies what they are made of; none, and a fault, where they are made of something else. */
function gateOf(joined: LayerCall, branches: readonly (readonly RowElement[])[], reader: Reader) {
  const at = joined.inputs.findIndex(({ outputShape }) => isOnePixel(outputShape));
  const [factors = [], image = []] = at === 0 ? branches : [...branches].reverse();
  const layers = layersOf(factors, reader);
  if (at !== -1 && image.length === 0 && layers[0]?.kind === "global average pool") {
    const gate: Layer = { kind: "channel gate", layers };
    return [{ piece: gate, call: joined }];
  }
  if (!reader.faults.has(joined)) {
    reader.faults.set(
      joined,
      "its factors are not made of the means of what it multiplies, as squeeze and excitation makes them",
    );
  }
  return [];
}

/** Why the next layer cannot take in the zeros, or null where it can. */
function refusal(padding: Extract<Piece, { kind: "zero padding" }>, next?: Piece): string | null {
  const { pixels, sides, overNonnegative } = padding;
  const isTaken = (next?.kind === "convolution" || next?.kind === "max pool") && next.padding === "valid";
  if (!isTaken) return "it is taken in by a convolution or a maximum without padding only, which must follow it";
  if (pixels === null && !isAsSame(padding, next)) {
    return (
      `it adds ${sides.flat().join(", ")} pixels above, below, left and right; ours are equal, or those that the next layer ` +
      "would add itself by padding of the kind same"
    );
  }
  if (next.kind === "convolution") return null;
  if (pixels !== null && pixels >= next.size) return `its padding of ${pixels} holds whole windows of ${next.size}`;
  if (overNonnegative) return null;
  return "what it pads for a maximum may be below 0, where ours leaves the padding out";
}

/** Whether zeros around an image are those of "same" padding: as many as windows need, the odd one behind. */
function isAsSame(
  { sides, over }: Extract<Piece, { kind: "zero padding" }>,
  next: Extract<Layer, { kind: "convolution" }> | Extract<Layer, { size: number }>,
): boolean {
  const { stride } = next;
  const windows = next.kind === "convolution" ? next.kernelSize : [next.size];
  return sides.every(([before, behind], along) => {
    const window = windows[along] ?? windows[0]!;
    const needed = Math.max(0, (Math.ceil(over[along]! / stride) - 1) * stride + window - over[along]!);
    return before === Math.floor(needed / 2) && before + behind === needed;
  });
}

type Parts = Pick<Architecture, "stem" | "blocks" | "head">;

const activationKinds: ReadonlySet<Layer["kind"]> = new Set([
  ...(["relu", "sigmoid", "tanh", "relu6", "leaky relu", "elu", "silu", "gelu", "tanh gelu", "hard swish"] as const),
]);
/** What may follow an addition and be no part of the next block. */
const joinKinds: ReadonlySet<Layer["kind"]> = new Set([
  ...activationKinds,
  "batch normalisation",
  "layer normalisation",
  "dropout",
  "scaling",
  "channel scaling",
]);

/** A model with additions: each is a block. */
function residualParts(parts: readonly Part[], inputShape: Shape): Parts {
  const additions = parts.flatMap((part, place) => (isAddition(part) ? [{ part, place }] : []));
  const between = (from: number, to: number) => parts.slice(from, to) as Layer[]; // no addition among them
  const stem = between(0, additions[0]!.place);
  let head: Layer[] = [];
  let ahead: readonly Layer[] = [];
  const blocks: Omit<Block, "name">[] = [];
  additions.forEach(({ part, place }, i) => {
    const next = additions[i + 1];
    const after = between(place + 1, next?.place ?? parts.length);
    const kinds = next === undefined ? activationKinds : joinKinds; // a normalisation at the end is the head's
    const others = after.findIndex(({ kind }) => !kinds.has(kind));
    const join = others === -1 ? after : after.slice(0, others);
    const rest = after.slice(join.length);
    blocks.push({ residual: [...ahead, ...part.residual], shortcut: [...ahead, ...part.shortcut], join });
    ahead = [];
    if (next === undefined) head = rest;
    else if (rest.every(hasNoParameters)) ahead = rest;
    else blocks.push({ residual: rest, shortcut: null, join: [] });
  });
  return { stem, blocks: named(blocks, branchShape(stem, inputShape)), head };
}

/** A model without additions: each convolution, concatenation and pooling up to the features begins a block. */
function plainParts(layers: readonly Layer[], inputShape: Shape): Parts {
  const flat = layers.findIndex(({ kind }) => ["global average pool", "flatten", "dense"].includes(kind));
  const spatial = flat === -1 ? layers : layers.slice(0, flat);
  const stem: Layer[] = [];
  const rows: Layer[][] = [];
  for (const layer of spatial) {
    const begins = ["convolution", "concatenation", "max pool", "average pool"].includes(layer.kind);
    if (begins) rows.push([layer]);
    else (rows.at(-1) ?? stem).push(layer);
  }
  const blocks = rows.map((residual) => ({ residual, shortcut: null, join: [] }));
  return { stem, blocks: named(blocks, branchShape(stem, inputShape)), head: layers.slice(spatial.length) };
}

/** Whether a layer may stand in two branches: it has nothing that they would have to share. */
function hasNoParameters(layer: Layer): boolean {
  return !("name" in layer) && layer.kind !== "concatenation" && layer.kind !== "channel gate";
}

/** Names by stages, which end where height and width change; a pooling by itself ends its stage. */
function named(blocks: readonly Omit<Block, "name">[], inputShape: Shape): Block[] {
  let stage = 1;
  let inStage = 0;
  let shape = inputShape;
  return blocks.map((block) => {
    const output = branchShape(block.join, branchShape(block.residual, shape));
    const resized = output[0] !== shape[0] || output[1] !== shape[1];
    const isPool = resized && block.shortcut === null && block.residual[0]!.kind.endsWith(" pool");
    shape = output;
    if (resized && !isPool && inStage > 0) {
      stage++;
      inStage = 0;
    }
    inStage++;
    const name = `stage${stage}/${isPool ? "pool" : `block${inStage}`}`;
    if (isPool) {
      stage++;
      inStage = 0;
    }
    return { name, ...block };
  });
}
