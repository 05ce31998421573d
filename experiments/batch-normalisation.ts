/**
 * Whether batch normalisation takes fewer steps to a training loss, and whether it standardises what it normalises.
 *
 * One network without shortcuts is trained with batch normalisation and without it, at several constant learning rates,
 * until the training loss is at a set level. Each is judged at the rate at which it is fastest: at any one rate for
 * both the comparison would be one of that rate. Then the moments of the normalised activations are measured, on a
 * batch by its own statistics, and on test images by the running ones.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 3.1 and 4.2. Claim B2.
 */
import { atMost, intervalBelow, judge, normalisationSpeedsTraining } from "../src/claims";
import { digitShape, gatherBatch, type ImageSet, type ImageShape } from "../src/data";
import {
  count,
  experiment,
  needsNormalisation,
  number,
  numbers,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  text,
  trainingParameters,
} from "../src/experiment";
import {
  disposeNetwork,
  multiplyAccumulates,
  type NormalisedStatistics,
  normalisedStatistics,
  withoutNormalisation,
} from "../src/networks";
import { type Tensor4D, tf } from "../src/runtime";
import { bootstrapInterval, bySeed, mean, quantity } from "../src/statistics";
import {
  type PreparedImages,
  planByName,
  prepareImages,
  type TrainingPlan,
  trainingPlan,
  trainUntil,
} from "../src/training";
import {
  batchNormalisationFigures,
  bestRate,
  meanWithin,
  ratioBelow,
  stepsOf,
  trainings,
  varianceWithin,
} from "./figures/batch-normalisation";

/** Without schedule, rate and length of other trainings: here rates are constant and swept, and a loss is the end. */
const { seeds, meanPool, validation, batchSize, momentum, nesterov, weightDecay, cropPadding, flip } =
  trainingParameters;

const parameters = {
  network: text("network without shortcuts", { smoke: "vgg7", quick: "vgg9", paper: "vgg15" }),
  width: count("filters of its first stage", { smoke: 4, quick: 16, paper: 64 }),
  rates: numbers(
    "constant learning rates",
    { smoke: [0.05], quick: [0.01, 0.03, 0.1, 0.3], paper: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] },
    { minimum: 0 },
  ),
  targetLoss: number(
    "training loss to be reached",
    { smoke: 2, quick: 0.1, paper: 0.05 },
    { minimum: 0, unit: "nats" },
  ),
  window: count("mini-batches over which the loss is averaged", { smoke: 5, quick: 10, paper: 50 }),
  mostSteps: count("longest training", { smoke: 20, quick: 400, paper: 10_000 }, { unit: "mini-batches" }),
  seeds,
  meanPool,
  validation,
  batchSize,
  momentum,
  nesterov,
  weightDecay,
  cropPadding,
  flip,
};

export type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  readonly normalised: boolean;
  readonly learning_rate: number;
}

interface Measured extends Row {
  readonly measurement: "training" | "batch statistics" | "running statistics";
  /** Mini-batches until the loss was reached; null where it was not. */
  readonly steps_to_loss: number | null;
  readonly steps: number | null;
  readonly final_loss_nats: number | null;
  /** The normalisation whose activations are measured. */
  readonly layer: string | null;
  /** Of the channel where it is largest. */
  readonly largest_mean: number | null;
  /** The same of |variance - 1|. */
  readonly largest_variance_difference: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "batch-normalisation",
  title: "Steps that batch normalisation saves, and what it standardises",
  question:
    "Does a network with batch normalisation reach a training loss in fewer steps, each at its best learning rate, " +
    "and are its hidden activations standardised?",
  source:
    "Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal covariate " +
    "shift",
  claims: [normalisationSpeedsTraining],
  parameters,
  customNetwork: { parameter: "network", needs: needsNormalisation },
  columns: {
    seed: "seed of weights and order of images",
    normalised: "whether the network has batch normalisation",
    learning_rate: "constant learning rate of the training",
    measurement: "training, or moments of activations normalised by batch statistics or by running statistics",
    steps_to_loss: "mini-batches until the mean training loss was at the set level; empty where it never was",
    steps: "mini-batches that were trained",
    final_loss_nats: "mean training loss at the end of the training (nats)",
    layer: "batch normalisation whose activations, before scale and offset, are measured",
    largest_mean: "largest absolute mean of a channel",
    largest_variance_difference: "largest distance of a channel's variance from 1",
  },

  cells: ({ seeds: seedNumbers, rates }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) =>
      rates.flatMap((learning_rate) => [
        { seed, normalised: true, learning_rate },
        { seed, normalised: false, learning_rate },
      ]),
    ),

  work: (cell, params) =>
    (3 / 2) * // forward, and two gradients as dear; about half way the loss is reached
    params.mostSteps *
    params.batchSize *
    multiplyAccumulates(planOf(cell, params, digitShape).architecture),

  relevant: (_, { rates, seeds, ...others }) => others,

  async measure(cell, params, run) {
    const data = await run.data();
    const plan = planOf(cell, params, data.training);
    const images = prepareImages(data, plan.images, cell.seed);
    const lossAtEnd = (losses: readonly number[]) => mean(losses.slice(-params.window));
    const phase = `${cell.normalised ? "with" : "without"} normalisation, rate ${cell.learning_rate}`;
    const { network, losses, end } = await trainUntil(plan, images, {
      enough: (known) => known.length >= params.window && lossAtEnd(known) <= params.targetLoss,
      onStep: (done) => run.progress({ phase, done, total: params.mostSteps }),
      signal: run.signal,
    });
    try {
      const training: Measured = {
        ...empty,
        measurement: "training",
        steps_to_loss: end === "enough" ? losses.length : null, // where a network diverges it never reaches the loss
        steps: losses.length,
        final_loss_nats: losses.length === 0 ? null : lossAtEnd(losses),
      };
      if (!cell.normalised || end === "diverged") return [training];
      const moments = (set: ImageSet, mode: "batch statistics" | "inference") =>
        withBatch(set, images, plan.batchSize, (x) => normalisedStatistics(network, x, mode));
      return [
        training,
        ...moments(images.training, "batch statistics").map((found) => momentRow("batch statistics", found)),
        ...moments(images.test, "inference").map((found) => momentRow("running statistics", found)),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, params) {
    const [fastest, bare] = [true, false].map((normalised) => bestRate(rows, normalised, params));
    const ratios = [...bySeed(trainings(rows)).values()].map(
      (own) => stepsAt(own, true, fastest!, params) / stepsAt(own, false, bare!, params),
    );
    const ratio = bootstrapInterval(ratios);
    const never = trainings(rows).filter(
      (row) => !row.normalised && row.learning_rate === bare && row.steps_to_loss === null,
    );
    const standardised = rows.filter(
      ({ measurement, learning_rate }) => measurement === "batch statistics" && learning_rate === fastest,
    );
    const largest = (key: "largest_mean" | "largest_variance_difference") =>
      standardised.length === 0 ? 1 : Math.max(...standardised.map((row) => row[key]!)); // 1: all diverged
    const rates = `rates ${quantity(fastest!)} with and ${quantity(bare!)} without it`;
    const censored = never.length === 0 ? "" : `; ${never.length} without it never reached the loss`;
    return [
      judge(normalisationSpeedsTraining, ratio, [
        intervalBelow(`steps with over without batch normalisation (${rates}${censored})`, ratio, ratioBelow, ""),
        atMost("largest mean of a normalised channel", largest("largest_mean"), meanWithin, ""),
        atMost(
          "largest distance of a normalised channel's variance from 1",
          largest("largest_variance_difference"),
          varianceWithin,
          "",
        ),
      ]),
    ];
  },

  figures: batchNormalisationFigures,

  departures: ({ network, targetLoss, window, mostSteps, batchSize, meanPool }) => [
    `The network is ${network} on small images; the source's is Inception on ImageNet.`,
    `Steps are counted to a training loss of ${targetLoss} nats (mean over ${window} mini-batches of ${batchSize}), ` +
      `not to an accuracy; a training that is not there after ${mostSteps} counts as ${mostSteps}, which favours ` +
      "what is slower.",
    "Learning rates are constant; that of either network is the one of fewest steps on average over the seeds. The " +
      "source compares at the rate of the network without normalisation, and at 5 and 30 times it.",
    ...poolingDepartures(meanPool),
    "Moments by the batch's own statistics differ from 0 and 1 by ε alone; those by the running statistics, on other " +
      "images, are drawn beside them.",
  ],
});

function planOf(
  { seed, normalised, learning_rate }: Cell,
  { network, width, mostSteps: steps, ...params }: Parameters,
  images: ImageShape,
): TrainingPlan {
  const choices = { ...params, schedule: "one cycle" as const, learningRate: learning_rate };
  const plan = planByName(choices, { network, width, seed, steps }, images);
  const architecture = normalised ? plan.architecture : withoutNormalisation(plan.architecture);
  const schedule = { kind: "drops", initial: learning_rate, at: [], warmUpSteps: 0 } as const; // constant
  return { ...trainingPlan(choices, { architecture, seed, steps }), schedule };
}

const empty = {
  steps_to_loss: null,
  steps: null,
  final_loss_nats: null,
  layer: null,
  largest_mean: null,
  largest_variance_difference: null,
};

function momentRow(measurement: Measured["measurement"], { name, means, variances }: NormalisedStatistics): Measured {
  return {
    ...empty,
    measurement,
    layer: name,
    largest_mean: Math.max(...means.map(Math.abs)),
    largest_variance_difference: Math.max(...variances.map((variance) => Math.abs(variance - 1))),
  };
}

/** The first images of a set as one batch. */
function withBatch<T>(set: ImageSet, { channelStatistics }: PreparedImages, size: number, body: (x: Tensor4D) => T): T {
  const { height, width, channels } = set;
  const places = Uint32Array.from({ length: Math.min(size, set.count) }, (_, place) => place);
  const x: Tensor4D = tf.tensor4d(gatherBatch(set, places, channelStatistics), [
    places.length,
    height,
    width,
    channels,
  ]);
  try {
    return body(x);
  } finally {
    x.dispose();
  }
}

function stepsAt(own: readonly Result[], normalised: boolean, rate: number, params: Parameters): number {
  return stepsOf(own.find((row) => row.normalised === normalised && row.learning_rate === rate)!, params);
}
