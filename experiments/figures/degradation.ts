/** What the rows of `../degradation.ts` show: their selections, and the figures. */
import { deeperPlainNetsTrainWorse, depthCostsPlainNetsMore, intervalBelow } from "../../src/claims";
import { parseName } from "../../src/networks";
import { type Figure, intervalSeries, linesOverSeeds, publishedSeries, type Series } from "../../src/report";
import { ascending, bootstrapInterval, bySeed, type Interval, intervalNumbers, perSeed } from "../../src/statistics";
import type { Parameters, Result } from "../degradation";

/** All of them, in the order of the report. */
export function degradationFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    trainingErrorByDepth(rows, params),
    trainingCurves(rows, params),
    gradientByLayer(rows, params),
    gradientRatioByDepth(rows, params),
    testErrorByDepth(rows, params),
  ];
}

export const plain = "plain";

/** Powers of ten by which a gradient falls on its way to the first block if it is called vanishing; or it grows by them. */
const vanishing = 2;

/** Single precision has nothing smaller: stands for a norm of zero in logarithms. */
const smallestNorm = 1e-45;

/** Depth and test error (%) of residual networks on CIFAR-10: He et al. 2015, table 6. */
const published = [
  [20, 8.75],
  [32, 7.51],
  [44, 7.17],
  [56, 6.97],
] as const;

export function select(rows: readonly Result[], measurement: string, network: string): Result[] {
  return rows.filter((row) => row.measurement === measurement && row.network === network);
}

export function trainingError({ training_error_percent }: Result): number {
  return training_error_percent!;
}

/** Networks of the least and of the largest depth, plain ones first. */
function extremes({ residual, depths }: Parameters): string[] {
  const ends = [Math.min(...depths), Math.max(...depths)];
  return [plain, residual].flatMap((family) => ends.map((depth) => `${family}${depth}`));
}

/** One series a family over its depths. */
function byDepth(rows: readonly Result[], { residual, depths }: Parameters, y: (row: Result) => number): Series[] {
  return [plain, residual].map((family) =>
    intervalSeries({
      name: parseName(`${family}${depths[0]}`).family.description,
      kind: "line",
      rows: ascending(depths).flatMap((depth) => select(rows, "trained", `${family}${depth}`)),
      x: ({ network }) => parseName(network).depth,
      y,
    }),
  );
}

const depthAxis = { label: "depth (layers)", integers: true } as const;

const claims = [deeperPlainNetsTrainWorse.id, depthCostsPlainNetsMore.id];

function trainingErrorByDepth(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "training-error-by-depth",
    claims,
    title: "Training error by depth",
    caption:
      `Error on ${params.trainingImages.toLocaleString("en")} training images, or all there are, after equal ` +
      `training. ${linesOverSeeds} The source draws it on CIFAR-10: it rises with depth for plain nets and falls for residual ` +
      "networks; levels are not printed.",
    xAxis: depthAxis,
    yAxis: { label: "training error (%)" },
    series: byDepth(rows, params, trainingError),
  };
}

function testErrorByDepth(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "test-error-by-depth",
    title: "Test error by depth, beside the source's",
    caption: `Test error after equal training. ${linesOverSeeds} The source's plain nets err more with depth; it prints no figures for them.`,
    xAxis: depthAxis,
    yAxis: { label: "test error (%)" },
    series: [
      ...byDepth(rows, params, ({ test_error_percent }) => test_error_percent!),
      publishedSeries("He et al. 2015, table 6: ResNet, CIFAR-10", published),
    ],
  };
}

function trainingCurves(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "training-curves",
    claims: [deeperPlainNetsTrainWorse.id],
    title: `Training loss along the training: ${extremes(params).join(", ")}`,
    caption: `Mean cross-entropy on the training batches since the point before. ${linesOverSeeds}`,
    xAxis: { label: "training (mini-batches)", integers: true },
    yAxis: { label: "training loss (nats)", scale: "log" },
    series: extremes(params).map((network) =>
      intervalSeries({
        name: network,
        kind: "line",
        rows: select(rows, "training curve", network),
        x: ({ step }) => step!,
        y: ({ training_loss_nats }) => training_loss_nats!,
      }),
    ),
  };
}

/** States of a network in which its gradient was measured, as rows and as sentences name them. */
const states = [
  { state: "initial", words: "at initialisation" },
  { state: "trained", words: "trained" },
] as const;

function gradientByLayer(rows: readonly Result[], params: Parameters): Figure {
  const [, deepPlain, , deepResidual] = extremes(params) as [string, string, string, string];
  return {
    id: "gradient-by-layer",
    claims: [deeperPlainNetsTrainWorse.id],
    title: `Norm of the gradient by layer: ${deepPlain}, ${deepResidual}`,
    caption:
      "Norm of the loss's gradient by the activations between blocks, on one training batch with batch statistics. " +
      `${linesOverSeeds} ${vanishingInWords(rows, deepPlain)}`,
    xAxis: { label: "layer, from the input", integers: true },
    yAxis: { label: "gradient norm (nats per unit)", scale: "log" },
    series: [deepPlain, deepResidual].flatMap((network) =>
      states.map(({ state, words }) =>
        intervalSeries({
          name: `${network}, ${words}`,
          kind: "line",
          rows: gradientRows(rows, network, state),
          x: ({ layer }) => layer!,
          y: ({ gradient_norm }) => gradient_norm!,
        }),
      ),
    ),
  };
}

function gradientRatioByDepth(rows: readonly Result[], { residual, depths }: Parameters): Figure {
  return {
    id: "gradient-ratio-by-depth",
    title: "How much of the gradient reaches the first block, by depth",
    caption: `Norm of the gradient at the first block's input over that at the last block's output, as a power of ten: below 0 the gradient shrinks on its way back, above 0 it grows. ${linesOverSeeds}`,
    xAxis: depthAxis,
    yAxis: { label: "first over last norm (decades)" },
    series: [plain, residual].flatMap((family) =>
      states.map(({ state, words }) =>
        intervalSeries({
          name: `${family}, ${words}`,
          kind: "line",
          rows: ascending(depths).flatMap((depth) =>
            gradientDecades(rows, `${family}${depth}`, state).map((decades) => ({ ...decades, depth })),
          ),
          x: ({ depth }) => depth,
          y: ({ decades }) => decades,
        }),
      ),
    ),
    references: [{ y: -vanishing, label: "called vanishing" }],
  };
}

function gradientRows(rows: readonly Result[], network: string, state: string): Result[] {
  return select(rows, "gradient norm", network).filter((row) => row.state === state);
}

/** For each seed log10 of the gradient's norm at the first block's input over that at the last block's output. */
function gradientDecades(
  rows: readonly Result[],
  network: string,
  state: string,
): { readonly seed: number; readonly decades: number }[] {
  return [...bySeed(gradientRows(rows, network, state))].map(([seed, own]) => {
    const norms = own.sort((one, other) => one.layer! - other.layer!).map(({ gradient_norm }) => gradient_norm!);
    const [first, last] = [norms[0]!, norms.at(-1)!].map((norm) => Math.log10(Math.max(norm, smallestNorm)));
    return { seed, decades: first! - last! };
  });
}

/** What the norms say of the account that deep plain networks train worse because their gradients vanish. */
function vanishingInWords(rows: readonly Result[], network: string): string {
  const found = states.map(({ state, words }) => {
    const decades = bootstrapInterval(perSeed(gradientDecades(rows, network, state), (row) => row.decades));
    return { words, decades };
  });
  const outcomes = found.map(({ decades }) => intervalBelow("decades", decades, -vanishing, "").outcome);
  const told = outcomes.every((outcome) => outcome === "fails")
    ? "it does not vanish, so vanishing gradients do not explain a higher training error here"
    : outcomes.every((outcome) => outcome === "holds")
      ? "it vanishes, as that explanation of a higher training error needs"
      : "whether it vanishes depends on the state, or cannot be told";
  const ratios = found.map(({ words, decades }) => {
    const grows = decades.low > vanishing ? ", where it grows" : "";
    return `${timesInWords(decades)} (${words}${grows})`;
  });
  return `In ${network} the gradient's norm at the first block is that at the last times ${ratios.join(" and ")}: ${told}.`;
}

/** An interval of decades as one of ratios. */
function timesInWords({ estimate, low, high, count: seeds }: Interval): string {
  return intervalNumbers({ estimate: 10 ** estimate, low: 10 ** low, high: 10 ** high, count: seeds });
}
