import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TrainingEntry } from "./history";

/** How a training of the model store went so far. */
export interface StoredHistory {
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
    return null; // not there, or not for us: whoever trains it meets the same fault and tells of it
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
