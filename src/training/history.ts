import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** How a training went up to a step: means over the steps since the entry before. */
export interface TrainingEntry {
  /** Steps done. */
  readonly step: number;
  /** Mean cross-entropy in nats on the training batches, with label smoothing where the plan has it. */
  readonly loss: number;
  /** Share of the training batches' images classified rightly while training. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Blocks whose residual branch ran, mean over the steps: fewer than there are where routes are sampled. */
  readonly blocksRun: number;
}

/** How a training of the model store went so far. */
interface StoredHistory {
  readonly history: readonly TrainingEntry[];
  /** Whether the network is trained; else the history ends at its last checkpoint. */
  readonly done: boolean;
  /** When that was written, in milliseconds since 1970. */
  readonly written: number;
}

const entriesSchema = z.array(
  z.object({
    step: z.number().int().positive(),
    loss: z.number(),
    accuracy: z.number(),
    learningRate: z.number(),
    blocksRun: z.number(),
  }),
);
const headerSchema = z.object({ __metadata__: z.object({ history: z.string() }) });

/** Largest header of a checkpoint that is read, in bytes: no honest file comes near it. */
const largestHeader = 100_000_000;

/**
 * How far a training has come, and how it went: from `history.json` of a trained network, or while it trains from the head
 * of its checkpoint. No tensor is read, so that one may look every second.
 *
 * @param directory the plan's own folder in the store
 * @returns null where neither file is there, or the one that is there cannot be understood
 */
export function storedHistory(directory: string): StoredHistory | null {
  const trained = readBeginning(join(directory, "history.json"), (file, size) => readBytes(file, 0, size));
  if (trained !== null) return understood(trained, true, (bytes) => JSON.parse(bytes.toString()));
  const checkpoint = readBeginning(join(directory, "checkpoint.safetensors"), readHeader);
  if (checkpoint === null) return null;
  return understood(checkpoint, false, (bytes) =>
    JSON.parse(headerSchema.parse(JSON.parse(bytes.toString())).__metadata__.history),
  );
}

interface Beginning {
  readonly bytes: Buffer;
  readonly written: number;
}

function understood(
  { bytes, written }: Beginning,
  done: boolean,
  read: (bytes: Buffer) => unknown,
): StoredHistory | null {
  try {
    return { history: entriesSchema.parse(read(bytes)), done, written };
  } catch {
    return null; // the training itself finds out, and makes it again
  }
}

/** A part of a file with its time, both of the file as it was opened: it may be replaced meanwhile. Null without the file. */
function readBeginning(path: string, read: (file: number, size: number) => Buffer): Beginning | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null; // not there, or not readable: the training itself meets the same error and reports it
  }
  try {
    const { mtimeMs: written, size } = fstatSync(file);
    return { bytes: read(file, size), written };
  } finally {
    closeSync(file);
  }
}

/** The JSON header of a safetensors file; nothing where its length cannot be one. */
function readHeader(file: number, size: number): Buffer {
  const start = readBytes(file, 0, 8);
  const length = start.length < 8 ? 0 : Number(start.readBigUInt64LE());
  return length > Math.min(largestHeader, size - 8) ? Buffer.alloc(0) : readBytes(file, 8, length);
}

function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = readSync(file, bytes, read, length - read, position + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

/**
 * A training's history in at most so many points: neighbouring entries joined, as many steps in each point as go in evenly.
 *
 * Means over the steps behind a point are weighted by those of its entries; step and learning rate are the last entry's.
 *
 * @param history entries with ascending steps
 * @param points at least 1
 * @throws RangeError for fewer points than 1
 */
export function trainingCurve(history: readonly TrainingEntry[], points: number): TrainingEntry[] {
  if (!(Number.isInteger(points) && points >= 1)) throw new RangeError(`need at least 1 point, got ${points}`);
  const joined = Math.ceil(history.length / points);
  return Array.from({ length: Math.ceil(history.length / Math.max(joined, 1)) }, (_, i) =>
    joinEntries(history.slice(i * joined, (i + 1) * joined), i === 0 ? 0 : history[i * joined - 1]!.step),
  );
}

/**
 * Mean loss (nats) over the last steps of a training, to the whole entry that reaches beyond them.
 *
 * @param lastSteps at least 1; the whole training where it has no more
 * @throws RangeError for an empty history, or fewer steps than 1
 */
export function finalLoss(history: readonly TrainingEntry[], lastSteps: number): number {
  const last = history.at(-1);
  if (last === undefined) throw new RangeError("a training without entries has no final loss");
  if (!(lastSteps >= 1)) throw new RangeError(`need at least 1 step, got ${lastSteps}`);
  const first = history.findIndex(({ step }) => step > last.step - lastSteps);
  return joinEntries(history.slice(first), first === 0 ? 0 : history[first - 1]!.step).loss;
}

/** @param from steps done before the first entry */
function joinEntries(entries: readonly TrainingEntry[], from: number): TrainingEntry {
  const last = entries.at(-1)!;
  const steps = entries.map(({ step }, i) => step - (i === 0 ? from : entries[i - 1]!.step));
  const mean = (value: (entry: TrainingEntry) => number) =>
    entries.reduce((sum, entry, i) => sum + value(entry) * steps[i]!, 0) / (last.step - from);
  return {
    step: last.step,
    loss: mean(({ loss }) => loss),
    accuracy: mean(({ accuracy }) => accuracy),
    learningRate: last.learningRate,
    blocksRun: mean(({ blocksRun }) => blocksRun),
  };
}
