import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that a reader, or a crash, never meets half of it: the old content stands until the new is whole.
 *
 * The content goes to a temporary name in the same folder (renaming across file systems is not atomic), is flushed to
 * the disk, and takes the file's name at once. A failed write leaves the old file and no temporary one. Missing folders
 * are made.
 *
 * @param path of the file; a name of its own for each writer, or the last to finish wins
 * @throws Error that names the path and says what to do, its `cause` the system's own error
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to report
    throw writeFailure(path, error);
  }
}

const explanations: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space and run again",
  EDQUOT: "the disk quota is used up; free some space and run again",
  EACCES: "permission denied; choose a folder you may write to",
  EPERM: "permission denied; choose a folder you may write to",
  EROFS: "the file system is read-only; choose another folder",
  EISDIR: "a folder has this name; remove or rename it",
  ENOTDIR: "a file stands where a folder is needed on the way to it",
  ENAMETOOLONG: "the name is too long",
};

/** The error of a failed write in words: what file, why, what to do. */
export function writeFailure(path: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const why = explanations[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new Error(`cannot write ${path}: ${why}${code === "" ? "" : ` (${code})`}`, { cause });
}
