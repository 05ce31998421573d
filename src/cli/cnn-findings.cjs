#!/usr/bin/env node
// @ts-check
"use strict";
/**
 * The program's first lines: `npx cnn-findings COMMAND`, or `node src/cli/cnn-findings.cjs COMMAND`, in a checkout and in a
 * project that has the package installed.
 *
 * Plain JavaScript, because it runs before there are any packages: it installs what a fresh checkout lacks, then hands over
 * to program.ts, or to what that is compiled to.
 */
const { existsSync } = require("node:fs");
const path = require("node:path");

const isCheckout = existsSync(path.join(__dirname, "program.ts"));
const sources = isCheckout ? path.join(__dirname, "..") : path.join(__dirname, "..", "..", "dist", "src");
const { setUp, setUpPackages, setUpParts } = require(path.join(sources, "runtime", "setup.cjs"));

const [command, ...options] = process.argv.slice(2);
if (command === "setup") {
  process.exitCode = setUp(options);
} else {
  const status = setUpPackages();
  if (status === 0) {
    // Compiled code needs no TypeScript; a person's own experiment may be written in it.
    require(path.join(sources, "cli", "register.cjs"));
    require(path.join(sources, "cli", "program")).main({ setUp: () => setUp([], { quiet: true }), setUpParts });
  } else process.exitCode = status;
}
