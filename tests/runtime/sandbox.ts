import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Ended, execute } from "../../src/runtime/set-up/tools";
import { readStamp } from "../../src/runtime/set-up-options.cjs";

export const root = path.resolve(__dirname, "../..");

/** A checkout in a temporary folder: the rooms that set-up and the doctor need and links to the packages, with its own binding (none) and cache (empty). */
export interface Sandbox {
  readonly folder: string;
  readonly cache: string;
  /** Runs one of the checkout's programs; TypeScript as workers are started. `$PATH` and the like can be set. */
  run(program: string, given?: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended>;
}

export function makeSandbox(): Sandbox {
  const folder = temporaryFolder();
  for (const room of ["base", "runtime", "cli"]) {
    cpSync(path.join(root, "src", room), path.join(folder, "src", room), { recursive: true });
  }
  for (const name of ["package.json", "package-lock.json", "tsconfig.json"]) {
    cpSync(path.join(root, name), path.join(folder, name));
  }
  linkPackages(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  shareCaches(folder);
  const cache = path.join(folder, "cache");
  const run = (program: string, given: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) => {
    const typeScript = program.endsWith(".ts") ? ["-r", path.join(folder, "src/cli/register.cjs")] : [];
    return execute(process.execPath, [...typeScript, path.join(folder, program), ...given], {
      cwd: folder,
      env: { ...cleanEnvironment(), XDG_CACHE_HOME: cache, ...environment },
    });
  };
  return { folder, cache, run };
}

/** The folder of the TensorFlow that this checkout was set up with, to try set-up on without fetching anything. */
export function ownTensorFlow(): string {
  const stamp = readStamp(root);
  if (stamp === undefined) throw new Error("these tests need a checkout that is set up: `npx cnn-findings setup`");
  return stamp.folder;
}

/** Makes a temporary folder that is removed when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "cnn-findings-test-"));
  temporaryFolders.push(folder);
  return folder;
}

const temporaryFolders: string[] = [];
const mounted: string[] = [];
process.on("exit", () => {
  for (const folder of mounted) execFileSync("umount", [folder]);
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that this user cannot write; undefined, and said, where the user may write everything and mount nothing. */
export function readOnlyFolder(): string | undefined {
  const folder = temporaryFolder();
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500);
    return folder;
  }
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    console.log("not tried: a read-only home (this user may not mount one)");
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

/** A folder to put on `$PATH` that holds nothing but what is named: a link to a program of this machine, or a script. */
export function pathWith(programs: Readonly<Record<string, { link: string } | { script: string }>>): string {
  const folder = temporaryFolder();
  for (const [name, program] of Object.entries(programs)) {
    const place = path.join(folder, name);
    if ("link" in program) symlinkSync(program.link, place);
    else writeFileSync(place, `#!/bin/sh\n${program.script}\n`, { mode: 0o755 });
  }
  return folder;
}

/** A folder that set-up takes for a TensorFlow, until it compiles against it. */
export function hollowTensorFlow(): string {
  const folder = temporaryFolder();
  for (const name of [
    "libtensorflow_cc.so.2",
    "libtensorflow_framework.so.2",
    "include/tensorflow/c/eager/c_api.h",
    "include/tensorflow/core/platform/ctstring_internal.h",
  ]) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), "");
  }
  return folder;
}

/** Variables of the developer's own that would lead set-up elsewhere are left out. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { CNN_FINDINGS_BACKEND: _, CNN_FINDINGS_TENSORFLOW: __, PYTHON: ___, CXX: ____, ...rest } = process.env;
  return rest;
}

function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === ".cnn-findings" || name === ".cache") continue;
    if (name === "@tensorflow") linkPackages(path.join(from, name), path.join(to, name));
    else if (name === "tfjs-node-gpu") copyWithoutBinding(path.join(from, name), path.join(to, name));
    else symlinkSync(path.join(from, name), path.join(to, name));
  }
}

/**
 * What a checkout's programs are transpiled to, and what is read of their code, is there for all checkouts that tests make, where each
 * would take eight seconds for it: the files' names are digests of what they were made of.
 */
export function shareCaches(folder: string): void {
  const place = path.join("node_modules", ".cache", "cnn-findings");
  mkdirSync(path.join(folder, place), { recursive: true });
  for (const name of ["transpiled", "code-readings"]) {
    mkdirSync(path.join(root, place, name), { recursive: true });
    symlinkSync(path.join(root, place, name), path.join(folder, place, name));
  }
}

function copyWithoutBinding(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    filter: (file) => path.basename(file) !== "lib" || !existsSync(`${file}/napi-v8`),
  });
}
