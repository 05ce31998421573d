// @ts-check
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

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
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync(command, [...leading, "ci", ...flags], { cwd: root, encoding: "utf8" });
  if (npm.status === 0 && packagesAreInstalled(root)) {
    process.stderr.write(` ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return undefined;
  }
  process.stderr.write(" failed\n");
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

module.exports = { installPackages, packagesAreInstalled };
