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
import { errorCode, FileError, makeFolder } from "../base";

export interface LockOptions {
  /** Time between two signs of life. */
  readonly heartbeatMilliseconds?: number;
  /** An owner whose last sign of life is older than this counts as dead, wherever it runs. */
  readonly staleMilliseconds?: number;
  /** Time between two looks while another holds the lock. */
  readonly pollMilliseconds?: number;
  /** Told once, when somebody else is found to hold it. */
  readonly onWait?: (owner: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes a lock that only one process at a time can hold, waiting for it; a dead owner's is taken over.
 *
 * The lock is a folder with one file named after its owner, whose time is renewed as a sign of life. Making the folder and
 * renaming that file both succeed for exactly one process, so two can neither make nor take over the same lock, be they on
 * one machine or on two that share the folder (and whose clocks agree to within a minute, less the heartbeat). An owner
 * that was only asleep for long may come back to find it taken: both then do the same deterministic work and write the
 * same files atomically, which costs time and nothing else.
 *
 * @param folder the lock's path; its parent is made where missing
 * @returns what gives the lock back
 * @throws FileError where it cannot be made (disk full, folder read-only, ...), or the signal's reason
 */
export async function acquireLock(folder: string, options: LockOptions = {}): Promise<() => void> {
  const { heartbeatMilliseconds = 5_000, staleMilliseconds = 60_000, pollMilliseconds = 250, onWait, signal } = options;
  const own = path.join(folder, `${randomUUID()}.owner`);
  const description = JSON.stringify({ pid: process.pid, host: os.hostname() });
  let told = false;
  writing(folder, () => makeFolder(path.dirname(folder)));
  while (!tryToTake(folder, own, description, staleMilliseconds)) {
    signal?.throwIfAborted();
    if (!told) onWait?.(ownerOf(folder));
    told = true;
    await wait(pollMilliseconds, undefined, signal === undefined ? {} : { signal });
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

/** Whether a living process holds a lock, or is just taking it. */
export function isHeld(folder: string, staleMilliseconds = 60_000): boolean {
  if (!existsSync(folder)) return false;
  const owner = ownerFile(folder);
  if (owner !== null) return !isDead(owner, staleMilliseconds);
  try {
    return Date.now() - statSync(folder).mtimeMs <= staleMilliseconds;
  } catch {
    return false; // given back meanwhile
  }
}

function tryToTake(folder: string, own: string, description: string, staleMilliseconds: number): boolean {
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
    removeForgotten(folder, staleMilliseconds);
    return false;
  }
  if (!isDead(owner, staleMilliseconds)) return false;
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

function isDead(owner: string, staleMilliseconds: number): boolean {
  try {
    // Asked of the opened file: of one that is closed, a network file system tells times that may be a minute old.
    const file = openSync(owner, "r");
    try {
      if (Date.now() - fstatSync(file).mtimeMs > staleMilliseconds) return true;
      const { pid, host } = JSON.parse(readFileSync(file, "utf8")) as { pid: number; host: string };
      return host === os.hostname() && !isAlive(pid);
    } finally {
      closeSync(file);
    }
  } catch {
    return false; // just being written or given back: look again
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** A process that ended between making the folder and its file leaves it empty. */
function removeForgotten(folder: string, staleMilliseconds: number): void {
  try {
    if (Date.now() - statSync(folder).mtimeMs > staleMilliseconds) removeIfEmpty(folder);
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
