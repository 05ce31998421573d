/** The rows of the published architectures, and which of them are asked for. */
import { column, type RowOf, type Rows } from "../../src/experiment";
import { publishedNetworks } from "../../src/networks";

export const columns = {
  network: column.text("network"),
  measurement: column.oneOf("what is measured", ["counts", "layer", "run"]),
  layer: column.text("layer"),
  layer_type: column.text("class of the layer in Keras"),
  output_shape: column.text("output of the layer for one image"),
  dropout_rate: column.number("share of the activations that a dropout drops"),
  trainable_parameters: column.whole("trainable parameters of the network"),
  parameters: column.whole("parameters of the network or layer, running statistics included"),
  multiply_accumulates: column.whole("multiply-accumulates of one image at inference"),
  reference: column.text("name of the network at the reference"),
  reference_trainable_parameters: column.whole("trainable parameters there"),
  reference_parameters: column.whole("parameters there, running statistics included"),
  reference_multiply_accumulates: column.whole("multiply-accumulates there"),
  difference: column.text("what is counted otherwise there"),
  unexplained_parameters: column.whole("difference that this does not explain, trainable and in all"),
  side_pixels: column.whole("height of the images that were run", "pixels"),
  finite: column.flag("whether all logits and gradients were finite"),
  leaked_tensors: column.whole("tensors left behind when all is disposed"),
  inference_seconds: column.number("median time of inference for one image, normalisation folded", "s"),
  gradient_seconds: column.number("median time of a forward and a backward pass for one image", "s"),
  weight_megabytes: column.number("parameters and running statistics", "MB"),
  inference_megabytes: column.number("most that tensors hold beyond the weights during inference", "MB"),
  gradient_megabytes: column.number("most that tensors hold beyond them during a forward and a backward pass", "MB"),
};
/** A network of the registry. */
export type Cell = { readonly seed: number; readonly network: string };
export type Row = RowOf<typeof columns, Cell>;

/** Networks of the years that the lecture covers, with LeNet-5 as a textbook of today has it. */
export const studied = publishedNetworks.filter(({ name, year }) => year < 2018 || name === "modern-lenet5");

/** Networks of the chart: their accuracy was published, and they are as they are at test time. */
export const charted = studied.filter(({ accuracy, build }) => accuracy && build().exits === undefined);

/** Runs of the chart's networks. */
export function chartedRuns(rows: Rows<Row>): Rows<Row> {
  return rows.where({ measurement: "run", network: charted.map(({ name }) => name) });
}
