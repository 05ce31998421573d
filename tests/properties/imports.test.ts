/** The rooms of src/ import each other one way and by their doors only: src/README.md has the table. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = join(__dirname, "..", "..");

/** What each room may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  random: [],
  files: [],
  statistics: ["random"],
  claims: ["statistics"],
  ops: ["runtime"],
  data: ["random"],
  dynamics: ["ops", "random", "runtime"],
  models: ["ops", "random", "runtime"],
  training: ["data", "files", "models", "ops", "random", "runtime"],
  routes: ["data", "models", "random", "runtime"],
  laws: ["files", "models", "ops", "random", "routes", "runtime"],
  report: ["claims", "files", "statistics"],
  guides: [],
  package: [],
  harness: ["claims", "data", "files", "models", "random", "report", "runtime", "statistics", "training"],
};

/** What the npm package exports: it passes on what any room's door does. */
const packageDoor = "index.ts";

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

/** Relative imports of a folder's files that leave their room; `target` is a path from src/. */
function importsAcross(folder: string): Import[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const file = join(folder, name);
      const room = relative(join(root, "src"), file).split("/")[0]!;
      const found = readFileSync(file, "utf8").matchAll(/(?:from|require\(|import\()\s*"(\.[^"]*)"/g);
      return [...found]
        .map(([, path]) => relative(join(root, "src"), join(dirname(file), path!)))
        .filter((target) => target.split("/")[0] !== room)
        .map((target) => ({ file: relative(root, file), room, target }));
    });
}

test("every room is listed", () => {
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.equal(rooms.map(({ name }) => name).sort(), Object.keys(allowed).sort());
});

test("rooms import only what lies below them, by its door", () => {
  const faults = importsAcross(join(root, "src"))
    .filter(({ room, target }) => !(room === packageDoor ? Object.keys(allowed) : allowed[room]!).includes(target))
    .map(({ file, target }) => `${file} imports ${target}`);
  assert.equal(faults, []);
});

test("experiments import doors only", () => {
  const faults = importsAcross(join(root, "experiments"))
    .filter(({ target }) => !(target in allowed))
    .map(({ file, target }) => `${file} imports ${target}`);
  assert.equal(faults, []);
});

test("what may be imported has no circle", () => {
  const below = (room: string, seen: readonly string[]): void => {
    assert.not(seen.includes(room), [...seen, room].join(" -> "));
    for (const next of allowed[room]!) below(next, [...seen, room]);
  };
  for (const room of Object.keys(allowed)) below(room, []);
});

test.run();
