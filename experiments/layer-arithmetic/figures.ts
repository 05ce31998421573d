import { type FigureOf, type Rows, told } from "../../src/experiment";
import type { Point, Series } from "../../src/report";
import { intervalNumbers, mean, meanInterval, median, quantity, sum } from "../../src/statistics";
import { wide } from "./layers";
import { countsOf, isExact, perChannels, type Row, speedUps, stackOf, threshold } from "./rows";

/** The figures, in the order of the report. */
export function layerArithmeticFigures(rows: Rows<Row>): FigureOf<Row>[] {
  const sizes = rows.where({ measurement: "output size" });
  const perSide = sizes.filter((row) => {
    const { input_pixels: input, window_pixels: window, padding_pixels: padding, stride, output_pixels } = row;
    return Math.floor((input! - window! + padding! / 2) / stride! + 1) !== output_pixels;
  });
  const compared = rows.where(({ relative_difference }) => relative_difference !== null);
  const differences = compared
    .filter(({ relative_difference }) => relative_difference! > 0) // an exact sum has no logarithm
    .map((row) => ({ x: row.weights!, y: row.relative_difference!, note: row.layers! }));
  const fields = rows.where({ measurement: "receptive field" }).bySeed()[0]?.rows ?? [];
  const ratio = (of: "weights" | "multiply_accumulates") =>
    told(() => quantity(mean([sum(countsOf(rows, "3x3", of)) / sum(countsOf(rows, "bottleneck", of))]), "times"));
  return [
    {
      id: "side-by-formula",
      claims: ["A1"],
      title: "The side of a real layer's output is (I − F + P)/S + 1, rounded down",
      caption:
        `${quantity(sizes.length)} convolutions and poolings of random sizes. P is the padding of both sides together: ` +
        `read as the padding of one side, the formula is wrong for ${sizes.length === 0 ? "none" : quantity((100 * perSide.length) / sizes.length, "%")} ` +
        "of these layers.",
      ...{ x: "formula_pixels", y: "output_pixels" },
      series: [
        marks("the division is exact", placesOf(sizes.filter(isExact))),
        marks("it is not", placesOf(sizes.filter((row) => !isExact(row)))),
      ],
    },
    {
      id: "time-by-layers",
      claims: ["A4"],
      title: "What the bottleneck saves in time",
      caption: "The bottleneck's 1x1 convolutions move as many activations for a ninth of the arithmetic.",
      numbers:
        `The bottleneck has ${ratio("weights")} fewer weights and takes ${ratio("multiply_accumulates")} fewer ` +
        `multiply-accumulates; it is ${told(() => intervalNumbers(meanInterval(speedUps(rows)), "times"))} faster.`,
      ...{ x: "layers", y: "pass_seconds", aggregate: median },
      series: [{ name: `${wide} channels`, rows: rows.where({ measurement: "time" }) }],
    },
    {
      id: "difference-by-size",
      claims: ["A5"],
      title: "A 1x1 convolution is a perceptron at each pixel",
      caption:
        "Difference of a 1x1 convolution with bias and ReLU from max(0, Wx + b) at each pixel in double precision, on " +
        `average ${told(() => quantity(mean(compared.numbers("relative_difference"))))}: the rounding of single precision.`,
      x: { column: "weights", scale: "log" },
      y: { column: "relative_difference", label: "relative difference", scale: "log" },
      series: [marks("1x1 convolutions", differences.sort(byX))],
      references: [{ y: threshold, label: "threshold of A5" }],
    },
    {
      id: "weights-by-stack",
      claims: ["A6"],
      title: "Small kernels see as far for fewer weights",
      caption: "Single kernels, and the stacks that can stand in their place; the receptive field is in brackets.",
      x: { value: fieldName, label: "kernels (receptive field)", categories: fields.map(fieldName) },
      y: { value: perChannels, label: "weights / channels²", range: [0, 52] },
      ...{ rows: fields, by: (row) => (stackOf(row).kernel === row.layers ? "one kernel" : "a stack") },
    },
  ];
}

const fieldName = (row: Row) => `${row.layers} (${row.field_height_pixels} x ${row.field_width_pixels})`;
const byX = (one: { readonly x: number }, other: { readonly x: number }) => one.x - other.x;
const marks = (name: string, points: readonly Point[]): Series => ({ name, kind: "points", points });

/** The distinct pairs of the formula's side and the measured one. */
function placesOf(sizes: readonly Row[]): Point[] {
  const places = new Map(sizes.map((row) => [`${row.formula_pixels} ${row.output_pixels}`, row]));
  return [...places.values()].map((row) => ({ x: row.formula_pixels!, y: row.output_pixels! })).sort(byX);
}
