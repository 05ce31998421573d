/**
 * What training with stochastic depth makes of a network at test time.
 *
 * One residual network is trained at constant depth and with stochastic depth, survival falling linearly to p_N, for as
 * many mini-batches. At test time the residual branches of the second are scaled by their survival probabilities. From
 * both networks each block is deleted in turn. And the scaled network is set against what it stands for: the mean
 * prediction of up to 1,000 random routes, drawn as in training. The networks are those of the study of errors
 * (stochastic-depth.ts): whichever runs first trains them for both.
 *
 * Sources: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3; deletion: Veit, Wilber & Belongie 2016,
 * arXiv:1605.06431, fig. 8. Claims D4 and D5.
 */
import {
  atMost,
  intervalBelow,
  intervalWithin,
  judge,
  scalingGivesExpectedOutput,
  stochasticDepthStandsDeletion,
} from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  experiment,
  fraction,
  needsShortcuts,
  type ParameterValues,
  type Row,
  type Setting,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  text,
} from "../src/experiment";
import {
  disposeNetwork,
  expectedRoute,
  fullRoute,
  keepsShape,
  linearSurvival,
  multiplyAccumulates,
  sampleRoute,
} from "../src/networks";
import { randomStream } from "../src/random";
import { captioned, type Figure, intervalSeries, type SeriesFigure } from "../src/report";
import {
  cellOptions,
  ensembleErrors,
  evaluate,
  linearBlockDifference,
  type RouteResult,
  withoutBlocks,
} from "../src/routes";
import { bootstrapInterval, mean, perSeed, perSeedDifference, quantity } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet44",
    paper: "resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  lastSurvival: fraction("survival probability p_N of the last block, linear", 0.5),
  deletionImages: count("test images, one block deleted", { smoke: 200, quick: 2000, paper: 10_000 }),
  routes: count("random routes, their mean prediction", { smoke: 20, quick: 1000, paper: 1000 }),
  routeImages: count("test images, random routes", { smoke: 100, quick: 500, paper: 2000 }),
  ...stochasticDepthParameters,
};

/** Largest difference of errors (points) at which two predictions agree: the rule of B1. */
const agreement = 0.5;
/** Largest relative difference that is rounding. */
const rounding = 1e-5;

type Parameters = ParameterValues<typeof parameters>;

/** One network, trained with one seed. */
interface Cell extends Setting {
  readonly network: string;
  readonly trained: "constant depth" | "stochastic depth";
}

interface Measured extends Row {
  readonly measurement: "whole network" | "one deleted" | "random routes" | "one linear block";
  /** The deleted block, where one is. */
  readonly block: string | null;
  readonly keeps_shape: boolean | null;
  /** Routes whose predictions are averaged, where they are. */
  readonly routes: number | null;
  readonly error_percent: number | null;
  readonly rise_points: number | null;
  readonly cross_entropy_nats: number | null;
  readonly divergence_nats: number | null;
  readonly relative_difference: number | null;
  readonly images: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "stochastic-depth-at-test",
  title: "Networks trained with stochastic depth, at test time",
  question:
    "Does a network trained with stochastic depth stand the deletion of blocks better, and does it, scaled, predict " +
    "what its random routes predict on average?",
  source:
    "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3; Veit, Wilber & Belongie " +
    "2016, Residual networks behave like ensembles of relatively shallow networks, fig. 8",
  claims: [stochasticDepthStandsDeletion, scalingGivesExpectedOutput],
  parameters,
  customNetwork: { parameter: "residual", needs: needsShortcuts },
  columns: {
    seed: "seed of weights, order of images and routes",
    network: "name of the architecture, with its depth in layers",
    trained: "at constant depth or with stochastic depth; with the latter, branches are scaled at test time",
    measurement: "whole network, one deleted, random routes (their mean prediction) or one linear block",
    block: "the deleted block, where one is",
    keeps_shape: "whether that block's output has its input's shape; false for downsampling blocks",
    routes: "random routes whose predictions are averaged",
    error_percent: "top-1 test error (%)",
    rise_points: "that error less the whole network's on the same images (percentage points)",
    cross_entropy_nats: "mean test cross-entropy (nats)",
    divergence_nats: "Kullback-Leibler divergence of the scaled network's prediction from the routes' mean (nats)",
    relative_difference:
      "largest difference of expected and scaled output of one linear block, over the largest output",
    images: "test images it was measured on",
  },

  cells: ({ seeds: seedNumbers, residual: network }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) => [
      { seed, network, trained: "constant depth" },
      { seed, network, trained: "stochastic depth" },
    ]),

  trains: planOf,

  work(cell, params) {
    const { architecture, routes } = planOf(cell, params, digitShape);
    const deletion = (architecture.blocks.length / 2) * params.deletionImages;
    const drawn = routes === null ? 0 : 0.2 * params.routes * params.routeImages; // prefixes are shared
    return multiplyAccumulates(architecture) * (deletion + drawn);
  },

  relevant({ trained }, { residual, lastSurvival, routes, routeImages, seeds, ...others }) {
    return trained === "constant depth" ? others : { ...others, lastSurvival, routes, routeImages };
  },

  async measure(cell, params, run) {
    const { network, plan, test, channelStatistics } = await beginStudy(run, (shape) => planOf(cell, params, shape));
    const { architecture } = network;
    const { routes: sampling } = plan;
    const options = (what: string) => cellOptions(run, channelStatistics, `${cell.network}: ${what}`);
    const whole = sampling === null ? fullRoute(architecture) : expectedRoute(architecture, sampling);
    try {
      const [intact, ...lesioned] = await evaluate(
        network,
        [whole, ...architecture.blocks.map((_, block) => withoutBlocks(whole, [block]))],
        takeAtMost(test, params.deletionImages),
        options("deleting one block"),
      );
      const keeps = keepsShape(architecture);
      const rows: Measured[] = [
        row("whole network", intact!, intact!),
        ...architecture.blocks.map(({ name: block }, i) => ({
          ...row("one deleted", lesioned[i]!, intact!),
          block,
          keeps_shape: keeps[i]!,
        })),
      ];
      if (sampling === null) return rows;

      const routes = Array.from({ length: params.routes }, (_, i) =>
        sampleRoute(architecture, sampling, randomStream(cell.seed, "route at test time", i)),
      );
      const images = takeAtMost(test, params.routeImages);
      const [scaled] = await evaluate(network, [whole], images, options("testing"));
      const means = await ensembleErrors(network, routes, images, meanSizes(params.routes), {
        ...options("averaging random routes"),
        reference: whole,
      });
      const relative_difference = linearBlockDifference(network, cell.seed, params.lastSurvival, {
        images: takeAtMost(test, 1),
        channelStatistics,
      });
      const block = architecture.blocks[0]!.name;
      const linear: Measured = { ...nothing, measurement: "one linear block", block, relative_difference, images: 1 };
      return [
        ...rows,
        ...means.map(
          (found): Measured => ({
            ...row("random routes", found, scaled!),
            routes: found.routes,
            divergence_nats: found.divergence,
          }),
        ),
        linear,
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, params) {
    const rises = perSeedDifference(
      singles(rows, "stochastic depth"),
      singles(rows, "constant depth"),
      ({ rise_points }) => rise_points,
      mean,
    );
    const difference = bootstrapInterval(rises);
    const means = rows.filter(({ routes }) => routes === params.routes);
    const gap = bootstrapInterval(perSeed(means, ({ rise_points }) => rise_points));
    const linear = rows.flatMap(({ relative_difference }) => relative_difference ?? []);
    return [
      judge(stochasticDepthStandsDeletion, difference, [
        intervalBelow("difference of mean rises, over blocks that keep their shape,", difference, 0, "points"),
      ]),
      judge(scalingGivesExpectedOutput, gap, [
        intervalWithin(
          `error of the mean of ${quantity(params.routes)} routes less the scaled network's`,
          gap,
          [-agreement, agreement],
          "points",
        ),
        atMost(
          "one linear block: relative difference of expected and scaled output",
          Math.max(...linear),
          rounding,
          "",
        ),
      ]),
    ];
  },

  figures: (rows) => [riseByDeletedBlock(rows), errorByRoutes(rows), divergenceByRoutes(rows)],

  departures: (params) => [
    ...stochasticDepthDepartures(params),
    "Deleted are all blocks, one at a time; the mean rise is over those that keep their shape.",
    "The source states that scaling gives the expected output, and does not measure it; the border of half a point " +
      "is that of the claim on dropout (B1).",
  ],
});

function planOf({ network, trained, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps, lastSurvival } = params;
  const plan = planByName(params, { network, width, seed, steps }, images);
  if (trained === "constant depth") return plan;
  const probabilities = linearSurvival(plan.architecture.blocks.length, lastSurvival);
  return { ...plan, routes: { kind: "survival", probabilities } };
}

const nothing = {
  ...{ block: null, keeps_shape: null, routes: null, error_percent: null, rise_points: null },
  ...{ cross_entropy_nats: null, divergence_nats: null, relative_difference: null },
};

function row(measurement: Measured["measurement"], result: RouteResult, whole: RouteResult): Measured {
  return {
    ...nothing,
    measurement,
    error_percent: 100 * result.topOneError,
    rise_points: 100 * (result.topOneError - whole.topOneError),
    cross_entropy_nats: result.crossEntropy,
    images: result.images,
  };
}

/** 1, 3, 10, 30, ... routes, and all of them. */
function meanSizes(routes: number): number[] {
  return [...[1, 3, 10, 30, 100, 300].filter((size) => size < routes), routes];
}

function deletions(rows: readonly Result[], trained: Cell["trained"]): Result[] {
  return rows.filter((found) => found.measurement === "one deleted" && found.trained === trained);
}

/** Deletions of blocks that keep their shape. */
function singles(rows: readonly Result[], trained: Cell["trained"]): Result[] {
  return deletions(rows, trained).filter(({ keeps_shape }) => keeps_shape);
}

function riseByDeletedBlock(rows: readonly Result[]): Figure {
  const kinds = ["constant depth", "stochastic depth"] as const;
  const errors = kinds.map((kind) => {
    const whole = rows.filter(({ measurement, trained }) => measurement === "whole network" && trained === kind);
    return `${quantity(mean(perSeed(whole, ({ error_percent }) => error_percent)), "%")} (${kind})`;
  });
  return {
    id: "rise-by-deleted-block",
    claims: [stochasticDepthStandsDeletion.id],
    title: "Which block it is that is deleted, after training with and without stochastic depth",
    caption: captioned(
      "Rise of the test error when one block is deleted",
      `Hollow: downsampling blocks, of which the shortcut remains. Whole, the networks err on ${errors.join(", ")}.`,
    ),
    xAxis: {
      label: "deleted block",
      categories: [...new Set(deletions(rows, "constant depth").map(({ block }) => block!))],
    },
    yAxis: { label: "rise of the test error (points)" },
    series: kinds.map((kind) =>
      intervalSeries({
        name: kind,
        kind: "points",
        rows: deletions(rows, kind),
        x: ({ block }) => block!,
        y: ({ rise_points }) => rise_points!,
        note: ({ keeps_shape }) => (keeps_shape ? undefined : "changes the shape: its shortcut remains"),
      }),
    ),
  };
}

function errorByRoutes(rows: readonly Result[]): Figure {
  return {
    id: "error-by-routes",
    title: "Error of the mean prediction of random routes, less that of the scaled network",
    caption: captioned("Test error of the mean prediction of k random routes less that of the scaled network"),
    ...byRoutes(rows, "difference of test errors (points)", ({ rise_points }) => rise_points!),
    references: [
      { y: agreement, label: "rule of D5" },
      { y: -agreement, label: "rule of D5" },
    ],
  };
}

function divergenceByRoutes(rows: readonly Result[]): Figure {
  return {
    id: "divergence-by-routes",
    title: "How far the scaled network's prediction is from the mean of random routes",
    caption: captioned(
      "Kullback-Leibler divergence of the scaled network's prediction from the mean prediction of k random routes",
      "What is left where the line is flat is no noise of the draws: branches that are not linear have another mean.",
    ),
    ...byRoutes(rows, "divergence (nats)", ({ divergence_nats }) => divergence_nats!),
  };
}

function byRoutes(
  rows: readonly Result[],
  label: string,
  y: (row: Result) => number,
): Pick<SeriesFigure, "claims" | "xAxis" | "yAxis" | "series"> {
  return {
    claims: [scalingGivesExpectedOutput.id],
    xAxis: { label: "random routes, k", scale: "log", integers: true },
    yAxis: { label },
    series: [
      intervalSeries({
        name: "mean of k routes",
        kind: "line",
        rows: rows.filter(({ measurement }) => measurement === "random routes"),
        x: ({ routes }) => routes!,
        y,
      }),
    ],
  };
}
