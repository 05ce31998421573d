/**
 * Whether a network trained with dropout predicts at inference what its thinned networks predict on average.
 *
 * A dense network is trained with dropout. At test time its prediction by weight scaling is set against the mean
 * prediction under up to 1,000 masks, sampled as in training, each image with masks of its own. For one softmax layer,
 * where the two are to be the same, the geometric mean over all its masks is computed.
 *
 * Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15:1929, sec. 7.5. Claim B1.
 */
import { takeAtMost } from "../src/data";
import {
  column,
  count,
  errorsBeside,
  experiment,
  fraction,
  number,
  poolingDepartures,
  told,
  trainingParameters,
} from "../src/experiment";
import { buildDenseNetwork } from "../src/networks";
import { linearMaskDifference, maskEnsembleErrors } from "../src/routes";
import { largest, quantity } from "../src/statistics";
import { trainingPlan } from "../src/training";
import { judgeScaling, scalingFigures, scalingText } from "./dropout-ensemble/scaling";

/** Inputs and classes of the one softmax layer, all of whose masks are run. */
const linear = { features: 12, classes: 10 };

export default experiment("dropout-ensemble", {
  title: "Dropout's weight scaling against the mean of thinned networks",
  question: "Does a network trained with dropout, scaled, predict what its thinned networks predict on average?",
  source:
    "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting, sec. 7.5, fig. 11",
  parameters: {
    hiddenLayers: count("hidden layers", { smoke: 1, quick: 2, paper: 2 }),
    hiddenUnits: count("units of each hidden layer", { smoke: 32, quick: 256, paper: 1024 }),
    inputRate: fraction("share of the pixels that is dropped", 0.2, { maximum: 0.99 }),
    hiddenRate: fraction("share of the hidden units that is dropped", 0.5, { maximum: 0.99 }),
    masks: count("masks, their mean prediction", { smoke: 20, quick: 1000, paper: 1000 }),
    maskImages: count("test images", { smoke: 100, quick: 2000, paper: 10_000 }),
    ...trainingParameters,
    // Dense layers without normalisation diverge at the rate of the residual networks.
    learningRate: number("largest learning rate", 0.05, { minimum: 0 }),
  },
  columns: {
    measurement: column.oneOf("how it is predicted", ["weight scaling", "mean over masks", "one linear layer"]),
    masks: column.whole("random masks, k"),
    error_percent: column.number("top-1 test error", "%"),
    rise_points: column.number("test error less the scaled network's", "points"),
    cross_entropy_nats: column.number("test cross-entropy", "nats"),
    divergence_nats: column.number("divergence of the scaled network from the mean over masks", "nats"),
    probability_difference: column.number("largest difference of a probability from weight scaling"),
    images: column.whole("test images"),
  },
  firstLook: { median: "rise_points", by: ["masks"], where: { measurement: "mean over masks" } },
  cells: ({ seeds }) => seeds.map((seed) => ({ seed })),

  network({ seed }, params, { height, width, channels }) {
    const { hiddenLayers, hiddenUnits, inputRate, hiddenRate, meanPool, steps } = params;
    const inputShape = [height / meanPool, width / meanPool, channels] as const;
    const hidden = Array.from({ length: hiddenLayers }, () => hiddenUnits);
    const architecture = buildDenseNetwork({ inputShape, classes: 10, hidden, inputRate, hiddenRate });
    return trainingPlan(params, { architecture, seed, steps });
  },

  async measure(run, { seed }, { masks, maskImages, hiddenRate }) {
    const { network, test, options } = await run.trained();
    const sizes = [...[1, 3, 10, 30, 100, 300].filter((size) => size < masks), masks];
    const { scaled, means } = await maskEnsembleErrors(network, takeAtMost(test, maskImages), sizes, {
      ...options("averaging masks"),
      seed,
    });
    return [
      { measurement: "weight scaling" as const, ...errorsBeside(scaled, scaled) },
      ...means.map((found) => ({
        measurement: "mean over masks" as const,
        masks: found.masks,
        divergence_nats: found.divergence,
        ...errorsBeside(found, scaled),
      })),
      {
        measurement: "one linear layer" as const,
        masks: 2 ** linear.features,
        probability_difference: linearMaskDifference({ ...linear, rate: hiddenRate, seed }),
      },
    ];
  },

  claims: {
    B1: (rows, { masks }) =>
      judgeScaling(rows.where({ measurement: "mean over masks", masks }).interval("rise_points"), [
        "one linear layer: largest difference of a probability",
        rows.where({ measurement: "one linear layer" }).numbers("probability_difference"),
      ]),
  },

  states: { "half of chance": (rows) => rows.where({ measurement: "weight scaling" }).numbers("error_percent") },

  sentences: {
    B1(rows, { masks }) {
      const linearLayer = rows.where({ measurement: "one linear layer" }).numbers("probability_difference");
      return scalingText(
        `${quantity(masks)} thinned networks`,
        rows.where({ measurement: "weight scaling" }).perSeed("error_percent"),
        rows.where({ measurement: "mean over masks", masks }).perSeed("rise_points"),
        `in one linear layer no probability differs by more than ${quantity(largest(linearLayer))}`,
      );
    },
  },

  figures(rows) {
    const scaled = rows.where({ measurement: "weight scaling" });
    const error = told(() => quantity(scaled.interval("error_percent").estimate, "%"));
    const numbers = `The scaled network errs on ${error}.`;
    const caption = "The source found both equal at about 50 masks.";
    return scalingFigures("B1", "masks", rows.where({ measurement: "mean over masks" }), { caption, numbers });
  },

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
