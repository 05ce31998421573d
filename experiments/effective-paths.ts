/**
 * What is lost when only a residual network's short paths are trained.
 *
 * The same network is trained twice from the same weights on the same mini-batches: with all blocks, and with a few of
 * them, drawn anew for each mini-batch, while the others pass by their shortcuts. So the second training never sees a path
 * longer than those few blocks. At test all blocks run; after the second training each residual branch is scaled by the
 * share of mini-batches that it took part in, as after stochastic depth, or left as it is. Both trainings are also made
 * shorter, at `quick` 100 mini-batches instead of 400, to see what the difference depends on.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5. Claim E9.
 */
import { effectivePathsSuffice, intervalWithin, judge } from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  needsShortcuts,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import {
  buildByName,
  disposeNetwork,
  expectedRoute,
  fullRoute,
  multiplyAccumulates,
  type Route,
} from "../src/networks";
import { type Figure, intervalSeries, publishedSeries } from "../src/report";
import { cellOptions, evaluate } from "../src/routes";
import {
  ascending,
  binomialProbabilities,
  bootstrapInterval,
  intervalText,
  mean,
  perSeedDifference,
  quantity,
} from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet20",
    quick: "preactivation-resnet56",
    paper: "preactivation-resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  // 23 of 54 in the source; so 12 of 27, and 4 of 9
  fewBlocks: count("blocks that a mini-batch trains", { smoke: 4, quick: 12, paper: 23 }),
  otherSteps: counts(
    "other lengths of both trainings",
    { smoke: [10], quick: [100], "quick cifar10": [400], paper: [4000, 16_000] },
    { unit: "mini-batches" },
  ),
  testImages: count("test images", { smoke: 500, quick: 5000, paper: 10_000 }),
  ...trainingParameters,
};

type Parameters = ParameterValues<typeof parameters>;

/** The two trainings that are compared. */
const trainings = ["all blocks", "few blocks"] as const;

/** One training with one seed, for so many steps. */
interface Cell extends Setting {
  readonly training: (typeof trainings)[number];
  readonly steps: number;
}

interface Measured extends Row {
  /** "test error" or "training loss". */
  readonly measurement: string;
  /** "unscaled", or "scaled" by the share of mini-batches that trained a branch; null while training. */
  readonly branches: string | null;
  readonly error_percent: number | null;
  readonly cross_entropy_nats: number;
  readonly images: number | null;
  readonly step: number;
  readonly blocks_run: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "effective-paths",
  title: "Training the short paths of a residual network only",
  question: "Does a residual network lose anything when only its short paths are trained?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 5",
  claims: [effectivePathsSuffice],
  parameters,
  customNetwork: { parameter: "residual", needs: needsShortcuts },
  columns: {
    seed: "seed of weights, order of images and drawn blocks",
    training: "whether a mini-batch trained all blocks, or a few drawn ones",
    steps: "mini-batches of the whole training",
    measurement: "test error, or training loss on the way",
    branches: "at test, whether residual branches are scaled by the share of mini-batches that trained them",
    error_percent: "top-1 test error of the network with all its blocks (%)",
    cross_entropy_nats: "mean cross-entropy: of the test images, or of the mini-batches since the row before (nats)",
    images: "test images it was measured on",
    step: "mini-batches trained on so far",
    blocks_run: "blocks whose residual branch ran: at test, or mean over the mini-batches since the row before",
  },

  cells: ({ seeds: seedNumbers, steps, otherSteps }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) =>
      [steps, ...otherSteps].flatMap((length) => trainings.map((training) => ({ seed, training, steps: length }))),
    ),

  trains: planOf,

  work(cell, params) {
    const routes = cell.training === "few blocks" ? 2 : 1; // at test
    return routes * params.testImages * multiplyAccumulates(planOf(cell, params, digitShape).architecture);
  },

  relevant({ training }, { fewBlocks, steps, otherSteps, seeds, ...others }) {
    return training === "few blocks" ? { ...others, fewBlocks } : others;
  },

  async measure(cell, params, run) {
    const { network, history, plan, test, channelStatistics } = await beginStudy(run, (shape) =>
      planOf(cell, params, shape),
    );
    const { architecture } = network;
    try {
      const tested: { branches: string; route: Route }[] = [
        { branches: "unscaled", route: fullRoute(architecture) },
        ...(plan.routes === null ? [] : [{ branches: "scaled", route: expectedRoute(architecture, plan.routes) }]),
      ];
      const results = await evaluate(
        network,
        tested.map(({ route }) => route),
        takeAtMost(test, params.testImages),
        cellOptions(run, channelStatistics, `${params.residual}: test error`),
      );
      return [
        ...history.map(
          ({ step, loss, blocksRun }): Measured => ({
            measurement: "training loss",
            branches: null,
            error_percent: null,
            cross_entropy_nats: loss,
            images: null,
            step,
            blocks_run: blocksRun,
          }),
        ),
        ...results.map(
          ({ topOneError, crossEntropy, images }, i): Measured => ({
            measurement: "test error",
            branches: tested[i]!.branches,
            error_percent: 100 * topOneError,
            cross_entropy_nats: crossEntropy,
            images,
            step: cell.steps,
            blocks_run: architecture.blocks.length,
          }),
        ),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, params) {
    const difference = bootstrapInterval(differences(rows, params.steps, "scaled"));
    const margin = marginOf(params);
    return [
      judge(effectivePathsSuffice, difference, [
        intervalWithin(
          "error after training few blocks less error after training all",
          difference,
          [-margin, margin],
          "points",
        ),
      ]),
    ];
  },

  figures: (rows, params) => [
    errors(rows, params),
    differenceByLength(rows, params),
    trainingLoss(rows, params),
    trainedPaths(params),
  ],

  departures(params) {
    return [
      ...(params.residual === "preactivation-resnet110"
        ? []
        : [`The network is ${params.residual}; the source has 110 layers, and trains 23 of its 54 blocks at a time.`]),
      ...trainingDepartures(params),
      "What the source does with the branches at test is not known to us: the verdict rests on branches scaled by the " +
        "share of mini-batches that trained them; unscaled ones are measured beside it.",
      "The shorter trainings, in the figure of differences, are ours.",
    ];
  },
});

function planOf({ training, seed, steps }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { residual: network, width, fewBlocks } = params;
  const plan = planByName(params, { network, width, seed, steps }, images);
  return { ...plan, routes: training === "few blocks" ? { kind: "few blocks", count: fewBlocks } : null };
}

/** What the rule calls nothing lost (points): less where the training is the source's, which leaves less to chance. */
function marginOf({ steps }: Parameters): number {
  return steps >= 64_000 ? 0.5 : 1;
}

function testErrors(
  rows: readonly Result[],
  { steps, training, branches }: Pick<Cell, "steps" | "training"> & { branches: string },
): Result[] {
  return rows.filter(
    (row) =>
      row.measurement === "test error" && row.steps === steps && row.training === training && row.branches === branches,
  );
}

/** Each seed's error after training few blocks, less that after training all for as many steps (points). */
function differences(rows: readonly Result[], steps: number, branches: string): number[] {
  return perSeedDifference(
    testErrors(rows, { steps, training: "few blocks", branches }),
    testErrors(rows, { steps, training: "all blocks", branches: "unscaled" }),
    ({ error_percent }) => error_percent,
  );
}

const seedIntervals = "over seeds, with 95 % bootstrap intervals";
/** The two trainings' test errors (%) in the source. */
const publishedErrors = { "all blocks": 6.1, "few blocks, scaled": 5.96 } as const;

function errors(rows: readonly Result[], { residual, fewBlocks, steps }: Parameters): Figure {
  const categories = ["all blocks", "few blocks, scaled", "few blocks, unscaled"];
  const tested = [
    ...testErrors(rows, { steps, training: "all blocks", branches: "unscaled" }),
    ...testErrors(rows, { steps, training: "few blocks", branches: "scaled" }),
    ...testErrors(rows, { steps, training: "few blocks", branches: "unscaled" }),
  ];
  const difference = (branches: string) =>
    intervalText(bootstrapInterval(differences(rows, steps, branches)), "points");
  return {
    id: "error-by-training",
    claims: [effectivePathsSuffice.id],
    title: `Test error after training all blocks, and a few at a time: ${residual}`,
    caption:
      `Test error of ${residual} with all its blocks, mean ${seedIntervals}: trained whole, and with ${fewBlocks} random ` +
      "blocks a mini-batch; then with residual branches scaled by the share of mini-batches that trained them, and " +
      `unscaled. Difference from the network trained whole: scaled ${difference("scaled")}, unscaled ` +
      `${difference("unscaled")}. In the source 23 of 54 blocks err 0.14 points less, which is within noise (one run each).`,
    xAxis: { label: "blocks that a mini-batch trains; branches at test", categories },
    yAxis: { label: "test error (%)" },
    series: [
      intervalSeries({
        name: residual,
        kind: "points",
        rows: tested,
        x: ({ training, branches }) => (training === "all blocks" ? training : `${training}, ${branches}`),
        y: ({ error_percent }) => error_percent!,
      }),
      publishedSeries("Veit et al. 2016, ResNet-110, CIFAR-10", Object.entries(publishedErrors), "points"),
    ],
  };
}

function differenceByLength(rows: readonly Result[], params: Parameters): Figure {
  const lengths = ascending([...params.otherSteps, params.steps]);
  const margin = marginOf(params);
  return {
    id: "difference-by-training-length",
    claims: [effectivePathsSuffice.id],
    title: `How the difference depends on the length of training: ${params.residual}`,
    caption:
      `Test error after training ${params.fewBlocks} random blocks a mini-batch, branches scaled at test, less that after ` +
      `training all blocks for as many mini-batches: mean ${seedIntervals}, paired by seed. A block that takes part in fewer ` +
      "mini-batches learns from fewer gradients, which counts for more the shorter the training is.",
    xAxis: { label: "training (mini-batches)", scale: "log", integers: true },
    yAxis: { label: "difference of test errors (points)" },
    series: [
      {
        name: params.residual,
        kind: "line",
        points: lengths.map((length) => {
          const { estimate, low, high } = bootstrapInterval(differences(rows, length, "scaled"));
          return { x: length, y: estimate, low, high };
        }),
      },
    ],
    references: [
      { y: margin, label: "rule of E9" },
      { y: -margin, label: "rule of E9" },
    ],
  };
}

function trainingLoss(rows: readonly Result[], params: Parameters): Figure {
  const losses = rows.filter(({ measurement, steps }) => measurement === "training loss" && steps === params.steps);
  const blocksRun = (training: string) =>
    quantity(mean(losses.filter((row) => row.training === training).map(({ blocks_run }) => blocks_run)));
  return {
    id: "training-loss",
    title: `Training loss with all blocks, and with a few at a time: ${params.residual}`,
    caption:
      `Mean cross-entropy of the mini-batches, each before its step, on the blocks that it trains: mean ${seedIntervals}. ` +
      `Blocks that ran, mean over mini-batches: ${blocksRun("all blocks")} and ${blocksRun("few blocks")}.`,
    xAxis: { label: "training (mini-batches)", integers: true },
    yAxis: { label: "training loss (nats)", scale: "log" },
    series: trainings.map((training) =>
      intervalSeries({
        name: training,
        kind: "line",
        rows: losses.filter((row) => row.training === training),
        x: ({ step }) => step,
        y: ({ cross_entropy_nats }) => cross_entropy_nats,
      }),
    ),
  };
}

function trainedPaths(params: Parameters): Figure {
  const { residual, fewBlocks } = params;
  const blocks = buildByName(residual, { inputShape: [32, 32, 3], classes: 10 }).blocks.length; // on any images
  return {
    id: "trained-paths",
    title: "Lengths of the paths that a mini-batch trains",
    caption:
      `Share of the paths by their number of residual branches: binomial, with mean ${quantity(blocks / 2)} where all ` +
      `${blocks} blocks run, and ${quantity(fewBlocks / 2)} where ${fewBlocks} do. Exact; nothing is measured here.`,
    xAxis: { label: "length of the path (residual branches)", integers: true },
    yAxis: { label: "share of the paths (%)" },
    series: trainings.map((training) => ({
      name: training,
      kind: "line",
      points: binomialProbabilities(training === "all blocks" ? blocks : fewBlocks, 0.5).map((share, x) => ({
        x,
        y: 100 * share,
      })),
    })),
  };
}
