/**
 * Finding the blocks of a network in its graph.
 *
 * Every way from the images to the logits goes through the tensors that dominate the logits (Lengauer & Tarjan 1979, TOPLAS 1(1)):
 * between two neighbours of this chain a graph must run as one, and at each of them it can be cut. A residual block is such
 * a piece that ends in an addition of two computed tensors: of its beginning itself, and of what a branch with parameters makes of
 * it. Where a projection stands in the place of the beginning, the shallower branch is the shortcut.
 */

import { plural } from "../../base";

/** A node of a graph, as far as its edges go. */
export interface GraphNode {
  /** Its name in the file; may be empty. */
  readonly name: string;
  /** "Conv", "Add". */
  readonly operation: string;
  /** Tensors, those that its inner graphs take from around them included. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A graph from images to logits. */
export interface DataGraph {
  /** Each after the nodes that it depends on. */
  readonly nodes: readonly GraphNode[];
  readonly input: string;
  readonly output: string;
  /** Elements of each tensor that is stored: its weights. */
  readonly stored: ReadonlyMap<string, number>;
  /** Operations that stand for graphs of their own, with additions inside. */
  readonly composed?: ReadonlySet<string>;
}

/** What a tensor is to the images. */
type TensorKind =
  /** Depends on no image, nor on how many there are. */
  | "constant"
  /** Depends on their number and size alone. */
  | "of shapes"
  /** Depends on their values. */
  | "computed";

/** A graph with what every tensor depends on. */
export interface AnalysedGraph extends DataGraph {
  readonly kinds: ReadonlyMap<string, TensorKind>;
  /** The node that makes a tensor. */
  readonly makers: ReadonlyMap<string, GraphNode>;
  /** The tensors that every way to the logits goes through: the images first, the logits last. */
  readonly chain: readonly string[];
}

/** One residual addition, or a run of nodes between two of them. */
export interface FoundBlock {
  readonly name: string;
  /** The tensor that it begins with. */
  readonly from: string;
  /** Where `join` begins: the sum. Of a block without an addition, its output. */
  readonly sum: string;
  /** The tensor that it ends with. */
  readonly to: string;
  /** The tensors that are added: null for a block without an addition. */
  readonly addends: { readonly residual: string; readonly shortcut: string } | null;
}

/** A graph as stem, blocks, head. */
export interface FoundBlocks {
  readonly blocks: readonly FoundBlock[];
  /** What is left whole where one might look for a block, and why: a sentence each. */
  readonly notes: readonly string[];
}

/** How blocks are told. */
export interface BlockOptions {
  /** Shape of a computed tensor, as text to compare: of the chain, and of what is added. */
  shapeOf(tensor: string): string;
  /** Names of the additions that end blocks, by their nodes or the tensors that they make; all that are found by default. */
  readonly additions?: readonly string[] | undefined;
}

/** Operations that multiply by weights; a branch is as deep as it has of them one after another. */
export const weightedOperations = new Set([
  ...["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum", "DeformConv", "LSTM", "GRU", "RNN"],
  ...["ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "MatMulNBits"],
  ...["FusedConv", "FusedMatMul", "FusedGemm", "NhwcConv", "Attention", "MultiHeadAttention", "GroupQueryAttention"],
]);

/** Operations of onnxruntime that hold a residual addition within. */
const fusedAdditions = new Set(["SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "SkipGroupNorm"]);

const activations = new Set([
  ...["Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Mish", "Sigmoid", "HardSigmoid", "HardSwish"],
  ...["Tanh", "Softplus", "Softsign", "ThresholdedRelu", "Clip", "Swish", "QuickGelu", "FastGelu", "BiasGelu"],
]);

/**
 * What every tensor depends on, and the chain at which the graph can be cut.
 *
 * @throws RangeError where the logits do not depend on the images, or the nodes are not in an order in which they can run
 */
export function analyse(graph: DataGraph): AnalysedGraph {
  const { input, output, stored, composed } = graph;
  const kinds = new Map<string, TensorKind>([...stored.keys()].map((name) => [name, "constant"]));
  kinds.set(input, "computed");
  const makers = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    const kind = kindOf(node, kinds);
    for (const name of node.outputs) {
      makers.set(name, node);
      kinds.set(name, kind);
    }
  }
  if (kinds.get(output) !== "computed") throw new RangeError(`${output} does not depend on ${input}`);
  const nodes = [...nodesBetween({ makers, kinds }, [output], [input])];
  const order = new Map(graph.nodes.map((node, place) => [node, place]));
  nodes.sort((one, other) => order.get(one)! - order.get(other)!);
  const chain = dominators(nodes, kinds, input, output);
  return { nodes, input, output, stored, kinds, makers, chain, ...(composed && { composed }) };
}

function kindOf({ name, operation, inputs }: GraphNode, kinds: ReadonlyMap<string, TensorKind>): TensorKind {
  const of = inputs.map((tensor) => {
    const kind = kinds.get(tensor);
    if (kind !== undefined) return kind;
    throw new RangeError(`the node ${name || operation} needs ${tensor}, which nothing before it makes`);
  });
  if (of.includes("computed")) return operation === "Shape" || operation === "Size" ? "of shapes" : "computed";
  return of.includes("of shapes") ? "of shapes" : "constant";
}

/** The nodes that tensors are computed by, back to others that are there already; what makes constants and shapes included. */
export function nodesBetween(
  { makers, kinds }: Pick<AnalysedGraph, "makers" | "kinds">,
  to: readonly string[],
  from: readonly string[],
  includes: (kind: TensorKind) => boolean = () => true,
): Set<GraphNode> {
  const found = new Set<GraphNode>();
  const seen = new Set(from);
  const open = to.filter((tensor) => !seen.has(tensor));
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (seen.has(tensor) || !includes(kinds.get(tensor)!)) continue;
    seen.add(tensor);
    const node = makers.get(tensor);
    if (node === undefined) continue; // stored
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

/** The tensors that dominate the output, by nearest common ancestors in the tree of dominators (Cooper et al. 2001, for DAGs). */
function dominators(
  nodes: readonly GraphNode[],
  kinds: ReadonlyMap<string, TensorKind>,
  input: string,
  output: string,
): string[] {
  const above = new Map<string, string>();
  const depth = new Map([[input, 0]]);
  const common = (one: string, other: string): string => {
    let [a, b] = [one, other];
    while (a !== b) {
      if (depth.get(a)! >= depth.get(b)!) a = above.get(a)!;
      else b = above.get(b)!;
    }
    return a;
  };
  for (const node of nodes) {
    const sources = node.inputs.filter((tensor) => kinds.get(tensor) === "computed");
    if (sources.length === 0) continue;
    const nearest = sources.reduce(common);
    for (const tensor of node.outputs) {
      if (kinds.get(tensor) !== "computed") continue;
      above.set(tensor, nearest);
      depth.set(tensor, depth.get(nearest)! + 1);
    }
  }
  const chain = [output];
  while (chain[0] !== input) chain.unshift(above.get(chain[0]!)!);
  return chain;
}

/**
 * Stem, blocks and head of a graph.
 *
 * Between two additions stands what belongs to the first of them, its `join`: activations and normalisations that keep the shape.
 * Whatever else stands there (what halves the image between two stages, for one) is a block without a shortcut.
 *
 * @throws RangeError where there is no residual addition, naming the additions and why they are none; or for a name in `additions`
 *   that is none of those found
 */
export function findBlocks(graph: AnalysedGraph, { shapeOf, additions }: BlockOptions): FoundBlocks {
  const { chain, makers } = graph;
  const found = chain.slice(1).flatMap((sum, place) => {
    const addends = addendsOf(graph, chain[place]!, sum, shapeOf);
    return addends === null ? [] : [{ from: chain[place]!, sum, addends }];
  });
  const chosen = additions === undefined ? found : chosenOf(found, additions, graph);
  const [first] = chosen;
  if (first === undefined) {
    const all = graph.nodes.filter(({ operation }) => isAddition(operation));
    const why = all.slice(0, 5).map((node) => `${titleOf(node)}: ${refusalOf(graph, node, shapeOf)}`);
    throw new RangeError(
      "it has no residual addition, so that there are no blocks to be deleted or moved" +
        (all.length === 0 ? "" : `; ${plural(all.length, "addition")} it has ${all.length === 1 ? "is" : "are"} none:\n  ${why.join("\n  ")}`) +
        fusedNotes(graph).map((note) => `\n  ${note}`).join(""), // biome-ignore format: one message
    );
  }
  const blocks: FoundBlock[] = [];
  chosen.forEach(({ from, sum, addends }, i) => {
    const name = blockName(graph, from, addends.residual, makers.get(sum)!);
    const next = chosen[i + 1];
    const run = chain.slice(chain.indexOf(sum), next === undefined ? undefined : chain.indexOf(next.from) + 1);
    const before = next === undefined ? blocks.findLast((block) => block.addends !== null) : undefined;
    const to = joinEnd(graph, run, { shapeOf, isLast: next === undefined, before });
    blocks.push({ name, from, sum, to, addends });
    const rest = run.at(-1)!;
    if (next === undefined || to === rest) return;
    const end = makers.get(rest)!;
    blocks.push({ name: blockName(graph, to, rest, end), from: to, sum: rest, to: rest, addends: null });
  });
  return { blocks: distinct(blocks), notes: [...nestedNotes(graph, chosen, shapeOf), ...fusedNotes(graph)] };
}

type FoundAddition = Pick<FoundBlock, "from" | "sum"> & { readonly addends: NonNullable<FoundBlock["addends"]> };

function isAddition(operation: string): boolean {
  return operation === "Add" || operation === "Sum";
}

/** The tensors of a residual addition; null where it is none. */
function addendsOf(
  graph: AnalysedGraph,
  from: string,
  sum: string,
  shapeOf: BlockOptions["shapeOf"],
): FoundBlock["addends"] {
  const node = graph.makers.get(sum)!;
  if (!isAddition(node.operation) || node.inputs.length !== 2) return null;
  const [one, other] = node.inputs as readonly [string, string];
  if (one === other || node.inputs.some((tensor) => graph.kinds.get(tensor) !== "computed")) return null;
  if (node.inputs.some((tensor) => shapeOf(tensor) !== shapeOf(sum))) return null; // one of them is repeated
  const depths = [one, other].map((tensor) => depthBetween(graph, from, tensor));
  const shortcut = one === from || (other !== from && depths[0]! < depths[1]!) ? one : other;
  const residual = shortcut === one ? other : one;
  if (shortcut === from) return parametersBetween(graph, from, residual) > 1 ? { residual, shortcut } : null;
  const [shallow, deep] = [Math.min(...depths), Math.max(...depths)];
  const parts = [residual, shortcut].map((tensor) => nodesBetween(graph, [tensor], [from], isComputed));
  const isDisjoint = [...parts[0]!].every((each) => !parts[1]!.has(each));
  return shallow <= 1 && deep > shallow && isDisjoint ? { residual, shortcut } : null;
}

/** Why an addition ends no block, as the end of a sentence. */
function refusalOf(graph: AnalysedGraph, node: GraphNode, shapeOf: BlockOptions["shapeOf"]): string {
  const { chain, kinds } = graph;
  if (node.inputs.some((tensor) => kinds.get(tensor) !== "computed")) return "it adds a constant";
  const [sum] = node.outputs as readonly [string];
  const place = chain.indexOf(sum);
  if (place < 0) return "there are ways around it, and none of its inputs leads to the other";
  const from = chain[place - 1]!;
  if (node.inputs.some((tensor) => chain.includes(sum) && shapeOf(tensor) !== shapeOf(sum)))
    return "one of its inputs is repeated to the other's shape";
  if (node.inputs.includes(from)) return "what it adds has no parameters, as within an activation";
  return "it joins two branches as deep, of which neither is a shortcut";
}

function isComputed(kind: TensorKind): boolean {
  return kind === "computed";
}

/** Weighted operations one after another, the most there are on a way. */
export function depthBetween(graph: AnalysedGraph, from: string, to: string): number {
  const depth = new Map([[from, 0]]);
  for (const node of inOrder(graph, nodesBetween(graph, [to], [from], isComputed))) {
    const before = Math.max(0, ...node.inputs.map((tensor) => depth.get(tensor) ?? 0));
    const own = weightedOperations.has(node.operation) ? 1 : 0;
    for (const tensor of node.outputs) depth.set(tensor, before + own);
  }
  return depth.get(to) ?? 0;
}

/** Elements of the stored tensors that are used on the way, single numbers left out. */
function parametersBetween(graph: AnalysedGraph, from: string, to: string): number {
  const used = new Set<string>();
  for (const node of nodesBetween(graph, [to], [from])) for (const tensor of node.inputs) used.add(tensor);
  return [...used].reduce((sum, tensor) => sum + Math.max(0, (graph.stored.get(tensor) ?? 0) - 1), 0);
}

function inOrder({ nodes }: AnalysedGraph, some: ReadonlySet<GraphNode>): GraphNode[] {
  return nodes.filter((node) => some.has(node));
}

/** Where the join of a block ends, on the chain from its sum on. */
function joinEnd(
  graph: AnalysedGraph,
  run: readonly string[],
  { shapeOf, isLast, before }: Pick<BlockOptions, "shapeOf"> & { isLast: boolean; before: FoundBlock | undefined },
): string {
  const [sum] = run as readonly [string];
  const end = run.at(-1)!;
  if (!isLast && shapeOf(end) === shapeOf(sum) && depthBetween(graph, sum, end) === 0) return end;
  if (before !== undefined) {
    // The last block of all ends as the one before it: in the same operations, or none.
    const wanted = operationsBetween(graph, before.sum, before.to);
    const same = run.find((to) => operationsBetween(graph, sum, to) === wanted);
    if (same !== undefined) return same;
  }
  let place = 0;
  while (place + 1 < run.length && isActivation(graph, run[place]!, run[place + 1]!)) place++;
  return run[place]!;
}

function isActivation({ makers, kinds }: AnalysedGraph, from: string, to: string): boolean {
  const node = makers.get(to)!;
  const sources = node.inputs.filter((tensor) => kinds.get(tensor) === "computed");
  return activations.has(node.operation) && sources.length === 1 && sources[0] === from;
}

function operationsBetween(graph: AnalysedGraph, from: string, to: string): string {
  const nodes = inOrder(graph, nodesBetween(graph, [to], [from], isComputed));
  return nodes.map(({ operation }) => operation).join(" ");
}

function chosenOf(
  found: readonly FoundAddition[],
  wanted: readonly string[],
  graph: AnalysedGraph,
): readonly FoundAddition[] {
  const isNamed = ({ sum }: FoundAddition, name: string) => sum === name || graph.makers.get(sum)!.name === name;
  const unknown = wanted.filter((name) => !found.some((each) => isNamed(each, name)));
  if (unknown.length > 0) {
    const known = found.map(({ sum }) => titleOf(graph.makers.get(sum)!));
    throw new RangeError(
      `no residual addition at which it can be cut is called ${unknown.join(", ")}; there are ${known.join(", ") || "none"}`,
    );
  }
  return found.filter((each) => wanted.some((name) => isNamed(each, name)));
}

/** Additions that look residual, but lie within a block. */
function nestedNotes(
  graph: AnalysedGraph,
  chosen: readonly FoundAddition[],
  shapeOf: BlockOptions["shapeOf"],
): string[] {
  const sums = new Set(chosen.map(({ sum }) => sum));
  const others = graph.nodes.filter(
    ({ operation, inputs, outputs: [sum] }) =>
      isAddition(operation) &&
      !sums.has(sum!) &&
      graph.chain.includes(sum!) &&
      inputs.every((tensor) => graph.kinds.get(tensor) === "computed"),
  );
  return others.map((node) => {
    const place = graph.chain.indexOf(node.outputs[0]!);
    const isResidual = addendsOf(graph, graph.chain[place - 1]!, node.outputs[0]!, shapeOf) !== null;
    const why = isResidual ? "it is not among those that were named" : refusalOf(graph, node, shapeOf);
    return `the addition ${titleOf(node)} is no block's: ${why}`;
  });
}

function fusedNotes({ nodes, composed }: AnalysedGraph): string[] {
  return nodes.flatMap((node) => {
    if (fusedAdditions.has(node.operation))
      return [`${titleOf(node)} is left whole: a residual addition is fused into this ${node.operation}`];
    if (composed?.has(node.operation))
      return [`${titleOf(node)} is left whole: ${node.operation} is a function of the file with additions within`];
    return [];
  });
}

/** A node as people find it in the file. */
function titleOf({ name, operation, outputs }: GraphNode): string {
  return name === "" ? `${operation} that makes ${outputs[0]}` : name;
}

/**
 * A block's name: the module that holds its last node, as PyTorch's exporter tells it ("/layer1/layer1.0/Add" is in layer1/layer1.0),
 * else what the names of its parameters have in common.
 */
function blockName(graph: AnalysedGraph, from: string, to: string, { name, outputs }: GraphNode): string {
  const [, place] = /^\/(.+)\/[^/]+$/.exec(name) ?? [];
  return place ?? commonModule(graph, from, to) ?? (name || outputs[0]!);
}

/**
 * "layer1.0.conv1.weight" and "layer1.0.conv2.weight" are in layer1.0. Exporters store equal tensors once, under the name of the first:
 * what other blocks use, too, tells nothing.
 */
function commonModule(graph: AnalysedGraph, from: string, to: string): string | null {
  const nodes = nodesBetween(graph, [to], [from]);
  const elsewhere = new Set(graph.nodes.flatMap((node) => (nodes.has(node) ? [] : node.inputs)));
  const names = [...nodes]
    .flatMap(({ inputs }) =>
      inputs.filter((tensor) => graph.stored.has(tensor) && tensor.includes(".") && !elsewhere.has(tensor)),
    )
    .map((tensor) => tensor.split(".").slice(0, -1));
  const [first, ...others] = names;
  if (first === undefined) return null;
  const length = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  const common = length < 0 ? first : first.slice(0, length);
  return common.length === 0 ? null : common.join(".");
}

/** Blocks of one module, or of no name, are told apart by the tensors that they end in. */
function distinct(blocks: readonly FoundBlock[]): FoundBlock[] {
  const count = (wanted: string) => blocks.filter(({ name }) => name === wanted).length;
  return blocks.map((block) => (count(block.name) > 1 ? { ...block, name: `${block.name}:${block.sum}` } : block));
}
