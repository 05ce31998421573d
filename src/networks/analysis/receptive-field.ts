/**
 * Which pixels of an image one activation depends on.
 */
import { randomStream } from "../../random";
import { type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type { Architecture, Layer } from "../engine/architecture";
import { backward } from "../engine/backward";
import { forward, newTape } from "../engine/forward";
import { createNetwork, disposeNetwork } from "../engine/network";
import { branchShape } from "../engine/shapes";
import { flatten } from "../families/layers";

/** The smallest rectangle that holds all pixels with a gradient, and how many there are. */
export interface ReceptiveField {
  readonly height: number;
  readonly width: number;
  /** Height times width, unless the field has holes. */
  readonly pixels: number;
}

/** On which image the field is found. */
export interface ReceptiveFieldOptions {
  /** Height and width of the image: more than the field, or the image's edge would cut it off. */
  readonly side: number;
  readonly channels: number;
  /** Seed of the weights and of the image. */
  readonly seed: number;
}

/**
 * Receptive field of the activations in the middle of some layers' output, found by experiment: the layers get normal
 * weights, and a pixel belongs to the field where the gradient of those activations, all channels together, is
 * not zero.
 *
 * A ReLU or a maximum may let no gradient through where it would another time; of linear layers the field is exact.
 *
 * @param layers from `[side, side, channels]` to activations with height and width
 * @throws RangeError when the field reaches the image's edge, so that it may be larger than what is seen of it
 */
export function receptiveField(
  layers: readonly Layer[],
  { side, channels, seed }: ReceptiveFieldOptions,
): ReceptiveField {
  const inputShape = [side, side, channels] as const;
  const [height, width, filters] = branchShape(layers, inputShape) as readonly [number, number, number];
  const architecture: Architecture = {
    name: "receptive field",
    inputShape,
    classes: height * width * filters, // every activation is a logit, so that the gradient can begin at some of them
    stem: layers,
    blocks: [],
    head: [flatten],
  };
  const network = createNetwork(architecture, seed);
  try {
    const gradient = tf.tidy(() => {
      const stream = randomStream(seed, "picture");
      const image = Float32Array.from({ length: side * side * channels }, () => stream.normal());
      const tape = newTape();
      forward(network, tf.tensor4d(image, [1, ...inputShape]), { mode: "inference", tape });
      const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * filters;
      const ofMiddle = new Float32Array(architecture.classes).fill(1, middle, middle + filters);
      const logitsGradient: Tensor2D = tf.tensor2d(ofMiddle, [1, architecture.classes]);
      const { input } = backward(network, tape, logitsGradient, { parameters: false });
      return (input as Tensor4D).dataSync<"float32">();
    });
    return support(gradient, side, channels);
  } finally {
    disposeNetwork(network);
  }
}

function support(gradient: Float32Array, side: number, channels: number): ReceptiveField {
  const rows = new Set<number>();
  const columns = new Set<number>();
  let pixels = 0;
  for (let pixel = 0; pixel < side * side; pixel++) {
    if (!gradient.subarray(pixel * channels, (pixel + 1) * channels).some((value) => value !== 0)) continue;
    rows.add(Math.floor(pixel / side));
    columns.add(pixel % side);
    pixels++;
  }
  const [height, width] = [extent(rows), extent(columns)];
  if ([...rows, ...columns].some((place) => place === 0 || place === side - 1)) {
    throw new RangeError(`the field of at least ${height} x ${width} pixels reaches the edge of an image of ${side}`);
  }
  return { height, width, pixels };
}

/** From the first place to the last, both included; 0 where there is none. */
function extent(places: ReadonlySet<number>): number {
  return places.size === 0 ? 0 : Math.max(...places) - Math.min(...places) + 1;
}
