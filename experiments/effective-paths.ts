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
import { plural } from "../src/base";
import { takeAtMost } from "../src/data";
import {
  column,
  count,
  cross,
  experiment,
  judge,
  needsShortcuts,
  type RowOf,
  type Rows,
  text,
  told,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { buildByName, expectedRoute, fullRoute } from "../src/networks";
import { publishedSeries } from "../src/report";
import { binomialProbabilities, intervalNumbers, largest, mean, meanInterval, quantity } from "../src/statistics";
import { planByName } from "../src/training";

/** The two trainings that are compared. */
const trainings = ["all blocks", "few blocks"] as const;

const columns = {
  training: column.oneOf("blocks that a mini-batch trains", trainings),
  measurement: column.oneOf("what is measured", ["test error", "training loss"]),
  branches: column.oneOf("residual branches at test time", ["unscaled", "scaled"]),
  error_percent: column.number("top-1 test error of the network with all its blocks", "%"),
  cross_entropy_nats: column.number("mean cross-entropy, of test images or mini-batches", "nats"),
  images: column.whole("test images"),
  step: column.whole("training", "mini-batches"),
  blocks_run: column.number("blocks whose residual branch ran, mean over the mini-batches"),
};
type Row = RowOf<typeof columns, { seed: number; training: (typeof trainings)[number] }>;

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
    width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
    // 23 of 54 in the source; so 12 of 27, and 4 of 9
    fewBlocks: count("blocks that a mini-batch trains", { smoke: 4, quick: 12, paper: 23 }),
    testImages: count("test images", { smoke: 500, quick: 5000, paper: 10_000 }),
    ...trainingParameters,
  },
  variations: {
    smoke: { steps: [5, 20] },
    quick: { steps: [400, 1600, 3200] },
    paper: { steps: [16_000, 32_000, 64_000] },
  },
  columns,
  cells: ({ seeds }) => cross({ seed: seeds, training: trainings }),

  network({ seed, training }, params, images) {
    const { residual: network, width, steps } = params;
    const plan = planByName(params, { network, width, seed, steps }, images);
    return training === "all blocks" ? plan : { ...plan, routes: { kind: "few blocks", count: params.fewBlocks } };
  },

  async measure(run, _, { steps, testImages }) {
    const { architecture, plan, history, test, evaluate } = await run.trained();
    const scaled = plan.routes === null ? [] : [expectedRoute(architecture, plan.routes)];
    const images = takeAtMost(test, testImages);
    const results = await evaluate([fullRoute(architecture), ...scaled], images, "test error");
    return [
      ...history.map(({ step, loss, blocksRun }) => ({
        ...{ measurement: "training loss" as const, cross_entropy_nats: loss, step, blocks_run: blocksRun },
      })),
      ...results.map(({ topOneError, crossEntropy, images }, i) => ({
        measurement: "test error" as const,
        branches: (["unscaled", "scaled"] as const)[i]!,
        error_percent: 100 * topOneError,
        cross_entropy_nats: crossEntropy,
        images,
        step: steps,
        blocks_run: architecture.blocks.length,
      })),
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
    /**
     * The rows have the training loss alone. An image that is told wrongly has a loss of at least ln 2, so the error is at most the
     * loss over ln 2: where that is more than what is asked, nothing can be told.
     */
    "trained to the end"(rows, { steps, cropPadding, flip }) {
      const most = rows
        .where({ measurement: "training loss", training: "all blocks" })
        .where(({ step }) => step! > 0.9 * steps)
        .perSeed("cross_entropy_nats")
        .map((loss) => (100 * loss) / Math.LN2);
      const isBelow = most.length > 0 && largest(most) <= 1;
      if (cropPadding > 0 || flip || !isBelow) return null;
      return [{ values: most, of: "at most, by the loss of the last tenth of the training" }];
    },
  },

  sentences: {
    E9(rows, { residual, fewBlocks, steps }) {
      const tests = rows.where({ measurement: "test error" });
      const few = tests.where({ training: "few blocks" });
      const error = (some: typeof tests) => quantity(mean(some.perSeed("error_percent")), "%");
      const found = differences(rows, "scaled");
      return (
        `Training ${fewBlocks} blocks of ${residual} at a time instead of all, for ${quantity(steps)} mini-batches: test error ` +
        `${error(tests.where({ training: "all blocks" }))} → ${error(few.where({ branches: "scaled" }))} ` +
        `(mean of ${plural(found.length, "pair")} of networks), ${error(few.where({ branches: "unscaled" }))} with unscaled branches.`
      );
    },
  },

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

/** Each seed's error after training few blocks, less that after training all (points). */
function differences(rows: Rows<Row>, branches: "scaled" | "unscaled"): number[] {
  const tests = rows.where({ measurement: "test error" });
  return tests
    .where({ training: "few blocks", branches })
    .lessPerSeed(tests.where({ training: "all blocks" }), "error_percent");
}
