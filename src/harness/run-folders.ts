import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "./usage-error";

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
  /** What was handed to a cluster, and how it came to its end. */
  readonly jobs: string;
}

export function runFolders(parts: { results: string; reports: string; run: string; experiment: string }): RunFolders {
  const { results, reports, run, experiment } = parts;
  const store = path.join(results, "store");
  return {
    results: path.join(results, run),
    reports,
    reportFile: path.join(reports, `${run}.html`),
    store,
    cells: path.join(store, "cells", experiment),
    models: path.join(store, "models"),
    logs: path.join(store, "logs"),
    jobs: path.join(store, "jobs", run),
  };
}

/**
 * Makes the folders, so that a run does not find out after an hour that it cannot write.
 *
 * @throws UsageError naming the folder and what is in its way
 */
export function makeFolders({ results, reports, cells, models, logs }: RunFolders): void {
  for (const folder of [results, reports, cells, models, logs]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw new UsageError(
        `cannot write to the folder ${folder}: ${obstacle(folder) ?? (error as Error).message}`,
        "Name other folders by --results and --reports, or remove what is in the way.",
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
