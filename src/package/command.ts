#!/usr/bin/env node
/**
 * The command that the npm package brings into a project: `npx cnn-findings setup`, `doctor` and `run`.
 *
 * Ends with the status of what it starts; 2 for a command or an experiment that it does not know.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const usage = `Usage: npx cnn-findings COMMAND [options]

  setup            fetches TensorFlow into your cache folder and builds its binding into the installed packages;
                   does nothing where all is ready
  doctor           says what is needed, what this machine has of it, and how to get the rest
  run EXPERIMENT   runs an experiment, by its name or by the file that declares one of your own; results/ and reports/
                   are made where you stand

\`npx cnn-findings COMMAND --help\` lists a command's options, \`npx cnn-findings run\` the experiments.`;

const sources = path.resolve(__dirname, "..");
const experiments = path.resolve(sources, "..", "experiments");

/** What Node is given for a command; text alone where there is nothing to start, with the status to end with. */
type Answer = { readonly words: readonly string[] } | { readonly text: string; readonly status: 0 | 2 };

function answer([command = "--help", ...options]: readonly string[]): Answer {
  switch (command) {
    case "--help":
    case "help":
      return { text: usage, status: 0 };
    case "setup":
      return { words: [path.join(sources, "runtime", "setup.cjs"), ...options] };
    case "doctor":
      return { words: [path.join(sources, "runtime", "doctor.js"), ...options] };
    case "run":
      return experiment(options);
    default:
      return { text: `there is no command "${command}"\n\n${usage}`, status: 2 };
  }
}

function experiment([named = "--help", ...options]: readonly string[]): Answer {
  const known = readdirSync(experiments)
    .filter((name) => name.endsWith(".js"))
    .map((name) => path.basename(name, ".js"));
  const list = `Experiments:\n${known.map((name) => `  ${name}`).join("\n")}`;
  if (named === "--help") {
    return { text: `Usage: npx cnn-findings run EXPERIMENT [options]\n\n${list}`, status: 0 };
  }
  const file = known.includes(named) ? path.join(experiments, `${named}.js`) : path.resolve(named);
  if (!existsSync(file)) return { text: `there is no experiment "${named}", and no such file\n\n${list}`, status: 2 };
  // What is compiled needs no TypeScript; an experiment or a custom network may be written in it.
  return { words: ["-r", path.join(sources, "cli", "register.cjs"), file, ...options] };
}

/** Starts Node as if it had been started directly: with the terminal, its signals, and its status passed on. */
function start(words: readonly string[]): void {
  const child = spawn(process.execPath, words, { stdio: "inherit" });
  process.on("SIGINT", () => {}); // the terminal sends it to the child too, which may want to finish its step
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + os.constants.signals[signal]; // as a shell reports it
  });
}

const given = answer(process.argv.slice(2));
if ("words" in given) start(given.words);
else {
  (given.status === 0 ? console.log : console.error)(given.text);
  process.exitCode = given.status;
}
