/**
 * What is lost when only a residual network's short paths are trained.
 *
 * The same network is trained twice from the same weights on the same mini-batches: with all blocks, and with a few of
 * them, sampled anew for each mini-batch, while the others pass by their shortcuts. So the second training never sees a
 * path longer than those few blocks. At test time all blocks run; after the second training each residual branch is scaled
 * by the share of mini-batches that it took part in, as after stochastic depth, or left as it is. A block that takes part
 * in fewer mini-batches learns from fewer gradients, which counts for more the shorter the training is:
 * `--vary steps=100,400` shows it.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5. Claim E9.
 */
import { type ImageSet, takeAtMost } from "../src/data";
import {
  count,
  cross,
  experiment,
  judge,
  needsShortcuts,
  text,
  told,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { buildByName, expectedRoute, fullRoute } from "../src/networks";
import { publishedSeries } from "../src/report";
import { binomialProbabilities, intervalNumbers, meanInterval, quantity } from "../src/statistics";
import { planByName } from "../src/training";
import { columns, differences, trainedPathsText, trainings } from "./effective-paths/rows";

export default experiment("effective-paths", {
  title: "Training the short paths of a residual network only",
  question: "Does a residual network lose anything when only its short paths are trained?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 5",
  parameters: {
    residual: text("residual network", {
      smoke: "preactivation-resnet20",
      quick: "preactivation-resnet56",
      paper: "preactivation-resnet110",
    }),
    width: count("filters of the first stage", 16),
    // 23 of 54 in the source; so 12 of 27, and 4 of 9
    fewBlocks: count("blocks that a mini-batch trains", { smoke: 4, quick: 12, paper: 23 }),
    testImages: count("test images", { smoke: 500, quick: 5000, paper: 10_000 }),
    trainingErrorImages: count("training images that the training error is measured on", {
      smoke: 200,
      quick: 5000,
      paper: 50_000,
    }),
    ...trainingParameters,
  },
  variations: {
    smoke: { steps: [5, 20] },
    quick: { steps: [400, 1600, 3200] },
    paper: { steps: [16_000, 32_000, 64_000] },
  },
  columns,
  firstLook: { median: "error_percent", by: ["training"], where: { measurement: "test error" } },
  cells: ({ seeds }) => cross({ seed: seeds, training: trainings }),

  network({ seed, training }, params, images) {
    const { residual: network, width, steps } = params;
    const plan = planByName(params, { network, width, seed, steps }, images);
    return training === "all blocks" ? plan : { ...plan, routes: { kind: "few blocks", count: params.fewBlocks } };
  },

  async measure(run, _, { steps, testImages, trainingErrorImages }) {
    const { architecture, plan, history, training, test, evaluate } = await run.trained();
    const scaled = plan.routes === null ? [] : [expectedRoute(architecture, plan.routes)];
    const errors = async (measurement: "test error" | "training error", images: ImageSet) => {
      const results = await evaluate([fullRoute(architecture), ...scaled], images, measurement);
      return results.map(({ topOneError, crossEntropy, images }, i) => ({
        measurement,
        branches: (["unscaled", "scaled"] as const)[i]!,
        error_percent: 100 * topOneError,
        cross_entropy_nats: crossEntropy,
        images,
        step: steps,
        blocks_run: architecture.blocks.length,
      }));
    };
    return [
      ...history.map(({ step, loss, blocksRun }) => ({
        ...{ measurement: "training loss" as const, cross_entropy_nats: loss, step, blocks_run: blocksRun },
      })),
      ...(await errors("test error", takeAtMost(test, testImages))),
      ...(await errors("training error", takeAtMost(training, trainingErrorImages))),
    ];
  },

  claims: {
    E9(rows, { steps }) {
      const margin = steps >= 64_000 ? 0.5 : 1; // less where the training is the source's, which leaves less to chance
      return judge(differences(rows, "scaled")).within(-margin, margin);
    },
  },

  states: {
    "trained as in the sources": (rows) =>
      rows.where({ measurement: "test error", training: "all blocks" }).numbers("error_percent"),
    "trained to the end": (rows) =>
      rows.where({ measurement: "training error", training: "all blocks" }).numbers("error_percent"),
  },

  sentences: { E9: (rows, params) => trainedPathsText(rows, params) },

  figures(rows, { residual, fewBlocks }) {
    const blocks = buildByName(residual, { inputShape: [32, 32, 3], classes: 10 }).blocks.length; // on any images
    const unscaled = told(() => intervalNumbers(meanInterval(differences(rows, "unscaled")), "points"));
    return [
      {
        id: "error-by-training",
        claims: ["E9"],
        title: `Test error after training all blocks, and ${fewBlocks} of ${blocks} at a time: ${residual}`,
        caption:
          "All blocks run at test time, with residual branches scaled by the share of mini-batches that trained them, or " +
          `unscaled: the difference is then ${unscaled}. In the source 23 of 54 blocks err 0.14 points less (one run each).`,
        x: {
          value: ({ training, branches }) => (training === "all blocks" ? training : `${training}, ${branches}`),
          label: "blocks that a mini-batch trains; branches at test time",
          categories: ["all blocks", "few blocks, scaled", "few blocks, unscaled"],
        },
        y: "error_percent",
        series: [
          { name: residual, rows: rows.where({ measurement: "test error" }) },
          publishedSeries(
            "Veit et al. 2016, ResNet-110, CIFAR-10",
            [
              ["all blocks", 6.1],
              ["few blocks, scaled", 5.96],
            ],
            "points",
          ),
        ],
      },
      {
        id: "training-loss",
        title: `Training loss with all blocks, and with ${fewBlocks} at a time: ${residual}`,
        caption: "Mean cross-entropy of the mini-batches, each before its step, on the blocks that it trains.",
        x: "step",
        y: { column: "cross_entropy_nats", label: "training loss (nats)", scale: "log" },
        rows: rows.where({ measurement: "training loss" }),
        by: "training",
      },
      {
        id: "trained-paths",
        title: "Lengths of the paths that a mini-batch trains",
        caption:
          `Binomial, with mean ${quantity(blocks / 2)} where all ${blocks} blocks run, and ${quantity(fewBlocks / 2)} ` +
          `where ${fewBlocks} do. Exact; nothing is measured here.`,
        x: { value: () => null, label: "length of the path (residual branches)", integers: true },
        y: { value: () => null, label: "share of the paths (%)" },
        series: trainings.map((name) => ({
          name,
          kind: "line",
          points: binomialProbabilities(name === "all blocks" ? blocks : fewBlocks, 0.5).map((share, x) => {
            return { x, y: 100 * share };
          }),
        })),
      },
    ];
  },

  departures: (params) => [
    ...(params.residual === "preactivation-resnet110"
      ? []
      : [`The network is ${params.residual}; the source has 110 layers, and trains 23 of its 54 blocks at a time.`]),
    ...trainingDepartures(params),
    "What the source does with the branches at test time is not known to us: the verdict rests on branches scaled by the " +
      "share of mini-batches that trained them; unscaled ones are measured beside it.",
  ],
  customNetwork: { parameter: "residual", needs: needsShortcuts },
});
