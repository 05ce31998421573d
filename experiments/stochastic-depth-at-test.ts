/**
 * What training with stochastic depth makes of a network at test time.
 *
 * One residual network is trained at constant depth and with stochastic depth, survival falling linearly to p_N, for as
 * many mini-batches. At test time the residual branches of the second are scaled by their survival probabilities. From
 * both networks each block is deleted in turn. And the scaled network is set against what it stands for: the mean
 * prediction of random routes, sampled as in training.
 *
 * Sources: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3; deletion: Veit, Wilber & Belongie 2016,
 * arXiv:1605.06431, fig. 8. Claims D4 and D5.
 */
import { plural } from "../src/base";
import { takeAtMost } from "../src/data";
import {
  column,
  count,
  cross,
  errorsBeside,
  experiment,
  judge,
  needsShortcuts,
  type RowOf,
  type Rows,
} from "../src/experiment";
import { keepsShape, linearSurvival, sampleRoute } from "../src/networks";
import { ensembleErrors, withoutBlocks } from "../src/routes";
import { largest, mean, quantity, smallest } from "../src/statistics";
import { shapeNote } from "./block-deletion/rows";
import { judgeScaling, scalingFigures, scalingText } from "./dropout-ensemble/scaling";
import {
  routeAtTest,
  stochasticDepthDepartures,
  stochasticDepthParameters,
  survivalPlan,
} from "./stochastic-depth/training";
import { linearBlockDifference } from "./stochastic-depth-at-test/linear-block";

const trainings = ["constant depth", "stochastic depth"] as const;

const columns = {
  network: column.text("architecture, with its depth in layers"),
  trained: column.oneOf("how it is trained", trainings),
  measurement: column.oneOf("what is run", ["intact", "one deleted", "random routes", "one linear block"]),
  block: column.text("deleted block"),
  keeps_shape: column.flag("whether that block's output has its input's shape"),
  routes: column.whole("random routes whose predictions are averaged"),
  error_percent: column.number("top-1 test error", "%"),
  rise_points: column.number("rise of the test error over the intact network's", "points"),
  cross_entropy_nats: column.number("test cross-entropy", "nats"),
  divergence_nats: column.number("Kullback-Leibler divergence of the scaled prediction from the routes' mean", "nats"),
  relative_difference: column.number("largest difference of expected and scaled output, over the largest output"),
  images: column.whole("test images"),
};
type Trained = (typeof trainings)[number];
type Row = RowOf<typeof columns, { seed: number; network: string; trained: Trained }>;

export default experiment("stochastic-depth-at-test", {
  title: "Networks trained with stochastic depth, at test time",
  question:
    "Does a network trained with stochastic depth stand the deletion of blocks better, and does it, scaled, predict " +
    "what its random routes predict on average?",
  source:
    "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3; Veit, Wilber & Belongie " +
    "2016, Residual networks behave like ensembles of relatively shallow networks, fig. 8",
  parameters: {
    deletionImages: count("test images, one block deleted", { smoke: 200, quick: 2000, paper: 10_000 }),
    routes: count("random routes, their mean prediction", { smoke: 20, quick: 1000, paper: 1000 }),
    routeImages: count("test images, random routes", { smoke: 100, quick: 500, paper: 2000 }),
    ...stochasticDepthParameters,
  },
  variations: { smoke: { steps: [5, 20] }, quick: { steps: [100, 400, 1600] }, paper: { steps: [60_000, 175_500] } },
  columns,
  firstLook: { median: "rise_points", by: ["trained"], where: { measurement: "one deleted", keeps_shape: true } },
  cells: ({ seeds, residual }) => cross({ seed: seeds, network: [residual], trained: trainings }),

  network: ({ trained, ...cell }, params, images) =>
    survivalPlan(
      params,
      cell,
      images,
      trained === "constant depth" ? null : (blocks) => linearSurvival(blocks, params.lastSurvival),
    ),

  async measure(run, { seed }, params) {
    const { network, architecture, plan, test, channelStatistics, evaluate, options } = await run.trained();
    const full = routeAtTest(plan);
    const [intact, ...lesioned] = await evaluate(
      [full, ...architecture.blocks.map((_, block) => withoutBlocks(full, [block]))],
      takeAtMost(test, params.deletionImages),
      "deleting one block",
    );
    const keeps = keepsShape(architecture);
    const rows = [
      { measurement: "intact" as const, ...errorsBeside(intact!, intact!) },
      ...architecture.blocks.map(({ name: block }, i) => ({
        ...{ measurement: "one deleted" as const, block, keeps_shape: keeps[i]! },
        ...errorsBeside(lesioned[i]!, intact!),
      })),
    ];
    const sampling = plan.routes;
    if (sampling === null) return rows;

    const { lastSurvival, routes, routeImages } = params;
    const sampled = Array.from({ length: routes }, (_, i) =>
      sampleRoute(architecture, sampling, run.random("route at test time", i)),
    );
    const images = takeAtMost(test, routeImages);
    const [scaled] = await evaluate([full], images, "testing");
    const sizes = [...[1, 3, 10, 30, 100, 300].filter((size) => size < routes), routes];
    const means = await ensembleErrors(network, sampled, images, sizes, {
      ...options("averaging random routes"),
      reference: full,
    });
    const one = { images: takeAtMost(test, 1), channelStatistics };
    return [
      ...rows,
      ...means.map(({ routes, divergence: divergence_nats, ...found }) => ({
        ...{ measurement: "random routes" as const, routes, divergence_nats },
        ...errorsBeside(found, scaled!),
      })),
      {
        measurement: "one linear block" as const,
        block: architecture.blocks[0]!.name,
        relative_difference: linearBlockDifference(network, seed, lastSurvival, one),
        images: 1,
      },
    ];
  },

  claims: {
    D4: (rows) =>
      judge(singles(rows, "stochastic depth").lessPerSeed(singles(rows, "constant depth"), "rise_points")).below(0),
    D5: (rows, { routes }) =>
      judgeScaling(rows.where({ routes }).interval("rise_points"), [
        "one linear block: relative difference of expected and scaled output",
        rows.numbers("relative_difference"),
      ]),
  },

  states: {
    "half of chance": (rows, _, claim) => intactErrors(rows, claim),
    "trained as in the sources": (rows, _, claim) => intactErrors(rows, claim),
  },

  sentences: {
    D4(rows, { residual }) {
      const [constant, stochastic] = trainings.map((trained) => singles(rows, trained));
      const found = stochastic!.lessPerSeed(constant!, "rise_points");
      const rise = (some: Rows<Row>) => quantity(mean(some.perSeed("rise_points")), "points");
      return (
        `Deleting one block of ${residual} costs ${rise(constant!)} after training at constant depth and ${rise(stochastic!)} after ` +
        `stochastic depth (mean of ${plural(stochastic!.distinct("block").length, "block")}, ${plural(found.length, "pair")} of ` +
        `networks, whose differences go from ${quantity(smallest(found))} to ${quantity(largest(found), "points")}).`
      );
    },
    D5: (rows, { routes }) =>
      scalingText(
        `${quantity(routes)} random routes`,
        intactErrors(rows, "D5"),
        rows.where({ measurement: "random routes", routes }).perSeed("rise_points"),
        `through one linear block they differ by at most ${quantity(largest(rows.numbers("relative_difference")))}`,
      ),
  },

  figures: (rows) => [
    {
      id: "rise-by-deleted-block",
      claims: ["D4"],
      title: "Rise of the test error with one block deleted, after training with and without stochastic depth",
      caption: "Hollow: downsampling blocks, of which the shortcut remains.",
      numbers: `Intact errors: ${rows.where({ measurement: "intact" }).meansText("error_percent", "%", "trained")}.`,
      ...{ x: "block", y: "rise_points", rows: rows.where({ measurement: "one deleted" }), by: "trained" },
      note: shapeNote,
    },
    ...scalingFigures("D5", "routes", rows.where({ measurement: "random routes" })),
  ],

  departures: (params) => [
    ...stochasticDepthDepartures(params),
    "Every block is deleted, one at a time; the mean rise is over those that keep their shape.",
    "The source states that scaling gives the expected output, and does not measure it; the rule is that of dropout (B1).",
  ],
  customNetwork: { parameter: "residual", needs: needsShortcuts },
});

/** Of the networks that a claim is about: D4 compares both, D5 looks at the one trained with stochastic depth. */
function intactErrors(rows: Rows<Row>, claim: string): number[] {
  const trained = claim === "D4" ? trainings : (["stochastic depth"] as const);
  return rows.where({ measurement: "intact", trained }).numbers("error_percent");
}

/** Deletions of blocks that keep their shape. */
function singles(rows: Rows<Row>, trained: Trained): Rows<Row> {
  return rows.where({ measurement: "one deleted", trained, keeps_shape: true });
}
