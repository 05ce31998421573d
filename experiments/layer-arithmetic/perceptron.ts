/** Pixels and the perceptron with ReLU that is applied to each of them; arrays in rows. */
export interface PixelPerceptron {
  /** `[pixels x channels]` */
  readonly values: Float32Array;
  /** `[channels x filters]` */
  readonly kernel: Float32Array;
  /** `[filters]` */
  readonly bias: Float32Array;
}

/**
 * Largest difference of a layer's output from max(0, Wx + b), computed for each pixel by itself in double precision, over
 * the largest such value; not divided where none is above zero.
 *
 * Source: Lin, Chen & Yan 2013, arXiv:1312.4400, sec. 3.1: a 1x1 convolution is a perceptron at each pixel.
 *
 * @param output `[pixels x filters]` in rows
 */
export function differenceFromPerceptron(output: Float32Array, { values, kernel, bias }: PixelPerceptron): number {
  const filters = bias.length;
  const channels = kernel.length / filters;
  let [difference, greatest] = [0, 0];
  output.forEach((found, place) => {
    const filter = place % filters;
    const pixel = Math.floor(place / filters);
    let sum = bias[filter]!;
    for (let c = 0; c < channels; c++) sum += values[pixel * channels + c]! * kernel[c * filters + filter]!;
    const activation = Math.max(0, sum);
    difference = Math.max(difference, Math.abs(found - activation));
    greatest = Math.max(greatest, activation);
  });
  return greatest === 0 ? difference : difference / greatest;
}
