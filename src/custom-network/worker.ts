/** The custom network in a worker: known by its name, and loaded from its file where its weights are given. */
import path from "node:path";
import type { ChannelStatistics, Dataset } from "../data";
import type {
  Architecture,
  GraphRuntime,
  Network,
  ParameterValues,
  StatisticsComparison,
  StatisticsDeviation,
} from "../networks";
import type { StatisticsOutcome } from "../store";
import type { PreparedImages, Trained, TrainingPlan } from "../training";
import type { NetworkSize, OnnxFacts } from "./file";
import type { ImageScale } from "./images";

/** Weights that workers load from the file. */
export interface GivenWeightsPlan {
  readonly checksum: string;
  readonly images: ImageScale | null;
  /** What the file was asked for. */
  readonly size: NetworkSize;
  /** Where it is of an ONNX file. */
  readonly onnx: OnnxFacts | null;
}

/** What a worker is told of it. Plain JSON. */
export interface AssignedNetwork {
  readonly prefix: string;
  readonly architecture: Architecture;
  /** One for each seed; empty where it is trained. */
  readonly given: readonly (GivenWeightsPlan & { readonly file: string })[];
}

interface Held {
  readonly architecture: Architecture;
  /** Of each seed, from 1; empty where it is trained. */
  readonly weights: readonly HeldWeights[];
}

interface HeldWeights {
  readonly file: string;
  readonly values: ReadonlyMap<string, ParameterValues>;
  readonly images: ImageScale | null;
  /** What runs it, where that is onnxruntime of this version. */
  readonly onnx: { readonly graph: GraphRuntime; readonly version: string } | null;
  /** Filled when the network is first asked for. */
  check?: StatisticsOutcome;
}

/** The first layer of a network whose images were prepared otherwise: it undoes our preparation, and does theirs. */
export const preparationLayer = "images";

let held: Held | undefined;
/** The weights that were asked for last: the cell's that is being measured. */
let inUse: HeldWeights | undefined;

/**
 * Makes the assigned network known to `buildByName` in this process, and loads its weights.
 *
 * @throws Error when the file gives other weights than before the run: two networks in one result
 */
export async function holdCustomNetwork({ prefix, architecture, given }: AssignedNetwork): Promise<void> {
  const { registerArchitecture } = require("../networks") as typeof import("../networks");
  registerArchitecture(architecture, prefix);
  const weights: HeldWeights[] = [];
  for (const { file, size, checksum, images } of given) {
    const { loadCustomNetwork } = require("./file") as typeof import("./file");
    const { given: found } = await loadCustomNetwork(file, size);
    if (found?.checksum !== checksum) {
      throw new Error(`${file} gives other weights than when the run was planned: it must give the same each time`);
    }
    const { values, graph } = found;
    weights.push({ file, values, images, onnx: graph === undefined ? null : { graph, version: graph.runtimeVersion } });
  }
  held = { architecture, weights };
}

/**
 * The network of a plan, where it is the one whose weights are given, those of the plan's seed; null for every other, which is to be
 * trained.
 *
 * @param onChecked told what came of the check of its weights, once, before anything is measured with it
 * @returns the caller disposes its network; it has no history
 */
export async function givenNetwork(
  plan: TrainingPlan,
  data: () => Promise<Dataset>,
  onChecked: (check: StatisticsOutcome) => void,
): Promise<Trained | null> {
  if (held === undefined || held.weights.length === 0 || plan.architecture !== held.architecture) return null;
  const weights = held.weights[plan.seed - 1];
  if (weights === undefined)
    throw new Error(`no network is given for seed ${plan.seed}, but ${held.weights.length} are`);
  if (inUse !== weights) await inUse?.onnx?.graph.release();
  inUse = weights;
  const { prepareImages } = require("../training") as typeof import("../training");
  const prepared = prepareImages(await data(), plan.images, plan.seed);
  const network = runningNetwork(held.architecture, weights, prepared.channelStatistics);
  if (weights.check === undefined) {
    const found =
      network.graph === undefined
        ? checkStatistics(network, prepared)
        : await checkInputs(network.graph, prepared, held.architecture);
    const which = held.weights.length === 1 ? "" : `${path.basename(weights.file)}: `;
    weights.check = { ...found, text: `${which}${found.text}` };
    onChecked(weights.check);
  }
  const { precision } = plan;
  return { network: precision === undefined ? network : { ...network, precision }, history: [] };
}

/** What the check of the given weights said that a cell asked for last; undefined while none has. */
export function statisticsCheck(): StatisticsOutcome | undefined {
  return inUse?.check;
}

/** Version of onnxruntime, where that runs the network that was asked for last. */
export function onnxVersion(): string | null {
  return inUse?.onnx?.version ?? null;
}

function runningNetwork(
  architecture: Architecture,
  { values, images, onnx }: HeldWeights,
  { mean, standardDeviation }: ChannelStatistics,
): Network {
  const { networkWithWeights } = require("../networks") as typeof import("../networks");
  // Its sessions stay open for the cells to come, as long as no other network is asked for.
  if (onnx !== null) return { architecture, weights: new Map(), graph: { ...onnx.graph, release: async () => {} } };
  if (images === null) return networkWithWeights(architecture, values);
  const channels = architecture.inputShape[2];
  const at = (given: number | readonly number[], channel: number) =>
    typeof given === "number" ? given : given[channel]!;
  const each = (value: (channel: number) => number): ParameterValues => ({
    shape: [channels],
    data: Float32Array.from({ length: channels }, (_, channel) => value(channel)),
  });
  // Ours are (level - mean) / deviation of levels to 255; theirs (level / 255 - mean) / deviation.
  const preparation: [string, ParameterValues][] = [
    [
      `${preparationLayer}/scale`,
      each((channel) => standardDeviation[channel]! / (255 * at(images.deviation, channel))),
    ],
    [
      `${preparationLayer}/offset`,
      each((channel) => (mean[channel]! / 255 - at(images.mean, channel)) / at(images.deviation, channel)),
    ],
  ];
  return networkWithWeights(architecture, new Map([...values, ...preparation]));
}

/** Of a network that another runtime runs. */
const unchecked: StatisticsOutcome = {
  images: 0,
  layers: 0,
  disagrees: null,
  text:
    "This ONNX network has no batch normalisation left, or takes one image at a time, so that nothing stored tells whether its images are " +
    "prepared as its own: compare the intact network's error with the one you know.",
};

/** Sides of images up to which as many are sent through a network as of CIFAR-10; a quarter of larger ones. */
const smallSide = 64;

/** The same for a network that another runtime runs. */
async function checkInputs(
  { normalisations, channelStatistics: own }: GraphRuntime,
  { training, channelStatistics }: PreparedImages,
  { blocks }: Architecture,
): Promise<StatisticsOutcome> {
  const { compareInputs } = require("../networks") as typeof import("../networks");
  const { batchesInOrder, takeAtMost } = require("../data") as typeof import("../data");
  const isSmall = Math.max(training.height, training.width) <= smallSide;
  const images = takeAtMost(training, isSmall ? checkedImages : checkedImages / 4);
  const inputs = (await normalisations?.(batchesInOrder(images, isSmall ? 64 : 16, own ?? channelStatistics))) ?? [];
  if (inputs.length === 0) return unchecked;
  const comparison = compareInputs(inputs);
  const text = comparisonText(comparison, images.count);
  const isResidual = comparison.outcome === "disagree" && blocks.some(({ shortcut }) => shortcut !== null);
  const dropped =
    " A training that dropped blocks at random (stochastic depth) makes such deviations, too, further in.";
  return {
    ...{ images: images.count, layers: inputs.length, disagrees: disagreeing(comparison) },
    text: isResidual ? `${text}${dropped}` : text,
  };
}

/** The layer that provenance names; null where none disagrees. */
function disagreeing({ outcome, first, deviations }: StatisticsComparison): string | null {
  if (outcome === "initial") return deviations[0]!.layer;
  return outcome === "disagree" ? (first?.layer ?? null) : null;
}

/** Training images that given weights are checked on. */
const checkedImages = 1024;

/** Compares what the network stores with what it gets: see `compareStatistics`. */
function checkStatistics(network: Network, { training, channelStatistics }: PreparedImages): StatisticsOutcome {
  const { compareStatistics } = require("../networks") as typeof import("../networks");
  const { gatherBatch } = require("../data") as typeof import("../data");
  const { tf } = require("../runtime") as typeof import("../runtime");
  const count = Math.min(checkedImages, training.count);
  const places = Uint32Array.from({ length: count }, (_, place) => place);
  const images = tf.tensor4d(gatherBatch(training, places, channelStatistics), [
    count,
    training.height,
    training.width,
    training.channels,
  ]);
  try {
    const comparison = compareStatistics(network, images);
    const { length: layers } = comparison.deviations;
    return { images: count, layers, disagrees: disagreeing(comparison), text: comparisonText(comparison, count) };
  } finally {
    images.dispose();
  }
}

function comparisonText(comparison: StatisticsComparison, images: number): string {
  const { outcome, deviations, initial } = comparison;
  const on = `on ${images.toLocaleString("en")} training images`;
  switch (outcome) {
    case "agree":
      return deviations.length === 0
        ? "It has no batch normalisation, so that nothing stored tells whether its images are prepared as its own."
        : `The weights run as they were trained, as far as their running statistics tell: ${on} all ${deviations.length} batch ` +
            `normalisations get what they store, ${largestText(deviations)}.`;
    case "agree with blocks dropped":
      return (
        `The weights' running statistics are those of a network whose blocks were dropped at random in training: so ${on} all ` +
        `${deviations.length} batch normalisations get what they store, ${largestText(deviations)}. Where its training did not divide ` +
        "what remained by the probability of remaining, inference must multiply by it (`scaling` layers at the branches' ends). " +
        "Where no blocks were dropped, a stride or a padding may be in another place."
      );
    case "too early":
      return (
        `Whether the weights run as they were trained cannot be told: ${(100 * initial).toFixed(0)} % of their running statistics are ` +
        "still the initial 0 and 1, as after the first twenty steps of a training."
      );
    case "initial":
      return (
        "The weights hold no running statistics: all means are 0 and all variances 1, as before any training. Take them from the " +
        "same file as the weights, or train with them (`track_running_stats`)."
      );
    case "disagree":
      return disagreementText(comparison, on);
  }
}

function largestText(deviations: readonly StatisticsDeviation[]): string {
  const largest = (what: "mean" | "spread") => Math.max(...deviations.map((each) => each[what])).toFixed(2);
  return `means to ${largest("mean")} standard deviations, these to a factor of ${Math.exp(Number(largest("spread"))).toFixed(2)}`;
}

function disagreementText({ first, deviations }: StatisticsComparison, on: string): string {
  const { layer, mean, spread, likeness } = first!;
  const place = deviations.findIndex((each) => each.layer === layer);
  const where =
    place === 0 ? "the first of all" : `the first that disagrees, number ${place + 1} of ${deviations.length}`;
  const causes =
    place === 0
      ? "images that were prepared otherwise for it (--image-scale, or `images: { mean, deviation }`), another stem, or running means and variances under other names"
      : "channels in other places (`zeroChannels`, for shortcuts of option A), a stride, a padding or an activation in another place " +
        "before that layer, or running means and variances under other names";
  return (
    `The weights do not run as they were trained: ${on} ${layer}, ${where}, gets means that are ${mean.toFixed(2)} standard ` +
    `deviations from those that it stores, and standard deviations off by a factor of ${Math.exp(spread).toFixed(2)}, whose pattern ` +
    `over its channels is alike to ${likeness.toFixed(2)} (1: the same, 0: none in common). Look for ${causes}.`
  );
}
