/**
 * Whether a deeper network trains worse, and whether vanishing gradients are why.
 *
 * Plain and residual networks of several depths are trained alike. What counts is the error on images they were trained
 * on: a deeper network that errs more there does not overfit, it is harder to optimise (degradation). The loss's gradient is
 * measured at every border between blocks, at initialisation and after training: if it does not vanish on its way to the
 * input, that is not why. The residual networks of 20 and 32 layers and the plain net of 32 are those of the deletion study.
 *
 * Source: He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2, fig. 6, table 6. Claims C5, C5.1.
 * Departs from it: pre-activation blocks where it has the original ones, by default; minutes of training, not hours.
 */
import { atMost, deeperPlainNetsTrainWorse, depthCostsPlainNetsMore, intervalAbove, judge } from "../src/claims";
import { digitShape, type ImageSet, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import {
  createNetwork,
  disposeNetwork,
  fullRoute,
  multiplyAccumulates,
  type Network,
  parseName,
} from "../src/networks";
import { cellOptions, evaluate } from "../src/routes";
import { bootstrapInterval, bySeed, perSeed, perSeedDifference } from "../src/statistics";
import { beginStudy, borderGradientNorms, planByName, type TrainingPlan, trainingCurve } from "../src/training";
import { degradationFigures, plain, select, trainingError } from "./figures/degradation";

const parameters = {
  residual: text("family of the residual networks", "preactivation-resnet"),
  depths: counts(
    "depths; judged are the least and the largest",
    { smoke: [8, 14], quick: [20, 32, 44, 56], paper: [20, 32, 44, 56] },
    { unit: "layers" },
  ),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  trainingImages: count("training images that the training error is measured on", {
    smoke: 200,
    quick: 5000,
    paper: 50_000,
  }),
  testImages: count("test images", { smoke: 200, quick: 2000, paper: 10_000 }),
  ...trainingParameters,
};
/** Points of a training curve, at most. */
const curvePoints = 100;

export type Parameters = ParameterValues<typeof parameters>;

/** One network, trained with one seed. */
interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  /** "trained", "training curve" or "gradient norm". */
  readonly measurement: string;
  readonly step: number | null;
  /** Of a gradient: "initial" or "trained". */
  readonly state: string | null;
  readonly layer: number | null;
  readonly gradient_norm: number | null;
  readonly training_error_percent: number | null;
  readonly training_loss_nats: number | null;
  readonly test_error_percent: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "degradation",
  title: "Degradation: training error by depth",
  question: "Does a deeper network have the higher training error, plain or residual, and do its gradients vanish?",
  source: "He, Zhang, Ren & Sun 2015, Deep residual learning for image recognition, sec. 4.2, fig. 6 and table 6",
  claims: [deeperPlainNetsTrainWorse, depthCostsPlainNetsMore],
  parameters,
  columns: {
    seed: "seed of weights and order of images",
    network: "name of the architecture, with its depth in layers",
    measurement: "trained (the network at its end), training curve, or gradient norm",
    step: "mini-batches done",
    state: "whether the gradient is that of the initial or of the trained network",
    layer: "layers with weights before the place of the gradient; blocks begin there",
    gradient_norm:
      "Euclidean norm of the gradient of a training batch's mean cross-entropy by the activations there (nats per unit)",
    training_error_percent:
      "top-1 error (%): on training images at inference, or on the batches since the point of the curve before",
    training_loss_nats: "mean cross-entropy (nats) on the same images",
    test_error_percent: "top-1 test error (%)",
  },

  cells({ seeds: seedNumbers, residual, depths }: Parameters): Cell[] {
    if (depths.length < 2) throw new RangeError(`need two depths or more to compare, got ${depths}`);
    const networks = [plain, residual].flatMap((family) => depths.map((depth) => `${family}${depth}`));
    return seedNumbers.flatMap((seed) => networks.map((network) => ({ seed, network })));
  },

  trains: planOf,

  work(cell, params) {
    const images = params.trainingImages + params.testImages;
    return images * multiplyAccumulates(planOf(cell, params, digitShape).architecture);
  },

  relevant(_, { residual, depths, seeds, ...others }) {
    return others;
  },

  async measure(cell, params, run) {
    const study = await beginStudy(run, (images) => planOf(cell, params, images));
    const { network, history, plan, channelStatistics } = study;
    const { architecture } = network;
    const initial = createNetwork(architecture, cell.seed);
    const errorOn = async (set: ImageSet, most: number, phase: string) => {
      const options = cellOptions(run, channelStatistics, `${cell.network}: ${phase}`);
      const [result] = await evaluate(network, [fullRoute(architecture)], takeAtMost(set, most), options);
      return result!;
    };
    try {
      const onTraining = await errorOn(study.training, params.trainingImages, "training error");
      const onTest = await errorOn(study.test, params.testImages, "test error");
      const gradients = (of: Network, state: string) =>
        borderGradientNorms(of, plan, study).map((gradient_norm, border): Measured => {
          const layersPerBlock = (parseName(cell.network).depth - 2) / architecture.blocks.length; // all but stem and head
          return { ...nothing, measurement: "gradient norm", state, layer: 1 + border * layersPerBlock, gradient_norm };
        });
      return [
        {
          ...nothing,
          measurement: "trained",
          step: plan.steps,
          training_error_percent: 100 * onTraining.topOneError,
          training_loss_nats: onTraining.crossEntropy,
          test_error_percent: 100 * onTest.topOneError,
        },
        ...trainingCurve(history, curvePoints).map(
          ({ step, loss, accuracy }): Measured => ({
            ...nothing,
            measurement: "training curve",
            step,
            training_error_percent: 100 * (1 - accuracy),
            training_loss_nats: loss,
          }),
        ),
        ...gradients(initial, "initial"),
        ...gradients(network, "trained"),
      ];
    } finally {
      disposeNetwork(initial);
      disposeNetwork(network);
    }
  },

  verdicts(rows, { residual, depths }) {
    const [least, most] = [Math.min(...depths), Math.max(...depths)];
    const rises = (family: string) => errorRises(rows, `${family}${least}`, `${family}${most}`);
    const between = (family: string) => `training error of ${family}${most} less that of ${family}${least}`;
    const riseOf = ({ rise }: { readonly rise: number }) => rise;
    const plainRise = bootstrapInterval(perSeed(rises(plain), riseOf));
    const residualRise = bootstrapInterval(perSeed(rises(residual), riseOf));
    const moreThanResidual = bootstrapInterval(perSeedDifference(rises(plain), rises(residual), riseOf));
    return [
      judge(deeperPlainNetsTrainWorse, plainRise, [
        intervalAbove(between(plain), plainRise, 0, "points"),
        atMost(`low end of the interval of ${between(residual)}`, residualRise.low, 0, "points"),
      ]),
      judge(depthCostsPlainNetsMore, moreThanResidual, [
        intervalAbove("the plain nets' rise less the residual networks'", moreThanResidual, 0, "points"),
      ]),
    ];
  },

  figures: degradationFigures,

  departures(params) {
    return [
      ...(params.residual === "resnet"
        ? []
        : [
            `The residual networks are of the family "${params.residual}"; the source has the original blocks, with a ` +
              "ReLU after the addition (--set residual=resnet).",
          ]),
      ...trainingDepartures(params),
      "The training error is measured on training images after training, at inference and without augmentation; the " +
        "source shows it along the training.",
      "The source looked at gradient norms and says that they are healthy; it prints none.",
    ];
  },
});

const nothing = {
  step: null,
  state: null,
  layer: null,
  gradient_norm: null,
  training_error_percent: null,
  training_loss_nats: null,
  test_error_percent: null,
};

function planOf({ network, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps } = params;
  return planByName(params, { network, width, seed, steps }, images);
}

/** Training error (points) of the deep network less that of the shallow one, for each seed that has both. */
function errorRises(
  rows: readonly Result[],
  shallow: string,
  deep: string,
): { readonly seed: number; readonly rise: number }[] {
  const before = bySeed(select(rows, "trained", shallow));
  return select(rows, "trained", deep).flatMap((row) =>
    (before.get(row.seed) ?? []).map((other) => ({ seed: row.seed, rise: trainingError(row) - trainingError(other) })),
  );
}
