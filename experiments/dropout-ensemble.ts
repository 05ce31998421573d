/**
 * Whether a network trained with dropout predicts at inference what its thinned networks predict on average.
 *
 * A dense network is trained with dropout. At test time its prediction by weight scaling is set against the mean
 * prediction under up to 1,000 masks, drawn as in training, each image with masks of its own. For one softmax layer,
 * where the two are to be the same, the geometric mean over all its masks is computed.
 *
 * Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15:1929, sec. 7.5. Claim B1.
 */
import { atMost, intervalWithin, judge, weightScalingApproximatesEnsemble } from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  experiment,
  fraction,
  number,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  trainingParameters,
} from "../src/experiment";
import { buildDenseNetwork, disposeNetwork, multiplyAccumulates } from "../src/networks";
import { captioned, type Figure, intervalSeries, type SeriesFigure } from "../src/report";
import { cellOptions, linearMaskDifference, maskEnsembleErrors, type RouteResult } from "../src/routes";
import { bootstrapInterval, mean, perSeed, quantity } from "../src/statistics";
import { beginStudy, type TrainingPlan, trainingPlan } from "../src/training";

const parameters = {
  hiddenLayers: count("hidden layers", { smoke: 1, quick: 2, paper: 2 }),
  hiddenUnits: count("units of each hidden layer", { smoke: 32, quick: 256, paper: 1024 }),
  inputRate: fraction("share of the pixels that is dropped", 0.2, { maximum: 0.99 }),
  hiddenRate: fraction("share of the hidden units that is dropped", 0.5, { maximum: 0.99 }),
  masks: count("masks, their mean prediction", { smoke: 20, quick: 1000, paper: 1000 }),
  maskImages: count("test images", { smoke: 100, quick: 2000, paper: 10_000 }),
  ...trainingParameters,
  // Dense layers without normalisation diverge at the rate of the residual networks.
  learningRate: number("largest learning rate", 0.05, { minimum: 0 }),
};

/** Largest difference of errors (points) at which two predictions agree: the rule of B1. */
const agreement = 0.5;
/** Largest difference of probabilities that is rounding. */
const rounding = 1e-5;
/** Inputs and classes of the one softmax layer, all of whose masks are run. */
const linear = { features: 12, classes: 10 };

type Parameters = ParameterValues<typeof parameters>;

interface Measured extends Row {
  readonly measurement: "weight scaling" | "mean over masks" | "one linear layer";
  /** Masks whose predictions are averaged, where they are. */
  readonly masks: number | null;
  readonly error_percent: number | null;
  readonly rise_points: number | null;
  readonly cross_entropy_nats: number | null;
  readonly divergence_nats: number | null;
  readonly probability_difference: number | null;
  readonly images: number | null;
}

type Result = Setting & Measured;

export default experiment({
  name: "dropout-ensemble",
  title: "Dropout's weight scaling against the mean of thinned networks",
  question: "Does a network trained with dropout, scaled, predict what its thinned networks predict on average?",
  source:
    "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting, sec. 7.5, fig. 11",
  claims: [weightScalingApproximatesEnsemble],
  parameters,
  columns: {
    seed: "seed of weights, order of images and masks",
    measurement: "weight scaling, mean over masks, or one linear layer (the geometric mean over all its masks)",
    masks: "masks whose predictions are averaged",
    error_percent: "top-1 test error (%)",
    rise_points: "that error less the scaled network's on the same images (percentage points)",
    cross_entropy_nats: "mean test cross-entropy (nats)",
    divergence_nats: "Kullback-Leibler divergence of the scaled network's prediction from the mean over masks (nats)",
    probability_difference: "largest difference of a probability from weight scaling, of one linear layer",
    images: "test images it was measured on",
  },

  cells: ({ seeds: seedNumbers }: Parameters): Setting[] => seedNumbers.map((seed) => ({ seed })),

  trains: planOf,

  work: (cell, params) =>
    multiplyAccumulates(planOf(cell, params, digitShape).architecture) * params.masks * params.maskImages,

  async measure(cell, params, run) {
    const { network, test, channelStatistics } = await beginStudy(run, (shape) => planOf(cell, params, shape));
    const { seed } = cell;
    try {
      const { scaled, means } = await maskEnsembleErrors(
        network,
        takeAtMost(test, params.maskImages),
        meanSizes(params.masks),
        { ...cellOptions(run, channelStatistics, "averaging masks"), seed },
      );
      const linearRow: Measured = {
        ...empty,
        measurement: "one linear layer",
        masks: 2 ** linear.features,
        probability_difference: linearMaskDifference({ ...linear, rate: params.hiddenRate, seed }),
      };
      return [
        row("weight scaling", scaled, scaled),
        ...means.map((found) => ({
          ...row("mean over masks", found, scaled),
          masks: found.masks,
          divergence_nats: found.divergence,
        })),
        linearRow,
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, { masks }) {
    const all = of(rows, "mean over masks").filter((found) => found.masks === masks);
    const gap = bootstrapInterval(perSeed(all, ({ rise_points }) => rise_points));
    const differences = of(rows, "one linear layer").map(({ probability_difference }) => probability_difference!);
    return [
      judge(weightScalingApproximatesEnsemble, gap, [
        intervalWithin(
          `error of the mean over ${quantity(masks)} masks less the scaled network's`,
          gap,
          [-agreement, agreement],
          "points",
        ),
        atMost(
          "one linear layer: largest difference of a probability from the geometric mean over all masks",
          Math.max(...differences),
          rounding,
          "",
        ),
      ]),
    ];
  },

  figures: (rows) => [errorByMasks(rows), divergenceByMasks(rows)],

  departures({ hiddenLayers, hiddenUnits, steps, batchSize, schedule, learningRate, meanPool, maskImages }) {
    return [
      `There are ${hiddenLayers} hidden layers of ${hiddenUnits} units; the source's have 1024 and more, and a limit ` +
        "to the norm of their weights.",
      `Training takes ${steps} mini-batches of ${batchSize} with a "${schedule}" schedule up to rate ` +
        `${learningRate}, and weight decay; the source trains far longer.`,
      ...poolingDepartures(meanPool),
      ...(maskImages === 10_000 ? [] : [`Means are over ${quantity(maskImages)} of the 10,000 test images.`]),
      "The arithmetic mean of the predictions is measured, as in the source; the geometric one, of which the " +
        "identity for a linear layer speaks, is computed for that layer.",
    ];
  },
});

function planOf(
  { seed }: Setting,
  { hiddenLayers, hiddenUnits, inputRate, hiddenRate, ...params }: Parameters,
  { height, width, channels }: ImageShape,
): TrainingPlan {
  const { meanPool, steps } = params;
  const inputShape = [height / meanPool, width / meanPool, channels] as const;
  const hidden = Array.from({ length: hiddenLayers }, () => hiddenUnits);
  const architecture = buildDenseNetwork({ inputShape, classes: 10, hidden, inputRate, hiddenRate });
  return trainingPlan(params, { architecture, seed, steps });
}

/** 1, 3, 10, 30, ... masks, and all of them. */
function meanSizes(masks: number): number[] {
  return [...[1, 3, 10, 30, 100, 300].filter((size) => size < masks), masks];
}

const empty = {
  masks: null,
  error_percent: null,
  rise_points: null,
  cross_entropy_nats: null,
  divergence_nats: null,
  probability_difference: null,
  images: null,
};

function row(measurement: Measured["measurement"], result: RouteResult, scaled: RouteResult): Measured {
  return {
    ...empty,
    measurement,
    error_percent: 100 * result.topOneError,
    rise_points: 100 * (result.topOneError - scaled.topOneError),
    cross_entropy_nats: result.crossEntropy,
    images: result.images,
  };
}

function of(rows: readonly Result[], measurement: Measured["measurement"]): Result[] {
  return rows.filter((found) => found.measurement === measurement);
}

function errorByMasks(rows: readonly Result[]): Figure {
  const scaled = mean(of(rows, "weight scaling").map(({ error_percent }) => error_percent!));
  return {
    id: "error-by-masks",
    title: "Error of the mean prediction under random masks, less that of the scaled network",
    caption: captioned(
      "Test error of the mean prediction under k masks of dropout less that of the scaled network, which errs on " +
        quantity(scaled, "%"),
      "The source found both equal at about 50 masks.",
    ),
    ...byMasks(rows, "difference of test errors (points)", ({ rise_points }) => rise_points!),
    references: [
      { y: agreement, label: "rule of B1" },
      { y: -agreement, label: "rule of B1" },
    ],
  };
}

function divergenceByMasks(rows: readonly Result[]): Figure {
  return {
    id: "divergence-by-masks",
    title: "How far the scaled network's prediction is from the mean under random masks",
    caption: captioned(
      "Kullback-Leibler divergence of the scaled network's prediction from the mean prediction under k masks",
      "What is left where the line is flat is no noise of the masks: layers that are not linear have another mean.",
    ),
    ...byMasks(rows, "divergence (nats)", ({ divergence_nats }) => divergence_nats!),
  };
}

function byMasks(
  rows: readonly Result[],
  label: string,
  y: (row: Result) => number,
): Pick<SeriesFigure, "claims" | "xAxis" | "yAxis" | "series"> {
  return {
    claims: [weightScalingApproximatesEnsemble.id],
    xAxis: { label: "random masks, k", scale: "log", integers: true },
    yAxis: { label },
    series: [
      intervalSeries({
        name: "mean under k masks",
        kind: "line",
        rows: of(rows, "mean over masks"),
        x: ({ masks }) => masks!,
        y,
      }),
    ],
  };
}
