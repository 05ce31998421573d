/**
 * How much training time stochastic depth saves, and whether a block that is skipped costs any.
 *
 * Single training steps of four kinds are timed by turns: at constant depth; with stochastic depth, survival falling
 * linearly to p_N; with no block running, which leaves what is fixed (images, stem, head, optimiser, shortcuts that change
 * the shape); and with no block running in a network that has only the blocks that change the shape, so that the difference
 * of the last two is what it takes to pass blocks by. The trained networks are not kept.
 *
 * Source: Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382, sec. 3 and 4. Claim D2.
 */
import {
  column,
  count,
  experiment,
  ifTold,
  judge,
  meanWithEnds,
  needsShortcuts,
  poolingDepartures,
  type RowOf,
  type Rows,
  text,
  trainingParameters,
} from "../src/experiment";
import { DegenerateSample, mean, median, quantity } from "../src/statistics";
import { planByName, prepareImages } from "../src/training";
import { networkDepartures, stochasticDepthParameters } from "./stochastic-depth/training";
import { type Kind, kinds, timeSteps } from "./stochastic-depth-time/time-steps";

const columns = {
  network: column.text("architecture, with its depth in layers"),
  kind: column.oneOf("kind of step", kinds),
  step: column.whole("number of the timed step"),
  blocks_run: column.whole("blocks whose residual branch ran"),
  blocks_skipped: column.whole("blocks that were there and did not run"),
  step_seconds: column.number("time of a step", "s"),
  optimiser_seconds: column.number("time of another step of the optimiser alone, right after it", "s"),
};
type Row = RowOf<typeof columns, { readonly seed: number; readonly network: string }>;

/** Steps of each kind that are run before any is timed. */
const warmUpSteps = 3;
/** Largest cost of a skipped block (% of one that runs) that counts as nothing. */
const nothingPercent = 5;

export default experiment("stochastic-depth-time", {
  title: "Time that stochastic depth saves",
  question: "How much faster is training when blocks are skipped at random, and does a skipped block cost any time?",
  source: "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, sec. 3 and 4",
  parameters: {
    ...trainingParameters,
    residual: text("residual network", {
      smoke: "preactivation-resnet14", // the least depth at which every stage has a block that can be left out
      quick: "preactivation-resnet44",
      paper: "resnet110",
    }),
    width: stochasticDepthParameters.width,
    lastSurvival: stochasticDepthParameters.lastSurvival,
    timedSteps: count("timed steps of each kind", { smoke: 3, quick: 40, paper: 100 }),
  },
  columns,
  firstLook: { median: "step_seconds", by: ["kind"] },
  cells: ({ seeds, residual }) => seeds.map((seed) => ({ seed, network: residual })),

  async measure(run, { seed, network }, params) {
    const data = await run.data();
    const steps = warmUpSteps + params.timedSteps;
    const plan = planByName(params, { network, width: params.width, seed, steps }, data.training);
    return timeSteps(run, plan, prepareImages(data, plan.images, seed), {
      lastSurvival: params.lastSurvival,
      warmUpSteps,
    });
  },

  claims: {
    D2(rows) {
      const savings = rows.bySeed().map((own) => savingOf(own.rows));
      const judged = judge(savings.map(({ saved }) => saved));
      const percent = (key: keyof (typeof savings)[number]) => mean(savings.map((saving) => saving[key]));
      const said = `${quantity(percent("depth"), "%")} of the blocks run, fixed cost ${quantity(percent("fixed"), "%")}`;
      return judged
        .of(`upper end of the saving's interval (${said})`, judged.effect.high, "%")
        .atLeast(percent("expected"))
        .of(
          "cost of a skipped block, over that of one that runs,",
          savings.map(({ skipped }) => skipped),
          "%",
        )
        .below(nothingPercent);
    },
  },

  sentences: {
    D2(rows, { residual }) {
      const seconds = (kind: Kind) => quantity(mean(rows.where({ kind }).perSeed("step_seconds", median)), "s");
      const savings = rows.bySeed().map((own) => savingOf(own.rows));
      return (
        `A training step of ${residual} takes ${seconds("constant depth")} at constant depth and ${seconds("stochastic depth")} at ` +
        `stochastic depth, where ${quantity(mean(savings.map(({ depth }) => depth)), "%")} of the blocks run: it saves ` +
        `${meanWithEnds(
          savings.map(({ saved }) => saved),
          "%",
          "seed",
        )}.`
      );
    },
  },

  figures(rows) {
    const kindsShown = ["no block", "stochastic depth", "constant depth"] as const;
    const ends = [rows.where({ kind: "no block" }), rows.where({ kind: "constant depth" })];
    return [
      {
        id: "seconds-by-blocks-run",
        claims: ["D2"],
        title: "Time of a training step by the number of blocks that run",
        caption: "Median over a seed's steps. The source saved about 25 % (110 layers, CIFAR-10).",
        x: "blocks_run",
        y: "step_seconds",
        aggregate: median,
        series: [
          ...kindsShown.map((kind) => ({
            ...{ name: kind, kind: "points" as const },
            rows: rows.where({ kind }).sort((one, other) => one.blocks_run! - other.blocks_run!),
          })),
          {
            name: "straight line from none to all",
            kind: "line",
            points: ends.flatMap((own) =>
              own.slice(0, 1).flatMap(({ blocks_run }) => {
                const seconds = ifTold(() => mean(own.perSeed("step_seconds", median)));
                return seconds === null ? [] : [{ x: blocks_run!, y: seconds }];
              }),
            ),
          },
        ],
      },
    ];
  },

  departures: ({ residual, batchSize, meanPool }) => [
    ...networkDepartures(residual),
    ...(batchSize === 128 ? [] : [`Mini-batches have ${batchSize} images; the source's have 128.`]),
    ...poolingDepartures(meanPool),
    "Single steps are timed; the source times whole epochs.",
    "Other work may go on beside it on the same machine; the kinds of steps take turns, so that all meet the same.",
  ],
  customNetwork: { parameter: "residual", needs: needsShortcuts },
});

/**
 * What one seed's timing comes to, in percent: time `saved` of that at constant depth; what is `expected`, 1 - (mean
 * depth)/N of what is not fixed; a step in which no block runs, over one in which all do (`fixed`); what a `skipped` block
 * costs, over one that runs, the optimiser's part left out, which is taken either way; blocks that ran over all (`depth`).
 */
function savingOf(own: Rows<Row>) {
  const of = (kind: Kind) => own.where({ kind });
  const seconds = (kind: Kind) => median(of(kind).numbers("step_seconds"));
  const optimiser = (kind: Kind) => median(of(kind).numbers("optimiser_seconds"));
  const [all, none] = [seconds("constant depth"), seconds("no block")];
  const skippedBy = (kind: Kind) => {
    const [skipped] = of(kind).numbers("blocks_skipped");
    if (skipped === undefined) throw new DegenerateSample(`no row holds a step with "${kind}"`);
    return skipped;
  };
  const blocks = skippedBy("no block");
  const depth = mean(of("stochastic depth").numbers("blocks_run")) / blocks;
  const passing = none - optimiser("no block") - (seconds("none to skip") - optimiser("none to skip"));
  const passed = blocks - skippedBy("none to skip");
  return {
    saved: 100 * (1 - seconds("stochastic depth") / all),
    expected: 100 * (1 - depth) * (1 - none / all),
    fixed: (100 * none) / all,
    skipped: (100 * (passing / passed)) / ((all - none) / blocks),
    depth: 100 * depth,
  };
}
