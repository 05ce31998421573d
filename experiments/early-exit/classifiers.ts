/** What `../early-exit.ts` measures of the classifiers of a trained network: their errors, and where images leave at them. */
import type { ImageSet } from "../../src/data";
import { column, type MeasuredRow, type RowOf, type Rows } from "../../src/experiment";
import type { Network } from "../../src/networks";
import { allLabels, type ClassifierOutputs, classifierError, earlyExit, exitCosts } from "../../src/routes";
import type { TrainingEntry } from "../../src/training";

/** Rise of the error on held-out images (points) up to which the threshold goes: half of what the rule of B3 allows. */
const chosenRise = 0.25;

export const columns = {
  network: column.text("architecture without its exits"),
  exits: column.flag("whether it was trained with a classifier after each stage"),
  measurement: column.oneOf("what is measured", ["training", "classifier", "threshold", "chosen threshold", "time"]),
  classifier: column.text("classifier: exit1, exit2, ..., head"),
  step: column.whole("training", "mini-batches"),
  threshold_nats: column.number("threshold of the entropy", "nats"),
  error_percent: column.number("top-1 error: of a training on its mini-batches, else on test images", "%"),
  rise_points: column.number("rise of the error over that of the last classifier on all images", "points"),
  cost: column.number("mean cost of an image over that of the network without exits"),
  leaving_percent: column.number("images that leave at the classifier", "%"),
  batch: column.whole("images at a time"),
  pass: column.whole("number of the timed pass"),
  full_seconds: column.number("time of an image through the full network", "s"),
  early_seconds: column.number("time of an image with early exits", "s"),
};

interface Cell {
  readonly seed: number;
  readonly network: string;
  readonly exits: boolean;
}

export type Row = RowOf<typeof columns, Cell>;
export type EarlyExitRows = Rows<Row>;
export type Measured = MeasuredRow<typeof columns, Cell>;

/** The errors of the last classifier on the way. */
export function trainingRows(history: readonly TrainingEntry[]): Measured[] {
  return history.map(({ step, accuracy }) => ({
    measurement: "training",
    classifier: "head",
    step,
    error_percent: 100 * (1 - accuracy),
  }));
}

/** Each classifier on its own, on all images. */
export function classifierRows(outputs: readonly ClassifierOutputs[], images: ImageSet): Measured[] {
  const labels = allLabels(images);
  const error = (own: ClassifierOutputs) => 100 * classifierError(own, labels);
  const full = error(outputs.at(-1)!);
  return outputs.map((own) => ({
    measurement: "classifier",
    classifier: own.classifier,
    error_percent: error(own),
    rise_points: error(own) - full,
  }));
}

/** For each threshold the network as a whole, then how many images leave at each classifier. */
export function sweepRows(
  { architecture }: Network,
  images: ImageSet,
  outputs: readonly ClassifierOutputs[],
  thresholds: readonly number[],
): Measured[] {
  const labels = allLabels(images);
  const costs = exitCosts(architecture);
  const full = classifierError(outputs.at(-1)!, labels);
  return thresholds.flatMap((threshold_nats): Measured[] => {
    const { topOneError, shares, cost } = earlyExit(outputs, costs, labels, threshold_nats);
    const at = { measurement: "threshold" as const, threshold_nats };
    return [
      { ...at, error_percent: 100 * topOneError, rise_points: 100 * (topOneError - full), cost },
      ...shares.map((share, i) => ({ ...at, classifier: outputs[i]!.classifier, leaving_percent: 100 * share })),
    ];
  });
}

/** The largest threshold up to which the error rises by no more than is to be chosen. */
export function thresholdWithin(sweep: readonly Measured[]): number {
  const wholes = sweep.filter(({ classifier }) => classifier === undefined);
  const ascending = [...wholes].sort((one, other) => one.threshold_nats! - other.threshold_nats!);
  const beyond = ascending.findIndex(({ rise_points }) => rise_points! > chosenRise);
  const within = beyond === -1 ? ascending : ascending.slice(0, Math.max(1, beyond));
  return within.at(-1)!.threshold_nats!;
}
