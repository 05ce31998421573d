/**
 * Whether the output of a residual network is the sum of its input and of all its branches.
 *
 * A trained pre-activation network is run block by block. After every block the sum of x_0 and of the branches so far,
 * x_0 + Σ F_t(x_t), is compared with the activations; shortcuts that change the shape are linear and applied to every
 * term. The network is that of the deletion study: whichever runs first trains it for both.
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 2, eq. 4. Claim C6.
 */

import { batchesInOrder, takeAtMost } from "../src/data";
import {
  column,
  count,
  cross,
  experiment,
  judge,
  needsBareSums,
  seeds,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { inFloat32, runStem } from "../src/networks";
import { tf } from "../src/runtime";
import { largest, quantity } from "../src/statistics";
import { planByName } from "../src/training";
import { outputTermSums } from "./residual-sum/output-terms";

/** C6: the largest relative difference that rounding explains. */
const threshold = 1e-5;

export default experiment("residual-sum", {
  title: "The output of a residual network as a sum",
  question: "Is the output of a residual network the sum of its input and of all its branches?",
  source: "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, sec. 2",
  parameters: {
    residual: text("residual network, pre-activation", {
      smoke: "preactivation-resnet8",
      quick: "preactivation-resnet32",
      paper: "preactivation-resnet110",
    }),
    width: count("filters of the first stage", 16),
    images: count("test images", { smoke: 20, quick: 100, paper: 100 }),
    ...trainingParameters,
    seeds: seeds({ smoke: 1, quick: 1, paper: 1 }), // addition is the same with every seed
  },
  columns: {
    network: column.text("architecture, with its depth in layers"),
    blocks: column.whole("blocks"),
    block: column.text("the last of these blocks"),
    relative_difference: column.number("largest difference of the sum over the largest activation"),
    images: column.whole("test images"),
  },
  firstLook: { median: "relative_difference", by: ["blocks"] },
  cells: ({ seeds, residual }) => cross({ seed: seeds, network: [residual] }),

  network: ({ seed, network }, params, images) =>
    planByName(params, { network, width: params.width, seed, steps: params.steps }, images),

  async measure(run, _, { images: most }) {
    const { network: trained, architecture, test, channelStatistics } = await run.trained();
    const network = inFloat32(trained);
    const [batch] = batchesInOrder(takeAtMost(test, most), most, channelStatistics);
    const x = tf.tensor4d(batch!.values, batch!.shape);
    const first = tf.tidy(() => runStem(network, x, "inference"));
    try {
      return outputTermSums(network, first, "inference").map(({ blocks, relativeDifference }) => ({
        blocks,
        block: architecture.blocks[blocks - 1]!.name,
        relative_difference: relativeDifference,
        images: batch!.labels.length,
      }));
    } finally {
      tf.dispose([x, first]);
    }
  },

  claims: {
    C6: (rows) => judge(rows.interval("relative_difference", (values) => Math.max(...values))).atMost(threshold),
  },

  sentences: {
    C6: (rows, { residual }) =>
      `Input and branches of ${residual} add up to the activations after each of ${largest(rows.numbers("blocks"))} blocks within ` +
      `${quantity(largest(rows.numbers("relative_difference")))} of the largest activation, on ` +
      `${quantity(largest(rows.numbers("images")))} images.`,
  },

  figures: (rows, { residual }) => [
    {
      id: "difference-by-block",
      claims: ["C6"],
      title: `Input and branches add up to the output: ${residual}`,
      caption:
        "Difference of x_0 + Σ F_t(x_t), added in double precision, from the activations after each block. What is left " +
        "is the rounding of single precision.",
      ...{ x: "blocks", by: "network", kind: "points" },
      y: { column: "relative_difference", scale: "log" },
      rows: rows.where(({ relative_difference }) => relative_difference! > 0), // an exact sum has no logarithm
      references: [{ y: threshold, label: "threshold of C6" }],
    },
  ],

  departures: (params) => [
    ...trainingDepartures(params),
    "The source derives the sum for identity shortcuts; the two that downsample are applied to each term by itself.",
  ],
  customNetwork: {
    parameter: "residual",
    needs: needsBareSums,
    withWeights: true,
    byRoutes: "it takes the activations after each block apart",
  },
});
