import { accessSync, constants, existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The folder that holds src/ and experiments/: the checkout's, or that of the installed package's own files. */
export const projectRoot = path.resolve(__dirname, "..", "..");

/** Whether this runs compiled, as the npm package holds it. */
export const isInstalled = path.extname(__filename) === ".js";

/** The folder that results and reports belong in: the checkout's, or that of the project that this is installed in. */
export const homeFolder = isInstalled ? process.cwd() : projectRoot;

/** A path as people on other machines would name it, from the folder of results and reports on; null where it is not in there. */
export function inHomeFolder(file: string): string | null {
  const inside = path.relative(homeFolder, file);
  return inside.startsWith("..") || path.isAbsolute(inside) ? null : inside.split(path.sep).join("/");
}

/** A program of src/, to be started in a process of its own. @param name "run/worker" */
export function programFile(name: string): string {
  return path.join(__dirname, "..", `${name}${path.extname(__filename)}`);
}

/**
 * Where this user's caches of the project are: `$XDG_CACHE_HOME/cnn-findings`, else `~/.cache/cnn-findings`; where that is not there
 * and cannot be made, as in a home folder that is read-only, beside the packages. An XDG_CACHE_HOME that is not absolute does not
 * count, as its standard says.
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME: named, HOME: home } = environment;
  if (named !== undefined && path.isAbsolute(named)) return path.join(named, ownName);
  const usual = path.join(home || os.homedir(), ".cache", ownName);
  return existsSync(usual) || canBeMade(usual) ? usual : path.join(homeFolder, "node_modules", ".cache", ownName);
}

function canBeMade(folder: string): boolean {
  const parent = path.dirname(folder);
  if (!existsSync(parent) && parent !== folder) return canBeMade(parent);
  try {
    accessSync(parent, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What this project is called: where it is imported from, and in folders that several share. */
export const ownName = "cnn-findings";
