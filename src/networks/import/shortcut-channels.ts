/**
 * Two orders of the same channels: where an option A shortcut puts its zeros.
 */
import type { Architecture, Block, Layer } from "../engine/architecture";
import type { ParameterValues } from "../engine/network";
import { blockShapes } from "../engine/shapes";

/**
 * Weights of the same function for shortcuts that add all zero channels after the input's, from weights for shortcuts that
 * add half of them before and half after.
 *
 * A network does not care for the order of its channels as long as all layers agree: what reads from a stage or adds to it
 * takes its channels in the new order. Inside a block nothing changes.
 *
 * @param weights by our addresses, in our layouts
 */
export function withZerosAtTheEnd(
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
