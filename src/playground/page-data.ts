/**
 * What a playground's page holds, as the program writes it and as the page reads it; and what the page's two scripts say to each
 * other.
 */
import type { ChannelStatistics, ImageSet } from "../data";
import {
  type Architecture,
  type ParameterSpecification,
  type ParameterValues,
  parameterSpecifications,
  type Route,
} from "../networks";
import { halfValue } from "../training";

/** A trained network on the page. */
export interface PageNetwork {
  readonly architecture: Architecture;
  /** See `packWeights`. */
  readonly weights: Uint8Array;
  /** Of the images that it was trained on. */
  readonly statistics: ChannelStatistics;
}

/** A curve that was measured or published. */
export interface Curve {
  readonly x: readonly number[];
  /** Test error, in %. */
  readonly y: readonly number[];
}

/** All that the page's scripts get. */
export interface PageData {
  readonly networks: readonly PageNetwork[];
  readonly images: ImageSet;
  /** Of the run, by the network's name: mean test error (%) by the share of blocks that are deleted, in [0, 1]. */
  readonly deletions: Readonly<Record<string, Curve>>;
  /** Of a run of block-reordering, where there is one: mean test error (%) by Kendall's tau. */
  readonly reorderings: Readonly<Record<string, Curve>>;
}

/** Layers and time that an equation's network is trained with. */
export const [flowLayers, flowTime] = [32, 2];

/** Points a side of the square [-1, 1]^2 whose classes are drawn. */
export const regionSide = 60;

/** What the tab of the differential equations asks. */
export type FlowQuestion =
  | {
      readonly kind: "learn";
      readonly problem: "spirals" | "ellipses" | "swiss roll";
      readonly weights: "free" | "piecewise linear";
    }
  /** @see FlowAnswer: by the last that was learned */
  | { readonly kind: "solve"; readonly layers: number; readonly stepFactor: number };

/** What it is answered. Errors are in %. */
export type FlowAnswer =
  | { readonly kind: "learning"; readonly done: number; readonly total: number }
  /** Test error by number of layers at the same time, and by factor of the step size at the same layers. */
  | { readonly kind: "learned"; readonly depths: Curve; readonly steps: Curve }
  | {
      readonly kind: "solved";
      readonly layers: number;
      readonly stepFactor: number;
      readonly error: number;
      /** Class of each place of the square, row by row from the top. */
      readonly region: readonly number[];
      /** Test points, [points, 2], their labels, and what they are taken for. */
      readonly inputs: readonly number[];
      readonly labels: readonly number[];
      readonly taken: readonly number[];
    };

/** What the page asks of the script that computes. */
export type Question =
  | FlowQuestion
  | { readonly kind: "begin"; readonly data: PageData; readonly backend: string | null }
  | { readonly kind: "classify"; readonly id: number; readonly network: number; readonly routes: readonly Route[] };

/** What it answers. */
export type Answer =
  | FlowAnswer
  | { readonly kind: "ready"; readonly backend: string }
  | {
      readonly kind: "batch";
      readonly id: number;
      /** Place of its first image. */
      readonly start: number;
      /** By route: the class that each image of the batch is taken for. */
      readonly taken: readonly Uint16Array[];
      /** Since the question was begun. */
      readonly milliseconds: number;
    }
  | { readonly kind: "failed"; readonly text: string };

/** Page data as JSON holds them: bytes in base64, two for a label. */
export type PageJson = Omit<PageData, "networks" | "images"> & {
  readonly networks: readonly (Omit<PageNetwork, "weights"> & { readonly weights: string })[];
  readonly images: Omit<ImageSet, "images" | "labels"> & { readonly images: string; readonly labels: string };
};

/** @param base64 of bytes */
export function toJson({ networks, images, ...others }: PageData, base64: (bytes: Uint8Array) => string): PageJson {
  const labels = base64(new Uint8Array(Uint16Array.from(images.labels).buffer));
  return {
    ...others,
    networks: networks.map((network) => ({ ...network, weights: base64(network.weights) })),
    images: { ...images, images: base64(images.images), labels },
  };
}

/** @param bytes of base64 */
export function fromJson({ networks, images, ...others }: PageJson, bytes: (base64: string) => Uint8Array): PageData {
  return {
    ...others,
    networks: networks.map((network) => ({ ...network, weights: bytes(network.weights) })),
    images: { ...images, images: bytes(images.images), labels: new Uint16Array(bytes(images.labels).slice().buffer) },
  };
}

/**
 * The values of a network's parameters, in the order of `parameterSpecifications`: first those of vectors (biases, and what
 * belongs to batch normalisation) in float32, then those of kernels in half floats, little-endian.
 *
 * @throws RangeError for a parameter that is missing, or a value past what a half float holds
 */
export function packWeights(architecture: Architecture, values: ReadonlyMap<string, ParameterValues>): Uint8Array {
  const { vectors, kernels, vectorValues, kernelValues } = layout(architecture);
  const packed = new ArrayBuffer(4 * vectorValues + 2 * kernelValues);
  const valuesOf = (names: readonly { readonly name: string }[]) =>
    names.flatMap(({ name }) => {
      const found = values.get(name);
      if (found === undefined) throw new RangeError(`${architecture.name} has no values for ${name}`);
      return [...found.data];
    });
  new Float32Array(packed, 0, vectorValues).set(valuesOf(vectors));
  new Uint16Array(packed, 4 * vectorValues).set(
    valuesOf(kernels).map((value) => {
      const half = halfFloat(value);
      if ((half & 0x7c00) !== 0x7c00) return half;
      throw new RangeError(`a kernel of ${architecture.name} holds ${value}, which no half float does`);
    }),
  );
  return new Uint8Array(packed);
}

/** Reads what `packWeights` wrote. @throws RangeError when the bytes are not as many as the network wants */
export function unpackWeights(architecture: Architecture, packed: Uint8Array): Map<string, ParameterValues> {
  const { vectors, kernels, vectorValues, kernelValues } = layout(architecture);
  const bytes = 4 * vectorValues + 2 * kernelValues;
  if (packed.length !== bytes) {
    throw new RangeError(`the weights of ${architecture.name} are ${bytes} bytes, got ${packed.length}`);
  }
  const { buffer } = packed.slice();
  const split = (specifications: readonly ParameterSpecification[], values: Float32Array) => {
    let from = 0;
    return specifications.map(({ name, shape }) => {
      const data = values.subarray(from, from + sizeOf({ shape }));
      from += data.length;
      return [name, { shape, data }] as const;
    });
  };
  return new Map([
    ...split(vectors, new Float32Array(buffer, 0, vectorValues)),
    ...split(kernels, Float32Array.from(new Uint16Array(buffer, 4 * vectorValues), halfValue)),
  ]);
}

function layout(architecture: Architecture) {
  const specifications = parameterSpecifications(architecture);
  const vectors = specifications.filter(({ shape }) => shape.length === 1);
  const kernels = specifications.filter(({ shape }) => shape.length > 1);
  const count = (list: typeof specifications) => list.reduce((total, one) => total + sizeOf(one), 0);
  return { vectors, kernels, vectorValues: count(vectors), kernelValues: count(kernels) };
}

function sizeOf({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((product, side) => product * side, 1);
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest half float (IEEE 754 binary16) as its 16 bits; of two, the even one. Infinity past 65,504. */
export function halfFloat(value: number): number {
  float[0] = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (Number.isNaN(value)) return sign | 0x7e00;
  // In units of the last place of a half float of that size, which are 2^-24 at the least.
  const exponent = Math.max((bits[0]! >>> 23) - 127, -14);
  const units = float[0] * 2 ** (10 - exponent);
  const below = Math.floor(units);
  const up = units - below > 0.5 || (units - below === 0.5 && below % 2 === 1);
  const whole = below + (up ? 1 : 0); // 2048 where it has grown into the next power of two: the sum below carries it
  const half = whole < 1024 ? whole : ((exponent + 15) << 10) + (whole - 1024);
  return sign | Math.min(half, 0x7c00);
}
