/** A project outside of this repository in which the packed package is installed. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { type Ended, execute } from "../../src/runtime/set-up/tools";
import { root, temporaryFolder } from "../runtime/sandbox";

/** A project in a temporary folder, and how to run something in it. */
export interface Project {
  readonly folder: string;
  /** Runs a command as a person would who stands in the project's folder, with its packages' commands on the path. */
  run(command: string, environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Installs what `cnn-findings setup` adds to a package that was installed alone. */
  addParts(): Promise<void>;
}

/** Builds and packs the package as `npm pack` does. @returns the tarball */
export async function packed(): Promise<string> {
  const folder = temporaryFolder();
  const { status, stdout, stderr } = await execute(
    "npm",
    ["pack", "--silent", "--ignore-scripts=false", "--pack-destination", folder],
    { cwd: root },
  );
  if (status !== 0) throw new Error(`npm pack ended with status ${status}\n${stdout}\n${stderr}`);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`npm pack left no tarball\n${stdout}\n${stderr}`);
  return path.join(folder, tarball);
}

/**
 * The sample project with a tarball installed.
 *
 * Without a network: the package is unpacked where npm would put it, and what it depends on, and no more, is linked from
 * this checkout; TensorFlow.js is copied, without the binding that set-up has built here. With CNN_FINDINGS_TEST_INSTALL in
 * the environment, npm itself installs.
 */
export async function sampleProject(tarball: string): Promise<Project> {
  const folder = path.join(temporaryFolder(), "sample-project");
  cpSync(path.join(__dirname, "sample-project"), folder, { recursive: true });
  const run = (command: string, environment: NodeJS.ProcessEnv = {}) => {
    const { FC_SEED: _, FC_PATH: __, FC_PROPERTY: ___, FC_NUM_RUNS: ____, ...rest } = process.env;
    const PATH = `${path.join(folder, "node_modules", ".bin")}${path.delimiter}${process.env.PATH}`;
    return execute("bash", ["-c", command], { cwd: folder, env: { ...rest, PATH, NO_COLOR: "1", ...environment } });
  };
  if (process.env.CNN_FINDINGS_TEST_INSTALL) {
    const { status, stderr } = await run(`npm install --no-audit --no-fund ${tarball}`);
    if (status !== 0) throw new Error(stderr);
    return { folder, run, addParts: async () => void (await run("cnn-findings setup")) };
  }
  const packages = path.join(folder, "node_modules");
  const own = path.join(packages, "cnn-findings");
  mkdirSync(own, { recursive: true });
  const { status, stderr } = await execute("tar", ["-xzf", tarball, "--strip-components=1", "-C", own]);
  if (status !== 0) throw new Error(stderr);
  for (const name of [...neededPackages(), ...samplesOwnPackages(folder)]) provide(name, packages);
  mkdirSync(path.join(packages, ".bin"));
  chmodSync(path.join(packages, ".bin", ownCommand(own)), 0o755); // as npm does
  const commands = { "cnn-findings": ownCommand(own), tsc: "../typescript/bin/tsc", uvu: "../uvu/bin.js" };
  for (const [name, program] of Object.entries(commands)) symlinkSync(program, path.join(packages, ".bin", name));
  const addParts = async () => {
    for (const name of partsPackages()) provide(name, packages);
  };
  return { folder, run, addParts };
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readJson<Content>(...place: readonly string[]): Content {
  return JSON.parse(readFileSync(path.join(...place), "utf8"));
}

function ownCommand(own: string): string {
  const { bin } = readJson<Manifest>(own, "package.json");
  return path.join("..", "cnn-findings", bin!["cnn-findings"]!);
}

interface Locked {
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function lockedPackages(): Readonly<Record<string, Locked>> {
  return readJson<{ packages: Readonly<Record<string, Locked>> }>(root, "package-lock.json").packages;
}

/** What the lock names, without what only this repository's own work needs, or is installed when it is first needed. */
export function neededPackages(): string[] {
  const places = Object.entries(lockedPackages()).filter(([place, { dev }]) => dev !== true && place !== "");
  const names = places.map(([place]) => place.replace(/^node_modules\//, ""));
  return names.filter((name) => !name.includes("/node_modules/") && existsSync(path.join(root, "node_modules", name)));
}

/** What is installed when it is first needed, with all that it needs itself. */
function partsPackages(): string[] {
  const { peerDependencies, devDependencies } = readJson<{
    peerDependencies: Readonly<Record<string, string>>;
    devDependencies: Readonly<Record<string, string>>;
  }>(root, "package.json");
  const packages = lockedPackages();
  const found = new Set(Object.keys(peerDependencies).filter((name) => name in devDependencies));
  for (const name of found) {
    for (const needed of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) found.add(needed);
  }
  return [...found];
}

function samplesOwnPackages(folder: string): string[] {
  return Object.keys(readJson<Manifest>(folder, "package.json").devDependencies ?? {});
}

/** Puts an installed package of this checkout into another node_modules. */
function provide(name: string, packages: string): void {
  const [from, to] = [path.join(root, "node_modules", name), path.join(packages, name)];
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(path.dirname(to), { recursive: true });
  if (name !== "@tensorflow/tfjs-node-gpu") {
    symlinkSync(from, to);
    return;
  }
  cpSync(from, to, { recursive: true });
  rmSync(path.join(to, "lib", "napi-v8"), { recursive: true, force: true });
}
