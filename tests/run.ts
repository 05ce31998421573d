/**
 * Runs the tests: every *.test.ts under tests/, or those whose path contains one of the arguments.
 *
 * Each file runs in a process of its own, so that no TensorFlow state passes from one to the next and a crash takes only its file
 * down. Three run at a time, which keeps two cores busy while a program starts or the disk is waited for; while one only waits, for a
 * cluster's clock or a page, the next begins. A file fails when one of its tests does, when it ends badly, when it does too much work,
 * and when it runs no test at all (uvu would let a forgotten `test.run()` pass). The last line is "N passed, N failed".
 *
 * One limit holds for every file, of work: the processor's time of all processes that it started, which a busy machine does not
 * lengthen. Wall time is limited too, for what waits for ever, and so generously that a machine under load keeps it.
 *
 * The files that did the most work are named at the end.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";

/** The whole suite has at least so many tests. Raise it as the suite grows: it guards against tests that get lost. */
const floor = 1600;

const root = path.resolve(__dirname, "..");

const usage = `Usage: npx ts-node tests/run.ts [options] [PATTERN ...]

Runs the test files whose path contains one of the patterns; all of them without a pattern.

  --folder DIR   where the tests are (tests)
  --jobs N       files at a time (3), without those that wait
  --work N       seconds of processor time for one file (600)
  --seconds N    seconds of wall time for one file (2400)
`;

const { transpiled } = require("../src/cli/cached-transpiler.cjs") as { transpiled(file: string): object };

/**
 * Transpiles what the tests will load, in a fresh clone by one process that has the compiler in memory: it takes longer to load than a
 * file takes to transpile, and hundreds of processes would each load it for a few files. Later this only reads what is there.
 */
function transpileAll(): void {
  for (const folder of ["src", "experiments", "tests", "benchmarks"]) {
    const names = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((one) => one.endsWith(".ts") && !one.endsWith(".d.ts"))) {
      try {
        transpiled(path.join(root, folder, name));
      } catch {
        // whatever loads it says what is wrong with it
      }
    }
  }
}

/** How one test file ended. */
interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Seconds of the processor, of all processes that it started. */
  readonly work: number;
  /** Why the file fails as a whole; undefined when it ran to its end. */
  readonly problem: string | undefined;
  readonly output: string;
}

interface Limits {
  readonly jobs: number;
  /** Of one file, in seconds of the processor. */
  readonly work: number;
  /** Of one file, on the clock. */
  readonly seconds: number;
}

function findTests(folder: string, patterns: readonly string[]): string[] {
  if (!existsSync(folder)) throw new RangeError(`there is no folder ${folder}`);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !isInProject(folder, name))
    .map((name) => path.join(folder, name))
    .sort();
  const contains = (file: string, pattern: string) => path.relative(root, file).includes(pattern.replace(/^\.\//, ""));
  for (const pattern of patterns) {
    if (!files.some((file) => contains(file, pattern))) throw new RangeError(`no test file matches "${pattern}"`);
  }
  if (files.length === 0) throw new RangeError(`there is no test file in ${folder}`);
  return patterns.length === 0 ? files : files.filter((file) => patterns.some((pattern) => contains(file, pattern)));
}

/** Whether a file is of a project within the folder: that has its own dependencies, and a test here runs its tests. */
function isInProject(folder: string, name: string): boolean {
  const folders = path.dirname(name).split(path.sep);
  return folders.some((_, i) => existsSync(path.join(folder, ...folders.slice(0, i + 1), "package.json")));
}

/**
 * Those that start programs, or say that a case of theirs takes long, before those that do neither: they do most of the work, and
 * a long one that begins last keeps a core waiting. Among them the longest text first.
 */
function ordered(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const text = readFileSync(file, "utf8");
    return (
      text.length * (/spawn|fork|execute|sandbox|browser|secondsAtMost|\/(program|project)"/.test(text) ? 1000 : 1)
    );
  };
  const ranks = new Map(files.map((file) => [file, rank(file)]));
  return [...files].sort((one, other) => ranks.get(other)! - ranks.get(one)!);
}

/** Runs files until as many compute as there are jobs; one that waits leaves its place to the next. */
function runAll(files: readonly string[], limits: Limits): Promise<Outcome[]> {
  const toCome = ordered(files);
  const outcomes: Outcome[] = [];
  /** Whether each file under way waits. */
  const underWay = new Map<string, boolean>();
  return new Promise((resolve, reject) => {
    const goOn = () => {
      const computing = () => [...underWay.values()].filter((waits) => !waits).length;
      while (toCome.length > 0 && computing() < limits.jobs && underWay.size < 2 * limits.jobs) begin(toCome.shift()!);
      if (underWay.size === 0) resolve(outcomes);
    };
    const begin = (file: string) => {
      underWay.set(file, false);
      const heed = (waits: boolean) => {
        underWay.set(file, waits);
        goOn();
      };
      const end = (outcome: Outcome) => {
        underWay.delete(file);
        outcomes.push(outcome);
        report(outcome);
        goOn();
      };
      runFile(file, limits, heed).then(end).catch(reject);
    };
    goOn();
  });
}

/** A file waits whose processes sleep whenever they are looked at, and do less than a twentieth of a core's work, for so many seconds. */
const waitingSeconds = 5;

const running = new Set<number>();

/** Seconds of the processor of all files that have ended. */
let counted = 0;

/** @param heed is told every second whether the file waits */
function runFile(file: string, limits: Limits, heed: (waits: boolean) => void): Promise<Outcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["-r", path.join(root, "src/cli/register.cjs"), file], {
      cwd: root,
      env: childEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a process group of its own, so that what it started ends with it
    });
    const group = child.pid;
    if (group !== undefined) running.add(group);
    let output = "";
    let problem: string | undefined;
    let work = 0;
    const keep = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const readings: Reading[] = [];
    const look = setInterval(() => {
      const seconds = (performance.now() - start) / 1000;
      const reading = group === undefined ? { work: 0, runs: true } : readGroup(group);
      readings.push(reading);
      const { work } = reading;
      const before = readings.length > waitingSeconds ? readings.shift()! : null;
      heed(before !== null && !readings.some(({ runs }) => runs) && work - before.work < 0.05 * waitingSeconds);
      if (work <= limits.work && seconds <= limits.seconds) return;
      problem ??=
        work > limits.work ? `did more than ${limits.work} s of work` : `took longer than ${limits.seconds} s`;
      endGroup(group);
    }, 1000);
    const end = (code: number | null, signal: string | null) => {
      clearInterval(look);
      if (group !== undefined) running.delete(group);
      const seconds = (performance.now() - start) / 1000;
      resolve({ file: path.relative(root, file), seconds, work, ...judge(file, output, code, signal, problem) });
    };
    child.on("error", (error) => {
      problem = `could not be started: ${error.message}`;
      end(null, null);
    });
    child.on("exit", () => {
      work = workOfEnded() - counted;
      counted += work;
    });
    child.on("close", end);
  });
}

/** Reads uvu's summary, and tells a file that did not run its tests from one that did. */
function judge(file: string, said: string, code: number | null, signal: string | null, problemSoFar?: string) {
  const output = stripVTControlCharacters(said);
  const [total = 0, passed = 0, skipped = 0] =
    /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/m.exec(output)?.slice(1).map(Number) ?? [];
  const failed = total - passed;
  let problem = problemSoFar;
  if (problem === undefined && signal !== null) problem = `was ended by ${signal}`;
  else if (problem === undefined && failed === 0 && code !== 0) problem = `ended with status ${code}`;
  else if (problem === undefined && total === 0 && skipped === 0)
    problem = "ran no tests: is `test.run()` missing at its end?"; // a file may skip all, as where optional packages are missing
  else if (problem === undefined && process.env.CI && /^\s*test\.only\(/m.test(readFileSync(file, "utf8"))) {
    problem = "holds `test.only`, which leaves its other tests out";
  }
  return { passed, skipped, failed: failed + (problem === undefined ? 0 : 1), problem, output };
}

function childEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  return {
    TF_NUM_INTRAOP_THREADS: "1", // files run side by side: one thread each
    OMP_NUM_THREADS: "1",
    ...inherited,
    NO_COLOR: "1",
    TS_NODE_PROJECT: path.join(root, "tsconfig.json"),
  };
}

function report({ file, passed, failed, skipped, seconds, work, problem, output }: Outcome): void {
  const counts = `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  console.log(
    `${failed > 0 ? "FAILED" : "ok    "}  ${file}  ${counts}  ${seconds.toFixed(1)} s, ${work.toFixed(1)} s of work`,
  );
  if (failed === 0) return;
  console.log(output.replace(/^/gm, "        ").trimEnd());
  if (problem !== undefined) console.log(`        ${file} ${problem}`);
}

const ticksASecond = 100; // USER_HZ, the same on every Linux

/** How many files are named at the end. */
const namedFiles = 15;

/** Where the time went: the files that did the most work, and all of it. */
function reportWork(outcomes: readonly Outcome[]): void {
  if (outcomes.length < 2) return;
  const line = (work: number, seconds: string, what: string) =>
    console.log(`${work.toFixed(1).padStart(8)}${seconds.padStart(8)}  ${what}`);
  console.log("\n    work on the clock, in seconds, of the files that did the most");
  const most = [...outcomes].sort((one, other) => other.work - one.work).slice(0, namedFiles);
  for (const { file, work, seconds } of most) line(work, seconds.toFixed(1), file);
  line(
    outcomes.reduce((sum, { work }) => sum + work, 0),
    "",
    `all ${outcomes.length} files`,
  );
}

interface Reading {
  /** Seconds of the processor that the group has used. */
  readonly work: number;
  /** Whether one of its processes runs, or would if a core were free. */
  readonly runs: boolean;
}

/**
 * What a process group does: its processes, and for the work their children that have ended. What left the group is not seen, nor is
 * anything where there is no /proc; there the limit of wall time alone holds.
 */
function readGroup(group: number): Reading {
  const processes = existsSync("/proc/self/stat") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  let ticks = 0;
  let runs = processes.length === 0;
  for (const id of processes) {
    try {
      const fields = statOf(id);
      if (Number(fields[2]) !== group) continue;
      ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      runs ||= fields[0] === "R" || fields[0] === "D";
    } catch {
      // it has just ended
    }
  }
  return { work: ticks / ticksASecond, runs };
}

/** Seconds of the processor of the processes that this one has started and that have ended, with all that they waited for. */
function workOfEnded(): number {
  if (!existsSync("/proc/self/stat")) return 0;
  const [user, system] = statOf("self").slice(13, 15).map(Number);
  return ((user ?? 0) + (system ?? 0)) / ticksASecond;
}

/** man proc_pid_stat: state, parent, group … from the third field on, which follows the name in brackets. */
function statOf(id: string): string[] {
  const stat = readFileSync(`/proc/${id}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function endGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // it has just ended by itself
  }
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      folder: { type: "string", default: path.join(root, "tests") },
      jobs: { type: "string", default: "3" },
      work: { type: "string", default: "600" },
      seconds: { type: "string", default: "2400" },
      help: { type: "boolean", default: false },
    },
  });
  const limits = {
    jobs: positive("--jobs", values.jobs),
    work: positive("--work", values.work),
    seconds: positive("--seconds", values.seconds),
  };
  return { folder: path.resolve(values.folder), limits, patterns: positionals, help: values.help };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`need a positive number for ${option}, got "${text}"`);
}

async function main(): Promise<void> {
  const { folder, limits, patterns, help } = readArguments();
  if (help) {
    console.log(usage);
    return;
  }
  const files = findTests(folder, patterns);
  const whole = patterns.length === 0 && folder === path.join(root, "tests");
  if (whole) transpileAll();
  const outcomes = await runAll(files, limits);
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const passed = sum((outcome) => outcome.passed);
  let failed = sum((outcome) => outcome.failed);
  if (whole && passed + failed < floor) {
    console.log(`only ${passed + failed} tests ran, where there were at least ${floor}`);
    failed += 1;
  }
  reportWork(outcomes);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

process.on("SIGINT", () => {
  for (const group of running) endGroup(group);
  process.exit(130);
});

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 2;
});
