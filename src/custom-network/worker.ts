/** The custom network in a worker: known by its name, and loaded from its file where its weights are given. */
import type { Dataset } from "../data";
import type { Architecture, Network, ParameterValues } from "../networks";
import type { Trained, TrainingPlan } from "../training";
import type { ImageScale, NetworkSize } from "./file";

/** Weights that workers load from the file. */
export interface GivenWeightsPlan {
  readonly checksum: string;
  readonly images: ImageScale | null;
  /** What the file was asked for. */
  readonly size: NetworkSize;
}

/** What a worker is told of it. Plain JSON. */
export interface AssignedNetwork {
  readonly prefix: string;
  readonly architecture: Architecture;
  readonly given: (GivenWeightsPlan & { readonly file: string }) | null;
}

interface Held {
  readonly architecture: Architecture;
  readonly weights: {
    readonly values: ReadonlyMap<string, ParameterValues>;
    readonly images: ImageScale | null;
  } | null;
}

/** The first layer of a network whose images were prepared otherwise: it undoes our preparation, and does theirs. */
export const preparationLayer = "images";

let held: Held | undefined;

/**
 * Makes the assigned network known to `buildByName` in this process, and loads its weights.
 *
 * @throws Error when the file gives other weights than before the run: two networks in one result
 */
export async function holdCustomNetwork({ prefix, architecture, given }: AssignedNetwork): Promise<void> {
  const { registerArchitecture } = require("../networks") as typeof import("../networks");
  registerArchitecture(architecture, prefix);
  held = { architecture, weights: null };
  if (given === null) return;
  const { loadCustomNetwork } = require("./file") as typeof import("./file");
  const { file, size, checksum, images } = given;
  const { given: found } = await loadCustomNetwork(file, size);
  if (found?.checksum !== checksum) {
    throw new Error(`${file} gives other weights than when the run was planned: it must give the same each time`);
  }
  held = { architecture, weights: { values: found.values, images } };
}

/**
 * The network of a plan, where it is the one whose weights are given; null for every other, which is to be trained.
 *
 * @returns the caller disposes its network; it has no history
 */
export async function givenNetwork(plan: TrainingPlan, data: () => Promise<Dataset>): Promise<Trained | null> {
  if (held === undefined || held.weights === null || plan.architecture !== held.architecture) return null;
  const { values, images } = held.weights;
  const { networkWithWeights } = require("../networks") as typeof import("../networks");
  const { prepareImages } = require("../training") as typeof import("../training");
  if (images === null) return { network: networkWithWeights(held.architecture, values), history: [] };
  const { channelStatistics } = prepareImages(await data(), plan.images, plan.seed);
  const channels = held.architecture.inputShape[2];
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
      each((channel) => channelStatistics.standardDeviation[channel]! / (255 * at(images.deviation, channel))),
    ],
    [
      `${preparationLayer}/offset`,
      each(
        (channel) =>
          (channelStatistics.mean[channel]! / 255 - at(images.mean, channel)) / at(images.deviation, channel),
      ),
    ],
  ];
  const network: Network = networkWithWeights(held.architecture, new Map([...values, ...preparation]));
  return { network, history: [] };
}
