/**
 * What classifiers on the way are worth: at inference as early exits, and in training as auxiliary heads.
 *
 * A residual network is trained with a classifier after each stage, and without. Of the first, images leave at the first
 * classifier whose prediction has an entropy below a threshold, for many thresholds: error against mean cost, and the time
 * of an implementation that takes the leaving images out of the batch. The last classifiers of the two networks are set
 * against each other, at the end and on the way.
 *
 * Source: Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686 (B3); Szegedy et al. 2014, arXiv:1409.4842, sec. 5 (B6).
 */
import {
  atMost,
  auxiliaryHeadsHelpTraining,
  earlyExitsSaveInference,
  intervalBelow,
  type Judgement,
  judge,
} from "../src/claims";
import { digitShape, type ImageSet, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  number,
  numbers,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, multiplyAccumulates, withStageExits } from "../src/networks";
import { type ClassifierOutputs, cellOptions, classifierOutputs } from "../src/routes";
import { bootstrapInterval, perSeed, perSeedDifference, quantity } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";
import { classifierRows, sweepRows, thresholdWithin, trainingRows } from "./early-exit/classifiers";
import { timeRows } from "./early-exit/times";
import { allowedCost, allowedRise, earlyExitFigures, halfWayRows, wholes } from "./figures/early-exit";

/*
 * The weight of the exits' losses is GoogLeNet's, so that one network serves both claims; BranchyNet weighs early exits more.
 */
const parameters = {
  network: text("network of several stages", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet20", // which block deletion trains as well, without exits
    paper: "preactivation-resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  exitFilters: count("filters of each exit's convolution", { smoke: 8, quick: 64, paper: 64 }),
  lossWeight: number("what each exit's loss weighs in training", 0.3, { minimum: 0 }),
  thresholds: numbers(
    "entropies below which an image leaves; at 0 none does, at ln 10 all",
    [0, 0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2.31],
    { minimum: 0, unit: "nats" },
  ),
  testImages: count("test images", { smoke: 200, quick: 10_000, paper: 10_000 }),
  latencyBatches: counts("images at a time, where inference is timed", {
    smoke: [1, 50],
    quick: [1, 100],
    paper: [1, 100],
  }),
  latencyImages: count("test images that are timed", { smoke: 50, quick: 300, paper: 1000 }),
  latencyPasses: count("passes over them", { smoke: 1, quick: 3, paper: 5 }),
  ...trainingParameters,
};

export type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  readonly network: string;
  readonly exits: boolean;
}

export interface Measured extends Row {
  readonly measurement: "training" | "classifier" | "threshold" | "chosen threshold" | "time";
  /** "exit1", "exit2", ..., "head". */
  readonly classifier: string | null;
  readonly step: number | null;
  readonly threshold_nats: number | null;
  readonly error_percent: number | null;
  readonly rise_points: number | null;
  readonly cost: number | null;
  readonly leaving_percent: number | null;
  readonly batch: number | null;
  readonly pass: number | null;
  readonly full_seconds: number | null;
  readonly early_seconds: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "early-exit",
  title: "Classifiers on the way: early exits and auxiliary heads",
  question: "How much of inference do early exits save, at which error, and do auxiliary heads help the network train?",
  source:
    "Teerapittayanon, McDanel & Kung 2016, BranchyNet: fast inference via early exiting from deep neural networks; Szegedy " +
    "et al. 2014, Going deeper with convolutions, sec. 5",
  claims: [earlyExitsSaveInference, auxiliaryHeadsHelpTraining],
  parameters,
  customNetwork: { parameter: "network" },
  columns: {
    seed: "seed of weights and order of images",
    network: "name of the architecture without its exits",
    exits: "whether it was trained with a classifier after each stage",
    measurement:
      "training (error of the last classifier on the way), classifier (each on its own, all test images), threshold (one of " +
      "the sweep), chosen threshold (by held-out images), or time",
    classifier: "exit1, exit2, ..., or head; where images leave, the one that they leave at",
    step: "mini-batches done, of a training",
    threshold_nats: "entropy below which an image leaves (nats)",
    error_percent: "top-1 error on test images; of a training, on the training batches since the entry before (%)",
    rise_points: "that error less that of the same network's last classifier on all test images (percentage points)",
    cost: "mean multiply-accumulates of an image, over those of the network without exits",
    leaving_percent: "images that leave at the classifier (%); the mean cost and error are then in the row without one",
    batch: "images at a time, where inference is timed",
    pass: "number of the timed pass",
    full_seconds: "time of an image through the full network, without exits (s)",
    early_seconds: "time of an image with early exits at the chosen threshold (s)",
  },

  cells: ({ seeds: seedNumbers, network }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) => [true, false].map((exits) => ({ seed, network, exits }))),

  trains: planOf,

  work(cell, params) {
    const { testImages, validation, latencyImages, latencyPasses } = params;
    const oneByOne = 20; // what an image costs where kernels are started for it alone
    const more = cell.exits ? validation + oneByOne * latencyImages * (latencyPasses + 1) : 0;
    return (testImages + more) * multiplyAccumulates(planOf(cell, params, digitShape).architecture);
  },

  relevant({ exits }, { network, seeds, ...others }) {
    if (exits) return others;
    const { exitFilters, lossWeight, thresholds, latencyBatches, latencyImages, latencyPasses, ...shared } = others;
    return shared;
  },

  async measure(cell, params, run) {
    const study = await beginStudy(run, (images) => planOf(cell, params, images));
    const { network, history, validation, channelStatistics } = study;
    const test = takeAtMost(study.test, params.testImages);
    const outputsOn = (images: ImageSet, what: string) =>
      classifierOutputs(network, images, cellOptions(run, channelStatistics, `${network.architecture.name}: ${what}`));
    try {
      const outputs = await outputsOn(test, "test images");
      const rows = [...trainingRows(history), ...classifierRows(outputs, test)];
      if (!cell.exits) return rows;
      const sweep = (set: ImageSet, found: readonly ClassifierOutputs[]) =>
        sweepRows(network, set, found, params.thresholds);
      const heldOut = takeAtMost(validation, params.testImages);
      const threshold = thresholdWithin(sweep(heldOut, await outputsOn(heldOut, "held-out images")));
      const onTest = sweep(test, outputs);
      const atThreshold = onTest.filter(({ threshold_nats }) => threshold_nats === threshold);
      return [
        ...rows,
        ...onTest,
        ...atThreshold.map((found): Measured => ({ ...found, measurement: "chosen threshold" })),
        ...(await timeRows(network, test, channelStatistics, threshold, params, run)),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts: (rows) => [...judgeExits(rows), ...judgeHeads(rows)],

  figures: earlyExitFigures,

  departures: (params) => [
    ...trainingDepartures(params),
    `Exits are trained with the network from the start, each at ${quantity(params.lossWeight)} of the head's weight; BranchyNet ` +
      "starts from a trained network and weighs the first exit more.",
    "One threshold serves all exits; BranchyNet has one for each.",
    "B6 is stated of GoogLeNet, which has no shortcuts, and of ImageNet; the network here is another, and so are the images.",
    "Times are those of this machine's processor with one thread a worker; other work may go on beside them. Full and early " +
      "passes take turns.",
  ],
});

function planOf({ network, seed, exits }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps, lossWeight, exitFilters: filters } = params;
  const plan = planByName(params, { network, width, seed, steps }, images);
  return exits ? { ...plan, architecture: withStageExits(plan.architecture, { lossWeight, filters }) } : plan;
}

function judgeExits(rows: readonly Result[]): Judgement[] {
  const params = wholes(rows, "chosen threshold");
  if (params.length === 0) return [];
  const cost = bootstrapInterval(perSeed(params, (row) => row.cost));
  const rise = bootstrapInterval(perSeed(params, (row) => row.rise_points));
  return [
    judge(earlyExitsSaveInference, cost, [
      atMost("mean cost", cost.estimate, allowedCost, ""),
      intervalBelow("error less the full network's", rise, allowedRise, "points"),
    ]),
  ];
}

function judgeHeads(rows: readonly Result[]): Judgement[] {
  const heads = rows.filter(({ measurement, classifier }) => measurement === "classifier" && classifier === "head");
  const differences = (some: readonly Result[]) =>
    perSeedDifference(
      some.filter(({ exits }) => exits),
      some.filter(({ exits }) => !exits),
      ({ error_percent }) => error_percent,
    );
  const final = differences(heads);
  if (final.length === 0) return [];
  const difference = bootstrapInterval(final);
  const halfWay = bootstrapInterval(differences(halfWayRows(rows)));
  return [
    judge(auxiliaryHeadsHelpTraining, difference, [
      intervalBelow("test error with heads less that without", difference, 0, "points"),
      intervalBelow("training error half way, with heads less that without,", halfWay, 0, "points"),
    ]),
  ];
}
