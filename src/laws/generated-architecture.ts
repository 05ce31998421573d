/** Small architectures with every kind of layer, nested at random: what an engine must run whatever a builder makes. */
import fc from "fast-check";
import {
  type Architecture,
  averagePool,
  type Block,
  batchNormalisation,
  blockShapes,
  channelRange,
  channelScaling,
  channelSelection,
  concatenation,
  convolution,
  dense,
  depthwiseConvolution,
  dropout,
  type Exit,
  elu,
  flatten,
  gelu,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  type Layer,
  layerNormalisation,
  layerScale,
  leakyRelu,
  localResponseNormalisation,
  maxPool,
  outputShape,
  relu,
  relu6,
  type Shape,
  scaling,
  sigmoid,
  silu,
  squeezeAndExcitation,
  stochasticDepth,
  tanh,
} from "../networks";

interface GeneratedOptions {
  /** Without kinks: no ReLU and no maximum, so that numeric differentiation is exact. */
  readonly smooth?: boolean;
}

/**
 * Architectures over images of 8x8x3 and three classes, with one to three blocks of any layers, shortcuts of every kind,
 * and exits; the smallest has one block with a convolution and an identity.
 */
export function generatedArchitectures({ smooth = false }: GeneratedOptions = {}): fc.Arbitrary<Architecture> {
  const single = fc.constantFrom(...every.filter((kind) => !smooth || !kinks.includes(kind)));
  const { sorts } = fc.letrec<{ sort: Sort; sorts: Sort[] }>((tie) => ({
    sort: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: single },
      { weight: 1, arbitrary: fc.array(tie("sorts"), { minLength: 1, maxLength: 3 }) },
    ),
    sorts: fc.array(tie("sort"), { maxLength: 3 }),
  }));
  const block: fc.Arbitrary<BlockSort> = fc.record({
    residual: sorts,
    shortcut: fc.constantFrom("identity", "projection", "subsampling", "none"),
    stride: fc.constantFrom(1, 2),
    join: sorts,
    exit: fc.option(sorts),
  });
  const blocks = fc.array(block, { minLength: 1, maxLength: 3 });
  return fc.record({ stem: sorts, blocks, head: sorts, flat: fc.boolean() }).map(architectureOf);
}

/** A layer before it has a name and knows its input's channels; a list is a concatenation of branches. */
type Sort = keyof typeof makers | readonly (readonly Sort[])[];

interface BlockSort {
  readonly residual: readonly Sort[];
  readonly shortcut: "identity" | "projection" | "subsampling" | "none";
  readonly stride: 1 | 2;
  readonly join: readonly Sort[];
  readonly exit: readonly Sort[] | null;
}

interface ArchitectureSort {
  readonly stem: readonly Sort[];
  readonly blocks: readonly BlockSort[];
  readonly head: readonly Sort[];
  readonly flat: boolean;
}

/** All keep height and width, so that any may follow any. */
const makers = {
  convolution: (name: string) => convolution(name, { filters: 3 }),
  "wide convolution": (name: string) => convolution(name, { filters: 4, size: [1, 3], bias: true }),
  "batch normalisation": (name: string) => batchNormalisation(name),
  relu: () => relu,
  sigmoid: () => sigmoid,
  tanh: () => tanh,
  "max pool": () => maxPool(3, 1, 1),
  "same max pool": () => maxPool(2, 1, "same"),
  "average pool": () => averagePool(3, 1, 1),
  "same average pool": () => averagePool(2, 1, "same"),
  scaling: () => scaling(0.7),
  "channel scaling": (name: string) => channelScaling(name),
  dropout: (name: string) => dropout(name, 0.3),
  "local response normalisation": () => ({ ...localResponseNormalisation, radius: 1, alpha: 0.3 }),
  "channel range": (_: string, channels: number) => channelRange(Math.floor(channels / 2), channels),
  "channel selection": (_: string, channels: number) => channelSelection([channels - 1, 0, 0]),
  "depthwise convolution": depthwiseConvolution,
  "grouped convolution": (name: string, channels: number) =>
    convolution(name, { filters: channels, groups: channels % 2 === 0 ? channels / 2 : 1 }),
  "multiplied channels": (name: string, channels: number) =>
    convolution(name, { filters: 2 * channels, groups: channels, size: [3, 1], bias: true }),
  "layer normalisation": (name: string) => layerNormalisation(name, 0.01),
  "layer scale": (name: string) => layerScale(name, 0.8),
  "squeeze and excitation": (name: string, channels: number) => squeezeAndExcitation(name, channels, 2, silu),
  "stochastic depth": (name: string) => stochasticDepth(name, 0.3),
  relu6: () => relu6,
  "leaky relu": () => leakyRelu(0.2),
  elu: () => elu(0.7),
  silu: () => silu,
  gelu: () => gelu,
  "tanh gelu": () => ({ kind: "tanh gelu" }),
  "hard sigmoid": () => hardSigmoid,
  "hard swish": () => hardSwish,
} satisfies Record<string, (name: string, channels: number) => Layer>;

const every = Object.keys(makers) as (keyof typeof makers)[];
const kinks: readonly string[] = "relu;max pool;same max pool;relu6;leaky relu;elu;hard sigmoid;hard swish".split(";");

function architectureOf({ stem, blocks, head, flat }: ArchitectureSort): Architecture {
  const inputShape = [8, 8, 3] as const;
  let shape: Shape = inputShape;
  const build = (sorts: readonly Sort[], place: string): Layer[] => {
    const built = layersOf(sorts, shape, place);
    shape = built.reduce((before, layer) => outputShape(layer, before), shape);
    return built;
  };
  const logits = (sorts: readonly Sort[], place: string): Layer[] => [
    ...layersOf(sorts, shape, place),
    flat ? flatten : globalAveragePool,
    dropout(`${place}/dropout`, 0.2),
    dense(`${place}/dense`, 3),
  ];

  const builtStem = build(stem, "stem");
  const exits: Exit[] = [];
  const builtBlocks = blocks.map((sort, i) => {
    const block = blockOf(sort, shape, `block${i}`);
    shape = outputOf(block, shape);
    const name = `exit${i}`;
    if (sort.exit !== null) exits.push({ name, after: i, head: logits(sort.exit, name), lossWeight: 0.3 });
    return block;
  });
  return {
    name: "generated",
    inputShape,
    classes: 3,
    stem: builtStem,
    blocks: builtBlocks,
    head: logits(head, "head"),
    exits,
  };
}

function blockOf({ residual, shortcut, stride, join }: BlockSort, shape: Shape, name: string): Block {
  const channels = shape[2]!;
  const own = layersOf(residual, shape, `${name}/residual`);
  const step = shortcut === "identity" || shape[0]! < 4 ? 1 : stride;
  const filters = shortcut === "identity" || shortcut === "none" ? channels : channels + 1;
  const fitting = convolution(`${name}/fitting`, { filters, size: 1, stride: step });
  const shortcuts = {
    identity: [],
    projection: [convolution(`${name}/projection`, { filters, size: 1, stride: step })],
    subsampling: [{ kind: "subsample and pad", stride: step, channels: filters } as const],
    none: null,
  };
  const block: Block = { name, residual: [...own, fitting], shortcut: shortcuts[shortcut], join: [] };
  return { ...block, join: layersOf(join, outputOf(block, shape), `${name}/join`) };
}

function outputOf(block: Block, shape: Shape): Shape {
  const inputShape = shape as Architecture["inputShape"];
  return blockShapes({ name: block.name, inputShape, classes: 1, stem: [], blocks: [block], head: [] })[1]!;
}

function layersOf(sorts: readonly Sort[], input: Shape, place: string): Layer[] {
  let shape = input;
  return sorts.map((sort, i) => {
    const name = `${place}/layer${i}`;
    const layer =
      typeof sort === "string"
        ? makers[sort](name, shape[2]!)
        : concatenation(...sort.map((branch, j) => layersOf(branch, shape, `${name}/branch${j}`)));
    shape = outputShape(layer, shape);
    return layer;
  });
}
