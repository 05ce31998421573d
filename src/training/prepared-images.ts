import {
  type ChannelStatistics,
  channelStatistics,
  type Dataset,
  type ImageSet,
  type ImageShape,
  meanPool,
  splitValidation,
} from "../data";

import type { ImageOptions, TrainingPlan } from "./plan";
import type { Trained } from "./train";

/** A data set as networks see it: pooled, split, with the channel statistics by which every mini-batch is normalised. */
export interface PreparedImages {
  readonly training: ImageSet;
  /** Held out of the training images: for choosing settings, never for verdicts. */
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /** Of the training images alone. */
  readonly channelStatistics: ChannelStatistics;
}

/**
 * Pools and splits a data set.
 *
 * @throws RangeError when the pooling does not divide the images, or more are held out than there are
 */
export function prepareImages(
  dataset: Dataset,
  { meanPool: factor, validation }: ImageOptions,
  seed: number,
): PreparedImages {
  const pooled = (set: ImageSet) => (factor === 1 ? set : meanPool(set, factor));
  const split = splitValidation(pooled(dataset.training), { validation, seed });
  return { ...split, test: pooled(dataset.test), channelStatistics: channelStatistics(split.training) };
}

/** Where a study gets its data and its network from: part of what the harness hands to a cell. */
export interface StudyRun {
  data(): Promise<Dataset>;
  trained(plan: TrainingPlan): Promise<Trained>;
}

/** A trained network with its history, its plan, and the images that it was trained on and is tested on. */
export interface Study extends Trained, PreparedImages {
  readonly plan: TrainingPlan;
}

/**
 * How every study of a trained network begins: the network of a plan, and the images as it sees them.
 *
 * @param planOf the plan, given the size of the data set's own images
 * @returns the caller disposes its network
 */
export async function beginStudy(run: StudyRun, planOf: (images: ImageShape) => TrainingPlan): Promise<Study> {
  const data = await run.data();
  const plan = planOf(data.training);
  const trained = await run.trained(plan);
  return { ...trained, ...prepareImages(data, plan.images, plan.seed), plan };
}
