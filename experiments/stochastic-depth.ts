/**
 * What training with stochastic depth makes of the test error, and which blocks run in it.
 *
 * In every mini-batch each residual branch runs with its survival probability, else its shortcut alone; at test time all
 * run, scaled by those probabilities. One residual network is trained at constant depth and with stochastic depth for as
 * many mini-batches, survival falling linearly to p_N or the same everywhere. `--vary steps=100,400` (or residual,
 * lastSurvival) shows from where on the verdict changes. The time that it saves and what it makes of a network at test
 * time are experiments of their own (stochastic-depth-time.ts, stochastic-depth-at-test.ts).
 *
 * Source: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3 and 4. Claims D1 and D3.
 */
import { type ImageSet, takeAtMost } from "../src/data";
import { atStandard, count, experiment, judge, needsShortcuts, numbers, told } from "../src/experiment";
import { linearSurvival, survivalProbabilities, uniformSurvival } from "../src/networks";
import { publishedSeries } from "../src/report";
import { intervalNumbers } from "../src/statistics";
import { trainedShares, trainingCurve } from "../src/training";
import { blocksRunText, errorsText, judgeBlocksRun } from "./stochastic-depth/findings";
import { published } from "./stochastic-depth/published";
import { type Cell, columns, errors, type Schedule } from "./stochastic-depth/rows";
import {
  routeAtTest,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  survivalPlan,
} from "./stochastic-depth/training";

export default experiment("stochastic-depth", {
  title: "Training with stochastic depth",
  question: "Does a residual network err less when a random subset of its blocks is trained in every mini-batch?",
  source: "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3 and 4",
  parameters: {
    uniform: numbers(
      "survival probabilities that are the same for all blocks",
      { smoke: [0.5], quick: [0.5], paper: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
      { minimum: 0, maximum: 1 },
    ),
    testImages: count("test images", { smoke: 500, quick: 5000, paper: 10_000 }),
    trainingErrorImages: count("training images that the training error is measured on", {
      smoke: 200,
      quick: 5000,
      paper: 50_000,
    }),
    ...stochasticDepthParameters,
    // At `standard` few images and many epochs, which regularisation is for, and which come to their end in a night.
    trainingImages: atStandard(stochasticDepthParameters.trainingImages, 5000),
    meanPool: atStandard(stochasticDepthParameters.meanPool, 2),
    steps: atStandard(stochasticDepthParameters.steps, 2500),
    cropPadding: atStandard(stochasticDepthParameters.cropPadding, 0),
    flip: atStandard(stochasticDepthParameters.flip, false),
  },
  variations: {
    smoke: { steps: [5, 20] },
    quick: { steps: [400, 1600], trainingImages: [1000, 5000, 50_000] },
    // On CIFAR-10 averaged to 16x16, from 320 epochs of a few images to two of all.
    standard: { steps: [625, 2500], trainingImages: [1000, 5000, 45_000] },
    paper: { steps: [17_550, 58_500, 175_500], trainingImages: [5000, 15_000, 45_000] },
  },
  columns,
  firstLook: { median: "error_percent", by: ["schedule", "last_survival"], where: { measurement: "test error" } },
  cells: ({ seeds, residual: network, lastSurvival, uniform }): Cell[] =>
    seeds.flatMap((seed) => [
      { seed, network, schedule: "constant", last_survival: 1 },
      { seed, network, schedule: "linear", last_survival: lastSurvival },
      ...uniform.map((last_survival) => ({ seed, network, schedule: "uniform" as const, last_survival })),
    ]),

  network({ schedule, last_survival, ...cell }, params, images) {
    if (schedule === "constant") return survivalPlan(params, cell, images, null);
    const survival = schedule === "linear" ? linearSurvival : uniformSurvival;
    return survivalPlan(params, cell, images, (blocks) => survival(blocks, last_survival));
  },

  async measure(run, _, { testImages, trainingErrorImages }) {
    const { architecture, history, plan, training, test, evaluate } = await run.trained();
    const errorOn = async (set: ImageSet, measurement: "test error" | "training error") => {
      const [result] = await evaluate([routeAtTest(plan)], set, measurement);
      const { crossEntropy: loss_nats, topOneError, images } = result!;
      return { measurement, loss_nats, error_percent: 100 * topOneError, images };
    };
    const probabilities = plan.routes === null ? null : survivalProbabilities(architecture, plan.routes);
    return [
      {
        ...(await errorOn(takeAtMost(test, testImages), "test error")),
        blocks_run: trainingCurve(history, 1)[0]!.blocksRun,
      },
      await errorOn(takeAtMost(training, trainingErrorImages), "training error"),
      ...history.map(({ step, blocksRun, loss, accuracy }) => ({
        ...{ measurement: "training loss" as const, step, blocks_run: blocksRun, loss_nats: loss },
        error_percent: 100 * (1 - accuracy),
      })),
      ...trainedShares(plan).map((run_share, i) => ({
        ...{ measurement: "block" as const, block: i + 1, run_share },
        survival_probability: probabilities?.[i] ?? 1,
      })),
    ];
  },

  claims: {
    D1: (rows, params) => judgeBlocksRun(rows, params),
    D3: (rows) => judge(errors(rows, "linear").lessPerSeed(errors(rows, "constant"), "error_percent")).below(0),
  },

  states: {
    "trained to the end": (rows) =>
      rows.where({ measurement: "training error", schedule: "constant" }).numbers("error_percent"),
  },

  sentences: { D1: (rows, params) => blocksRunText(rows, params), D3: (rows, params) => errorsText(rows, params) },

  figures(rows, { residual, lastSurvival }) {
    const blocks = rows.where({ measurement: "block", schedule: "linear" });
    const constant = new Map(errors(rows, "constant").map(({ seed, error_percent }) => [seed, error_percent!]));
    const said = (schedule: Schedule) =>
      told(() => intervalNumbers(errors(rows, schedule).interval("error_percent"), "%"));
    const linear = `linear, p_N = ${lastSurvival}`;
    return [
      {
        id: "share-by-block",
        claims: ["D1"],
        title: `How often each block runs: ${residual}, ${linear}`,
        x: "block",
        y: { column: "run_share", label: "share of mini-batches", range: [0, 1] },
        series: [
          { name: "ran", kind: "points", rows: blocks },
          { name: "survival probability p_t", rows: blocks, y: ({ survival_probability }) => survival_probability },
        ],
      },
      {
        id: "error-by-survival",
        claims: ["D3"],
        title: `Test error by survival probability, less that at constant depth: ${residual}`,
        caption:
          `Paired by seed. At constant depth the error is ${said("constant")}, with ${linear} it is ${said("linear")}; in ` +
          "the source 6.41 % and 5.23 %.",
        x: "last_survival",
        y: {
          value: ({ seed, error_percent }) => (constant.has(seed) ? error_percent! - constant.get(seed)! : null),
          label: "difference of test errors (points)",
        },
        series: (["linear", "uniform"] as const).flatMap((schedule) => [
          { name: schedule, kind: "points" as const, rows: errors(rows, schedule) },
          publishedSeries(
            `Huang et al. 2016, ${schedule}, ResNet-110, CIFAR-10`,
            published[schedule].map(([survival, error]) => [survival, error - 6.41]),
          ),
        ]),
        references: [{ y: 0, label: "constant depth" }],
      },
      {
        id: "loss-by-step",
        claims: ["D3"],
        title: `Training loss: ${residual}`,
        caption: "Each mini-batch's loss with the blocks that ran in it.",
        x: "step",
        y: { column: "loss_nats", label: "training cross-entropy (nats)", scale: "log" },
        rows: rows.where({ measurement: "training loss", schedule: ["constant", "linear"] }),
        by: ({ schedule }) => (schedule === "constant" ? "constant depth" : linear),
      },
    ];
  },

  departures: (params) => [
    ...stochasticDepthDepartures(params),
    "Convolutions have no bias, in the source they have one; shortcuts that change the shape take every second pixel, " +
      "in the source the mean of 2 x 2.",
    "The error is that after the last mini-batch; the source's is that at the epoch of least validation error.",
  ],
  customNetwork: { parameter: "residual", needs: needsShortcuts },
});
