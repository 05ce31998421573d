#!/usr/bin/env node
// @ts-check
"use strict";
/**
 * `npx ts-node FILE` in a checkout: ts-node, once the packages are there. A FILE that is not there is told in words, with the
 * nearest: ts-node looks for it before it loads anything of a project's, and ends with a stack trace.
 *
 * Only a checkout names this as a command of its own (see "bin" in package.json); the npm package does not, since whoever
 * installs that may have a ts-node themselves.
 */
const { createRequire } = require("node:module");
const path = require("node:path");
const { setUpPackages } = require("../runtime/setup.cjs");

const status = setUpPackages();
if (status !== 0) process.exitCode = status;
else if (isThere(process.argv[2])) require("ts-node/dist/bin").main();
else {
  require("./register.cjs");
  require("./run").refuseMissing(process.argv[2]);
}

/** Whether ts-node finds its program; where the first word is an option of its own, that is left to it. @param {string | undefined} typed */
function isThere(typed) {
  if (typed === undefined || typed.startsWith("-")) return true;
  const extensions = [".ts", ".tsx", ".jsx"].filter((extension) => !(extension in require.extensions));
  for (const extension of extensions) require.extensions[extension] = () => {};
  try {
    createRequire(__filename).resolve(path.resolve(typed));
    return true;
  } catch {
    return false;
  } finally {
    for (const extension of extensions) delete require.extensions[extension];
  }
}
