/** Reading the files of a data set: progress, and errors for files that are missing or damaged. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileKindText, RemediableError, readBeginning } from "../base";

/** A data set that is missing, damaged or not what it should be, and how to get a good one. */
export class DataError extends RemediableError {
  override readonly name = "DataError";
}

/** The system's code of an error ("ENOENT", "ECONNREFUSED"), or undefined when it has none. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** An error's own words, for the inside of a longer message; its code where the words are empty (several addresses). */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && error.message !== "") return error.message;
  return systemCode(error) ?? String(error);
}

/** What loading a data set is busy with, for a progress bar. */
export interface DataProgress {
  /** "waiting": another process is downloading the same data set, and this one waits for it. */
  readonly activity: "downloading" | "waiting" | "unpacking" | "reading";
  /** Bytes done so far; 0 while waiting. */
  readonly done: number;
  /** Bytes in all; undefined where this is not known. */
  readonly total: number | undefined;
}

export type OnDataProgress = (progress: DataProgress) => void;
/** Called before a data set is fetched and anything is written for it; what it throws ends the reading there. */
export type BeforeFetching = () => void;

/**
 * The whole content of a file.
 *
 * @param remedies what to do when the file is not there or cannot be read
 * @throws DataError naming the file
 */
export async function readDataFile(path: string, remedies: readonly string[]): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw new DataError(`${path} is missing`, remedies, { cause: error });
    if (systemCode(error) === "EISDIR")
      throw new DataError(`${path} is a folder, need a file`, remedies, { cause: error });
    throw new DataError(`cannot read ${path}: ${reasonOf(error)}`, remedies, { cause: error });
  }
}

/**
 * Sorted names of what a folder holds.
 *
 * @throws DataError when there is no such folder, or a file stands in its place, or it may not be read
 */
export async function readFolder(path: string, remedies: readonly string[]): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw new DataError(`there is no folder ${path}`, remedies, { cause: error });
    if (systemCode(error) === "ENOTDIR") {
      const kind = fileKindText(readBeginning(path), basename(path));
      throw new DataError(`${path} is a file, need a folder`, kind === null ? remedies : [kind, ...remedies], {
        cause: error,
      });
    }
    throw new DataError(`cannot read the folder ${path}: ${reasonOf(error)}`, remedies, { cause: error });
  }
}

/** A file's length in bytes; undefined when there is no such file. */
export async function fileLength(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
