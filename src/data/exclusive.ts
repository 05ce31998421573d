import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileModified, systemCode } from "./files";

export interface ExclusiveOptions {
  /** Called each time this process finds that it still has to wait. */
  readonly onWait?: () => void;
  readonly pollMilliseconds?: number;
  /**
   * How long a lock may be seen untouched before its owner counts as gone. Owners touch theirs four times as often. Time in
   * which this process itself stood still (a laptop asleep, a machine under load) does not count: the owner stood still too.
   */
  readonly staleMilliseconds?: number;
}

/**
 * Runs an action while no other process runs one under the same lock file; waits for its turn.
 *
 * Made for the workers of one experiment that all miss the same data set. A lock whose owner has died is taken over: at
 * once where the owner ran on this machine, else after the lock has been seen untouched for a while (in the waiting process's
 * own time, since the clocks of a file server and its clients differ). Two takers at the very same moment may both go in;
 * what is done under the lock must then be wasteful, not wrong.
 */
export async function exclusively<T>(
  lock: string,
  action: () => Promise<T>,
  { onWait, pollMilliseconds = 500, staleMilliseconds = 60_000 }: ExclusiveOptions = {},
): Promise<T> {
  const owner = JSON.stringify({ process: process.pid, host: hostname() });
  let touched: number | undefined; // the lock's time stamp when last looked at
  let untouched = 0; // milliseconds for which it has been seen so
  while (!(await claim(lock, owner))) {
    const modified = await fileModified(lock);
    if (modified !== touched) {
      touched = modified;
      untouched = 0;
    }
    if (untouched > staleMilliseconds || (await ownerDied(lock))) {
      await rm(lock, { force: true });
      continue;
    }
    onWait?.();
    await pause(pollMilliseconds);
    untouched += pollMilliseconds;
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined); // a lock that someone removed is no reason to stop the work
  }, staleMilliseconds / 4);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    await rm(lock, { force: true });
  }
}

async function claim(lock: string, owner: string): Promise<boolean> {
  try {
    await writeFile(lock, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whether the lock names a process of this machine that runs no more; false wherever that is not certain. */
async function ownerDied(lock: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(lock, "utf8")) as { process?: unknown; host?: unknown };
    if (owner.host !== hostname() || typeof owner.process !== "number") return false;
    process.kill(owner.process, 0); // signal 0 only asks
    return false;
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
}
