/**
 * Whether real layers keep to the arithmetic that is taught of them: sizes, weights, operations, receptive fields.
 *
 * Convolutions and poolings of random sizes are run, and the side of their output is compared with (I - F + P)/S + 1. One
 * 3x3 convolution of 256 channels and the bottleneck that replaces it are counted, and timed in turn. 1x1 convolutions are
 * compared with a perceptron at each pixel. And the pixels that stacks of small kernels depend on are found by their
 * gradient. Nothing is trained.
 *
 * Sources: Dumoulin & Visin 2016, arXiv:1603.07285 (A1); Szegedy et al. 2014, arXiv:1409.4842, and He et al. 2015,
 * arXiv:1512.03385 (A4); Lin, Chen & Yan 2013, arXiv:1312.4400 (A5); Simonyan & Zisserman 2014, arXiv:1409.1556, and
 * Szegedy et al. 2015, arXiv:1512.00567 (A6).
 */
import { count, cross, experiment, judge, meanWithEnds, seeds } from "../src/experiment";
import { largest, mean, median, quantity, sum } from "../src/statistics";
import { layerArithmeticFigures } from "./layer-arithmetic/figures";
import { stackNamed, stacks } from "./layer-arithmetic/layers";
import { bottleneckRows, fieldRow, outputSizes, perceptronRows } from "./layer-arithmetic/measurements";
import {
  columns,
  countsOf,
  isExact,
  perChannels,
  type Row,
  speedUps,
  stackOf,
  threshold,
} from "./layer-arithmetic/rows";

export default experiment("layer-arithmetic", {
  title: "The arithmetic of layers",
  question:
    "Do real layers have the sizes, weights, operations and receptive fields that are taught of them, and what is a " +
    "bottleneck's saving worth in time?",
  source:
    "Dumoulin & Visin 2016, A guide to convolution arithmetic; Lin, Chen & Yan 2013, Network in network, sec. 3.1; " +
    "Simonyan & Zisserman 2014, sec. 2.3; Szegedy et al. 2015, Rethinking the inception architecture, sec. 3; He et " +
    "al. 2015, Deep residual learning, sec. 4.1",
  datasets: [],
  parameters: {
    seeds: seeds({ smoke: 2, quick: 5, paper: 5 }),
    layers: count("random layers whose output size is measured", { smoke: 100, quick: 1000, paper: 10_000 }),
    side: count("height and width before the bottleneck", { smoke: 7, quick: 14, paper: 14 }, { unit: "pixels" }),
    batchSize: count("mini-batch that is timed", { smoke: 4, quick: 16, paper: 32 }, { unit: "images" }),
    timedPasses: count("timed forward passes of each", { smoke: 5, quick: 40, paper: 100 }),
    tensors: count("random tensors for 1x1 convolutions", { smoke: 10, quick: 50, paper: 200 }),
  },
  columns,
  firstLook: { median: "pass_seconds", by: ["layers", "pass"], where: { measurement: "time" } },
  cells: (params) => cross({ seed: params.seeds }),

  async measure(run, { seed }, params) {
    const parts = [
      { phase: "output sizes", measure: () => outputSizes(params.layers, run.random("layers")) },
      { phase: "bottleneck", measure: () => bottleneckRows(params, seed, run.random("pictures")) },
      { phase: "1x1 convolutions", measure: () => perceptronRows(params.tensors, run.random("tensors")) },
      { phase: "receptive fields", measure: () => stacks.map((stack) => fieldRow(stack, seed)) },
    ];
    const rows = [];
    for (const [done, { phase, measure }] of parts.entries()) {
      await run.progress(phase, done, parts.length);
      rows.push(...measure());
    }
    return rows;
  },

  claims: {
    A1(rows) {
      const sizes = rows.where({ measurement: "output size" });
      const right = (row: Row) => row.output_pixels === Math.floor(row.formula_pixels!);
      const wrong = sizes.filter((row) => !right(row));
      return judge(sizes.interval((row) => (right(row) ? 100 : 0)))
        .of("layers, the division exact, whose side is not the formula's,", wrong.filter(isExact).length, "")
        .exactly(0)
        .of("layers, the division not exact, whose side is not its floor,", wrong.length, "")
        .exactly(0);
    },
    A4(rows) {
      const speedUp = judge(speedUps(rows));
      const [plain, bottleneck] = [countsOf(rows, "3x3", "weights"), countsOf(rows, "bottleneck", "weights")];
      const ratio = quantity(sum(plain) / sum(bottleneck));
      const faster = quantity(speedUp.effect.estimate);
      const layers = [
        { name: "1x1 to 64", weights: 16_384 },
        { name: "3x3", weights: 36_864 },
        { name: "1x1 to 256", weights: 16_384 },
      ];
      return layers
        .reduce(
          (judged, { name, weights }, i) =>
            judged.of(`weights of the bottleneck's ${name}`, bottleneck.slice(i, i + 1), "").exactly(weights),
          speedUp.of("weights of the 3x3 convolution", sum(plain), "").exactly(589_824),
        )
        .of(`weights of the bottleneck (${ratio} times fewer; measured ${faster} times faster)`, sum(bottleneck), "")
        .exactly(69_632);
    },
    A5(rows) {
      const differences = rows.perSeed("relative_difference", largest);
      return judge(differences).of("largest relative difference", largest(differences), "").atMost(threshold);
    },
    A6(rows) {
      const fields = rows.where({ measurement: "receptive field" });
      const sizes = ["field_height_pixels", "field_width_pixels", "field_pixels"] as const;
      const unequal = fields.filter((row) => {
        const [single] = fields.where({ seed: row.seed, layers: stackOf(row).kernel });
        return sizes.some((size) => row[size] !== single?.[size]);
      });
      const miscounted = fields.filter((row) => perChannels(row) !== stackOf(row).stated);
      const saved = (row: Row) => 100 * (1 - perChannels(row) / stackNamed("5x5").stated);
      return judge(fields.where({ layers: "two 3x3" }).interval(saved))
        .of("stacks whose field is not that of the one kernel", unequal.length, "")
        .exactly(0)
        .of("stacks and kernels with other weights than stated", miscounted.length, "")
        .exactly(0);
    },
  },

  sentences: {
    A1(rows) {
      const sizes = rows.where({ measurement: "output size" });
      const right = sizes.filter((row) => row.output_pixels === Math.floor(row.formula_pixels!)).length;
      const floored = sizes.filter((row) => !isExact(row)).length;
      return (
        `${quantity(right)} of ${quantity(sizes.length)} random layers have the side that the formula gives, ${quantity(floored)} of ` +
        "them its floor, as the division is not exact."
      );
    },
    A4(rows) {
      const [plain, bottleneck] = (["3x3", "bottleneck"] as const).map((layers) => ({
        weights: sum(countsOf(rows, layers, "weights")),
        milliseconds: rows.where({ measurement: "time", layers }).perSeed((row) => 1000 * row.pass_seconds!, median),
      }));
      return (
        `A bottleneck in place of a 3x3 convolution: ${quantity(plain!.weights)} → ${quantity(bottleneck!.weights)} weights, ` +
        `${quantity(mean(plain!.milliseconds))} → ${quantity(mean(bottleneck!.milliseconds), "ms")} a forward pass, ` +
        `${meanWithEnds(speedUps(rows), "times", "seed")} less.`
      );
    },
    A5(rows) {
      const differences = rows.numbers("relative_difference");
      return (
        `On ${quantity(differences.length)} random tensors a 1x1 convolution differs from a perceptron at each pixel by at most ` +
        `${quantity(largest(differences))} of the largest output.`
      );
    },
    A6(rows) {
      const fields = rows.where({ measurement: "receptive field" });
      const pairs = stacks.flatMap(({ name, kernel }) => {
        const [own, single] = [name, kernel].map((layers) => fields.where({ layers })[0]);
        return own === undefined || single === undefined || own === single ? [] : [{ name, kernel, own, single }];
      });
      const told = pairs.map(
        ({ name, kernel, own, single }) =>
          `${quantity(100 * (1 - own.weights! / single.weights!), "%")} by ${name} for ${kernel}`,
      );
      const alike = pairs.filter(({ own, single }) => own.field_pixels === single.field_pixels).length;
      return `Of the weights are saved ${told.join(", ")}; ${alike} of ${pairs.length} stacks have the field of the one kernel.`;
    },
  },

  figures: layerArithmeticFigures,

  departures: ({ side, batchSize }) => [
    "P is the padding of both sides together. Frameworks ask for the padding of one side: then it is 2P in the " +
      "formula. With `same` TensorFlow chooses P, and an odd pixel of it goes below and to the right.",
    `The bottleneck is timed on ${side} x ${side} pixels, ${batchSize} images at a time, forward only and without ` +
      "normalisation or ReLU between its convolutions. Other work may run on the same machine; both take turns.",
    "Equal fields and fewer weights do not make equal functions: a stack has fewer degrees of freedom, and more " +
      "non-linearities where ReLUs stand between.",
  ],
});
