/**
 * What depth does to signals and gradients before anything is trained.
 *
 * Networks whose blocks are all alike (one layer with weights and its activation; dense, or a 3x3 convolution) get random
 * weights and are shown one batch of images. Depth, activation, weights, shortcuts and normalisation are varied; the size of
 * the activations and of the loss's gradient is measured between all blocks. Each seed has one network of each kind, whose
 * first n blocks are the network of depth n.
 *
 * Sources: Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852; He et al. 2016, arXiv:1603.05027, sec. 2; De & Smith
 * 2020, arXiv:2002.10444; Yang et al. 2019, arXiv:1902.08129. Claims C1, C2, C3, C3.1, C4, C8.
 */
import { sampleImages } from "../src/data";
import { count, counts, cross, experiment, judge, poolingDepartures, seeds } from "../src/experiment";
import {
  buildUniformNetwork,
  createNetwork,
  disposeNetwork,
  fullRoute,
  signalNorms,
  type UniformKind,
  uniformKinds,
} from "../src/networks";
import { softmaxCrossEntropy } from "../src/ops";
import { type Tensor2D, tf } from "../src/runtime";
import { vanishingGradientFigures } from "./vanishing-gradient/figures";
import {
  columns,
  deepestMeanSquares,
  growths,
  layers,
  ratios,
  select,
  slope,
  slopeRatios,
  squaredGrowths,
} from "./vanishing-gradient/rows";
import { vanishingGradientSentences } from "./vanishing-gradient/sentences";

const { sigmoid, largeSigmoid, largeTanh, heRelu, largeRelu, residualRelu, residualNormalised } = uniformKinds;
const kinds: readonly UniformKind[] = Object.values(uniformKinds);
const slopeUnit = "orders of magnitude per layer";

export default experiment("vanishing-gradient", {
  title: "Vanishing and exploding gradients at initialisation",
  question:
    "What does depth do to the size of activations and gradients, and what do shortcuts and normalisation change?",
  source:
    "Hochreiter 1991; Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852; He et al. 2016; Yang et al. 2019; De & Smith 2020: see " +
    "the claims",
  parameters: {
    seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
    depths: counts(
      "depths at which networks end, at least two",
      { smoke: [4, 8, 16], quick: [4, 8, 16, 32, 64, 128], paper: [4, 8, 16, 32, 64, 128] },
      { unit: "blocks" },
    ),
    units: count("width of the dense networks", { smoke: 32, quick: 256, paper: 1024 }, { unit: "units" }),
    images: count("batch shown to the dense networks", { smoke: 32, quick: 256, paper: 256 }),
    filters: count("width of the convolutional networks", { smoke: 16, quick: 16, paper: 64 }, { unit: "filters" }),
    convolvedImages: count("batch shown to the convolutional networks", { smoke: 8, quick: 32, paper: 64 }),
    meanPool: count("images are averaged over squares of so many pixels a side", { smoke: 2, quick: 2, paper: 1 }),
  },
  columns,

  firstLook: { median: "log10_gradient_ratio", by: ["network", "depth"], where: { border: 0 } },
  cells({ seeds, depths }) {
    if (new Set(depths).size < 2) throw new RangeError(`need at least two depths to see a trend over, got ${depths}`);
    return cross({ seed: seeds, layer: layers, network: kinds.map(({ name }) => name) });
  },

  async measure(run, { seed, layer, network: name }, { depths, meanPool, ...params }) {
    const { training } = await run.data();
    const dense = layer === "dense";
    const batch = dense ? params.images : params.convolvedImages;
    const images = sampleImages(training, { count: batch, pooled: meanPool, seed });
    const [, ...inputShape] = images.shape;
    const { options, scaled = false } = kinds.find((kind) => kind.name === name)!;
    const [deepest, width] = [Math.max(...depths), dense ? params.units : params.filters];
    const network = createNetwork(
      buildUniformNetwork({ ...options, depth: deepest, width, layer, inputShape, classes: 10 }),
      seed,
    );
    const x = tf.tensor4d(images.values, [...images.shape]);
    const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(images.labels, "int32"), 10).toFloat() as Tensor2D);
    const lossGradient = (logits: Tensor2D): Tensor2D =>
      tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / batch);
    const every = Math.max(1, Math.floor(deepest / 32)); // which borders are kept
    const rows = [];
    try {
      for (const [done, depth] of depths.entries()) {
        await run.progress(`${layer} ${name}`, done, depths.length);
        const route = fullRoute(network.architecture)
          .slice(0, depth)
          .map((step) => (scaled ? { ...step, scale: 1 / Math.sqrt(depth) } : step));
        const { activations, gradients } = signalNorms(network, x, lossGradient, route);
        for (let border = 0; border <= depth; border++) {
          if (border % every !== 0 && border !== depth) continue;
          rows.push({
            ...{ depth, border, log10_mean_square: activations[border]! },
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

  claims: {
    C1(rows) {
      const vanishing = slope(rows, "dense", sigmoid);
      const exception = slope(rows, "dense", heRelu).map(Math.abs);
      return judge(vanishing)
        .below(0)
        .of("slope, convolutional sigmoid", slope(rows, "convolution", sigmoid), slopeUnit)
        .below(0)
        .of("slope of the exception, ReLU under He's, over that of sigmoid", ratios(exception, vanishing), "")
        .below(0.1);
    },
    C2(rows) {
      const others = [
        ["dense", largeTanh] as const,
        ["dense", largeSigmoid] as const,
        ["convolution", largeRelu] as const,
      ];
      return judge(slope(rows, "dense", largeRelu))
        .above(0)
        .each(others, (judged, [layer, kind]) =>
          judged
            .of(
              `slope, ${layer === "dense" ? layer : "convolutional"} ${kind.name}`,
              slope(rows, layer, kind),
              slopeUnit,
            )
            .above(0),
        );
    },
    C3(rows) {
      const pairs = slopeRatios(rows).map(({ name, values }) => ({ name, sizes: values.map(Math.abs) }));
      return judge(pairs[0]!.sizes).each(pairs, (judged, { name, sizes }) =>
        judged.of(`size of slopes' ratio, ${name},`, sizes, "").below(0.1),
      );
    },
    "C3.1"(rows) {
      const pairs = slopeRatios(rows);
      return judge(pairs[0]!.values).each(pairs, (judged, { name, values }) =>
        judged.of(`slopes' ratio, ${name},`, values, "").above(-0.1),
      );
    },
    C4(rows) {
      const normalised = deepestMeanSquares(select(rows, "dense", residualNormalised), (blocks) => blocks + 1);
      return judge(growths(select(rows, "dense", residualRelu)))
        .within(1.9, 2.05)
        .of("variance with normalisation, over N + 1,", normalised, "")
        .within(0.95, 1.1);
    },
    C8: (rows) => judge(squaredGrowths(rows, "dense")).within(1.4, 1.5),
  },

  states: { "three points": (rows) => [rows.distinct("depth").length] },

  sentences: vanishingGradientSentences,

  figures: vanishingGradientFigures,

  departures: ({ units, filters, meanPool }) => [
    `Theory speaks of very wide networks; here dense ones have ${units} units, convolutional ones ${filters} filters.`,
    "Convolutional networks pad with zeros, so that signals and gradients leak out at the border of the image, a few per " +
      "cent a layer; what theory states as a number (C4, C8) is judged on dense networks, with convolutional ones beside.",
    "The first layer is linear and its output normalised, so that every network begins at mean 0 and variance 1.",
    "Variance is the mean square of the activations: over random weights their mean is 0.",
    "All images are taken from the training set, and gradients are those of the mean cross-entropy of one batch.",
    ...poolingDepartures(meanPool),
  ],
});
