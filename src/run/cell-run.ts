import path from "node:path";
import { acquireLock, hashOf, type Json } from "../base";
import { givenNetwork } from "../custom-network";
import type { Dataset } from "../data";
import type { CellRun, Progress } from "../experiment";
import { identityOfFacts, storedId } from "../identity";
import { discardDamaged, type ModelUse, type StatisticsOutcome, sealModel } from "../store";
import type { Trained, TrainingPlan, TrainingProgress } from "../training";
import type { Assignment } from "./worker-pool";

export interface CellRunParts {
  readonly assignment: Assignment;
  /** The run's data set, read once and kept. */
  readonly data: () => Promise<Dataset>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Told what came of the check of given weights, before anything is measured with them. */
  readonly onChecked: (check: StatisticsOutcome) => void;
}

/** What a cell gets to work with, and the models that it turns out to have used. */
export function cellRun({ assignment, data, signal, onProgress, onChecked }: CellRunParts): {
  run: CellRun;
  models: readonly ModelUse[];
} {
  const models: ModelUse[] = [];
  const run: CellRun = {
    data,
    get dataName() {
      if (assignment.data === null) throw new Error("the experiment declares no data set, but its cell asks for one");
      return assignment.data;
    },
    ...(assignment.precision === undefined ? {} : { precision: assignment.precision }),
    async trained(plan) {
      const given = await givenNetwork(plan, data, onChecked);
      if (given !== null) return given;
      const { use, found } = await findOrTrain(plan, await data(), { assignment, signal, onProgress });
      models.push(use);
      return found;
    },
    progress: onProgress,
    signal,
  };
  return { run, models };
}

/**
 * A plan's network out of the model store, trained now if it is not there. While one worker trains it, another that
 * wants the same waits and then loads it.
 */
async function findOrTrain(
  plan: TrainingPlan,
  data: Dataset,
  { assignment, signal, onProgress }: Omit<CellRunParts, "data" | "onChecked">,
): Promise<{ use: ModelUse; found: Trained }> {
  const { trainOrLoad } = require("../training") as typeof import("../training");
  const { backend, threads, modelCode: code, modelsFolder } = assignment;
  const { runtimeFacts } = require("../runtime") as typeof import("../runtime");
  const asked = modelId({ plan: plan as unknown as Json, data: data.checksum, backend, threads, code });
  const id = storedId(asked, identityOfFacts(runtimeFacts()));
  const directory = path.join(modelsFolder, id);
  const onNotice = (notice: string) => console.error(notice); // into the worker's log
  let trained = false;
  const release = await acquireLock(path.join(modelsFolder, `${id}.lock`), {
    signal,
    onWait: (owner) => onProgress({ phase: `waiting for ${owner}, which trains this network`, done: 0, total: 1 }),
  });
  try {
    discardDamaged(directory, onNotice);
    const found = await trainOrLoad(plan, {
      directory,
      data,
      signal,
      onProgress(progress) {
        trained = true; // a network that is only loaded has no progress to tell
        onProgress(trainingProgress(plan, progress));
      },
      onNotice,
    });
    sealModel(directory, plan, found.history);
    return { use: { id, trained }, found };
  } finally {
    release();
  }
}

function trainingProgress(
  { architecture }: TrainingPlan,
  { step, steps, loss, accuracy, imagesPerSecond }: TrainingProgress,
): Progress {
  const speed = Math.round(imagesPerSecond).toLocaleString("en");
  return {
    phase: `training ${architecture.name}`,
    done: step,
    total: steps,
    note: `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %, ${speed} images/s`,
  };
}

/** The first 16 hexadecimal digits of SHA-256 over all that determines a trained network, but for the runtime (see `storedId`). */
export function modelId(identity: {
  plan: Json;
  data: string;
  backend: string;
  threads: number;
  code: string;
}): string {
  return hashOf(identity).slice(0, 16);
}
