/**
 * What training with stochastic depth makes of the test error, and which blocks run in it.
 *
 * In every mini-batch each residual branch runs with its survival probability, else its shortcut alone; at test time
 * all run, scaled by those probabilities. One residual network is trained at constant depth and with stochastic depth,
 * for as many mini-batches: survival falling linearly to p_N or the same everywhere, p_N varied; at the p_N of the
 * claims also for other lengths of training and at other depths: at `quick` for 100 mini-batches beside the 400, and at 20
 * layers beside the 44. The time that it saves and what it makes of a network
 * at test time are experiments of their own (stochastic-depth-time.ts, stochastic-depth-at-test.ts).
 *
 * Source: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3 and 4. Claims D1 and D3.
 */
import {
  atMost,
  intervalBelow,
  type Judgement,
  judge,
  stochasticDepthErrsLess,
  survivalFallsLinearly,
} from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  fraction,
  needsShortcuts,
  numbers,
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
  linearSurvival,
  multiplyAccumulates,
  survivalProbabilities,
  uniformSurvival,
} from "../src/networks";
import { cellOptions, evaluate } from "../src/routes";
import { bootstrapInterval, bySeed, type Interval, perSeed, quantity, sum } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan, trainedShares, trainingCurve } from "../src/training";
import {
  depths,
  differences,
  lengths,
  ofDepth,
  type schedules,
  select,
  stochasticDepthFigures,
  sweep,
} from "./figures/stochastic-depth";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet44",
    paper: "resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  lastSurvival: fraction("survival probability p_N of the last block, linear: that of the claims", 0.5),
  otherLinear: numbers(
    "other p_N of the linear schedule",
    { smoke: [0.2], quick: [0.2, 0.8], paper: [0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9] },
    { minimum: 0, maximum: 1 },
  ),
  uniform: numbers(
    "survival probabilities that are the same for all blocks",
    { smoke: [0.5], quick: [0.5], paper: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
    { minimum: 0, maximum: 1 },
  ),
  otherSteps: counts(
    "other lengths of training",
    { smoke: [10], quick: [100], "quick cifar10": [300], paper: [16_000, 64_000] },
    { unit: "mini-batches" },
  ),
  otherDepths: counts("other depths", { smoke: [14], quick: [20], paper: [20, 56] }, { unit: "layers" }),
  testImages: count("test images", { smoke: 500, quick: 5000, paper: 10_000 }),
  ...stochasticDepthParameters,
};

/** Half the width of a normal distribution's 95 % interval, in standard deviations. */
const normalWidth = 1.96;

export type Parameters = ParameterValues<typeof parameters>;

/** How a network is trained, whatever its seed. */
export interface Training {
  readonly network: string;
  readonly schedule: "constant" | (typeof schedules)[number];
  /** p_N; 1 at constant depth. */
  readonly last_survival: number;
  readonly steps: number;
}

/** One network, trained with one seed. */
type Cell = Setting & Training;

export interface Measured extends Row {
  readonly measurement: "whole network" | "mini-batches" | "block";
  /** Mini-batches trained so far, where the training is told of. */
  readonly step: number | null;
  /** The block's number, from 1 at the input. */
  readonly block: number | null;
  readonly survival_probability: number | null;
  readonly run_share: number | null;
  readonly blocks_run: number | null;
  readonly loss_nats: number | null;
  readonly error_percent: number | null;
  readonly images: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "stochastic-depth",
  title: "Training with stochastic depth",
  question: "Does a residual network err less when a random subset of its blocks is trained in every mini-batch?",
  source: "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3 and 4",
  claims: [survivalFallsLinearly, stochasticDepthErrsLess],
  parameters,
  customNetwork: { parameter: "residual", needs: needsShortcuts, fixed: { otherDepths: [] } },
  columns: {
    seed: "seed of weights, order of images and routes",
    network: "name of the architecture, with its depth in layers",
    schedule: "survival of the blocks: constant (all run), linear (falling with depth) or uniform",
    last_survival: "survival probability p_N of the last block; 1 at constant depth",
    steps: "mini-batches it was trained for",
    measurement: "whole network (after training), mini-batches (on the way: means since the row before) or block",
    step: "mini-batches trained so far",
    block: "number t of the block, from 1 at the input to N",
    survival_probability: "that block's survival probability p_t in training",
    run_share: "share of the mini-batches in which that block's residual branch ran",
    blocks_run: "blocks whose residual branch ran, mean over the mini-batches",
    loss_nats: "mean cross-entropy (nats): on the test images, or on the mini-batches with the blocks that ran",
    error_percent: "top-1 error (%): on the test images, or on the mini-batches with the blocks that ran",
    images: "test images it was measured on",
  },

  cells(params: Parameters): Cell[] {
    const [constant, judged, ...others] = sweep(params);
    const pairs = [constant, judged].flatMap((training) => [
      ...params.otherSteps.map((steps) => ({ ...training, steps })),
      ...params.otherDepths.map((depth) => ({ ...training, network: ofDepth(params, depth) })),
    ]);
    return params.seeds.flatMap((seed) =>
      [constant, judged, ...others, ...pairs].map((training) => ({ seed, ...training })),
    );
  },

  trains: planOf,

  work: (cell, params) => params.testImages * multiplyAccumulates(planOf(cell, params, digitShape).architecture),

  relevant(_, params) {
    const { residual, lastSurvival, otherLinear, uniform, otherSteps, otherDepths, steps, seeds, ...others } = params;
    return others;
  },

  async measure(cell, params, run) {
    const { network, history, plan, test, channelStatistics } = await beginStudy(run, (shape) =>
      planOf(cell, params, shape),
    );
    const { architecture, routes } = plan;
    const probabilities = routes === null ? null : survivalProbabilities(architecture, routes);
    try {
      const [result] = await evaluate(
        network,
        [routes === null ? fullRoute(architecture) : expectedRoute(architecture, routes)],
        takeAtMost(test, params.testImages),
        cellOptions(run, channelStatistics, `${cell.network}: testing`),
      );
      return [
        row("whole network", {
          blocks_run: trainingCurve(history, 1)[0]!.blocksRun,
          loss_nats: result!.crossEntropy,
          error_percent: 100 * result!.topOneError,
          images: result!.images,
        }),
        ...history.map(({ step, blocksRun, loss, accuracy }) =>
          row("mini-batches", { step, blocks_run: blocksRun, loss_nats: loss, error_percent: 100 * (1 - accuracy) }),
        ),
        ...trainedShares(plan).map((run_share, i) =>
          row("block", { block: i + 1, survival_probability: probabilities?.[i] ?? 1, run_share }),
        ),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts: (rows, params) => [judgeSchedule(rows, params), judgeErrors(rows, params)],

  figures: stochasticDepthFigures,

  departures: (params) => [
    ...stochasticDepthDepartures(params),
    "Convolutions have no bias, in the source they have one; shortcuts that change the shape take every second " +
      "pixel, in the source the mean of 2 x 2.",
    "The error is that after the last mini-batch; the source's is that at the epoch of least validation error.",
  ],
});

function planOf(cell: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const plan = planByName(params, { ...cell, width: params.width }, images);
  const { schedule, last_survival } = cell;
  if (schedule === "constant") return plan;
  const survival = schedule === "linear" ? linearSurvival : uniformSurvival;
  const probabilities = survival(plan.architecture.blocks.length, last_survival);
  return { ...plan, routes: { kind: "survival", probabilities } };
}

function row(measurement: Measured["measurement"], found: Partial<Measured>): Measured {
  return {
    measurement,
    step: null,
    block: null,
    survival_probability: null,
    run_share: null,
    blocks_run: null,
    loss_nats: null,
    error_percent: null,
    images: null,
    ...found,
  };
}

function judgeSchedule(rows: readonly Result[], params: Parameters): Judgement {
  const [, judged] = sweep(params);
  const blocks = select(rows, "block", judged);
  const count = Math.max(...blocks.map(({ block }) => block!));
  const wrong = blocks.map(({ block: t, survival_probability }) =>
    Math.abs(survival_probability! - (count - t! + t! * judged.last_survival) / count),
  );
  const [survival] = [...bySeed(blocks).values()].map((own) => own.map((at) => at.survival_probability!));
  const expected = sum(survival!);
  const depth = bootstrapInterval(perSeed(select(rows, "whole network", judged), ({ blocks_run }) => blocks_run));
  const deviation = Math.sqrt(sum(survival!.map((p) => p * (1 - p))) / (depth.count * judged.steps));
  return judge(survivalFallsLinearly, depth, [
    atMost("largest difference of a survival probability from 1 - t/N (1 - p_N)", Math.max(...wrong), 1e-12, ""),
    atMost(
      `mean depth, ${quantity(depth.estimate)}: distance from Σ p_t = ${quantity(expected)} (border: 95 % interval ` +
        "of the mean of so many draws, by the normal distribution)",
      Math.abs(depth.estimate - expected),
      normalWidth * deviation,
      "blocks",
    ),
  ]);
}

function differenceInterval(rows: readonly Result[], stochastic: Training): Interval {
  return bootstrapInterval(differences(rows, stochastic).map(({ points }) => points));
}

/** A training with stochastic depth, at its place on an axis. */
export interface Place {
  readonly x: number;
  readonly training: Training;
}

/** Where the error is not lower, the reason says from what length of training or depth on it is. */
function judgeErrors(rows: readonly Result[], params: Parameters): Judgement {
  const [, judged] = sweep(params);
  const difference = differenceInterval(rows, judged);
  const judgement = judge(stochasticDepthErrsLess, difference, [
    intervalBelow("difference of test errors", difference, 0, "points"),
  ]);
  if (judgement.verdict === "reproduced") return judgement;
  const lowerFrom = (places: readonly Place[], unit: string) => {
    const below = places.map(({ training }) => differenceInterval(rows, training).high < 0);
    const from = places[below.lastIndexOf(false) + 1];
    return from === undefined
      ? `at none of ${places.map(({ x }) => x).join(", ")} ${unit}`
      : `from ${from.x} ${unit} on`;
  };
  const reason =
    `${judgement.reason} By length of training the interval lies below 0 ` +
    `${lowerFrom(lengths(params), "mini-batches")}, by depth ${lowerFrom(depths(params), "layers")}.`;
  return { ...judgement, reason };
}
