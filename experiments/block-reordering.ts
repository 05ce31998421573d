/**
 * What a trained network loses when its blocks run in another order.
 *
 * A residual network and a plain network of the same depth are trained alike. Then, at test time and without retraining,
 * the blocks of each stage that keep their shape are permuted. Permutations are sampled at numbers of inversions from none
 * to the most that the stages allow, so that Kendall's tau of the new order and the old is spread evenly over its range.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.3. Claim E4.
 */
import { takeAtMost } from "../src/data";
import {
  chanceError,
  column,
  count,
  cross,
  experiment,
  hasGivenWeights,
  judge,
  meanWithEnds,
  otherThanSource,
  type RowOf,
  type Rows,
  text,
  told,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { blockOrders, evenInversions, movableBlocks, reorderedRoute } from "../src/routes";
import { inversions, kendallTau, mean, quantity, smallest, spearmanOrZero } from "../src/statistics";
import { planByName } from "../src/training";

const columns = {
  network: column.text("architecture, with its depth in layers"),
  permutation: column.whole("number of the permutation; 1 is the network's own order"),
  inversions: column.whole("pairs of blocks that run the wrong way round"),
  tau: column.number("Kendall's tau of the new order of all blocks and the network's own"),
  error_percent: column.number("top-1 test error", "%"),
  rise_points: column.number("rise of the test error over that in the network's own order", "points"),
  cross_entropy_nats: column.number("test cross-entropy", "nats"),
  images: column.whole("test images"),
};
type Row = RowOf<typeof columns, { seed: number; network: string }>;

export default experiment("block-reordering", {
  title: "Reordering blocks of trained networks",
  question: "What does a trained network lose when its blocks run in another order than the one they were trained in?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 4.3",
  parameters: {
    residual: text("residual network", {
      smoke: "preactivation-resnet20", // the least depth at which every stage has blocks to exchange
      quick: "preactivation-resnet32",
      standard: "preactivation-resnet32",
      paper: "preactivation-resnet110",
    }),
    plain: text("plain network, as deep", { smoke: "plain20", quick: "plain32", paper: "plain110" }),
    width: count("filters of the first stage", 16),
    permutations: count("permutations of each network", { smoke: 8, quick: 40, paper: 200 }, { minimum: 2 }),
    testImages: count("test images", { smoke: 200, quick: 1000, paper: 10_000 }),
    ...trainingParameters,
  },
  columns,
  firstLook: { median: "rise_points", by: ["network", "inversions"] },
  cells: ({ seeds, residual, plain }) => cross({ seed: seeds, network: [residual, plain] }),

  network({ seed, network }, params, images) {
    const plan = planByName(params, { network, width: params.width, seed, steps: params.steps }, images);
    if (movableBlocks(plan.architecture).length > 0) return plan;
    throw new RangeError(`${network} has no two neighbouring blocks of one shape to exchange: take a deeper one`);
  },

  async measure(run, _, { permutations, testImages }) {
    const { architecture, test, evaluate } = await run.trained();
    const possible = blockOrders(architecture);
    const orders = evenInversions(possible.mostInversions, permutations).map((inverted, i) =>
      possible.sample(inverted, run.random("order of blocks", i)),
    );
    const routes = orders.map((order) => reorderedRoute(architecture, order));
    const results = await evaluate(routes, takeAtMost(test, testImages), "reordering blocks");
    const ownOrder = architecture.blocks.map((_, block) => block);
    return orders.map((order, i) => {
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
  },

  claims: {
    E4: (rows, { residual }) => judge(correlations(rows, residual)).below(-0.5),
  },

  states: {
    "half of chance": (rows, { residual }) => ownOrder(rows, residual),
    "trained as in the sources": (rows, { residual }) => ownOrder(rows, residual),
    "three points": (rows, { residual }) =>
      rows
        .where({ network: residual })
        .bySeed()
        .map((own) => own.rows.distinct("tau").length),
  },

  sentences: {
    E4(rows, { residual, plain }) {
      const told = [residual, plain].flatMap((network) => {
        const own = rows.where({ network });
        if (own.length === 0) return []; // the control is not trained beside given weights
        const least = smallest(own.numbers("tau"));
        const far = own.where({ tau: least }).perSeed("error_percent");
        const [intact, lost] = [quantity(mean(ownOrder(rows, network)), "%"), meanWithEnds(far, "%")];
        return [`${intact} → ${lost} in ${network} as tau goes from 1 to ${quantity(least)}`];
      });
      return `Reordering blocks: test error ${told.join(", ")}.`;
    },
  },

  figures(rows, { residual }) {
    const said = rows
      .distinct("network")
      .map((network) => `${told(() => quantity(mean(correlations(rows, network))))} (${network})`)
      .join(", ");
    const middle = told(() => quantity((1 + smallest(rows.where({ network: residual }).numbers("tau"))) / 2));
    return [
      {
        id: "error-by-tau",
        claims: ["E4"],
        title: `Test error as the order of blocks is lost: ${rows.distinct("network").join(", ")}`,
        caption: "Permutations are spread evenly over tau.",
        numbers:
          `Spearman's correlation of tau and error, mean over seeds: ${said}. Permutations of ${residual} sampled without ` +
          `regard to tau would crowd around ${middle}.`,
        x: { column: "tau", label: "Kendall's tau" },
        y: { column: "error_percent", range: [0, 100] },
        rows,
        by: "network",
        references: [{ y: chanceError(residual), label: "chance" }],
      },
    ];
  },

  departures: (params) => [
    ...otherThanSource("The residual network", params.residual, "preactivation-resnet110"),
    ...trainingDepartures(params),
    "Permutations are spread evenly over the tau that exchanges within stages allow; the source swaps random pairs of " +
      "blocks, down to a tau of about 0.84.",
    "The correlation of tau and error is Spearman's; the source shows the curve and gives no coefficient.",
    // Given weights stand alone.
    ...(hasGivenWeights(params) ? [] : ["The plain network of equal depth is a control of ours."]),
  ],
  customNetwork: { parameter: "residual", withWeights: true, byRoutes: true },
});

/** Test errors (%) with all blocks in their place. */
function ownOrder(rows: Rows<Row>, network: string): number[] {
  return rows.where({ network, permutation: 1 }).numbers("error_percent");
}

/** Each seed's rank correlation of tau and error; 0 where the error never changes: it has none and does not rise. */
function correlations(rows: Rows<Row>, network: string): number[] {
  return rows
    .where({ network })
    .bySeed()
    .map((own) => spearmanOrZero(...own.rows.pairs("tau", "error_percent")));
}
