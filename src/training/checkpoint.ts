/**
 * Training half done, in one safetensors file: weights and velocities under their addresses, the history as text.
 *
 * Names in the file: a parameter's own address (`stage1/block1/convolution1/kernel`, `.../normalisation1/mean`) and
 * `velocity/` before it for the optimiser's. Without the velocities a resumed run would drift from an unbroken one.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { FileError, writeFileAtomically } from "../base";
import { type Network, networkWithWeights, replaceParameter } from "../networks";
import type { TrainingEntry } from "./history";
import type { MomentumOptimiser } from "./momentum";
import type { TrainingPlan } from "./plan";
import { decodeSafetensors, encodeSafetensors, SafetensorsError, type StoredTensor } from "./safetensors";

/** The state of a training: finished, or half done. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly history: readonly TrainingEntry[];
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** Empty for a finished training. */
  readonly velocities: ReadonlyMap<string, StoredTensor>;
}

/** A checkpoint file that cannot be used: it is not what was once written. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

/** The state of a training; without its optimiser, the state of a finished one. */
export function captureCheckpoint(
  network: Network,
  optimiser: MomentumOptimiser | null,
  history: readonly TrainingEntry[],
): Checkpoint {
  const weights = new Map(
    [...network.weights].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync<"float32">()) },
    ]),
  );
  const velocities = optimiser?.velocities() ?? new Map<string, StoredTensor>();
  return { step: history.at(-1)?.step ?? 0, history: [...history], weights, velocities };
}

/** Puts a checkpoint's state into a network and its fresh optimiser. */
export function restoreCheckpoint(checkpoint: Checkpoint, network: Network, optimiser: MomentumOptimiser): void {
  const restored = networkWithWeights(network.architecture, checkpoint.weights);
  for (const [name, tensor] of restored.weights) replaceParameter(network, name, tensor);
  optimiser.restore(checkpoint.velocities);
}

/** Writes a checkpoint whole or not at all, with a checksum of its values and its history. @throws FileError */
export function writeCheckpoint(path: string, { history, weights, velocities }: Checkpoint): void {
  const tensors = new Map(weights);
  for (const [name, velocity] of velocities) tensors.set(`velocity/${name}`, velocity);
  const text = JSON.stringify(history);
  const metadata = { history: text, checksum: checksumOf(text, tensors) };
  writeFileAtomically(path, encodeSafetensors({ tensors, metadata }));
}

/**
 * Reads a checkpoint.
 *
 * @returns null when there is none
 * @throws FileError when it cannot be read, CheckpointError when its content is damaged
 */
export function readCheckpoint(path: string): Checkpoint | null {
  if (!existsSync(path)) return null;
  try {
    const { tensors, metadata } = decodeSafetensors(readBytes(path));
    const { history: text = "", checksum } = metadata;
    if (checksum !== checksumOf(text, tensors))
      throw new CheckpointError(`${path}: its content does not match its checksum`);
    const history = JSON.parse(text) as TrainingEntry[];
    const weights = new Map<string, StoredTensor>();
    const velocities = new Map<string, StoredTensor>();
    for (const [name, tensor] of tensors) {
      if (name.startsWith("velocity/")) velocities.set(name.slice("velocity/".length), tensor);
      else weights.set(name, tensor);
    }
    return { step: history.at(-1)?.step ?? 0, history, weights, velocities };
  } catch (error) {
    if (error instanceof SafetensorsError || error instanceof SyntaxError) {
      throw new CheckpointError(`${path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The network of a finished training's checkpoint. @throws RangeError when it does not fit the plan's architecture */
export function networkOf({ architecture, precision }: TrainingPlan, checkpoint: Checkpoint): Network {
  return networkWithWeights(architecture, checkpoint.weights, precision);
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FileError("read", path, error);
  }
}

/** SHA-256 over the history, then every tensor with its name and shape. */
function checksumOf(history: string, tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash("sha256").update(JSON.stringify(history));
  for (const [name, { shape, data }] of tensors) {
    hash.update(JSON.stringify([name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
