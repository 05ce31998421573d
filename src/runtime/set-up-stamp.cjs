// @ts-check
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** In node_modules, so that a fresh `npm ci` takes the stamp away together with the binding that it vouches for. */
const stampFile = path.join("node_modules", ".cnn-findings", "tensorflow.json");

/**
 * What the last successful set-up of TensorFlow left in this checkout, or undefined.
 *
 * @param {string} root folder of the checkout
 * @returns {import("./set-up-stamp.cjs").SetUpStamp | undefined}
 */
function readStamp(root) {
  try {
    const stamp = JSON.parse(fs.readFileSync(path.join(root, stampFile), "utf8"));
    return stamp.layout === 1 ? stamp : undefined;
  } catch {
    return undefined; // none, or one that another version wrote
  }
}

/**
 * Whether every file that the stamp vouches for is still there in its size.
 *
 * @param {import("./set-up-stamp.cjs").SetUpStamp} stamp
 */
function stampHolds(stamp) {
  return stamp.files.every((file) => fs.statSync(file.path, { throwIfNoEntry: false })?.size === file.bytes);
}

module.exports = { readStamp, stampFile, stampHolds };
