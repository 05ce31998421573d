/** An ONNX file as it is read: its bytes with those of the files beside it, and its graph as edges. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileKindText } from "../../base";
import { type AnalysedGraph, analyse, type GraphNode } from "./blocks";
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  onnxPackages,
  type TensorProto,
  type Whole,
} from "./packages";

/** A model with the images that it takes. */
export interface OnnxModel {
  /** The file's name without its ending. */
  readonly name: string;
  /** With all weights within. */
  readonly model: ModelProto & { readonly graph: GraphProto };
  readonly graph: AnalysedGraph;
  /** The file's own nodes. */
  readonly protos: ReadonlyMap<GraphNode, NodeProto>;
  readonly stored: ReadonlyMap<string, TensorProto>;
  /** Sides of its input: null where the file leaves one open. */
  readonly inputDims: readonly (number | null)[];
  /** SHA-256 over the file and those that it takes weights from. */
  readonly checksum: string;
}

/** Data types of ONNX, by onnxruntime's names for them. */
export const dataTypes: Readonly<Record<string, number>> = {
  ...{ float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9 },
  ...{ float16: 10, float64: 11, uint32: 12, uint64: 13 },
};

/** Sizes of shapes and indices of elements, no weights. */
const counting = new Set([dataTypes.int32, dataTypes.int64, dataTypes.bool, dataTypes.string]);

/**
 * Reads a file.
 *
 * @param output the tensor of the logits: the file's first output by default
 * @throws RangeError for a file that is none, that takes something else than images in float32, or weights from files that
 *   are not beside it
 */
export function readOnnxModel(file: string, output?: string): OnnxModel {
  const { proto } = onnxPackages();
  const bytes = readFileSync(file);
  const kind = fileKindText(bytes, path.basename(file));
  if (kind !== null) throw new RangeError(`it is no ONNX network; ${kind}`);
  const decoded = decode(bytes, proto.ModelProto);
  const hash = createHash("sha256").update(bytes);
  const model = withinOne(decoded, path.dirname(file), (part) => hash.update(part));
  const { graph } = model;
  const stored = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? "", tensor]));
  const { input, dims } = imagesOf(graph, stored);
  const outputs = (graph.output ?? []).map(({ name }) => name);
  const logits = output ?? outputs[0];
  if (logits === undefined || !outputs.includes(logits)) {
    throw new RangeError(`it has no output ${logits ?? "at all"}; there are ${outputs.join(", ") || "none"}`);
  }
  const sizes = new Map([...stored].map(([name, tensor]) => [name, elements(tensor)]));
  for (const { values } of graph.sparseInitializer ?? []) sizes.set(values?.name ?? "", 2);
  const protos = new Map<GraphNode, NodeProto>();
  for (const node of graph.node ?? []) {
    const { name = "", opType, input: inputs = [], output: made = [] } = node;
    const all = new Set([...inputs, ...captured(node)].filter((tensor) => tensor !== ""));
    protos.set({ name, operation: opType, inputs: [...all], outputs: made.filter((tensor) => tensor !== "") }, node);
    const value = node.attribute?.find((attribute) => attribute.name === "value")?.t;
    if (opType === "Constant" && value != null) sizes.set(made[0]!, elements(value));
  }
  const composed = (model.functions ?? []).filter(({ node = [] }) => node.some(({ opType }) => opType === "Add"));
  const analysed = analyse({
    ...{ nodes: [...protos.keys()], input, output: logits, stored: sizes },
    composed: new Set(composed.map(({ name }) => name)),
  });
  const name = path.basename(file).replace(/\.[^.]*$/, "");
  return { name, model, graph: analysed, protos, stored, inputDims: dims, checksum: hash.digest("hex") };
}

function decode(
  bytes: Uint8Array,
  { decode: read }: { decode(bytes: Uint8Array): ModelProto },
): ModelProto & { readonly graph: GraphProto } {
  try {
    const { graph, ...model } = read(bytes);
    if (graph?.node?.length) return { ...model, graph };
  } catch {} // what protobufjs says of bytes that are no message helps nobody
  throw new RangeError("it is no ONNX network, or cut short: it holds no graph");
}

/** A whole number as protobufjs gives it. */
export function whole(value: Whole): number {
  return typeof value === "number" ? value : value.toNumber();
}

/** Dimensions of a stored tensor. */
export function dimsOf({ dims = [] }: TensorProto): number[] {
  return dims.map(whole);
}

/** How many numbers a tensor of such sides holds. */
export function product(sides: readonly number[]): number {
  return sides.reduce((all, side) => all * side, 1);
}

function elements(tensor: TensorProto): number {
  return counting.has(tensor.dataType) ? 1 : product(dimsOf(tensor));
}

/** The only input that is not stored: images. */
function imagesOf(
  { input: inputs = [] }: GraphProto,
  stored: ReadonlyMap<string, TensorProto>,
): { input: string; dims: (number | null)[] } {
  const open = inputs.filter(({ name }) => !stored.has(name));
  const [images, ...others] = open;
  if (images === undefined) throw new RangeError("it takes no input");
  if (others.length > 0) {
    const caches = others.filter(({ name }) => /past|cache/i.test(name));
    const what = caches.length > 0 ? `; ${caches[0]!.name} is a cache, which images do not fill` : "";
    throw new RangeError(`it takes ${open.map(({ name }) => name).join(", ")}: need images alone${what}`);
  }
  const { elemType, shape } = images.type?.tensorType ?? {};
  if (elemType !== dataTypes.float32) {
    const type = Object.entries(dataTypes).find(([, number]) => number === elemType)?.[0] ?? "another type";
    throw new RangeError(`it takes ${images.name} in ${type}: need float32`);
  }
  // A dimension that is left open has a name, or nothing: protobufjs gives 0 for it.
  const dims = (shape?.dim ?? []).map(({ dimValue }) => (dimValue == null ? 0 : whole(dimValue)) || null);
  if (dims.length !== 4) {
    throw new RangeError(
      `it takes ${images.name} of ${dims.length} dimensions: need images, batch x channels x height x width`,
    );
  }
  return { input: images.name, dims };
}

/** What the inner graphs of a node (of an If, a Loop, a Scan) take from around it. */
function captured(node: NodeProto): string[] {
  const inner = (node.attribute ?? []).flatMap(({ g, graphs = [] }) => (g == null ? graphs : [g, ...graphs]));
  return inner.flatMap((graph) => {
    const own = new Set([
      ...(graph.input ?? []).map(({ name }) => name),
      ...(graph.initializer ?? []).map(({ name }) => name ?? ""),
      ...(graph.node ?? []).flatMap(({ output = [] }) => output),
    ]);
    const used = (graph.node ?? []).flatMap((each) => [...(each.input ?? []), ...captured(each)]);
    return [...used, ...(graph.output ?? []).map(({ name }) => name)].filter((name) => !own.has(name));
  });
}

/** The model with the weights of other files within. @param onBytes told of them */
function withinOne(
  model: ModelProto & { readonly graph: GraphProto },
  folder: string,
  onBytes: (bytes: Uint8Array) => void,
): ModelProto & { readonly graph: GraphProto } {
  const files = new Map<string, Uint8Array>();
  const within = (tensor: TensorProto): TensorProto => {
    if (tensor.dataLocation !== 1) return tensor;
    const entry = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
    const location = entry.get("location") ?? "";
    const file = path.join(folder, location);
    if (location === "" || path.isAbsolute(location) || path.relative(folder, file).startsWith("..")) {
      throw new RangeError(`its weights ${tensor.name} lie in "${location}": need a file beside it`);
    }
    let bytes = files.get(location);
    if (bytes === undefined) {
      try {
        bytes = readFileSync(file);
      } catch {
        throw new RangeError(`its weights lie in ${location}, which is not beside it: copy both`);
      }
      files.set(location, bytes);
      onBytes(bytes);
    }
    const from = Number(entry.get("offset") ?? 0);
    const to = entry.has("length") ? from + Number(entry.get("length")) : bytes.length;
    if (to > bytes.length)
      throw new RangeError(`its weights ${tensor.name} end behind the end of ${location}: is it cut short?`);
    const { name, dims, dataType } = tensor;
    return { ...{ name: name ?? "", dims: dims ?? [], dataType: dataType ?? 0 }, rawData: bytes.subarray(from, to) };
  };
  return { ...model, graph: { ...model.graph, initializer: (model.graph.initializer ?? []).map(within) } };
}
