/**
 * What depth does to signals and gradients before anything is trained.
 *
 * Networks whose blocks are all alike (one layer with weights and its activation; dense, or a 3x3 convolution) are
 * drawn at random and shown one batch of images. Depth, activation, weights, shortcuts and normalisation are varied;
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
import { sampleImages } from "../src/data";
import {
  count,
  counts,
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
  createNetwork,
  disposeNetwork,
  fullRoute,
  multiplyAccumulates,
  signalNorms,
  type UniformKind,
  type UniformNetworkOptions,
  uniformKinds,
} from "../src/networks";
import { softmaxCrossEntropy } from "../src/ops";
import { type Tensor2D, tf } from "../src/runtime";
import { bootstrapInterval } from "../src/statistics";
import {
  cured,
  deepestMeanSquares,
  gradientSlopes,
  growths,
  layerKinds,
  select,
  slopeUnit,
  vanishingGradientFigures,
} from "./figures/vanishing-gradient";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
  depths: counts(
    "depths at which networks end, at least two",
    { smoke: [4, 8, 16], quick: [4, 8, 16, 32, 64, 128], paper: [4, 8, 16, 32, 64, 128] },
    { unit: "blocks" },
  ),
  units: count("width of the dense networks", { smoke: 32, quick: 256, paper: 1024 }, { unit: "units" }),
  images: count("batch shown to the dense networks", { smoke: 32, quick: 256, paper: 256 }),
  filters: count("width of the convolutional networks", { smoke: 4, quick: 16, paper: 64 }, { unit: "filters" }),
  convolvedImages: count("batch shown to the convolutional networks", { smoke: 8, quick: 32, paper: 64 }),
  meanPool: count("images are averaged over squares of so many pixels a side", { smoke: 2, quick: 2, paper: 1 }),
};

export type Parameters = ParameterValues<typeof parameters>;
export type LayerKind = UniformNetworkOptions["layer"];

const { sigmoid, largeSigmoid, largeTanh, heRelu, largeRelu, normalisedRelu, residualRelu, residualNormalised } =
  uniformKinds;
const kinds: readonly UniformKind[] = Object.values(uniformKinds);

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

export type Result = Cell & Measured;

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
    seed: "seed of weights and images",
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

  work(cell, params) {
    const side = 28 / params.meanPool; // of a digit: near enough to weigh one cell against another
    const pass = multiplyAccumulates(architectureOf(cell, [side, side, 1], params));
    const drawing = cell.layer === "dense" ? 500 * pass : 0; // a weight drawn is as dear as 500 images
    return drawing + 5 * pass * batchOf(cell, params); // forward and backward, at all depths: each is half the next
  },

  relevant({ layer }, { depths, meanPool, units, images, filters, convolvedImages }) {
    return layer === "dense" ? { depths, meanPool, units, images } : { depths, meanPool, filters, convolvedImages };
  },

  async measure(cell, params, run) {
    const { training } = await run.data();
    const batch = batchOf(cell, params);
    const drawn = sampleImages(training, { count: batch, pooled: params.meanPool, seed: cell.seed });
    const [, ...inputShape] = drawn.shape;
    const kind = kindOf(cell);
    const network = createNetwork(architectureOf(cell, inputShape, params), cell.seed);
    const every = Math.max(1, Math.floor(Math.max(...params.depths) / 32)); // which borders are kept
    const x = tf.tensor4d(drawn.values, [...drawn.shape]);
    const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(drawn.labels, "int32"), 10).toFloat() as Tensor2D);
    const lossGradient = (logits: Tensor2D): Tensor2D =>
      tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / batch);
    const rows: Measured[] = [];
    try {
      for (const [done, depth] of params.depths.entries()) {
        run.progress({ phase: `${cell.layer} ${cell.network}`, done, total: params.depths.length });
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
    const slope = (layer: LayerKind, kind: UniformKind) => gradientSlopes(select(rows, layer, kind));
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

  figures: vanishingGradientFigures,

  departures(params) {
    return [
      `Theory speaks of very wide networks; here dense ones have ${params.units} units, convolutional ones ` +
        `${params.filters} filters.`,
      "Convolutional networks pad with zeros, so that signals and gradients leak out at the border of the image, a " +
        "few per cent a layer; the figures of theory (C4, C8) are judged on dense networks, with convolutional ones " +
        "beside.",
      "The first layer is linear and its output normalised, so that every network begins at mean 0 and variance 1.",
      "Variance is the mean square of the activations: over the draws of the weights their mean is 0.",
      "All images are taken from the training set, and gradients are those of the mean cross-entropy of one batch.",
      ...poolingDepartures(params.meanPool),
    ];
  },
});

function kindOf({ network }: Pick<Cell, "network">): UniformKind {
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

function batchOf({ layer }: Pick<Cell, "layer">, { images, convolvedImages }: Parameters): number {
  return layer === "dense" ? images : convolvedImages;
}

function overBlocksPlusOne({ blocks, meanSquare }: { blocks: number; meanSquare: number }): number {
  return meanSquare / (blocks + 1);
}

/** Pairs of equal seeds: the values over the sizes of the others. */
function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, i) => value / Math.abs(others[i]!));
}
