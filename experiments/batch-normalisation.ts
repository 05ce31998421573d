/**
 * Whether batch normalisation takes fewer steps to a training loss, and whether it standardises what it normalises.
 *
 * One network without shortcuts is trained with batch normalisation and without it, at several constant learning rates,
 * until the training loss is at a set level; each is judged at the rate at which it is fastest. Then the means and variances
 * of the normalised activations are measured, on a batch by its own statistics, and on test images by the running ones.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 3.1 and 4.2. Claim B2.
 */
import { batchesInOrder, type ImageSet, takeAtMost } from "../src/data";
import {
  atStandard,
  count,
  cross,
  experiment,
  ifTold,
  judge,
  meanWithEnds,
  needsNormalisation,
  number,
  numbers,
  poolingDepartures,
  text,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, normalisedStatistics, withoutNormalisation } from "../src/networks";
import { tf } from "../src/runtime";
import { mean, quantity } from "../src/statistics";
import { planByName, prepareImages, type TrainingPlan, trainUntil } from "../src/training";
import { atBestRate, columns, type Row, stepsAtMost } from "./batch-normalisation/rows";

/** Without schedule, rate and length of other trainings: here rates are constant and swept, and a loss is the end. */
const { steps, schedule, learningRate, ...training } = trainingParameters;

/** The rule of B2: largest ratio of steps, largest mean, largest distance of a variance from 1. */
const [ratioBelow, meanWithin, varianceWithin] = [0.7, 0.01, 0.02];

export default experiment("batch-normalisation", {
  title: "Steps that batch normalisation saves, and what it standardises",
  question:
    "Does a network with batch normalisation reach a training loss in fewer steps, each at its best learning rate, " +
    "and are its hidden activations standardised?",
  source: "Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training, sec. 3.1 and 4.2",
  parameters: {
    network: text("network without shortcuts", { smoke: "vgg7", quick: "vgg9", paper: "vgg15" }),
    width: count("filters of its first stage", { smoke: 16, quick: 16, paper: 64 }),
    rates: numbers(
      "constant learning rates",
      { smoke: [0.05], quick: [0.01, 0.03, 0.1, 0.3], paper: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] },
      { minimum: 0 },
    ),
    targetLoss: number(
      "training loss to reach",
      { smoke: 2, quick: 0.1, standard: 1, paper: 0.05 },
      { minimum: 0, unit: "nats" },
    ),
    window: count("mini-batches over which the loss is averaged", { smoke: 5, quick: 10, paper: 50 }),
    mostSteps: count(
      "longest training",
      { smoke: 20, quick: 400, standard: 1000, paper: 10_000 },
      { unit: "mini-batches" },
    ),
    ...training,
    // At `standard` on smaller images: both trainings see the same.
    meanPool: atStandard(training.meanPool, 2),
    cropPadding: atStandard(training.cropPadding, 2),
  },
  columns,
  firstLook: { median: "steps_to_loss", by: ["normalised", "learning_rate"], where: { measurement: "training" } },
  cells: ({ seeds, rates }) => cross({ seed: seeds, learning_rate: rates, normalised: [true, false] }),

  async measure(run, { seed, normalised, learning_rate }, { network: name, width, window, targetLoss, ...params }) {
    const data = await run.data();
    const choices = { ...params, schedule: "one cycle", learningRate: learning_rate } as const;
    const named = planByName(choices, { network: name, width, seed, steps: params.mostSteps }, data.training);
    const plan: TrainingPlan = {
      ...named,
      architecture: normalised ? named.architecture : withoutNormalisation(named.architecture),
      schedule: { kind: "drops", initial: learning_rate, at: [], warmUpSteps: 0 }, // constant
    };
    const images = prepareImages(data, plan.images, seed);
    const lossAtEnd = (losses: readonly number[]) => mean(losses.slice(-window));
    const phase = `${normalised ? "with" : "without"} normalisation, rate ${learning_rate}`;
    const { network, losses, end } = await trainUntil(plan, images, {
      enough: (known) => known.length >= window && lossAtEnd(known) <= targetLoss,
      onStep: (done) => run.watched.progress({ phase, done, total: params.mostSteps }),
      signal: run.watched.signal,
    });
    const statistics = (measurement: "batch statistics" | "running statistics", set: ImageSet) => {
      const [batch] = batchesInOrder(takeAtMost(set, plan.batchSize), plan.batchSize, images.channelStatistics);
      const x = tf.tensor4d(batch!.values, batch!.shape);
      const found = normalisedStatistics(network, x, measurement === "batch statistics" ? measurement : "inference");
      x.dispose();
      return found.map(({ name: layer, means, variances }) => ({
        ...{ measurement, layer, largest_mean: Math.max(...means.map(Math.abs)) },
        largest_variance_difference: Math.max(...variances.map((variance) => Math.abs(variance - 1))),
      }));
    };
    const steps_to_loss = end === "enough" ? losses.length : null; // a network that diverges never reaches the loss
    const final_loss_nats = losses.length === 0 ? null : lossAtEnd(losses);
    try {
      return [
        { measurement: "training" as const, steps_to_loss, steps: losses.length, final_loss_nats },
        ...(!normalised || end === "diverged"
          ? []
          : [...statistics("batch statistics", images.training), ...statistics("running statistics", images.test)]),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  claims: {
    B2(rows, { mostSteps }) {
      const fastest = atBestRate(rows, true, mostSteps);
      const bare = atBestRate(rows, false, mostSteps);
      const bareSteps = bare.trainings.perSeed(stepsAtMost(mostSteps));
      const ratios = fastest.trainings.perSeed(stepsAtMost(mostSteps)).map((steps, i) => steps / bareSteps[i]!);
      const standardised = rows.where({ measurement: "batch statistics", learning_rate: fastest.rate });
      const largest = (of: "largest_mean" | "largest_variance_difference") =>
        standardised.length === 0 ? 1 : Math.max(...standardised.numbers(of)); // 1: all diverged
      const never = bare.trainings.where({ steps_to_loss: null }).length;
      const rates = `rates ${quantity(fastest.rate)} with and ${quantity(bare.rate)} without it`;
      const censored = never === 0 ? "" : `; ${never} without it never reached the loss`;
      return judge(ratios)
        .of(`steps with over without batch normalisation (${rates}${censored})`, ratios, "")
        .below(ratioBelow)
        .of("largest mean of a normalised channel", largest("largest_mean"), "")
        .atMost(meanWithin)
        .of("largest distance of a normalised channel's variance from 1", largest("largest_variance_difference"), "")
        .atMost(varianceWithin);
    },
  },

  sentences: {
    B2(rows, { network, targetLoss, mostSteps }) {
      const [fastest, bare] = [true, false].map((normalised) => atBestRate(rows, normalised, mostSteps));
      const [steps, bareSteps] = [fastest!, bare!].map(({ trainings }) => trainings.perSeed(stepsAtMost(mostSteps)));
      const never = bare!.trainings.where({ steps_to_loss: null }).length;
      return (
        `Batch normalisation in ${network}: ${quantity(mean(bareSteps!))} → ${meanWithEnds(steps!)} mini-batches to a training ` +
        `loss of ${targetLoss} nats, at the best rates, ${quantity(bare!.rate)} without it and ${quantity(fastest!.rate)} with it` +
        `${never === 0 ? "" : `; ${never} without it never got there, which counts as ${quantity(mostSteps)}`}.`
      );
    },
  },

  figures(rows, { targetLoss, mostSteps }) {
    const rate = ifTold(() => atBestRate(rows, true, mostSteps).rate);
    const measured = rows.where(({ layer, learning_rate }) => layer !== null && learning_rate === rate);
    const placeOf = ({ layer }: Row) => layer!.replace(/\/normalisation$/, ""); // "stage1/block1"
    return [
      {
        id: "steps-by-rate",
        claims: ["B2"],
        title: "Steps to the same training loss, by learning rate",
        caption: `Mini-batches until the training loss is ${targetLoss} nats. The lowest point of each network counts.`,
        ...{ x: { column: "learning_rate", scale: "log" }, kind: "line" },
        y: { value: stepsAtMost(mostSteps), label: "training (mini-batches)" },
        rows: rows.where({ measurement: "training" }),
        by: ({ normalised }) => (normalised ? "with batch normalisation" : "without"),
        references: [{ y: mostSteps, label: "not reached" }],
      },
      {
        id: "moments-by-layer",
        claims: ["B2"],
        title: "How far normalised activations are from mean 0 and variance 1",
        caption:
          "Largest over the channels, before scale and offset, of a training batch by its own statistics and of test " +
          `images by the running ones; at learning rate ${rate === null ? "none" : quantity(rate)}, when the loss is reached.`,
        x: { value: placeOf, label: "batch normalisation", categories: [...new Set(measured.map(placeOf))] },
        y: { value: () => null, label: "largest distance", scale: "log" },
        series: (["batch statistics", "running statistics"] as const).flatMap((measurement) => {
          const own = { rows: measured.where({ measurement }) };
          return [
            { ...own, name: `mean, by ${measurement}`, y: (row) => row.largest_mean },
            { ...own, name: `variance less 1, by ${measurement}`, y: (row) => row.largest_variance_difference },
          ];
        }),
        // One line for both: over so many orders of magnitude they lie upon each other.
        references: [{ y: meanWithin, label: `threshold of B2: ${meanWithin} (mean), ${varianceWithin} (variance)` }],
      },
    ];
  },

  departures: ({ network, targetLoss, window, mostSteps, batchSize, meanPool }) => [
    `The network is ${network} on small images; the source's is Inception on ImageNet.`,
    `Steps are counted to a training loss of ${targetLoss} nats (mean over ${window} mini-batches of ${batchSize}), ` +
      `not to an accuracy; a training that is not there after ${mostSteps} counts as ${mostSteps}, which favours ` +
      "what is slower.",
    "Learning rates are constant; that of either network is the one of fewest steps on average over the seeds. The " +
      "source compares at the rate of the network without normalisation, and at 5 and 30 times it.",
    ...poolingDepartures(meanPool),
    "Means and variances by the batch's own statistics differ from 0 and 1 by ε alone; those by the running statistics, " +
      "on other images, are drawn beside them.",
  ],
  customNetwork: { parameter: "network", needs: needsNormalisation },
});
