/**
 * The published architectures side by side: counted, run, and set against what others count and measured.
 *
 * Every network of the registry is counted: parameters and multiply-accumulates, beside the counts of Keras, torchvision, timm
 * or an independent rebuild. It is run forward and backward on random images, for time and memory. The chart of accuracy
 * over operations takes the accuracies from the literature. `--summary vgg19` prints a network as Keras's `model.summary()`
 * does.
 *
 * Source: the papers of the registry (src/networks/published/published.ts); Canziani, Paszke & Culurciello 2016, arXiv:1605.07678.
 * Claims A2, A3, A7, G1, G2.
 */
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
import {
  choices,
  count,
  experiment,
  flag,
  type ParameterValues,
  type Row,
  type Setting,
  seeds,
} from "../src/experiment";
import {
  type Architecture,
  inferenceOperations,
  multiplyAccumulates,
  networkCost,
  parameterCounts,
  publishedByName,
  publishedNetworks,
  referenceCounts,
  summaryText,
} from "../src/networks";
import { bootstrapInterval, bySeed, median, spearman } from "../src/statistics";
import { countRows, layerRows, nothingMeasured } from "./architectures/counts";
import { listedDropouts, listedInception, listedVgg19 } from "./architectures/listings";
import {
  architecturesFigures,
  charted,
  chartedRuns,
  countsOf,
  layersOf,
  namesOf,
  runsOf,
} from "./figures/architectures";

const names = publishedNetworks.map(({ name }) => name);

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
  publishedSize: flag("images of the published size; else of the least that a network takes, 32 pixels or more", {
    smoke: false,
    quick: true,
    paper: true,
  }),
  images: count("images that run at a time", { smoke: 2, quick: 1, paper: 1 }),
  repetitions: count("timed passes of each kind", { smoke: 2, quick: 5, paper: 20 }),
};

/** "Significantly fewer" by the rule of A7: at most this share. */
const significantShare = 0.5;
/** Largest difference (%) of multiply-accumulates by the rule of G2. */
const operationsBorder = 1;

export type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  readonly network: string;
}

export interface Measured extends Row {
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

export type Result = Cell & Measured;

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
    seed: "seed of weights, images and dropout",
    network: "name of the network in the registry",
    measurement: "counts (beside one reference), layer (of one of the lecture's listings), or run",
    layer: "address of the layer",
    layer_type: "its class in Keras",
    output_shape: "its output for one image",
    dropout_rate: "share of the activations it drops, where it is dropout",
    trainable_parameters: "trainable parameters of the network",
    parameters: "parameters of the network or layer, running statistics included",
    multiply_accumulates:
      "of convolutions and dense layers at inference, one image of the published size, or, of a run, of the images run",
    reference: "name of the network at the reference, where there is one",
    reference_trainable_parameters: "trainable parameters there",
    reference_parameters: "parameters there, running statistics included",
    reference_multiply_accumulates: "multiply-accumulates there",
    difference: "what is counted otherwise there, where anything is",
    unexplained_parameters: "difference that this does not explain, trainable and in all (parameters)",
    side_pixels: "height of the images that were run (pixels)",
    finite: "whether all logits and gradients were finite",
    leaked_tensors: "tensors left behind when all is disposed",
    inference_seconds: "median time of inference, normalisation folded, for one image (s)",
    gradient_seconds: "median time of a forward and a backward pass for one image (s)",
    weight_megabytes: "parameters and running statistics (MB)",
    inference_megabytes: "most that tensors hold beyond the weights during inference (MB)",
    gradient_megabytes: "most that tensors hold beyond the weights during a forward and a backward pass (MB)",
  },

  cells: ({ seeds: seedNumbers, networks }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed, i) => {
      const timedAgain = charted.map(({ name }) => name).filter((name) => networks.includes(name));
      return (i === 0 ? names : timedAgain).map((network) => ({ seed, network }));
    }),

  work({ network }, params) {
    const counting = 5e8;
    if (!params.networks.includes(network)) return counting;
    const architecture = builtToRun(network, params);
    const passes = 4 * (params.repetitions + 2); // inference, and a gradient that is three times as dear
    const drawing = 400 * parameterCounts(architecture).total;
    return counting + passes * params.images * multiplyAccumulates(architecture) + drawing;
  },

  relevant({ network }, { networks, seeds, ...others }) {
    return networks.includes(network) ? others : {};
  },

  async measure({ network, seed }, params, run) {
    const published = publishedByName(network);
    const rows = [...countRows(published), ...layerRows(published)];
    if (!params.networks.includes(network)) return rows;
    run.progress({ phase: `${network}: forward and backward`, done: 0, total: 1 });
    rows.push(await runRow(network, seed, params, run.signal));
    return rows;
  },

  verdicts(rows) {
    return [...judgeListings(rows), ...judgeGoogLeNet(rows), ...judgeCounts(rows), ...judgeOperations(rows)];
  },

  figures: architecturesFigures,

  departures: ({ publishedSize, images }) => [
    "Accuracies are published ones, of trained networks; here nothing is trained.",
    "Weights, and the images that are run, are random: time and memory do not depend on what they are. Statistics of " +
      "normalisation are those of these images.",
    `Times are those of ${images} ${images === 1 ? "image" : "images"} at a time on this machine's processor, one ` +
      "thread a worker; the source's are those of an NVIDIA Jetson TX1.",
    ...(publishedSize ? [] : ["Images are as small as the networks take them, not of the published size."]),
  ],

  actions: [
    {
      flags: "--summary <network>",
      description: "prints the layers of a published network, as Keras's model.summary() does, and ends",
      text: (name) => summaryText(publishedByName(name).build()),
    },
  ],
});

/** The architecture for the images that a run takes. */
function builtToRun(name: string, { publishedSize }: Parameters): Architecture {
  const { build, inputShape, smallestSide } = publishedByName(name);
  if (publishedSize) return build();
  const side = Math.min(inputShape[0], Math.max(smallestSide, 32));
  return build({ inputShape: [side, side, inputShape[2]] });
}

/** One network, run forward and backward on random images, and timed. */
async function runRow(name: string, seed: number, params: Parameters, signal: AbortSignal): Promise<Measured> {
  const { images, repetitions } = params;
  const architecture = builtToRun(name, params);
  const { total, trainable } = parameterCounts(architecture);
  const cost = await networkCost(architecture, { images, repetitions, seed, signal });
  return {
    ...nothingMeasured,
    measurement: "run",
    trainable_parameters: trainable,
    parameters: total,
    multiply_accumulates: inferenceOperations(architecture),
    side_pixels: architecture.inputShape[0],
    finite: cost.finite,
    leaked_tensors: cost.leakedTensors,
    inference_seconds: median(cost.inferenceSeconds) / images,
    gradient_seconds: median(cost.gradientSeconds) / images,
    weight_megabytes: (4 * total) / 1e6,
    inference_megabytes: cost.inferenceBytes / 1e6,
    gradient_megabytes: cost.gradientBytes / 1e6,
  };
}

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
