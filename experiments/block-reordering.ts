/**
 * What a trained network loses when its blocks run in another order.
 *
 * A residual network and a plain network of the same depth are trained alike. Then, at test time and without
 * retraining, the blocks of each stage that keep their shape are permuted. Permutations are drawn at numbers of
 * inversions from none to the most that the stages allow, so that Kendall's tau of the new order and the old is spread
 * evenly over its range: 40 of each network at `quick`. The networks are those of the deletion study: whichever runs first
 * trains them for both.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.3. Claim E4.
 */
import { errorRisesAsOrderIsLost, intervalBelow, judge } from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  experiment,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { type Architecture, disposeNetwork, multiplyAccumulates } from "../src/networks";
import { randomStream } from "../src/random";
import { type Figure, intervalSeries, linesOverSeeds } from "../src/report";
import {
  blockOrders,
  cellOptions,
  evaluate,
  evenInversions,
  reorderedRoute,
  routeTrie,
  stepCount,
} from "../src/routes";
import { bootstrapInterval, bySeed, inversions, kendallTau, mean, quantity, spearmanOrZero } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet20", // the least depth at which every stage has blocks to exchange
    quick: "preactivation-resnet32",
    paper: "preactivation-resnet110",
  }),
  plain: text("plain network, as deep", { smoke: "plain20", quick: "plain32", paper: "plain110" }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  permutations: count("permutations of each network", { smoke: 8, quick: 40, paper: 200 }, { minimum: 2 }),
  testImages: count("test images", { smoke: 200, quick: 1000, paper: 10_000 }),
  ...trainingParameters,
};

/** Error (%) of guessing among ten classes of equal size. */
const chance = 90;

type Parameters = ParameterValues<typeof parameters>;

/** One network, trained with one seed. */
interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  /** From 1, which is the network's own order, by inversions. */
  readonly permutation: number;
  readonly inversions: number;
  readonly tau: number;
  readonly error_percent: number;
  readonly rise_points: number;
  readonly cross_entropy_nats: number;
  readonly images: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "block-reordering",
  title: "Reordering blocks of trained networks",
  question: "What does a trained network lose when its blocks run in another order than the one they were trained in?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 4.3",
  claims: [errorRisesAsOrderIsLost],
  parameters,
  customNetwork: { parameter: "residual", given: { steps: 0 } },
  columns: {
    seed: "seed of weights, order of images and permutations",
    network: "name of the architecture, with its depth in layers",
    permutation: "number of the permutation; 1 is the network's own order",
    inversions: "pairs of blocks that run the wrong way round",
    tau: "Kendall's tau of the order of all blocks: (pairs in order - pairs inverted) / all pairs",
    error_percent: "top-1 test error (%)",
    rise_points: "that error less the one in the network's own order (percentage points)",
    cross_entropy_nats: "mean test cross-entropy (nats)",
    images: "test images it was measured on",
  },

  cells: ({ seeds: seedNumbers, residual, plain }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) => [residual, plain].map((network) => ({ seed, network }))),

  trains: planOf,

  work(cell, params) {
    const { architecture } = planOf(cell, params, digitShape);
    const routes = sampleOrders(architecture, cell.seed, params).map((order) => reorderedRoute(architecture, order));
    const passes = stepCount(routeTrie(routes)) / architecture.blocks.length;
    return passes * params.testImages * multiplyAccumulates(architecture);
  },

  relevant(_, { residual, plain, seeds, ...others }) {
    return others;
  },

  async measure(cell, params, run) {
    const { network, test, channelStatistics } = await beginStudy(run, (images) => planOf(cell, params, images));
    const { architecture } = network;
    try {
      const orders = sampleOrders(architecture, cell.seed, params);
      const results = await evaluate(
        network,
        orders.map((order) => reorderedRoute(architecture, order)),
        takeAtMost(test, params.testImages),
        cellOptions(run, channelStatistics, `${cell.network}: reordering blocks`),
      );
      const ownOrder = architecture.blocks.map((_, block) => block);
      return orders.map((order, i): Measured => {
        const { topOneError, crossEntropy, images } = results[i]!;
        return {
          permutation: i + 1,
          inversions: inversions(order),
          tau: kendallTau(ownOrder, order),
          error_percent: 100 * topOneError,
          rise_points: 100 * (topOneError - results[0]!.topOneError),
          cross_entropy_nats: crossEntropy,
          images,
        };
      });
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, { residual }) {
    const correlation = bootstrapInterval(correlations(rows, residual));
    return [
      judge(errorRisesAsOrderIsLost, correlation, [
        intervalBelow("Spearman's correlation of tau and error", correlation, -0.5, ""),
      ]),
    ];
  },

  figures: (rows, params) => [errorByTau(rows, params)],

  departures(params) {
    return [
      ...(params.residual === "preactivation-resnet110"
        ? []
        : [`The residual network is ${params.residual}; the source has 110 layers.`]),
      ...trainingDepartures(params),
      "Permutations are spread evenly over the tau that exchanges within stages allow; the source swaps random pairs " +
        "of blocks, down to a tau of about 0.84.",
      "The correlation of tau and error is Spearman's; the source shows the curve and names no figure.",
      "The plain network of equal depth is a control of ours.",
    ];
  },
});

function planOf({ network, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps } = params;
  return planByName(params, { network, width, seed, steps }, images);
}

/**
 * The orders to measure, by inversions: one for each place of an even grid, the first of them the network's own.
 *
 * @throws RangeError when the network has no two blocks to exchange
 */
function sampleOrders(architecture: Architecture, seed: number, { permutations }: Parameters): number[][] {
  const orders = blockOrders(architecture);
  if (orders.mostInversions === 0) {
    throw new RangeError(
      `${architecture.name} has no two neighbouring blocks of one shape to exchange: take a deeper one`,
    );
  }
  return evenInversions(orders.mostInversions, permutations).map((inverted, i) =>
    orders.sample(inverted, randomStream(seed, "order of blocks", i)),
  );
}

function of(rows: readonly Result[], network: string): Result[] {
  return rows.filter((row) => row.network === network);
}

/** Each seed's rank correlation of tau and error; 0 where the error never changes: it has none and does not rise. */
function correlations(rows: readonly Result[], network: string): number[] {
  return [...bySeed(of(rows, network)).values()].map((own) => {
    const errors = own.map(({ error_percent }) => error_percent);
    return spearmanOrZero(
      own.map(({ tau }) => tau),
      errors,
    );
  });
}

function errorByTau(rows: readonly Result[], { residual, plain }: Parameters): Figure {
  const networks = [residual, plain].filter((network) => of(rows, network).length > 0);
  const said = networks.map((network) => `${quantity(mean(correlations(rows, network)))} (${network})`).join(", ");
  const leastTau = Math.min(...of(rows, residual).map(({ tau }) => tau));
  return {
    id: "error-by-tau",
    claims: [errorRisesAsOrderIsLost.id],
    title: `Test error as the order of blocks is lost: ${networks.join(", ")}`,
    caption:
      "Test error with the blocks of each stage permuted, by Kendall's tau of their order and the network's own: 1 " +
      `is its own. ${linesOverSeeds} Spearman's correlation of tau and error, mean over seeds: ${said}. The permutations are spread evenly over tau; drawn without regard to it, those of ` +
      `${residual} would crowd around ${quantity((1 + leastTau) / 2)}. In the source (110 layers, CIFAR-10) the ` +
      "error rises smoothly while tau falls from 1 to about 0.84.",
    xAxis: { label: "Kendall's tau" },
    yAxis: { label: "test error (%)", range: [0, 100] },
    series: networks.map((network) =>
      intervalSeries({
        name: network,
        kind: "line",
        rows: of(rows, network),
        x: ({ tau }) => tau,
        y: ({ error_percent }) => error_percent,
      }),
    ),
    references: [{ y: chance, label: "chance" }],
  };
}
