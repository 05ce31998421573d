/**
 * How much time of training stochastic depth saves, and whether a block that is skipped costs any.
 *
 * Single steps of training are timed, four kinds of them by turns: at constant depth; with stochastic depth, survival
 * falling linearly to p_N; with no block running, which leaves what is fixed (images, stem, head, optimiser,
 * shortcuts that change the shape); and with no block running of a network that has no others but those that change the
 * shape, so that the difference of the last two is what it takes to pass blocks by. Nothing is kept of the trainings.
 *
 * Source: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3 and 4. Claim D2.
 */
import { setImmediate } from "node:timers/promises";
import { atLeast, intervalBelow, judge, stochasticDepthTrainsFaster } from "../src/claims";
import { digitShape, type ImageShape } from "../src/data";
import {
  count,
  experiment,
  fraction,
  needsShortcuts,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  text,
  trainingParameters,
} from "../src/experiment";
import {
  type Architecture,
  disposeNetwork,
  keepsShape,
  linearSurvival,
  multiplyAccumulates,
  type RouteSampling,
  uniformSurvival,
} from "../src/networks";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { bootstrapInterval, bySeed, intervalNumbers, mean, median, quantity } from "../src/statistics";
import { createTrainer, planByName, prepareImages, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet14", // the least depth at which every stage has a block that can be left out
    quick: "preactivation-resnet44",
    paper: "resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  lastSurvival: fraction("survival probability p_N of the last block, linear", 0.5),
  timedSteps: count("timed steps of each kind", { smoke: 3, quick: 40, paper: 100 }),
  ...trainingParameters,
};

/** Steps of each kind that are run before any is timed. */
const warmUpSteps = 3;
/** Largest cost of a skipped block (% of one that runs) that counts as nothing. */
const nothingPercent = 5;

type Parameters = ParameterValues<typeof parameters>;

/** One network, and one seed of its weights, images and routes. */
interface Cell extends Setting {
  readonly network: string;
}

/**
 * `no block`: all are there and none runs; `none to skip`: only those that change the shape are there, and none runs.
 */
type Kind = "constant depth" | "stochastic depth" | "no block" | "none to skip";

interface Measured extends Row {
  readonly kind: Kind;
  readonly step: number;
  readonly blocks_run: number;
  readonly blocks_skipped: number;
  readonly step_seconds: number;
  readonly optimiser_seconds: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "stochastic-depth-time",
  title: "Time that stochastic depth saves",
  question: "How much faster is training when blocks are skipped at random, and does a skipped block cost any time?",
  source: "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3 and 4",
  claims: [stochasticDepthTrainsFaster],
  parameters,
  customNetwork: { parameter: "residual", needs: needsShortcuts },
  columns: {
    seed: "seed of weights, order of images and routes",
    network: "name of the architecture, with its depth in layers",
    kind:
      "constant depth, stochastic depth, no block (all are there, none runs), or none to skip (none runs, and only " +
      "those that change the shape are there)",
    step: "number of the timed step",
    blocks_run: "blocks whose residual branch ran in it",
    blocks_skipped: "blocks that were there and did not run",
    step_seconds: "time of the step (s)",
    optimiser_seconds: "time of another step of the optimiser alone, right after it (s)",
  },

  cells: ({ seeds: seedNumbers, residual }: Parameters): Cell[] =>
    seedNumbers.map((seed) => ({ seed, network: residual })),

  work(cell, params) {
    const { architecture } = planOf(cell, params, digitShape);
    const share = 1 + mean(linearSurvival(architecture.blocks.length, params.lastSurvival));
    return 3 * multiplyAccumulates(architecture) * share * params.timedSteps * params.batchSize;
  },

  relevant(_, { residual, steps, seeds, ...others }) {
    return others;
  },

  async measure(cell, params, run) {
    const data = await run.data();
    const plan = planOf(cell, params, data.training);
    const rounds = plan.steps;
    const images = prepareImages(data, plan.images, cell.seed);
    const trainers = kindsOf(plan, params.lastSurvival).map(({ kind, plan: own }) => ({
      kind,
      blocks: own.architecture.blocks.length,
      trainer: createTrainer(own, images),
    }));
    const rows: Measured[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        for (const turn of trainers.keys()) {
          const { kind, blocks, trainer } = trainers[(round + turn) % trainers.length]!; // none is always first
          const start = performance.now();
          const { blocksRun } = trainer.step(round);
          const end = performance.now();
          trainer.optimiser.step(new Map(), 0);
          const optimiserEnd = performance.now();
          if (round < warmUpSteps) continue;
          rows.push({
            kind,
            step: round - warmUpSteps + 1,
            blocks_run: blocksRun,
            blocks_skipped: blocks - blocksRun,
            step_seconds: (end - start) / 1000,
            optimiser_seconds: (optimiserEnd - end) / 1000,
          });
        }
        run.progress({ phase: `${cell.network}: timing steps`, done: round + 1, total: rounds });
        await setImmediate(); // lets messages and signals in: the kernels block this thread
        run.signal.throwIfAborted();
      }
    } finally {
      for (const { trainer } of trainers) {
        trainer.optimiser.dispose();
        disposeNetwork(trainer.network);
      }
    }
    return rows;
  },

  verdicts(rows) {
    const savings = savingsOf(rows);
    const saved = bootstrapInterval(savings.map((saving) => saving.saved));
    const skipped = bootstrapInterval(savings.map((saving) => saving.skipped));
    const meanOf = (key: keyof Saving) => quantity(mean(savings.map((saving) => saving[key])), "%");
    return [
      judge(stochasticDepthTrainsFaster, saved, [
        atLeast(
          `upper end of the saving's interval (${meanOf("depth")} of the blocks run, fixed cost ${meanOf("fixed")})`,
          saved.high,
          mean(savings.map(({ expected }) => expected)),
          "%",
        ),
        intervalBelow("cost of a skipped block, over that of one that runs,", skipped, nothingPercent, "%"),
      ]),
    ];
  },

  figures: (rows) => [secondsByBlocksRun(rows)],

  departures({ residual, batchSize, meanPool }) {
    return [
      ...(residual === "resnet110" ? [] : [`The residual network is ${residual}; the source's is resnet110.`]),
      ...(batchSize === 128 ? [] : [`Mini-batches have ${batchSize} images; the source's have 128.`]),
      ...poolingDepartures(meanPool),
      "Single steps are timed; the source times whole epochs.",
      "Other work may go on beside it on the same machine; the kinds of steps take turns, so that all meet the same.",
    ];
  },
});

/** The plans of the four kinds of steps. */
function kindsOf(plan: TrainingPlan, lastSurvival: number): { kind: Kind; plan: TrainingPlan }[] {
  const { architecture } = plan;
  const keeps = keepsShape(architecture);
  const changing = { ...architecture, blocks: architecture.blocks.filter((_, i) => !keeps[i]) };
  const survival = (probabilities: number[]): RouteSampling => ({ kind: "survival", probabilities });
  const none = ({ blocks }: Architecture) => survival(uniformSurvival(blocks.length, 0));
  return [
    { kind: "constant depth", plan },
    { kind: "stochastic depth", plan: { ...plan, routes: survival(linearSurvival(keeps.length, lastSurvival)) } },
    { kind: "no block", plan: { ...plan, routes: none(architecture) } },
    { kind: "none to skip", plan: { ...plan, architecture: changing, routes: none(changing) } },
  ];
}

/** As many steps as are run of each kind. */
function planOf({ network, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, timedSteps } = params;
  return planByName(params, { network, width, seed, steps: warmUpSteps + timedSteps }, images);
}

/** What one seed's timing comes to, all in percent. */
interface Saving {
  /** Of the time at constant depth. */
  readonly saved: number;
  /** 1 - (mean depth)/N, of what is not fixed. */
  readonly expected: number;
  /** A step in which no block runs, over one in which all do. */
  readonly fixed: number;
  /**
   * What a skipped block costs, over what one that runs does; the optimiser's part, taken either way, is not counted.
   */
  readonly skipped: number;
  /** Blocks that ran in a step with stochastic depth, over all. */
  readonly depth: number;
}

function savingsOf(rows: readonly Result[]): Saving[] {
  return [...bySeed(rows).values()].map((own) => {
    const of = (kind: Kind) => own.filter((row) => row.kind === kind);
    const seconds = (kind: Kind) => median(of(kind).map(({ step_seconds }) => step_seconds));
    const optimiser = (kind: Kind) => median(of(kind).map(({ optimiser_seconds }) => optimiser_seconds));
    const [whole, none] = [seconds("constant depth"), seconds("no block")];
    const blocks = of("no block")[0]!.blocks_skipped;
    const depth = mean(of("stochastic depth").map(({ blocks_run }) => blocks_run)) / blocks;
    const passing = none - optimiser("no block") - (seconds("none to skip") - optimiser("none to skip"));
    const passed = blocks - of("none to skip")[0]!.blocks_skipped;
    return {
      saved: 100 * (1 - seconds("stochastic depth") / whole),
      expected: 100 * (1 - depth) * (1 - none / whole),
      fixed: (100 * none) / whole,
      skipped: (100 * (passing / passed)) / ((whole - none) / blocks),
      depth: 100 * depth,
    };
  });
}

function secondsByBlocksRun(rows: readonly Result[]): Figure {
  const savings = savingsOf(rows);
  const said = (key: keyof Saving) => intervalNumbers(bootstrapInterval(savings.map((saving) => saving[key])), "%");
  const ascending = [...rows].sort((one, other) => one.blocks_run - other.blocks_run);
  const seriesOf = (kind: Kind) =>
    intervalSeries({
      name: kind,
      kind: "points",
      rows: ascending.filter((row) => row.kind === kind),
      x: ({ blocks_run }) => blocks_run,
      y: ({ step_seconds }) => step_seconds,
      aggregate: median,
    });
  const [none, some, all] = [seriesOf("no block"), seriesOf("stochastic depth"), seriesOf("constant depth")];
  const line: Series = {
    name: "straight line from none to all",
    kind: "line",
    points: [...none.points, ...all.points].map(({ x, y }) => ({ x, y })),
  };
  return {
    id: "seconds-by-blocks-run",
    claims: [stochasticDepthTrainsFaster.id],
    title: "Time of a training step by the number of blocks that run",
    caption:
      "Time of a training step by the number of residual branches that ran in it: median over a seed's steps, then " +
      `mean over seeds, with 95 % bootstrap intervals. Saved: ${said("saved")} of the time at constant depth. To be ` +
      `expected of the blocks that did not run, less the fixed cost of ${said("fixed")}: ${said("expected")}. Cost of ` +
      `a skipped block: ${said("skipped")} of one that ran. The source saved about 25 % (110 layers, CIFAR-10).`,
    xAxis: { label: "blocks whose residual branch ran", integers: true },
    yAxis: { label: "time of a step (s)" },
    series: [none, some, all, line],
  };
}
