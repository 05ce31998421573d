/**
 * Whether the output of a residual network is the sum of its input and of all its branches.
 *
 * A trained pre-activation network is run block by block. After every block the sum of x_0 and of the branches so far,
 * x_0 + Σ F_t(x_t), is set against the activations; shortcuts that change the shape are linear and applied to every
 * term. The network is that of the deletion study: whichever runs first trains it for both.
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2, eq. 4. Claim C6.
 */
import { atMost, blockOutputsSumUp, judge } from "../src/claims";
import { digitShape, gatherBatch, type ImageShape } from "../src/data";
import {
  count,
  experiment,
  needsBareSums,
  type ParameterValues,
  type Row,
  type Setting,
  seeds,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, multiplyAccumulates, outputTermSums, runStem } from "../src/networks";
import { type Figure, intervalSeries } from "../src/report";
import { tf } from "../src/runtime";
import { bootstrapInterval, perSeed } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";

const parameters = {
  residual: text("residual network, pre-activation", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet32",
    paper: "preactivation-resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  images: count("test images", { smoke: 20, quick: 100, paper: 100 }),
  ...trainingParameters,
  seeds: seeds({ smoke: 1, quick: 1, paper: 1 }), // addition is the same with every seed
};

/** Largest relative difference by the rule of C6. */
const border = 1e-5;

type Parameters = ParameterValues<typeof parameters>;

/** One trained network. */
interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  readonly blocks: number;
  readonly block: string;
  readonly relative_difference: number;
  readonly images: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "residual-sum",
  title: "The output of a residual network as a sum",
  question: "Is the output of a residual network the sum of its input and of all its branches?",
  source: "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, sec. 2",
  claims: [blockOutputsSumUp],
  parameters,
  customNetwork: { parameter: "residual", needs: needsBareSums, given: { steps: 0 } },
  columns: {
    seed: "seed of weights and order of images",
    network: "name of the architecture, with its depth in layers",
    blocks: "blocks run so far",
    block: "name of the last of them",
    relative_difference: "largest difference of the sum from the activations, over the largest activation",
    images: "test images it was measured on, as one batch",
  },

  cells: ({ seeds: seedNumbers, residual }: Parameters): Cell[] =>
    seedNumbers.map((seed) => ({ seed, network: residual })),

  trains: planOf,

  work: (cell, params) => 2 * params.images * multiplyAccumulates(planOf(cell, params, digitShape).architecture),

  relevant(_, { residual, seeds, ...others }) {
    return others;
  },

  async measure(cell, params, run) {
    const { network, test, channelStatistics } = await beginStudy(run, (images) => planOf(cell, params, images));
    const { blocks: own, inputShape } = network.architecture;
    const places = Uint32Array.from({ length: Math.min(params.images, test.count) }, (_, place) => place);
    const x = tf.tensor4d(gatherBatch(test, places, channelStatistics), [places.length, ...inputShape]);
    const first = tf.tidy(() => runStem(network, x, "inference"));
    try {
      return outputTermSums(network, first, "inference").map(
        ({ blocks, relativeDifference }): Measured => ({
          blocks,
          block: own[blocks - 1]!.name,
          relative_difference: relativeDifference,
          images: places.length,
        }),
      );
    } finally {
      tf.dispose([x, first]);
      disposeNetwork(network);
    }
  },

  verdicts(rows) {
    const largest = bootstrapInterval(
      perSeed(
        rows,
        ({ relative_difference }) => relative_difference,
        (values) => Math.max(...values),
      ),
    );
    return [judge(blockOutputsSumUp, largest, [atMost("largest relative difference", largest.estimate, border, "")])];
  },

  figures: (rows, { residual }) => [differenceByBlock(rows, residual)],

  departures: (params) => [
    ...trainingDepartures(params),
    "The source derives the sum for identity shortcuts; the two that downsample are applied to each term by itself.",
  ],
});

function planOf({ network, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps } = params;
  return planByName(params, { network, width, seed, steps }, images);
}

function differenceByBlock(rows: readonly Result[], residual: string): Figure {
  return {
    id: "difference-by-block",
    claims: [blockOutputsSumUp.id],
    title: `Input and branches add up to the output: ${residual}`,
    caption:
      "Largest difference of x_0 + Σ F_t(x_t), added in double precision, from the activations after each block of " +
      "the trained network, over the largest activation. What is left is the rounding of single precision.",
    xAxis: { label: "blocks", integers: true },
    yAxis: { label: "relative difference", scale: "log" },
    series: [
      intervalSeries({
        name: residual,
        kind: "points",
        rows: rows.filter(({ relative_difference }) => relative_difference > 0), // an exact sum has no logarithm
        x: ({ blocks }) => blocks,
        y: ({ relative_difference }) => relative_difference,
      }),
    ],
    references: [{ y: border, label: "rule of C6" }],
  };
}
