/**
 * The published architectures side by side: counted, run, and set against what others count and measured.
 *
 * Every network of the registry is counted: parameters and multiply-accumulates, beside the counts of Keras, torchvision, timm
 * or an independent rebuild. It is run forward and backward on random pictures, for time and memory. The chart of accuracy
 * over operations takes the accuracies from the literature. `--summary vgg19` prints a network as Keras's `model.summary()`
 * does.
 *
 * Source: the papers of the registry (src/models/published.ts); Canziani, Paszke & Culurciello 2016, arXiv:1605.07678.
 * Claims A2, A3, A7, G1, G2.
 */
import { setImmediate } from "node:timers/promises";
import {
  architecturesCountAsPublished,
  atMost,
  exactly,
  googLeNetIsSmall,
  inceptionModuleIsAsListed,
  intervalAbove,
  type Judgement,
  judge,
  operationsForetellTime,
  vgg19IsAsListed,
} from "../src/claims";
import { choices, count, experiment, flag, type ParameterValues, type Row, type Setting, seeds } from "../src/harness";
import {
  type Architecture,
  backward,
  createNetwork,
  disposeNetwork,
  foldBatchNormalisation,
  forward,
  multiplyAccumulates,
  type Network,
  newTape,
  type PublishedNetwork,
  parameterCounts,
  placedLayers,
  publishedByName,
  publishedNetworks,
  referenceCounts,
  summaryRows,
  summaryText,
  takeBatchStatistics,
} from "../src/models";
import { softmaxCrossEntropy } from "../src/ops";
import { randomStream } from "../src/random";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { peakTensorBytes, type Tensor, type Tensor2D, type Tensor4D, tf } from "../src/runtime";
import { bootstrapInterval, bySeed, median, spearman } from "../src/statistics";

const names = publishedNetworks.map(({ name }) => name);
/** Networks of the chart: their accuracy was published, and they are as they are at test time. */
const charted = publishedNetworks.filter(({ accuracy, build }) => accuracy && build().exits === undefined);

const parameters = {
  seeds: seeds({ smoke: 1, quick: 5, paper: 5 }),
  networks: choices("networks that are run, besides being counted", names, {
    smoke: [
      "lenet5",
      "nin-cifar10",
      "lecture-inception",
      "googlenet-without-heads",
      "imagenet-resnet18",
      "resnet20",
      "preactivation-resnet110",
      "densenet121",
      "densenet-bc-100-12",
    ],
    quick: names,
    paper: names,
  }),
  publishedSize: flag("pictures of the published size; else of the least that a network takes, 32 pixels or more", {
    smoke: false,
    quick: true,
    paper: true,
  }),
  pictures: count("pictures that run at a time", { smoke: 2, quick: 1, paper: 1 }),
  repetitions: count("timed passes of each kind", { smoke: 2, quick: 5, paper: 20 }),
};

/** What the lecture's listing of VGG-19 says: parameters of its layers, first to last. */
const listedVgg19 = [
  1_792, 36_928, 73_856, 147_584, 295_168, 590_080, 590_080, 590_080, 1_180_160, 2_359_808, 2_359_808, 2_359_808,
  2_359_808, 2_359_808, 2_359_808, 2_359_808, 102_764_544, 16_781_312, 4_097_000,
];
/** Its dropout: after each of the five stages. */
const listedDropouts = 5;
/** What the lecture's inception module says: output and parameters of its layers, tower by tower. */
const listedInception: readonly (readonly [outputShape: string, parameters: number])[] = [
  ["32x32x64", 256],
  ["32x32x64", 36_928],
  ["32x32x64", 256],
  ["32x32x64", 102_464],
  ["32x32x3", 0],
  ["32x32x64", 256],
  ["32x32x192", 0],
  ["196608", 0],
  ["10", 1_966_090],
];
/** "Significantly fewer" by the rule of A7: at most this share. */
const significantShare = 0.5;
/** Largest difference (%) of multiply-accumulates by the rule of G2. */
const operationsBorder = 1;

type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  readonly network: string;
}

interface Measured extends Row {
  /** "counts", beside one reference; "layer", of the lecture's two listings; or "run". */
  readonly measurement: string;
  readonly layer: string | null;
  readonly layer_type: string | null;
  readonly output_shape: string | null;
  readonly dropout_rate: number | null;
  readonly trainable_parameters: number | null;
  readonly parameters: number;
  readonly multiply_accumulates: number | null;
  readonly reference: string | null;
  readonly reference_trainable_parameters: number | null;
  readonly reference_parameters: number | null;
  readonly reference_multiply_accumulates: number | null;
  readonly difference: string | null;
  readonly unexplained_parameters: number | null;
  readonly side_pixels: number | null;
  readonly finite: boolean | null;
  readonly leaked_tensors: number | null;
  readonly inference_seconds: number | null;
  readonly gradient_seconds: number | null;
  readonly weight_megabytes: number | null;
  readonly inference_megabytes: number | null;
  readonly gradient_megabytes: number | null;
}

type Result = Cell & Measured;

export default experiment({
  name: "architectures",
  title: "The published architectures side by side",
  question: "Do the built networks have the published parameters and operations, and what do these say of their time?",
  source: "the networks' papers; Canziani, Paszke & Culurciello 2016, An analysis of deep neural network models",
  claims: [
    vgg19IsAsListed,
    inceptionModuleIsAsListed,
    googLeNetIsSmall,
    architecturesCountAsPublished,
    operationsForetellTime,
  ],
  datasets: [],
  parameters,
  columns: {
    seed: "seed of weights, pictures and dropout",
    network: "name of the network in the registry",
    measurement: "counts (beside one reference), layer (of one of the lecture's listings), or run",
    layer: "address of the layer",
    layer_type: "its class in Keras",
    output_shape: "its output for one picture",
    dropout_rate: "share of the activations it drops, where it is dropout",
    trainable_parameters: "trainable parameters of the network",
    parameters: "parameters of the network or layer, running statistics included",
    multiply_accumulates:
      "of convolutions and dense layers at inference, one picture of the published size, or, of a run, of the pictures run",
    reference: "name of the network at the reference, where there is one",
    reference_trainable_parameters: "trainable parameters there",
    reference_parameters: "parameters there, running statistics included",
    reference_multiply_accumulates: "multiply-accumulates there",
    difference: "what is counted otherwise there, where anything is",
    unexplained_parameters: "difference that this does not explain, trainable and in all (parameters)",
    side_pixels: "height of the pictures that were run (pixels)",
    finite: "whether all logits and gradients were finite",
    leaked_tensors: "tensors left behind when all is disposed",
    inference_seconds: "median time of inference, normalisation folded, for one picture (s)",
    gradient_seconds: "median time of a forward and a backward pass for one picture (s)",
    weight_megabytes: "parameters and running statistics (MB)",
    inference_megabytes: "most that tensors hold beyond the weights during inference (MB)",
    gradient_megabytes: "most that tensors hold beyond the weights during a forward and a backward pass (MB)",
  },

  cells: ({ seeds: seedNumbers, networks }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed, i) => {
      const timedAgain = charted.map(({ name }) => name).filter((name) => networks.includes(name));
      return (i === 0 ? names : timedAgain).map((network) => ({ seed, network }));
    }),

  work({ network }, chosen) {
    const counting = 5e8;
    if (!chosen.networks.includes(network)) return counting;
    const architecture = builtToRun(network, chosen);
    const passes = 4 * (chosen.repetitions + 2); // inference, and a gradient that is three times as dear
    const drawing = 400 * parameterCounts(architecture).total;
    return counting + passes * chosen.pictures * multiplyAccumulates(architecture) + drawing;
  },

  relevant({ network }, { networks, seeds, ...others }) {
    return networks.includes(network) ? others : {};
  },

  async measure({ network, seed }, chosen, run) {
    const published = publishedByName(network);
    const rows = [...countRows(published), ...layerRows(published)];
    if (!chosen.networks.includes(network)) return rows;
    run.progress({ phase: `${network}: forward and backward`, done: 0, total: 1 });
    rows.push(await runRow(network, seed, chosen, run.signal));
    return rows;
  },

  verdicts(rows) {
    return [...judgeListings(rows), ...judgeGoogLeNet(rows), ...judgeCounts(rows), ...judgeOperations(rows)];
  },

  figures: (rows, chosen) => [
    accuracyByOperations(),
    timeByOperations(rows, chosen),
    memoryByNetwork(rows, chosen),
    parametersByNetwork(rows, "ImageNet"),
    parametersByNetwork(rows, "small pictures"),
    parametersOfListing(rows, "vgg19-lecture", vgg19IsAsListed.id, "VGG-19", listedVgg19),
    parametersOfListing(
      rows,
      "lecture-inception",
      inceptionModuleIsAsListed.id,
      "the inception module",
      listedInception.map(([, listed]) => listed).filter((listed) => listed > 0),
    ),
  ],

  departures: ({ publishedSize, pictures }) => [
    "Accuracies are published ones, of trained networks; here nothing is trained.",
    "Weights, and the pictures that are run, are random: time and memory do not depend on what they are. Statistics of " +
      "normalisation are those of these pictures.",
    `Times are those of ${pictures} ${pictures === 1 ? "picture" : "pictures"} at a time on this machine's processor, one ` +
      "thread a worker; the source's are those of an NVIDIA Jetson TX1.",
    ...(publishedSize ? [] : ["Pictures are as small as the networks take them, not of the published size."]),
  ],

  actions: [
    {
      flags: "--summary <network>",
      description: "prints the layers of a published network, as Keras's model.summary() does, and ends",
      text: (name) => summaryText(publishedByName(name).build()),
    },
  ],
});

/** Multiply-accumulates of inference, of which exits are no part. */
function inferenceOperations({ exits, ...architecture }: Architecture): number {
  return multiplyAccumulates(architecture);
}

/** The counts, once beside each reference; once alone where there is none. */
function countRows(published: PublishedNetwork): Measured[] {
  const architecture = published.build();
  const { trainable, total } = parameterCounts(architecture);
  const row: Measured = {
    ...nothingMeasured,
    measurement: "counts",
    trainable_parameters: trainable,
    parameters: total,
    multiply_accumulates: inferenceOperations(architecture),
  };
  if (published.references.length === 0) return [row];
  const explained = published.difference ?? { trainable: 0, total: 0, why: null };
  return published.references.map((reference) => {
    const there = referenceCounts[reference]!;
    return {
      ...row,
      reference,
      reference_trainable_parameters: there.trainable,
      reference_parameters: there.total,
      reference_multiply_accumulates: there.multiplyAccumulates,
      difference: explained.why,
      unexplained_parameters:
        Math.abs(trainable - there.trainable - explained.trainable) + Math.abs(total - there.total - explained.total),
    };
  });
}

/** The layers of the lecture's two listings. */
function layerRows({ name, build }: PublishedNetwork): Measured[] {
  if (!["vgg19-lecture", "lecture-inception"].includes(name)) return [];
  const architecture = build();
  const rates = new Map(
    placedLayers(architecture).flatMap(({ layer }) =>
      layer.kind === "dropout" ? [[layer.name, layer.rate] as const] : [],
    ),
  );
  return summaryRows(architecture)
    .slice(1) // the listings do not show the input
    .map((layer) => ({
      ...nothingMeasured,
      measurement: "layer",
      layer: layer.name,
      layer_type: layer.type,
      output_shape: layer.outputShape.join("x"),
      dropout_rate: rates.get(layer.name) ?? null,
      parameters: layer.parameters,
    }));
}

/** The architecture for the pictures that a run takes. */
function builtToRun(name: string, { publishedSize }: Parameters): Architecture {
  const { build, inputShape, smallestSide } = publishedByName(name);
  if (publishedSize) return build();
  const side = Math.min(inputShape[0], Math.max(smallestSide, 32));
  return build({ inputShape: [side, side, inputShape[2]] });
}

/** One network, run forward and backward on random pictures, and timed. */
async function runRow(name: string, seed: number, chosen: Parameters, signal: AbortSignal): Promise<Measured> {
  const architecture = builtToRun(name, chosen);
  const { total, trainable } = parameterCounts(architecture);
  const tensorsBefore = tf.memory().numTensors;
  const measured = await runNetwork(architecture, seed, chosen, signal);
  return {
    ...nothingMeasured,
    measurement: "run",
    trainable_parameters: trainable,
    parameters: total,
    multiply_accumulates: inferenceOperations(architecture),
    side_pixels: architecture.inputShape[0],
    leaked_tensors: tf.memory().numTensors - tensorsBefore,
    weight_megabytes: (4 * total) / 1e6,
    ...measured,
  };
}

async function runNetwork(
  architecture: Architecture,
  seed: number,
  { pictures, repetitions }: Parameters,
  signal: AbortSignal,
): Promise<Partial<Measured>> {
  const network = createNetwork(architecture, seed);
  const x = randomPictures(architecture, pictures, seed);
  takeBatchStatistics(network, x); // hundreds of blocks would overflow without
  const folded = foldBatchNormalisation(network);
  const inference = () => tf.tidy(() => void forward(folded, x, { mode: "inference" }));
  const gradient = () => tf.tidy(() => void lossAndGradients(network, x, seed));
  try {
    const finite = tf.tidy(() => {
      const logits = forward(folded, x, { mode: "inference" });
      return [logits, ...lossAndGradients(network, x, seed)].every(isFiniteThroughout);
    });
    return {
      finite,
      inference_megabytes: peakTensorBytes(inference) / 1e6, // a warm-up for the timed passes, too
      gradient_megabytes: peakTensorBytes(gradient) / 1e6,
      inference_seconds: (await medianSeconds(inference, repetitions, signal)) / pictures,
      gradient_seconds: (await medianSeconds(gradient, repetitions, signal)) / pictures,
    };
  } finally {
    x.dispose();
    disposeNetwork(folded);
    disposeNetwork(network);
  }
}

function randomPictures({ inputShape }: Architecture, pictures: number, seed: number): Tensor4D {
  const stream = randomStream(seed, "pictures");
  const size = inputShape.reduce((product, side) => product * side, pictures);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => stream.normal()),
    [pictures, ...inputShape],
  );
}

/** A forward and a backward pass with dropout, through every exit: the loss, and the gradient by every parameter. */
function lossAndGradients(network: Network, x: Tensor4D, seed: number): Tensor[] {
  const { classes, exits = [] } = network.architecture;
  const targets = tf.oneHot(tf.zeros([x.shape[0]], "int32"), classes).toFloat() as Tensor2D;
  const tape = newTape();
  const exitLogits = new Map<string, Tensor2D>();
  const masks = (layer: string) => randomStream(seed, "dropout", layer);
  const logits = forward(network, x, { mode: "batch statistics", tape, masks, exitLogits });
  const exitGradients = new Map(
    exits.map(({ name, lossWeight }) => {
      const { gradient } = softmaxCrossEntropy(exitLogits.get(name)!, targets);
      return [name, tf.mul<Tensor2D>(gradient, lossWeight)];
    }),
  );
  const { loss, gradient } = softmaxCrossEntropy(logits, targets);
  return [loss, ...backward(network, tape, gradient, { input: false, exitGradients }).parameters.values()];
}

/** A sum is finite where every term is, unless it overflows: which would be as bad. */
function isFiniteThroughout(tensor: Tensor): boolean {
  return Number.isFinite(tf.sum(tensor).dataSync()[0]);
}

/** Median time (s) of a piece of work that blocks this thread. */
async function medianSeconds(work: () => void, repetitions: number, signal: AbortSignal): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    await setImmediate(); // lets messages and signals in
    signal.throwIfAborted();
    const start = performance.now();
    work();
    seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}

const nothingMeasured: Measured = {
  measurement: "",
  layer: null,
  layer_type: null,
  output_shape: null,
  dropout_rate: null,
  trainable_parameters: null,
  parameters: 0,
  multiply_accumulates: null,
  reference: null,
  reference_trainable_parameters: null,
  reference_parameters: null,
  reference_multiply_accumulates: null,
  difference: null,
  unexplained_parameters: null,
  side_pixels: null,
  finite: null,
  leaked_tensors: null,
  inference_seconds: null,
  gradient_seconds: null,
  weight_megabytes: null,
  inference_megabytes: null,
  gradient_megabytes: null,
};

/** A2 and A3: the built layers against the lecture's, line by line. */
function judgeListings(rows: readonly Result[]): Judgement[] {
  const judgements: Judgement[] = [];
  const vgg = layersOf(rows, "vgg19-lecture");
  if (vgg.length > 0) {
    const weighty = vgg.filter((row) => row.parameters > 0);
    judgements.push(
      judge(vgg19IsAsListed, total(vgg), [
        exactly("layers with parameters", weighty.length, listedVgg19.length, ""),
        exactly(
          "layers with other than the listed parameters",
          weighty.filter((row, i) => row.parameters !== listedVgg19[i]).length,
          0,
          "",
        ),
        exactly(
          "dropouts of 0.25 right after a stage's pooling",
          vgg.filter((row, i) => row.dropout_rate === 0.25 && vgg[i - 1]?.layer_type === "MaxPooling2D").length,
          listedDropouts,
          "",
        ),
        exactly("parameters", total(vgg).estimate, referenceCounts.keras_VGG19!.total, ""),
      ]),
    );
  }
  const inception = layersOf(rows, "lecture-inception");
  if (inception.length > 0) {
    const differs = (row: Result, i: number) =>
      row.output_shape !== listedInception[i]?.[0] || row.parameters !== listedInception[i]?.[1];
    judgements.push(
      judge(inceptionModuleIsAsListed, total(inception), [
        exactly("layers", inception.length, listedInception.length, ""),
        exactly("layers with another shape or count than listed", inception.filter(differs).length, 0, ""),
      ]),
    );
  }
  return judgements;
}

function layersOf(rows: readonly Result[], network: string): Result[] {
  return rows.filter((row) => row.measurement === "layer" && row.network === network);
}

function total(layers: readonly Result[]) {
  return bootstrapInterval([layers.reduce((sum, row) => sum + row.parameters, 0)]);
}

/** A7: the lecture's word on GoogLeNet, as it stands. */
function judgeGoogLeNet(rows: readonly Result[]): Judgement[] {
  const parametersOf = (network: string) => countsOf(rows).find((row) => row.network === network)?.parameters;
  const [googLeNet, vgg, networkInNetwork] = ["googlenet-without-heads", "vgg19", "nin-imagenet"].map(parametersOf);
  if (googLeNet === undefined || vgg === undefined || networkInNetwork === undefined) return [];
  return [
    judge(googLeNetIsSmall, bootstrapInterval([vgg / googLeNet]), [
      atMost("GoogLeNet's parameters over VGG-19's", googLeNet / vgg, significantShare, ""),
      atMost("GoogLeNet's parameters over Network in Network's", googLeNet / networkInNetwork, significantShare, ""),
    ]),
  ];
}

/** G1: counts against the references, and whether what was run ran. */
function judgeCounts(rows: readonly Result[]): Judgement[] {
  const compared = countsOf(rows).filter(({ reference }) => reference !== null);
  const runs = runsOf(rows);
  if (compared.length === 0 || runs.length === 0) return [];
  const unexplained = namesOf(compared.filter((row) => row.unexplained_parameters !== 0));
  const faulty = namesOf(runs.filter((row) => !row.finite || row.leaked_tensors !== 0));
  const equal = namesOf(compared).filter((name) => !unexplained.includes(name)).length;
  return [
    judge(architecturesCountAsPublished, bootstrapInterval([equal]), [
      exactly(
        `of ${namesOf(compared).length} networks with a reference, those with a difference unexplained`,
        unexplained.length,
        0,
        "",
      ),
      exactly(
        `of ${namesOf(runs).length} networks that were run, those that left tensors or gave what is not finite`,
        faulty.length,
        0,
        "",
      ),
    ]),
  ];
}

/** G2: operations against the references, and against time. */
function judgeOperations(rows: readonly Result[]): Judgement[] {
  const off = countsOf(rows).flatMap(({ multiply_accumulates: ours, reference_multiply_accumulates: theirs }) =>
    ours === null || theirs === null ? [] : [100 * Math.abs(ours / theirs - 1)],
  );
  const correlations = [...bySeed(chartedRuns(rows)).values()].flatMap((own) =>
    own.length < 3
      ? []
      : [
          spearman(
            own.map((row) => row.multiply_accumulates!),
            own.map((row) => row.inference_seconds!),
          ),
        ],
  );
  if (off.length === 0 || correlations.length === 0) return [];
  const correlation = bootstrapInterval(correlations);
  return [
    judge(operationsForetellTime, correlation, [
      atMost("largest difference of multiply-accumulates from a reference", Math.max(...off), operationsBorder, "%"),
      intervalAbove("the rank correlation of operations and time", correlation, 0, ""),
    ]),
  ];
}

function countsOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "counts");
}

function runsOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "run");
}

/** Runs of the chart's networks. */
function chartedRuns(rows: readonly Result[]): Result[] {
  return runsOf(rows).filter(({ network }) => charted.some(({ name }) => name === network));
}

function namesOf(rows: readonly Result[]): string[] {
  return [...new Set(rows.map(({ network }) => network))];
}

function accuracyByOperations(): Figure {
  const sources = [...new Set(charted.map(({ accuracy }) => accuracy!.source))];
  return {
    id: "accuracy-by-operations",
    claims: [operationsForetellTime.id],
    title: "Published accuracy by counted operations and parameters",
    caption:
      "Top-1 accuracy on ImageNet, one crop, as published; multiply-accumulates of one picture and parameters (area of the " +
      "marks) as counted here. More of either is not always better: VGG-19 takes eleven times the operations of ResNet-18.",
    xAxis: { label: "multiply-accumulates (billions)", scale: "log" },
    yAxis: { label: "published top-1 accuracy (%)" },
    areaLabel: "parameters (millions)",
    series: sources.map((source) => ({
      name: source,
      kind: "points",
      published: true,
      points: charted
        .filter(({ accuracy }) => accuracy!.source === source)
        .map(({ name, accuracy, build }) => ({
          x: inferenceOperations(build()) / 1e9,
          y: accuracy!.topOnePercent,
          area: parameterCounts(build()).trainable / 1e6,
          label: shortName(name),
        })),
    })),
  };
}

function timeByOperations(rows: readonly Result[], { publishedSize }: Parameters): Figure {
  const runs = chartedRuns(rows);
  return {
    id: "time-by-operations",
    claims: [operationsForetellTime.id],
    title: "Time of inference by operations",
    caption:
      `Median time of a picture${publishedSize ? "" : " as small as the network takes it"}, normalisation folded into the ` +
      "convolutions, one thread. Marks are means over seeds, whiskers 95 % bootstrap intervals.",
    xAxis: { label: "multiply-accumulates (billions)", scale: "log" },
    yAxis: { label: "time of a picture (ms)", scale: "log" },
    series: families.map(({ name, belongs }) =>
      labelled(
        name,
        runs.filter(({ network }) => belongs.test(network)),
      ),
    ),
  };
}

/** Colours of the chart: the first that fits. */
const families = [
  { name: "AlexNet, VGG and Network in Network", belongs: /^(one-tower-)?alexnet|^vgg|^nin/ },
  { name: "Inception", belongs: /inception|^googlenet/ },
  { name: "ResNet", belongs: /^imagenet-resnet/ },
  { name: "DenseNet", belongs: /^densenet/ },
] as const;

function labelled(name: string, rows: readonly Result[]): Series {
  const x = ({ multiply_accumulates }: Result) => multiply_accumulates! / 1e9;
  const series = intervalSeries({
    name,
    kind: "points",
    rows,
    x,
    y: ({ inference_seconds }) => 1000 * inference_seconds!,
  });
  const points = series.points.map((point) => {
    const label = rows.find((row) => x(row) === point.x)?.network;
    return label === undefined ? point : { ...point, label: shortName(label) };
  });
  return { ...series, points };
}

/** What a mark of the chart is called: all of them are for ImageNet, and without their exits. */
function shortName(name: string): string {
  return name.replace(/^imagenet-/, "").replace(/-without-heads?$/, "");
}

function memoryByNetwork(rows: readonly Result[], { pictures }: Parameters): Figure {
  const runs = chartedRuns(rows);
  const series = (name: string, y: (row: Result) => number): Series =>
    intervalSeries({ name, kind: "points", rows: runs, x: ({ network }) => network, y });
  return {
    id: "memory-by-network",
    title: "Memory of weights, of inference, and of a gradient",
    caption:
      `Most that tensors hold at a time, ${pictures} ${pictures === 1 ? "picture" : "pictures"}: beyond the weights during ` +
      "inference, which frees what it has used; and beyond them during a forward and a backward pass, gradients among it.",
    xAxis: { label: "network", categories: namesOf(runs) },
    yAxis: { label: "memory (MB)", scale: "log" },
    series: [
      series("weights", ({ weight_megabytes }) => weight_megabytes!),
      series("inference", ({ inference_megabytes }) => inference_megabytes!),
      series("forward and backward", ({ gradient_megabytes }) => gradient_megabytes!),
    ],
  };
}

function parametersByNetwork(rows: readonly Result[], pictures: "ImageNet" | "small pictures"): Figure {
  const counts = countsOf(rows).filter(
    ({ network }) => (publishedByName(network).classes === 1000) === (pictures === "ImageNet"),
  );
  const points = (some: readonly Result[], y: (row: Result) => number) =>
    some.map((row) => ({ x: row.network, y: y(row), ...(row.difference !== null && { note: row.difference }) }));
  const first = counts.filter((row, i) => counts.findIndex(({ network }) => network === row.network) === i);
  return {
    id: pictures === "ImageNet" ? "parameters-imagenet" : "parameters-small-pictures",
    claims: [architecturesCountAsPublished.id, ...(pictures === "ImageNet" ? [googLeNetIsSmall.id] : [])],
    title: `Parameters as counted here, and by the references: networks for ${pictures}`,
    caption:
      "All parameters, running statistics included. Where the two differ, the mark is hollow and says in what: every " +
      "difference is counted exactly. References are Keras, torchvision and timm, or a rebuild from the paper's table.",
    xAxis: { label: "network", categories: namesOf(counts) },
    yAxis: { label: "parameters", scale: "log" },
    series: [
      { name: "built here", kind: "points", points: points(first, (row) => row.parameters) },
      {
        name: "reference",
        kind: "points",
        published: true,
        points: points(
          counts.filter(({ reference }) => reference !== null),
          (row) => row.reference_parameters!,
        ),
      },
    ],
  };
}

function parametersOfListing(
  rows: readonly Result[],
  network: string,
  claim: string,
  what: string,
  listed: readonly number[],
): Figure {
  const layers = layersOf(rows, network).filter(({ parameters: own }) => own > 0);
  return {
    id: `parameters-of-${network}`,
    claims: [claim],
    title: `Parameters of the layers of ${what}, built and as the lecture lists them`,
    caption: "Layers with parameters, from the input on. The two lie upon each other where the counts are equal.",
    xAxis: { label: "layer", categories: layers.map(({ layer }) => layer!) },
    yAxis: { label: "parameters", scale: "log" },
    series: [
      {
        name: "built here",
        kind: "points",
        points: layers.map(({ layer, parameters: own }) => ({ x: layer!, y: own })),
      },
      {
        name: "the lecture's listing",
        kind: "points",
        published: true,
        points: layers.flatMap(({ layer }, i) => (listed[i] === undefined ? [] : [{ x: layer!, y: listed[i] }])),
      },
    ],
  };
}
