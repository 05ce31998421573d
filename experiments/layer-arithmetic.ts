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
import { count, experiment, type ParameterValues, type Row, type Setting, seeds } from "../src/harness";
import {
  type Architecture,
  averagePool,
  convolution,
  createNetwork,
  disposeNetwork,
  type Layer,
  layerMultiplyAccumulates,
  maxPool,
  type Network,
  parameter,
  parameterSpecifications,
  placedLayers,
  receptiveField,
  relu,
  runStem,
} from "../src/models";
import { type RandomStream, randomStream } from "../src/random";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { type Tensor4D, tf } from "../src/runtime";
import { bootstrapInterval, bySeed, intervalNumbers, mean, median, perSeed, quantity } from "../src/statistics";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 5 }),
  layers: count("drawn layers whose output size is measured", { smoke: 100, quick: 1000, paper: 10_000 }),
  side: count("height and width before the bottleneck", { smoke: 7, quick: 14, paper: 14 }, { unit: "pixels" }),
  batchSize: count("mini-batch that is timed", { smoke: 4, quick: 16, paper: 32 }, { unit: "pictures" }),
  timedPasses: count("timed forward passes of each", { smoke: 5, quick: 40, paper: 100 }),
  tensors: count("drawn tensors for 1x1 convolutions", { smoke: 10, quick: 50, paper: 200 }),
};

/** Channels of the convolution that the bottleneck replaces, and inside it. */
const [wide, narrow] = [256, 64];
/** Passes of each that are run before any is timed. */
const warmUpPasses = 3;
/** Largest relative difference by the rule of A5. */
const border = 1e-5;
/** Channels of the stacks of A6, and side of their pictures. */
const [stackChannels, stackSide] = [4, 15];

/** Kernels of a stack, the first first, and the weights that are stated of it, over channels squared. */
interface Stack {
  readonly name: string;
  /** The one kernel in whose place it stands; its own name for that kernel itself. */
  readonly kernel: string;
  readonly sizes: readonly (readonly [height: number, width: number])[];
  readonly stated: number;
}

const three = [3, 3] as const;
const stacks: readonly Stack[] = [
  { name: "5x5", kernel: "5x5", sizes: [[5, 5]], stated: 25 },
  { name: "two 3x3", kernel: "5x5", sizes: [three, three], stated: 18 },
  { name: "7x7", kernel: "7x7", sizes: [[7, 7]], stated: 49 },
  { name: "three 3x3", kernel: "7x7", sizes: [three, three, three], stated: 27 },
  {
    name: "1x7, then 7x1",
    kernel: "7x7",
    sizes: [
      [1, 7],
      [7, 1],
    ],
    stated: 14,
  },
  { name: "3x3", kernel: "3x3", sizes: [three], stated: 9 },
  {
    name: "1x3, then 3x1",
    kernel: "3x3",
    sizes: [
      [1, 3],
      [3, 1],
    ],
    stated: 6,
  },
  {
    name: "two 2x2",
    kernel: "3x3",
    sizes: [
      [2, 2],
      [2, 2],
    ],
    stated: 8,
  },
];

type Parameters = ParameterValues<typeof parameters>;

interface Measured extends Row {
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

type Result = Setting & Measured;

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
    seed: "seed of drawn sizes, weights and pictures",
    measurement: "output size, weights, time, perceptron at each pixel, or receptive field",
    layers: "the layer or layers that are measured",
    input_pixels: "height and width of the input, I (pixels)",
    window_pixels: "height and width of the window, F (pixels)",
    padding_pixels: "padding of both sides together, P (pixels)",
    stride: "stride, S (pixels)",
    formula_pixels: "(I - F + P)/S + 1, not rounded (pixels)",
    output_pixels: "height and width of the output as it came (pixels)",
    weights: "weights, counted in the tensors",
    multiply_accumulates: "multiply-accumulates of one picture",
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

  async measure({ seed }, chosen, run) {
    const rows: Measured[] = [];
    const parts = [
      { phase: "output sizes", measure: () => outputSizes(chosen.layers, randomStream(seed, "layers")) },
      { phase: "bottleneck", measure: () => bottleneckRows(chosen, seed) },
      { phase: "1x1 convolutions", measure: () => perceptronRows(chosen.tensors, randomStream(seed, "tensors")) },
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
    const sizes = of(rows, "output size");
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

    const differences = perSeed(
      of(rows, "perceptron at each pixel"),
      ({ relative_difference }) => relative_difference,
      largest,
    );
    const a5 = judge(pointwiseIsPerceptronAtEachPixel, bootstrapInterval(differences), [
      atMost("largest relative difference", largest(differences), border, ""),
    ]);

    const fields = of(rows, "receptive field");
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
      (row) => 100 * (1 - perChannels(row) / stated("5x5")),
    );
    const a6 = judge(smallKernelsSeeAsFar, bootstrapInterval(saved), [
      exactly("stacks whose field is not that of the one kernel", unequal.length, 0, ""),
      exactly("stacks and kernels with other weights than stated", miscounted.length, 0, ""),
    ]);
    return [a1, a4, a5, a6];
  },

  figures: (rows) => [sideByFormula(rows), timeByLayers(rows), differenceBySize(rows), weightsByField(rows)],

  departures: ({ side, batchSize }) => [
    "P is the padding of both sides together. Frameworks ask for the padding of one side: then it is 2P in the " +
      "formula. With `same` TensorFlow chooses P, and an odd pixel of it goes below and to the right.",
    `The bottleneck is timed on ${side} x ${side} pixels, ${batchSize} pictures at a time, forward only and without ` +
      "normalisation or ReLU between its convolutions. Other work may go on beside it on the same machine; both take " +
      "turns.",
    "Equal fields and fewer weights do not make equal functions: a stack has fewer degrees of freedom, and more " +
      "non-linearities where ReLUs stand between.",
  ],
});

/** Layers of drawn kind, window, stride and padding, run on a picture of drawn size. */
function outputSizes(layers: number, stream: RandomStream): Measured[] {
  return Array.from({ length: layers }, () => {
    const window = 1 + stream.integer(7);
    const stride = 1 + stream.integer(4);
    const padding = [stream.integer(window), "valid", "same"][stream.integer(3)] as number | "valid" | "same";
    const input = window + stream.integer(24); // fits, whatever the padding
    const layer = [
      convolution("convolution", { filters: 2, size: window, stride, padding }),
      maxPool(window, stride, padding),
      averagePool(window, stride, padding),
    ][stream.integer(3)]!;
    const total = totalPadding(padding, { input, window, stride });
    return {
      ...empty,
      measurement: "output size",
      layers: layer.kind,
      input_pixels: input,
      window_pixels: window,
      padding_pixels: total,
      stride,
      formula_pixels: (input - window + total) / stride + 1,
      output_pixels: outputSideOf(layer, input),
    };
  });
}

/** P: twice the padding of each side; of `same` what makes ceil(I/S) windows fit (TensorFlow's definition). */
function totalPadding(
  padding: number | "valid" | "same",
  { input, window, stride }: Readonly<Record<"input" | "window" | "stride", number>>,
): number {
  if (padding === "valid") return 0;
  if (padding === "same") return Math.max(0, (Math.ceil(input / stride) - 1) * stride + window - input);
  return 2 * padding;
}

/** Side of the output that a layer, run, makes of a square picture. */
function outputSideOf(layer: Layer, input: number): number {
  return withStem([layer], [input, input, 1], 1, (network) =>
    tf.tidy(() => {
      const [, height, width] = runStem(network, tf.ones([1, input, input, 1]), "inference").shape;
      return height === width ? height : Number.NaN;
    }),
  );
}

/** Weights of the convolution and of the bottleneck, layer by layer, and the time of both by turns. */
function bottleneckRows({ side, batchSize, timedPasses }: Parameters, seed: number): Measured[] {
  const shape = [side, side, wide] as const;
  const kinds = [
    { name: "3x3", layers: [convolution("3x3", { filters: wide })] },
    {
      name: "bottleneck",
      layers: [
        convolution("bottleneck/reduce", { filters: narrow, size: 1 }),
        convolution("bottleneck/convolution", { filters: narrow }),
        convolution("bottleneck/expand", { filters: wide, size: 1 }),
      ],
    },
  ].map(({ name, layers }) => ({ name, network: createNetwork(stemOnly(layers, shape), seed) }));
  const stream = randomStream(seed, "pictures");
  const x = tf.tensor4d(
    Float32Array.from({ length: batchSize * side * side * wide }, () => stream.normal()),
    [batchSize, ...shape],
  );
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
    const relative_difference = withStem(layers, [height, width, channels], stream.integer(2 ** 31), (network) =>
      tf.tidy(() => {
        const values = Float32Array.from({ length: height * width * channels }, () => stream.normal());
        const bias = Float32Array.from({ length: filters }, () => stream.normal());
        network.weights.get("pointwise/bias")!.dispose();
        network.weights.set("pointwise/bias", tf.keep(tf.tensor1d(bias)));
        const y = runStem(network, tf.tensor4d(values, [1, height, width, channels]), "inference");
        const kernel = parameter(network, "pointwise/kernel").dataSync<"float32">();
        return differenceFromPerceptron(y.dataSync<"float32">(), { values, kernel, bias });
      }),
    );
    return {
      ...empty,
      measurement: "perceptron at each pixel",
      layers: `${channels} to ${filters} channels`,
      weights: channels * filters,
      relative_difference,
    };
  });
}

/**
 * Largest difference of a layer's output from max(0, Wx + b), computed for each pixel by itself in double precision,
 * over the largest such value.
 *
 * @param output `[pixels x filters]` in rows
 * @param perceptron the pixels' `values`, `[pixels x channels]`, its weights `kernel`, `[channels x filters]`, and bias
 */
function differenceFromPerceptron(
  output: Float32Array,
  { values, kernel, bias }: Readonly<Record<"values" | "kernel" | "bias", Float32Array>>,
): number {
  const filters = bias.length;
  const channels = kernel.length / filters;
  let [difference, greatest] = [0, 0];
  output.forEach((found, place) => {
    const filter = place % filters;
    const pixel = Math.floor(place / filters);
    let sum = bias[filter]!;
    for (let c = 0; c < channels; c++) sum += values[pixel * channels + c]! * kernel[c * filters + filter]!;
    const activation = Math.max(0, sum);
    difference = Math.max(difference, Math.abs(found - activation));
    greatest = Math.max(greatest, activation);
  });
  return greatest === 0 ? difference : difference / greatest; // all may be below zero
}

function fieldRow({ name, sizes }: Stack, seed: number): Measured {
  const layers = sizes.map((size, i) => convolution(`convolution${i + 1}`, { filters: stackChannels, size }));
  const shape = [stackSide, stackSide, stackChannels] as const;
  const field = receptiveField(layers, { side: stackSide, channels: stackChannels, seed });
  const weights = parameterSpecifications(stemOnly(layers, shape)).reduce(
    (total, { shape: kernel }) => total + kernel.reduce((product, side) => product * side, 1),
    0,
  );
  return {
    ...empty,
    measurement: "receptive field",
    layers: name,
    weights,
    field_height_pixels: field.height,
    field_width_pixels: field.width,
    field_pixels: field.pixels,
  };
}

/** Layers alone, their activations averaged over the picture to make a network's logits: no weights but theirs. */
function stemOnly(layers: readonly Layer[], inputShape: Architecture["inputShape"]): Architecture {
  const filters = layers.reduce((channels, layer) => ("filters" in layer ? layer.filters : channels), inputShape[2]);
  return {
    name: "layers",
    inputShape,
    classes: filters,
    stem: layers,
    blocks: [],
    head: [{ kind: "global average pool" }],
  };
}

function withStem<T>(
  layers: readonly Layer[],
  shape: Architecture["inputShape"],
  seed: number,
  body: (network: Network) => T,
): T {
  const network = createNetwork(stemOnly(layers, shape), seed);
  try {
    return body(network);
  } finally {
    disposeNetwork(network);
  }
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

function of(rows: readonly Result[], measurement: Measured["measurement"]): Result[] {
  return rows.filter((row) => row.measurement === measurement);
}

function isExact({ formula_pixels }: Result): boolean {
  return Number.isInteger(formula_pixels);
}

/** Weights of each layer of the convolution or of the bottleneck, by the first seed. */
function weightsOf(rows: readonly Result[], layers: "3x3" | "bottleneck"): number[] {
  const [first] = bySeed(of(rows, "weights")).values();
  return first!.filter((row) => row.layers.startsWith(layers)).map(({ weights }) => weights!);
}

/** Time of the convolution over the bottleneck's, each the median of its passes, one number a seed. */
function speedUps(rows: readonly Result[]): number[] {
  return [...bySeed(of(rows, "time")).values()].map((own) => {
    const seconds = (layers: string) =>
      median(own.filter((row) => row.layers === layers).map(({ pass_seconds }) => pass_seconds!));
    return seconds("3x3") / seconds("bottleneck");
  });
}

function stackOf({ layers }: Result): Stack {
  return stacks.find(({ name }) => name === layers)!;
}

function stated(name: string): number {
  return stacks.find((stack) => stack.name === name)!.stated;
}

/** Weights over channels squared. */
function perChannels({ weights }: Result): number {
  return weights! / stackChannels ** 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values: readonly number[]): number {
  return Math.max(...values);
}

function sideByFormula(rows: readonly Result[]): Figure {
  const sizes = of(rows, "output size");
  const perSide = sizes.filter(({ input_pixels, window_pixels, padding_pixels, stride, output_pixels }) => {
    const side = Math.floor((input_pixels! - window_pixels! + padding_pixels! / 2) / stride! + 1);
    return side !== output_pixels;
  });
  const drawn = (name: string, some: readonly Result[]): Series => {
    const places = new Map(some.map((row) => [`${row.formula_pixels} ${row.output_pixels}`, row]));
    const ascending = [...places.values()].sort((one, other) => one.formula_pixels! - other.formula_pixels!);
    const points = ascending.map((row) => ({ x: row.formula_pixels!, y: row.output_pixels! }));
    return { name, kind: "points", points };
  };
  return {
    id: "side-by-formula",
    claims: [outputSizeFollowsFormula.id],
    title: "The side of a real layer's output is (I − F + P)/S + 1, rounded down",
    caption:
      `Side of the output of ${quantity(sizes.length)} convolutions and poolings of drawn sizes, all seeds together, ` +
      "by the formula before rounding. P is the total padding, both sides together: read as the padding of one side, " +
      `the formula is wrong for ${quantity((100 * perSide.length) / sizes.length, "%")} of these layers.`,
    xAxis: { label: "(I − F + P)/S + 1 (pixels)" },
    yAxis: { label: "side of the output (pixels)" },
    series: [
      drawn("the division is exact", sizes.filter(isExact)),
      drawn(
        "it is not",
        sizes.filter((row) => !isExact(row)),
      ),
    ],
  };
}

function timeByLayers(rows: readonly Result[]): Figure {
  const [first] = bySeed(of(rows, "weights")).values();
  const operations = (layers: string) =>
    sum(first!.filter((row) => row.layers.startsWith(layers)).map((row) => row.multiply_accumulates!));
  const ratio = (values: readonly [number, number]) => quantity(values[0] / values[1], "times");
  const weights = ratio([sum(weightsOf(rows, "3x3")), sum(weightsOf(rows, "bottleneck"))]);
  const speedUp = intervalNumbers(bootstrapInterval(speedUps(rows)), "times");
  return {
    id: "time-by-layers",
    claims: [bottleneckSavesWeights.id],
    title: "What the bottleneck saves in time",
    caption:
      "Time of a forward pass of one mini-batch: median over a seed's passes, then mean over seeds, with 95 % " +
      `bootstrap intervals. The bottleneck has ${weights} fewer weights and takes ` +
      `${ratio([operations("3x3"), operations("bottleneck")])} fewer multiply-accumulates; it is ${speedUp} faster. ` +
      "1x1 convolutions move as many activations for a ninth of the arithmetic.",
    xAxis: { label: "layers", categories: ["3x3", "bottleneck"] },
    yAxis: { label: "time of a forward pass (s)" },
    series: [
      intervalSeries({
        name: `${wide} channels`,
        kind: "points",
        rows: of(rows, "time"),
        x: ({ layers }) => layers,
        y: ({ pass_seconds }) => pass_seconds!,
        aggregate: median,
      }),
    ],
  };
}

function differenceBySize(rows: readonly Result[]): Figure {
  const compared = of(rows, "perceptron at each pixel");
  const ascending = [...compared].sort((one, other) => one.weights! - other.weights!);
  return {
    id: "difference-by-size",
    claims: [pointwiseIsPerceptronAtEachPixel.id],
    title: "A 1x1 convolution is a perceptron at each pixel",
    caption:
      "Largest difference of a 1x1 convolution with bias and ReLU from max(0, Wx + b) at each pixel in double " +
      "precision, over the largest such value; on average " +
      `${quantity(mean(compared.map((row) => row.relative_difference!)))}. What is left is the rounding of single ` +
      "precision.",
    xAxis: { label: "weights", scale: "log" },
    yAxis: { label: "relative difference", scale: "log" },
    series: [
      {
        name: "1x1 convolutions",
        kind: "points",
        points: ascending
          .filter(({ relative_difference }) => relative_difference! > 0) // an exact sum has no logarithm
          .map(({ weights, relative_difference, layers }) => ({
            x: weights!,
            y: relative_difference!,
            note: layers,
          })),
      },
    ],
    references: [{ y: border, label: "rule of A5" }],
  };
}

function weightsByField(rows: readonly Result[]): Figure {
  const [first] = bySeed(of(rows, "receptive field")).values();
  return {
    id: "weights-by-stack",
    claims: [smallKernelsSeeAsFar.id],
    title: "Small kernels see as far for fewer weights",
    caption:
      "Weights, over channels squared, of single kernels and of the stacks in whose place they can stand. The " +
      "receptive field, in brackets, is the set of pixels on which the middle activation has a gradient.",
    xAxis: { label: "kernels (receptive field)", categories: first!.map(fieldName) },
    yAxis: { label: "weights / channels²", range: [0, 52] },
    series: [
      { name: "one kernel", single: true },
      { name: "a stack", single: false },
    ].map(({ name, single }) => ({
      name,
      kind: "points",
      points: first!
        .filter((row) => (stackOf(row).kernel === row.layers) === single)
        .map((row) => ({ x: fieldName(row), y: perChannels(row) })),
    })),
  };
}

function fieldName({ layers, field_height_pixels, field_width_pixels }: Result): string {
  return `${layers} (${field_height_pixels} x ${field_width_pixels})`;
}
