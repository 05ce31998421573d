/**
 * What the inception networks are made of: convolutions with their activation, in branches that are named by their place.
 */
import type { Layer } from "../engine/architecture";
import { batchNormalisation, type ConvolutionOptions, convolution, relu } from "./layers";

/** One convolution with what follows it, at an address. */
export type UnitBuilder = (name: string, options: ConvolutionOptions) => Layer[];

/** Options that all published inception networks share. */
export interface InceptionOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/** Stride 2 without padding, which later inception networks halve the image by ("stride 2, V" in their figures). */
export const halving = { stride: 2, padding: "valid" } as const;

/** Convolution with bias, ReLU: the unit before batch normalisation (Szegedy et al. 2014). */
export const biasedUnit: UnitBuilder = (name, options) => [
  convolution(`${name}/convolution`, { ...options, bias: true }),
  relu,
];

/** Convolution, batch normalisation with epsilon 1e-3 as in the released codes, ReLU. */
export const normalisedUnit: UnitBuilder = (name, options) => [
  convolution(`${name}/convolution`, options),
  { ...batchNormalisation(`${name}/normalisation`), epsilon: 1e-3 },
  relu,
];

/** Normalised units one after another: `name/unit1`, `name/unit2`, ... */
export function unitChain(name: string, ...units: readonly ConvolutionOptions[]): Layer[] {
  return units.flatMap((options, i) => normalisedUnit(`${name}/unit${i + 1}`, options));
}
