/**
 * How long the paths are that carry a residual network's gradient.
 *
 * A residual network is trained. Then its loss gradient is sent back along paths of each length: through the residual
 * branches of k random blocks and the shortcuts of the others, for 16 such sets of blocks at `quick`. Its norm at the input,
 * times the number of paths of that length, is what they carry together.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 5. Claims E7, E8.
 */
import { atLeast, effectivePathsAreShort, gradientFallsWithPathLength, intervalBelow, judge } from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  experiment,
  needsPaths,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, multiplyAccumulates } from "../src/networks";
import { randomStream } from "../src/random";
import { type Figure, intervalSeries, linesOverSeeds, publishedSeries } from "../src/report";
import { cellOptions, pathCounts, pathGradientNorms } from "../src/routes";
import {
  binomialCoefficient,
  binomialProbabilities,
  bootstrapInterval,
  bySeed,
  intervalText,
  type LinearFit,
  linearFit,
  massInterval,
  mean,
  perSeed,
  quantity,
  sum,
} from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet20",
    quick: "preactivation-resnet56",
    paper: "preactivation-resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  gradientImages: count("test images of the batch whose loss it is", { smoke: 32, quick: 128, paper: 128 }),
  draws: count("random sets of blocks for each length of paths", { smoke: 4, quick: 16, paper: 100 }),
  ...trainingParameters,
};

type Parameters = ParameterValues<typeof parameters>;

/** One network, trained with one seed. */
interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  readonly path_length: number;
  /** All that the network has of that length. */
  readonly paths: number;
  readonly draws: number;
  readonly gradient_norm: number;
  readonly geometric_mean_norm: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "path-lengths",
  title: "The gradient along the paths of a residual network",
  question: "How does the gradient along a path fall with its length, and how long are the paths that carry it?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 5",
  claims: [gradientFallsWithPathLength, effectivePathsAreShort],
  parameters,
  customNetwork: { parameter: "residual", needs: needsPaths, given: { steps: 0 } },
  columns: {
    seed: "seed of weights, order of images and draws",
    network: "name of the architecture, with its depth in layers",
    path_length: "residual branches on a path, from 0 to the number of blocks",
    paths: "paths of that length through the network, counted",
    draws: "paths of that length along which the gradient was sent back",
    gradient_norm: "mean over these of the Euclidean norm of the mean loss's gradient by the images of the batch",
    geometric_mean_norm: "geometric mean of the same norms",
  },

  cells: ({ seeds: seedNumbers, residual }: Parameters): Cell[] =>
    seedNumbers.map((seed) => ({ seed, network: residual })),

  trains: planOf,

  work(cell, params) {
    const { architecture } = planOf(cell, params, digitShape);
    const passes = (architecture.blocks.length + 1) * (1 + params.draws / 2); // back through half of the blocks each
    return passes * params.gradientImages * multiplyAccumulates(architecture);
  },

  relevant(_, { residual, seeds, ...others }) {
    return others;
  },

  async measure(cell, params, run) {
    const { network, test, channelStatistics } = await beginStudy(run, (images) => planOf(cell, params, images));
    try {
      const norms = await pathGradientNorms(network, takeAtMost(test, params.gradientImages), {
        ...cellOptions(run, channelStatistics, `${cell.network}: gradients along paths`),
        draws: params.draws,
        stream: randomStream(cell.seed, "blocks of a path"),
      });
      const counts = pathCounts(network.architecture);
      return norms.map((drawn, path_length) => ({
        path_length,
        paths: Number(counts[path_length]),
        draws: drawn.length,
        gradient_norm: mean(drawn),
        geometric_mean_norm: drawn.includes(0) ? 0 : Math.exp(mean(drawn.map(Math.log))),
      }));
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows) {
    const decays = [...bySeed(rows).values()].map((own) => decay(own));
    const slope = bootstrapInterval(decays.map((fit) => fit.slope));
    const e7 = judge(gradientFallsWithPathLength, slope, [
      intervalBelow("slope of log10 of the norm", slope, 0, "orders of magnitude per block"),
      atLeast("least R² of a seed's fit", Math.min(...decays.map(({ rSquared }) => rSquared)), 0.9, ""),
    ]);

    const carried = spreads(rows);
    const upperEnd = bootstrapInterval(carried.map(({ to }) => to));
    const e8 = judge(effectivePathsAreShort, upperEnd, [
      intervalBelow("upper end of the lengths with 95 % of the gradient", upperEnd, carried[0]!.blocks / 2, "blocks"),
    ]);
    return [e7, e8];
  },

  figures: (rows, params) => [
    gradientByLength(rows, params),
    contributionByLength(rows, params),
    leftAfterDeletions(rows, params),
  ],

  departures(params) {
    return [
      ...(params.residual === "preactivation-resnet110"
        ? []
        : [`The network is ${params.residual}; the source has 110 layers, 54 blocks.`]),
      ...trainingDepartures(params),
      `The gradient is that of one batch of ${params.gradientImages} test images with the batch's own statistics, as ` +
        `in training, along ${params.draws} random paths of each length, or all where there are no more.`,
      "The interval of lengths with 95 % of the gradient leaves 2.5 % on either side; the source does not say how it " +
        "took its own.",
    ];
  },
});

function planOf({ network, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps } = params;
  return planByName(params, { network, width, seed, steps }, images);
}

/** The line through log10 of one seed's mean norms over k = 1, 2, ... A norm of 0 has no logarithm and is left out. */
function decay(own: readonly Result[], longest = Number.POSITIVE_INFINITY): LinearFit {
  const fitted = own.filter(({ path_length: k, gradient_norm }) => k >= 1 && k <= longest && gradient_norm > 0);
  return linearFit(
    fitted.map(({ path_length }) => path_length),
    fitted.map(({ gradient_norm }) => Math.log10(gradient_norm)),
  );
}

/** How one seed's gradient is spread over the lengths of paths. */
interface Spread {
  readonly seed: number;
  readonly blocks: number;
  /** Number of paths times mean norm by length, with sum 1. */
  readonly contributions: readonly number[];
  /** The lengths, ends included, between which 95 % of it lies. */
  readonly from: number;
  readonly to: number;
  /** How many of all paths have these lengths (%). */
  readonly pathsPercent: number;
  readonly peak: number;
  readonly meanLength: number;
}

function spreads(rows: readonly Result[]): Spread[] {
  return [...bySeed(rows)].map(([seed, own]) => {
    const carried = own.map(({ paths, gradient_norm }) => paths * gradient_norm);
    const contributions = carried.map((part) => part / sum(carried));
    const { from, to } = massInterval(contributions, 0.95);
    const paths = own.map((row) => row.paths);
    return {
      seed,
      blocks: own.length - 1,
      contributions,
      from,
      to,
      pathsPercent: (100 * sum(paths.slice(from, to + 1))) / sum(paths),
      peak: contributions.indexOf(Math.max(...contributions)),
      meanLength: sum(contributions.map((part, length) => part * length)),
    };
  });
}

const lengthAxis = { label: "length of the path (residual branches)", integers: true };
const source = "Veit et al. 2016, ResNet-110, CIFAR-10";

function gradientByLength(rows: readonly Result[], { residual, draws }: Parameters): Figure {
  const seeds = [...bySeed(rows).values()];
  const relative = seeds.flatMap((own) =>
    own.map((given) => ({ ...given, ratio: given.gradient_norm / own[0]!.gradient_norm })),
  );
  const slope = (longest?: number) => {
    const fitted = bootstrapInterval(seeds.map((own) => decay(own, longest).slope));
    return intervalText(fitted, "orders of magnitude per block");
  };
  const early =
    seeds[0]!.length - 1 > earlyLengths ? ` Over k up to ${earlyLengths} alone: ${slope(earlyLengths)}.` : "";
  return {
    id: "gradient-by-path-length",
    claims: [gradientFallsWithPathLength.id],
    title: `The gradient along a path by its length: ${residual}`,
    caption:
      `Norm of the gradient at the input along paths of k residual branches, mean over up to ${draws} sets of k blocks, over ` +
      `the norm along the path of shortcuts alone. ${linesOverSeeds} Slope of the line through its logarithm, ` +
      `k = 1 and more: ${slope()}.${early} The source's figures are read off its plot, over the one at k = 0; their slope is ` +
      "about -0.6, and they bend after k = 28 in a way that looks like underflow.",
    xAxis: lengthAxis,
    yAxis: { label: "gradient norm, relative to k = 0", scale: "log" },
    series: [
      intervalSeries({
        name: residual,
        kind: "line",
        rows: relative,
        x: ({ path_length }) => path_length,
        y: ({ ratio }) => ratio,
      }),
      publishedSeries(source, publishedDecay),
    ],
  };
}

/** Lengths on which the source's curve is straight: it bends after 28 of 54. */
const earlyLengths = 25;

/** Length and norm over the norm at k = 0, read off fig. 6b and its inset; k = 8 to 9 is one figure. */
const publishedDecay = [
  [0, 1],
  [1, 0.26],
  [8.5, 1e-5],
  [22, 1e-13],
] as const;

function contributionByLength(rows: readonly Result[], { residual }: Parameters): Figure {
  const carried = spreads(rows);
  const { blocks } = carried[0]!;
  const over = (value: (spread: Spread) => number) => quantity(mean(carried.map(value)));
  const places = carried.flatMap(({ seed, contributions }) =>
    contributions.map((part, length) => ({ seed, x: length / blocks, y: part / Math.max(...contributions) })),
  );
  const counts = binomialProbabilities(blocks, 0.5);
  return {
    id: "contribution-by-path-length",
    claims: [effectivePathsAreShort.id],
    title: `The paths that carry the gradient: ${residual}`,
    caption:
      "Number of paths times mean norm of their gradient, by length as a share of the blocks, over its largest value; beside " +
      `it the number of paths. ${linesOverSeeds} Of ${blocks} blocks, paths of ${over(({ from }) => from)} to ` +
      `${over(({ to }) => to)} hold 95 % of the gradient, ${over(({ pathsPercent }) => pathsPercent)} % of all paths; the peak ` +
      `is at ${over(({ peak }) => peak)}, the gradient-weighted mean length ${over(({ meanLength }) => meanLength)} (means ` +
      "over seeds). The source has 5 to 17 of 54 blocks, 0.45 %, 13 and 11.5; its values are read off its plot. Norms add " +
      "up without regard to direction: that paths may cancel is left out, here as there.",
    xAxis: { label: "length of the path (share of the blocks)", range: [0, 1] },
    yAxis: { label: "contribution, relative to its peak" },
    series: [
      intervalSeries({ name: `gradient, ${residual}`, kind: "line", rows: places, x: ({ x }) => x, y: ({ y }) => y }),
      {
        name: "number of paths",
        kind: "line",
        points: counts.map((part, length) => ({ x: length / blocks, y: part / Math.max(...counts) })),
      },
      publishedSeries(
        source,
        publishedBell.map(([k, y]) => [k / 54, y / 0.48]),
      ),
    ],
  };
}

/** Length and contribution, read off fig. 6c: a bell from 4 to 20, with a plateau before its peak. */
const publishedBell = [
  [3, 0],
  [9, 0.4],
  [12, 0.4],
  [13, 0.48],
  [21, 0],
] as const;

function leftAfterDeletions(rows: readonly Result[], { residual }: Parameters): Figure {
  const seeds = [...bySeed(rows).values()];
  const left = seeds.flatMap((own) =>
    own.map(({ seed }, deleted) => ({ seed, deleted, percent: gradientLeft(own, deleted) })),
  );
  const afterOne = mean(
    perSeed(
      left.filter(({ deleted }) => deleted === 1),
      ({ percent }) => percent,
    ),
  );
  return {
    id: "left-after-deletions",
    title: `What is left of the paths after deletions: ${residual}`,
    caption:
      "Share of the paths that are left after the deletion of so many blocks: of their number, which every block halves, and " +
      `of the gradient that they carry. ${linesOverSeeds} One block takes half of the paths, but ` +
      `${quantity(100 - afterOne, "%")} of the gradient.`,
    xAxis: { label: "number of deleted blocks", integers: true },
    yAxis: { label: "share left (%)", scale: "log" },
    series: [
      intervalSeries({
        name: `gradient, ${residual}`,
        kind: "line",
        rows: left,
        x: ({ deleted }) => deleted,
        y: ({ percent }) => percent,
      }),
      { name: "number of paths", kind: "line", points: seeds[0]!.map((_, x) => ({ x, y: 100 * 2 ** -x })) },
    ],
  };
}

/** Share (%) of one seed's gradient on the paths that avoid `deleted` blocks: C(N - deleted, k) of those of length k. */
function gradientLeft(own: readonly Result[], deleted: number): number {
  const blocks = own.length - 1;
  const carried = (missing: number) =>
    sum(own.map(({ gradient_norm }, k) => Number(binomialCoefficient(blocks - missing, k)) * gradient_norm));
  return (100 * carried(deleted)) / carried(0);
}
