import { type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { split } from "shlex";
import { SetUpError } from "../set-up-error";

/** A program that set-up needs, found on this machine. */
export interface Tool {
  readonly command: string;
  /** Words before its own arguments: ["python3"] where the command is "env". */
  readonly leading: readonly string[];
  /** As it tells it itself: "3.11.7", "g++ 12.2.0". */
  readonly version: string;
}

/**
 * Finds Python: `$PYTHON`, else the first python3 or python on the path that has pip, else the first.
 *
 * @throws SetUpError when there is none of version 3.8 or later
 */
export async function findPython(): Promise<Tool> {
  const tried = process.env.PYTHON ? [process.env.PYTHON] : ["python3", "python"];
  let withoutPip: Tool | undefined;
  for (const [command, ...leading] of process.env.PYTHON ? [programWords("PYTHON")] : everyPython(tried)) {
    const { status, stdout } = await execute(command, [
      ...leading,
      ...["-c", "import platform; print(platform.python_version())"],
    ]);
    const version = stdout.trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (status !== 0 || !(major > 3 || (major === 3 && minor >= 8))) continue;
    const python = { command, leading, version };
    if ((await pipVersion(python)) !== undefined) return python;
    withoutPip ??= python;
  }
  if (withoutPip !== undefined) return withoutPip;
  throw new SetUpError(`Python 3.8 or later was not found (tried ${tried.join(", ")}): it fetches TensorFlow`, [
    "Debian, Ubuntu: apt-get install python3 python3-pip",
    "Fedora, RHEL: dnf install python3 python3-pip",
    "macOS: brew install python",
    "PYTHON=/path/to/python3 names one that is not on the path",
    ...withoutFetching,
  ]);
}

/** @throws SetUpError when Python has no pip */
export async function findPip(python: Tool): Promise<Tool> {
  const version = await pipVersion(python);
  const { command, leading } = python;
  if (version !== undefined) return { command, leading, version };
  const named = [command, ...leading].join(" ");
  throw new SetUpError(`${named} (Python ${python.version}) has no pip: it fetches TensorFlow`, [
    "Debian, Ubuntu: apt-get install python3-pip",
    "Fedora, RHEL: dnf install python3-pip",
    `elsewhere, and in a virtual environment: ${named} -m ensurepip`,
    ...withoutFetching,
  ]);
}

/** The words of a program that an environment variable names, as a shell parts them: "env g++" are two. */
function programWords(variable: "PYTHON" | "CXX"): [string, ...string[]] {
  const named = process.env[variable] ?? "";
  if (existsSync(named)) return [named]; // a path with blanks
  try {
    const [command = named, ...leading] = split(named);
    return [command, ...leading];
  } catch {
    return [named];
  }
}

/** Every Python on the path, in its order: one of a virtual environment may come first and lack pip. */
function everyPython(names: readonly string[]): [string][] {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const others = folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .filter((file) => existsSync(file));
  return [...names, ...others].map((command) => [command]);
}

async function pipVersion({ command, leading }: Tool): Promise<string | undefined> {
  const { status, stdout } = await execute(command, [...leading, "-m", "pip", "--version"]);
  return status === 0 ? /^pip (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * Finds a C++ compiler: `$CXX`, else g++, clang++ or c++ on the path.
 *
 * @throws SetUpError when there is none
 */
export async function findCompiler(): Promise<Tool> {
  const tried = process.env.CXX ? [process.env.CXX] : ["g++", "clang++", "c++"];
  const programs = process.env.CXX ? [programWords("CXX")] : tried.map((name): [string] => [name]);
  for (const [command, ...leading] of programs) {
    const { status, stdout } = await execute(command, [...leading, "--version"]);
    if (status === 0) return { command, leading, version: stdout.split("\n", 1)[0] ?? "" };
  }
  throw new SetUpError(`a C++ compiler was not found (tried ${tried.join(", ")}): it builds TensorFlow's binding`, [
    "Debian, Ubuntu: apt-get install g++",
    "Fedora, RHEL: dnf install gcc-c++",
    "macOS: xcode-select --install",
    "CXX=/path/to/compiler names one that is not on the path",
    javaScriptRemedy,
  ]);
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
