/**
 * A network in words, block by block: for whoever looks for what is wrong with it.
 */
import {
  type Architecture,
  type Block,
  type Convolution,
  type Layer,
  outputShape,
  type Route,
  type Shape,
  sameShape,
} from "../networks";

/**
 * An architecture as text, a block a paragraph: its branches layer by layer, and the shape that comes out of it. Blocks in a
 * row that differ by their names alone stand there once.
 *
 * An architecture whose layers do not fit together is shown, too; no shapes are known from where they do not.
 */
export function architectureText(architecture: Architecture): string {
  const { name, inputShape, classes, stem, blocks, head, exits = [] } = architecture;
  const first = layersPart("stem", stem, inputShape);
  const parts: Part[] = [first];
  let shape = first.output;
  blocks.forEach((block, i) => {
    const part = blockPart(block, shape);
    parts.push(part);
    shape = part.output;
    for (const exit of exits) if (exit.after === i) parts.push(layersPart(exit.name, exit.head, shape));
  });
  parts.push(layersPart("head", head, shape));
  return [`${name}: images of ${shapeText(inputShape)}, ${classes} classes`, ...partLines(grouped(parts))].join("\n");
}

/**
 * A route in words: "all blocks in order, but stage1/block2: skip".
 *
 * @param route one that fits the architecture
 */
export function routeText({ blocks }: Pick<Architecture, "blocks">, route: Route): string {
  const nameOf = (block: number) => blocks[block]?.name ?? `block ${block}`;
  const inOrder = route.length === blocks.length && route.every(({ block }, place) => block === place);
  const order = inOrder ? "all blocks in order" : `the blocks ${route.map(({ block }) => nameOf(block)).join(", ")}`;
  const changed = route.flatMap(({ block, branch, scale = 1 }) => {
    if (branch === "both" && scale === 1) return [];
    return [`${nameOf(block)}: ${branch}${scale === 1 ? "" : `, residual branch times ${scale}`}`];
  });
  return changed.length === 0 ? order : `${order}, but ${changed.join("; ")}`;
}

/** "8x8x3". */
export function shapeText(shape: Shape): string {
  return shape.join("x");
}

/** A paragraph: what stands in front, its lines, and the shape that comes out of it; null from where that is not known. */
interface Part {
  readonly name: string;
  readonly lines: readonly string[];
  readonly output: Shape | null;
}

function layersPart(name: string, layers: readonly Layer[], input: Shape | null): Part {
  const output = outputAfter(layers, input);
  return { name, lines: [layersText(layers) + arrow(input, output)], output };
}

function blockPart({ name, residual, shortcut, join }: Block, input: Shape | null): Part {
  if (shortcut === null && join.length === 0) return layersPart(name, residual, input);
  const sum = outputAfter(residual, input);
  const bypass = shortcut === null ? sum : outputAfter(shortcut, input);
  const fits = sum !== null && bypass !== null && sameShape(sum, bypass);
  const output = fits ? outputAfter(join, sum) : null;
  const branches: [kind: string, layers: readonly Layer[], shape: Shape | null][] = [["residual", residual, sum]];
  if (shortcut !== null) branches.push(["shortcut", shortcut, bypass]);
  const lines = branches.map(([kind, layers, shape]) => {
    return `${kind.padEnd(8)}  ${layersText(layers)}${fits ? "" : arrow(input, shape)}`;
  });
  if (join.length > 0) lines.push(`join      ${layersText(join)}`);
  return { name, lines: [...lines.slice(0, -1), `${lines.at(-1)}${fits ? arrow(input, output) : ""}`], output };
}

function outputAfter(layers: readonly Layer[], input: Shape | null): Shape | null {
  try {
    return input && layers.reduce<Shape>((shape, layer) => outputShape(layer, shape), input);
  } catch {
    return null;
  }
}

function arrow(input: Shape | null, output: Shape | null): string {
  if (input === null) return "";
  return ` -> ${output === null ? "does not fit" : shapeText(output)}`;
}

/** Parts in a row that have the same lines as one. */
function grouped(parts: readonly Part[]): Part[] {
  const groups: { first: Part; last: Part; count: number }[] = [];
  for (const part of parts) {
    const group = groups.at(-1);
    if (group !== undefined && group.first.lines.join("\n") === part.lines.join("\n")) {
      group.last = part;
      group.count++;
    } else groups.push({ first: part, last: part, count: 1 });
  }
  return groups.map(({ first, last, count }) => {
    if (count === 1) return first;
    const others = count === 2 ? last.name : `${count - 1} more up to ${last.name}`;
    return { ...first, lines: [...first.lines, `and alike: ${others}`] };
  });
}

function partLines(parts: readonly Part[]): string[] {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts.flatMap(({ name, lines }) =>
    lines.map((line, i) => `  ${(i === 0 ? name : "").padEnd(width)}  ${line}`.trimEnd()),
  );
}

function layersText(layers: readonly Layer[]): string {
  return layers.length === 0 ? "identity" : layers.map(layerText).join(" > ");
}

function layerText(layer: Layer): string {
  switch (layer.kind) {
    case "convolution": {
      const { kernelSize, filters, stride, padding, bias, gain } = layer;
      const unusual = [
        ...(stride === 1 ? [] : [`stride ${stride}`]),
        ...paddingText(padding),
        ...(bias ? ["bias"] : []),
        ...(layer.groups === undefined ? [] : [`${layer.groups} groups`]),
      ];
      return [`convolution ${kernelSize.join("x")} to ${filters}`, ...unusual, ...gainText(gain, 2)].join(", ");
    }
    case "dense":
      return [`dense to ${layer.units}`, ...(layer.bias ? [] : ["no bias"]), ...gainText(layer.gain, 1)].join(", ");
    case "max pool":
    case "average pool":
      return [`${layer.kind} ${layer.size}x${layer.size}, stride ${layer.stride}`, ...paddingText(layer.padding)].join(
        ", ",
      );
    case "subsample and pad":
      return `every ${layer.stride}. pixel, zeros up to ${layer.channels} channels`;
    case "concatenation":
      return `concatenation (${layer.branches.map(layersText).join(" | ")})`;
    case "channel gate":
      return `channel gate (${layersText(layer.layers)})`;
    case "leaky relu":
      return `${layer.kind}, slope ${layer.slope}`;
    case "elu":
      return `${layer.kind}, scale ${layer.scale}`;
    case "channel selection":
      return `channels ${layer.channels.join(", ")}`;
    case "scaling":
      return `times ${layer.factor}`;
    case "dropout":
      return `dropout ${layer.rate}${layer.wholeImages ? " of whole images" : ""}`;
    default:
      return layer.kind;
  }
}

function paddingText(padding: Convolution["padding"]): string[] {
  return padding === "valid" || padding === 0 ? ["no padding"] : [`padding ${padding}`];
}

/** Initial variance where it is not the one that the field takes for such a layer. */
function gainText(gain: number, usual: number): string[] {
  return gain === usual ? [] : [`gain ${gain}`];
}
