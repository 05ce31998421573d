/** The rows of `../vanishing-gradient.ts`, and what verdicts and figures both ask of them. */
import { column, type RowOf, type Rows, xAndY } from "../../src/experiment";
import { type UniformKind, uniformKinds } from "../../src/networks";
import { linearFit } from "../../src/statistics";

export const layers = ["dense", "convolution"] as const;
export type Layer = (typeof layers)[number];

/** One kind of network, at all depths. */
export type Cell = { readonly seed: number; readonly network: string; readonly layer: Layer };

export const columns = {
  network: column.text("kind of network; gain is the variance of its weights times the fan-in"),
  layer: column.oneOf("layer of each block", layers),
  depth: column.whole("depth", "blocks"),
  border: column.whole("border between blocks, from the input"),
  log10_mean_square: column.number("log10(mean square of the activations)"),
  log10_gradient_norm: column.number("log10(norm of the loss's gradient over the batch)"),
  log10_gradient_ratio: column.number("log10(gradient norm / that at the last border)"),
};
export type Row = RowOf<typeof columns, Cell>;

const { sigmoid, residualSigmoid, smallRelu, residualSmallRelu, residualNormalised } = uniformKinds;

/** Networks whose plain form vanishes, with the residual one that each is compared with. */
export const cured: readonly { readonly layer: Layer; readonly plain: UniformKind; readonly residual: UniformKind }[] =
  [
    { layer: "dense", plain: sigmoid, residual: residualSigmoid },
    { layer: "convolution", plain: sigmoid, residual: residualSigmoid },
    { layer: "dense", plain: smallRelu, residual: residualSmallRelu },
    { layer: "dense", plain: smallRelu, residual: residualNormalised },
  ];

export function select(rows: Rows<Row>, layer: Layer, { name }: UniformKind): Rows<Row> {
  return rows.where({ layer, network: name });
}

/** Each seed's slope over depth of log10 of the gradient's norm at the first border over that at the last. */
export function gradientSlopes(rows: Rows<Row>): number[] {
  return slopes(rows.where({ border: 0 }), "log10_gradient_ratio");
}

/** Each seed's growth per block of the mean square, by its slope over depth. */
export function growths(rows: Rows<Row>): number[] {
  return slopes(lastBorders(rows), "log10_mean_square").map((slope) => 10 ** slope);
}

/** The output of the last block, at every depth. */
export function lastBorders(rows: Rows<Row>): Rows<Row> {
  return rows.where(({ border, depth }) => border === depth);
}

/** For each seed the mean square at the end of its deepest network, over `expected` of that depth. */
export function deepestMeanSquares(rows: Rows<Row>, expected: (blocks: number) => number): number[] {
  const deepest = Math.max(...rows.map(({ depth }) => depth!));
  return rows
    .where({ depth: deepest, border: deepest })
    .perSeed(({ log10_mean_square }) => 10 ** log10_mean_square! / expected(deepest));
}

function slopes(rows: Rows<Row>, of: "log10_gradient_ratio" | "log10_mean_square"): number[] {
  return rows.curves("depth", of).map(({ points }) => linearFit(...xAndY(points)).slope);
}

/** `gradientSlopes` of one kind of network. */
export function slope(rows: Rows<Row>, layer: Layer, kind: UniformKind): number[] {
  return gradientSlopes(select(rows, layer, kind));
}

/** Growth of the squared gradient a layer, of the normalised plain networks: one a seed. */
export function squaredGrowths(rows: Rows<Row>, layer: Layer): number[] {
  return slope(rows, layer, uniformKinds.normalisedRelu).map((one) => 10 ** (2 * one));
}

/** For each cured network the residual one's slopes over the sizes of the plain one's. */
export function slopeRatios(rows: Rows<Row>): { readonly name: string; readonly values: number[] }[] {
  return cured.map(({ layer, plain, residual }) => ({
    name: `${layer} ${residual.name} over ${plain.name}`,
    values: ratios(slope(rows, layer, residual), slope(rows, layer, plain)),
  }));
}

/** Pairs of equal seeds: the values over the sizes of the others. */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, i) => value / Math.abs(others[i]!));
}
