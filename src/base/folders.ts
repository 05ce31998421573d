import os from "node:os";
import path from "node:path";

/** The folder that holds src/ and experiments/: the checkout's, or that of the installed package's own files. */
export const projectRoot = path.resolve(__dirname, "..", "..");

/** Whether this runs compiled, as the npm package holds it. */
export const isInstalled = path.extname(__filename) === ".js";

/** The folder that results and reports belong in: the checkout's, or that of the project that this is installed in. */
export const homeFolder = isInstalled ? process.cwd() : projectRoot;

/** A program of src/, to be started in a process of its own. @param name "run/worker" */
export function programFile(name: string): string {
  return path.join(__dirname, "..", `${name}${path.extname(__filename)}`);
}

/**
 * Where this user's caches of the project are: `$XDG_CACHE_HOME/cnn-findings`, else `~/.cache/cnn-findings`. An XDG_CACHE_HOME
 * that is not absolute does not count, as its standard says.
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME: named, HOME: home } = environment;
  const caches = named !== undefined && path.isAbsolute(named) ? named : path.join(home || os.homedir(), ".cache");
  return path.join(caches, "cnn-findings");
}
