/**
 * Lets Node run TypeScript, wherever the person stands: `node -r ./src/cli/register.cjs FILE.ts`. Programs and workers start so.
 * Types are not checked. What was transpiled once is taken from the cache, without loading TypeScript.
 */
const Module = require("node:module");
const path = require("node:path");
const { cacheFolder, transpiled } = require("./cached-transpiler.cjs");

// From Node 22.1 on, what V8 compiled is remembered, too: of packages and of what is transpiled here.
Module.enableCompileCache?.(path.join(cacheFolder, "compiled"));

/** How to get the source map of a file that was loaded. */
const sourceMaps = new Map();

const javaScript = Module._extensions[".js"];
Module._extensions[".ts"] = (module, fileName) => {
  if (fileName.split(path.sep).includes("node_modules")) return javaScript(module, fileName); // a package's: left to Node
  const { outputText, sourceMap } = transpiled(fileName);
  sourceMaps.set(fileName, sourceMap);
  module._compile(outputText, fileName);
};

/** The first error whose stack is looked at pays for what translates its places into those of the TypeScript files. */
Error.prepareStackTrace = (error, frames) => {
  require("@cspotcode/source-map-support").install({
    environment: "node",
    retrieveSourceMap(url) {
      const map = sourceMaps.get(url)?.();
      return map === undefined ? null : { url, map };
    },
  });
  return Error.prepareStackTrace(error, frames);
};

require("./start-experiment.cjs"); // as ts-node does, by "require" in tsconfig.json
