/** Pieces of a model as models of their own. */
import { type GraphNode, nodesBetween } from "./blocks";
import { dataTypes, type OnnxModel } from "./model";
import {
  type ModelProto,
  type NodeProto,
  type OrtTensor,
  onnxPackages,
  type TensorProto,
  type ValueInfoProto,
} from "./packages";

/** A tensor that a piece is given. */
export interface PartInput {
  readonly name: string;
  /** onnxruntime's name: "float32". */
  readonly type: string;
  readonly dims: readonly number[];
}

/** What a piece computes. */
export interface Part {
  readonly inputs: readonly PartInput[];
  readonly outputs: readonly string[];
  /** Nodes that stand in the place of the one that makes a tensor. */
  readonly instead?: { readonly tensor: string; readonly nodes: readonly NodeProto[] };
}

/** Tensors that depend on shapes alone, with the values that they have. */
export type ShapeValues = ReadonlyMap<string, OrtTensor>;

/** The tensors that depend on shapes alone and that computing needs. */
export function neededShapes({ graph: { nodes, kinds, output } }: OnnxModel): string[] {
  const isOfShapes = (tensor: string) => kinds.get(tensor) === "of shapes";
  const needing = nodes.filter(({ outputs }) => outputs.some((tensor) => kinds.get(tensor) === "computed"));
  return [...new Set(needing.flatMap(({ inputs }) => inputs.filter(isOfShapes)))].filter((tensor) => tensor !== output);
}

/** The bytes of a model that computes some more tensors besides its logits. */
export function withOutputs({ model, graph }: OnnxModel, tensors: readonly string[]): Uint8Array {
  const { ModelProto } = onnxPackages().proto;
  const kept = (model.graph.output ?? []).filter(({ name }) => name === graph.output);
  const others = [...new Set(tensors)].filter((name) => name !== graph.output && name !== graph.input);
  const output: ValueInfoProto[] = [...kept, ...others.map((name) => ({ name }))]; // onnxruntime infers their types
  return ModelProto.encode({ ...model, graph: { ...model.graph, output } }).finish();
}

/**
 * The bytes of a piece as a model.
 *
 * What it needs of shapes that were computed elsewhere is stored in it, so that a block finds it wherever it runs.
 */
export function partBytes(whole: OnnxModel, shapes: ShapeValues, { inputs, outputs, instead }: Part): Uint8Array {
  const { model, graph, protos, stored } = whole;
  const given = [...inputs.map(({ name }) => name), ...shapes.keys()];
  const replaced = instead === undefined ? undefined : graph.makers.get(instead.tensor)!;
  // What stands before the replaced node is wanted for the nodes in its place.
  const instant = instead?.nodes ?? [];
  const made = new Set(instant.flatMap(({ output = [] }) => output));
  const asked = instant.flatMap(({ input = [] }) => input.filter((tensor) => !made.has(tensor)));
  const stops = instead === undefined ? given : [...given, instead.tensor];
  const needed = new Set<GraphNode>([
    ...nodesBetween(graph, outputs, stops),
    ...(instead === undefined ? [] : nodesBetween(graph, asked, given)),
  ]);
  const node = graph.nodes.flatMap((each): readonly NodeProto[] =>
    each === replaced ? instant : needed.has(each) ? [protos.get(each)!] : [],
  );
  const used = new Set([...[...needed].flatMap((each) => each.inputs), ...asked, ...outputs]);
  const initializer = [
    ...[...stored].flatMap(([name, tensor]) => (used.has(name) ? [tensor] : [])),
    ...[...shapes].flatMap(([name, value]) => (used.has(name) ? [storedTensor(name, value)] : [])),
  ];
  const part: ModelProto = {
    ...model,
    graph: {
      name: "part",
      node,
      initializer,
      sparseInitializer: model.graph.sparseInitializer ?? [],
      input: inputs.map(valueInfo),
      output: outputs.map((name) => ({ name })),
    },
  };
  return onnxPackages().proto.ModelProto.encode(part).finish();
}

function valueInfo({ name, type, dims }: PartInput): ValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: dataTypes[type]!, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  };
}

function storedTensor(name: string, { type, dims, data }: OrtTensor): TensorProto {
  const { buffer, byteOffset, byteLength } = data as ArrayBufferView;
  return { name, dims, dataType: dataTypes[type]!, rawData: new Uint8Array(buffer, byteOffset, byteLength) };
}
