/**
 * A TensorFlow.js LayersModel as a graph of the calls of its layers, and that graph as rows of calls and branches.
 */
import type { tfjs } from "../../runtime";
import type { Shape } from "../engine/architecture";

/** A layer of a LayersModel. */
export type ModelLayer = tfjs.LayersModel["layers"][number];

/** One use of a layer by a model. */
export interface LayerCall {
  readonly layer: ModelLayer;
  /** The layer's name; where it stands in a model inside the model, that one's name before it: "features/convolution". */
  readonly name: string;
  /** Of one image. */
  readonly outputShape: Shape;
  /** The calls whose outputs it takes, in its order; none for the input. */
  readonly inputs: readonly LayerCall[];
  /** The calls that take its output, each once; grows while the graph is read. */
  readonly takers: LayerCall[];
}

/** A graph with one input and one output. */
interface CallGraph {
  readonly input: LayerCall;
  readonly output: LayerCall;
  /** All calls on the way from the input to the output, each after those that it takes. */
  readonly calls: readonly LayerCall[];
}

/**
 * What follows what: a call of one input, or branches from one place to the call that joins them.
 *
 * An empty branch is the place itself.
 */
export type RowElement =
  | LayerCall
  | { readonly joined: LayerCall; readonly branches: readonly (readonly RowElement[])[] };

/**
 * The graph of a model's calls; models inside the model are opened.
 *
 * @throws RangeError for a model without layers, or one that has several inputs or outputs
 */
export function readCallGraph(model: tfjs.LayersModel): CallGraph {
  // A sequential model has neither before it has a layer.
  const [inputs, outputs] = [model.inputs ?? [], model.outputs ?? []];
  if (inputs.length === 0 || outputs.length === 0) {
    throw new RangeError(`the model ${model.name} has no layers yet`);
  }
  if (inputs.length > 1 || outputs.length > 1) {
    throw new RangeError(
      `the model ${model.name} needs one input and one output, it has ${inputs.length} and ${outputs.length}`,
    );
  }
  const calls: LayerCall[] = [];
  const output = callOf(outputs[0]!, { path: "", given: new Map(), known: new Map(), calls });
  const input = calls.find((call) => call.inputs.length === 0)!;
  return { input, output, calls };
}

type Symbolic = tfjs.SymbolicTensor;

/** Where a symbolic tensor is looked up: in a model, or in one inside it. */
interface Scope {
  /** Names of the models around, each with a slash. */
  readonly path: string;
  /** What stands for the inputs of an inner model. */
  readonly given: ReadonlyMap<Symbolic, LayerCall>;
  readonly known: Map<string, LayerCall>;
  /** All of them; grows. */
  readonly calls: LayerCall[];
}

function callOf(tensor: Symbolic, scope: Scope): LayerCall {
  const outside = scope.given.get(tensor);
  if (outside !== undefined) return outside;
  const { sourceLayer: layer, nodeIndex } = tensor;
  const key = `${layer.name} ${nodeIndex}`;
  const known = scope.known.get(key);
  if (known !== undefined) return known;
  const { inboundLayers, inputTensors } = layer.inboundNodes[nodeIndex]!;
  // An input layer names its own tensor as what it takes.
  const inputs = inboundLayers.length === 0 ? [] : inputTensors.map((input) => callOf(input, scope));
  const call = isModel(layer) ? callOfModel(layer, inputs, scope) : newCall(tensor, inputs, scope);
  scope.known.set(key, call);
  return call;
}

function newCall({ sourceLayer: layer, shape }: Symbolic, inputs: readonly LayerCall[], scope: Scope): LayerCall {
  const outputShape = shape.slice(1).map((side) => side ?? Number.NaN);
  const call: LayerCall = { layer, name: `${scope.path}${layer.name}`, outputShape, inputs, takers: [] };
  for (const input of new Set(inputs)) input.takers.push(call);
  scope.calls.push(call);
  return call;
}

/** The call that gives the output of a model inside the model. */
function callOfModel(model: tfjs.LayersModel, inputs: readonly LayerCall[], scope: Scope): LayerCall {
  if (inputs.length > 1 || model.outputs.length > 1) {
    throw new RangeError(`the model ${scope.path}${model.name} inside the model needs one input and one output`);
  }
  return callOf(model.outputs[0]!, {
    path: `${scope.path}${model.name}/`,
    given: new Map(model.inputs.map((input, i) => [input, inputs[i]!])),
    known: new Map(),
    calls: scope.calls,
  });
}

function isModel(layer: ModelLayer | tfjs.LayersModel): layer is tfjs.LayersModel {
  return "outputs" in layer && Array.isArray(layer.outputs);
}

/**
 * A graph as a row from its input, exclusive, to its output, inclusive.
 *
 * A place whose output several calls take is followed to the first call that all ways from it lead through; the ways between
 * are branches, rows themselves.
 *
 * @param onFault told of a call whose branches cannot be told apart, as they share calls; it is then passed over
 */
export function rowOfGraph({ input, output, calls }: CallGraph, onFault: (call: LayerCall) => void): RowElement[] {
  const places = new Map(calls.map((call, place) => [call, place]));
  const row = (from: LayerCall, to: LayerCall): RowElement[] => {
    const between = callsBetween(from, to, places);
    const elements: RowElement[] = [];
    for (let at = from; at !== to; ) {
      const next = meeting(at, between, places);
      if (next.inputs.length === 1) elements.push(next);
      else elements.push({ joined: next, branches: branchesOf(at, next) });
      at = next;
    }
    return elements;
  };
  const branchesOf = (from: LayerCall, joined: LayerCall): RowElement[][] => {
    const ways = joined.inputs.map((end) => [...callsBetween(from, end, places)].filter((call) => call !== from));
    if (new Set(ways.flat()).size === ways.flat().length) return joined.inputs.map((end) => row(from, end));
    onFault(joined);
    return [];
  };
  return row(input, output);
}

/** The calls on ways from one to another, both included. */
function callsBetween(from: LayerCall, to: LayerCall, places: ReadonlyMap<LayerCall, number>): Set<LayerCall> {
  const leads = new Set<LayerCall>();
  const visit = (call: LayerCall) => {
    if (leads.has(call) || places.get(call)! < places.get(from)!) return;
    leads.add(call);
    if (call !== from) for (const input of call.inputs) visit(input);
  };
  visit(to);
  return leads;
}

/** The first call after a place that all ways from it lead through. */
function meeting(at: LayerCall, between: ReadonlySet<LayerCall>, places: ReadonlyMap<LayerCall, number>): LayerCall {
  const place = (call: LayerCall) => places.get(call)!;
  const after = [...between].filter((call) => place(call) >= place(at)).sort((one, other) => place(one) - place(other));
  let furthest = place(at);
  for (const call of after) {
    // Nothing before it leads past it: all ways meet here.
    if (call !== at && furthest <= place(call)) return call;
    for (const taker of call.takers) if (between.has(taker)) furthest = Math.max(furthest, place(taker));
  }
  throw new Error(`no way leads from ${at.name} to the end of its branch`);
}
