// @ts-check
"use strict";
/**
 * Set-up, first stage: `npx cnn-findings setup`. Plain JavaScript, because it runs before there are any packages.
 *
 * Checks Node, installs the packages, and hands over to the second stage (set-up-tensorflow.ts) unless TensorFlow is
 * ready. Ends with status 0 when all is ready, 1 on a failure, 2 on a wrong option.
 */
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { installPackages } = require("./packages.cjs");
const { readOptions, usage } = require("./set-up-options.cjs");
const { readStamp, stampHolds } = require("./set-up-stamp.cjs");

const root = path.resolve(__dirname, "../..");
/** As the npm package holds it, compiled; then whoever installed it has installed what it needs. */
const isCompiled = fs.existsSync(path.join(__dirname, "set-up-tensorflow.js"));

/** As far as the packages: enough for what does not compute. @returns {number} status to end with */
function setUpPackages() {
  const problem = nodeProblem() ?? (isCompiled ? undefined : installPackages(root));
  if (problem === undefined) return 0;
  console.error(problem);
  return 1;
}

/**
 * All of it.
 *
 * @param {readonly string[]} argv options of set-up
 * @param {{ quiet?: boolean }} manner quiet: nothing is printed where all is ready
 * @returns {number} status to end with
 */
function setUp(argv, { quiet = false } = {}) {
  let options;
  try {
    options = readOptions(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const before = readStamp(root); // read now, since `npm ci` removes it
  const status = setUpPackages();
  if (status !== 0) return status;
  if (options.choice === undefined && process.env.CNN_FINDINGS_BACKEND === "cpu") {
    if (!quiet) console.error("TensorFlow is left out: CNN_FINDINGS_BACKEND=cpu chooses the pure JavaScript backend");
    return 0;
  }
  const choice = options.choice ?? before?.choice ?? "cpu";
  const stamp = readStamp(root);
  if (!options.dryRun && stamp !== undefined && stamp.choice === choice && stampHolds(stamp)) {
    if (!quiet) console.error(`ready: TensorFlow ${stamp.version} in ${stamp.folder}`);
    return 0;
  }
  return setUpTensorFlow([
    ...(choice === "cpu" || choice === "gpu" ? [`--${choice}`] : ["--tensorflow", choice]),
    ...(options.dryRun ? ["--dry-run"] : []),
    ...(options.debug ? ["--debug"] : []),
  ]);
}

/** The second stage. @param {readonly string[]} argv @returns {number} its status */
function setUpTensorFlow(argv) {
  const program = isCompiled
    ? ["src/runtime/set-up-tensorflow.js"]
    : [path.join(root, "node_modules", "ts-node", "dist", "bin.js"), "src/runtime/set-up-tensorflow.ts"];
  const child = spawnSync(process.execPath, [...program, ...argv], { cwd: root, stdio: "inherit" });
  return child.status ?? 1;
}

/** @returns {string | undefined} why this Node will not do */
function nodeProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `This needs Node 20.19 or later and runs on ${version}: install a current one, from nodejs.org or by nvm.`;
}

module.exports = { nodeProblem, root, setUp, setUpPackages };

if (require.main === module) process.exitCode = setUp(process.argv.slice(2));
