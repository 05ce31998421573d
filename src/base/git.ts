import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { UsageError } from "./errors";

/** The version of the code, as git knows it. */
export interface CodeVersion {
  /** The commit's full hash; "unknown" without a repository, git, or a first commit. */
  readonly commit: string;
  /** Whether files differ from that commit; null where it is not known. */
  readonly dirty: boolean | null;
  /** SHA-256 over the differences and the files that git does not know yet; null where there are none. */
  readonly differences: string | null;
}

/** A run rewrites its own results: they do not make the code that made them dirty. */
const codeOnly = ["--", ".", ":(exclude)results", ":(exclude)reports"];

/** @param folder the project's root; looked at, never changed */
export function codeVersion(folder: string): CodeVersion {
  try {
    const top = git(folder, "rev-parse", "--show-toplevel").trim();
    const commit = git(folder, "rev-parse", "--verify", "HEAD").trim();
    // The project may lie inside another's repository, whose commits say nothing about it.
    if (realpathSync(top) !== realpathSync(folder)) return unknown;
    const changed = git(folder, "diff", "HEAD", ...codeOnly);
    const added = git(folder, "ls-files", "--others", "--exclude-standard", "-z", ...codeOnly)
      .split("\0")
      .filter((file) => file !== "")
      .sort();
    if (changed === "" && added.length === 0) return { commit, dirty: false, differences: null };
    const hash = createHash("sha256").update(changed);
    for (const file of added) hash.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
    return { commit, dirty: true, differences: hash.digest("hex") };
  } catch {
    return unknown;
  }
}

const unknown: CodeVersion = { commit: "unknown", dirty: null, differences: null };

/**
 * The first commit after another that changed one of these files.
 *
 * @param commit full hash @param files paths from the folder
 * @returns abbreviated hash and subject: "1a2b3c4d Fuse kernels"; null where none did, or where git does not know
 */
export function firstChange(folder: string, commit: string, files: readonly string[]): string | null {
  if (files.length === 0 || !/^[0-9a-f]{40}$/.test(commit)) return null;
  try {
    const changes = git(folder, "log", "--reverse", "--format=%h %s", `${commit}..HEAD`, "--", ...files);
    return changes.split("\n")[0] || null;
  } catch {
    return null;
  }
}

/**
 * Files in a folder that git tracks, by absolute paths; none outside a repository.
 *
 * @throws UsageError where the folder is in a repository of which git tells nothing
 */
export function trackedFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    const listed = git(folder, "ls-files", "-z").split("\0");
    return listed.filter((name) => name !== "").map((name) => path.join(folder, name));
  } catch (error) {
    for (let place = folder; place !== path.dirname(place); place = path.dirname(place)) {
      if (existsSync(path.join(place, ".git"))) {
        throw new UsageError(`git does not say what it tracks in ${folder}: ${(error as Error).message}`);
      }
    }
    return [];
  }
}

/** What git answers. Throws where it refuses. */
export function git(folder: string, ...words: string[]): string {
  return execFileSync("git", words, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 28,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" }, // only looks
  });
}
