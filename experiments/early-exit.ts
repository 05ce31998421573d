/**
 * What classifiers on the way are worth: at inference as early exits, and in training as auxiliary heads.
 *
 * A residual network is trained with a classifier after each stage, and without. Of the first, images leave at the first
 * classifier whose prediction has an entropy below a threshold, for many thresholds: error against mean cost, and the time
 * of an implementation that takes the leaving images out of the mini-batch. The last classifiers of the two networks are
 * set against each other, at the end and on the way.
 *
 * Source: Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686 (B3); Szegedy et al. 2014, arXiv:1409.4842, sec. 5 (B6).
 */
import { plural } from "../src/base";
import { type ImageSet, takeAtMost } from "../src/data";
import {
  atStandard,
  count,
  counts,
  cross,
  experiment,
  judge,
  meanWithEnds,
  number,
  numbers,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { withStageExits } from "../src/networks";
import { type ClassifierOutputs, classifierOutputs } from "../src/routes";
import { largest, mean, quantity, smallest } from "../src/statistics";
import { planByName } from "../src/training";
import { classifierRows, columns, sweepRows, thresholdWithin, trainingRows } from "./early-exit/classifiers";
import { earlyExitFigures, halfWay, wholeNetwork } from "./early-exit/figures";
import { timeRows } from "./early-exit/times";

export default experiment("early-exit", {
  title: "Classifiers on the way: early exits and auxiliary heads",
  question: "How much of inference do early exits save, at which error, and do auxiliary heads help the network train?",
  source:
    "Teerapittayanon, McDanel & Kung 2016, BranchyNet: fast inference via early exiting from deep neural networks; Szegedy " +
    "et al. 2014, Going deeper with convolutions, sec. 5",
  parameters: {
    network: text("network of several stages", {
      smoke: "preactivation-resnet8",
      quick: "preactivation-resnet20",
      standard: "preactivation-resnet20",
      paper: "preactivation-resnet110",
    }),
    width: count("filters of the first stage", 16),
    exitFilters: count("filters of each exit's convolution", { smoke: 8, quick: 64, paper: 64 }),
    // GoogLeNet's, so that one network serves both claims; BranchyNet weighs early exits more.
    lossWeight: number("weight of each exit's loss in training", 0.3, { minimum: 0 }),
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
    // At `standard` shorter than others, on smaller images: the claims compare networks that are trained alike.
    steps: atStandard(trainingParameters.steps, 4200),
    meanPool: atStandard(trainingParameters.meanPool, 2),
    cropPadding: atStandard(trainingParameters.cropPadding, 2),
  },
  columns,
  firstLook: { median: "cost", by: ["threshold_nats"], where: { measurement: "threshold" } },
  cells: ({ seeds, network }) => cross({ seed: seeds, network: [network], exits: [true, false] }),

  network({ network, seed, exits }, params, images) {
    const { width, steps, lossWeight, exitFilters: filters } = params;
    const plan = planByName(params, { network, width, seed, steps }, images);
    return exits ? { ...plan, architecture: withStageExits(plan.architecture, { lossWeight, filters }) } : plan;
  },

  async measure(run, { exits }, params) {
    const study = await run.trained();
    const test = takeAtMost(study.test, params.testImages);
    const outputsOn = (images: ImageSet, what: string) => classifierOutputs(study.network, images, study.options(what));
    const outputs = await outputsOn(test, "test images");
    const rows = [...trainingRows(study.history), ...classifierRows(outputs, test)];
    if (!exits) return rows;

    const sweep = (set: ImageSet, found: readonly ClassifierOutputs[]) =>
      sweepRows(study.network, set, found, params.thresholds);
    const heldOut = takeAtMost(study.validation, params.testImages);
    const threshold = thresholdWithin(sweep(heldOut, await outputsOn(heldOut, "held-out images")));
    const onTest = sweep(test, outputs);
    const atThreshold = onTest.filter(({ threshold_nats }) => threshold_nats === threshold);
    return [
      ...rows,
      ...onTest,
      ...atThreshold.map((found) => ({ ...found, measurement: "chosen threshold" as const })),
      ...(await timeRows(run, study, test, threshold, params)),
    ];
  },

  claims: {
    B3(rows) {
      const chosen = wholeNetwork(rows, "chosen threshold");
      return judge(chosen.interval("cost"))
        .atMost(0.7)
        .of("error less the full network's", chosen.perSeed("rise_points"), "points")
        .below(0.5);
    },
    B6(rows) {
      const heads = rows.where({ measurement: "classifier", classifier: "head" });
      const difference = (some: typeof heads) =>
        some.where({ exits: true }).lessPerSeed(some.where({ exits: false }), "error_percent");
      return judge(difference(heads))
        .below(0)
        .of("training error half way, with heads less that without,", difference(halfWay(rows)), "points")
        .below(0);
    },
  },

  states: {
    "half of chance": (rows) =>
      rows.where({ measurement: "classifier", classifier: "head", exits: true }).numbers("error_percent"),
  },

  sentences: {
    B3(rows, { network }) {
      const chosen = wholeNetwork(rows, "chosen threshold");
      const full = chosen.perSeed(({ error_percent, rise_points }) => error_percent! - rise_points!);
      return (
        `Leaving ${network} at the first classifier that is sure enough: mean cost 1 → ` +
        `${meanWithEnds(chosen.perSeed("cost"))}, test error ${quantity(mean(full), "%")} → ` +
        `${meanWithEnds(chosen.perSeed("error_percent"), "%")}.`
      );
    },
    B6(rows, { network }) {
      const heads = rows.where({ measurement: "classifier", classifier: "head" });
      const error = (exits: boolean) => quantity(mean(heads.where({ exits }).perSeed("error_percent")), "%");
      const found = heads.where({ exits: true }).lessPerSeed(heads.where({ exits: false }), "error_percent");
      return (
        `Training ${network} with auxiliary heads: test error ${error(false)} → ${error(true)} (mean of ` +
        `${plural(found.length, "pair")} of networks, whose differences go from ${quantity(smallest(found))} to ` +
        `${quantity(largest(found), "points")}).`
      );
    },
  },

  figures: (rows, { latencyBatches }) => earlyExitFigures(rows, latencyBatches),

  departures: (params) => [
    ...trainingDepartures(params),
    `Exits are trained with the network from the start, each at ${quantity(params.lossWeight)} of the head's weight; BranchyNet ` +
      "starts from a trained network and weighs the first exit more.",
    "One threshold serves all exits; BranchyNet has one for each.",
    "B6 is stated of GoogLeNet, which has no shortcuts, and of ImageNet; the network here is another, and so are the images.",
    "Times are those of this machine's processor with one thread a worker; other work may go on beside them. Full and early " +
      "passes take turns.",
  ],
  customNetwork: { parameter: "network" },
});
