/** The rooms of src/ import each other one way and by their doors only, and no file leads back to itself: types included. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectRoot } from "../../src/base";

/** Lowest first: a room imports only rooms before it. The whole package's door, src/index.ts, stands above all. */
const rooms = [
  "base",
  "runtime",
  "random",
  "statistics",
  "claims",
  "ops",
  "data",
  "dynamics",
  "networks",
  "training",
  "routes",
  "laws",
  "report",
  "experiment",
  "identity",
  "store",
  "custom-network",
  "run",
  "slurm",
  "archive",
  "playground",
  "cli",
  "guides",
  "site",
  "package",
];

const folders = ["src", "experiments", "benchmarks"];
const files = folders.flatMap((folder) =>
  readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => path.posix.join(folder, name)),
);
const known = new Set(files);

/** What a file imports, requires or passes on of the project's own, by paths from its root. */
function importsOf(file: string): string[] {
  const source = readFileSync(path.join(projectRoot, file), "utf8");
  return [...source.matchAll(/(?:from|require\(|import\(|^import)\s*"(\.[^"]*)"/gm)].flatMap(([, from]) => {
    const target = path.posix.join(path.posix.dirname(file), from!);
    return [target, `${target}.ts`, `${target}/index.ts`].filter((found) => known.has(found)).slice(0, 1);
  });
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));
/** The room of a file; null for one that is in none, which stands above all of them. */
const roomOf = (file: string) => (/^src\/[^/]+\//.test(file) ? file.split("/")[1]! : null);

/** Imports that leave their room. */
const across = [...graph].flatMap(([file, targets]) =>
  targets.flatMap((target) => (roomOf(target) === null || roomOf(target) === roomOf(file) ? [] : [{ file, target }])),
);

test("every room is listed", () => {
  const found = readdirSync(path.join(projectRoot, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.equal(found.map(({ name }) => name).sort(), [...rooms].sort());
});

test("a room imports only rooms that lie below it", () => {
  const height = (file: string) => (roomOf(file) === null ? rooms.length : rooms.indexOf(roomOf(file)!));
  const faults = across.filter(({ file, target }) => height(target) >= height(file));
  assert.equal(faults, []);
});

test("a room is entered by its door", () => {
  const faults = across.filter(({ target }) => target !== `src/${roomOf(target)}/index.ts`);
  assert.equal(faults, []);
});

test("the folders of the networks import one way, too: families and ONNX know the engine, all others both", () => {
  const below: Readonly<Record<string, readonly string[]>> = {
    engine: [],
    families: ["engine"],
    published: ["engine", "families"],
    import: ["engine", "families"],
    analysis: ["engine", "families"],
    onnx: ["engine"],
  };
  const folderOf = (file: string) => /^src\/networks\/([^/]+)\//.exec(file)?.[1];
  const faults = [...graph].flatMap(([file, targets]) => {
    const folder = folderOf(file);
    if (folder === undefined) return [];
    const known = [folder, ...below[folder]!];
    return targets.filter(
      (target) => target.startsWith("src/networks/") && !known.includes(folderOf(target) ?? "door"),
    );
  });
  assert.equal(faults, []);
});

test("no file's imports lead back to it", () => {
  const settled = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    if (settled.has(file)) return;
    assert.not.ok(way.includes(file), `a circle: ${[...way.slice(way.indexOf(file)), file].join(" -> ")}`);
    for (const target of graph.get(file)!) walk(target, [...way, file]);
    settled.add(file);
  };
  // Experiments that keep their figures in a file of their own, as long as there are any, are imported by it.
  for (const file of files.filter((name) => !name.startsWith("experiments/"))) walk(file, []);
});

test.run();
