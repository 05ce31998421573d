import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import { faultInWords, hashOf, makeFolder, UsageError } from "../base";
import type { DatasetName } from "../data";
import { defaultScale, type Scale } from "../experiment";
import type { CustomNetworkIdentity } from "../identity";

import type { BackendName } from "../runtime";

/** Where a run reads and writes. */
export interface RunFolders {
  /** The run's tables and provenance: results/<run>. */
  readonly results: string;
  readonly reports: string;
  readonly reportFile: string;
  /** What is kept between runs and may be deleted at any time: results/store. */
  readonly store: string;
  readonly cells: string;
  readonly models: string;
  readonly logs: string;
  /** How runs are, for those who watch them. */
  readonly runs: string;
  /** The run's training curves; null where none are asked for. */
  readonly tensorboard: string | null;
  /** What was handed to a cluster, and how it came to its end. */
  readonly jobs: string;
}

interface FolderParts {
  readonly results: string;
  readonly reports: string;
  /** Folder of the training curves of all runs, where they are asked for. */
  readonly tensorboard?: string | null;
  readonly run: string;
  readonly experiment: string;
}

export function runFolders({ results, reports, tensorboard = null, run, experiment }: FolderParts): RunFolders {
  const store = path.join(results, "store");
  return {
    results: path.join(results, run),
    reports,
    reportFile: path.join(reports, `${run}.html`),
    store,
    cells: path.join(store, "cells", experiment),
    models: path.join(store, "models"),
    logs: path.join(store, "logs"),
    runs: path.join(store, "runs"),
    tensorboard: tensorboard && path.join(tensorboard, run),
    jobs: path.join(store, "jobs", run),
  };
}

/**
 * Makes the folders, so that a run does not find out after an hour that it cannot write.
 *
 * @throws UsageError naming the folder and what is in its way
 */
export function makeFolders({ results, reports, cells, models, logs, tensorboard }: RunFolders): void {
  for (const folder of [results, reports, cells, models, logs, ...(tensorboard === null ? [] : [tensorboard])]) {
    try {
      makeFolder(folder);
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw new UsageError(
        `cannot write to the folder ${folder}: ${obstacle(folder) ?? faultInWords(error)}`,
        "Name other folders (--results, --reports, --tensorboard), or remove what is in the way.",
      );
    }
  }
}

/** The file that stands where a folder is wanted, in words. */
function obstacle(folder: string): string | null {
  for (let place = folder; place !== path.dirname(place); place = path.dirname(place)) {
    if (existsSync(place) && !statSync(place).isDirectory()) return `${place} is a file`;
  }
  return null;
}

export interface RunNameParts {
  readonly experiment: string;
  readonly scale: Scale;
  /** The run's data set, and the one it would have had unasked. */
  readonly data: DatasetName | null;
  readonly defaultData: DatasetName | null;
  readonly backend: BackendName;
  readonly precision?: "bfloat16" | undefined;
  /** That each cell is computed with. */
  readonly threads: number;
  /** What was set by hand to something else than its default. */
  readonly overrides: Readonly<Record<string, string>>;
  /** The parameters over whose grid verdicts are mapped, with their values, where they are. */
  readonly vary?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Of data of one's own, where they are not what the data set's name means. */
  readonly dataChecksum?: string;
  /** The custom network that is put to the test, where one is. */
  readonly network?: { readonly name: string; readonly identity: CustomNetworkIdentity };
}

/** Whether a run of this name took what its scale takes: its data, float32 and every parameter's default. */
export function isDefaultRun(name: string, experiment: string): boolean {
  return [experiment, `${experiment}-standard`, `${experiment}-paper`].includes(name);
}

/**
 * Names a run's results folder and report: the experiment, then what differs from the reference run.
 *
 * Only the same run overwrites a result: another scale, data set, backend, precision, number of cores, parameter or network
 * gives another name, and so do other data under the name of a data set.
 *
 * @example "block-deletion", "block-deletion-smoke", "block-deletion-cifar10-3fa04c", "block-deletion-my-network20-5b2c11",
 *   "block-deletion-by-steps-8d01e2"
 */
export function runName(parts: RunNameParts): string {
  const {
    experiment,
    scale,
    data,
    defaultData,
    backend,
    precision,
    threads,
    overrides,
    dataChecksum,
    network,
    vary = {},
  } = parts;
  const varied = Object.keys(vary);
  const changed = {
    ...overrides,
    ...(dataChecksum === undefined ? {} : { "--data-dir": dataChecksum }),
    ...(network === undefined ? {} : { "--network": { ...network.identity } }),
    ...(varied.length === 0 ? {} : { "--vary": vary }),
  };
  const differences = [
    scale === defaultScale ? null : scale,
    data === defaultData ? null : data,
    dataChecksum === undefined ? null : "own-data",
    backend === "tensorflow" ? null : backend,
    precision ?? null,
    threads === 1 ? null : `${threads}-cores`,
    network?.name ?? null,
    varied.length === 0 ? null : `by-${varied.join("-")}`,
    Object.keys(changed).length === 0 ? null : hashOf(changed).slice(0, 6),
  ];
  return [experiment, ...differences.filter((difference) => difference !== null)].join("-");
}
