/** What the rows of `../vanishing-gradient.ts` show: their selections, and the figures. */
import {
  gradientsExplodeUnderLargeWeights,
  gradientsVanishInPlainNets,
  normalisedPlainNetsExplode,
  residualGradientsDoNotVanish,
  residualNetsCureVanishing,
  residualNetsDoNotCureExploding,
} from "../../src/claims";
import { type UniformKind, uniformKinds } from "../../src/networks";
import { type Figure, intervalSeries, publishedSeries, type Series } from "../../src/report";
import { bootstrapInterval, bySeed, intervalNumbers, linearFit, mean } from "../../src/statistics";
import type { LayerKind, Parameters, Result } from "../vanishing-gradient";

/** All of them, in the order of the report. */
export function vanishingGradientFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    gradientByDepth(rows),
    gradientMap(rows, sigmoid),
    gradientMap(rows, residualSigmoid),
    gradientByLayer(rows, params),
    cureByDepth(rows),
    meanSquareByDepth(rows),
    growthByGain(rows),
    normalisedByDepth(rows),
  ];
}

const { sigmoid, largeSigmoid, tanh, largeTanh, smallRelu, heRelu, largeRelu, normalisedRelu } = uniformKinds;
const { residualSigmoid, residualSmallRelu, residualRelu, residualNormalised, residualScaled } = uniformKinds;

/** Residual ReLU networks without normalisation, over the scale of their weights. */
const residualRelus = [
  uniformKinds.residualSmallestRelu,
  residualSmallRelu,
  residualRelu,
  uniformKinds.residualLargeRelu,
] as const;

const plainKinds = [sigmoid, tanh, smallRelu, heRelu, largeSigmoid, largeTanh, largeRelu];

export const layerKinds: readonly LayerKind[] = ["dense", "convolution"];

/** Networks whose plain form vanishes, with the residual one that is set against it, and the layers that both have. */
export const cured: readonly {
  readonly layer: LayerKind;
  readonly plain: UniformKind;
  readonly residual: UniformKind;
}[] = [
  { layer: "dense", plain: sigmoid, residual: residualSigmoid },
  { layer: "convolution", plain: sigmoid, residual: residualSigmoid },
  { layer: "dense", plain: smallRelu, residual: residualSmallRelu },
  { layer: "dense", plain: smallRelu, residual: residualNormalised },
];

/** Growth a layer of the squared gradient in normalised plain ReLU networks: Yang et al. 2019. */
const meanFieldGrowth = Math.PI / (Math.PI - 1);

export const slopeUnit = "orders of magnitude per layer";

export function select(rows: readonly Result[], layer: LayerKind, { name }: UniformKind): Result[] {
  return rows.filter((row) => row.layer === layer && row.network === name);
}

/** Each seed's slope over depth of log10 of the gradient's norm at the first border over that at the last. */
export function gradientSlopes(rows: readonly Result[]): number[] {
  return slopes(firstBorders(rows), ({ log10_gradient_ratio }) => log10_gradient_ratio);
}

/** Each seed's growth a block of the mean square, by its slope over depth. */
export function growths(rows: readonly Result[]): number[] {
  return slopes(lastBorders(rows), ({ log10_mean_square }) => log10_mean_square).map((decades) => 10 ** decades);
}

function slopes(rows: readonly Result[], value: (row: Result) => number): number[] {
  const slopeOf = (own: readonly Result[]) => linearFit(own.map(depthOf), own.map(value)).slope;
  return [...bySeed(rows).values()].map(slopeOf);
}

function depthOf({ depth }: Result): number {
  return depth;
}

function firstBorders(rows: readonly Result[]): Result[] {
  return rows.filter(({ border }) => border === 0);
}

function lastBorders(rows: readonly Result[]): Result[] {
  return rows.filter(({ border, depth }) => border === depth);
}

/** Each seed's mean square at the end of the deepest network. */
export function deepestMeanSquares(rows: readonly Result[]): { blocks: number; meanSquare: number }[] {
  const deepest = Math.max(...rows.map(({ depth }) => depth));
  const ends = lastBorders(rows).filter(({ depth }) => depth === deepest);
  return [...bySeed(ends).values()].map(([end]) => ({ blocks: deepest, meanSquare: 10 ** end!.log10_mean_square }));
}

const interval = "Marks and lines are means over seeds, bands and whiskers 95 % bootstrap intervals.";

const gradientAxis = { label: "log10(gradient norm, first border / last)" };

const depthAxis = { label: "depth (blocks)", scale: "log", integers: true } as const;

function ratioSeries(rows: readonly Result[], layer: LayerKind, kind: UniformKind): Series {
  return intervalSeries({
    name: layer === "dense" ? kind.name : `${kind.name} (convolution)`,
    kind: "line",
    rows: firstBorders(select(rows, layer, kind)),
    x: ({ depth }) => depth,
    y: ({ log10_gradient_ratio }) => log10_gradient_ratio,
  });
}

function gradientByDepth(rows: readonly Result[]): Figure {
  const said = (layer: LayerKind) =>
    plainKinds
      .map((kind) => `${kind.name} ${intervalNumbers(bootstrapInterval(gradientSlopes(select(rows, layer, kind))))}`)
      .join("; ");
  return {
    id: "gradient-by-depth",
    claims: [gradientsVanishInPlainNets.id, gradientsExplodeUnderLargeWeights.id],
    title: "The gradient of plain networks vanishes or explodes with depth",
    caption:
      `Norm of the loss's gradient at the first block over that at the last, dense networks. ${interval} ReLU under ` +
      "He's initialisation (gain 2) and tanh under Glorot's (gain 1) are the exceptions. " +
      `Slopes, ${slopeUnit}: ${said("dense")}. ` +
      `Convolutional: ${said("convolution")}.`,
    xAxis: { label: "depth (blocks)", integers: true },
    yAxis: gradientAxis,
    series: plainKinds.map((kind) => ratioSeries(rows, "dense", kind)),
    references: [{ y: 0, label: "neither" }],
  };
}

function cureByDepth(rows: readonly Result[]): Figure {
  return {
    id: "gradient-with-shortcuts",
    claims: [residualNetsCureVanishing.id, residualGradientsDoNotVanish.id],
    title: "With shortcuts the gradient does not vanish: it stays, or grows",
    caption:
      `As before, for networks that vanish without shortcuts and the same with them. ${interval} Under a skip the ` +
      "gradient of a ReLU network without normalisation grows with every block instead.",
    xAxis: { label: "depth (blocks)", integers: true },
    yAxis: gradientAxis,
    series: [...new Set(cured.flatMap(({ plain, residual }) => [plain, residual]))].map((kind) =>
      ratioSeries(rows, "dense", kind),
    ),
    references: [{ y: 0, label: "neither" }],
  };
}

function gradientMap(rows: readonly Result[], kind: UniformKind): Figure {
  const own = select(rows, "dense", kind);
  const places = (value: (row: Result) => number) => [...new Set(own.map(value))].sort((one, other) => one - other);
  const [borders, depths] = [places(({ border }) => border), places(({ depth }) => depth)];
  const at = (depth: number, border: number) => {
    const found = own.filter((row) => row.depth === depth && row.border === border);
    return found.length === 0 ? null : 10 ** mean(found.map(({ log10_gradient_ratio }) => log10_gradient_ratio));
  };
  return {
    id: `gradient-map-${kind.options.residual ? "residual" : "plain"}`,
    claims: [kind.options.residual ? residualNetsCureVanishing.id : gradientsVanishInPlainNets.id],
    title: `Gradient by layer and depth: ${kind.name}`,
    caption:
      "Norm of the loss's gradient over that at the last block's output, dense networks, geometric mean over seeds.",
    xAxis: { label: "border between blocks, from the input", integers: true },
    yAxis: depthAxis,
    matrix: {
      x: borders,
      y: depths,
      values: depths.map((depth) => borders.map((border) => at(depth, border))),
      label: "gradient norm / that at the last border",
      scale: "log",
      colours: "diverging",
    },
  };
}

function gradientByLayer(rows: readonly Result[], { depths }: Parameters): Figure {
  const deepest = Math.max(...depths);
  const shown = [sigmoid, smallRelu, heRelu, normalisedRelu, residualSigmoid, residualRelu, residualNormalised];
  return {
    id: "gradient-by-layer",
    title: `The gradient on its way through ${deepest} blocks`,
    caption: `Norm of the loss's gradient at each border over that at the last, dense networks. ${interval}`,
    xAxis: { label: "border between blocks, from the input", integers: true },
    yAxis: { label: "log10(gradient norm / that at the last border)" },
    series: shown.map((kind) =>
      intervalSeries({
        name: kind.name,
        kind: "line",
        rows: select(rows, "dense", kind).filter(({ depth }) => depth === deepest),
        x: ({ border }) => border,
        y: ({ log10_gradient_ratio }) => log10_gradient_ratio,
      }),
    ),
  };
}

function meanSquareByDepth(rows: readonly Result[]): Figure {
  const shown = [residualRelu, residualNormalised, residualScaled];
  const depths = [...new Set(select(rows, "dense", residualRelu).map(({ depth }) => depth))];
  const theory = (name: string, log10: (blocks: number) => number): Series =>
    publishedSeries(
      name,
      depths.map((depth) => [depth, log10(depth)]),
    );
  const scaled = bootstrapInterval(
    deepestMeanSquares(select(rows, "dense", residualScaled)).map(({ meanSquare }) => meanSquare),
  );
  const exponent = bootstrapInterval(
    [...bySeed(lastBorders(select(rows, "dense", residualNormalised))).values()].map(
      (own) =>
        linearFit(
          own.map(({ depth }) => Math.log10(depth + 1)),
          own.map(({ log10_mean_square }) => log10_mean_square),
        ).slope,
    ),
  );
  const convolutional = bootstrapInterval(growths(select(rows, "convolution", residualRelu)));
  return {
    id: "mean-square-by-depth",
    claims: [residualNetsDoNotCureExploding.id],
    title: "Without normalisation the activations of residual networks double with every block",
    caption:
      `Mean square of the activations after N blocks, dense networks; before the first it is 1. ${interval} With the ` +
      `branch over √N the deepest reaches ${intervalNumbers(scaled)} (theory: e = 2.72); with normalisation the mean ` +
      `square goes as N + 1 to the power of ${intervalNumbers(exponent)} (theory: 1). ` +
      "Convolutional networks without normalisation grow " +
      `${intervalNumbers(convolutional)} times a block.`,
    xAxis: depthAxis,
    yAxis: { label: "log10(mean square of the activations)" },
    series: [
      ...shown.map((kind) =>
        intervalSeries({
          name: kind.name,
          kind: "line",
          rows: lastBorders(select(rows, "dense", kind)),
          x: ({ depth }) => depth,
          y: ({ log10_mean_square }) => log10_mean_square,
        }),
      ),
      theory("theory, 2^N: Zhang et al. 2019", (blocks) => blocks * Math.log10(2)),
      theory("theory, N + 1: De & Smith 2020", (blocks) => Math.log10(blocks + 1)),
      theory("theory, (1 + 1/N)^N", (blocks) => blocks * Math.log10(1 + 1 / blocks)),
    ],
  };
}

function growthByGain(rows: readonly Result[]): Figure {
  const sweep = (layer: LayerKind) =>
    residualRelus.flatMap((kind) =>
      [...bySeed(select(rows, layer, kind))].map(([seed, own]) => ({
        seed,
        gain: kind.options.gain,
        growth: growths(own)[0]!,
      })),
    );
  return {
    id: "growth-by-weights",
    claims: [residualNetsDoNotCureExploding.id],
    title: "Larger weights make residual networks without normalisation grow faster",
    caption: `Growth a block of the activations' mean square, residual ReLU nets without normalisation. ${interval}`,
    xAxis: { label: "gain (variance of the weights x fan-in)" },
    yAxis: { label: "growth a block (times)" },
    series: [
      ...layerKinds.map((layer) =>
        intervalSeries({
          name: layer,
          kind: "line",
          rows: sweep(layer),
          x: ({ gain }) => gain,
          y: ({ growth }) => growth,
        }),
      ),
      publishedSeries(
        "theory, 1 + gain / 2: He et al. 2015",
        residualRelus.map(({ options: { gain } }) => [gain, 1 + gain / 2]),
      ),
    ],
  };
}

function normalisedByDepth(rows: readonly Result[]): Figure {
  const said = layerKinds
    .map((layer) => {
      const squared = gradientSlopes(select(rows, layer, normalisedRelu)).map((decades) => 10 ** (2 * decades));
      return `${layer} ${intervalNumbers(bootstrapInterval(squared))}`;
    })
    .join(", ");
  const depths = [...new Set(select(rows, "dense", normalisedRelu).map(({ depth }) => depth))];
  return {
    id: "gradient-of-normalised-networks",
    claims: [normalisedPlainNetsExplode.id],
    title: "Plain networks with batch normalisation explode at initialisation, and do not vanish",
    caption:
      `Norm of the loss's gradient at the first block over that at the last. ${interval} Growth of the squared ` +
      `gradient a layer: ${said}; theory: ${meanFieldGrowth.toFixed(3)}. An account of degradation by vanishing ` +
      "gradients does not fit networks with batch normalisation, such as those that showed it. With shortcuts the " +
      "growth is a power of depth.",
    xAxis: { label: "depth (blocks)", integers: true },
    yAxis: gradientAxis,
    series: [
      ...layerKinds.map((layer) => ratioSeries(rows, layer, normalisedRelu)),
      ratioSeries(rows, "dense", residualNormalised),
      publishedSeries(
        "theory, π/(π - 1) a layer: Yang et al. 2019",
        depths.map((depth) => [depth, (depth / 2) * Math.log10(meanFieldGrowth)]),
      ),
    ],
  };
}
