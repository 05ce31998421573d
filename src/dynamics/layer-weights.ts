/**
 * Linear layers that keep the shape of their input, their transposes and their antisymmetric parts, in double precision.
 *
 * States are flat: `[units]`, or `[height, width, channels]`. Weights are `[units, units]`, of which row i gives output i,
 * or a kernel `[side, side, channels in, filters]`, applied with zeros around the image.
 */
import type { RandomStream } from "../random";
import type { Vector } from "./integrators";

/** The shape of such a layer. */
export type Layout =
  | { readonly kind: "dense"; readonly units: number }
  | {
      readonly kind: "convolution";
      readonly height: number;
      readonly width: number;
      readonly channels: number;
      /** Of the kernel; odd, so that the layer's transpose is a layer of the same kind. */
      readonly side: number;
    };

/** Numbers of a state. */
export function stateSize(layout: Layout): number {
  return layout.kind === "dense" ? layout.units : layout.height * layout.width * layout.channels;
}

/** Numbers of the weights. */
export function weightCount(layout: Layout): number {
  return layout.kind === "dense" ? layout.units ** 2 : layout.side ** 2 * layout.channels ** 2;
}

/** Weights sampled from the normal distribution, of variance gain over fan-in. */
export function sampleWeights(layout: Layout, gain: number, stream: RandomStream): Vector {
  const fanIn = layout.kind === "dense" ? layout.units : layout.side ** 2 * layout.channels;
  const deviation = Math.sqrt(gain / fanIn);
  return Float64Array.from({ length: weightCount(layout) }, () => deviation * stream.normal());
}

/** K x. */
export function applyWeights(weights: Vector, layout: Layout, x: Vector): Vector {
  return layout.kind === "dense" ? denseProduct(weights, x) : convolved(weights, layout, x);
}

/**
 * The weights of the transposed layer: <K x, y> = <x, K^T y> for all x and y.
 *
 * For a convolution that is the kernel turned by half a turn, with channels in and filters exchanged.
 *
 * @throws RangeError for a kernel of even side
 */
export function transposedWeights(weights: Vector, layout: Layout): Vector {
  if (layout.kind === "dense") {
    const { units } = layout;
    return weights.map((_, i) => weights[(i % units) * units + Math.floor(i / units)]!);
  }
  const { side, channels } = layout;
  requireOdd(side);
  const pixels = side * side;
  return weights.map((_, place) => {
    const filter = place % channels;
    const channel = Math.floor(place / channels) % channels;
    const pixel = Math.floor(place / (channels * channels));
    return weights[((pixels - 1 - pixel) * channels + filter) * channels + channel]!;
  });
}

/**
 * (K - K^T) / √2 - γ I: eigenvalues of real part -γ, all of them.
 *
 * Source: Haber & Ruthotto 2017, arXiv:1705.03341, sec. 4, where the first part is halved; over √2 it has the variance of
 * K, so that free and antisymmetric layers of equal size can be compared.
 *
 * @param damping γ
 */
export function antisymmetricWeights(weights: Vector, layout: Layout, damping: number): Vector {
  const transposed = transposedWeights(weights, layout);
  const antisymmetric = weights.map((value, i) => (value - transposed[i]!) / Math.SQRT2);
  const [first, count, stride] =
    layout.kind === "dense"
      ? [0, layout.units, layout.units + 1]
      : [((layout.side ** 2 - 1) / 2) * layout.channels ** 2, layout.channels, layout.channels + 1];
  for (let i = 0; i < count; i++) antisymmetric[first + i * stride]! -= damping;
  return antisymmetric;
}

function denseProduct(weights: Vector, x: Vector): Vector {
  const units = x.length;
  const product = new Float64Array(units);
  for (let row = 0; row < units; row++) {
    let sum = 0;
    for (let column = 0; column < units; column++) sum += weights[row * units + column]! * x[column]!;
    product[row] = sum;
  }
  return product;
}

function convolved(
  kernel: Vector,
  { height, width, channels, side }: Extract<Layout, { kind: "convolution" }>,
  x: Vector,
): Vector {
  requireOdd(side);
  const reach = (side - 1) / 2; // pixels of the kernel on each side of its centre
  const output = new Float64Array(x.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const target = (row * width + column) * channels;
      for (let up = Math.max(0, reach - row); up < Math.min(side, height + reach - row); up++) {
        for (let left = Math.max(0, reach - column); left < Math.min(side, width + reach - column); left++) {
          const source = ((row + up - reach) * width + column + left - reach) * channels;
          const pixel = (up * side + left) * channels * channels;
          for (let channel = 0; channel < channels; channel++) {
            const value = x[source + channel]!;
            const from = pixel + channel * channels;
            for (let filter = 0; filter < channels; filter++)
              output[target + filter]! += value * kernel[from + filter]!;
          }
        }
      }
    }
  }
  return output;
}

function requireOdd(side: number): void {
  if (side % 2 !== 1) throw new RangeError(`need a kernel of odd side, got ${side}`);
}
