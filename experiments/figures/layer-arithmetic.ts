/** What the rows of `../layer-arithmetic.ts` show: their selections, and the figures. */
import {
  bottleneckSavesWeights,
  outputSizeFollowsFormula,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
} from "../../src/claims";
import { type Figure, intervalSeries, type Series } from "../../src/report";
import { bootstrapInterval, bySeed, intervalNumbers, mean, median, quantity, sum } from "../../src/statistics";
import type { Measured, Result } from "../layer-arithmetic";
import { type Stack, stackChannels, stackNamed, wide } from "../layer-arithmetic/layers";

/** All of them, in the order of the report. */
export function layerArithmeticFigures(rows: readonly Result[]): Figure[] {
  return [sideByFormula(rows), timeByLayers(rows), differenceBySize(rows), weightsByField(rows)];
}

/** Largest relative difference by the rule of A5. */
export const border = 1e-5;

export function measured(rows: readonly Result[], measurement: Measured["measurement"]): Result[] {
  return rows.filter((row) => row.measurement === measurement);
}

export function isExact({ formula_pixels }: Result): boolean {
  return Number.isInteger(formula_pixels);
}

/** Weights of each layer of the convolution or of the bottleneck, by the first seed. */
export function weightsOf(rows: readonly Result[], layers: "3x3" | "bottleneck"): number[] {
  const [first] = bySeed(measured(rows, "weights")).values();
  return first!.filter((row) => row.layers.startsWith(layers)).map(({ weights }) => weights!);
}

/** Time of the convolution over the bottleneck's, each the median of its passes, one number a seed. */
export function speedUps(rows: readonly Result[]): number[] {
  return [...bySeed(measured(rows, "time")).values()].map((own) => {
    const seconds = (layers: string) =>
      median(own.filter((row) => row.layers === layers).map(({ pass_seconds }) => pass_seconds!));
    return seconds("3x3") / seconds("bottleneck");
  });
}

export function stackOf({ layers }: Result): Stack {
  return stackNamed(layers);
}

/** Weights over channels squared. */
export function perChannels({ weights }: Result): number {
  return weights! / stackChannels ** 2;
}

function sideByFormula(rows: readonly Result[]): Figure {
  const sizes = measured(rows, "output size");
  const perSide = sizes.filter(({ input_pixels, window_pixels, padding_pixels, stride, output_pixels }) => {
    const side = Math.floor((input_pixels! - window_pixels! + padding_pixels! / 2) / stride! + 1);
    return side !== output_pixels;
  });
  const drawn = (name: string, some: readonly Result[]): Series => {
    const places = new Map(some.map((row) => [`${row.formula_pixels} ${row.output_pixels}`, row]));
    const ascending = [...places.values()].sort((one, other) => one.formula_pixels! - other.formula_pixels!);
    const points = ascending.map((row) => ({ x: row.formula_pixels!, y: row.output_pixels! }));
    return { name, kind: "points", points };
  };
  return {
    id: "side-by-formula",
    claims: [outputSizeFollowsFormula.id],
    title: "The side of a real layer's output is (I − F + P)/S + 1, rounded down",
    caption:
      `Side of the output of ${quantity(sizes.length)} convolutions and poolings of drawn sizes, all seeds together, ` +
      "by the formula before rounding. P is the total padding, both sides together: read as the padding of one side, " +
      `the formula is wrong for ${quantity((100 * perSide.length) / sizes.length, "%")} of these layers.`,
    xAxis: { label: "(I − F + P)/S + 1 (pixels)" },
    yAxis: { label: "side of the output (pixels)" },
    series: [
      drawn("the division is exact", sizes.filter(isExact)),
      drawn(
        "it is not",
        sizes.filter((row) => !isExact(row)),
      ),
    ],
  };
}

function timeByLayers(rows: readonly Result[]): Figure {
  const [first] = bySeed(measured(rows, "weights")).values();
  const operations = (layers: string) =>
    sum(first!.filter((row) => row.layers.startsWith(layers)).map((row) => row.multiply_accumulates!));
  const ratio = (values: readonly [number, number]) => quantity(values[0] / values[1], "times");
  const weights = ratio([sum(weightsOf(rows, "3x3")), sum(weightsOf(rows, "bottleneck"))]);
  const speedUp = intervalNumbers(bootstrapInterval(speedUps(rows)), "times");
  return {
    id: "time-by-layers",
    claims: [bottleneckSavesWeights.id],
    title: "What the bottleneck saves in time",
    caption:
      "Time of a forward pass of one mini-batch: median over a seed's passes, then mean over seeds, with 95 % " +
      `bootstrap intervals. The bottleneck has ${weights} fewer weights and takes ` +
      `${ratio([operations("3x3"), operations("bottleneck")])} fewer multiply-accumulates; it is ${speedUp} faster. ` +
      "1x1 convolutions move as many activations for a ninth of the arithmetic.",
    xAxis: { label: "layers", categories: ["3x3", "bottleneck"] },
    yAxis: { label: "time of a forward pass (s)" },
    series: [
      intervalSeries({
        name: `${wide} channels`,
        kind: "points",
        rows: measured(rows, "time"),
        x: ({ layers }) => layers,
        y: ({ pass_seconds }) => pass_seconds!,
        aggregate: median,
      }),
    ],
  };
}

function differenceBySize(rows: readonly Result[]): Figure {
  const compared = measured(rows, "perceptron at each pixel");
  const ascending = [...compared].sort((one, other) => one.weights! - other.weights!);
  return {
    id: "difference-by-size",
    claims: [pointwiseIsPerceptronAtEachPixel.id],
    title: "A 1x1 convolution is a perceptron at each pixel",
    caption:
      "Largest difference of a 1x1 convolution with bias and ReLU from max(0, Wx + b) at each pixel in double " +
      "precision, over the largest such value; on average " +
      `${quantity(mean(compared.map((row) => row.relative_difference!)))}. What is left is the rounding of single ` +
      "precision.",
    xAxis: { label: "weights", scale: "log" },
    yAxis: { label: "relative difference", scale: "log" },
    series: [
      {
        name: "1x1 convolutions",
        kind: "points",
        points: ascending
          .filter(({ relative_difference }) => relative_difference! > 0) // an exact sum has no logarithm
          .map(({ weights, relative_difference, layers }) => ({
            x: weights!,
            y: relative_difference!,
            note: layers,
          })),
      },
    ],
    references: [{ y: border, label: "rule of A5" }],
  };
}

function weightsByField(rows: readonly Result[]): Figure {
  const [first] = bySeed(measured(rows, "receptive field")).values();
  return {
    id: "weights-by-stack",
    claims: [smallKernelsSeeAsFar.id],
    title: "Small kernels see as far for fewer weights",
    caption:
      "Weights, over channels squared, of single kernels and of the stacks in whose place they can stand. The " +
      "receptive field, in brackets, is the set of pixels on which the middle activation has a gradient.",
    xAxis: { label: "kernels (receptive field)", categories: first!.map(fieldName) },
    yAxis: { label: "weights / channels²", range: [0, 52] },
    series: [
      { name: "one kernel", single: true },
      { name: "a stack", single: false },
    ].map(({ name, single }) => ({
      name,
      kind: "points",
      points: first!
        .filter((row) => (stackOf(row).kernel === row.layers) === single)
        .map((row) => ({ x: fieldName(row), y: perChannels(row) })),
    })),
  };
}

function fieldName({ layers, field_height_pixels, field_width_pixels }: Result): string {
  return `${layers} (${field_height_pixels} x ${field_width_pixels})`;
}
