/**
 * Whether real layers keep to the arithmetic that is taught of them: sizes, weights, operations, receptive fields.
 *
 * Convolutions and poolings of drawn sizes are run, and the side of their output set against (I - F + P)/S + 1. One 3x3
 * convolution of 256 channels and the bottleneck that stands in its place are counted and timed by turns. 1x1
 * convolutions are set against a perceptron at each pixel. And the pixels that stacks of small kernels depend on are
 * found by their gradient. Nothing is trained.
 *
 * Sources: Dumoulin & Visin 2016, arXiv:1603.07285 (A1); Szegedy et al. 2014, arXiv:1409.4842, and He et al. 2015,
 * arXiv:1512.03385 (A4); Lin, Chen & Yan 2013, arXiv:1312.4400 (A5); Simonyan & Zisserman 2014, arXiv:1409.1556, and
 * Szegedy et al. 2015, arXiv:1512.00567 (A6).
 */
import { setImmediate } from "node:timers/promises";
import {
  atMost,
  bottleneckSavesWeights,
  exactly,
  judge,
  outputSizeFollowsFormula,
  pointwiseIsPerceptronAtEachPixel,
  smallKernelsSeeAsFar,
} from "../src/claims";
import { count, experiment, type ParameterValues, type Row, type Setting, seeds } from "../src/experiment";
import {
  convolution,
  createNetwork,
  differenceFromPerceptron,
  disposeNetwork,
  type Layer,
  layerMultiplyAccumulates,
  layersAlone,
  layerWeights,
  type Network,
  normalImages,
  parameter,
  placedLayers,
  receptiveField,
  relu,
  replaceParameter,
  runStem,
  withFreshNetwork,
} from "../src/networks";
import { type RandomStream, randomStream } from "../src/random";
import { type Tensor4D, tf } from "../src/runtime";
import { bootstrapInterval, perSeed, quantity, sum } from "../src/statistics";
import {
  border,
  isExact,
  layerArithmeticFigures,
  measured,
  perChannels,
  speedUps,
  stackOf,
  weightsOf,
} from "./figures/layer-arithmetic";
import {
  narrow,
  type Stack,
  sampleLayer,
  stackChannels,
  stackNamed,
  stackSide,
  stacks,
  wide,
  wideAndBottleneck,
} from "./layer-arithmetic/layers";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 5 }),
  layers: count("drawn layers whose output size is measured", { smoke: 100, quick: 1000, paper: 10_000 }),
  side: count("height and width before the bottleneck", { smoke: 7, quick: 14, paper: 14 }, { unit: "pixels" }),
  batchSize: count("mini-batch that is timed", { smoke: 4, quick: 16, paper: 32 }, { unit: "images" }),
  timedPasses: count("timed forward passes of each", { smoke: 5, quick: 40, paper: 100 }),
  tensors: count("drawn tensors for 1x1 convolutions", { smoke: 10, quick: 50, paper: 200 }),
};

/** Passes of each that are run before any is timed. */
const warmUpPasses = 3;
type Parameters = ParameterValues<typeof parameters>;

export interface Measured extends Row {
  readonly measurement: "output size" | "weights" | "time" | "perceptron at each pixel" | "receptive field";
  /** What is measured: "convolution", "bottleneck/reduce", "two 3x3". */
  readonly layers: string;
  readonly input_pixels: number | null;
  readonly window_pixels: number | null;
  readonly padding_pixels: number | null;
  readonly stride: number | null;
  readonly formula_pixels: number | null;
  readonly output_pixels: number | null;
  readonly weights: number | null;
  readonly multiply_accumulates: number | null;
  readonly pass: number | null;
  readonly pass_seconds: number | null;
  readonly relative_difference: number | null;
  readonly field_height_pixels: number | null;
  readonly field_width_pixels: number | null;
  readonly field_pixels: number | null;
}

export type Result = Setting & Measured;

export default experiment({
  name: "layer-arithmetic",
  title: "The arithmetic of layers",
  question:
    "Do real layers have the sizes, weights, operations and receptive fields that are taught of them, and what is a " +
    "bottleneck's saving worth in time?",
  source:
    "Dumoulin & Visin 2016, A guide to convolution arithmetic; Lin, Chen & Yan 2013, Network in network, sec. 3.1; " +
    "Simonyan & Zisserman 2014, sec. 2.3; Szegedy et al. 2015, Rethinking the inception architecture, sec. 3; He et " +
    "al. 2015, Deep residual learning, sec. 4.1",
  claims: [outputSizeFollowsFormula, bottleneckSavesWeights, pointwiseIsPerceptronAtEachPixel, smallKernelsSeeAsFar],
  datasets: [],
  parameters,
  columns: {
    seed: "seed of drawn sizes, weights and images",
    measurement: "output size, weights, time, perceptron at each pixel, or receptive field",
    layers: "the layer or layers that are measured",
    input_pixels: "height and width of the input, I (pixels)",
    window_pixels: "height and width of the window, F (pixels)",
    padding_pixels: "padding of both sides together, P (pixels)",
    stride: "stride, S (pixels)",
    formula_pixels: "(I - F + P)/S + 1, not rounded (pixels)",
    output_pixels: "height and width of the output as it came (pixels)",
    weights: "weights, counted in the tensors",
    multiply_accumulates: "multiply-accumulates of one image",
    pass: "number of the timed forward pass",
    pass_seconds: "time of the forward pass of a mini-batch (s)",
    relative_difference: "largest difference from the perceptron at each pixel, over its largest output",
    field_height_pixels: "height of the receptive field (pixels)",
    field_width_pixels: "width of the receptive field (pixels)",
    field_pixels: "pixels in it that have a gradient",
  },

  cells: ({ seeds: seedNumbers }: Parameters): Setting[] => seedNumbers.map((seed) => ({ seed })),

  work: (_, { side, batchSize, timedPasses, layers, tensors }) =>
    timedPasses * batchSize * side ** 2 * (9 * wide ** 2 + 2 * wide * narrow + 9 * narrow ** 2) +
    (layers + tensors) * 1e7, // starting a kernel costs more than it computes

  async measure({ seed }, params, run) {
    const rows: Measured[] = [];
    const parts = [
      { phase: "output sizes", measure: () => outputSizes(params.layers, randomStream(seed, "layers")) },
      { phase: "bottleneck", measure: () => bottleneckRows(params, seed) },
      { phase: "1x1 convolutions", measure: () => perceptronRows(params.tensors, randomStream(seed, "tensors")) },
      { phase: "receptive fields", measure: () => stacks.map((stack) => fieldRow(stack, seed)) },
    ];
    for (const [done, { phase, measure }] of parts.entries()) {
      run.progress({ phase, done, total: parts.length });
      await setImmediate(); // lets messages and signals in: the kernels block this thread
      run.signal.throwIfAborted();
      rows.push(...measure());
    }
    return rows;
  },

  verdicts(rows) {
    const sizes = measured(rows, "output size");
    const others = sizes.filter(({ output_pixels, formula_pixels }) => output_pixels !== Math.floor(formula_pixels!));
    const right = bootstrapInterval(perSeed(sizes, (row) => (others.includes(row) ? 0 : 100)));
    const a1 = judge(outputSizeFollowsFormula, right, [
      exactly("layers, the division exact, whose side is not the formula's,", others.filter(isExact).length, 0, ""),
      exactly("layers, the division not exact, whose side is not its floor,", others.length, 0, ""),
    ]);

    const [plain, bottleneck] = [weightsOf(rows, "3x3"), weightsOf(rows, "bottleneck")];
    const speedUp = bootstrapInterval(speedUps(rows));
    const ratio = quantity(sum(plain) / sum(bottleneck));
    const a4 = judge(bottleneckSavesWeights, speedUp, [
      exactly("weights of the 3x3 convolution", sum(plain), 589_824, ""),
      ...["1x1 to 64", "3x3", "1x1 to 256"].map((layer, i) =>
        exactly(`weights of the bottleneck's ${layer}`, bottleneck[i]!, [16_384, 36_864, 16_384][i]!, ""),
      ),
      exactly(
        `weights of the bottleneck (${ratio} times fewer; measured ${quantity(speedUp.estimate)} times faster)`,
        sum(bottleneck),
        69_632,
        "",
      ),
    ]);

    const largest = (values: readonly number[]) => Math.max(...values);
    const compared = measured(rows, "perceptron at each pixel");
    const differences = perSeed(compared, ({ relative_difference }) => relative_difference, largest);
    const a5 = judge(pointwiseIsPerceptronAtEachPixel, bootstrapInterval(differences), [
      atMost("largest relative difference", largest(differences), border, ""),
    ]);

    const fields = measured(rows, "receptive field");
    const unequal = fields.filter((row) => {
      const single = fields.find(({ seed, layers }) => seed === row.seed && layers === stackOf(row).kernel)!;
      return (
        row.field_height_pixels !== single.field_height_pixels ||
        row.field_width_pixels !== single.field_width_pixels ||
        row.field_pixels !== single.field_pixels
      );
    });
    const miscounted = fields.filter((row) => perChannels(row) !== stackOf(row).stated);
    const saved = perSeed(
      fields.filter(({ layers }) => layers === "two 3x3"),
      (row) => 100 * (1 - perChannels(row) / stackNamed("5x5").stated),
    );
    const a6 = judge(smallKernelsSeeAsFar, bootstrapInterval(saved), [
      exactly("stacks whose field is not that of the one kernel", unequal.length, 0, ""),
      exactly("stacks and kernels with other weights than stated", miscounted.length, 0, ""),
    ]);
    return [a1, a4, a5, a6];
  },

  figures: layerArithmeticFigures,

  departures: ({ side, batchSize }) => [
    "P is the padding of both sides together. Frameworks ask for the padding of one side: then it is 2P in the " +
      "formula. With `same` TensorFlow chooses P, and an odd pixel of it goes below and to the right.",
    `The bottleneck is timed on ${side} x ${side} pixels, ${batchSize} images at a time, forward only and without ` +
      "normalisation or ReLU between its convolutions. Other work may go on beside it on the same machine; both take " +
      "turns.",
    "Equal fields and fewer weights do not make equal functions: a stack has fewer degrees of freedom, and more " +
      "non-linearities where ReLUs stand between.",
  ],
});

/** Layers of drawn kind, window, stride and padding, run on an image of drawn size. */
function outputSizes(layers: number, stream: RandomStream): Measured[] {
  return Array.from({ length: layers }, () => {
    const { layer, input, window, stride, padding } = sampleLayer(stream);
    return {
      ...empty,
      measurement: "output size",
      layers: layer.kind,
      input_pixels: input,
      window_pixels: window,
      padding_pixels: padding,
      stride,
      formula_pixels: (input - window + padding) / stride + 1,
      output_pixels: outputSideOf(layer, input),
    };
  });
}

/** Side of the output that a layer, run, makes of a square image. */
function outputSideOf(layer: Layer, input: number): number {
  return withFreshNetwork(layersAlone([layer], [input, input, 1]), 1, (network) => {
    const [, height, width] = runStem(network, tf.ones([1, input, input, 1]), "inference").shape;
    return height === width ? height : Number.NaN;
  });
}

/** Weights of the convolution and of the bottleneck, layer by layer, and the time of both by turns. */
function bottleneckRows({ side, batchSize, timedPasses }: Parameters, seed: number): Measured[] {
  const shape = [side, side, wide] as const;
  const kinds = wideAndBottleneck.map(({ name, layers }) => ({
    name,
    network: createNetwork(layersAlone(layers, shape), seed),
  }));
  const x = normalImages([batchSize, ...shape], randomStream(seed, "pictures"));
  try {
    const rows = kinds.flatMap(({ network }) => weightRows(network));
    for (let round = 0; round < warmUpPasses + timedPasses; round++) {
      for (const turn of kinds.keys()) {
        const { name, network } = kinds[(round + turn) % kinds.length]!; // none is always first
        const pass_seconds = passSeconds(network, x);
        if (round < warmUpPasses) continue;
        rows.push({ ...empty, measurement: "time", layers: name, pass: round - warmUpPasses + 1, pass_seconds });
      }
    }
    return rows;
  } finally {
    x.dispose();
    for (const { network } of kinds) disposeNetwork(network);
  }
}

function weightRows(network: Network): Measured[] {
  return placedLayers(network.architecture).flatMap((placed): Measured[] => {
    if (placed.layer.kind !== "convolution") return [];
    return [
      {
        ...empty,
        measurement: "weights",
        layers: placed.layer.name,
        weights: parameter(network, `${placed.layer.name}/kernel`).size,
        multiply_accumulates: layerMultiplyAccumulates(placed),
      },
    ];
  });
}

function passSeconds(network: Network, x: Tensor4D): number {
  return tf.tidy(() => {
    const start = performance.now();
    const y = runStem(network, x, "inference");
    tf.slice4d(y, [0, 0, 0, 0], [1, 1, 1, 1]).dataSync(); // waits for a device that works beside this thread
    return (performance.now() - start) / 1000;
  });
}

/** 1x1 convolutions of drawn sizes against the perceptron. */
function perceptronRows(tensors: number, stream: RandomStream): Measured[] {
  return Array.from({ length: tensors }, () => {
    const [height, width] = [1 + stream.integer(12), 1 + stream.integer(12)];
    const [channels, filters] = [1 + stream.integer(96), 1 + stream.integer(96)];
    const layers = [convolution("pointwise", { filters, size: 1, bias: true }), relu];
    const architecture = layersAlone(layers, [height, width, channels]);
    const relative_difference = withFreshNetwork(architecture, stream.integer(2 ** 31), (network) => {
      const x = normalImages([1, height, width, channels], stream);
      const bias = Float32Array.from({ length: filters }, () => stream.normal());
      replaceParameter(network, "pointwise/bias", tf.tensor1d(bias));
      const y = runStem(network, x, "inference");
      const kernel = parameter(network, "pointwise/kernel").dataSync<"float32">();
      return differenceFromPerceptron(y.dataSync<"float32">(), { values: x.dataSync<"float32">(), kernel, bias });
    });
    return {
      ...empty,
      measurement: "perceptron at each pixel",
      layers: `${channels} to ${filters} channels`,
      weights: channels * filters,
      relative_difference,
    };
  });
}

function fieldRow({ name, sizes }: Stack, seed: number): Measured {
  const layers = sizes.map((size, i) => convolution(`convolution${i + 1}`, { filters: stackChannels, size }));
  const field = receptiveField(layers, { side: stackSide, channels: stackChannels, seed });
  return {
    ...empty,
    measurement: "receptive field",
    layers: name,
    weights: layerWeights(layers, [stackSide, stackSide, stackChannels]),
    field_height_pixels: field.height,
    field_width_pixels: field.width,
    field_pixels: field.pixels,
  };
}

const empty = {
  input_pixels: null,
  window_pixels: null,
  padding_pixels: null,
  stride: null,
  formula_pixels: null,
  output_pixels: null,
  weights: null,
  multiply_accumulates: null,
  pass: null,
  pass_seconds: null,
  relative_difference: null,
  field_height_pixels: null,
  field_width_pixels: null,
  field_pixels: null,
};
