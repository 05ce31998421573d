import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { DataError, reasonOf, systemCode } from "./data-error";

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
    if (systemCode(error) === "ENOTDIR")
      throw new DataError(`${path} is a file, need a folder`, remedies, { cause: error });
    throw new DataError(`cannot read the folder ${path}: ${reasonOf(error)}`, remedies, { cause: error });
  }
}

/** A file's length in bytes; undefined when there is no such file. */
export async function fileLength(path: string): Promise<number | undefined> {
  return (await existing(path))?.size;
}

/** When a file was last written, in milliseconds since 1970; undefined when there is no such file. */
export async function fileModified(path: string): Promise<number | undefined> {
  return (await existing(path))?.mtimeMs;
}

async function existing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
