/** What the rows of `../vanishing-gradient.ts` show. */
import { type FigureOf, ifTold, type Rows, told, xAndY } from "../../src/experiment";
import { type UniformKind, uniformKinds } from "../../src/networks";
import { type Figure, intervalSeries, publishedSeries } from "../../src/report";
import { ascending, intervalNumbers, linearFit, mean, meanInterval } from "../../src/statistics";
import {
  cured,
  deepestMeanSquares,
  gradientSlopes,
  growths,
  type Layer,
  lastBorders,
  layers,
  type Row,
  select,
  squaredGrowths,
} from "./rows";

const { sigmoid, largeSigmoid, tanh, largeTanh, smallRelu, heRelu, largeRelu, normalisedRelu } = uniformKinds;
const { residualSigmoid, residualRelu, residualNormalised, residualScaled } = uniformKinds;

const plainKinds = [sigmoid, tanh, smallRelu, heRelu, largeSigmoid, largeTanh, largeRelu];
/** Residual ReLU networks without normalisation, over the scale of their weights. */
const { residualSmallestRelu, residualSmallRelu, residualLargeRelu } = uniformKinds;
const residualRelus = [residualSmallestRelu, residualSmallRelu, residualRelu, residualLargeRelu];

/** Growth per layer of the squared gradient in normalised plain ReLU networks: Yang et al. 2019. */
const meanFieldGrowth = Math.PI / (Math.PI - 1);

/** All of them, in the order of the report. */
export function vanishingGradientFigures(rows: Rows<Row>): (FigureOf<Row> | Figure)[] {
  const of = (layer: Layer, kind: UniformKind) => select(rows, layer, kind);
  const depths = ascending(rows.distinct("depth"));
  const deepest = depths.at(-1) ?? 0;
  const over = (theory: (blocks: number) => number) => depths.map((depth) => [depth, theory(depth)] as const);
  const firstBorders = (kind: UniformKind, layer: Layer = "dense") => ({
    name: layer === "dense" ? kind.name : `${kind.name} (convolution)`,
    rows: of(layer, kind).where({ border: 0 }),
  });
  const ratioByDepth = {
    x: "depth",
    y: { column: "log10_gradient_ratio", label: "log10(gradient norm, first border / last)" },
  } as const;
  const neither = [{ y: 0, label: "neither" }];
  const depthAxis = { column: "depth", scale: "log" } as const;
  const numbers = (values: () => readonly number[]) => told(() => intervalNumbers(meanInterval(values())));
  const slopes = plainKinds.map((kind) => `${kind.name} ${numbers(() => gradientSlopes(of("dense", kind)))}`);
  const scaled = () => deepestMeanSquares(of("dense", residualScaled), () => 1);
  const exponents = () =>
    lastBorders(of("dense", residualNormalised))
      .curves(({ depth }) => Math.log10(depth! + 1), "log10_mean_square")
      .map(({ points }) => linearFit(...xAndY(points)).slope);
  const growthTexts = layers.map((layer) => `${layer} ${numbers(() => squaredGrowths(rows, layer))}`);
  return [
    {
      id: "gradient-by-depth",
      claims: ["C1", "C2"],
      title: "The gradient of plain networks vanishes or explodes with depth",
      caption:
        "Dense networks. ReLU under He's initialisation (gain 2) and tanh under Glorot's (gain 1) are the exceptions.",
      numbers: `Slopes, in orders of magnitude per layer: ${slopes.join("; ")}.`,
      ...{ ...ratioByDepth, series: plainKinds.map((kind) => firstBorders(kind)), references: neither },
    },
    gradientMap(of("dense", sigmoid), { id: "gradient-map-plain", claim: "C1", name: sigmoid.name }),
    gradientMap(of("dense", residualSigmoid), {
      ...{ id: "gradient-map-residual", claim: "C3", name: residualSigmoid.name },
    }),
    {
      id: "gradient-by-layer",
      title: `The gradient on its way through ${deepest} blocks`,
      caption: "Dense networks.",
      ...{ x: "border", y: "log10_gradient_ratio" },
      series: [sigmoid, smallRelu, heRelu, normalisedRelu, residualSigmoid, residualRelu, residualNormalised].map(
        (kind) => ({ name: kind.name, rows: of("dense", kind).where({ depth: deepest }) }),
      ),
    },
    {
      id: "gradient-with-shortcuts",
      claims: ["C3", "C3.1"],
      title: "With shortcuts the gradient does not vanish: it stays, or grows",
      caption:
        "Dense networks that vanish without shortcuts, and the same with them. The gradient of a residual ReLU network " +
        "without normalisation grows with every block instead.",
      ...{ ...ratioByDepth, references: neither },
      series: [...new Set(cured.flatMap(({ plain, residual }) => [plain, residual]))].map((kind) => firstBorders(kind)),
    },
    {
      id: "mean-square-by-depth",
      claims: ["C4"],
      title: "Without normalisation the activations of residual networks double with every block",
      caption: "Dense networks.",
      numbers:
        `With the branch over √N the deepest reaches ${numbers(scaled)} (theory: e = 2.72); with ` +
        `normalisation the mean square goes as N + 1 to the power of ${numbers(exponents)} (theory: 1). Convolutional ` +
        `networks without normalisation grow ${numbers(() => growths(of("convolution", residualRelu)))} times a block.`,
      ...{ x: depthAxis, y: "log10_mean_square" },
      series: [
        ...[residualRelu, residualNormalised, residualScaled].map((kind) => ({
          name: kind.name,
          rows: lastBorders(of("dense", kind)),
        })),
        publishedSeries(
          "theory, 2^N: Zhang et al. 2019",
          over((blocks) => blocks * Math.log10(2)),
        ),
        publishedSeries(
          "theory, N + 1: De & Smith 2020",
          over((blocks) => Math.log10(blocks + 1)),
        ),
        publishedSeries(
          "theory, (1 + 1/N)^N",
          over((blocks) => blocks * Math.log10(1 + 1 / blocks)),
        ),
      ],
    },
    {
      id: "growth-by-weights",
      claims: ["C4"],
      title: "Larger weights make residual networks without normalisation grow faster",
      caption: "Residual ReLU networks.",
      x: { value: () => null, label: "gain (variance of the weights x fan-in)" },
      y: { value: () => null, label: "growth of the mean square (times a block)" },
      series: [
        ...layers.map((layer) =>
          intervalSeries({
            name: layer,
            kind: "line",
            rows: residualRelus.flatMap((kind) =>
              of(layer, kind)
                .bySeed()
                .flatMap(({ seed, rows: own }) =>
                  (ifTold(() => growths(own)) ?? []).map((growth) => ({ seed, gain: kind.options.gain, growth })),
                ),
            ),
            x: ({ gain }) => gain,
            y: ({ growth }) => growth,
          }),
        ),
        publishedSeries(
          "theory, 1 + gain / 2: He et al. 2015",
          residualRelus.map(({ options: { gain } }) => [gain, 1 + gain / 2]),
        ),
      ],
    },
    {
      id: "gradient-of-normalised-networks",
      claims: ["C8"],
      title: "Plain networks with batch normalisation explode at initialisation, and do not vanish",
      caption: "Vanishing gradients therefore do not explain the degradation of networks with batch normalisation.",
      numbers: `The squared gradient grows per layer by ${growthTexts.join(", ")} (theory: ${meanFieldGrowth.toFixed(3)}).`,
      ...ratioByDepth,
      series: [
        ...layers.map((layer) => firstBorders(normalisedRelu, layer)),
        firstBorders(residualNormalised),
        publishedSeries(
          "theory, π/(π - 1) a layer: Yang et al. 2019",
          over((blocks) => (blocks / 2) * Math.log10(meanFieldGrowth)),
        ),
      ],
    },
  ];
}

function gradientMap(own: Rows<Row>, { id, claim, name }: { id: string; claim: string; name: string }): Figure {
  const [borders, depths] = [ascending(own.distinct("border")), ascending(own.distinct("depth"))];
  const at = (depth: number, border: number) => {
    const ratios = own.where({ depth, border }).numbers("log10_gradient_ratio");
    return ratios.length === 0 ? null : 10 ** mean(ratios);
  };
  return {
    id,
    claims: [claim],
    title: `Gradient by layer and depth: ${name}`,
    caption: "Dense networks, geometric mean over seeds.",
    xAxis: { label: "border between blocks, from the input", integers: true },
    yAxis: { label: "depth (blocks)", scale: "log", integers: true },
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
