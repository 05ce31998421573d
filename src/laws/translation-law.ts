import fc from "fast-check";
import {
  type Architecture,
  type Block,
  blockShapes,
  globalAveragePool,
  type Layer,
  normalImages,
  outputSide,
  runBlock,
  runStem,
} from "../networks";
import { randomStream } from "../random";
import { type Tensor4D, tf } from "../runtime";
import { Fault } from "./broken-law";
import { onNetwork, relativeDifference, weightSeeds, weightsText } from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import { listed, type Subject } from "./subject";

/**
 * Law "translation": an image that is moved by a multiple of a feature map's total stride moves that map by as many whole
 * places, wherever the receptive field lies inside the image, before and after. What comes in at the edge is new.
 *
 * Tried at inference, on every map at a boundary between blocks, with an image that is large enough to hold such places of
 * the deepest map; maps that would need more than 64 pixels a side, and more than the network's own images have, are left
 * out. Behind a layer without places (flatten, global pooling) the law says nothing.
 *
 * @throws BrokenLaw with the smallest network and shift found that break it
 */
export function mapsMoveWithImage(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

/** By how many places of the deepest map the image is moved. */
type Shift = readonly [down: number, right: number];

const law: Law<[seed: number, pixelSeed: number, shift: Shift]> = {
  name: "translation",
  statement:
    "an image moved by a multiple of a feature map's total stride moves that map by whole places, wherever the receptive field lies inside the image",
  arbitraries: [
    weightSeeds,
    fc.nat(),
    listed<Shift>([
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 0],
      [0, 2],
      [2, 1],
      [1, 2],
      [2, 2],
    ]),
  ],
  describe: ([seed, pixelSeed, [down, right]]) => [
    weightsText(seed),
    `an image of normal deviates by seed ${pixelSeed}, moved by ${down} places of the deepest map down and ${right} to the right`,
  ],
  test(architecture, [seed, pixelSeed, shift]) {
    const roomy = withRoom(architecture);
    if (roomy === null) return;
    const reaches = mapReaches(roomy);
    const deepest = reaches[roomy.blocks.length]!;
    const pixels = axes.map((axis) => shift[axis] * deepest[axis].stride);
    onNetwork(roomy, seed, (network) => {
      const image = normalImages([1, ...roomy.inputShape], randomStream(pixelSeed, "pictures"));
      const images = [image, moved(image, pixels, pixelSeed)] as const;
      let maps = images.map((x) => runStem(network, x, "inference"));
      reaches.forEach((reach, boundary) => {
        const block = boundary - 1;
        if (boundary > 0) maps = maps.map((x) => runBlock(network, { block, branch: "both" }, x, "inference"));
        const place = boundary === 0 ? "the stem" : roomy.blocks[block]!.name;
        checkMaps(maps[0]!, maps[1]!, { reach, pixels, sides: roomy.inputShape, place });
      });
    });
  },
};

const axes = [0, 1] as const;
const mostPlaces = 2;
const mostPixels = 64;

/** Sums are added up in another order at another place. */
const tolerance = 1e-4;

/** A map's reach along both axes. */
type MapReach = readonly [height: Reach, width: Reach];

function mapReaches(architecture: Architecture): MapReach[] {
  const heights = boundaryReaches(architecture, 0);
  const widths = boundaryReaches(architecture, 1);
  return heights.map((height, boundary) => [height, widths[boundary]!]);
}

/**
 * The network up to the deepest map of which an image can hold inner places, for such an image; null where there is none.
 * Where the network does not take that image, it is its own that has to do.
 */
function withRoom(architecture: Architecture): Architecture | null {
  const { inputShape } = architecture;
  const reaches = mapReaches(architecture);
  const roomFor = ({ stride, before, after }: Reach) => before + after + 1 + (mostPlaces + 1) * stride;
  const upTo = (fits: (reach: Reach, side: number) => boolean): number =>
    reaches.findLastIndex((reach) => axes.every((axis) => fits(reach[axis], inputShape[axis])));

  const deepest = upTo((reach, side) => roomFor(reach) <= Math.max(mostPixels, side));
  if (deepest >= 0) {
    const [height, width] = axes.map((axis) => {
      const reach = reaches[deepest]![axis];
      return reach.stride * Math.ceil(roomFor(reach) / reach.stride);
    }) as [number, number];
    const large = mapsAlone({ ...architecture, inputShape: [height, width, inputShape[2]] }, deepest);
    if (large !== null) return large;
  }
  const inOwn = upTo((reach, side) => innerPlaces(reach, side, mostPlaces).count > 0);
  return inOwn < 0 ? null : mapsAlone(architecture, inOwn);
}

/** The network's stem and first blocks, with a head that any map fits; null where they do not take the images. */
function mapsAlone(architecture: Architecture, blocks: number): Architecture | null {
  const maps = { ...architecture, blocks: architecture.blocks.slice(0, blocks), exits: [] };
  try {
    const channels = blockShapes(maps).at(-1)![2]!;
    return { ...maps, head: [globalAveragePool], classes: channels };
  } catch {
    return null;
  }
}

/** The places of a map whose receptive field lies inside the image, and does still when it is moved by some places. */
function innerPlaces({ stride, before, after }: Reach, side: number, moved: number): { first: number; count: number } {
  const first = Math.ceil(before / stride);
  const last = Math.floor((side - 1 - after) / stride) - moved;
  return { first, count: Math.max(0, last - first + 1) };
}

/** The image moved down and to the right; new deviates come in at its edge. */
function moved(image: Tensor4D, [down, right]: readonly number[], seed: number): Tensor4D {
  const [, height, width, channels] = image.shape;
  const values = image.dataSync<"float32">();
  const result = normalImages(image.shape, randomStream(seed, "pictures", "from outside"));
  const shifted = Float32Array.from(result.dataSync<"float32">());
  for (let row = down!; row < height; row++) {
    const from = (row - down!) * width * channels;
    const length = (width - right!) * channels;
    shifted.set(values.subarray(from, from + length), (row * width + right!) * channels);
  }
  return tf.tensor4d(shifted, image.shape);
}

interface Moved {
  readonly reach: MapReach;
  /** By how many the image was moved. */
  readonly pixels: readonly number[];
  readonly sides: readonly number[];
  readonly place: string;
}

function checkMaps(before: Tensor4D, after: Tensor4D, { reach, pixels, sides, place }: Moved): void {
  const shift = axes.map((axis) => pixels[axis]! / reach[axis].stride);
  const inner = axes.map((axis) => innerPlaces(reach[axis], sides[axis]!, shift[axis]!));
  const [rows, columns] = inner as [{ first: number; count: number }, { first: number; count: number }];
  if (rows.count === 0 || columns.count === 0) return;
  const size: [number, number, number, number] = [1, rows.count, columns.count, -1];
  const one = tf.slice4d(before, [0, rows.first, columns.first, 0], size);
  const other = tf.slice4d(after, [0, rows.first + shift[0]!, columns.first + shift[1]!, 0], size);
  const difference = relativeDifference(one, other);
  if (difference <= tolerance) return;
  throw new Fault(
    `out of ${place}: the image moves by ${pixels[0]} pixels down and ${pixels[1]} to the right, the map by ${shift[0]} and ${shift[1]} places, but its values differ by ${difference.toPrecision(2)} of the largest, allowed ${tolerance}`,
  );
}

/** 0 is the height, 1 the width. */
export type Axis = 0 | 1;

/**
 * Which pixels the activations of a feature map can depend on, along one axis: the activation at place j depends on the pixels from `j stride - before` to `j stride + after`
 * at most, both included. Where these all lie in the image, no padding of any layer on the way plays a part.
 *
 * Source: the arithmetic of strides and receptive fields, Dumoulin & Visin 2016, arXiv:1603.07285.
 */
export interface Reach {
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  /** Places of the map. */
  readonly side: number;
}

/**
 * Reach of the feature maps at the boundaries between blocks: the stem's output first, and each block's after it, as far as
 * there are feature maps.
 *
 * @throws Fault when branches of different stride are added or put side by side: no shift moves what they give together
 */
export function boundaryReaches({ inputShape, stem, blocks }: Architecture, axis: Axis): Reach[] {
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

/** Reach after a layer; null after one whose output has no places any more, or depends on all of the image at each. */
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
    case "channel gate": // each place depends on the whole image
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
