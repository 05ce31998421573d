// @ts-check
"use strict";
const path = require("node:path");
const { parseArgs } = require("node:util");

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
 * @returns {import("@@SELF@@").SetUpOptions}
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

module.exports = { readOptions, usage };
