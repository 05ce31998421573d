import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { errorCode } from "./file-error";

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
