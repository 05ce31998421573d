// @ts-check
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** In node_modules, so that a fresh `npm ci` takes the stamp away together with the binding that it vouches for. */
const stampFile = path.join("node_modules", ".cnn-findings", "tensorflow.json");

/**
 * What the last successful set-up of TensorFlow left in this checkout, or undefined.
 *
 * @param {string} root folder of the checkout
 * @returns {import("@@SELF@@").SetUpStamp | undefined}
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
 * Whether every file that the stamp vouches for is still there in its size.
 *
 * @param {import("@@SELF@@").SetUpStamp} stamp
 */
function stampHolds(stamp) {
  return stamp.files.every((file) => fs.statSync(file.path, { throwIfNoEntry: false })?.size === file.bytes);
}

module.exports = { nativeSources, readStamp, stampFile, stampHolds };
