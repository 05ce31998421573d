/** What the rows of `../shattered-gradients.ts` show. */
import { type FigureOf, type Rows, told } from "../../src/experiment";
import { publishedSeries } from "../../src/report";
import { ascending, intervalNumbers, meanInterval } from "../../src/statistics";
import { gradientCorrelations } from "./mean-field";
import {
  exponents,
  type Kind,
  plain,
  plainNormalised,
  quarters,
  type Row,
  residual,
  residualNormalised,
  theoryExponent,
} from "./rows";

/** All of them, in the order of the report. */
export function shatteredGradientFigures(
  rows: Rows<Row>,
  params: { readonly depths: readonly number[]; readonly greatDepths: readonly number[] },
): FigureOf<Row>[] {
  const shown = [plain, plainNormalised, residual];
  const [depths, greatDepths] = [plain, residualNormalised].map((kind) => depthsOf(quarters(rows, kind)));
  const correlation = {
    value: ({ gradient_correlation }: Row) => Math.log2(gradient_correlation!),
    label: "log2(correlation of the gradients)",
  };
  return [
    {
      id: "correlation-by-depth",
      claims: ["C9", "C9.1"],
      title: "Gradients shatter exponentially in plain networks that keep their inputs apart",
      numbers: `Exponents of 2 over L: ${shown.map((kind) => exponentText(rows, kind)).join("; ")}.`,
      caption:
        "Two inputs at right angles. Without normalisation all activations grow alike with depth, so that more units are active on both inputs and " +
        "gradients shatter more slowly.",
      ...{ x: "depth", y: correlation },
      series: [
        ...shown.flatMap((kind) => decay(rows, kind)),
        ...[plain, residual].map((kind) => statedSeries(kind, depths!)),
      ],
    },
    {
      id: "correlation-by-great-depth",
      claims: ["C9", "C9.1"],
      title: "In residual networks with batch normalisation gradients shatter like a power of depth",
      caption: "Two inputs at right angles.",
      numbers:
        `Exponent of L: ${exponentText(rows, residualNormalised)}. The source counts all of a ` +
        "branch's mean square as its variance; normalisation takes out the mean that a ReLU gives, 1/π of it, so that " +
        "branches weigh more beside the shortcut.",
      ...{ x: { column: "depth", scale: "log" }, y: correlation },
      series: [...decay(rows, residualNormalised), statedSeries(residualNormalised, greatDepths!)],
    },
    correlationByLag(rows, plainNormalised, params.depths),
    correlationByLag(rows, residualNormalised, params.greatDepths),
  ];
}

/** What was measured, and what mean-field theory gives. */
function decay(rows: Rows<Row>, kind: Kind) {
  const own = quarters(rows, kind).where(({ gradient_correlation }) => gradient_correlation! > 0);
  const depths = depthsOf(own);
  const theory = gradientCorrelations(kind, Math.max(...depths));
  const points = depths.map((depth) => [depth, Math.log2(theory[depth]!)] as const);
  return [{ name: kind.name, rows: own }, publishedSeries(`mean field: ${kind.name}`, points, "points")];
}

function statedSeries({ stated, statedLog2 }: Kind, depths: readonly number[]) {
  const points = depths.map((depth) => [depth, statedLog2(depth)] as const);
  return publishedSeries(`Balduzzi et al. 2017: ${stated}`, points);
}

function exponentText(rows: Rows<Row>, kind: Kind): string {
  const found = told(() => intervalNumbers(meanInterval(exponents(rows, kind))));
  const theory = told(() => theoryExponent(kind, depthsOf(quarters(rows, kind))).toFixed(3));
  return `${kind.name} ${found} (mean field ${theory})`;
}

function depthsOf(rows: Rows<Row>): number[] {
  return ascending(rows.distinct("depth"));
}

function correlationByLag(rows: Rows<Row>, kind: Kind, depths: readonly number[]): FigureOf<Row> {
  const spread = depths.filter((_, i) => i % Math.ceil(depths.length / 6) === 0); // as many as can be told apart
  return {
    id: `correlation-by-lag-${kind.residual ? "residual" : "plain"}`,
    title: `The gradient along a circle of inputs: ${kind.name}`,
    caption:
      "Autocorrelation of the gradient. Two inputs are at right angles at a quarter of the circle, opposite at a half.",
    ...{ x: "lag", y: "gradient_correlation", rows: rows.where({ network: kind.name, depth: spread }) },
    by: ({ depth }) => `${depth} ${depth === 1 ? "block" : "blocks"}`,
  };
}
