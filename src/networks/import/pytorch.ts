/**
 * PyTorch's weights as ours: other names, other layouts, the same network.
 */
import { plural } from "../../base";
import type { Architecture, Block, Layer, Shape } from "../engine/architecture";
import { faultLines, firstNames, type ParameterValues } from "../engine/network";
import { blockShapes, innerLayers, layerParameters, placedLayers, sameShape } from "../engine/shapes";

/**
 * How PyTorch's code names its modules, and so the tensors in a state dictionary (`layer1.0.conv1.weight`): "resnet" by their
 * part, as torchvision's ResNet and the usual codes for CIFAR do; "vgg" by numbers in two sequences, `features` and
 * `classifier`, as torchvision's VGG does; the others as torchvision's MobileNetV2, EfficientNet, RegNet and ConvNeXt do.
 */
export type PyTorchNaming = "resnet" | "vgg" | "mobilenet" | "efficientnet" | "regnet" | "convnext";

/** How the weights were named and laid out. */
export interface PyTorchOptions {
  readonly naming: PyTorchNaming;
  /**
   * Where a shortcut of option A puts the channels that its input lacks: all at the end, or half of them before and half
   * after, as the most used code for CIFAR-10 does. The file does not tell, so that a network with such shortcuts needs it.
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
 * features]` become `[features, units]`, and a 1x1 convolution may be a dense layer there or the other way round; the features of
 * a dense layer after flattening are in the order of channels, height, width there, of height, width, channels here. A dense layer
 * that is the only one may bear any name. Left out are counters that belong to no layer (`num_batches_tracked`, `n_averaged`),
 * what an optimiser keeps (`optimizer.`), words in names that name no layer (`module.` of DataParallel, `_orig_mod.` of
 * torch.compile, `model.`), and a prefix that all names share. The images must be prepared as for the PyTorch network.
 *
 * @throws RangeError saying what the file looks like, and how many tensors are missing, unknown, of another shape or not finite,
 *   with the first of them; and where `zeroChannels` is needed and not given
 */
export function weightsFromPyTorch(
  architecture: Architecture,
  state: ReadonlyMap<string, ParameterValues>,
  { naming, zeroChannels }: PyTorchOptions,
): Map<string, ParameterValues> {
  const modules = pyTorchModules(architecture, naming);
  if (zeroChannels === undefined && padsChannels(architecture)) throw zeroChannelsNeeded(architecture);
  const known = new Set([...modules.values()].flat());
  const tensors = layerTensors(state, known);
  const weights = new Map<string, ParameterValues>();
  const faults = { missing: [] as string[], misshapen: [] as string[], unknown: [] as string[] };
  const used = new Set<string>();
  const last = loneClassifier(architecture, tensors, known);
  let flattened: Shape = [];
  for (const { layer, inputShape } of placedLayers(architecture)) {
    if (layer.kind === "flatten") flattened = inputShape;
    for (const { name, shape } of layerParameters(layer, inputShape)) {
      const slash = name.lastIndexOf("/");
      const parameter = layer.kind === "channel scaling" ? "layer_scale" : parameterNames[name.slice(slash + 1)]!;
      const address = name.slice(0, slash);
      const its = [...modules.get(address)!, ...(address === last?.address ? [last.module] : [])];
      const names = its.map((module) => `${module}.${parameter}`);
      const theirs = names.find((candidate) => tensors.has(candidate)) ?? names[0]!;
      const needed = pyTorchShape(shape);
      const tensor = tensors.get(theirs);
      used.add(theirs);
      if (tensor === undefined) faults.missing.push(theirs);
      else if (!sameShape(withoutEndingOnes(tensor.shape), withoutEndingOnes(needed)))
        faults.misshapen.push(`${theirs} (need [${needed}], got [${tensor.shape}])`);
      else weights.set(name, { shape, data: inOurLayout({ shape: needed, data: tensor.data }, flattened) });
    }
    if (layer.kind === "dense") flattened = [];
  }
  faults.unknown.push(...[...tensors.keys()].filter((name) => !used.has(name)));
  const lines = faultLines(faults);
  const unusable = [...used].filter((name) => tensors.has(name) && !isUsable(name, tensors.get(name)!));
  if (unusable.length > 0) lines.push(`${unusable.length} not finite, or a variance below 0: ${firstNames(unusable)}`);
  if (lines.length > 0) {
    throw new RangeError(
      `PyTorch's weights do not fit ${architecture.name}: ${stateInWords(state, tensors)}\n  ${lines.join("\n  ")}`,
    );
  }
  return zeroChannels === "both sides" ? withZerosAtTheEnd(architecture, weights) : weights;
}

/** Whether a network can compute with a tensor's values. */
function isUsable(name: string, { data }: ParameterValues): boolean {
  const least = name.endsWith("running_var") ? 0 : Number.NEGATIVE_INFINITY;
  return data.every((value) => Number.isFinite(value) && value >= least);
}

/** Whether there are shortcuts of option A that add channels. */
function padsChannels(architecture: Architecture): boolean {
  return placedLayers(architecture).some(
    ({ layer, inputShape }) => layer.kind === "subsample and pad" && layer.channels > inputShape[2]!,
  );
}

function zeroChannelsNeeded({ name }: Architecture): RangeError {
  return new RangeError(
    `${name} has shortcuts of option A, and its weights do not tell where these add their zero channels: say \`zeroChannels: "both ` +
      'sides"` where the code pads half of them before and half after (`F.pad(..., (0, 0, 0, 0, planes // 4, planes // 4))`, as the ' +
      'most used code for CIFAR-10 does), `zeroChannels: "end"` where all come last',
  );
}

/** What a state dictionary seems to be of. */
function stateInWords(
  state: ReadonlyMap<string, ParameterValues>,
  tensors: ReadonlyMap<string, ParameterValues>,
): string {
  if (state.size === 0) return "the file holds no tensors of floating-point numbers";
  const what =
    kindInWords([...tensors.keys()]) ??
    kindInWords([...state.keys()]) ??
    `names such as ${firstNames([...state.keys()])}`;
  return `the file holds ${plural(tensors.size, "tensor")}, ${what}`;
}

function kindInWords(names: readonly string[]): string | null {
  const distinct = (pattern: RegExp) => new Set(names.flatMap((name) => pattern.exec(name)?.[0] ?? []));
  const blocks = distinct(/^layer\d+\.\d+/);
  if (blocks.size > 0) {
    const stages = distinct(/^layer\d+/).size;
    const convolutions = Math.max(1, distinct(/(?<=^layer1\.0\.conv)\d+/).size);
    const projected = distinct(/downsample|shortcut/).size > 0 ? ", shortcuts with projections" : "";
    const depth = blocks.size * convolutions + 2;
    return `a ResNet of ${depth} layers: ${stages} stages, ${blocks.size} blocks of ${convolutions} convolutions${projected}`;
  }
  const [, since2018] = torchvisionKinds.find(([pattern]) => names.some((name) => pattern.test(name))) ?? [];
  if (since2018 !== undefined) return since2018;
  const numbered = distinct(/^features\.\d+/).size;
  if (numbered > 0)
    return `a VGG: ${numbered} layers in \`features\`, ${distinct(/^classifier\b(\.\d+)?/).size} in \`classifier\``;
  if (names.some((name) => /^(stem|head|stage\d+)\//.test(name))) {
    return "a network of this project: `decodeSafetensors` and `networkWithWeights` read it";
  }
  if (names.some((name) => /\b(attn|attention|self_attn)\b/.test(name))) return "a transformer";
  return null;
}

/** What torchvision's names since 2018 tell of. */
const torchvisionKinds: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^features\.\d+\.conv\./, "a MobileNetV2"],
  [/^features\.\d+\.\d+\.layer_scale$/, "a ConvNeXt"],
  [/^features\.\d+\.\d+\.block\./, "an EfficientNet"],
  [/^trunk_output\./, "a RegNet"],
];

/** Words that wrappers put into names and that name no layer. */
const wrappers: ReadonlySet<string> = new Set([
  "_orig_mod",
  "_fsdp_wrapped_module",
  "module",
  "model",
  "net",
  "network",
]);

/**
 * The tensors of layers, by names without what wrappers add: words that name no layer, wherever they stand, and a prefix that
 * all names share. Left out are scalars, which no layer has, and what an optimiser keeps.
 *
 * @param modules names of the layers that are looked for
 * @throws RangeError where two tensors would bear one name, as in a file of a network and its average
 */
function layerTensors(
  state: ReadonlyMap<string, ParameterValues>,
  modules: ReadonlySet<string>,
): Map<string, ParameterValues> {
  const isNoLayers = (name: string, { shape }: ParameterValues) =>
    shape.length === 0 || /(?:^|\.)(?:num_batches_tracked|n_averaged)$|^optimi[sz]er\b/.test(name);
  const found = [...state].filter(([name, values]) => !isNoLayers(name, values));
  const words = found.map(([name]) => name.split(".").filter((word) => !wrappers.has(word)));
  while (words.length > 0 && words.every((parts) => parts.length > 2 && parts[0] === words[0]![0])) {
    if (words.some((parts) => modules.has(moduleOf(parts.join("."))))) break;
    for (const parts of words) parts.shift();
  }
  const tensors = new Map<string, ParameterValues>();
  const origins = new Map<string, string>();
  found.forEach(([name, values], i) => {
    const short = words[i]!.join(".");
    const other = origins.get(short);
    if (other !== undefined) throw twoNetworks(other, name);
    origins.set(short, name);
    tensors.set(short, values);
  });
  for (const [short, name] of origins) {
    const other = origins.get(short.slice(short.indexOf(".") + 1));
    if (other !== undefined && other !== name) throw twoNetworks(other, name);
  }
  return tensors;
}

function twoNetworks(one: string, other: string): RangeError {
  return new RangeError(`the file holds two networks, for ${one} and ${other} are one layer's: save one of them alone`);
}

/** The shape there of a parameter that has the given shape here. */
function pyTorchShape(shape: Shape): Shape {
  if (shape.length === 4) return [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
  return [...shape].reverse();
}

/** A dense layer's weights, or factors of channels, are as many numbers in the same order as those for images of one pixel. */
function withoutEndingOnes(shape: Shape): Shape {
  return shape.slice(0, shape.findLastIndex((side) => side !== 1) + 1);
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

/** The dense layer that is the only one of a network, and the file's only matrix of no known module: codes name it in many ways. */
function loneClassifier(
  architecture: Architecture,
  tensors: ReadonlyMap<string, ParameterValues>,
  known: ReadonlySet<string>,
): { readonly address: string; readonly module: string } | undefined {
  const dense = placedLayers(architecture).flatMap(({ layer }) => (layer.kind === "dense" ? [layer.name] : []));
  const matrices = [...tensors].filter(([, { shape }]) => shape.length === 2).map(([name]) => moduleOf(name));
  const others = matrices.filter((module) => !known.has(module));
  return dense.length === 1 && others.length === 1 ? { address: dense[0]!, module: others[0]! } : undefined;
}

/** "layer1.0.conv1" of "layer1.0.conv1.weight". */
const moduleOf = (tensor: string) => tensor.slice(0, Math.max(0, tensor.lastIndexOf(".")));

/**
 * Name of the PyTorch module of each layer with parameters, by the layer's own name. Where the codes differ there are
 * several: `fc` or `linear`.
 *
 * @throws RangeError listing the layers that the naming has no name for
 */
function pyTorchModules(architecture: Architecture, naming: PyTorchNaming): Map<string, readonly string[]> {
  const modules =
    naming === "resnet"
      ? resNetModules(architecture)
      : naming === "vgg"
        ? vggModules(architecture)
        : torchvisionModules(architecture, torchvisionNames[naming]);
  const nameless = [...modules].flatMap(([layer, names]) => (names === null ? [layer] : []));
  if (nameless.length > 0) {
    const layers = firstNames(nameless);
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

/** Where a block is. */
interface BlockPlace {
  /** Counts from 1. */
  readonly stage: number;
  /** In its stage, from 0. */
  readonly block: number;
  /** Among all blocks, from 1. */
  readonly index: number;
  /** Of an inverted residual: 1 where it begins by widening its input, else 0. */
  readonly widens: 0 | 1;
}

/** Names of a network's layers by our addresses, those of a block by what follows the block's own. */
interface TorchvisionNames {
  outside(blocks: number, stages: number): Readonly<Record<string, string>>;
  inBlock(place: BlockPlace): Readonly<Record<string, string>>;
}

/** The parts of a block stand in a row there and are numbered; of most `0` is the convolution and `1` its normalisation. */
const torchvisionNames: Readonly<Record<Exclude<PyTorchNaming, "resnet" | "vgg">, TorchvisionNames>> = {
  mobilenet: {
    outside: (blocks) => ({
      ...unitNames("stem", "features.0"),
      ...unitNames("head", `features.${blocks + 1}`),
      "head/classifier": "classifier.1",
    }),
    inBlock({ index, widens }) {
      const before = `features.${index}.conv`;
      return {
        ...unitNames("expansion", `${before}.0`),
        ...unitNames("depthwise", `${before}.${widens}`),
        "projection/convolution": `${before}.${widens + 1}`,
        "projection/normalisation": `${before}.${widens + 2}`,
      };
    },
  },
  efficientnet: {
    outside: (_, stages) => ({
      ...unitNames("stem", "features.0"),
      ...unitNames("head", `features.${stages + 1}`),
      "head/classifier": "classifier.1",
    }),
    inBlock({ stage, block, widens }) {
      const before = `features.${stage}.${block}.block`;
      return {
        ...unitNames("expansion", `${before}.0`),
        ...unitNames("depthwise", `${before}.${widens}`),
        ...gateNames(`${before}.${widens + 1}`),
        ...unitNames("projection", `${before}.${widens + 2}`),
      };
    },
  },
  regnet: {
    outside: () => ({ ...unitNames("stem", "stem"), "head/classifier": "fc" }),
    inBlock({ stage, block }) {
      const before = `trunk_output.block${stage}.block${stage}-${block}`;
      return {
        ...unitNames("1", `${before}.f.a`),
        ...unitNames("2", `${before}.f.b`),
        ...gateNames(`${before}.f.se`),
        ...unitNames("3", `${before}.f.c`),
        ...unitNames("projection", `${before}.proj`),
      };
    },
  },
  convnext: {
    outside: (_, stages) => ({
      ...unitNames("stem", "features.0"),
      ...Object.fromEntries(
        range(stages + 1).flatMap((stage) => [
          [`stage${stage}/downsampling/normalisation`, `features.${2 * stage - 2}.0`],
          [`stage${stage}/downsampling/convolution`, `features.${2 * stage - 2}.1`],
        ]),
      ),
      "head/normalisation": "classifier.0",
      "head/classifier": "classifier.2",
    }),
    inBlock({ stage, block }) {
      const before = `features.${2 * stage - 1}.${block}`;
      return {
        convolution1: `${before}.block.0`,
        normalisation: `${before}.block.2`,
        convolution2: `${before}.block.3`,
        convolution3: `${before}.block.5`,
        scaling: before, // its coefficients are the block's own there
      };
    },
  },
};

function unitNames(ours: string, theirs: string): Record<string, string> {
  return { [`${ours}/convolution`]: `${theirs}.0`, [`${ours}/normalisation`]: `${theirs}.1` };
}

function gateNames(theirs: string): Record<string, string> {
  return { "gate/squeeze": `${theirs}.fc1`, "gate/excitation": `${theirs}.fc2` };
}

function torchvisionModules(
  architecture: Architecture,
  { outside, inBlock }: TorchvisionNames,
): Map<string, readonly string[] | null> {
  const { blocks } = architecture;
  const stages = new Set(blocks.map(({ name }) => name.split("/")[0])).size;
  const names = new Map(Object.entries(outside(blocks.length, stages)));
  blocks.forEach(({ name, residual }, i) => {
    const [, stage, block] = /^stage(\d+)\/block(\d+)$/.exec(name) ?? [];
    if (stage === undefined) return;
    const widens = residual.some((layer) => addressOf(layer).includes(`${name}/expansion/convolution`)) ? 1 : 0;
    const place = { stage: Number(stage), block: Number(block) - 1, index: i + 1, widens } as const;
    for (const [own, theirs] of Object.entries(inBlock(place))) names.set(`${name}/${own}`, theirs);
  });
  return new Map(
    layersOf(architecture)
      .flatMap(addressOf)
      .map((name) => [name, names.has(name) ? [names.get(name)!] : null]),
  );
}

/** Every layer takes a number, with parameters or without: `features` up to where the image becomes flat, `classifier` after it. */
function vggModules(architecture: Architecture): Map<string, readonly string[] | null> {
  const layers = layersOf(architecture);
  const isRow = architecture.blocks.every(({ shortcut }) => shortcut === null);
  const flat = isRow ? layers.findIndex(({ kind }) => kind === "flatten" || kind === "global average pool") : -1;
  const modules = new Map<string, readonly string[] | null>();
  layers.forEach((layer, i) => {
    const numbered = i < flat ? `features.${i}` : `classifier.${i - flat - 1}`;
    for (const name of addressOf(layer)) modules.set(name, flat < 0 ? null : [numbered]);
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

/** The addresses of a layer's parameters, and of those inside it; dropout has an address and no parameters. */
function addressOf(layer: Layer): string[] {
  const inner = innerLayers(layer);
  if (inner.length > 0) return inner.flat().flatMap(addressOf);
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
