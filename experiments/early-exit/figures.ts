/** The figures of `../early-exit.ts`, and the rows that they share with its verdicts. */
import { type FigureOf, ifTold, told } from "../../src/experiment";
import { intervalNumbers, mean, meanInterval, quantity } from "../../src/statistics";
import type { EarlyExitRows, Row } from "./classifiers";

/** Rows of the network with exits as a whole at a threshold: they name no classifier. */
export function wholeNetwork(rows: EarlyExitRows, measurement: "threshold" | "chosen threshold"): EarlyExitRows {
  return rows.where({ measurement, exits: true, classifier: null });
}

/** Entries of the trainings that are nearest to the middle. */
export function halfWay(rows: EarlyExitRows): EarlyExitRows {
  const entries = rows.where({ measurement: "training" });
  const middle = Math.max(...entries.numbers("step")) / 2;
  const distance = ({ step }: Row) => Math.abs(step! - middle);
  const nearest = Math.min(...entries.map(distance));
  return entries.where((row) => distance(row) === nearest);
}

/** All of them, in the order of the report. */
export function earlyExitFigures(rows: EarlyExitRows, latencyBatches: readonly number[]): FigureOf<Row>[] {
  const sweep = wholeNetwork(rows, "threshold");
  const chosen = wholeNetwork(rows, "chosen threshold");
  const meanCost = new Map(
    sweep
      .distinct("threshold_nats")
      .map((nats) => [nats, ifTold<number>(() => mean(sweep.where({ threshold_nats: nats }).numbers("cost")))]),
  );
  const times = rows.where({ measurement: "time" });
  const ratioOf = (batch: number) => {
    const ratios = () =>
      times
        .where({ batch })
        .bySeed()
        .map(({ rows: own }) => mean(own.numbers("full_seconds")) / mean(own.numbers("early_seconds")));
    const ratio = told(() => intervalNumbers(meanInterval(ratios()), "times"));
    return `${ratio} (batches of ${batch})`;
  };
  const heads = ({ exits }: Row) => (exits ? "with auxiliary heads" : "without");
  return [
    {
      id: "rise-by-cost",
      claims: ["B3"],
      title: "What leaving early saves, and what it costs in error",
      caption: "Thresholds of the entropy, and the one that was chosen on held-out images.",
      numbers: `Chosen, seed by seed: ${chosen
        .perSeed("threshold_nats")
        .map((nats) => quantity(nats))
        .join(", ")} nats.`,
      x: {
        value: ({ threshold_nats }) => meanCost.get(threshold_nats!),
        label: "mean cost / cost of the full network",
      },
      y: "rise_points",
      series: [
        {
          name: "thresholds",
          rows: sweep,
          note: ({ threshold_nats }) => `threshold ${quantity(threshold_nats!, "nats")}`,
        },
        { name: "chosen threshold", kind: "points", rows: chosen },
      ],
      references: [{ y: 0.5, label: "threshold of B3" }],
    },
    {
      id: "leaving-by-threshold",
      title: "Where the images leave",
      caption: "At threshold 0, which a logarithmic axis has no place for, all go to the head.",
      x: { column: "threshold_nats", scale: "log" },
      y: { column: "leaving_percent", range: [-3, 103] },
      rows: rows
        .where({ measurement: "threshold", exits: true })
        .where(({ classifier, threshold_nats }) => classifier !== null && threshold_nats! > 0),
      by: "classifier",
    },
    {
      id: "time-by-batch",
      claims: ["B3"],
      title: "Time of an image, in full and with early exits",
      caption: "One thread of a processor; full and early passes take turns.",
      numbers:
        `Faster by ${latencyBatches.map(ratioOf).join(", ")}. BranchyNet on a processor: 5.4 times (LeNet, MNIST), 1.5 ` +
        "(AlexNet) and 1.9 (ResNet-110, CIFAR-10).",
      x: { value: ({ batch }) => String(batch), label: "images at a time", categories: latencyBatches.map(String) },
      y: { value: () => null, label: "time of an image (ms)", scale: "log" },
      series: [
        { name: "full network", rows: times, y: ({ full_seconds }) => 1000 * full_seconds! },
        { name: "early exits", rows: times, y: ({ early_seconds }) => 1000 * early_seconds! },
      ],
    },
    {
      id: "training-error",
      claims: ["B6"],
      title: "Training with auxiliary heads and without",
      caption: "Error of the last classifier on the mini-batches of the training, mean over 20 of them.",
      x: "step",
      y: { column: "error_percent", label: "training error (%)", scale: "log" },
      rows: rows.where({ measurement: "training" }),
      by: heads,
    },
    {
      id: "error-by-classifier",
      claims: ["B6"],
      title: "Each classifier on its own",
      x: "classifier",
      y: { column: "error_percent", label: "test error (%)" },
      rows: rows.where({ measurement: "classifier" }),
      by: heads,
    },
  ];
}
