/**
 * Zeros around the image: `same` keeps ceil(input / stride) as TensorFlow does (the odd zero goes below and to the
 * right), `valid` adds none, a number adds as many on each of the four sides, as PyTorch does.
 */
export type Padding = "same" | "valid" | number;

export interface ConvolutionGeometry {
  readonly stride: number;
  readonly padding: Padding;
}

export interface PoolGeometry {
  readonly kind: "max pool" | "average pool";
  readonly size: number;
  readonly stride: number;
  /** What is added counts neither for the maximum nor for the mean; a number must be below `size`. */
  readonly padding: Padding;
}

/** y = x / (bias + alpha * sum of x^2 over the `radius` channels on either side and its own)^beta. */
export interface LocalResponseGeometry {
  readonly radius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}
