/** Runs the fixture experiment, or another program, as a real program, as a person would. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(__dirname, "..", "..");
/** The program with its commands, of the checkout. */
export const cnnFindings = path.join(root, "src/cli/cnn-findings.cjs");

const fixture = path.join(__dirname, "..", "fixtures", "sums.ts");

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves once standard error holds the text. */
  says(text: string): Promise<void>;
}

/** A folder of its own for a test's results and reports. */
export interface Place {
  readonly folder: string;
  readonly results: string;
  readonly reports: string;
  readonly options: readonly string[];
}

export async function inPlace(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "harness-test-"));
  const [results, reports] = [path.join(folder, "results"), path.join(folder, "reports")];
  try {
    await test({ folder, results, reports, options: ["--results", results, "--reports", reports] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param environment set in addition to this process's own
 * @param program its file; the fixture experiment by default
 */
export function start(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  program = fixture,
): Running {
  const child = spawn(process.execPath, ["-r", path.join(root, "src/cli/register.cjs"), program, ...words], {
    cwd: root,
    // The test runner's own wishes about colour are not the program's.
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined, ...environment },
  });
  child.stdin.end();
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    for (const look of watchers) look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!stderr.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      ended.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
    });
  return { child, ended, says };
}

export function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(words, environment).ended;
}

/**
 * Measures an experiment of the project at its smallest scale.
 *
 * @returns the folder of the run
 * @throws Error with what the program said, where it failed
 */
export async function smokeRun(experiment: string, folder: string, ...words: readonly string[]): Promise<string> {
  const results = path.join(folder, "results");
  const places = ["--results", results, "--reports", path.join(folder, "reports")];
  const { status, stderr } = await start(
    ["run", experiment, "--scale", "smoke", "--quiet", "--workers", "1", ...places, ...words],
    {},
    cnnFindings,
  ).ended;
  if (status !== 0) throw new Error(`${experiment} ended with status ${status}:\n${stderr}`);
  return path.join(results, `${experiment}-smoke`);
}
