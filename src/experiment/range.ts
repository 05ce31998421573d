/** For which networks, depths and lengths of training a verdict was shown, as a run's parameters tell it. */
import { quantity } from "../statistics";
import type { ParameterValue } from "./parameters";

type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * The range of a run's verdicts in words; the data set is told beside it. Empty where no parameter speaks of networks or training.
 *
 * @example rangeOf({ residual: "preactivation-resnet32", steps: 400 }) // "preactivation-resnet32; 400 mini-batches"
 */
export function rangeOf(parameters: Parameters): string {
  const { depths, steps, trainingImages } = parameters;
  const names = Object.values(parameters).filter(
    (value) => typeof value === "string" && /^[a-z][a-z-]*\d+$/.test(value),
  );
  return [
    names.join(", "),
    numbersIn(depths).length === 0 ? "" : `depths ${spanOf(numbersIn(depths))}`,
    typeof steps === "number" && steps > 0 ? `${quantity(steps)} mini-batches` : "",
    typeof trainingImages === "number" && trainingImages > 0 ? `${quantity(trainingImages)} training images` : "",
  ]
    .filter((part) => part !== "")
    .join("; ");
}

/** Lengths of training that are proposed where a run's was too short. */
const lengths = [2000, 8000, 32_000];

/**
 * The setting that trains longer, as a clause: "e.g. --set steps=2000". Null where a run has no such parameter, and where weights
 * were given.
 */
export function longerTraining({ steps }: Parameters): string | null {
  if (typeof steps !== "number" || steps === 0) return null;
  return `e.g. --set steps=${lengths.find((length) => length >= 4 * steps) ?? 4 * steps}`;
}

function numbersIn(value: ParameterValue | undefined): number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "number") : [];
}

function spanOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}
