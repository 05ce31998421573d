/** The rows of `../shattered-gradients.ts`, and what verdicts and figures both ask of them. */
import { type Curve, column, type RowOf, type Rows, xAndY } from "../../src/experiment";
import { linearFit } from "../../src/statistics";
import { gradientCorrelations } from "./mean-field";

/** One kind of network, averaged over many random ones. */
export type Cell = { readonly seed: number; readonly network: string };

export const columns = {
  network: column.text("kind of network"),
  depth: column.whole("depth L", "blocks"),
  lag: column.number("distance of the two inputs on the circle", "share of its length"),
  gradient_correlation: column.number("correlation of the gradients"),
  networks: column.whole("networks averaged over"),
};
export type Row = RowOf<typeof columns, Cell>;

/** A kind of network, and what the source says of the correlation: by depth, in words and as a logarithm to base 2. */
export interface Kind {
  readonly name: string;
  readonly residual: boolean;
  readonly normalised: boolean;
  readonly stated: string;
  readonly statedLog2: (blocks: number) => number;
}

export const plain: Kind = {
  ...{ name: "plain", residual: false, normalised: false },
  ...{ stated: "2^(-L)", statedLog2: (blocks) => -blocks },
};
export const plainNormalised: Kind = { ...plain, name: "plain, normalised", normalised: true };
export const residual: Kind = {
  ...{ name: "residual", residual: true, normalised: false },
  ...{ stated: "(3/4)^L", statedLog2: (blocks) => blocks * Math.log2(3 / 4) },
};
/** The only kind that shatters by a power law; it is followed to the great depths. */
export const residualNormalised: Kind = {
  ...{ name: "residual, normalised", residual: true, normalised: true },
  ...{ stated: "1/√L", statedLog2: (blocks) => -Math.log2(blocks) / 2 },
};
export const kinds = [plain, plainNormalised, residual, residualNormalised];

/** Inputs that have nothing in common. */
export function quarters(rows: Rows<Row>, { name }: Kind): Rows<Row> {
  return rows.where({ network: name, lag: 0.25 });
}

/** Each seed's exponent: of 2 over L where the decay is exponential, of L where it is a power law. */
export function exponents(rows: Rows<Row>, kind: Kind): number[] {
  return quarters(rows, kind)
    .curves("depth", "gradient_correlation")
    .map((curve) => exponentOf(kind, ...xAndY(aboveNoise(curve))));
}

/** How many depths each seed's exponent is fitted to. */
export function fittedDepths(rows: Rows<Row>, kind: Kind): number[] {
  return quarters(rows, kind)
    .curves("depth", "gradient_correlation")
    .map((curve) => aboveNoise(curve).length);
}

/** A correlation is lost in noise from where it is first not positive. */
function aboveNoise({ points }: Curve): Curve["points"] {
  const end = points.findIndex(({ y }) => y <= 0);
  return end < 0 ? points : points.slice(0, end);
}

/** The same exponent of what mean-field theory gives at these depths. */
export function theoryExponent(kind: Kind, depths: readonly number[]): number {
  const correlations = gradientCorrelations(kind, Math.max(...depths));
  return exponentOf(
    kind,
    depths,
    depths.map((depth) => correlations[depth]!),
  );
}

function exponentOf(kind: Kind, depths: readonly number[], correlations: readonly number[]): number {
  const places = kind === residualNormalised ? depths.map(Math.log2) : depths;
  return linearFit(places, correlations.map(Math.log2)).slope;
}
