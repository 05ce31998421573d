import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import path from "node:path";
import { isRunning } from "../../base";
import { SetUpError } from "../set-up-error";

/**
 * Makes an empty folder beside `place`, to fill and then rename to it, so that `place` never holds half of something.
 * Takes away what interrupted processes left there.
 *
 * @throws SetUpError when the cache folder cannot be written
 */
export function temporaryBeside(place: string): string {
  const parent = path.dirname(place);
  const temporary = `${place}.tmp-${process.pid}`;
  writing(parent, () => {
    mkdirSync(parent, { recursive: true });
    for (const name of readdirSync(parent)) {
      const owner = name.startsWith(`${path.basename(place)}.tmp-`) ? Number(name.split(".tmp-")[1]) : Number.NaN;
      if (Number.isInteger(owner) && !isRunning(owner))
        rmSync(path.join(parent, name), { recursive: true, force: true });
    }
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
  });
  return temporary;
}

/**
 * Gives a finished temporary folder its name. Where another process of this user was faster, its folder stays, which is as
 * good.
 */
export function moveInto(place: string, finished: string): void {
  try {
    renameSync(finished, place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/**
 * Makes sure that there is room before a long download.
 *
 * @throws SetUpError when less than `bytes` is free in `folder`, which must exist
 */
export function needFreeSpace(folder: string, bytes: number): void {
  const free = freeBytes(folder);
  if (free >= bytes) return;
  throw new SetUpError(
    `there is too little room in ${folder}: need ${gigabytes(bytes)} free, there is ${gigabytes(free)}`,
    cacheRemedies,
  );
}

/** What an ordinary user may still write into the file system that holds `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Does some writing; where the file system refuses, says so in words. */
export function writing<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === "ENOSPC" ? "the disk is full" : message;
    throw new SetUpError(`the folder ${folder} cannot be written: ${why}`, cacheRemedies, { cause: error });
  }
}

export const cacheRemedies = ["XDG_CACHE_HOME=/another/folder names another place for the cache"];

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
