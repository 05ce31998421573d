import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { measuredSource } from "./measured-source";
import { projectRoot } from "./project-root";
import { readSource } from "./source-tokens";

export interface CodeFingerprints {
  /** Of all that determines a cell's rows. */
  readonly cells: string;
  /** Of all that determines a trained network: less, so that a changed experiment trains nothing anew. */
  readonly models: string;
}

/** What was found out about a file, kept as long as its time and size stay the same. */
export interface FileReading {
  readonly modified: number;
  readonly size: number;
  /** SHA-256 over its tokens. */
  readonly hash: string;
  readonly imports: readonly string[];
}

/** Readings by file path and part; `readCode` adds to it. Kept in the store between runs. */
export type FileReadings = Record<string, FileReading>;

/** Rooms that judge, show and store what was measured; what they do cannot change a row. */
const notMeasuring = ["claims", "report", "harness", "files"].map(
  (room) => path.join(projectRoot, "src", room) + path.sep,
);
/** Rooms that the harness itself calls for a cell, so that no import of the experiment leads to them. */
const calledByHarness = ["data", "training", "runtime"].map((room) => path.join(projectRoot, "src", room, "index.ts"));

/**
 * Fingerprints of the code behind a result: SHA-256 over the tokens of every file that the measuring part of the
 * experiment imports, directly or through others, with the versions of the packages among them. Comments, types and
 * formatting do not count, nor do the rooms that only judge, show and store.
 *
 * @param experimentFile absolute path
 * @param readsData whether its cells may ask for data and trained networks; else those rooms count only if imported
 * @param readings what earlier runs found out; new readings are added to it
 */
export function codeFingerprints(experimentFile: string, readsData: boolean, readings: FileReadings): CodeFingerprints {
  const packageVersion = lockedVersions();
  const modelCode = closure(readsData ? calledByHarness : [], readings);
  const measuring = readFile(experimentFile, readings, "measuring part");
  const ownCode = closure(resolveImports(experimentFile, measuring.imports).files, readings);
  const packages = [...resolveImports(experimentFile, measuring.imports).packages, ...ownCode.packages];
  const own = [`experiment ${measuring.hash}`, ...ownCode.hashes, ...packages.map(packageVersion)];
  const model = [...modelCode.hashes, ...modelCode.packages.map(packageVersion)];
  return { cells: digestOfSet([...own, ...model]), models: digestOfSet(model) };
}

interface Closure {
  /** "path hash" of every file reached. */
  readonly hashes: readonly string[];
  readonly packages: readonly string[];
}

function closure(doors: readonly string[], readings: FileReadings): Closure {
  const hashes: string[] = [];
  const packages: string[] = [];
  const waiting = doors.filter((file) => existsSync(file));
  const seen = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || notMeasuring.some((room) => file?.startsWith(room))) continue;
    seen.add(file);
    const { hash, imports } = readFile(file, readings, "whole");
    hashes.push(`${path.relative(projectRoot, file)} ${hash}`);
    const found = resolveImports(file, imports);
    waiting.push(...found.files);
    packages.push(...found.packages);
  }
  return { hashes, packages };
}

function readFile(file: string, readings: FileReadings, part: "whole" | "measuring part"): FileReading {
  const key = `${path.relative(projectRoot, file)} (${part})`;
  const { mtimeMs: modified, size } = statSync(file);
  const known = readings[key];
  if (known !== undefined && known.modified === modified && known.size === size) return known;
  const text = readFileSync(file, "utf8");
  const isCode = /\.[cm]?[jt]s$/.test(file);
  const read = isCode ? readSource(part === "whole" ? text : measuredSource(text)) : { tokens: [text], imports: [] }; // JSON and the like: every byte may matter
  const reading = { modified, size, hash: digest(read.tokens), imports: read.imports };
  readings[key] = reading;
  return reading;
}

/** Imports of a file, divided into files of the project and packages; Node's own modules are left out. */
function resolveImports(importer: string, imports: readonly string[]): { files: string[]; packages: string[] } {
  const files: string[] = [];
  const packages: string[] = [];
  for (const name of imports) {
    if (name.startsWith("node:")) continue;
    if (name.startsWith(".")) {
      const file = resolveFile(path.resolve(path.dirname(importer), name));
      if (file !== undefined) files.push(file);
    } else {
      packages.push(name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
    }
  }
  return { files, packages };
}

function resolveFile(stem: string): string | undefined {
  const candidates = [stem, `${stem}.ts`, path.join(stem, "index.ts"), `${stem}.js`, stem.replace(/\.js$/, ".ts")];
  const file = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  return file === undefined ? undefined : realpathSync(file);
}

/** "name version" of a package, as package-lock.json fixes it. */
function lockedVersions(): (name: string) => string {
  const lockFile = path.join(projectRoot, "package-lock.json");
  const lock: unknown = existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, "utf8")) : {};
  const { packages = {} } = lock as { packages?: Readonly<Record<string, { version?: string }>> };
  return (name) => `${name} ${packages[`node_modules/${name}`]?.version ?? "not locked"}`;
}

function digestOfSet(parts: readonly string[]): string {
  return digest([...new Set(parts)].sort());
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
