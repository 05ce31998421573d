/**
 * Whether a deeper network trains worse, and whether vanishing gradients are why.
 *
 * Plain and residual networks of several depths are trained alike. What counts is the error on images they were trained
 * on: a deeper network that errs more there does not overfit, it is harder to optimise (degradation). The norm of the loss's
 * gradient is measured between all blocks, at initialisation and after training: if it does not vanish on its way to the
 * input, that is not why. The residual networks of 20 and 32 layers and the plain net of 32 are those of the deletion study.
 *
 * Source: He, Zhang, Ren & Sun 2015, arXiv:1512.03385, sec. 4.2, fig. 6, table 6. Claims C5, C5.1.
 * Departs from it: pre-activation blocks where it has the original ones, by default; minutes of training, not hours.
 */
import { takeAtMost } from "../src/data";
import {
  atStandard,
  count,
  counts,
  cross,
  experiment,
  judge,
  meanWithEnds,
  type Rows,
  rowsOf,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { fullRoute, parseName, withFreshNetwork } from "../src/networks";
import { mean, quantity } from "../src/statistics";
import { planByName, trainingCurve } from "../src/training";
import { borderGradientNorms } from "./degradation/border-gradient-norms";
import { degradationFigures } from "./degradation/figures";
import { columns, depthOf, ends, named, plain, type Row, type State } from "./degradation/rows";

/** Points of a training curve, at most. */
const curvePoints = 100;

export default experiment("degradation", {
  title: "Degradation: training error by depth",
  question: "Does a deeper network have the higher training error, plain or residual, and do its gradients vanish?",
  source: "He, Zhang, Ren & Sun 2015, Deep residual learning for image recognition, sec. 4.2, fig. 6 and table 6",
  parameters: {
    residual: text("family of the residual networks", "preactivation-resnet"),
    depths: counts(
      "depths; the least and the largest are judged",
      { smoke: [8, 14], quick: [20, 32, 44, 56], standard: [20, 56], paper: [20, 32, 44, 56] },
      { unit: "layers" },
    ),
    width: count("filters of the first stage", 16),
    trainingErrorImages: count("training images that the training error is measured on", {
      smoke: 200,
      quick: 5000,
      paper: 50_000,
    }),
    testImages: count("test images", { smoke: 200, quick: 2000, paper: 10_000 }),
    ...trainingParameters,
    // At `standard` the source's depths, on smaller images as they are: the claim is about the training error, which has to become small.
    meanPool: atStandard(trainingParameters.meanPool, 2),
    cropPadding: atStandard(trainingParameters.cropPadding, 0),
    flip: atStandard(trainingParameters.flip, false),
  },
  variations: {
    smoke: { depths: [14, 20].map((deep) => [8, deep]) },
    quick: { depths: [32, 44, 56].map((deep) => [20, deep]) },
    paper: { depths: [32, 44, 56, 110].map((deep) => [20, deep]) },
  },
  columns,

  firstLook: { median: "training_error_percent", by: ["network"], where: { measurement: "trained" } },
  cells({ seeds, residual, depths }) {
    if (depths.length < 2) throw new RangeError(`need two depths or more to compare, got ${depths}`);
    return cross({ seed: seeds, network: [plain, residual].flatMap((family) => named(family, depths)) });
  },

  network: ({ seed, network }, params, images) =>
    planByName(params, { network, width: params.width, seed, steps: params.steps }, images),

  async measure(run, cell, { trainingErrorImages, testImages }) {
    const study = await run.trained();
    const { network, architecture, history, plan, evaluate } = study;
    const whole = [fullRoute(architecture)];
    const [onTraining] = await evaluate(whole, takeAtMost(study.training, trainingErrorImages), "training error");
    const [onTest] = await evaluate(whole, takeAtMost(study.test, testImages), "test error");
    const layersPerBlock = (parseName(cell.network).depth - 2) / architecture.blocks.length; // all but stem and head
    const gradients = (norms: readonly number[], state: State) =>
      norms.map((gradient_norm, border) => ({
        measurement: "gradient norm" as const,
        ...{ state, layer: 1 + border * layersPerBlock, gradient_norm },
      }));
    const initialNorms = withFreshNetwork(architecture, cell.seed, (of) => borderGradientNorms(of, plan, study));
    return [
      {
        measurement: "trained" as const,
        step: plan.steps,
        training_error_percent: 100 * onTraining!.topOneError,
        training_loss_nats: onTraining!.crossEntropy,
        test_error_percent: 100 * onTest!.topOneError,
      },
      ...trainingCurve(history, curvePoints).map(({ step, loss, accuracy }) => ({
        measurement: "training curve" as const,
        ...{ step, training_error_percent: 100 * (1 - accuracy), training_loss_nats: loss },
      })),
      ...gradients(initialNorms, "initial"),
      ...gradients(borderGradientNorms(network, plan, study), "trained"),
    ];
  },

  claims: {
    C5(rows, { residual, depths }) {
      const [least, most] = ends(depths);
      const { low } = errorRises(rows, residual, depths).interval("rise");
      return judge(errorRises(rows, plain, depths).interval("rise"))
        .above(0)
        .of(`low end of the interval of ${residual}${most}'s training error less ${residual}${least}'s`, low, "points")
        .atMost(0);
    },
    "C5.1": (rows, { residual, depths }) =>
      judge(errorRises(rows, plain, depths).lessPerSeed(errorRises(rows, residual, depths), "rise")).above(0),
  },

  states: {
    "shallower plain net trains": (rows, { depths }) =>
      rows
        .where({ measurement: "trained", network: named(plain, [ends(depths)[0]]) })
        .numbers("training_error_percent"),
  },

  sentences: {
    C5: (rows, { residual, depths }) => errorsByDepth(rows, [plain, residual], depths),
    "C5.1": (rows, { residual, depths }) => errorsByDepth(rows, [plain, residual], depths),
  },

  figures: degradationFigures,

  departures: (params) => [
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
  ],
});

/** Training error (points) of a family's deepest network less that of its shallowest, for each seed that has both. */
function errorRises(rows: Rows<Row>, family: string, depths: readonly number[]) {
  const curves = rows
    .where({ measurement: "trained", network: named(family, ends(depths)) })
    .curves(depthOf, "training_error_percent");
  return rowsOf(
    curves.flatMap(({ seed, points: [shallow, deep] }) =>
      shallow === undefined || deep === undefined ? [] : [{ seed, rise: deep.y - shallow.y }],
    ),
  );
}

/** What the training error is at the least and at the greatest depth, of each family, and where single networks end. */
function errorsByDepth(rows: Rows<Row>, families: readonly string[], depths: readonly number[]): string {
  const [least, most] = ends(depths);
  const told = families.map((family) => {
    const errors = (depth: number) =>
      rows.where({ measurement: "trained", network: named(family, [depth]) }).perSeed("training_error_percent");
    const deep = errors(most);
    return `${quantity(mean(errors(least)), "%")} → ${meanWithEnds(deep, "%")} with ${family}`;
  });
  return `From ${least} to ${most} layers the training error goes ${told.join(", ")}.`;
}
