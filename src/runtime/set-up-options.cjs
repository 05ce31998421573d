// @ts-check
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { parseArgs } = require("node:util");

/** The TensorFlow that the harness is tried with, and that set-up fetches. */
const tensorFlowVersion = "2.21.0";

const usage = `Usage: npx cnn-findings setup [options]

Fetches TensorFlow into your cache folder, builds its binding for Node and tries it out. Does nothing where all is ready.

  --tensorflow DIR  use the TensorFlow in DIR (a site-packages/tensorflow, or an unpacked one), fetch nothing;
                    so does the environment variable CNN_FINDINGS_TENSORFLOW
  --gpu             TensorFlow with CUDA 12 for an NVIDIA GPU (Linux x86-64; fetches about 3 GB)
  --cpu             TensorFlow for the processor, after a --gpu or --tensorflow of before
  --dry-run         say what would be fetched and built, and stop
  --debug           print stack traces
  --help            print this
`;

/**
 * Reads the arguments of set-up. Throws TypeError on an unknown or contradictory one.
 *
 * Without --tensorflow, --gpu or --cpu the choice is left open: a TensorFlow that was set up before then stays.
 *
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {import("./set-up-options.cjs").SetUpOptions}
 */
function readOptions(argv, environment = process.env) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      tensorflow: { type: "string" },
      gpu: { type: "boolean", default: false },
      cpu: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      debug: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const given = [values.gpu, values.cpu, values.tensorflow !== undefined].filter(Boolean).length;
  if (given > 1) throw new TypeError("--tensorflow, --gpu and --cpu exclude each other");
  if (values.tensorflow === "") throw new TypeError("--tensorflow needs a folder");
  const folder = values.tensorflow ?? (given === 0 ? environment.CNN_FINDINGS_TENSORFLOW : undefined);
  return {
    choice: values.gpu ? "gpu" : values.cpu ? "cpu" : folder ? path.resolve(folder) : undefined,
    dryRun: values["dry-run"] ?? false,
    debug: values.debug ?? false,
    help: values.help ?? false,
  };
}

/** In node_modules, so that a fresh `npm ci` takes the stamp away together with the binding that it vouches for. */
const stampFile = path.join("node_modules", ".cnn-findings", "tensorflow.json");

/**
 * What the last successful set-up of TensorFlow left in this checkout, or undefined.
 *
 * @param {string} root folder of the checkout
 * @returns {import("./set-up-options.cjs").SetUpStamp | undefined}
 */
function readStamp(root) {
  try {
    const stamp = JSON.parse(fs.readFileSync(path.join(root, stampFile), "utf8"));
    return stamp.layout === 2 && stamp.native === nativeSources(root) ? stamp : undefined;
  } catch {
    return undefined; // none, or one that another version wrote
  }
}

/**
 * A hash of this project's own part of the binding: where it changes, the binding is built anew.
 *
 * @param {string} root folder of the checkout
 */
function nativeSources(root) {
  const folder = path.join(root, "src/runtime/native");
  const hash = createHash("sha256");
  for (const name of fs.readdirSync(folder).sort()) hash.update(fs.readFileSync(path.join(folder, name)));
  return hash.digest("hex");
}

/**
 * Whether every file that the stamp vouches for is still there in its size, and the TensorFlow is the one that set-up would
 * fetch today; one that the user named may be of any version.
 *
 * @param {import("./set-up-options.cjs").SetUpStamp} stamp
 */
function stampHolds(stamp) {
  const fetched = stamp.choice === "cpu" || stamp.choice === "gpu";
  if (fetched && stamp.version !== tensorFlowVersion) return false;
  return stamp.files.every((file) => fs.statSync(file.path, { throwIfNoEntry: false })?.size === file.bytes);
}

module.exports = { nativeSources, readOptions, readStamp, stampFile, stampHolds, tensorFlowVersion, usage };
