/** The code of the installed package, for the fingerprints: it has no sources to look through, and never changes by a line. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isInstalled, projectRoot } from "../base";

/**
 * Entries that all code counts with: none in a checkout, where each file counts; else the package itself with a SHA-256 over
 * everything in it that can run, kernels' sources included.
 *
 * @param root the folder that holds src/ and experiments/
 */
export function installedCode(root: string): string[] {
  if (!isInstalled || root !== projectRoot) return [];
  hash ??= hashOfPackage();
  return [`cnn-findings ${hash}`];
}

let hash: string | undefined;

function hashOfPackage(): string {
  const sum = createHash("sha256");
  for (const room of ["experiments", "src"]) {
    const names = readdirSync(path.join(projectRoot, room), { recursive: true, encoding: "utf8" }).sort();
    for (const name of names.filter((file) => /\.(c?js|cc|h)$/.test(file))) {
      sum.update(`\0${room}/${name}\0`).update(readFileSync(path.join(projectRoot, room, name)));
    }
  }
  return sum.digest("hex");
}

/** The version of a package that is installed beside this one, where Node would find it; undefined where it is nowhere. */
export function installedVersion(name: string, from = projectRoot): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "node_modules", name, "package.json");
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, "utf8")) as { version?: string }).version;
    if (folder === path.dirname(folder)) return undefined;
  }
}
