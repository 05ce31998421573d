import { realpathSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import type { createJiti } from "jiti";
import { ownName, projectRoot } from "./folders";

/**
 * Loads a file of a person's own, in whatever form TypeScript accepts: TypeScript or JavaScript, an ES module or CommonJS, in a
 * project of either kind, with the paths of its tsconfig.json, with `./helper.js` for helper.ts, on every version of Node
 * alike. Node's own loaders differ: 20 knows no TypeScript, later ones strip types and refuse enums and such names of helpers.
 *
 * What it imports from this project, by its name or by its place, is this very copy, wherever the file lies and whatever is
 * installed there.
 *
 * @param given absolute path; where it is a link, the file imports from where it lies, as with Node and TypeScript
 * @returns as `module` what `require` would give: `module.exports`, or the namespace of an ES module; a promise is left as it is
 * @throws what the file throws, and Error where it cannot be parsed or lacks what it imports
 */
export async function loadUserFile(given: string): Promise<{ readonly module: unknown }> {
  const file = realpathSync(given);
  return { module: exportsOf(file, await settled(loaderOf(file).import(file), file)) };
}

/** The same without waiting: for files in which nothing is awaited outside of functions. */
export function loadUserFileAtOnce(given: string): unknown {
  const file = realpathSync(given);
  return exportsOf(file, loaderOf(file)(file));
}

function loaderOf(file: string): ReturnType<typeof createJiti> {
  // Only now: the library takes a while to load, and looks at the terminal, of which Node warns where variables contradict.
  const jiti = require("jiti") as typeof import("jiti");
  const options = { fsCache: false, jsx: true, alias: knowOwnName() };
  try {
    return jiti.createJiti(file, { ...options, tsconfigPaths: true });
  } catch {
    return jiti.createJiti(file, options); // a tsconfig.json that is none, or extends one that is not there
  }
}

/** The loader looks into what the file exported, and fails at null, after the file has run to its end. */
async function settled(loading: Promise<unknown>, file: string): Promise<unknown> {
  try {
    return await loading;
  } catch (error) {
    if (cached(file)?.loaded) return undefined;
    throw error;
  }
}

/** What the loader returns is made up for imports; what the file itself exported is in Node's cache, unless Node loaded an ES module. */
function exportsOf(file: string, loaded: unknown): unknown {
  const found = cached(file);
  return found === undefined ? loaded : found.exports;
}

function cached(file: string): NodeJS.Module | undefined {
  return require.cache[file];
}

let isKnown = false;

/**
 * From now on a file that asks for this project by its name gets the door of this very copy, and so does one that asks for its laws. Its
 * rooms are loaded here, once, so that a loader finds them where it would load a second copy.
 *
 * @returns the doors' paths by their names, the longer one first, as a name stands for all that begins with it
 */
function knowOwnName(): Readonly<Record<string, string>> {
  const sources = path.join(projectRoot, "src");
  const door = path.join(sources, `index${path.extname(__filename)}`);
  const doors: Readonly<Record<string, string>> = {
    [`${ownName}/laws`]: path.join(sources, "laws", path.basename(door)),
    [ownName]: door,
  };
  if (isKnown) return doors;
  isKnown = true;
  require(door);
  const resolver = Module as unknown as { _resolveFilename(request: string, ...others: unknown[]): string };
  const resolve = resolver._resolveFilename;
  resolver._resolveFilename = function (request, ...others) {
    return resolve.call(this, doors[request] ?? request, ...others);
  };
  return doors;
}
