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

import { sampleImages } from "../src/data";
import { count, counts, cross, experiment, judge, meanWithEnds, poolingDepartures, seeds } from "../src/experiment";
import { buildUniformNetwork, disposeNetwork } from "../src/networks";
import { tf } from "../src/runtime";
import { quantity } from "../src/statistics";
import { circleAutocovariances, networkFrozenOn } from "./shattered-gradients/autocovariance";
import { shatteredGradientFigures } from "./shattered-gradients/figures";
import {
  columns,
  exponents,
  fittedDepths,
  kinds,
  plain,
  plainNormalised,
  residualNormalised,
  theoryExponent,
} from "./shattered-gradients/rows";

export default experiment("shattered-gradients", {
  title: "Shattered gradients at initialisation",
  question:
    "How fast does the gradient of one input cease to say anything of the gradient of another, as networks deepen?",
  source:
    "Balduzzi et al. 2017, The shattered gradients problem: if resnets are the answer, then what is the question?",
  parameters: {
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
  },
  columns,

  firstLook: { median: "gradient_correlation", by: ["network", "depth"], where: { lag: 0.0625 } },
  cells({ seeds, depths, greatDepths, points }) {
    if (points % 4 !== 0) {
      throw new RangeError(`need a multiple of four points for a quarter of the circle, got ${points}`);
    }
    for (const found of [depths, greatDepths]) {
      if (new Set(found).size < 2) throw new RangeError(`need at least two depths to see a trend over, got ${found}`);
    }
    return cross({ seed: seeds, network: kinds.map(({ name }) => name) });
  },

  async measure(run, { seed, network: name }, { points, functions, units, ...params }) {
    const { residual, normalised } = kinds.find((kind) => kind.name === name)!;
    const [depths, networks] =
      name === residualNormalised.name ? [params.greatDepths, params.deepNetworks] : [params.depths, params.networks];
    const { training } = await run.data();
    const { values, shape } = sampleImages(training, { count: params.images, pooled: params.meanPool, seed });
    const [, ...inputShape] = shape;
    const architecture = buildUniformNetwork({
      ...{ depth: Math.max(...depths), width: units, inputShape, classes: 10 },
      ...{ layer: "dense", activation: "relu", gain: 2, residual, normalised },
    });
    const sums = depths.map(() => new Float64Array(points / 2 + 1));
    const x = tf.tensor4d(values, [...shape]);
    try {
      for (let sample = 0; sample < networks; sample++) {
        await run.progress(`${name}: networks`, sample, networks);
        const stream = run.random("shattered network", sample);
        const network = networkFrozenOn(architecture, stream.integer(2 ** 31 - 1), x);
        circleAutocovariances(network, x, stream, { depths, points, functions }).forEach((found, i) => {
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
      [...sums[i]!].map((covariance, lag) => ({
        ...{ depth, lag: lag / points, networks },
        gradient_correlation: covariance / sums[i]![0]!, // both averaged over networks before this division
      })),
    );
  },

  claims: {
    C9(rows) {
      const residual = exponents(rows, residualNormalised);
      return judge(exponents(rows, plain))
        .contains(-1)
        .of("exponent of L, residual networks,", residual, "")
        .contains(-1 / 2);
    },
    "C9.1"(rows, { greatDepths }) {
      const expected = theoryExponent(residualNormalised, greatDepths);
      const overTheory = exponents(rows, residualNormalised).map((exponent) => exponent / expected);
      return judge(exponents(rows, plainNormalised))
        .within(-1.1, -0.9)
        .of("exponent of L over theory's, residual networks,", overTheory, "")
        .within(0.9, 1.1);
    },
  },

  states: {
    "three points": (rows, _, claim) =>
      [claim === "C9" ? plain : plainNormalised, residualNormalised].flatMap((kind) => fittedDepths(rows, kind)),
  },

  sentences: {
    C9: (rows) =>
      `The correlation of two inputs' gradients falls as 2^(aL) in plain networks of L blocks, a = ` +
      `${meanWithEnds(exponents(rows, plain), "", "seed")}, where the source has -1, and as L^b in residual ones with batch ` +
      `normalisation, b = ${meanWithEnds(exponents(rows, residualNormalised), "", "seed")}, where it has -0.5.`,
    "C9.1": (rows, { greatDepths }) =>
      `With batch normalisation the correlation of two inputs' gradients falls as 2^(aL) in plain networks of L blocks, a = ` +
      `${meanWithEnds(exponents(rows, plainNormalised), "", "seed")}, where theory has -1, and as L^b in residual ones, b = ` +
      `${meanWithEnds(exponents(rows, residualNormalised), "", "seed")}, where it has ` +
      `${quantity(theoryExponent(residualNormalised, greatDepths))}.`,
  },

  figures: shatteredGradientFigures,

  departures: ({ units, meanPool }) => [
    "The source follows the gradient along a stretch of one-dimensional inputs; here the inputs lie on a circle " +
      "through two images, as the first layer shows them.",
    `The source's theory is for very wide networks; these have ${units} units a layer, and no convolutions.`,
    "Normalisation is by the statistics of one batch of images, held fixed: under batch statistics the gradients " +
      "of a batch sum to zero in every normalised layer, whatever the network does.",
    ...poolingDepartures(meanPool),
  ],
});
