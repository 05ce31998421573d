/**
 * What follows from an architecture without running it: shapes, parameters, multiply-accumulates.
 */
import type { Padding } from "../../ops";
import type { Architecture, Block, Layer, Shape } from "./architecture";

/** A named tensor of a network, before it has values. */
export interface ParameterSpecification {
  /** Address: `stage1/block1/convolution1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Changed by the optimiser; running means and variances are not. */
  readonly trainable: boolean;
  /** Normal deviates of this variance, or a constant. */
  readonly initial: { readonly variance: number } | { readonly constant: number };
}

/**
 * One layer of a network in its place. The layers of a concatenation come one branch after another, and then it itself; so do those of
 * a gate.
 */
export interface PlacedLayer {
  readonly layer: Layer;
  /** Name of its block or exit, or "stem" or "head". */
  readonly place: string;
  readonly branch: "residual" | "shortcut" | "join" | null;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/**
 * Side of a layer's output: (I - F + P) / S + 1, rounded down; P is the total padding of both sides.
 *
 * Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6. `same`: ceil(I / S).
 *
 * @param input side I of the input in pixels
 * @param size side F of the kernel or pooling window
 * @throws RangeError when the window does not fit into the padded input
 */
export function outputSide(input: number, size: number, stride: number, padding: Padding): number {
  if (padding === "same") return Math.ceil(input / stride);
  const total = padding === "valid" ? 0 : 2 * padding;
  if (size > input + total) {
    throw new RangeError(`a window of ${size} pixels does not fit into ${input} pixels with ${total} of padding`);
  }
  return Math.floor((input - size + total) / stride) + 1;
}

/**
 * Shape of a layer's output for one image.
 *
 * @throws RangeError when the layer cannot take that shape, naming the layer
 */
export function outputShape(layer: Layer, shape: Shape): Shape {
  switch (layer.kind) {
    case "convolution": {
      const [height, width, channels] = spatial(layer.name, shape);
      const { groups = 1 } = layer;
      if (channels % groups !== 0 || layer.filters % groups !== 0) {
        throw new RangeError(
          `${layer.name}: ${groups} groups need channels and filters that they divide, got ${channels} and ${layer.filters}`,
        );
      }
      const [kernelHeight, kernelWidth] = layer.kernelSize;
      return [
        outputSide(height, kernelHeight, layer.stride, layer.padding),
        outputSide(width, kernelWidth, layer.stride, layer.padding),
        layer.filters,
      ];
    }
    case "max pool":
    case "average pool": {
      const [height, width, channels] = spatial(layer.kind, shape);
      if (typeof layer.padding === "number" && layer.padding >= layer.size) {
        throw new RangeError(
          `a ${layer.kind} of ${layer.size} pixels would see padding only: got ${layer.padding} of it`,
        );
      }
      return [
        outputSide(height, layer.size, layer.stride, layer.padding),
        outputSide(width, layer.size, layer.stride, layer.padding),
        channels,
      ];
    }
    case "subsample and pad": {
      const [height, width, channels] = spatial(layer.kind, shape);
      if (channels > layer.channels) {
        throw new RangeError(`an option A shortcut cannot go from ${channels} down to ${layer.channels} channels`);
      }
      return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.channels];
    }
    case "global average pool":
      return [spatial(layer.kind, shape)[2]];
    case "flatten":
      return [shape.reduce((product, side) => product * side, 1)];
    case "concatenation": {
      const outputs = layer.branches.map((branch) => spatial(layer.kind, branchShape(branch, shape)));
      const [height, width] = outputs[0] ?? [0, 0];
      if (outputs.length === 0 || outputs.some((output) => output[0] !== height || output[1] !== width)) {
        throw new RangeError(`branches of different size cannot be concatenated: [${outputs.join("], [")}]`);
      }
      return [height, width, outputs.reduce((sum, output) => sum + output[2], 0)];
    }
    case "channel gate": {
      const factors = branchShape(layer.layers, shape);
      const channels = spatial(layer.kind, shape)[2];
      if (sameShape(factors, [channels])) return shape;
      throw new RangeError(
        `a channel gate needs a factor for each of ${channels} channels, its layers give [${factors}]`,
      );
    }
    case "channel selection": {
      const [height, width, channels] = spatial(layer.kind, shape);
      const missing = layer.channels.find(
        (channel) => !(Number.isInteger(channel) && channel >= 0 && channel < channels),
      );
      if (missing !== undefined) throw new RangeError(`there is no channel ${missing} among ${channels}`);
      return [height, width, layer.channels.length];
    }
    case "local response normalisation":
      return spatial(layer.kind, shape);
    case "graph part":
      return layer.outputShape;
    case "dense":
      if (shape.length !== 1) throw new RangeError(`${layer.name} needs flat features, got [${shape}]`);
      return [layer.units];
    case "relu":
    case "sigmoid":
    case "tanh":
    case "relu6":
    case "leaky relu":
    case "elu":
    case "silu":
    case "gelu":
    case "tanh gelu":
    case "hard sigmoid":
    case "hard swish":
    case "batch normalisation":
    case "layer normalisation":
    case "scaling":
    case "channel scaling":
    case "dropout":
      return shape;
  }
}

/** The rows of layers inside a layer, each over its input: a concatenation's branches, a gate's own layers. */
export function innerLayers(layer: Layer): readonly (readonly Layer[])[] {
  if (layer.kind === "concatenation") return layer.branches;
  return layer.kind === "channel gate" ? [layer.layers] : [];
}

/** Shape after all layers of a branch. */
export function branchShape(layers: readonly Layer[], shape: Shape): Shape {
  return layers.reduce((before, layer) => outputShape(layer, before), shape);
}

/**
 * Shape of a block's output.
 *
 * @throws RangeError when its two branches do not fit together, naming the block
 */
function blockOutputShape(block: Block, shape: Shape): Shape {
  const residual = branchShape(block.residual, shape);
  if (block.shortcut !== null) {
    const shortcut = branchShape(block.shortcut, shape);
    if (!sameShape(residual, shortcut)) {
      throw new RangeError(`${block.name}: the residual branch gives [${residual}], the shortcut [${shortcut}]`);
    }
  }
  return branchShape(block.join, residual);
}

/** Shapes at the boundaries between blocks: the input of block i at index i, the output of the last block at the end. */
export function blockShapes(architecture: Architecture): Shape[] {
  const shapes: Shape[] = [branchShape(architecture.stem, architecture.inputShape)];
  for (const block of architecture.blocks) shapes.push(blockOutputShape(block, shapes[shapes.length - 1]!));
  return shapes;
}

/** For each block, whether its output has its input's shape: whether it can be deleted from or moved in any network. */
export function keepsShape(architecture: Architecture): boolean[] {
  const shapes = blockShapes(architecture);
  return architecture.blocks.map((_, i) => sameShape(shapes[i]!, shapes[i + 1]!));
}

/**
 * All layers in the order in which they run, with their shapes.
 *
 * @throws RangeError when the layers do not fit together or the head does not end in `[classes]`
 */
export function placedLayers(architecture: Architecture): PlacedLayer[] {
  const placed: PlacedLayer[] = [];
  const walk = (layers: readonly Layer[], shape: Shape, place: string, branch: PlacedLayer["branch"]): Shape =>
    layers.reduce((inputShape, layer) => {
      const output = outputShape(layer, inputShape);
      for (const inner of innerLayers(layer)) walk(inner, inputShape, place, branch);
      placed.push({ layer, place, branch, inputShape, outputShape: output });
      return output;
    }, shape);

  const walkHead = (layers: readonly Layer[], shape: Shape, place: string) => {
    const logits = walk(layers, shape, place, null);
    if (sameShape(logits, [architecture.classes])) return;
    const which = place === "head" ? "the head" : place;
    throw new RangeError(`${which} gives [${logits}] where [${architecture.classes}] logits are needed`);
  };

  let shape = walk(architecture.stem, architecture.inputShape, "stem", null);
  architecture.blocks.forEach((block, index) => {
    blockOutputShape(block, shape); // says which block does not fit
    const sum = walk(block.residual, shape, block.name, "residual");
    if (block.shortcut !== null) walk(block.shortcut, shape, block.name, "shortcut");
    shape = walk(block.join, sum, block.name, "join");
    for (const exit of architecture.exits ?? []) if (exit.after === index) walkHead(exit.head, shape, exit.name);
  });
  walkHead(architecture.head, shape, "head");
  return placed;
}

/** Parameters of one layer for an input of the given shape. */
export function layerParameters(layer: Layer, inputShape: Shape): ParameterSpecification[] {
  switch (layer.kind) {
    case "convolution": {
      const channels = spatial(layer.name, inputShape)[2] / (layer.groups ?? 1);
      const fanIn = layer.kernelSize[0] * layer.kernelSize[1] * channels;
      return [
        weight(`${layer.name}/kernel`, [...layer.kernelSize, channels, layer.filters], layer.gain / fanIn),
        ...(layer.bias ? [constant(`${layer.name}/bias`, layer.filters, 0, true)] : []),
      ];
    }
    case "dense": {
      const features = inputShape[0]!;
      return [
        weight(`${layer.name}/kernel`, [features, layer.units], layer.gain / features),
        ...(layer.bias ? [constant(`${layer.name}/bias`, layer.units, 0, true)] : []),
      ];
    }
    case "batch normalisation": {
      const channels = inputShape[inputShape.length - 1]!;
      return [
        constant(`${layer.name}/scale`, channels, 1, true),
        constant(`${layer.name}/offset`, channels, 0, true),
        constant(`${layer.name}/mean`, channels, 0, false),
        constant(`${layer.name}/variance`, channels, 1, false),
      ];
    }
    case "layer normalisation": {
      const channels = inputShape[inputShape.length - 1]!;
      return [constant(`${layer.name}/scale`, channels, 1, true), constant(`${layer.name}/offset`, channels, 0, true)];
    }
    case "channel scaling": {
      const channels = inputShape[inputShape.length - 1]!;
      return [
        constant(`${layer.name}/scale`, channels, layer.initial ?? 1, true),
        ...(layer.offset === false ? [] : [constant(`${layer.name}/offset`, channels, 0, true)]),
      ];
    }
    default:
      return [];
  }
}

/**
 * Every parameter of an architecture, in the order of its layers.
 *
 * @throws RangeError when two layers share an address
 */
export function parameterSpecifications(architecture: Architecture): ParameterSpecification[] {
  const specifications = placedLayers(architecture).flatMap(({ layer, inputShape }) =>
    layerParameters(layer, inputShape),
  );
  const names = new Set<string>();
  for (const { name } of specifications) {
    if (names.has(name)) throw new RangeError(`two layers of ${architecture.name} share the name ${name}`);
    names.add(name);
  }
  return specifications;
}

/**
 * Trainable parameters and all parameters (running statistics included), as papers and frameworks count them. Parts of a graph do
 * not tell them apart.
 */
export function parameterCounts(architecture: Architecture): { trainable: number; total: number } {
  let trainable = 0;
  let total = 0;
  for (const { layer } of placedLayers(architecture)) {
    if (layer.kind !== "graph part") continue;
    total += layer.parameters;
    trainable += layer.parameters;
  }
  for (const specification of parameterSpecifications(architecture)) {
    const size = specification.shape.reduce((product, side) => product * side, 1);
    total += size;
    if (specification.trainable) trainable += size;
  }
  return { trainable, total };
}

/** Multiply-accumulates of one layer for one image: convolutions and dense layers only, without their bias. */
export function layerMultiplyAccumulates({ layer, inputShape, outputShape: output }: PlacedLayer): number {
  if (layer.kind === "convolution") {
    const [height, width, filters] = output as readonly [number, number, number];
    return (
      (height * width * filters * layer.kernelSize[0] * layer.kernelSize[1] * inputShape[2]!) / (layer.groups ?? 1)
    );
  }
  if (layer.kind === "graph part") return layer.multiplyAccumulates;
  return layer.kind === "dense" ? inputShape[0]! * layer.units : 0;
}

/** Multiply-accumulates of one image's forward pass. */
export function multiplyAccumulates(architecture: Architecture): number {
  return placedLayers(architecture).reduce((sum, placed) => sum + layerMultiplyAccumulates(placed), 0);
}

/** Whether two shapes are the same. */
export function sameShape(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((side, i) => side === other[i]);
}

function weight(name: string, shape: number[], variance: number): ParameterSpecification {
  return { name, shape, trainable: true, initial: { variance } };
}

function constant(name: string, size: number, value: number, trainable: boolean): ParameterSpecification {
  return { name, shape: [size], trainable, initial: { constant: value } };
}

function spatial(name: string, shape: Shape): readonly [height: number, width: number, channels: number] {
  if (shape.length !== 3) throw new RangeError(`${name} needs [height, width, channels], got [${shape}]`);
  return shape as readonly [number, number, number];
}
