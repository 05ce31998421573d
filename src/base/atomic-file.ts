import { randomInt } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path, { dirname } from "node:path";

/**
 * Writes a file so that it is there whole or not at all: under a temporary name beside it, flushed to disk, renamed.
 *
 * Folders on the way are made. A failed write leaves neither the file nor its temporary copy.
 *
 * @throws FileError naming the file and, in words, what stood in the way (disk full, no permission, ...)
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  // Processes on two machines, or in two containers, may share a folder and a process number: hence a random one.
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

/** `writeSync` may write less than it was given: on a disk that fills up, for example. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where the folder is missing, so is the copy: what went wrong first is what matters.
  }
}

/**
 * Makes a folder, and those that it lies in; nothing where it is there.
 *
 * @throws the system's error. Where the file system is read-only it says so: Node itself says of a folder in such a one that
 *   it does not exist (ENOENT).
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") accessSync(nearestThere(path.resolve(folder)), constants.W_OK);
    throw error;
  }
}

function nearestThere(place: string): string {
  return existsSync(place) || place === path.dirname(place) ? place : nearestThere(path.dirname(place));
}

/** A file that could not be read or written, in words that say what to do about it. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** The system's short name of the fault: "ENOSPC". */
  readonly code: string;

  constructor(action: "read" | "write", path: string, cause: unknown) {
    super(`cannot ${action} ${path}: ${faultInWords(cause)}`, { cause });
    this.code = errorCode(cause);
  }
}

/** The system's short name of an error ("ENOENT"), or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What a fault of the system means, and what to do about it; the error's own message for a fault without words here. */
export function faultInWords(error: unknown): string {
  return inWords[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

const inWords: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space and run the same command again",
  EDQUOT: "your disk quota is used up; free some space and run the same command again",
  EACCES: "no permission; check who owns the folder, or choose another",
  EPERM: "no permission; check who owns the folder, or choose another",
  EROFS: "the file system is read-only; choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder; move it away or choose another folder",
  EEXIST: "a part of the path is a file, not a folder; move it away or choose another folder",
  EISDIR: "there is a folder of that name; move it away",
  ENOENT: "it does not exist",
};
