import type { DatasetName } from "../data";
import type { BackendName } from "../runtime";
import { hashOf } from "./canonical-json";
import { defaultScale, type Scale } from "./scale";

export interface RunNameParts {
  readonly experiment: string;
  readonly scale: Scale;
  /** The run's data set, and the one it would have had unasked. */
  readonly data: DatasetName | null;
  readonly defaultData: DatasetName | null;
  readonly backend: BackendName;
  /** What was set by hand to something else than its default. */
  readonly overrides: Readonly<Record<string, string>>;
}

/**
 * Names a run's results folder and report: the experiment, then what differs from the reference run.
 *
 * Only the same run overwrites a result: another scale, data set, backend or parameter gives another name.
 *
 * @example "block-deletion", "block-deletion-smoke", "block-deletion-cifar10-3fa04c"
 */
export function runName({ experiment, scale, data, defaultData, backend, overrides }: RunNameParts): string {
  const differences = [
    scale === defaultScale ? null : scale,
    data === defaultData ? null : data,
    backend === "tensorflow" ? null : backend,
    Object.keys(overrides).length === 0 ? null : hashOf(overrides).slice(0, 6),
  ];
  return [experiment, ...differences.filter((difference) => difference !== null)].join("-");
}
