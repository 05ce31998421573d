import type { PictureShape } from "../data";
import { buildByName } from "../models";
import type { TrainingPlan } from "./plan";
import { type TrainingChoices, trainingPlan } from "./training-plan";

/** A training told by the name of its network: what a study varies, beside what a person chooses for all of them. */
export interface NamedTraining extends Pick<TrainingPlan, "seed" | "steps"> {
  /** "preactivation-resnet32": see `buildByName`. */
  readonly network: string;
  /** Filters of the first stage. */
  readonly width: number;
}

/**
 * The plan of an ordinary training (see `trainingPlan`) of a network that is known by name, on pictures of ten classes.
 *
 * @param pictures size of the data set's own pictures; the network sees them pooled as chosen
 * @throws RangeError when the pooling does not divide the pictures, or there is no such network
 */
export function planByName(
  choices: TrainingChoices,
  { network, width: filters, seed, steps }: NamedTraining,
  { height, width, channels }: PictureShape,
): TrainingPlan {
  const { meanPool } = choices;
  if (height % meanPool !== 0 || width % meanPool !== 0) {
    throw new RangeError(`squares of ${meanPool} x ${meanPool} do not divide pictures of ${height} x ${width} pixels`);
  }
  const inputShape = [height / meanPool, width / meanPool, channels] as const;
  const architecture = buildByName(network, { inputShape, classes: 10, width: filters });
  return trainingPlan(choices, { architecture, seed, steps });
}
