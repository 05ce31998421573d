/** What the rows of `../batch-normalisation.ts` show: their selections, and the figures. */
import { normalisationSpeedsTraining } from "../../src/claims";
import { captioned, type Figure, intervalSeries } from "../../src/report";
import { ascending, mean, quantity } from "../../src/statistics";
import type { Parameters, Result } from "../batch-normalisation";

/** All of them, in the order of the report. */
export function batchNormalisationFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [stepsByRate(rows, params), momentsByLayer(rows, params)];
}

/** The rule of B2: largest ratio of steps, largest mean, largest distance of a variance from 1. */
export const [ratioBelow, meanWithin, varianceWithin] = [0.7, 0.01, 0.02];

export function trainings(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "training");
}

/** Steps to the loss; the longest training where it was not reached. */
export function stepsOf({ steps_to_loss }: Result, { mostSteps }: Parameters): number {
  return steps_to_loss ?? mostSteps;
}

/** The rate at which the network needs the fewest steps on average over the seeds; of equal ones the smallest. */
export function bestRate(rows: readonly Result[], normalised: boolean, params: Parameters): number {
  const own = trainings(rows).filter((row) => row.normalised === normalised);
  const rates = ascending(own.map(({ learning_rate }) => learning_rate));
  const steps = rates.map((rate) =>
    mean(own.filter(({ learning_rate }) => learning_rate === rate).map((row) => stepsOf(row, params))),
  );
  return rates[steps.indexOf(Math.min(...steps))]!;
}

function stepsByRate(rows: readonly Result[], params: Parameters): Figure {
  const { targetLoss, mostSteps } = params;
  return {
    id: "steps-by-rate",
    claims: [normalisationSpeedsTraining.id],
    title: "Steps to the same training loss, by learning rate",
    caption: captioned(
      `Mini-batches until the training loss is ${targetLoss} nats, by constant learning rate; at most ${mostSteps}`,
      "What counts is the lowest point of each.",
    ),
    xAxis: { label: "learning rate", scale: "log" },
    yAxis: { label: "mini-batches" },
    series: [true, false].map((normalised) =>
      intervalSeries({
        name: normalised ? "with batch normalisation" : "without",
        kind: "line",
        rows: trainings(rows).filter((row) => row.normalised === normalised),
        x: ({ learning_rate }) => learning_rate,
        y: (row) => stepsOf(row, params),
      }),
    ),
    references: [{ y: mostSteps, label: "not reached" }],
  };
}

function momentsByLayer(rows: readonly Result[], params: Parameters): Figure {
  const rate = bestRate(rows, true, params);
  const kinds = ["batch statistics", "running statistics"] as const;
  const measured = rows.filter(({ layer, learning_rate }) => layer !== null && learning_rate === rate);
  const drawn = kinds.flatMap((kind) =>
    (["largest_mean", "largest_variance_difference"] as const).map((key) =>
      intervalSeries({
        name: `${key === "largest_mean" ? "mean" : "variance less 1"}, by ${kind}`,
        kind: "points",
        rows: measured.filter(({ measurement }) => measurement === kind),
        x: placeOf,
        y: (row) => row[key]!,
      }),
    ),
  );
  return {
    id: "moments-by-layer",
    claims: [normalisationSpeedsTraining.id],
    title: "How far normalised activations are from mean 0 and variance 1",
    caption: captioned(
      "Largest absolute mean of a channel, and largest distance of its variance from 1, before scale and offset, of " +
        "a training batch by its own statistics and of test images by the running ones",
      `At learning rate ${quantity(rate)}, when the loss is reached.`,
    ),
    xAxis: {
      label: "batch normalisation",
      categories: [...new Set(measured.map(placeOf))],
    },
    yAxis: { label: "largest distance", scale: "log" },
    series: drawn,
    // One line for both: over so many powers of ten they lie upon each other.
    references: [{ y: meanWithin, label: `rule of B2: ${meanWithin} (mean), ${varianceWithin} (variance)` }],
  };
}

/** Where a normalisation stands: "stage1/block1". */
function placeOf({ layer }: Result): string {
  return layer!.replace(/\/normalisation$/, "");
}
