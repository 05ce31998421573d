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
import { plural } from "../src/base";
import { takeAtMost } from "../src/data";
import {
  column,
  count,
  experiment,
  judge,
  needsShortcuts,
  numbers,
  type RowOf,
  type Rows,
  told,
} from "../src/experiment";
import { linearSurvival, survivalProbabilities, uniformSurvival } from "../src/networks";
import { publishedSeries } from "../src/report";
import { intervalNumbers, largest, mean, quantity, smallest, sum } from "../src/statistics";
import { trainedShares, trainingCurve } from "../src/training";
import { published } from "./stochastic-depth/published";
import {
  routeAtTest,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  survivalPlan,
} from "./stochastic-depth/training";

const schedules = ["constant", "linear", "uniform"] as const;
type Schedule = (typeof schedules)[number];

const columns = {
  network: column.text("architecture, with its depth in layers"),
  schedule: column.oneOf("how survival depends on depth; constant: all blocks run", schedules),
  last_survival: column.number("survival probability p_N of the last block"),
  measurement: column.oneOf("what is measured", ["test error", "training loss", "block"]),
  step: column.whole("training", "mini-batches"),
  block: column.whole("block, from 1 at the input"),
  survival_probability: column.number("survival probability of that block in training"),
  run_share: column.number("share of the mini-batches in which that block's residual branch ran"),
  blocks_run: column.number("blocks whose residual branch ran, mean over the mini-batches"),
  loss_nats: column.number("mean cross-entropy, of test images or mini-batches", "nats"),
  error_percent: column.number("top-1 error, of test images or mini-batches", "%"),
  images: column.whole("test images"),
};
type Cell = { seed: number; network: string; schedule: Schedule; last_survival: number };
type Row = RowOf<typeof columns, Cell>;

/** Half the width of a normal distribution's 95 % interval, in standard deviations. */
const normalWidth = 1.96;

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
    ...stochasticDepthParameters,
  },
  variations: {
    smoke: { steps: [5, 20] },
    quick: { steps: [400, 1600], trainingImages: [1000, 5000, 50_000] },
    "quick cifar10": { steps: [1200, 4800], trainingImages: [1000, 5000, 45_000] },
    paper: { steps: [17_550, 58_500, 175_500], trainingImages: [5000, 15_000, 45_000] },
  },
  columns,
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

  async measure(run, _, { testImages }) {
    const { architecture, history, plan, test, evaluate } = await run.trained();
    const [tested] = await evaluate([routeAtTest(plan)], takeAtMost(test, testImages), "testing");
    const probabilities = plan.routes === null ? null : survivalProbabilities(architecture, plan.routes);
    return [
      {
        measurement: "test error" as const,
        blocks_run: trainingCurve(history, 1)[0]!.blocksRun,
        loss_nats: tested!.crossEntropy,
        error_percent: 100 * tested!.topOneError,
        images: tested!.images,
      },
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
    D1(rows, { lastSurvival, steps }) {
      const linear = rows.where({ schedule: "linear" });
      const blocks = linear.where({ measurement: "block" });
      const depth = linear.where({ measurement: "test error" }).interval("blocks_run");
      const count = largest(blocks.numbers("block"));
      const wrong = blocks.numbers(({ block: t, survival_probability }) =>
        Math.abs(survival_probability! - (count - t! + t! * lastSurvival) / count),
      );
      const survival = (blocks.bySeed()[0]?.rows ?? blocks).numbers("survival_probability");
      const expected = sum(survival);
      const deviation = Math.sqrt(sum(survival.map((p) => p * (1 - p))) / (depth.count * steps));
      return judge(depth)
        .of("largest difference of a survival probability from 1 - t/N (1 - p_N)", largest(wrong), "")
        .atMost(1e-12)
        .of(
          `mean depth, ${quantity(depth.estimate)}: distance from Σ p_t = ${quantity(expected)} (threshold: 95 % ` +
            "interval of the mean of so many samples, by the normal distribution)",
          Math.abs(depth.estimate - expected),
          "blocks",
        )
        .atMost(normalWidth * deviation);
    },
    D3: (rows) => judge(errors(rows, "linear").lessPerSeed(errors(rows, "constant"), "error_percent")).below(0),
  },

  states: {
    /** Errors of the last tenth of the mini-batches, where these are not augmented; the rows have no error on all images. */
    "trained to the end": (rows, { steps, cropPadding, flip }) =>
      cropPadding > 0 || flip
        ? null
        : [
            {
              values: rows
                .where({ measurement: "training loss", schedule: "constant" })
                .where(({ step }) => step! > 0.9 * steps)
                .perSeed("error_percent"),
              of: "mini-batches of the last tenth of the training",
            },
          ],
  },

  sentences: {
    D1(rows, { residual }) {
      const linear = rows.where({ schedule: "linear" });
      const ran = linear.where({ measurement: "test error" }).perSeed("blocks_run");
      const blocks = linear.where({ measurement: "block" });
      const survival = blocks.bySeed()[0]?.rows.numbers("survival_probability") ?? [];
      return (
        `Of ${survival.length} blocks of ${residual} ${quantity(mean(ran))} ran in a mini-batch, where Σ p_t is ` +
        `${quantity(sum(survival))} (mean of ${plural(ran.length, "network")}).`
      );
    },
    D3(rows, { residual, steps }) {
      const [constant, linear] = [errors(rows, "constant"), errors(rows, "linear")];
      const found = linear.lessPerSeed(constant, "error_percent");
      return (
        `Training ${residual} with stochastic depth for ${quantity(steps)} mini-batches: test error ` +
        `${quantity(mean(constant.perSeed("error_percent")), "%")} → ${quantity(mean(linear.perSeed("error_percent")), "%")} ` +
        `(mean of ${plural(found.length, "pair")} of networks, whose differences go from ${quantity(smallest(found))} to ` +
        `${quantity(largest(found), "points")}).`
      );
    },
  },

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

function errors(rows: Rows<Row>, schedule: Schedule): Rows<Row> {
  return rows.where({ measurement: "test error", schedule });
}
