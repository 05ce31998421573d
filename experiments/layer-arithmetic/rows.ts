/** The rows of layer arithmetic, and what is asked of them. */
import { column, type RowOf, type Rows } from "../../src/experiment";
import { DegenerateSample, median } from "../../src/statistics";
import { stackChannels, stackNamed } from "./layers";

/** Largest relative difference by the rule of A5. */
export const threshold = 1e-5;

export const columns = {
  measurement: column.oneOf("what is measured", [
    "output size",
    "weights",
    "time",
    "perceptron at each pixel",
    "receptive field",
  ]),
  layers: column.text("layers"),
  input_pixels: column.whole("height and width of the input, I", "pixels"),
  window_pixels: column.whole("height and width of the window, F", "pixels"),
  padding_pixels: column.whole("padding of both sides together, P", "pixels"),
  stride: column.whole("stride, S", "pixels"),
  formula_pixels: column.number("(I − F + P)/S + 1, not rounded", "pixels"),
  output_pixels: column.whole("side of the output", "pixels"),
  weights: column.whole("weights"),
  multiply_accumulates: column.whole("multiply-accumulates of one image"),
  pass: column.whole("number of the timed forward pass"),
  pass_seconds: column.number("time of the forward pass of a mini-batch", "s"),
  relative_difference: column.number("largest difference from the perceptrons, over their largest output"),
  field_height_pixels: column.whole("height of the receptive field", "pixels"),
  field_width_pixels: column.whole("width of the receptive field", "pixels"),
  field_pixels: column.whole("pixels of the receptive field that have a gradient"),
};
export type Row = RowOf<typeof columns, { readonly seed: number }>;

export const isExact = ({ formula_pixels }: Row) => Number.isInteger(formula_pixels);
export const stackOf = ({ layers }: Row) => stackNamed(layers!);
/** Weights over channels squared. */
export const perChannels = ({ weights }: Row) => weights! / stackChannels ** 2;
/** Weights or operations of each layer of the convolution or of the bottleneck, which are the same for every seed. */
export function countsOf(
  rows: Rows<Row>,
  layers: "3x3" | "bottleneck",
  of: "weights" | "multiply_accumulates",
): number[] {
  const [first] = rows.where({ measurement: "weights" }).bySeed();
  if (first === undefined) throw new DegenerateSample("no row holds the weights of the layers");
  return first.rows.where((row) => row.layers!.startsWith(layers)).numbers(of);
}

/** Time of the convolution over the bottleneck's, each the median of its passes, one number a seed. */
export function speedUps(rows: Rows<Row>): number[] {
  return rows
    .where({ measurement: "time" })
    .bySeed()
    .map(({ rows: own }) => {
      const seconds = (layers: string) => median(own.where({ layers }).numbers("pass_seconds"));
      return seconds("3x3") / seconds("bottleneck");
    });
}
