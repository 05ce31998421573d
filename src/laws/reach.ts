/**
 * Which pixels an activation can depend on, computed from the layers alone.
 *
 * Source: the arithmetic of strides and receptive fields, Dumoulin & Visin 2016, arXiv:1603.07285.
 */
import { type Architecture, type Block, type Layer, outputSide } from "../networks";
import { Fault } from "./broken-law";

/** 0 is the height, 1 the width. */
export type Axis = 0 | 1;

/**
 * A feature map along one axis: the activation at place j depends on the pixels from `j stride - before` to `j stride + after`
 * at most, both included. Where these all lie in the image, no padding of any layer on the way plays a part.
 */
export interface Reach {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  /** Places of the map. */
  readonly side: number;
}

/**
 * Reach of the feature maps at the borders between blocks: the stem's output first, and each block's after it, as far as
 * there are feature maps.
 *
 * @throws Fault when branches of different stride are added or put side by side: no shift moves what they give together
 */
export function borderReaches({ inputShape, stem, blocks }: Architecture, axis: Axis): Reach[] {
  const pixels: Reach = { stride: 1, before: 0, after: 0, side: inputShape[axis] };
  const reaches: Reach[] = [];
  let reach = throughLayers(stem, pixels, axis, "the stem");
  for (let i = 0; reach !== null; i++) {
    reaches.push(reach);
    const block = blocks[i];
    if (block === undefined) break;
    reach = throughBlock(block, reach, axis);
  }
  return reaches;
}

function throughBlock({ name, residual, shortcut, join }: Block, reach: Reach, axis: Axis): Reach | null {
  const branches = [residual, ...(shortcut === null ? [] : [shortcut])];
  const sum = joined(
    branches.map((layers) => throughLayers(layers, reach, axis, name)),
    name,
  );
  return sum && throughLayers(join, sum, axis, name);
}

function throughLayers(layers: readonly Layer[], reach: Reach, axis: Axis, place: string): Reach | null {
  return layers.reduce<Reach | null>((before, layer) => before && throughLayer(layer, before, axis, place), reach);
}

/** Reach after a layer; null after one whose output has no places any more. */
function throughLayer(layer: Layer, reach: Reach, axis: Axis, place: string): Reach | null {
  switch (layer.kind) {
    case "convolution":
      return throughWindow(reach, layer.kernelSize[axis], layer);
    case "max pool":
    case "average pool":
      return throughWindow(reach, layer.size, layer);
    case "subsample and pad":
      return { ...reach, stride: reach.stride * layer.stride, side: Math.ceil(reach.side / layer.stride) };
    case "concatenation":
      return joined(
        layer.branches.map((branch) => throughLayers(branch, reach, axis, place)),
        place,
      );
    case "global average pool":
    case "flatten":
    case "dense":
      return null;
    default:
      return reach; // each place by itself
  }
}

function throughWindow(
  { stride, before, after, side }: Reach,
  size: number,
  { stride: step, padding }: { readonly stride: number; readonly padding: "same" | "valid" | number },
): Reach {
  const places = outputSide(side, size, step, padding);
  const first =
    padding === "same"
      ? Math.floor(Math.max(0, (places - 1) * step + size - side) / 2)
      : padding === "valid"
        ? 0
        : padding;
  return {
    stride: stride * step,
    before: before + first * stride,
    after: after + (size - 1 - first) * stride,
    side: places,
  };
}

function joined(branches: readonly (Reach | null)[], place: string): Reach | null {
  return branches.reduce((one, other) => {
    if (one === null || other === null) return null;
    if (one.stride !== other.stride) {
      throw new Fault(
        `${place} joins a branch of total stride ${one.stride} with one of ${other.stride}: no shift of the image moves both alike`,
      );
    }
    const { stride, side } = one;
    return { stride, side, before: Math.max(one.before, other.before), after: Math.max(one.after, other.after) };
  });
}
