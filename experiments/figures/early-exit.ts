/** What the rows of `../early-exit.ts` show: their selections, and the figures. */
import { auxiliaryHeadsHelpTraining, earlyExitsSaveInference } from "../../src/claims";
import { captioned, type Figure, intervalSeries } from "../../src/report";
import { bootstrapInterval, bySeed, intervalNumbers, mean, perSeed, quantity } from "../../src/statistics";
import type { Measured, Parameters, Result } from "../early-exit";

/** All of them, in the order of the report. */
export function earlyExitFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    riseByCost(rows),
    sharesByThreshold(rows),
    timeByBatch(rows, params),
    trainingErrors(rows),
    errorsByClassifier(rows),
  ];
}

/** Largest rise (points) and mean cost by the rule of B3. */
export const [allowedRise, allowedCost] = [0.5, 0.7];

function of(rows: readonly Result[], measurement: Measured["measurement"], exits = true): Result[] {
  return rows.filter((row) => row.measurement === measurement && row.exits === exits);
}

/** Rows of the network as a whole at one threshold: they name no classifier. */
export function wholes(rows: readonly Result[], measurement: "threshold" | "chosen threshold"): Result[] {
  return of(rows, measurement).filter(({ classifier }) => classifier === null);
}

/** Entries of the trainings that are nearest to the middle. */
export function halfWayRows(rows: readonly Result[]): Result[] {
  const entries = rows.filter(({ measurement }) => measurement === "training");
  const last = Math.max(...entries.map(({ step }) => step!));
  const distance = ({ step }: Result) => Math.abs(step! - last / 2);
  const nearest = Math.min(...entries.map(distance));
  return entries.filter((row) => distance(row) === nearest);
}

function riseByCost(rows: readonly Result[]): Figure {
  const sweep = wholes(rows, "threshold");
  const params = wholes(rows, "chosen threshold");
  const meanCost = (threshold: number | null) =>
    mean(sweep.filter(({ threshold_nats }) => threshold_nats === threshold).map(({ cost }) => cost!));
  const chosenCost = mean(params.map(({ cost }) => cost!));
  const rise = ({ rise_points }: Result) => rise_points!;
  const thresholds = perSeed(params, ({ threshold_nats }) => threshold_nats).map((nats) => quantity(nats));
  return {
    id: "rise-by-cost",
    claims: [earlyExitsSaveInference.id],
    title: "What leaving early saves, and what it costs in error",
    caption: captioned(
      "Test error of the network with early exits less that of its last classifier on all images, over the mean " +
        "multiply-accumulates of an image as a share of those of the network without exits, for each threshold of the entropy",
      `Chosen by held-out images, seed by seed: ${thresholds.join(", ")} nats.`,
    ),
    xAxis: { label: "mean cost / cost of the full network" },
    yAxis: { label: "rise of the error (points)" },
    series: [
      intervalSeries({
        name: "thresholds",
        kind: "line",
        rows: sweep,
        x: ({ threshold_nats }) => meanCost(threshold_nats),
        y: rise,
        note: ({ threshold_nats }) => `threshold ${quantity(threshold_nats!, "nats")}`,
      }),
      intervalSeries({ name: "chosen threshold", kind: "points", rows: params, x: () => chosenCost, y: rise }),
    ],
    references: [{ y: allowedRise, label: "rule of B3" }],
  };
}

function sharesByThreshold(rows: readonly Result[]): Figure {
  const leaving = of(rows, "threshold").filter(
    ({ classifier, threshold_nats }) => classifier !== null && threshold_nats! > 0, // at 0 none leaves early
  );
  const classifiers = [...new Set(leaving.map(({ classifier }) => classifier!))];
  return {
    id: "leaving-by-threshold",
    title: "Where the images leave",
    caption: captioned(
      "Test images that leave at each classifier, by the threshold of the entropy",
      "At threshold 0, which a logarithmic axis has no place for, all go to the head.",
    ),
    xAxis: { label: "threshold of the entropy (nats)", scale: "log" },
    yAxis: { label: "images (%)", range: [-3, 103] },
    series: classifiers.map((name) =>
      intervalSeries({
        name,
        kind: "line",
        rows: leaving.filter(({ classifier }) => classifier === name),
        x: ({ threshold_nats }) => threshold_nats!,
        y: ({ leaving_percent }) => leaving_percent!,
      }),
    ),
  };
}

function timeByBatch(rows: readonly Result[], { latencyBatches }: Parameters): Figure {
  const times = of(rows, "time");
  const ratioOf = (batch: number) => {
    const ratios = [...bySeed(times.filter((row) => row.batch === batch)).values()].map(
      (own) =>
        mean(own.map(({ full_seconds }) => full_seconds!)) / mean(own.map(({ early_seconds }) => early_seconds!)),
    );
    return ratios.length === 0 ? "not measured" : intervalNumbers(bootstrapInterval(ratios), "times");
  };
  const milliseconds = (name: string, seconds: (row: Result) => number) =>
    intervalSeries({
      name,
      kind: "points",
      rows: times,
      x: ({ batch }) => String(batch),
      y: (row) => 1000 * seconds(row),
    });
  return {
    id: "time-by-batch",
    claims: [earlyExitsSaveInference.id],
    title: "Time of an image, in full and with early exits",
    caption: captioned(
      "Time of an image at the chosen threshold, exits and the taking apart of batches included, and through the full network",
      `Faster by ${latencyBatches.map((batch) => `${ratioOf(batch)} (batches of ${batch})`).join(", ")}. BranchyNet: 5.4 times ` +
        "(LeNet, MNIST), 1.5 (AlexNet) and 1.9 (ResNet-110, CIFAR-10) on a processor.",
    ),
    xAxis: { label: "images at a time", categories: latencyBatches.map(String) },
    yAxis: { label: "time of an image (ms)", scale: "log" },
    series: [
      milliseconds("full network", ({ full_seconds }) => full_seconds!),
      milliseconds("early exits", ({ early_seconds }) => early_seconds!),
    ],
  };
}

/** The two networks, as figures name them. */
const trainings = [
  { name: "with auxiliary heads", exits: true },
  { name: "without", exits: false },
];

function trainingErrors(rows: readonly Result[]): Figure {
  return {
    id: "training-error",
    claims: [auxiliaryHeadsHelpTraining.id],
    title: "Training with auxiliary heads and without",
    caption: captioned(
      "Error of the last classifier on the training batches, mean over 20 mini-batches, with the losses of heads after each " +
        "stage and without them",
    ),
    xAxis: { label: "mini-batches", integers: true },
    yAxis: { label: "training error (%)", scale: "log" },
    series: trainings.map(({ name, exits }) =>
      intervalSeries({
        name,
        kind: "line",
        rows: of(rows, "training", exits),
        x: ({ step }) => step!,
        y: ({ error_percent }) => error_percent!,
      }),
    ),
  };
}

function errorsByClassifier(rows: readonly Result[]): Figure {
  const own = of(rows, "classifier");
  return {
    id: "error-by-classifier",
    claims: [auxiliaryHeadsHelpTraining.id],
    title: "Each classifier on its own",
    caption: captioned("Test error of each classifier on all images"),
    xAxis: { label: "classifier", categories: [...new Set(own.map(({ classifier }) => classifier!))] },
    yAxis: { label: "test error (%)" },
    series: trainings.map(({ name, exits }) =>
      intervalSeries({
        name,
        kind: "points",
        rows: of(rows, "classifier", exits),
        x: ({ classifier }) => classifier!,
        y: ({ error_percent }) => error_percent!,
      }),
    ),
  };
}
