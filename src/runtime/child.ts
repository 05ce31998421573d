import { type SpawnOptions, spawn } from "node:child_process";

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
