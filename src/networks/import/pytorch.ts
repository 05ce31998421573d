/**
 * PyTorch's weights as ours: other names, other layouts, the same network.
 */
import type { Architecture, Block, Layer, Shape } from "../engine/architecture";
import type { ParameterValues } from "../engine/network";
import { blockShapes, layerParameters, placedLayers, sameShape } from "../engine/shapes";

/**
 * How PyTorch's code names its modules, and so the tensors in a state dictionary (`layer1.0.conv1.weight`): "resnet" by their
 * part, as torchvision's ResNet and the usual codes for CIFAR do; "vgg" by numbers in two sequences, `features` and
 * `classifier`, as torchvision's VGG does.
 */
export type PyTorchNaming = "resnet" | "vgg";

/** How the weights were named and laid out. */
export interface PyTorchOptions {
  readonly naming: PyTorchNaming;
  /**
   * Where a shortcut of option A puts the channels that its input lacks: all at the end, as here, or half of them before
   * and half after, as a widely used code for CIFAR-10 does. "end" by default.
   */
  readonly zeroChannels?: "end" | "both sides";
}

/** Our parameters' last names, and PyTorch's. */
const parameterNames: Readonly<Record<string, string>> = {
  kernel: "weight",
  bias: "bias",
  scale: "weight",
  offset: "bias",
  mean: "running_mean",
  variance: "running_var",
};

/**
 * Weights for `networkWithWeights`, from the tensors of a PyTorch state dictionary.
 *
 * Kernels `[filters, channels in, height, width]` become `[height, width, channels in, filters]`, dense weights `[units,
 * features]` become `[features, units]`; the features of a dense layer after flattening are in the order of channels,
 * height, width there, of height, width, channels here. `num_batches_tracked` is left out, and so is a `module.` before all
 * names. The images must be prepared as for the PyTorch network.
 *
 * @throws RangeError listing all tensors that are missing, unknown or of another shape
 */
export function weightsFromPyTorch(
  architecture: Architecture,
  state: ReadonlyMap<string, ParameterValues>,
  { naming, zeroChannels = "end" }: PyTorchOptions,
): Map<string, ParameterValues> {
  const modules = pyTorchModules(architecture, naming);
  const tensors = withoutWrapper(state);
  const weights = new Map<string, ParameterValues>();
  const faults: string[] = [];
  const used = new Set<string>();
  let flattened: Shape = [];
  for (const { layer, inputShape } of placedLayers(architecture)) {
    if (layer.kind === "flatten") flattened = inputShape;
    for (const { name, shape } of layerParameters(layer, inputShape)) {
      const slash = name.lastIndexOf("/");
      const parameter = parameterNames[name.slice(slash + 1)]!;
      const names = modules.get(name.slice(0, slash))!.map((module) => `${module}.${parameter}`);
      const theirs = names.find((candidate) => tensors.has(candidate)) ?? names[0]!;
      const needed = pyTorchShape(shape);
      const tensor = tensors.get(theirs);
      used.add(theirs);
      if (tensor === undefined) faults.push(`${theirs}: missing`);
      else if (!sameShape(tensor.shape, needed)) faults.push(`${theirs}: need [${needed}], got [${tensor.shape}]`);
      else weights.set(name, { shape, data: inOurLayout(tensor, flattened) });
    }
    if (layer.kind === "dense") flattened = [];
  }
  for (const name of tensors.keys()) {
    if (!used.has(name) && !name.endsWith(".num_batches_tracked")) faults.push(`${name}: not in the network`);
  }
  if (faults.length > 0) {
    throw new RangeError(`PyTorch's weights do not fit ${architecture.name}:\n  ${faults.join("\n  ")}`);
  }
  return zeroChannels === "end" ? weights : withZerosAtTheEnd(architecture, weights);
}

/** A network saved from within `DataParallel` has `module.` before each of its names. */
function withoutWrapper(state: ReadonlyMap<string, ParameterValues>): ReadonlyMap<string, ParameterValues> {
  const prefix = "module.";
  if (![...state.keys()].every((name) => name.startsWith(prefix))) return state;
  return new Map([...state].map(([name, values]) => [name.slice(prefix.length), values]));
}

/** The shape there of a parameter that has the given shape here. */
function pyTorchShape(shape: Shape): Shape {
  if (shape.length === 4) return [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
  return [...shape].reverse();
}

/** @param flattened what a dense layer's features were before they were flattened; empty where they never were spatial */
function inOurLayout({ shape, data }: ParameterValues, flattened: Shape): Float32Array {
  if (shape.length === 1) return data;
  const [outputs, channels, pixels] =
    shape.length === 4
      ? [shape[0]!, shape[1]!, shape[2]! * shape[3]!]
      : [shape[0]!, flattened[2] ?? shape[1]!, (flattened[0] ?? 1) * (flattened[1] ?? 1)];
  return outputsLast(data, outputs, channels, pixels);
}

/** `[outputs, channels, pixels]` as `[pixels, channels, outputs]`. */
function outputsLast(data: Float32Array, outputs: number, channels: number, pixels: number): Float32Array {
  const turned = new Float32Array(data.length);
  let to = 0;
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      let from = channel * pixels + pixel;
      for (let output = 0; output < outputs; output += 1) {
        turned[to] = data[from]!;
        to += 1;
        from += channels * pixels;
      }
    }
  }
  return turned;
}

/**
 * Name of the PyTorch module of each layer with parameters, by the layer's own name. Where the codes differ there are
 * several: `fc` or `linear`.
 *
 * @throws RangeError listing the layers that the naming has no name for
 */
function pyTorchModules(architecture: Architecture, naming: PyTorchNaming): Map<string, readonly string[]> {
  const modules = naming === "resnet" ? resNetModules(architecture) : vggModules(architecture);
  const nameless = [...modules].flatMap(([layer, names]) => (names === null ? [layer] : []));
  if (nameless.length > 0) {
    const layers = nameless.join(", ");
    throw new RangeError(`PyTorch's ${naming} has no names for these layers of ${architecture.name}: ${layers}`);
  }
  return modules as Map<string, readonly string[]>;
}

/** Where our name differs in more than the place, a pattern of ours and what becomes of it. */
const resNetPatterns: readonly [pattern: RegExp, names: readonly string[]][] = [
  [/^stem\/convolution$/, ["conv1"]],
  [/^stem\/normalisation$/, ["bn1"]],
  [/^BLOCK\/convolution(\d)$/, ["conv$1"]],
  [/^BLOCK\/normalisation(\d)$/, ["bn$1"]],
  [/^BLOCK\/projection(?:\/convolution)?$/, ["downsample.0", "shortcut.0"]],
  [/^BLOCK\/projection[-/]normalisation$/, ["downsample.1", "shortcut.1"]],
  [/^head\/classifier$/, ["fc", "linear"]],
];

function resNetModules(architecture: Architecture): Map<string, readonly string[] | null> {
  const modules = new Map<string, readonly string[] | null>();
  for (const name of layersOf(architecture).flatMap(addressOf)) {
    const place = /^stage(\d+)\/block(\d+)/.exec(name);
    const before = place === null ? "" : `layer${place[1]}.${Number(place[2]) - 1}.`; // blocks count from 0 there
    const inBlock = place === null ? name : name.replace(place[0], "BLOCK");
    const found = resNetPatterns.find(([pattern]) => pattern.test(inBlock));
    modules.set(
      name,
      found === undefined ? null : found[1].map((module) => before + inBlock.replace(found[0], module)),
    );
  }
  return modules;
}

/** Every layer takes a number, with parameters or without: `features` up to the flattening, `classifier` after it. */
function vggModules(architecture: Architecture): Map<string, readonly string[] | null> {
  const layers = layersOf(architecture);
  const flattening = layers.findIndex(({ kind }) => kind === "flatten");
  const modules = new Map<string, readonly string[] | null>();
  layers.forEach((layer, i) => {
    const module = i < flattening ? `features.${i}` : `classifier.${i - flattening - 1}`;
    for (const name of addressOf(layer)) modules.set(name, flattening < 0 ? null : [module]);
  });
  return modules;
}

function layersOf({ stem, blocks, head }: Architecture): Layer[] {
  return [
    ...stem,
    ...blocks.flatMap((block) => [...block.residual, ...(block.shortcut ?? []), ...block.join]),
    ...head,
  ];
}

/** The addresses of a layer's parameters, a concatenation's from its branches; dropout has an address and no parameters. */
function addressOf(layer: Layer): string[] {
  if (layer.kind === "concatenation") return layer.branches.flat().flatMap(addressOf);
  return "name" in layer && layer.kind !== "dropout" ? [layer.name] : [];
}

/**
 * Weights of the same function for shortcuts that add all zero channels after the input's, from weights for shortcuts that
 * add half of them before and half after.
 *
 * A network does not care for the order of its channels as long as all layers agree: what reads from a stage or adds to it
 * takes its channels in the new order. Inside a block nothing changes.
 *
 * @param weights by our addresses, in our layouts
 */
function withZerosAtTheEnd(
  architecture: Architecture,
  weights: ReadonlyMap<string, ParameterValues>,
): Map<string, ParameterValues> {
  const reordered = new Map(weights);
  const reorder = (name: string, axis: number, order: readonly number[]) => {
    const values = reordered.get(name);
    if (values !== undefined) reordered.set(name, inOrder(values, axis, order));
  };
  let order = range(blockShapes(architecture)[0]![2]!); // at each of our channels, its index in the other order
  for (const block of architecture.blocks) {
    const parameters = block.residual.filter(hasParameters);
    reorder(`${firstConvolution(block).name}/kernel`, 2, order);
    order = afterShortcut(block, order);
    const last = parameters.findLastIndex(({ kind }) => kind === "convolution");
    for (const layer of parameters.slice(last)) {
      reorder(`${layer.name}/kernel`, 3, order);
      for (const name of ["bias", "scale", "offset", "mean", "variance"]) reorder(`${layer.name}/${name}`, 0, order);
    }
  }
  const classifier = architecture.head.find(({ kind }) => kind === "dense");
  if (classifier?.kind === "dense") reorder(`${classifier.name}/kernel`, 0, order);
  return reordered;
}

function afterShortcut(block: Block, order: readonly number[]): number[] {
  const padding = block.shortcut?.find((layer) => layer.kind === "subsample and pad");
  if (padding === undefined) return [...order];
  const before = (padding.channels - order.length) / 2;
  const zeros = range(padding.channels).filter((channel) => channel < before || channel >= before + order.length);
  return [...order.map((channel) => channel + before), ...zeros];
}

function firstConvolution({ name, residual }: Block) {
  const first = residual.find(hasParameters);
  if (first?.kind === "convolution") return first;
  throw new RangeError(`${name}: channels can be reordered only where a block begins with a convolution`);
}

type WithParameters = Extract<Layer, { readonly kind: "convolution" | "batch normalisation" }>;

function hasParameters(layer: Layer): layer is WithParameters {
  return layer.kind === "convolution" || layer.kind === "batch normalisation";
}

/** The values with the slice `order[i]` of an axis at place i. */
function inOrder({ shape, data }: ParameterValues, axis: number, order: readonly number[]): ParameterValues {
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const outer = data.length / (inner * order.length);
  const moved = new Float32Array(data.length);
  for (let block = 0; block < outer; block += 1) {
    order.forEach((from, to) => {
      const start = (block * order.length + from) * inner;
      moved.set(data.subarray(start, start + inner), (block * order.length + to) * inner);
    });
  }
  return { shape, data: moved };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
