import type { Dataset, ImageShape } from "../data";
import type { TrainingPlan } from "./plan";
import { type PreparedImages, prepareImages } from "./prepared-images";
import type { Trained } from "./train";

/** Where a study gets its data and its network from: part of what the harness hands to a cell. */
interface StudyRun {
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
