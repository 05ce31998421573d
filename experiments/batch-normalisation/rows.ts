/** The rows of `../batch-normalisation.ts`, and at which rate each network is fastest. */
import { column, type RowOf, type Rows } from "../../src/experiment";
import { ascending, DegenerateSample, mean } from "../../src/statistics";

export const columns = {
  normalised: column.flag("whether the network has batch normalisation"),
  learning_rate: column.number("learning rate"),
  measurement: column.oneOf("what is measured", ["training", "batch statistics", "running statistics"]),
  steps_to_loss: column.whole("training until the loss was reached", "mini-batches"),
  steps: column.whole("training", "mini-batches"),
  final_loss_nats: column.number("training loss at the end", "nats"),
  layer: column.text("batch normalisation whose activations, before scale and offset, are measured"),
  largest_mean: column.number("largest absolute mean of a channel"),
  largest_variance_difference: column.number("largest distance of a channel's variance from 1"),
};
export type Row = RowOf<typeof columns, { seed: number; normalised: boolean; learning_rate: number }>;

/** Steps to the loss; the longest training where it was not reached. */
export function stepsAtMost(mostSteps: number) {
  return ({ steps_to_loss }: Row) => steps_to_loss ?? mostSteps;
}

/** Trainings at the rate at which a network takes the fewest steps on average over the seeds; of equal ones the smallest. */
export function atBestRate(rows: Rows<Row>, normalised: boolean, mostSteps: number) {
  const own = rows.where({ measurement: "training", normalised });
  if (own.length === 0)
    throw new DegenerateSample(`no network was trained ${normalised ? "with" : "without"} normalisation`);
  const byRate = ascending(own.distinct("learning_rate")).map((rate) => {
    const trainings = own.where({ learning_rate: rate });
    return { rate, trainings, steps: mean(trainings.map(stepsAtMost(mostSteps))) };
  });
  return byRate.reduce((best, other) => (other.steps < best.steps ? other : best));
}
