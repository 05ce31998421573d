/**
 * What the audit measures on untrained networks, seed by seed.
 */
import {
  type Architecture,
  buildByName,
  buildUniformNetwork,
  fullRoute,
  type Layer,
  layersAlone,
  type Network,
  normalImages,
  runBlock,
  runStem,
  signalNorms,
  type UniformKind,
  uniformKinds,
  withFreshNetwork,
} from "../../src/networks";
import { dropoutMask, softmaxCrossEntropy } from "../../src/ops";
import { type RandomStream, randomStream } from "../../src/random";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { mean } from "../../src/statistics";
import type { Check } from "./check";

const small = { inputShape: [16, 16, 3], classes: 10 } as const;
/** Blocks or layers of the uniform networks: as many as ResNet-110 has blocks. */
const depth = 54;
/** Width and batch of the uniform networks. */
const units = 128;

export const measuredChecks: readonly Check[] = [
  {
    claim: "H1",
    quantity: "squared gradient's growth, uniform plain nets",
    unit: "times a layer",
    lecture: ["below", 1],
    found: (seed) => gradientGrowth(uniform(uniformKinds.normalisedRelu), units, seed),
  },
  {
    claim: "H1",
    quantity: "squared gradient's growth, the plain net of 56 layers",
    unit: "times a layer",
    lecture: ["below", 1],
    found: (seed) => gradientGrowth(buildByName("plain56", small), 16, seed),
  },
  {
    claim: "H2",
    quantity: "squared gradient's growth, residual nets without normalisation",
    unit: "times a block",
    lecture: ["above", 1.5],
    found: (seed) => gradientGrowth(uniform(uniformKinds.residualRelu), units, seed),
  },
  {
    claim: "H2",
    quantity: "squared gradient's growth, residual nets with normalisation",
    unit: "times a block",
    lecture: ["above", 1.5],
    found: (seed) => gradientGrowth(uniform(uniformKinds.residualNormalised), units, seed),
  },
  ...[64, 1].map(
    (size): Check => ({
      claim: "H3",
      quantity: `size of a product of 50 Jacobians, ${size} x ${size}, entries between -1 and 1`,
      unit: "decades",
      lecture: ["below", -1],
      found: (seed) => productSize(size, 50, randomStream(seed, "Jacobians", size)),
    }),
  ),
  {
    claim: "H4",
    quantity: "terms of the sum over 9 blocks",
    unit: "terms",
    lecture: ["exactly", 10],
    found: (seed) => sumOfTerms("preactivation-resnet20", seed).terms,
  },
  ...[
    ["pre-activation", "preactivation-resnet20"],
    ["original", "resnet20"],
  ].map(
    ([kind, name]): Check => ({
      claim: "H4",
      quantity: `relative difference of sum and output, ${kind} blocks`,
      unit: "",
      lecture: ["at most", 1e-5],
      found: (seed) => sumOfTerms(name!, seed).relativeDifference,
    }),
  ),
  {
    claim: "H15",
    quantity: "size of the excess kurtosis of normalised activations",
    unit: "",
    lecture: ["at most", 0.1],
    found: (seed) => Math.abs(mean(normalisedStatistics(seed).map(({ kurtosis }) => kurtosis))),
  },
  {
    claim: "H15",
    quantity: "largest mean of a channel",
    unit: "",
    lecture: ["at most", 0.01],
    found: (seed) => Math.max(...normalisedStatistics(seed).map(({ mean: own }) => Math.abs(own))),
  },
  {
    claim: "H15",
    quantity: "largest difference of a channel's variance from 1",
    unit: "",
    lecture: ["at most", 0.02],
    found: (seed) => Math.max(...normalisedStatistics(seed).map(({ variance }) => Math.abs(variance - 1))),
  },
  {
    claim: "H16",
    quantity: "difference of the share dropped from p",
    unit: "",
    lecture: ["at most", 0.01],
    found: (seed) => Math.abs(1 - mean(bernoulli(seed)) - probability),
  },
  {
    claim: "H16",
    quantity: "relative difference of the mean input from that with scaled weights",
    unit: "",
    lecture: ["at most", 0.01],
    found: (seed) => {
      const inputs = activations(seed);
      const thinned = mean(bernoulli(seed).map((kept, i) => kept * inputs[i]!));
      return Math.abs(thinned / (probability * mean(inputs)) - 1);
    },
  },
  {
    claim: "H16",
    quantity: "difference from p of the share that Dropout(0.25) keeps",
    unit: "",
    lecture: ["at most", 0.01],
    found: (seed) => {
      const mask = tf.tidy(() => dropoutMask([sampledUnits], probability, [seed, 0]).dataSync());
      return Math.abs(mask.filter((factor) => factor > 0).length / sampledUnits - probability);
    },
  },
  {
    claim: "H23",
    quantity: "departure of a branch from a linear map with an offset",
    unit: "",
    lecture: ["at most", 1e-5],
    found: departureFromLinearity,
  },
];

function uniform({ options }: UniformKind): Architecture {
  return buildUniformNetwork({
    ...options,
    depth,
    width: units,
    inputShape: [8, 8, 1],
    classes: 10,
    layer: "dense",
  });
}

/**
 * Squared norm of the cross-entropy's gradient before the first block over that after the last, as a factor a block, at
 * initialisation and with normal deviates for images.
 */
function gradientGrowth(architecture: Architecture, images: number, seed: number): number {
  const stream = randomStream(seed, "pictures", architecture.name);
  return withFreshNetwork(architecture, seed, (network) => {
    const labels = Int32Array.from({ length: images }, () => stream.integer(architecture.classes));
    const targets = tf.oneHot(tf.tensor1d(labels, "int32"), architecture.classes).toFloat() as Tensor2D;
    const lossGradient = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
    const x = normalImages([images, ...architecture.inputShape], stream);
    const { gradients } = signalNorms(network, x, lossGradient, fullRoute(architecture));
    return 10 ** ((2 * (gradients[0]! - gradients.at(-1)!)) / architecture.blocks.length);
  });
}

/** log10 of the norm of a normal vector after random matrices, uniform entries of variance 2/size, over its norm before. */
function productSize(size: number, factors: number, stream: RandomStream): number {
  const largest = Math.min(1, Math.sqrt(6 / size)); // the variance of uniform deviates is a third of its square
  let vector = Float64Array.from({ length: size }, () => stream.normal());
  const before = norm(vector);
  for (let factor = 0; factor < factors; factor++) {
    const given = vector;
    vector = given.map(() => given.reduce((sum, value) => sum + largest * (2 * stream.uniform() - 1) * value, 0));
  }
  return Math.log10(norm(vector) / before);
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value ** 2, 0));
}

/**
 * The branches F_t(x_t) of a residual network, counted, and how far x_0 and their sum are from the output. Shortcuts that
 * change the shape are applied to each term. What follows the addition in the network is no part of the sum.
 */
function sumOfTerms(name: string, seed: number): { terms: number; relativeDifference: number } {
  const architecture = buildByName(name, small);
  const blocks = architecture.blocks.map((block) => ({ ...block, join: [] }));
  return withFreshNetwork(architecture, seed, (network) => {
    const open: Network = { architecture: { ...architecture, blocks }, weights: network.weights };
    const images = normalImages([8, ...architecture.inputShape], randomStream(seed, "pictures"));
    let activations = runStem(network, images, "batch statistics");
    let sum = activations;
    let terms = 0;
    for (const block of blocks.keys()) {
      const branch = runBlock(open, { block, branch: "residual" }, activations, "batch statistics");
      sum = tf.add<Tensor4D>(runBlock(open, { block, branch: "skip" }, sum, "batch statistics"), branch);
      activations = runBlock(network, { block, branch: "both" }, activations, "batch statistics");
      terms += 1;
    }
    const largest = (tensor: Tensor4D) => tf.max(tf.abs(tensor)).dataSync()[0]!;
    return { terms, relativeDifference: largest(tf.sub(sum, activations)) / largest(activations) };
  });
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
  /** Fourth moment over the square of the second, less a Gaussian's 3. */
  readonly kurtosis: number;
}

/** Moments of each of 8 channels of tanh of normal deviates of standard deviation 3, after batch normalisation. */
function normalisedStatistics(seed: number): Moments[] {
  const channels = 8;
  const layers: Layer[] = [
    { kind: "tanh" },
    { kind: "batch normalisation", name: "normalisation", epsilon: 1e-5, momentum: 0.1 },
  ];
  const architecture = layersAlone(layers, [8, 8, channels]);
  return withFreshNetwork(architecture, seed, (network) => {
    const drawn = normalImages([64, ...architecture.inputShape], randomStream(seed, "activations"));
    const values = runStem(network, tf.mul<Tensor4D>(drawn, 3), "batch statistics").dataSync<"float32">();
    return Array.from({ length: channels }, (_, channel): Moments => {
      const own = Array.from(values.filter((__, i) => i % channels === channel));
      const centre = mean(own);
      const variance = mean(own.map((value) => (value - centre) ** 2));
      return { mean: centre, variance, kurtosis: mean(own.map((value) => (value - centre) ** 4)) / variance ** 2 - 3 };
    });
  });
}

/** p of the listings' dropout, and how many units are drawn: shares to a standard error of 0.001. */
const [probability, sampledUnits] = [0.25, 200_000];

/** r of each unit: 1 with probability p, else 0. */
function bernoulli(seed: number): number[] {
  const stream = randomStream(seed, "r");
  return Array.from({ length: sampledUnits }, () => Number(stream.uniform() < probability));
}

/** Activations that are kept or dropped, all of them positive. */
function activations(seed: number): number[] {
  const stream = randomStream(seed, "activations");
  return Array.from({ length: sampledUnits }, () => stream.uniform());
}

/** Largest size of F(u + v) - F(u) - F(v) + F(0) over that of F(u + v), F the branch of an original block at inference. */
function departureFromLinearity(seed: number): number {
  const architecture = buildByName("resnet20", small);
  const blocks = architecture.blocks.map((block) => ({ ...block, join: [] }));
  return withFreshNetwork({ ...architecture, blocks }, seed, (network) => {
    const stream = randomStream(seed, "activations of a block");
    const [u, v] = [0, 1].map(() => normalImages([4, 16, 16, 16], stream)) as [Tensor4D, Tensor4D];
    const branch = (x: Tensor4D) => runBlock(network, { block: 1, branch: "residual" }, x, "inference");
    const whole = branch(tf.add(u, v));
    const difference = tf.sub(tf.add(whole, branch(tf.zerosLike(u))), tf.add(branch(u), branch(v)));
    const largest = (tensor: typeof difference) => tf.max(tf.abs(tensor)).dataSync()[0]!;
    return largest(difference) / largest(whole);
  });
}
