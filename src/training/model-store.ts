/**
 * Trained networks on disk: a network trained for one experiment is never trained again for another.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../base";
import type { Dataset } from "../data";
import {
  type Checkpoint,
  CheckpointError,
  captureCheckpoint,
  networkOf,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint";
import type { TrainingPlan } from "./plan";
import { prepareImages } from "./prepared-images";
import { type Trained, type TrainingProgress, train } from "./train";

const modelFile = "model.safetensors";

interface TrainOrLoadOptions {
  /** The plan's own folder in the store; made when needed. Its name is the hash of all that determines the weights. */
  readonly directory: string;
  readonly data: Dataset;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Told in a sentence when a damaged file was set aside. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * The trained network of a plan and how its training went: read from its folder, resumed from the checkpoint there, or trained from the beginning.
 *
 * The folder holds `checkpoint.safetensors` while the training is under way; `model.safetensors`, `plan.json` and
 * `history.json` (loss and accuracy by step) once it is done. A damaged file is reported, deleted and made again.
 *
 * @throws TrainingDiverged, FileError, or the signal's reason
 */
export async function trainOrLoad(plan: TrainingPlan, options: TrainOrLoadOptions): Promise<Trained> {
  const { directory, data, signal, onProgress, onNotice } = options;
  const modelPath = join(directory, modelFile);
  const checkpointPath = join(directory, "checkpoint.safetensors");
  const done = readOrDiscard(modelPath, onNotice);
  if (done !== null) return { network: networkOf(plan, done), history: done.history };

  const from = readOrDiscard(checkpointPath, onNotice);
  const images = prepareImages(data, plan.images, plan.seed);
  const { network, history } = await train(plan, images, {
    ...(from === null ? {} : { from }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    onCheckpoint: (checkpoint) => writeCheckpoint(checkpointPath, checkpoint),
  });
  writeFileAtomically(join(directory, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
  writeFileAtomically(join(directory, "history.json"), `${JSON.stringify(history, null, 2)}\n`);
  writeCheckpoint(modelPath, captureCheckpoint(network, null, history)); // last: its presence says that all is there
  rmSync(checkpointPath, { force: true });
  return { network, history };
}

/** Whether a plan's folder holds its trained network. That its file is whole is found out when it is read. */
export function holdsModel(directory: string): boolean {
  return existsSync(join(directory, modelFile));
}

function readOrDiscard(path: string, onNotice?: (notice: string) => void): Checkpoint | null {
  try {
    return readCheckpoint(path);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    rmSync(path, { force: true });
    onNotice?.(`${error.message}; it is made again`);
    return null;
  }
}
