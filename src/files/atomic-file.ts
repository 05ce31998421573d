import { randomInt } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { FileError } from "./file-error";
import { makeFolder } from "./make-folder";

/**
 * Writes a file so that it is there whole or not at all: under a temporary name beside it, flushed to disk, renamed.
 *
 * Folders on the way are made. A failed write leaves neither the file nor its temporary copy.
 *
 * @throws FileError naming the file and, in words, what stood in the way (disk full, no permission, ...)
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  // Processes on two machines, or in two containers, that share the folder may have the same number: one of chance has not.
  const temporary = `${path}.tmp-${randomInt(2 ** 47)}`;
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, "w");
    try {
      writeWhole(file, typeof content === "string" ? Buffer.from(content) : content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw new FileError("write", path, error);
  }
}

/** `writeSync` may write less than it was given, on a disk that fills up for one. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where the folder is none, the copy cannot be there: what went wrong first is what matters.
  }
}
