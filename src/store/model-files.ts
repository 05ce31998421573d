/**
 * What the files of a trained network are checked for before it is taken from the store, beyond the checksum over the tensors
 * that each of them holds itself.
 */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { checksumFile, FileError, writeFileAtomically } from "../base";
import type { Checkpoint, TrainingEntry, TrainingPlan } from "../training";
import { checkRunFiles, writeRunChecksums } from "./run-checksums";

const modelFile = "model.safetensors";
const checkpointFile = "checkpoint.safetensors";
const sealedFiles = ["history.json", modelFile, "plan.json"];

/**
 * Removes from a network's folder what is not as it was written, so that it is made again: a model that differs from its list
 * of checksums, and a checkpoint that no training by the plan can have left. A model without a list, which an earlier version
 * wrote or whose writer was killed, is looked at like a checkpoint.
 *
 * @param onNotice told in a sentence of each file that was removed
 * @throws FileError when a file is there but cannot be read
 */
export function discardDamaged(directory: string, plan: TrainingPlan, onNotice: (notice: string) => void): void {
  for (const [name, fault] of [
    [modelFile, modelFault(directory, plan)],
    [checkpointFile, trainingFault(path.join(directory, checkpointFile), plan)],
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
  if (isSealed && checkRunFiles(directory, sealedFiles).length === 0) return;
  if (isSealed || sealedFiles.some((name) => !existsSync(path.join(directory, name)))) {
    writeFileAtomically(path.join(directory, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
    writeFileAtomically(path.join(directory, "history.json"), `${JSON.stringify(history, null, 2)}\n`);
  }
  writeRunChecksums(directory, sealedFiles);
}

/** What is wrong with a finished network's file, in words; null for a good one, or none. */
function modelFault(directory: string, plan: TrainingPlan): string | null {
  if (!existsSync(path.join(directory, modelFile))) return null;
  if (!existsSync(path.join(directory, checksumFile))) return trainingFault(path.join(directory, modelFile), plan);
  const faults = checkRunFiles(directory, [modelFile]).map(({ text }) => text);
  return faults.find((text) => text.startsWith(checksumFile) || text.startsWith(modelFile)) ?? null;
}

/** What is wrong with a training's state in a file, in words; null for a good one, or none. */
function trainingFault(file: string, plan: TrainingPlan): string | null {
  const { CheckpointError, readCheckpoint } = require("../training") as typeof import("../training");
  let state: Checkpoint | null;
  try {
    state = readCheckpoint(file);
  } catch (error) {
    if (error instanceof FileError) throw error;
    return error instanceof CheckpointError ? error.message.slice(file.length + 2) : "its header is damaged";
  }
  return state === null || isHistoryOf(plan, state.history) ? null : "its history is not that of its plan";
}

/**
 * Whether a history may be that of a training by the plan, up to some step. A training goes on at the last step of its
 * checkpoint's history, and the checkpoint's own checksum is over its tensors alone.
 */
function isHistoryOf({ schedule, steps }: TrainingPlan, history: unknown): boolean {
  const { learningRate } = require("../training") as typeof import("../training");
  if (!Array.isArray(history) || history.length === 0) return false;
  const entries: unknown[] = history;
  if (!entries.every((entry) => typeof entry === "object" && entry !== null)) return false;
  const [{ step: every }] = entries as [Partial<TrainingEntry>]; // entries are equally far apart, but for the last
  return (entries as Partial<TrainingEntry>[]).every(
    ({ step, loss, accuracy, learningRate: rate, blocksRun }, i) =>
      Number.isInteger(every) &&
      step === Math.min((i + 1) * every!, steps) &&
      rate === learningRate(schedule, step - 1, steps) &&
      [loss, accuracy, blocksRun].every(Number.isFinite),
  );
}
