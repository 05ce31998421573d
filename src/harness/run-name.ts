import type { DatasetName } from "../data";
import type { BackendName } from "../runtime";
import { hashOf } from "./canonical-json";
import type { OwnNetworkIdentity } from "./own-network";
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
  /** The network of one's own that is put to the test, where one is. */
  readonly network?: { readonly name: string; readonly identity: OwnNetworkIdentity };
}

/**
 * Names a run's results folder and report: the experiment, then what differs from the reference run.
 *
 * Only the same run overwrites a result: another scale, data set, backend, parameter or network gives another name.
 *
 * @example "block-deletion", "block-deletion-smoke", "block-deletion-cifar10-3fa04c", "block-deletion-my-network20-5b2c11"
 */
export function runName(parts: RunNameParts): string {
  const { experiment, scale, data, defaultData, backend, overrides, network } = parts;
  const changed = network === undefined ? overrides : { ...overrides, "--network": { ...network.identity } };
  const differences = [
    scale === defaultScale ? null : scale,
    data === defaultData ? null : data,
    backend === "tensorflow" ? null : backend,
    network?.name ?? null,
    Object.keys(changed).length === 0 ? null : hashOf(changed).slice(0, 6),
  ];
  return [experiment, ...differences.filter((difference) => difference !== null)].join("-");
}
