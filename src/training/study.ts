import type { Dataset, PictureShape } from "../data";
import type { TrainingPlan } from "./plan";
import { type PreparedPictures, preparePictures } from "./prepared-pictures";
import type { Trained } from "./train";

/** Where a study gets its data and its network from: part of what the harness hands to a cell. */
export interface StudyRun {
  data(): Promise<Dataset>;
  trained(plan: TrainingPlan): Promise<Trained>;
}

/** A trained network with its history, its plan, and the pictures that it was trained on and is tested on. */
export interface Study extends Trained, PreparedPictures {
  readonly plan: TrainingPlan;
}

/**
 * How every study of a trained network begins: the network of a plan, and the pictures as it sees them.
 *
 * @param planOf the plan, given the size of the data set's own pictures
 * @returns the caller disposes its network
 */
export async function beginStudy(run: StudyRun, planOf: (pictures: PictureShape) => TrainingPlan): Promise<Study> {
  const data = await run.data();
  const plan = planOf(data.training);
  const trained = await run.trained(plan);
  return { ...trained, ...preparePictures(data, plan.pictures, plan.seed), plan };
}
