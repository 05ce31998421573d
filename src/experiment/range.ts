/** For which networks, depths and lengths of training a verdict was shown, as a run's parameters tell it. */
import type { Training } from "../claims";
import type { DatasetName, ImageShape } from "../data";
import { registeredArchitecture } from "../networks";
import { quantity } from "../statistics";
import type { ParameterValue } from "./parameters";
import { hasGivenWeights } from "./training-parameters";

type Parameters = Readonly<Record<string, ParameterValue>>;

/** The data set of a run, with the size of its images where that is known. */
export interface RangeData {
  readonly name: DatasetName;
  readonly images?: ImageShape | undefined;
}

/**
 * The range of a run's verdicts in words: networks, depths, length of training, data. Empty where there is nothing of the kind.
 *
 * @param data null where the experiment makes its own
 * @example rangeOf({ residual: "preactivation-resnet32", steps: 400 }, { name: "mnist" }) // "preactivation-resnet32; 400 mini-batches; mnist"
 */
export function rangeOf(parameters: Parameters, data: RangeData | null): string {
  const { depths, steps, trainingImages } = parameters;
  const named = Object.values(parameters).filter(
    (value) => typeof value === "string" && /^[a-z][a-z-]*\d+$/.test(value),
  );
  // Where weights were given, networks that would have to be trained beside are left out.
  const names = hasGivenWeights(parameters)
    ? named.filter((name) => registeredArchitecture(String(name)) !== null)
    : named;
  return [
    names.join(", "),
    numbersIn(depths).length === 0 ? "" : `depths ${spanOf(numbersIn(depths))}`,
    typeof steps === "number" && !hasGivenWeights(parameters) ? `${quantity(steps)} mini-batches` : "",
    typeof trainingImages === "number" && trainingImages > 0 ? `${quantity(trainingImages)} training images` : "",
    data === null ? "" : dataText(data, parameters.meanPool),
  ]
    .filter((part) => part !== "")
    .join("; ");
}

/** @example dataText({ name: "mnist", images: { height: 28, width: 28, channels: 1 } }, 2) // "mnist, 14 x 14 pixels" */
function dataText({ name, images }: RangeData, meanPool: ParameterValue | undefined): string {
  if (images === undefined) return name;
  const pool = typeof meanPool === "number" ? meanPool : 1;
  return `${name}, ${images.height / pool} x ${images.width / pool} pixels`;
}

/** Lengths of training that are proposed where a run's was too short. */
const lengths = [2000, 8000, 32_000];

/** How networks were trained, as far as parameters tell it; the setting that trains longer is a clause: "e.g. --set steps=2000". */
export function trainingOf(parameters: Parameters): Training {
  const { steps } = parameters;
  if (hasGivenWeights(parameters)) return "given";
  if (typeof steps !== "number") return { longer: null };
  return { longer: `e.g. --set steps=${lengths.find((length) => length >= 4 * steps) ?? 4 * steps}` };
}

function numbersIn(value: ParameterValue | undefined): number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "number") : [];
}

function spanOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}
