// @ts-check
"use strict";
/**
 * Sets up what is missing, then runs a TypeScript program: `node src/runtime/run.cjs PROGRAM [arguments]`.
 *
 * The program gets its arguments, the terminal and its signals as if it had been started directly, and its status is
 * passed on. TensorFlow is not set up for `--backend cpu` or `--help`, nor after --without-tensorflow before PROGRAM.
 */
const { spawn } = require("node:child_process");
const path = require("node:path");
const { root, setUp, setUpPackages } = require("./setup.cjs");

const argv = process.argv.slice(2);
const withoutTensorFlow = argv[0] === "--without-tensorflow";
const [program, ...programArguments] = withoutTensorFlow ? argv.slice(1) : argv;

if (program === undefined) {
  console.error("Usage: node src/runtime/run.cjs [--without-tensorflow] PROGRAM [arguments]");
  process.exitCode = 2;
} else {
  const status = withoutTensorFlow || !computes(programArguments) ? setUpPackages() : setUp([], { quiet: true });
  if (status === 0) run(program, programArguments);
  else process.exitCode = status;
}

/** @param {readonly string[]} given */
function computes(given) {
  if (given.some((argument) => argument === "--help" || argument === "-h" || argument === "--backend=cpu"))
    return false;
  return given[given.indexOf("--backend") + 1] !== "cpu" || !given.includes("--backend");
}

/** @param {string} file @param {readonly string[]} given */
function run(file, given) {
  const typeScript = ["-r", path.join(root, "src", "cli", "register.cjs")];
  const child = spawn(process.execPath, [...typeScript, file, ...given], { stdio: "inherit" });
  process.on("SIGINT", () => {}); // the terminal sends it to the program too, which may want to finish its step
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`${file} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else process.exitCode = 128 + (require("node:os").constants.signals[signal] ?? 0); // as a shell reports it
  });
}
