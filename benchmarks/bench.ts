/** Measures how fast the project is against others on the same work: `npm run bench`. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import picocolors from "picocolors";
import { commandText, exitStatus, projectRoot, runAsProgram, UsageError } from "../src/base";
import { allowedCores, surroundings } from "../src/run";
import { bfloat16Problem, bfloat16Remedy, execute, lastLines } from "../src/runtime";
import { compare } from "./comparison";
import { type Contest, type ContestResult, runContest } from "./contest";
import { findPeers, installPeers, type Peers, peersFolder } from "./peers";
import { writeResults } from "./results";
import { contestText } from "./table";
import type { Task } from "./task";
import { wholeNumber } from "./whole-number";
import { contestsOf, defaultWorks, type WorkName, workNames, worksWithoutPrecision } from "./works";

interface Options {
  readonly work?: readonly WorkName[];
  readonly rounds: number;
  readonly smoke: boolean;
  readonly precision: readonly Task["precision"][];
  readonly seeds: number;
  readonly withPeers: boolean;
  readonly peers?: string;
  readonly strict: boolean;
  readonly results: string;
  readonly reports: string;
}

const helpAfter = `
Works: ${workNames.join(", ")}.
Without --work all but block-deletion, which takes some 10 minutes a seed: --work all, or by its name.

Exit status:
  0 ran, whatever was reached   1 something of ours failed, or contenders did not do the same work   2 misuse
  3 a goal is not reached (with --strict)`;

async function bench(words: readonly string[]): Promise<number> {
  const command = new Command("npm run bench --")
    .exitOverride()
    .description("Measures how fast the project is against PyTorch, Keras and plain TensorFlow.js, turn by turn.")
    .option("--work <names>", "what to measure, by names with commas between", works)
    .option("--rounds <n>", "turns of each contender", wholeNumber, 5)
    .option("--smoke", "tiny sizes: does everything work?", false)
    .option("--precision <names>", "what all compute in: float32, bfloat16, or both", precisions, ["float32"])
    .option("--seeds <n>", "seeds of the experiment block-deletion", wholeNumber, 1)
    .option("--with-peers", "installs PyTorch and Keras into the user's cache (8 GB) where they are not", false)
    .option("--peers <dir>", "a Python environment that has them")
    .option("--strict", "status 3 where a goal is not reached", false)
    .option("--results <dir>", "folder of the results", path.join(projectRoot, "results"))
    .option("--reports <dir>", "folder of the reports", path.join(projectRoot, "reports"))
    .addHelpText("after", helpAfter);
  try {
    command.parse([...words], { from: "user" });
  } catch (error) {
    const { code, message, exitCode } = error as { code?: string; message: string; exitCode?: number };
    if (exitCode === 0) return exitStatus.success; // it has printed its help
    if (code?.startsWith("commander.")) return exitStatus.misuse; // it has said what is wrong
    throw new UsageError(message);
  }
  return measure(command.opts<Options>(), words);
}

async function measure(options: Options, words: readonly string[]): Promise<number> {
  const problem = options.precision.includes("bfloat16") ? bfloat16Problem() : null;
  if (problem !== null) throw new UsageError(`--precision bfloat16: ${problem}`, `${bfloat16Remedy}.`);
  const peers = await choosePeers(options);
  const colour = picocolors.isColorSupported;
  const folder = mkdtempSync(path.join(tmpdir(), "cnn-findings-bench-"));
  const folders = { results: path.resolve(options.results), reports: path.resolve(options.reports) };
  const setting = { ...options, rounds: options.smoke ? Math.min(2, options.rounds) : options.rounds, peers, folder };
  const around = surroundings();
  const threads = allowedCores().length;
  const date = new Date().toISOString();
  // Where somebody's Python is says nothing to the readers of a page.
  const told = words.map((word, i) =>
    words[i - 1] === "--peers" ? "DIR" : word.replace(/^--peers=.*/, "--peers=DIR"),
  );
  const again = commandText(["npm", "run", "bench", ...(told.length === 0 ? [] : ["--", ...told])]);
  const results: ContestResult[] = [];
  const experiments = experimentNames();
  console.log(`${around.machine.processor}, ${threads} threads; ${options.precision.join(" and ")}`);
  try {
    for (const work of options.work ?? defaultWorks) {
      const inEach = worksWithoutPrecision.includes(work) ? (["float32"] as const) : options.precision;
      for (const contest of inEach.flatMap((precision) => contestsOf(work, { ...setting, precision, experiments }))) {
        await writeInputs(contest);
        results.push(await runContest(contest, { begins: showTurn(contest) }));
        erase();
        console.log(`\n${contestText(results.at(-1)!, colour)}`);
        await writeResults({ results, command: again, date, machine: machineOf(around, peers, threads) }, folders);
      }
    }
  } finally {
    erase();
    rmSync(folder, { recursive: true, force: true });
  }
  const page = path.relative(process.cwd(), path.join(folders.reports, "benchmarks.html"));
  console.log(`\n${page}; results in ${path.relative(process.cwd(), path.join(folders.results, "benchmarks"))}`);
  return statusOf(results, options.strict);
}

async function choosePeers({ withPeers, peers }: Options): Promise<Peers> {
  if (peers === undefined) return findPeers(withPeers ? await installPeers() : peersFolder());
  const found = await findPeers(path.resolve(peers));
  if (found.python === null) throw new UsageError(`--peers ${peers}: there is no Python environment (bin/python)`);
  return found;
}

/** Ours must have run, on the same work as the others; a peer may be missing. */
function statusOf(results: readonly ContestResult[], strict: boolean): number {
  const failed = results.filter(
    ({ timings, differences }) => !timings.some(({ name }) => name.startsWith("ours")) || differences.length > 0,
  );
  for (const { contest } of failed) console.error(`${contest.id} failed: see above`);
  if (failed.length > 0) return exitStatus.failure;
  const missed = results.flatMap(compare).some(({ reached }) => reached === false);
  return strict && missed ? exitStatus.notReproduced : exitStatus.success;
}

/** @throws Error when the program that writes them fails */
async function writeInputs({ id, inputs }: Contest): Promise<void> {
  if (inputs === undefined) return;
  const program = inputs.work === "block deletion" ? "protocol-images" : "inputs";
  const register = path.join(projectRoot, "src", "cli", "register.cjs");
  const file = path.join(projectRoot, "benchmarks", "work", `${program}.ts`);
  const { status, stderr } = await execute(process.execPath, ["-r", register, file, JSON.stringify(inputs)]);
  if (status !== 0) throw new Error(`${id}: the shared inputs were not written\n${lastLines(stderr, 3).join("\n")}`);
}

function experimentNames(): string[] {
  return readdirSync(path.join(projectRoot, "experiments"))
    .filter((name) => /^[^.].*\.ts$/.test(name))
    .map((name) => path.basename(name, ".ts"))
    .sort();
}

function machineOf({ code, machine }: ReturnType<typeof surroundings>, { versions }: Peers, threads: number) {
  const { commit, dirty, version } = code;
  return { machine: { ...machine }, threads, code: { version, commit, dirty }, peers: versions };
}

function showTurn({ id, rounds }: Contest) {
  return (name: string, turn: number | null) => {
    if (!process.stderr.isTTY) return;
    process.stderr.write(
      `\r\u001b[K${id}: ${name}, ${turn === null ? "getting ready" : `turn ${turn + 1} of ${rounds}`}`,
    );
  };
}

function erase(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

function precisions(text: string): Task["precision"][] {
  const all: readonly Task["precision"][] = ["float32", "bfloat16"];
  if (text === "both") return [...all];
  const named = all.find((name) => name === text);
  if (named === undefined) throw new InvalidArgumentError(`there is no ${text}; there are ${all.join(", ")}, both.`);
  return [named];
}

function works(text: string): WorkName[] {
  if (text === "all") return [...workNames];
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !workNames.some((known) => known === name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`there is no ${unknown.join(", ")}; there are ${workNames.join(", ")}.`);
  return workNames.filter((name) => names.includes(name));
}

void runAsProgram(bench);
