/** What `../early-exit.ts` measures of the classifiers of a trained network: their errors, and where images leave at them. */
import type { ImageSet } from "../../src/data";
import type { Network } from "../../src/networks";
import { allLabels, type ClassifierOutputs, classifierError, earlyExit, exitCosts } from "../../src/routes";
import type { TrainingEntry } from "../../src/training";
import type { Measured } from "../early-exit";

/** Rise of the error on held-out images (points) up to which the threshold goes: half of what the rule of B3 allows. */
const chosenRise = 0.25;

/** A row of nothing but its measurement. */
export const nothingMeasured = {
  classifier: null,
  step: null,
  threshold_nats: null,
  error_percent: null,
  rise_points: null,
  cost: null,
  leaving_percent: null,
  batch: null,
  pass: null,
  full_seconds: null,
  early_seconds: null,
};

/** The errors of the last classifier on the way. */
export function trainingRows(history: readonly TrainingEntry[]): Measured[] {
  return history.map(({ step, accuracy }) => ({
    ...nothingMeasured,
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
    ...nothingMeasured,
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
    const at = { ...nothingMeasured, measurement: "threshold" as const, threshold_nats };
    return [
      { ...at, error_percent: 100 * topOneError, rise_points: 100 * (topOneError - full), cost },
      ...shares.map((share, i) => ({ ...at, classifier: outputs[i]!.classifier, leaving_percent: 100 * share })),
    ];
  });
}

/** The largest threshold up to which the error rises by no more than is to be chosen. */
export function thresholdWithin(sweep: readonly Measured[]): number {
  const wholes = sweep.filter(({ classifier }) => classifier === null);
  const ascending = [...wholes].sort((one, other) => one.threshold_nats! - other.threshold_nats!);
  const beyond = ascending.findIndex(({ rise_points }) => rise_points! > chosenRise);
  const within = beyond === -1 ? ascending : ascending.slice(0, Math.max(1, beyond));
  return within.at(-1)!.threshold_nats!;
}
