/** The networks of `../family-accuracy.ts`, their training, and the rows about them. */
import type { ImageShape } from "../../src/data";
import { column, type ParameterValues, type RowOf, type Rows, type trainingParameters } from "../../src/experiment";
import {
  inferenceOperations,
  linearSurvival,
  parameterCounts,
  smallFamilies,
  smallFamilyByName,
} from "../../src/networks";
import { type TrainingPlan, trainingPlan, trainingWork } from "../../src/training";

export const columns = {
  trained: column.text("network that the cell trained; none where it timed single steps of all"),
  measurement: column.oneOf("what is measured", ["trained network", "step"]),
  network: column.text("small network"),
  parameters: column.whole("trainable parameters"),
  multiply_accumulates: column.whole("multiply-accumulates at inference, one image"),
  step_multiply_accumulates: column.number("multiply-accumulates of a training step, mean over its random routes"),
  accuracy_percent: column.number("top-1 test accuracy", "%"),
  loss_nats: column.number("test cross-entropy", "nats"),
  training_accuracy_percent: column.number("top-1 accuracy on the last mini-batches of the training", "%"),
  training_loss_nats: column.number("cross-entropy on the last mini-batches of the training", "nats"),
  images: column.whole("test images"),
  step: column.whole("number of the timed step"),
  step_seconds: column.number("time of a training step", "s"),
};
export type Row = RowOf<typeof columns, { readonly seed: number; readonly trained: string }>;

/** The one that differs from another in its training alone. */
export const stochasticDepth = {
  name: "stochastic-depth-resnet20",
  title: "stochastic-depth ResNet-20",
  of: "resnet20",
  year: 2016,
};

/** Names, titles and years of all of them, the earliest first. */
export const smallNetworks: readonly { readonly name: string; readonly title: string; readonly year: number }[] = [
  ...smallFamilies,
  stochasticDepth,
].sort((one, other) => one.year - other.year);

/** Networks with rows, the earliest first. */
export function networksOf(rows: Rows<Row>): string[] {
  const present = rows.distinct("network");
  return smallNetworks.map(({ name }) => name).filter((name) => present.includes(name));
}

interface Parameters extends ParameterValues<typeof trainingParameters> {
  readonly width: number;
  readonly lastSurvival: number;
}

/**
 * The plan of a network's training.
 *
 * @param images size of the data set's own images; the network sees them averaged over squares
 * @throws RangeError when the squares do not divide the images, or there is no such network
 */
export function planOf(
  name: string,
  { seed, steps }: { readonly seed: number; readonly steps: number },
  params: Parameters,
  { height, width, channels }: ImageShape,
): TrainingPlan {
  const { meanPool } = params;
  if (height % meanPool !== 0 || width % meanPool !== 0) {
    throw new RangeError(`squares of ${meanPool} x ${meanPool} do not divide images of ${height} x ${width} pixels`);
  }
  const stochastic = name === stochasticDepth.name;
  const architecture = smallFamilyByName(stochastic ? stochasticDepth.of : name).build({
    inputShape: [height / meanPool, width / meanPool, channels],
    classes: 10,
    width: params.width,
  });
  const plan = trainingPlan(params, { architecture, seed, steps });
  if (!stochastic) return plan;
  const probabilities = linearSurvival(architecture.blocks.length, params.lastSurvival);
  return { ...plan, routes: { kind: "survival", probabilities } };
}

/** A network's name, and what is counted of it and its training. */
export function countsOf(network: string, plan: TrainingPlan) {
  return {
    network,
    parameters: parameterCounts(plan.architecture).trainable,
    multiply_accumulates: inferenceOperations(plan.architecture),
    step_multiply_accumulates: trainingWork(plan) / plan.steps,
  };
}
