/**
 * How the gradients of two inputs grow apart with depth, before anything is trained.
 *
 * Dense ReLU networks under He's initialisation are drawn at random: plain and residual, without normalisation and with
 * batch normalisation by the fixed statistics of a batch of images. The gradient of a random linear function of the
 * output by the first block's input is followed along a circle of inputs through two images; averaged over many
 * networks, its autocorrelation a quarter of the way round is the correlation of the gradients of two inputs that have
 * nothing in common.
 *
 * Why 2^(-L): a ReLU under He's initialisation passes twice the part of the gradient that comes through active units.
 * Half of the units are active, so the variance stays; if the two inputs share a quarter of all units, the covariance
 * halves in every layer. In a residual block the same is added to what the shortcut carries unchanged: (1 + 1/2) / (1 +
 * 1) = 3/4 without normalisation, and less and less of it where the branch is normalised and the shortcut's variance
 * grows.
 *
 * Source: Balduzzi et al. 2017, arXiv:1702.08591, sec. 2 and 3. Claims C9, C9.1.
 */
import { setImmediate } from "node:timers/promises";
import { gradientsShatter, intervalHolds, intervalWithin, judge, normalisedGradientsShatter } from "../src/claims";
import { sampleImages } from "../src/data";
import {
  count,
  counts,
  cross,
  experiment,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  seeds,
} from "../src/experiment";
import {
  type Architecture,
  buildUniformNetwork,
  circleAutocovariances,
  disposeNetwork,
  gradientCorrelations,
  networkFrozenOn,
} from "../src/networks";
import { randomStream } from "../src/random";
import { type Figure, intervalSeries, linesOverSeeds, publishedSeries, type Series } from "../src/report";
import { tf } from "../src/runtime";
import { ascending, bootstrapInterval, bySeed, intervalNumbers, linearFit, mean } from "../src/statistics";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
  depths: counts(
    "depths of networks whose gradients shatter exponentially",
    { smoke: [1, 2, 3], quick: [1, 2, 3, 4, 5, 6, 7, 8], paper: [1, 2, 3, 4, 5, 6, 7, 8] },
    { unit: "blocks" },
  ),
  networks: count("networks that a seed averages over, to these depths", { smoke: 2, quick: 64, paper: 256 }),
  greatDepths: counts(
    "depths of networks whose gradients shatter by a power law",
    { smoke: [4, 8], quick: [4, 8, 16, 32, 64, 128], paper: [4, 8, 16, 32, 64, 128] },
    { unit: "blocks" },
  ),
  deepNetworks: count("networks that a seed averages over, to the great depths", { smoke: 2, quick: 8, paper: 64 }),
  units: count("width", { smoke: 32, quick: 256, paper: 1024 }, { unit: "units" }),
  points: count("inputs on the circle, a multiple of four", { smoke: 8, quick: 32, paper: 64 }, { minimum: 4 }),
  functions: count("linear functions of the output that are differentiated", { smoke: 4, quick: 10, paper: 10 }),
  images: count("batch whose statistics normalise", { smoke: 32, quick: 256, paper: 256 }, { minimum: 2 }),
  meanPool: count("images are averaged over squares of so many pixels a side", { smoke: 2, quick: 2, paper: 1 }),
};

type Parameters = ParameterValues<typeof parameters>;

/** A kind of network, and what the source says of the correlation: by depth, in words and as a logarithm to base 2. */
interface Kind {
  readonly name: string;
  readonly residual: boolean;
  readonly normalised: boolean;
  readonly stated: string;
  readonly statedLog2: (blocks: number) => number;
}

const plain: Kind = {
  ...{ name: "plain", residual: false, normalised: false },
  ...{ stated: "2^(-L)", statedLog2: (blocks) => -blocks },
};
const plainNormalised: Kind = { ...plain, name: "plain, normalised", normalised: true };
const residual: Kind = {
  ...{ name: "residual", residual: true, normalised: false },
  ...{ stated: "(3/4)^L", statedLog2: (blocks) => blocks * Math.log2(3 / 4) },
};
/** The only one that shatters by a power law, and is followed to the great depths. */
const residualNormalised: Kind = {
  ...{ name: "residual, normalised", residual: true, normalised: true },
  ...{ stated: "1/√L", statedLog2: (blocks) => -Math.log2(blocks) / 2 },
};
const kinds = [plain, plainNormalised, residual, residualNormalised];

/** One kind of network, averaged over many draws. */
interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  readonly depth: number;
  /** Distance of the two inputs on the circle, as a share of its length: 0 to 0.5. */
  readonly lag: number;
  readonly gradient_correlation: number;
  readonly networks: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "shattered-gradients",
  title: "Shattered gradients at initialisation",
  question:
    "How fast does the gradient of one input cease to say anything of the gradient of another, as networks deepen?",
  source:
    "Balduzzi et al. 2017, The shattered gradients problem: if resnets are the answer, then what is the question?",
  claims: [gradientsShatter, normalisedGradientsShatter],
  parameters,
  columns: {
    seed: "seed of weights, images and directions",
    network: "kind of network",
    depth: "blocks of the network",
    lag: "distance of the two inputs on the circle, over its length; 0.25: they have nothing in common",
    gradient_correlation:
      "covariance of the gradients by the two inputs over their variance, both averaged over networks",
    networks: "networks averaged over",
  },

  cells({ seeds: seedNumbers, depths, greatDepths, points }: Parameters): Cell[] {
    if (points % 4 !== 0)
      throw new RangeError(`need a multiple of four points for a quarter of the circle, got ${points}`);
    for (const found of [depths, greatDepths]) {
      if (new Set(found).size < 2) throw new RangeError(`need at least two depths to see a trend over, got ${found}`);
    }
    return cross({ seed: seedNumbers, network: kinds.map(({ name }) => name) });
  },

  work(cell, params) {
    const { depths, networks } = reach(cell, params);
    const { units, points, functions, images } = params;
    const deepest = Math.max(...depths);
    const passes = depths.reduce((sum, depth) => sum + depth, 0);
    const drawing = 500; // a weight drawn is as dear as so many images
    return networks * units ** 2 * (deepest * (drawing + images) + 2 * passes * points * functions);
  },

  relevant(cell, { depths, greatDepths, networks, deepNetworks, seeds, ...others }) {
    return cell.network === residualNormalised.name
      ? { ...others, greatDepths, deepNetworks }
      : { ...others, depths, networks };
  },

  async measure(cell, params, run) {
    const { training } = await run.data();
    const { values, shape } = sampleImages(training, {
      count: params.images,
      pooled: params.meanPool,
      seed: cell.seed,
    });
    const [, ...inputShape] = shape;
    const { depths, networks } = reach(cell, params);
    const architecture = architectureOf(cell, inputShape, params);
    const sums = depths.map(() => new Float64Array(params.points / 2 + 1));
    const x = tf.tensor4d(values, [...shape]);
    try {
      for (let draw = 0; draw < networks; draw++) {
        run.progress({ phase: `${cell.network}: networks`, done: draw, total: networks });
        await setImmediate(); // lets the signal be seen
        run.signal.throwIfAborted();
        const stream = randomStream(cell.seed, "shattered network", draw);
        const network = networkFrozenOn(architecture, stream.integer(2 ** 31 - 1), x);
        circleAutocovariances(network, x, stream, { ...params, depths }).forEach((found, i) => {
          found.forEach((value, lag) => {
            sums[i]![lag]! += value;
          });
        });
        disposeNetwork(network);
      }
    } finally {
      x.dispose();
    }
    return depths.flatMap((depth, i) =>
      [...sums[i]!].map(
        (covariance, lag): Measured => ({
          depth,
          lag: lag / params.points,
          gradient_correlation: covariance / sums[i]![0]!,
          networks,
        }),
      ),
    );
  },

  verdicts(rows, params) {
    const plainExponent = bootstrapInterval(exponents(rows, plain));
    const residualExponents = exponents(rows, residualNormalised);
    const c9 = judge(gradientsShatter, plainExponent, [
      intervalHolds("exponent of 2 over L, plain nets,", plainExponent, -1, ""),
      intervalHolds("exponent of L, residual networks,", bootstrapInterval(residualExponents), -1 / 2, ""),
    ]);
    const apart = bootstrapInterval(exponents(rows, plainNormalised));
    const expected = theoryExponent(residualNormalised, params.greatDepths);
    const overTheory = bootstrapInterval(residualExponents.map((exponent) => exponent / expected));
    const c91 = judge(normalisedGradientsShatter, apart, [
      intervalWithin("exponent of 2 over L, normalised plain nets,", apart, [-1.1, -0.9], ""),
      intervalWithin("exponent of L over theory's, residual networks,", overTheory, [0.9, 1.1], ""),
    ]);
    return [c9, c91];
  },

  figures: (rows, params) => [
    correlationByDepth(rows),
    correlationByGreatDepth(rows),
    correlationByLag(rows, plainNormalised, params.depths),
    correlationByLag(rows, residualNormalised, params.greatDepths),
  ],

  departures: ({ units, meanPool }) => [
    "The source follows the gradient along a stretch of one-dimensional inputs; here the inputs lie on a circle " +
      "through two images, as the first layer shows them.",
    `The source's theory is for very wide networks; these have ${units} units a layer, and no convolutions.`,
    "Normalisation is by the statistics of one batch of images, held fixed: under batch statistics the gradients " +
      "of a batch sum to zero in every normalised layer, whatever the network does.",
    ...poolingDepartures(meanPool),
  ],
});

function kindOf({ network }: Cell): Kind {
  const found = kinds.find(({ name }) => name === network);
  if (found === undefined) throw new RangeError(`there is no kind of network "${network}"`);
  return found;
}

/** How deep a cell's networks are followed, and how many are averaged over. */
function reach({ network }: Cell, { depths, networks, greatDepths, deepNetworks }: Parameters) {
  return network === residualNormalised.name ? { depths: greatDepths, networks: deepNetworks } : { depths, networks };
}

function architectureOf(
  cell: Cell,
  inputShape: readonly [height: number, width: number, channels: number],
  params: Parameters,
): Architecture {
  const { residual: hasShortcuts, normalised } = kindOf(cell);
  const depth = Math.max(...reach(cell, params).depths);
  return buildUniformNetwork({
    ...{ depth, width: params.units, inputShape, classes: 10 },
    ...{ layer: "dense", activation: "relu", gain: 2, residual: hasShortcuts, normalised },
  });
}

function select(rows: readonly Result[], { name }: Kind): Result[] {
  return rows.filter(({ network }) => network === name);
}

function depthsOf(rows: readonly Result[], kind: Kind): number[] {
  return ascending(select(rows, kind).map(({ depth }) => depth));
}

/** Inputs that have nothing in common. */
function quarters(rows: readonly Result[], kind: Kind): Result[] {
  return select(rows, kind).filter(({ lag }) => lag === 0.25);
}

/** Each seed's exponent: of 2 over L where the decay is exponential, of L where it is a power law. */
function exponents(rows: readonly Result[], kind: Kind): number[] {
  return [...bySeed(quarters(rows, kind)).values()].map((own) => {
    const end = own.findIndex(({ gradient_correlation }) => gradient_correlation <= 0); // lost in noise from there on
    const fitted = end < 0 ? own : own.slice(0, end);
    return exponentOf(
      kind,
      fitted.map(({ depth }) => depth),
      fitted.map(({ gradient_correlation }) => gradient_correlation),
    );
  });
}

function exponentOf(kind: Kind, depths: readonly number[], correlations: readonly number[]): number {
  const places = kind === residualNormalised ? depths.map(Math.log2) : depths;
  return linearFit(places, correlations.map(Math.log2)).slope;
}

/** The same exponent of what mean-field theory gives at these depths. */
function theoryExponent(kind: Kind, depths: readonly number[]): number {
  const correlations = gradientCorrelations(kind, Math.max(...depths));
  return exponentOf(
    kind,
    depths,
    depths.map((depth) => correlations[depth]!),
  );
}

const logAxis = { label: "log2(correlation of the gradients)" };

/** What was measured, what mean-field theory gives, and what the source states. */
function decaySeries(rows: readonly Result[], kind: Kind): Series[] {
  const own = quarters(rows, kind).filter(({ gradient_correlation }) => gradient_correlation > 0);
  const depths = ascending(own.map(({ depth }) => depth));
  const theory = gradientCorrelations(kind, Math.max(...depths));
  return [
    intervalSeries({
      name: kind.name,
      kind: "line",
      rows: own,
      x: ({ depth }) => depth,
      y: ({ gradient_correlation }) => Math.log2(gradient_correlation),
    }),
    publishedSeries(
      `mean field: ${kind.name}`,
      depths.map((depth) => [depth, Math.log2(theory[depth]!)]),
      "points",
    ),
  ];
}

function statedSeries({ stated, statedLog2 }: Kind, depths: readonly number[]): Series {
  const points = depths.map((depth) => [depth, statedLog2(depth)] as const);
  return publishedSeries(`Balduzzi et al. 2017: ${stated}`, points);
}

function exponentText(rows: readonly Result[], kind: Kind): string {
  const depths = depthsOf(rows, kind);
  const found = intervalNumbers(bootstrapInterval(exponents(rows, kind)));
  return `${kind.name} ${found} (mean field ${theoryExponent(kind, depths).toFixed(3)})`;
}

function correlationByDepth(rows: readonly Result[]): Figure {
  const shown = [plain, plainNormalised, residual];
  const depths = depthsOf(rows, plain);
  return {
    id: "correlation-by-depth",
    claims: [gradientsShatter.id, normalisedGradientsShatter.id],
    title: "Gradients shatter exponentially in plain networks that keep their inputs apart",
    caption:
      `Correlation of the gradients of two inputs at right angles. ${linesOverSeeds} Exponents of 2 over L: ` +
      `${shown.map((kind) => exponentText(rows, kind)).join("; ")}. Without normalisation all activations grow alike ` +
      "with depth, more units are active on both inputs than theory supposes, and gradients shatter more slowly.",
    xAxis: { label: "depth L (blocks)", integers: true },
    yAxis: logAxis,
    series: [
      ...shown.flatMap((kind) => decaySeries(rows, kind)),
      ...[plain, residual].map((kind) => statedSeries(kind, depths)),
    ],
  };
}

function correlationByGreatDepth(rows: readonly Result[]): Figure {
  const depths = depthsOf(rows, residualNormalised);
  return {
    id: "correlation-by-great-depth",
    claims: [gradientsShatter.id, normalisedGradientsShatter.id],
    title: "In residual networks with batch normalisation gradients shatter like a power of depth",
    caption:
      `Correlation of the gradients of two inputs at right angles. ${linesOverSeeds} Exponent of L: ` +
      `${exponentText(rows, residualNormalised)}. The source counts all of a branch's mean square as its variance; ` +
      "normalisation takes out the mean that a ReLU gives, 1/π of it, so that branches weigh more beside the shortcut.",
    xAxis: { label: "depth L (blocks)", scale: "log", integers: true },
    yAxis: logAxis,
    series: [...decaySeries(rows, residualNormalised), statedSeries(residualNormalised, depths)],
  };
}

function correlationByLag(rows: readonly Result[], kind: Kind, depths: readonly number[]): Figure {
  const spread = depths.filter((_, i) => i % Math.ceil(depths.length / 6) === 0); // as many as can be told apart
  return {
    id: `correlation-by-lag-${kind.residual ? "residual" : "plain"}`,
    title: `The gradient along a circle of inputs: ${kind.name}`,
    caption:
      "Autocorrelation of the gradient, by the distance of two inputs on the circle: at a quarter they are at right " +
      `angles, at a half opposite. ${linesOverSeeds} Mean over the circle at ${spread.at(-1)} blocks: ` +
      `${mean(
        select(rows, kind)
          .filter(({ depth }) => depth === spread.at(-1))
          .map((row) => row.gradient_correlation),
      ).toFixed(3)}.`,
    xAxis: { label: "distance on the circle (share of its length)" },
    yAxis: { label: "correlation of the gradients" },
    series: spread.map((depth) =>
      intervalSeries({
        name: `${depth} ${depth === 1 ? "block" : "blocks"}`,
        kind: "line",
        rows: select(rows, kind).filter((row) => row.depth === depth),
        x: ({ lag }) => lag,
        y: ({ gradient_correlation }) => gradient_correlation,
      }),
    ),
  };
}
