import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { errorCode, FileError, makeFolder } from "./atomic-file";

interface LockOptions {
  /** Time between two signs of life; a twelfth of `staleMilliseconds` by default. */
  readonly heartbeatMilliseconds?: number;
  /**
   * An owner that was seen without a sign of life for so long counts as dead, wherever it runs; one minute by default. Time in
   * which this process itself stood still (a laptop asleep) does not count: the owner stood still, too.
   */
  readonly staleMilliseconds?: number;
  /** Time between two looks while another holds the lock. */
  readonly pollMilliseconds?: number;
  /** Called once, when another process is found to hold it. */
  readonly onWait?: (owner: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes a lock that only one process at a time can hold, waiting for it; a dead owner's is taken over.
 *
 * The lock is a folder with one file named after its owner, whose time is renewed as a sign of life. Making the folder and
 * renaming that file both succeed for exactly one process, so two can neither make nor take over the same lock, be they on
 * one machine or on two nodes of a cluster that share the folder. An owner on this machine is dead when its process is; any
 * other when its file was seen unchanged for a while by this process's own clock, since the clocks of two nodes differ, or is
 * so old that no difference of clocks explains it. An owner that was only asleep for long may come back to find the lock
 * taken: what is done under it must then be wasteful, not wrong.
 *
 * @param folder the lock's path; its parent is made where missing
 * @returns gives the lock back
 * @throws FileError where it cannot be made (disk full, folder read-only, ...), or the signal's reason
 */
export async function acquireLock(folder: string, options: LockOptions = {}): Promise<() => void> {
  const { staleMilliseconds = 60_000, pollMilliseconds = 250, onWait, signal } = options;
  const { heartbeatMilliseconds = staleMilliseconds / 12 } = options;
  const own = path.join(folder, `${randomUUID()}.owner`);
  const description = JSON.stringify({ pid: process.pid, host: os.hostname() });
  let seen: number | null = null; // the sign of life when last looked at
  let unchanged = 0; // milliseconds for which it has been seen so
  let told = false;
  writing(folder, () => makeFolder(path.dirname(folder)));
  while (
    !tryToTake(folder, own, description, (sign) => {
      if (sign !== seen) [seen, unchanged] = [sign, 0];
      return unchanged > staleMilliseconds || Date.now() - sign > certainlyStale * staleMilliseconds;
    })
  ) {
    signal?.throwIfAborted();
    if (!told) onWait?.(ownerOf(folder));
    told = true;
    await wait(pollMilliseconds, undefined, signal === undefined ? {} : { signal });
    unchanged += pollMilliseconds;
  }
  const heartbeat = setInterval(() => giveSignOfLife(own), heartbeatMilliseconds);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (!existsSync(own)) return; // taken over meanwhile
    rmSync(own, { force: true });
    removeIfEmpty(folder);
  };
}

/** So many times the limit is more than the clocks of two nodes differ by. */
const certainlyStale = 10;

/** Whether a sign of life, in milliseconds since 1970 by the file system's clock, is too old to count. */
type StaleTest = (sign: number) => boolean;

/** Whether a living process holds a lock, or is just taking it. */
export function isHeld(folder: string, staleMilliseconds = 60_000): boolean {
  if (!existsSync(folder)) return false;
  const isStale: StaleTest = (sign) => Date.now() - sign > staleMilliseconds;
  const owner = ownerFile(folder);
  if (owner !== null) return !isDead(owner, isStale);
  try {
    return !isStale(statSync(folder).mtimeMs);
  } catch {
    return false; // given back meanwhile
  }
}

function tryToTake(folder: string, own: string, description: string, isStale: StaleTest): boolean {
  try {
    mkdirSync(folder);
    writeFileSync(own, description);
    return true;
  } catch (error) {
    // ENOENT: the folder was taken for a forgotten empty one between the two calls; the next try makes it again.
    if (!isCode(error, "EEXIST", "ENOENT")) {
      rmSync(own, { force: true }); // a full disk may have room for the folder and for nothing in it
      removeIfEmpty(folder);
      throw new FileError("write", folder, error);
    }
  }
  const owner = ownerFile(folder);
  if (owner === null) {
    removeForgotten(folder, isStale);
    return false;
  }
  if (!isDead(owner, isStale)) return false;
  try {
    renameSync(owner, own);
    writeFileSync(own, description);
    return true;
  } catch (error) {
    if (isCode(error, "ENOENT")) return false; // another was faster
    throw new FileError("write", folder, error);
  }
}

function writing(folder: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new FileError("write", folder, error);
  }
}

/** Without one, the lock may be taken over: that costs time. An error thrown here, out of a timer, would cost the work. */
function giveSignOfLife(own: string): void {
  try {
    utimesSync(own, new Date(), new Date());
  } catch {
    // Taken over meanwhile, or on a disk that fails: what is done under the lock will meet the same, and can say it.
  }
}

function ownerFile(folder: string): string | null {
  try {
    const name = readdirSync(folder).find((entry) => entry.endsWith(".owner"));
    return name === undefined ? null : path.join(folder, name);
  } catch {
    return null;
  }
}

function isDead(owner: string, isStale: StaleTest): boolean {
  try {
    // Asked of the opened file: of one that is closed, a network file system tells times that may be a minute old.
    const file = openSync(owner, "r");
    try {
      if (isStale(fstatSync(file).mtimeMs)) return true;
      const { pid, host } = JSON.parse(readFileSync(file, "utf8")) as { pid: number; host: string };
      return host === os.hostname() && !isRunning(pid);
    } finally {
      closeSync(file);
    }
  } catch {
    return false; // just being written or given back: look again
  }
}

/** Whether a process of this machine runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** A process that ended between making the folder and its file leaves it empty. */
function removeForgotten(folder: string, isStale: StaleTest): void {
  try {
    if (isStale(statSync(folder).mtimeMs)) removeIfEmpty(folder);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
  }
}

function ownerOf(folder: string): string {
  try {
    const owner = ownerFile(folder);
    const { pid, host } = JSON.parse(readFileSync(owner ?? "", "utf8")) as { pid: number; host: string };
    return host === os.hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  } catch {
    return "another process";
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(errorCode(error));
}
