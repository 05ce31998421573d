import { type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { split } from "shlex";
import { commandText } from "../../base";
import { SetUpError } from "../set-up-error";

/** A program that set-up needs, found on this machine. */
export interface Tool {
  readonly command: string;
  /** Words before its own arguments: ["python3"] where the command is "env". */
  readonly leading: readonly string[];
  /** As it tells it itself: "3.11.7", "g++ 12.2.0". */
  readonly version: string;
}

/** Python, with the version of its pip; undefined where it has none. */
export interface Python extends Tool {
  readonly pip: string | undefined;
}

/**
 * Finds Python: `$PYTHON`, else the first python3 or python on the path that has pip, else the first.
 *
 * @throws SetUpError when there is none of version 3.8 or later
 */
export async function findPython(): Promise<Python> {
  const named = programWords("PYTHON");
  const names = ["python3", "python"];
  let withoutPip: Python | undefined;
  for (const [command, ...leading] of named === undefined ? everyProgram(names) : [named]) {
    const { status, stdout } = await execute(command, [
      ...leading,
      ...["-c", "import platform; print(platform.python_version())"],
    ]);
    const version = stdout.trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (status !== 0 || !(major > 3 || (major === 3 && minor >= 8))) continue;
    const python = { command, leading, version, pip: await pipVersion(command, leading) };
    if (python.pip !== undefined) return python;
    withoutPip ??= python;
  }
  if (withoutPip !== undefined) return withoutPip;
  const tried = named === undefined ? names.join(", ") : named.join(" ");
  throw new SetUpError(`Python 3.8 or later was not found (tried ${tried}): it fetches TensorFlow`, [
    "Debian, Ubuntu: apt-get install python3 python3-pip",
    "Fedora, RHEL: dnf install python3 python3-pip",
    "macOS: brew install python",
    "PYTHON=/path/to/python3 names one that is not on the path",
    ...withoutFetching,
  ]);
}

/** @throws SetUpError when Python has no pip, or one before 20.3, which does not know the platforms that wheels now name */
export function pipOf({ command, leading, version, pip }: Python): Tool {
  const named = [command, ...leading].join(" ");
  if (pip !== undefined) {
    const [major = 0, minor = 0] = pip.split(".").map(Number);
    if (major > 20 || (major === 20 && minor >= 3)) return { command, leading, version: pip };
    throw new SetUpError(`the pip of ${named} is ${pip}: TensorFlow's wheel needs 20.3 or later`, [
      `${named} -m pip install --user --upgrade pip`,
      ...withoutFetching,
    ]);
  }
  throw new SetUpError(`${named} (Python ${version}) has no pip: it fetches TensorFlow`, [
    "Debian, Ubuntu: apt-get install python3-pip",
    "Fedora, RHEL: dnf install python3-pip",
    `elsewhere, and in a virtual environment: ${commandText([command, ...leading, "-m", "ensurepip"])}`,
    ...withoutFetching,
  ]);
}

/**
 * The words of a program that an environment variable names, as a shell parts them: "env g++" are two. Undefined where it names
 * none.
 */
function programWords(variable: "PYTHON" | "CXX"): [string, ...string[]] | undefined {
  const named = process.env[variable]?.trim();
  if (named === undefined || named === "") return undefined;
  if (existsSync(named)) return [named]; // a path with blanks
  try {
    const [command = named, ...leading] = split(named);
    return [command, ...leading];
  } catch {
    return [named];
  }
}

/** Every program of these names on the path, in its order: one of a virtual environment may come first and lack pip. */
function everyProgram(names: readonly string[]): [string][] {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const others = folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .filter((file) => existsSync(file));
  return [...names, ...others].map((command) => [command]);
}

async function pipVersion(command: string, leading: readonly string[]): Promise<string | undefined> {
  const { status, stdout } = await execute(command, [...leading, "-m", "pip", "--version"]);
  return status === 0 ? /^pip (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * Finds a C++ compiler: `$CXX`, else g++, clang++ or c++ on the path.
 *
 * @throws SetUpError when there is none
 */
export async function findCompiler(): Promise<Tool> {
  const named = programWords("CXX");
  const programs = named === undefined ? ([["g++"], ["clang++"], ["c++"]] as const) : [named];
  for (const [command, ...leading] of programs) {
    const { status, stdout } = await execute(command, [...leading, "--version"]);
    if (status === 0) return { command, leading, version: stdout.split("\n", 1)[0] ?? "" };
  }
  throw new SetUpError(
    `a C++ compiler was not found (tried ${programs.map((words) => words.join(" ")).join(", ")}): it builds TensorFlow's binding`,
    [
      "Debian, Ubuntu: apt-get install g++",
      "Fedora, RHEL: dnf install gcc-c++",
      "macOS: xcode-select --install",
      "CXX=/path/to/compiler names one that is not on the path",
      javaScriptRemedy,
    ],
  );
}

const javaScriptRemedy = "`--backend cpu` computes in pure JavaScript without any of this: slow, for small runs";
const withoutFetching = ["`npx cnn-findings setup --tensorflow DIR` uses a TensorFlow that you have", javaScriptRemedy];

/** How a child process ended, and what it printed. */
export interface Ended {
  /** Null when it could not be started or was ended by a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end without a shell. Never rejects: a program that is missing ends with status null. */
export function execute(command: string, given: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, given, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => resolve({ status: null, stdout, stderr: stderr || error.message }));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** The last lines of what a program printed that are not blank: where its error stands. */
export function lastLines(text: string, count: number): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count);
}
