import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { batchFiles, fileBytes, recordBytes } from "../../src/data/cifar10-archive";

/** A record of a batch file: its number, and what stands in it. */
export interface Entry {
  readonly record: number;
  readonly label: number;
  /** The three planes; black when left out. */
  readonly planes?: Uint8Array;
}

/** Writes a batch file of black images of class 0, except for the entries given; takes next to no room on the disk. */
export function writeBatch(path: string, entries: readonly Entry[] = [], length = fileBytes): void {
  const file = openSync(path, "w");
  ftruncateSync(file, length);
  for (const { record, label, planes = new Uint8Array(0) } of entries) {
    writeSync(file, Uint8Array.of(label, ...planes), 0, 1 + planes.length, record * recordBytes);
  }
  closeSync(file);
}

/** Writes all six batch files; the entries go into those that are named. */
export function writeBatches(folder: string, entries: Readonly<Record<string, readonly Entry[]>> = {}): void {
  for (const file of batchFiles) writeBatch(join(folder, file), entries[file]);
}
