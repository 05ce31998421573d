import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../base";
import { installedCode, installedVersion } from "./installed-code";
import { measuredSource } from "./measured-source";
import { type Import, readSource, type SourceReading } from "./source-tokens";

export interface CodeFingerprints {
  /** Of all that determines a cell's rows. */
  readonly cells: string;
  /** Of all that determines a trained network: less, so that a changed experiment trains nothing anew. */
  readonly models: string;
}

/** What the fingerprints are taken of, one entry a file, a package or a name that a door passes on. */
export interface CountedCode {
  readonly cells: readonly string[];
  readonly models: readonly string[];
}

/** What was found out about a file, kept as long as its time and size stay the same. */
export interface FileReading extends Omit<SourceReading, "tokens"> {
  readonly modified: number;
  readonly size: number;
  /** SHA-256 over its tokens. */
  readonly hash: string;
}

/** Readings by file path and part; `countedCode` adds to it. Kept in the store between runs. */
export type FileReadings = Record<string, FileReading>;

/** Rooms that judge, show and store what was measured; what they do cannot change a row. */
const notMeasuring = [
  "archive",
  "base",
  "claims",
  "cli",
  "custom-network",
  "experiment",
  "identity",
  "report",
  "run",
  "slurm",
  "store",
];
/** Where the harness itself calls other rooms for a cell, so that no import of the experiment leads to them. */
const callingForCells = ["src/run/worker.ts", "src/run/cell-run.ts"];

/**
 * Fingerprints of the code behind a result: SHA-256 over the entries of `countedCode`.
 *
 * @param experimentFile absolute path
 * @param readsData whether its cells may ask for data and trained networks; else those rooms count only if imported
 * @param readings what earlier runs found out; new readings are added to it
 * @param root the folder that holds src/; this project's own by default
 */
export function codeFingerprints(
  experimentFile: string,
  readsData: boolean,
  readings: FileReadings,
  root = projectRoot,
): CodeFingerprints {
  const { cells, models } = countedCode(experimentFile, readsData, readings, root);
  return { cells: fingerprintOf(cells), models: fingerprintOf(models) };
}

/** SHA-256 over the entries of `countedCode`. */
export function fingerprintOf(entries: readonly string[]): string {
  return digest(entries);
}

/**
 * The code behind a result: "path hash" of every file that the measuring part of the experiment imports, directly or
 * through others, and "name version" of the packages among them. Comments, types and formatting do not count, nor do the
 * rooms that only judge, show and store.
 *
 * A door, a file that only passes on what others export, is looked through: of the files behind it those count that
 * define an imported name, with "door name = path name" of each, so that a room may grow without a network being trained
 * again. Where names are not known (`import *`), all that is behind the door counts. This takes for granted that a file
 * which is loaded without being used does nothing.
 *
 * Parameters as for `codeFingerprints`.
 *
 * @returns distinct entries, sorted
 */
export function countedCode(
  experimentFile: string,
  readsData: boolean,
  readings: FileReadings,
  root = projectRoot,
): CountedCode {
  const tree: Tree = { root, readings, packageVersion: lockedVersions(root) };
  const harnessFiles = callingForCells.map((name) => path.join(root, name)).filter((file) => existsSync(file));
  const models = new Set(installedCode(root));
  const modelFiles = new Set<string>();
  for (const file of readsData ? harnessFiles : []) {
    follow(file, readFile(file, tree, "whole").imports, tree, { entries: models, seen: modelFiles });
  }
  const cells = new Set(models);
  const measuring = readFile(experimentFile, tree, "measuring part");
  cells.add(`experiment ${measuring.hash}`);
  follow(experimentFile, measuring.imports, tree, { entries: cells, seen: new Set(modelFiles) });
  return { cells: [...cells].sort(), models: [...models].sort() };
}

interface Tree {
  readonly root: string;
  readonly readings: FileReadings;
  readonly packageVersion: (name: string) => string;
}

/** What was reached so far; both sets grow. */
interface Reached {
  readonly entries: Set<string>;
  /** Files that were entered, and doors with the names that were followed through them. */
  readonly seen: Set<string>;
}

/** Enters everything that these imports of a file lead to. */
function follow(importer: string, imports: readonly Import[], tree: Tree, reached: Reached): void {
  for (const { from, names } of imports) {
    if (from.startsWith("node:")) continue; // Node's own modules
    if (!from.startsWith(".")) {
      reached.entries.add(tree.packageVersion(from.split("/", from.startsWith("@") ? 2 : 1).join("/")));
      continue;
    }
    const file = resolveFile(path.resolve(path.dirname(importer), from));
    if (file === undefined || isNotMeasuring(file, tree)) continue;
    for (const name of names === "all" ? [null] : names) enter(file, name, tree, reached);
  }
}

/** Enters a file because of a name that it exports, or of all that it exports (null). */
function enter(file: string, name: string | null, tree: Tree, reached: Reached): void {
  const { hash, imports, passesOn } = readFile(file, tree, "whole");
  const place = placeOf(file, tree);
  const visit = passesOn === null ? place : `${place} ${name ?? "*"}`;
  if (reached.seen.has(visit)) return; // also where files import each other
  reached.seen.add(visit);
  if (passesOn === null) {
    reached.entries.add(`${place} ${hash}`);
    follow(file, imports, tree, reached);
    return;
  }
  const named = passesOn.filter((passed) => name !== null && passed.as === name);
  // A name that is not listed comes through one of the stars; without a star it is beyond us: all counts.
  const stars = passesOn.filter((passed) => passed.as === null);
  const ways = named.length > 0 ? named : name !== null && stars.length > 0 ? stars : passesOn;
  for (const { from, name: there, as } of ways) {
    const sought = as === null ? name : there;
    reached.entries.add(`${place} ${as ?? name ?? "*"} = ${from} ${sought ?? "*"}`);
    follow(file, [{ from, names: sought === null ? "all" : [sought] }], tree, reached);
  }
}

function isNotMeasuring(file: string, tree: Tree): boolean {
  return notMeasuring.some((room) => placeOf(file, tree).startsWith(`src/${room}/`));
}

function readFile(file: string, tree: Tree, part: "whole" | "measuring part"): FileReading {
  const { readings } = tree;
  const key = `${placeOf(file, tree)} (${part})`;
  const { mtimeMs: modified, size } = statSync(file);
  const known = readings[key];
  if (known !== undefined && known.modified === modified && known.size === size) return known;
  const text = readFileSync(file, "utf8");
  const isCode = /\.[cm]?[jt]s$/.test(file);
  const { tokens, imports, passesOn } = isCode
    ? readSource(part === "whole" ? text : measuredSource(text))
    : { tokens: [text], imports: [], passesOn: null }; // JSON and the like: every byte may matter
  const reading = { modified, size, hash: digest(tokens), imports, passesOn };
  readings[key] = reading;
  return reading;
}

/** A file's path from the root, written the same way on every system. */
function placeOf(file: string, { root }: Tree): string {
  return path.relative(root, file).split(path.sep).join("/");
}

function resolveFile(stem: string): string | undefined {
  const candidates = [stem, `${stem}.ts`, path.join(stem, "index.ts"), `${stem}.js`, stem.replace(/\.js$/, ".ts")];
  const file = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  return file === undefined ? undefined : realpathSync(file);
}

/** "name version" of a package, as package-lock.json fixes it, else as it is installed. */
function lockedVersions(root: string): (name: string) => string {
  const lockFile = path.join(root, "package-lock.json");
  const lock: unknown = existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, "utf8")) : {};
  const { packages = {} } = lock as { packages?: Readonly<Record<string, { version?: string }>> };
  return (name) =>
    `${name} ${packages[`node_modules/${name}`]?.version ?? installedVersion(name, root) ?? "not locked"}`;
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
