/**
 * What the files of a trained network are checked for before it is taken from the store.
 */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { checksumFile, FileError, writeFileAtomically } from "../base";
import type { TrainingEntry, TrainingPlan } from "../training";
import { checkFiles, writeChecksums } from "./checked-files";

const modelFile = "model.safetensors";
const checkpointFile = "checkpoint.safetensors";
const sealedFiles = ["history.json", modelFile, "plan.json"];

/**
 * Removes from a network's folder what is not as it was written, so that it is made again: a model that differs from its list
 * of checksums, and a checkpoint that differs from its own checksum. A model without a list, whose writer was killed, is looked
 * at like a checkpoint.
 *
 * @param onNotice told in a sentence of each file that was removed
 * @throws FileError when a file is there but cannot be read
 */
export function discardDamaged(directory: string, onNotice: (notice: string) => void): void {
  for (const [name, fault] of [
    [modelFile, modelFault(directory)],
    [checkpointFile, stateFault(path.join(directory, checkpointFile))],
  ] as const) {
    if (fault === null) continue;
    rmSync(path.join(directory, name), { force: true });
    onNotice(`${path.join(directory, name)}: ${fault}; it is made again`);
  }
  if (!existsSync(path.join(directory, modelFile))) rmSync(path.join(directory, checksumFile), { force: true });
}

/**
 * Writes the list of a trained network's files with their checksums, which `sha256sum -c SHA256SUMS` checks in its folder,
 * unless all is as the list has it. A plan or history that is not is written anew first.
 *
 * @throws FileError
 */
export function sealModel(directory: string, plan: TrainingPlan, history: readonly TrainingEntry[]): void {
  const isSealed = existsSync(path.join(directory, checksumFile));
  if (isSealed && checkFiles(directory, sealedFiles).length === 0) return;
  if (isSealed || sealedFiles.some((name) => !existsSync(path.join(directory, name)))) {
    writeFileAtomically(path.join(directory, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
    writeFileAtomically(path.join(directory, "history.json"), `${JSON.stringify(history, null, 2)}\n`);
  }
  writeChecksums(directory, sealedFiles);
}

/** What is wrong with a finished network's file, in words; null for a good one, or none. */
function modelFault(directory: string): string | null {
  if (!existsSync(path.join(directory, modelFile))) return null;
  if (!existsSync(path.join(directory, checksumFile))) return stateFault(path.join(directory, modelFile));
  const faults = checkFiles(directory, [modelFile]).map(({ text }) => text);
  return faults.find((text) => text.startsWith(checksumFile) || text.startsWith(modelFile)) ?? null;
}

/** What is wrong with a training's state in a file, in words; null for a good one, or none. */
function stateFault(file: string): string | null {
  const { CheckpointError, readCheckpoint } = require("../training") as typeof import("../training");
  try {
    readCheckpoint(file);
    return null;
  } catch (error) {
    if (error instanceof FileError) throw error;
    return error instanceof CheckpointError ? error.message.slice(file.length + 2) : "its header is damaged";
  }
}
