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
import { digitShape, type PictureShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  fraction,
  numbers,
  type ParameterValues,
  type Row,
  type Setting,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  text,
} from "../src/harness";
import {
  disposeNetwork,
  expectedRoute,
  fullRoute,
  linearSurvival,
  multiplyAccumulates,
  parseName,
  survivalProbabilities,
  uniformSurvival,
} from "../src/models";
import { captioned, type Figure, intervalSeries, publishedSeries } from "../src/report";
import { cellOptions, evaluate } from "../src/routes";
import {
  ascending,
  bootstrapInterval,
  bySeed,
  type Interval,
  intervalNumbers,
  mean,
  perSeed,
  quantity,
  sum,
} from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan, trainedShares, trainingCurve } from "../src/training";

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
  testPictures: count("test pictures", { smoke: 500, quick: 5000, paper: 10_000 }),
  ...stochasticDepthParameters,
};

/** Half the width of a normal distribution's 95 % interval, in standard deviations. */
const normalWidth = 1.96;

/** How survival depends on depth. */
const schedules = ["linear", "uniform"] as const;

type Parameters = ParameterValues<typeof parameters>;

/** How a network is trained, whatever its seed. */
interface Training {
  readonly network: string;
  readonly schedule: "constant" | (typeof schedules)[number];
  /** p_N; 1 at constant depth. */
  readonly last_survival: number;
  readonly steps: number;
}

/** One network, trained with one seed. */
type Cell = Setting & Training;

interface Measured extends Row {
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
  readonly pictures: number | null;
}

type Result = Cell & Measured;

export default experiment({
  name: "stochastic-depth",
  title: "Training with stochastic depth",
  question: "Does a residual network err less when a random subset of its blocks is trained in every mini-batch?",
  source: "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3 and 4",
  claims: [survivalFallsLinearly, stochasticDepthErrsLess],
  parameters,
  columns: {
    seed: "seed of weights, order of pictures and routes",
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
    loss_nats: "mean cross-entropy (nats): on the test pictures, or on the mini-batches with the blocks that ran",
    error_percent: "top-1 error (%): on the test pictures, or on the mini-batches with the blocks that ran",
    pictures: "test pictures it was measured on",
  },

  cells(chosen: Parameters): Cell[] {
    const [constant, judged, ...others] = sweep(chosen);
    const pairs = [constant, judged].flatMap((training) => [
      ...chosen.otherSteps.map((steps) => ({ ...training, steps })),
      ...chosen.otherDepths.map((depth) => ({ ...training, network: ofDepth(chosen, depth) })),
    ]);
    return chosen.seeds.flatMap((seed) =>
      [constant, judged, ...others, ...pairs].map((training) => ({ seed, ...training })),
    );
  },

  trains: planOf,

  work: (cell, chosen) => chosen.testPictures * multiplyAccumulates(planOf(cell, chosen, digitShape).architecture),

  relevant(_, chosen) {
    const { residual, lastSurvival, otherLinear, uniform, otherSteps, otherDepths, steps, seeds, ...others } = chosen;
    return others;
  },

  async measure(cell, chosen, run) {
    const { network, history, plan, test, moments } = await beginStudy(run, (shape) => planOf(cell, chosen, shape));
    const { architecture, routes } = plan;
    const probabilities = routes === null ? null : survivalProbabilities(architecture, routes);
    try {
      const [result] = await evaluate(
        network,
        [routes === null ? fullRoute(architecture) : expectedRoute(architecture, routes)],
        takeAtMost(test, chosen.testPictures),
        cellOptions(run, moments, `${cell.network}: testing`),
      );
      return [
        row("whole network", {
          blocks_run: trainingCurve(history, 1)[0]!.blocksRun,
          loss_nats: result!.crossEntropy,
          error_percent: 100 * result!.topOneError,
          pictures: result!.pictures,
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

  verdicts: (rows, chosen) => [judgeSchedule(rows, chosen), judgeErrors(rows, chosen)],

  figures: (rows, chosen) => [
    shareByBlock(rows, chosen),
    errorBySurvival(rows, chosen),
    dependence(rows, lengths(chosen), {
      id: "error-by-training-length",
      title: `How the difference depends on the length of training: ${chosen.residual}`,
      xAxis: { label: "training (mini-batches)", scale: "log", integers: true },
    }),
    dependence(rows, depths(chosen), {
      id: "error-by-depth",
      title: `How the difference depends on depth: ${parseName(chosen.residual).family.description}`,
      xAxis: { label: "depth (layers)", integers: true },
    }),
    lossByStep(rows, chosen),
  ],

  departures: (chosen) => [
    ...stochasticDepthDepartures(chosen),
    "Convolutions have no bias, in the source they have one; shortcuts that change the shape take every second " +
      "pixel, in the source the mean of 2 x 2.",
    "The error is that after the last mini-batch; the source's is that at the epoch of least validation error.",
  ],
});

/** Trainings of the main network for the main length: constant depth, that of the claims, the other schedules. */
function sweep(chosen: Parameters): [constant: Training, judged: Training, ...others: Training[]] {
  const { residual: network, steps, lastSurvival, otherLinear, uniform } = chosen;
  const training = (schedule: Training["schedule"], last_survival: number) => ({
    network,
    schedule,
    last_survival,
    steps,
  });
  return [
    training("constant", 1),
    training("linear", lastSurvival),
    ...otherLinear.filter((survival) => survival !== lastSurvival).map((survival) => training("linear", survival)),
    ...uniform.map((survival) => training("uniform", survival)),
  ];
}

function ofDepth({ residual }: Parameters, depth: number): string {
  return `${parseName(residual).family.prefix}${depth}`;
}

function planOf(cell: Cell, chosen: Parameters, pictures: PictureShape): TrainingPlan {
  const plan = planByName(chosen, { ...cell, width: chosen.width }, pictures);
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
    pictures: null,
    ...found,
  };
}

/** What was measured of one kind on one training. */
function select(rows: readonly Result[], measurement: Measured["measurement"], training: Training): Result[] {
  const { network, schedule, last_survival, steps } = training;
  return rows.filter(
    (found) =>
      found.measurement === measurement &&
      found.network === network &&
      found.schedule === schedule &&
      found.last_survival === last_survival &&
      found.steps === steps,
  );
}

function judgeSchedule(rows: readonly Result[], chosen: Parameters): Judgement {
  const [, judged] = sweep(chosen);
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

/** Test error with stochastic depth less that at constant depth, paired by seed (points). */
interface Difference {
  readonly seed: number;
  readonly points: number;
}

function differences(rows: readonly Result[], stochastic: Training): Difference[] {
  const constant = { ...stochastic, schedule: "constant", last_survival: 1 } as const;
  const errors = new Map(
    select(rows, "whole network", constant).map(({ seed, error_percent }) => [seed, error_percent!]),
  );
  return select(rows, "whole network", stochastic).flatMap(({ seed, error_percent }) => {
    const other = errors.get(seed);
    return other === undefined ? [] : [{ seed, points: error_percent! - other }];
  });
}

function differenceInterval(rows: readonly Result[], stochastic: Training): Interval {
  return bootstrapInterval(differences(rows, stochastic).map(({ points }) => points));
}

/** A training with stochastic depth, at its place on an axis. */
interface Place {
  readonly x: number;
  readonly training: Training;
}

/** The training of the claims and those that differ from it in length alone, ascending. */
function lengths(chosen: Parameters): Place[] {
  const [, judged] = sweep(chosen);
  return ascending([...chosen.otherSteps, judged.steps]).map((steps) => ({ x: steps, training: { ...judged, steps } }));
}

/** The training of the claims and those that differ from it in depth alone, ascending. */
function depths(chosen: Parameters): Place[] {
  const [, judged] = sweep(chosen);
  return ascending([...chosen.otherDepths, parseName(chosen.residual).depth]).map((depth) => ({
    x: depth,
    training: { ...judged, network: ofDepth(chosen, depth) },
  }));
}

/** Where the error is not lower, the reason says from what length of training or depth on it is. */
function judgeErrors(rows: readonly Result[], chosen: Parameters): Judgement {
  const [, judged] = sweep(chosen);
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
    `${lowerFrom(lengths(chosen), "mini-batches")}, by depth ${lowerFrom(depths(chosen), "layers")}.`;
  return { ...judgement, reason };
}

/** "linear, p_N = 0.5" */
function nameOf({ schedule, last_survival }: Training): string {
  if (schedule === "constant") return "constant depth";
  return schedule === "linear" ? `linear, p_N = ${last_survival}` : `uniform, p = ${last_survival}`;
}

function shareByBlock(rows: readonly Result[], chosen: Parameters): Figure {
  const [, judged, ...others] = sweep(chosen);
  const depth = (training: Training) => {
    const ran = perSeed(select(rows, "whole network", training), ({ blocks_run }) => blocks_run);
    return `${quantity(mean(ran))} (${nameOf(training)})`;
  };
  const blocks = select(rows, "block", judged);
  const [one = []] = bySeed(blocks).values();
  return {
    id: "share-by-block",
    claims: [survivalFallsLinearly.id],
    title: `In how many mini-batches each block runs: ${chosen.residual}, ${nameOf(judged)}`,
    caption: captioned(
      "Share of the mini-batches in which each residual branch ran (marks), and its survival probability (line)",
      `Blocks that ran in a mini-batch, mean over the training: ${[judged, ...others].map(depth).join(", ")}.`,
    ),
    xAxis: { label: "block, from the input", integers: true },
    yAxis: { label: "share of mini-batches", range: [0, 1] },
    series: [
      intervalSeries({
        name: "ran",
        kind: "points",
        rows: blocks,
        x: ({ block }) => block!,
        y: ({ run_share }) => run_share!,
      }),
      {
        name: "survival probability p_t",
        kind: "line",
        points: one.map(({ block, survival_probability }) => ({ x: block!, y: survival_probability! })),
      },
    ],
  };
}

/**
 * Test errors (%) of the source by p_N, read off its figure to 0.03 points: ResNet-110, CIFAR-10. Where uniform
 * survival is below 0.3 they are off its scale.
 */
const published = {
  // biome-ignore format: two columns
  linear: [
    [0.1, 6.96], [0.2, 6.3], [0.3, 5.97], [0.4, 5.4], [0.5, 5.23],
    [0.6, 5.34], [0.7, 5.27], [0.8, 5.15], [0.9, 5.84], [1, 6.41],
  ],
  // biome-ignore format: two columns
  uniform: [[0.3, 6.93], [0.4, 6.56], [0.5, 6.14], [0.6, 5.92], [0.7, 5.48], [0.8, 5.27], [0.9, 5.95], [1, 6.41]],
} as const;

function errorBySurvival(rows: readonly Result[], chosen: Parameters): Figure {
  const [constant, judged] = sweep(chosen);
  const errorOf = (training: Training) =>
    intervalNumbers(
      bootstrapInterval(perSeed(select(rows, "whole network", training), ({ error_percent }) => error_percent)),
      "%",
    );
  const own = schedules.map((schedule) => {
    const trainings = sweep(chosen)
      .filter((training) => training.schedule === schedule)
      .sort((one, other) => one.last_survival - other.last_survival);
    return intervalSeries({
      name: schedule,
      kind: "line",
      rows: trainings.flatMap((training) =>
        differences(rows, training).map((difference) => ({ ...difference, x: training.last_survival })),
      ),
      x: ({ x }) => x,
      y: ({ points }) => points,
    });
  });
  return {
    id: "error-by-survival",
    claims: [stochasticDepthErrsLess.id],
    title: `Test error by survival probability, less that at constant depth: ${chosen.residual}`,
    caption: captioned(
      "Test error with stochastic depth less that at constant depth, paired by seed, by the survival probability of " +
        "the last block (linear) or of every block (uniform)",
      `At constant depth the error is ${errorOf(constant)}, with ${nameOf(judged)} it is ${errorOf(judged)}; in the ` +
        "source 6.41 % and 5.23 %. The source's values are read off its figure.",
    ),
    xAxis: { label: "survival probability of the last block, p_N" },
    yAxis: { label: "difference of test errors (points)" },
    series: [
      ...own,
      ...schedules.map((schedule) =>
        publishedSeries(
          `Huang et al. 2016, ${schedule}, ResNet-110, CIFAR-10`,
          published[schedule].map(([survival, error]) => [survival, error - 6.41]),
        ),
      ),
    ],
    references: [{ y: 0, label: "constant depth" }],
  };
}

function dependence(
  rows: readonly Result[],
  places: readonly Place[],
  frame: Pick<Figure, "id" | "title" | "xAxis">,
): Figure {
  return {
    ...frame,
    claims: [stochasticDepthErrsLess.id],
    caption: captioned("Test error with stochastic depth less that at constant depth, paired by seed"),
    yAxis: { label: "difference of test errors (points)" },
    series: [
      intervalSeries({
        name: places.map(({ training }) => nameOf(training))[0]!,
        kind: "line",
        rows: places.flatMap(({ x, training }) => differences(rows, training).map((found) => ({ ...found, x }))),
        x: ({ x }) => x,
        y: ({ points }) => points,
      }),
    ],
    references: [{ y: 0, label: "constant depth" }],
  };
}

function lossByStep(rows: readonly Result[], chosen: Parameters): Figure {
  const [constant, judged] = sweep(chosen);
  return {
    id: "loss-by-step",
    claims: [stochasticDepthErrsLess.id],
    title: `Training loss on the way: ${chosen.residual}`,
    caption: captioned("Cross-entropy on the training batches, with the blocks that ran in each"),
    xAxis: { label: "mini-batches", integers: true },
    yAxis: { label: "training cross-entropy (nats)", scale: "log" },
    series: [constant, judged].map((training) =>
      intervalSeries({
        name: nameOf(training),
        kind: "line",
        rows: select(rows, "mini-batches", training),
        x: ({ step }) => step!,
        y: ({ loss_nats }) => loss_nats!,
      }),
    ),
  };
}
