/**
 * How long the paths are that carry a residual network's gradient.
 *
 * The loss gradient of a trained residual network is sent back along paths of each length: through the residual branches
 * of k random blocks and the shortcuts of the others. Its norm at the input, times the number of paths of that length, is
 * what they carry together.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5. Claims E7, E8.
 */
import { takeAtMost } from "../src/data";
import {
  count,
  experiment,
  judge,
  needsPaths,
  text,
  told,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { fullRoute } from "../src/networks";
import { publishedSeries } from "../src/report";
import { pathCounts, pathGradientNorms } from "../src/routes";
import { binomialProbabilities, intervalNumbers, largest, mean, meanInterval, quantity } from "../src/statistics";
import { planByName } from "../src/training";
import { decayText, judgeDecay, spreadText } from "./path-lengths/findings";
import {
  carriedBy,
  decay,
  earlyLengths,
  gradientLeft,
  published,
  type Spread,
  spread,
} from "./path-lengths/gradient-by-length";
import { columns, type Row, withGradient } from "./path-lengths/rows";

export default experiment("path-lengths", {
  title: "The gradient along the paths of a residual network",
  question: "How does the gradient along a path fall with its length, and how long are the paths that carry it?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 5",
  parameters: {
    residual: text("residual network", {
      smoke: "preactivation-resnet20",
      quick: "preactivation-resnet56",
      standard: "preactivation-resnet32",
      paper: "preactivation-resnet110",
    }),
    width: count("filters of the first stage", 16),
    gradientImages: count("test images in the batch whose loss is differentiated", {
      smoke: 32,
      quick: 128,
      paper: 128,
    }),
    testImages: count("test images on which the network errs", { smoke: 200, quick: 2000, paper: 10_000 }),
    samples: count("random sets of blocks for each path length", { smoke: 4, quick: 16, paper: 100 }),
    ...trainingParameters,
  },
  columns,
  firstLook: { median: "gradient_norm", by: ["path_length"] },
  cells: ({ seeds, residual }) => seeds.map((seed) => ({ seed, network: residual })),

  network: ({ seed, network }, params, images) =>
    planByName(params, { network, width: params.width, seed, steps: params.steps }, images),

  async measure(run, _, { gradientImages, samples, testImages }) {
    const { network, architecture, test, options, evaluate } = await run.trained();
    const norms = await pathGradientNorms(network, takeAtMost(test, gradientImages), {
      ...options("gradients along paths"),
      samples,
      stream: run.random("blocks of a path"),
    });
    const [intact] = await evaluate([fullRoute(architecture)], takeAtMost(test, testImages), "test error");
    const counts = pathCounts(architecture);
    return norms.map((sampled, path_length) => ({
      path_length,
      paths: Number(counts[path_length]),
      samples: sampled.length,
      gradient_norm: mean(sampled),
      geometric_mean_norm: sampled.includes(0) ? 0 : Math.exp(mean(sampled.map(Math.log))),
      test_error_percent: 100 * intact!.topOneError,
    }));
  },

  claims: {
    E7: (rows) => judgeDecay(rows),
    E8: (rows) =>
      judge(rows.bySeed().map((own) => spread(own.rows).to)).below(largest(rows.numbers("path_length")) / 2),
  },

  states: {
    "trained as in the sources": (rows) => rows.where({ path_length: 0 }).numbers("test_error_percent"),
    "gradient at three lengths": (rows) => withGradient(rows, 0),
    "three points": (rows) => withGradient(rows, 1),
  },

  sentences: { E7: (rows, params) => decayText(rows, params), E8: (rows) => spreadText(rows) },

  figures(rows, { residual }) {
    const seeds = rows.bySeed();
    const ofSeed = (row: Row) => seeds.find(({ seed }) => seed === row.seed)!.rows;
    const blocks = Math.max(0, ...rows.numbers("path_length"));
    const slopes = () => seeds.map((own) => decay(own.rows, earlyLengths).slope);
    const slope = told(() => intervalNumbers(meanInterval(slopes()), "orders of magnitude per block"));
    const early = `Over k up to ${earlyLengths} alone the slope is ${slope}.`;
    const over = (of: (spread: Spread) => number) =>
      told(() => quantity(mean(seeds.map((own) => of(spread(own.rows))))));
    const left = (row: Row, deleted = row.path_length!) => gradientLeft(ofSeed(row), deleted);
    const lost = told(() => quantity(mean(rows.where({ path_length: 1 }).perSeed((row) => 100 - left(row))), "%"));
    const contribution = (row: Row) => {
      const carried = carriedBy(ofSeed(row));
      return carried[ofSeed(row).indexOf(row)]! / Math.max(...carried);
    };
    const halves = binomialProbabilities(blocks, 0.5);
    const gradient = { name: `gradient, ${residual}`, rows };
    const pathNumbers = { name: "number of paths", kind: "line" } as const;
    return [
      {
        id: "gradient-by-path-length",
        claims: ["E7"],
        title: `The gradient along a path by its length: ${residual}`,
        caption: "The source's values bend after k = 28 in a way that looks like underflow.",
        numbers: `${blocks > earlyLengths ? `${early} ` : ""}The source's values fall by about 0.6 orders of magnitude per block.`,
        x: "path_length",
        y: {
          value: (row) =>
            row.gradient_norm! / (ofSeed(row).find(({ path_length }) => path_length === 0)?.gradient_norm ?? 0),
          label: "gradient norm, relative to k = 0",
          scale: "log",
        },
        series: [{ name: residual, rows }, publishedSeries(published.name, published.decay)],
      },
      {
        id: "contribution-by-path-length",
        claims: ["E8"],
        title: `The paths that carry the gradient: ${residual}`,
        caption:
          "Number of paths times mean norm of their gradient. Cancellation between paths is ignored, as in the source.",
        numbers:
          `Of ${blocks} blocks, paths of ${over(({ from }) => from)} to ` +
          `${over(({ to }) => to)} hold 95 % of the gradient, ${over(({ pathsPercent }) => pathsPercent)} % of all paths; ` +
          `the peak is at ${over(({ peak }) => peak)}, the gradient-weighted mean length ` +
          `${over(({ meanLength }) => meanLength)} (source: 5 to 17 of 54, 0.45 %, 13 and 11.5).`,
        x: {
          value: ({ path_length }) => path_length! / blocks,
          label: "length of the path (share of the blocks)",
          range: [0, 1],
        },
        y: {
          value: contribution,
          label: "contribution, relative to its peak",
        },
        series: [
          gradient,
          { ...pathNumbers, points: halves.map((part, k) => ({ x: k / blocks, y: part / Math.max(...halves) })) },
          publishedSeries(published.name, published.bell),
        ],
      },
      {
        id: "left-after-deletions",
        title: `What is left of the paths after deletions: ${residual}`,
        caption: `One deleted block takes half of the paths, but ${lost} of the gradient.`,
        x: { column: "path_length", label: "number of deleted blocks" },
        y: { value: (row) => left(row), label: "share left (%)", scale: "log" },
        series: [gradient, { ...pathNumbers, points: halves.map((_, x) => ({ x, y: 100 * 2 ** -x })) }],
      },
    ];
  },

  departures: ({ residual, gradientImages, samples, ...training }) => [
    ...(residual === "preactivation-resnet110"
      ? []
      : [`The network is ${residual}; the source has 110 layers, 54 blocks.`]),
    ...trainingDepartures(training),
    `The gradient is that of one batch of ${gradientImages} test images with the batch's own statistics, as in training, ` +
      `along ${samples} random paths of each length, or all where there are no more.`,
    "The interval of lengths with 95 % of the gradient leaves 2.5 % on either side; the source does not say how it " +
      "took its own.",
  ],
  customNetwork: {
    parameter: "residual",
    needs: needsPaths,
    withWeights: true,
    byRoutes: "it differentiates the loss along paths",
  },
});
