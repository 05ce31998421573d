/**
 * What depth does to signals and gradients before anything is trained.
 *
 * Networks whose blocks are all alike (one layer with weights and its activation; dense, or a 3x3 convolution) are
 * drawn at random and shown one batch of pictures. Depth, activation, weights, shortcuts and normalisation are varied;
 * the size of the activations and of the loss's gradient is measured at the borders between blocks. One network of each
 * kind is drawn a seed, and its first n blocks are the network of depth n.
 *
 * Sources: Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852; He et al. 2016, arXiv:1603.05027, sec. 2; De & Smith
 * 2020, arXiv:2002.10444; Yang et al. 2019, arXiv:1902.08129. Claims C1, C2, C3, C4, C8.
 */
import { setImmediate } from "node:timers/promises";
import {
  gradientsExplodeUnderLargeWeights,
  gradientsVanishInPlainNets,
  intervalAbove,
  intervalBelow,
  intervalWithin,
  judge,
  normalisedPlainNetsExplode,
  residualGradientsDoNotVanish,
  residualNetsCureVanishing,
  residualNetsDoNotCureExploding,
} from "../src/claims";
import { drawPictures } from "../src/data";
import { count, counts, experiment, type ParameterValues, type Row, type Setting, seeds } from "../src/harness";
import {
  type Architecture,
  buildUniformNetwork,
  createNetwork,
  disposeNetwork,
  fullRoute,
  multiplyAccumulates,
  signalNorms,
  type UniformNetworkOptions,
} from "../src/models";
import { softmaxCrossEntropy } from "../src/ops";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { type Tensor2D, tf } from "../src/runtime";
import { bootstrapInterval, bySeed, intervalNumbers, linearFit, mean } from "../src/statistics";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
  depths: counts(
    "depths at which networks end, at least two",
    { smoke: [4, 8, 16], quick: [4, 8, 16, 32, 64, 128], paper: [4, 8, 16, 32, 64, 128] },
    { unit: "blocks" },
  ),
  units: count("width of the dense networks", { smoke: 32, quick: 256, paper: 1024 }, { unit: "units" }),
  pictures: count("batch shown to the dense networks", { smoke: 32, quick: 256, paper: 256 }),
  filters: count("width of the convolutional networks", { smoke: 4, quick: 16, paper: 64 }, { unit: "filters" }),
  convolvedPictures: count("batch shown to the convolutional networks", { smoke: 8, quick: 32, paper: 64 }),
  meanPool: count("pictures are averaged over squares of so many pixels a side", { smoke: 2, quick: 2, paper: 1 }),
};

type Parameters = ParameterValues<typeof parameters>;
type LayerKind = UniformNetworkOptions["layer"];

/** A kind of network: its name, how its blocks are built, and whether their branches are scaled by 1/√N. */
interface Kind {
  readonly name: string;
  readonly options: Pick<UniformNetworkOptions, "activation" | "gain" | "normalised" | "residual">;
  readonly scaled?: true;
}

/** Of the weights' variance times the fan-in; their names in the text are Glorot's and He's initialisation. */
const [glorot, he] = [1, 2];

const sigmoid: Kind = { name: "plain sigmoid, gain 1", options: { activation: "sigmoid", gain: glorot } };
const largeSigmoid: Kind = { name: "plain sigmoid, gain 256", options: { activation: "sigmoid", gain: 256 } };
const tanh: Kind = { name: "plain tanh, gain 1", options: { activation: "tanh", gain: glorot } };
const largeTanh: Kind = { name: "plain tanh, gain 4", options: { activation: "tanh", gain: 4 } };
const smallRelu: Kind = { name: "plain ReLU, gain 1", options: { activation: "relu", gain: glorot } };
const heRelu: Kind = { name: "plain ReLU, gain 2", options: { activation: "relu", gain: he } };
const largeRelu: Kind = { name: "plain ReLU, gain 4", options: { activation: "relu", gain: 4 } };
const normalisedRelu: Kind = {
  name: "plain ReLU, gain 2, normalised",
  options: { activation: "relu", gain: he, normalised: true },
};
const residualSigmoid: Kind = {
  name: "residual sigmoid, gain 1",
  options: { activation: "sigmoid", gain: glorot, residual: true },
};
const residualSmallRelu: Kind = {
  name: "residual ReLU, gain 1",
  options: { activation: "relu", gain: glorot, residual: true },
};
const residualRelu: Kind = {
  name: "residual ReLU, gain 2",
  options: { activation: "relu", gain: he, residual: true },
};
const residualNormalised: Kind = {
  name: "residual ReLU, gain 2, normalised",
  options: { activation: "relu", gain: he, normalised: true, residual: true },
};
const residualScaled: Kind = {
  name: "residual ReLU, gain 2, branch over √N",
  options: { activation: "relu", gain: he, residual: true },
  scaled: true,
};

/** Residual ReLU networks without normalisation, over the scale of their weights. */
const residualRelus: readonly Kind[] = [
  { name: "residual ReLU, gain 0.5", options: { activation: "relu", gain: 0.5, residual: true } },
  residualSmallRelu,
  residualRelu,
  { name: "residual ReLU, gain 4", options: { activation: "relu", gain: 4, residual: true } },
];

const plainKinds = [sigmoid, tanh, smallRelu, heRelu, largeSigmoid, largeTanh, largeRelu];
const kinds: readonly Kind[] = [
  ...plainKinds,
  ...[normalisedRelu, residualSigmoid, ...residualRelus, residualNormalised, residualScaled],
];
const layerKinds: readonly LayerKind[] = ["dense", "convolution"];

/** Networks whose plain form vanishes, with the residual one that is set against it, and the layers that both have. */
const cured: readonly { readonly layer: LayerKind; readonly plain: Kind; readonly residual: Kind }[] = [
  { layer: "dense", plain: sigmoid, residual: residualSigmoid },
  { layer: "convolution", plain: sigmoid, residual: residualSigmoid },
  { layer: "dense", plain: smallRelu, residual: residualSmallRelu },
  { layer: "dense", plain: smallRelu, residual: residualNormalised },
];

/** Growth a layer of the squared gradient in normalised plain ReLU networks: Yang et al. 2019. */
const meanFieldGrowth = Math.PI / (Math.PI - 1);

/** One kind of network, at all depths. */
interface Cell extends Setting {
  readonly network: string;
  readonly layer: LayerKind;
}

interface Measured extends Row {
  readonly depth: number;
  readonly border: number;
  readonly log10_mean_square: number;
  readonly log10_gradient_norm: number;
  readonly log10_gradient_ratio: number;
}

type Result = Cell & Measured;

export default experiment({
  name: "vanishing-gradient",
  title: "Vanishing and exploding gradients at initialisation",
  question:
    "What does depth do to the size of activations and gradients, and what do shortcuts and normalisation change?",
  source:
    "Hochreiter 1991; Glorot & Bengio 2010; He et al. 2015 and 2016; Yang et al. 2019; De & Smith 2020: see the claims",
  claims: [
    gradientsVanishInPlainNets,
    gradientsExplodeUnderLargeWeights,
    residualNetsCureVanishing,
    residualGradientsDoNotVanish,
    residualNetsDoNotCureExploding,
    normalisedPlainNetsExplode,
  ],
  parameters,
  columns: {
    seed: "seed of weights and pictures",
    network: "kind of network; gain is the variance of its weights times the fan-in",
    layer: "dense, or convolution (3x3)",
    depth: "blocks of the network",
    border: "place between blocks: 0 is the first block's input, depth the last one's output",
    log10_mean_square: "decimal logarithm of the activations' mean square there; 0 at border 0, up to rounding",
    log10_gradient_norm: "decimal logarithm of the Euclidean norm of the loss's gradient there, over the whole batch",
    log10_gradient_ratio: "that logarithm less the one at the last border",
  },

  cells({ seeds: seedNumbers, depths }: Parameters): Cell[] {
    if (new Set(depths).size < 2) throw new RangeError(`need at least two depths to see a trend over, got ${depths}`);
    return seedNumbers.flatMap((seed) =>
      layerKinds.flatMap((layer) => kinds.map(({ name }): Cell => ({ seed, network: name, layer }))),
    );
  },

  work(cell, chosen) {
    const side = 28 / chosen.meanPool; // of a digit: near enough to weigh one cell against another
    const pass = multiplyAccumulates(architectureOf(cell, [side, side, 1], chosen));
    const drawing = cell.layer === "dense" ? 500 * pass : 0; // a weight drawn is as dear as 500 pictures
    return drawing + 5 * pass * batchOf(cell, chosen); // forward and backward, at all depths: each is half the next
  },

  relevant({ layer }, { depths, meanPool, units, pictures, filters, convolvedPictures }) {
    return layer === "dense" ? { depths, meanPool, units, pictures } : { depths, meanPool, filters, convolvedPictures };
  },

  async measure(cell, chosen, run) {
    const { training } = await run.data();
    const batch = batchOf(cell, chosen);
    const drawn = drawPictures(training, { count: batch, pooled: chosen.meanPool, seed: cell.seed });
    const [, ...inputShape] = drawn.shape;
    const kind = kindOf(cell);
    const network = createNetwork(architectureOf(cell, inputShape, chosen), cell.seed);
    const every = Math.max(1, Math.floor(Math.max(...chosen.depths) / 32)); // which borders are kept
    const x = tf.tensor4d(drawn.values, [...drawn.shape]);
    const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(drawn.labels, "int32"), 10).toFloat() as Tensor2D);
    const lossGradient = (logits: Tensor2D): Tensor2D =>
      tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / batch);
    const rows: Measured[] = [];
    try {
      for (const [done, depth] of chosen.depths.entries()) {
        run.progress({ phase: `${cell.layer} ${cell.network}`, done, total: chosen.depths.length });
        await setImmediate(); // lets the signal be seen
        run.signal.throwIfAborted();
        const route = fullRoute(network.architecture).slice(0, depth);
        const scaled = route.map((step) => ({ ...step, scale: 1 / Math.sqrt(depth) }));
        const { activations, gradients } = signalNorms(network, x, lossGradient, kind.scaled ? scaled : route);
        for (let border = 0; border <= depth; border++) {
          if (border % every !== 0 && border !== depth) continue;
          rows.push({
            depth,
            border,
            log10_mean_square: activations[border]!,
            log10_gradient_norm: gradients[border]!,
            log10_gradient_ratio: gradients[border]! - gradients[depth]!,
          });
        }
      }
      return rows;
    } finally {
      tf.dispose([x, targets]);
      disposeNetwork(network);
    }
  },

  verdicts(rows) {
    const slope = (layer: LayerKind, kind: Kind) => gradientSlopes(select(rows, layer, kind));
    const vanishing = bootstrapInterval(slope("dense", sigmoid));
    const c1 = judge(gradientsVanishInPlainNets, vanishing, [
      intervalBelow("slope, dense sigmoid under Glorot's", vanishing, 0, slopeUnit),
      intervalBelow("slope, convolutional sigmoid", bootstrapInterval(slope("convolution", sigmoid)), 0, slopeUnit),
      intervalBelow(
        "slope of the exception, ReLU under He's, over that of sigmoid",
        bootstrapInterval(ratios(slope("dense", heRelu).map(Math.abs), slope("dense", sigmoid))),
        0.1,
        "",
      ),
    ]);

    const exploding = bootstrapInterval(slope("dense", largeRelu));
    const c2 = judge(gradientsExplodeUnderLargeWeights, exploding, [
      intervalAbove(`slope, dense ${largeRelu.name}`, exploding, 0, slopeUnit),
      ...[largeTanh, largeSigmoid].map((kind) =>
        intervalAbove(`slope, dense ${kind.name}`, bootstrapInterval(slope("dense", kind)), 0, slopeUnit),
      ),
      intervalAbove(
        `slope, convolutional ${largeRelu.name}`,
        bootstrapInterval(slope("convolution", largeRelu)),
        0,
        slopeUnit,
      ),
    ]);

    const pairs = cured.map(({ layer, plain, residual }) => {
      const signed = ratios(slope(layer, residual), slope(layer, plain));
      const size = bootstrapInterval(signed.map(Math.abs));
      return { text: `${layer} ${residual.name} over ${plain.name}`, size, signed: bootstrapInterval(signed) };
    });
    const c3 = judge(
      residualNetsCureVanishing,
      pairs[0]!.size,
      pairs.map(({ text: what, size }) => intervalBelow(`slopes' sizes, ${what},`, size, 0.1, "")),
    );
    const c31 = judge(
      residualGradientsDoNotVanish,
      pairs[0]!.signed,
      pairs.map(({ text: what, signed }) => intervalAbove(`slopes, ${what},`, signed, -0.1, "")),
    );

    const growth = bootstrapInterval(growths(select(rows, "dense", residualRelu)));
    const c4 = judge(residualNetsDoNotCureExploding, growth, [
      intervalWithin("growth a block without normalisation", growth, [1.9, 2.05], "times"),
      intervalWithin(
        "variance with normalisation, over N + 1,",
        bootstrapInterval(deepestMeanSquares(select(rows, "dense", residualNormalised)).map(overBlocksPlusOne)),
        [0.95, 1.1],
        "",
      ),
    ]);

    const squared = bootstrapInterval(slope("dense", normalisedRelu).map((decades) => 10 ** (2 * decades)));
    const c8 = judge(normalisedPlainNetsExplode, squared, [
      intervalWithin("growth of the squared gradient a layer", squared, [1.4, 1.5], "times"),
    ]);
    return [c1, c2, c3, c31, c4, c8];
  },

  figures: (rows, chosen) => [
    gradientByDepth(rows),
    gradientMap(rows, sigmoid),
    gradientMap(rows, residualSigmoid),
    gradientByLayer(rows, chosen),
    cureByDepth(rows),
    meanSquareByDepth(rows),
    growthByGain(rows),
    normalisedByDepth(rows),
  ],

  departures(chosen) {
    return [
      `Theory speaks of very wide networks; here dense ones have ${chosen.units} units, convolutional ones ` +
        `${chosen.filters} filters.`,
      "Convolutional networks pad with zeros, so that signals and gradients leak out at the border of the picture, a " +
        "few per cent a layer; the figures of theory (C4, C8) are judged on dense networks, with convolutional ones " +
        "beside.",
      "The first layer is linear and its output normalised, so that every network begins at mean 0 and variance 1.",
      "Variance is the mean square of the activations: over the draws of the weights their mean is 0.",
      "All pictures are taken from the training set, and gradients are those of the mean cross-entropy of one batch.",
      ...(chosen.meanPool === 1
        ? []
        : [`Pictures are averaged over squares of ${chosen.meanPool} x ${chosen.meanPool} pixels.`]),
    ];
  },
});

const slopeUnit = "decades a layer";

function kindOf({ network }: Pick<Cell, "network">): Kind {
  const found = kinds.find(({ name }) => name === network);
  if (found === undefined) throw new RangeError(`there is no kind of network "${network}"`);
  return found;
}

function architectureOf(
  cell: Pick<Cell, "network" | "layer">,
  inputShape: readonly [height: number, width: number, channels: number],
  { depths, units, filters }: Parameters,
): Architecture {
  const { options } = kindOf(cell);
  const width = cell.layer === "dense" ? units : filters;
  return buildUniformNetwork({
    ...options,
    ...{ depth: Math.max(...depths), width, layer: cell.layer, inputShape, classes: 10 },
  });
}

function batchOf({ layer }: Pick<Cell, "layer">, { pictures, convolvedPictures }: Parameters): number {
  return layer === "dense" ? pictures : convolvedPictures;
}

function select(rows: readonly Result[], layer: LayerKind, { name }: Kind): Result[] {
  return rows.filter((row) => row.layer === layer && row.network === name);
}

/** Each seed's slope over depth of log10 of the gradient's norm at the first border over that at the last. */
function gradientSlopes(rows: readonly Result[]): number[] {
  return slopes(firstBorders(rows), ({ log10_gradient_ratio }) => log10_gradient_ratio);
}

/** Each seed's growth a block of the mean square, by its slope over depth. */
function growths(rows: readonly Result[]): number[] {
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
function deepestMeanSquares(rows: readonly Result[]): { blocks: number; meanSquare: number }[] {
  const deepest = Math.max(...rows.map(({ depth }) => depth));
  const ends = lastBorders(rows).filter(({ depth }) => depth === deepest);
  return [...bySeed(ends).values()].map(([end]) => ({ blocks: deepest, meanSquare: 10 ** end!.log10_mean_square }));
}

function overBlocksPlusOne({ blocks, meanSquare }: { blocks: number; meanSquare: number }): number {
  return meanSquare / (blocks + 1);
}

/** Pairs of equal seeds: the values over the sizes of the others. */
function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, i) => value / Math.abs(others[i]!));
}

const interval = "Marks and lines are means over seeds, bands and whiskers 95 % bootstrap intervals.";
const gradientAxis = { label: "log10(gradient norm, first border / last)" };
const depthAxis = { label: "depth (blocks)", scale: "log", integers: true } as const;

function ratioSeries(rows: readonly Result[], layer: LayerKind, kind: Kind): Series {
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

function gradientMap(rows: readonly Result[], kind: Kind): Figure {
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
  const theory = (name: string, log10: (blocks: number) => number): Series => ({
    name,
    kind: "line",
    published: true,
    points: depths.map((depth) => ({ x: depth, y: log10(depth) })),
  });
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
      {
        name: "theory, 1 + gain / 2: He et al. 2015",
        kind: "line",
        published: true,
        points: residualRelus.map(({ options: { gain } }) => ({ x: gain, y: 1 + gain / 2 })),
      },
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
      {
        name: "theory, π/(π - 1) a layer: Yang et al. 2019",
        kind: "line",
        published: true,
        points: depths.map((depth) => ({ x: depth, y: (depth / 2) * Math.log10(meanFieldGrowth) })),
      },
    ],
  };
}
