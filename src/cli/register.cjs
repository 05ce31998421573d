/**
 * Lets Node run TypeScript, wherever the person stands: `node -r ./src/cli/register.cjs FILE.ts`. Workers start so.
 * Types are not checked, and what was transpiled once is taken from the cache.
 */
const path = require("node:path");

require("ts-node").register({
  project: path.resolve(__dirname, "..", "..", "tsconfig.json"),
  transpileOnly: true,
  transpiler: require.resolve("./cached-transpiler.cjs"),
});
