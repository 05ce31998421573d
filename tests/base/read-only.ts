import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import * as assert from "uvu/assert";

const mount = (...words: string[]) => spawnSync("mount", words).status === 0;

/**
 * Lets a folder be read only while something is done; makes it where it is missing. Root may write wherever the file system
 * itself allows it: for root it is mounted so, where that is allowed, and else nothing is done.
 */
export async function withReadOnly(folder: string, action: () => unknown): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o555);
    try {
      await action();
    } finally {
      chmodSync(folder, 0o755);
    }
    return;
  }
  if (!mount("--bind", folder, folder)) {
    console.log("skipped: for root a folder is read-only where it is mounted so, which is not allowed here");
    return;
  }
  try {
    assert.ok(mount("-o", "remount,ro,bind", folder));
    await action();
  } finally {
    spawnSync("umount", [folder]);
  }
}
