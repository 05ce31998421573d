/** The networks of a stored run, with the images and the curves that belong on its playground. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { chooseRuns, findRuns, isReference, runInFolder, type StoredRun } from "../archive";
import { errorCode, homeFolder, parseJson, plural, relative, UsageError } from "../base";
import { type Dataset, loadDataset, takeAtMost } from "../data";
import { datasetTitle } from "../report";
import { mean } from "../statistics";
import { prepareImages, readCheckpoint, type TrainingPlan } from "../training";
import { type Curve, type PageData, type PageNetwork, packWeights } from "./page-data";

/** Images that a page holds: so many that an image is a third of a point, so few that a cut takes less than a second. */
const imageCount = 300;

/** Bytes of a network's weights. */
const mostBytes = 5_000_000;

/** The experiment whose networks are cut unless a run is named. */
const usual = "block-deletion";

/** A run with trained networks, as the page tells of it. */
export interface CutRun {
  readonly name: string;
  readonly seed: number;
  readonly dataset: Dataset["name"];
  /** Names of the classes in label order. */
  readonly classes: readonly string[];
  /** Mini-batches that its networks were trained on. */
  readonly steps: number;
  readonly data: PageData;
}

/**
 * The networks of a run's first seed.
 *
 * @param name of the run; null for the newest finished one of block-deletion whose networks are in the store
 * @param results folder that holds a folder for each run, and the store
 * @throws UsageError where there is no such run, its networks are not in the store, or one is too large for a page
 */
export async function cutRun(name: string | null, results: string): Promise<CutRun> {
  const run = runInFolder(path.join(results, name === null ? newest(results) : chosen(name, results)));
  const { seeds, data, cells } = run.provenance();
  const seed = seeds[0]!;
  const ids = [...new Set(cells.filter(({ setting }) => setting.seed === seed).flatMap(({ models }) => models))];
  if (ids.length === 0 || data === null || data.name === "images") {
    throw new UsageError(`the run ${run.name} has no trained networks`, `Name one that has: --run ${usual}`);
  }
  const stored = ids.map((id) => readNetwork(id, run, results));
  const dataset = await loadDataset(
    data.name,
    data.folder === undefined ? {} : { directory: path.resolve(homeFolder, data.folder) },
  );
  if (dataset.checksum !== data.checksum) {
    throw new UsageError(
      `the data set ${data.name} is not the one that the run ${run.name} was measured on`,
      `Measure it anew: ${run.commandAgain()}`,
    );
  }
  const prepared = stored.map(({ plan }) => prepareImages(dataset, plan.images, plan.seed));
  const networks = stored.map(({ plan, weights }, i): PageNetwork => {
    const { architecture } = plan;
    const packed = packWeights(architecture, weights);
    if (packed.length > mostBytes) {
      const size = (packed.length / 1e6).toFixed(1);
      throw new UsageError(
        `${architecture.name} takes ${size} MB of a page, at most ${mostBytes / 1e6} MB fit`,
        `Take smaller networks: npx cnn-findings run ${usual}, then npx cnn-findings playground`,
      );
    }
    return { architecture, weights: packed, statistics: prepared[i]!.channelStatistics };
  });
  return {
    ...{ name: run.name, seed, dataset: data.name, classes: dataset.classes, steps: stored[0]!.plan.steps },
    data: {
      networks,
      images: takeAtMost(prepared[0]!.test, imageCount),
      deletions: curves([run], networks, ({ measurement, deleted_blocks: deleted }) =>
        measurement === "several deleted" ? Number(deleted) : null,
      ),
      reorderings: curves(reorderingRuns(results), networks, ({ tau }) => (typeof tau === "number" ? tau : null)),
    },
  };
}

function chosen(name: string, results: string): string {
  return chooseRuns([name], findRuns(results), results)[0]!;
}

/** Name of the newest run of the usual experiment whose networks are in the store; of two, the one that was ended later. */
function newest(results: string): string {
  const runs = findRuns(results)
    .map((name) => ({ name, ...runInFolder(path.join(results, name)).provenance() }))
    .filter(({ experiment, complete }) => experiment === usual && complete)
    .filter(({ cells }) => cells.flatMap(({ models }) => models).some((id) => planText(id, results) !== null))
    .sort((one, other) => other.ended.localeCompare(one.ended));
  if (runs.length > 0) return runs[0]!.name;
  throw new UsageError(
    `no finished run of ${usual} has its trained networks in ${relative(path.join(results, "store"))}`,
    `Train some, in a minute: npx cnn-findings run ${usual} --scale smoke; in a quarter of an hour, good ones: npx cnn-findings run ${usual}`,
  );
}

function modelFolder(id: string, results: string): string {
  return path.join(results, "store", "models", id);
}

/** The plan of a network in the store; null where it is not there. */
function planText(id: string, results: string): string | null {
  try {
    return readFileSync(path.join(modelFolder(id, results), "plan.json"), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function readNetwork(id: string, run: StoredRun, results: string) {
  const file = path.join(modelFolder(id, results), "model.safetensors");
  const plan = planText(id, results);
  const checkpoint = plan === null ? null : readCheckpoint(file);
  if (plan === null || checkpoint === null) {
    throw new UsageError(
      `the network ${id} of the run ${run.name} is not in ${relative(path.join(results, "store", "models"))}`,
      isReference(run.name) ? `Train one's own: npx cnn-findings run ${usual}` : `Train it anew: ${run.commandAgain()}`,
    );
  }
  return { plan: parseJson(plan, "plan.json") as TrainingPlan, weights: checkpoint.weights };
}

/** The run of block-reordering in the folder, one's own before the reference; none where there is none. */
function reorderingRuns(results: string): StoredRun[] {
  const name = findRuns(results).find((one) => path.basename(one) === "block-reordering");
  return name === undefined ? [] : [runInFolder(path.join(results, name))];
}

/** Mean test error over a run's seeds and samples by what `x` tells of a row, ascending; of the networks that it measured. */
function curves(
  runs: readonly StoredRun[],
  networks: readonly PageNetwork[],
  x: (row: Readonly<Record<string, unknown>>) => number | null,
): Record<string, Curve> {
  const rows = runs.flatMap((run) => [...run.rows()]);
  const found = networks.flatMap(({ architecture: { name } }) => {
    const byPlace = new Map<number, number[]>();
    for (const row of rows) {
      const place = row.network === name ? x(row) : null;
      if (place === null || typeof row.error_percent !== "number") continue;
      byPlace.set(place, [...(byPlace.get(place) ?? []), row.error_percent]);
    }
    const points = [...byPlace].sort(([one], [other]) => one - other);
    const curve = { x: points.map(([place]) => place), y: points.map(([, errors]) => mean(errors)) };
    return points.length === 0 ? [] : [[name, curve] as const];
  });
  return Object.fromEntries(found);
}

/** What a page says of its run. */
export function runText({ name, seed, dataset, steps, data }: CutRun): string {
  const [first] = data.networks;
  const [height, width] = first!.architecture.inputShape;
  return `${name}, seed ${seed}: ${plural(data.networks.length, "network")} trained for ${steps} mini-batches on ${datasetTitle(dataset)} at ${width} × ${height} pixels`;
}
