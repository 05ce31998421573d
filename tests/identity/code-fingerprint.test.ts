import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import * as ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectRoot } from "../../src/base";
import { codeFingerprints, countedCode, type FileReadings } from "../../src/identity/code-fingerprint";
import { law } from "../property";

/** Sources by their paths from the root. */
type Sources = Readonly<Record<string, string>>;

/** An experiment that measures what `imports` brings, over a room of two files and its door. */
const tree = (changes: Sources = {}): Sources => ({
  "experiments/a.ts": `
    import { experiment } from "../src/harness";
    import { one } from "../src/room";
    export default experiment({ measure: async () => [{ x: one() }] });`,
  "src/experiment/index.ts": 'export { experiment } from "./experiment";',
  "src/experiment/experiment.ts": "export const experiment = (definition: object) => definition;",
  "src/run/worker.ts": 'const { load } = require("../data"); load();',
  "src/data/index.ts": 'export { load } from "./load"; export { store } from "./store";',
  "src/data/load.ts": "export const load = () => 1;",
  "src/data/store.ts": "export const store = () => 1;",
  "src/room/index.ts": 'export { one } from "./one"; export { two } from "./two";',
  "src/room/one.ts": 'import { inner } from "./inner"; export const one = () => inner;',
  "src/room/inner.ts": "export const inner = 1;",
  "src/room/two.ts": "export const two = 2;",
  ...changes,
});

function inTree<Result>(sources: Sources, look: (root: string, file: string) => Result): Result {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "fingerprint-test-")));
  try {
    for (const [name, source] of Object.entries(sources)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), source);
    }
    return look(root, path.join(root, "experiments/a.ts"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const counted = (sources: Sources) => inTree(sources, (root, file) => countedCode(file, true, {}, root));
const cellsOf = (sources: Sources) => counted(sources).cells;
/** Paths of the files that count, of all entries "path hash". */
const filesIn = (entries: readonly string[]) =>
  entries.map((entry) => /^(\S+\/\S+) [0-9a-f]{64}$/.exec(entry)?.[1]).filter((file) => file !== undefined);
/** As `tree`, with another first import. */
const importing = (statement: string, use: string, changes: Sources = {}) =>
  tree({
    "experiments/a.ts": `
      import { experiment } from "../src/harness";
      ${statement}
      export default experiment({ measure: async () => [{ x: ${use} }] });`,
    ...changes,
  });

test("of the files behind a door those count that define an imported name, with all that they import", () => {
  assert.equal(filesIn(cellsOf(tree())), ["src/data/load.ts", "src/room/inner.ts", "src/room/one.ts"]);
  assert.equal(filesIn(counted(tree()).models), ["src/data/load.ts"]);
});

test("an export that nobody uses changes nothing, new or altered", () => {
  const grown = 'export { one } from "./one"; export { two } from "./two"; export { three } from "./three";';
  const variants = [
    tree({ "src/room/index.ts": grown, "src/room/three.ts": "export const three = 3;" }),
    tree({ "src/room/index.ts": 'export { one } from "./one"; export type { One } from "./one";' }),
    tree({ "src/room/index.ts": '/** The door. */ export { two } from "./two"; export { one } from "./one";' }),
    tree({ "src/room/two.ts": "export const two = 22;" }),
    tree({ "src/data/store.ts": "export const store = () => 2;" }),
    tree({ "src/experiment/experiment.ts": "export const experiment = (other: object) => ({ ...other });" }),
  ];
  for (const variant of variants) assert.equal(counted(variant), counted(tree()));
});

test("a change behind a used name changes the cells, and the models where the harness uses it", () => {
  const before = counted(tree());
  for (const name of ["src/room/one.ts", "src/room/inner.ts"]) {
    const after = counted(tree({ [name]: `${tree()[name]} export const more = 1;` }));
    assert.not.equal(after.cells, before.cells, name);
    assert.equal(after.models, before.models, name);
  }
  const after = counted(tree({ "src/data/load.ts": "export const load = () => 2;" }));
  assert.not.equal(after.models, before.models);
  assert.not.equal(after.cells, before.cells);
});

test("data and training count for an experiment without a data set only where it imports them", () => {
  const without = (sources: Sources) => inTree(sources, (root, file) => countedCode(file, false, {}, root));
  assert.equal(without(tree()).models, []);
  assert.equal(filesIn(without(tree()).cells), ["src/room/inner.ts", "src/room/one.ts"]);
  assert.ok(
    filesIn(without(importing('import { load } from "../src/data";', "load()")).cells).includes("src/data/load.ts"),
  );
});

test("renamed exports are followed, through two doors", () => {
  const sources = importing('import { uno as eins } from "../src/room";', "eins()", {
    "src/room/index.ts": 'export { middle as uno, due } from "./inside";',
    "src/room/inside/index.ts": 'export { one as middle } from "../one"; export { two as due } from "../two";',
  });
  assert.equal(filesIn(cellsOf(sources)), ["src/data/load.ts", "src/room/inner.ts", "src/room/one.ts"]);
});

test("two names that a door exchanges change the cells, though the same files count", () => {
  const both = (door: string) =>
    cellsOf(importing('import { one, two } from "../src/room";', "one() - two", { "src/room/index.ts": door }));
  const straight = both('export { one } from "./one"; export { two } from "./two";');
  const crossed = both('export { two as one } from "./two"; export { one as two } from "./one";');
  assert.equal(filesIn(crossed), filesIn(straight));
  assert.not.equal(crossed, straight);
});

test("a star leads to the files it passes on", () => {
  const starred = (one: string) =>
    cellsOf(
      tree({ "src/room/index.ts": 'export * from "./one"; export { two } from "./two";', "src/room/one.ts": one }),
    );
  const entries = starred("export const one = () => 1;");
  assert.equal(filesIn(entries), ["src/data/load.ts", "src/room/one.ts"]);
  assert.not.equal(starred("export const one = () => 2;"), entries);
  const named = importing('import { part } from "../src/room";', "part.one()", {
    "src/room/index.ts": 'export * as part from "./one"; export { two } from "./two";',
  });
  assert.equal(filesIn(cellsOf(named)), ["src/data/load.ts", "src/room/inner.ts", "src/room/one.ts"]);
});

test("where the names are not known, all behind the door counts", () => {
  const everything = ["src/data/load.ts", "src/room/inner.ts", "src/room/one.ts", "src/room/two.ts"];
  const whole: [string, string][] = [
    ['import * as room from "../src/room";', "room.one()"],
    ['import "../src/room";', "1"],
    ['import { absent } from "../src/room";', "absent"],
    ["", 'require("../src/room").one()'],
    ["", '(await import("../src/room")).one()'],
  ];
  for (const [statement, use] of whole) {
    assert.equal(filesIn(cellsOf(importing(statement, use))), everything, statement || use);
  }
});

test("imports of types alone count for nothing", () => {
  const typed = tree({
    "src/room/one.ts": `
      import { inner } from "./inner";
      import type { Two } from "./two";
      import { Three } from "./three";
      export const one = (given?: Two | Three) => inner;`,
    "src/room/three.ts": "export interface Three { readonly three: 3 }",
  });
  assert.equal(filesIn(cellsOf(typed)), filesIn(cellsOf(tree())));
});

test("files that import each other, and doors that pass on each other, come to an end", () => {
  const circle = tree({
    "src/room/inner.ts":
      'import { one } from "./one"; import { one as again } from "."; export const inner = [one, again];',
    "src/room/index.ts": 'export { one } from "./one"; export * from "./inside";',
    "src/room/inside/index.ts": 'export * from "..";',
  });
  assert.equal(filesIn(cellsOf(circle)), ["src/data/load.ts", "src/room/inner.ts", "src/room/one.ts"]);
  const absent = importing('import { absent } from "../src/room";', "absent", {
    "src/room/index.ts": 'export * from "./inside";',
    "src/room/inside/index.ts": 'export * from "..";',
  });
  assert.equal(filesIn(cellsOf(absent)), ["src/data/load.ts"]);
});

/** A room of files that import each other at random, and the names that the experiment takes through its door. */
const randomRoom = fc.integer({ min: 1, max: 8 }).chain((count) =>
  fc.record({
    imports: fc.array(fc.subarray(Array.from({ length: count }, (_, n) => n)), { minLength: count, maxLength: count }),
    taken: fc.subarray(
      Array.from({ length: count }, (_, n) => n),
      { minLength: 1 },
    ),
  }),
);

law(
  "the files that count are those that a walk over the imports reaches from the taken names",
  [randomRoom],
  ({ imports, taken }) => {
    const source = (others: readonly number[], file: number) =>
      [
        ...others.map((n) => `import { f${n} } from "./f${n}";`),
        `export const f${file} = () => [${others.map((n) => `f${n}`)}];`,
      ].join("\n");
    const names = taken.map((n) => `f${n}`).join(", ");
    const sources = importing(`import { ${names} } from "../src/room";`, `[${names}]`, {
      "src/room/index.ts": imports.map((_, n) => `export { f${n} } from "./f${n}";`).join("\n"),
      ...Object.fromEntries(imports.map((others, n) => [`src/room/f${n}.ts`, source(others, n)])),
    });
    const reached = new Set(taken);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const n of [...reached]) for (const other of imports[n]!) reached.add(other);
    }
    const expected = ["src/data/load.ts", ...[...reached].map((n) => `src/room/f${n}.ts`)].sort();
    assert.equal(filesIn(cellsOf(sources)), expected);
  },
  { numRuns: 30 },
);

test("readings of an earlier run give the same entries, and a changed file is read anew", () => {
  inTree(tree(), (root, file) => {
    const readings: FileReadings = {};
    const first = countedCode(file, true, readings, root);
    const kept = JSON.parse(JSON.stringify(readings)) as FileReadings;
    assert.equal(countedCode(file, true, kept, root), first);
    writeFileSync(path.join(root, "src/room/index.ts"), 'export { two as one } from "./two";');
    assert.equal(filesIn(countedCode(file, true, kept, root).cells), ["src/data/load.ts", "src/room/two.ts"]);
    assert.not.equal(codeFingerprints(file, true, kept, root).cells, codeFingerprints(file, true, readings, "/").cells);
  });
});

const experiment = path.join(projectRoot, "experiments", "block-deletion.ts");

test("training counts for the project's trained networks, builders of architectures do not", () => {
  const { models, cells } = countedCode(experiment, true, {});
  const files = filesIn(models);
  for (const file of [
    "src/networks/engine/forward.ts",
    "src/networks/engine/backward.ts",
    "src/networks/engine/network.ts",
    "src/ops/convolution.ts",
    "src/ops/normalisation.ts",
    "src/ops/activation.ts",
    "src/training/train.ts",
    "src/training/momentum.ts",
    "src/training/schedule.ts",
    "src/data/batches.ts",
    "src/data/load-dataset.ts",
    "src/data/augmentation.ts",
    "src/random/stream.ts",
    "src/runtime/tensorflow.ts",
  ]) {
    assert.ok(files.includes(file), `${file} is missing`);
  }
  for (const file of ["cifar-resnet.ts", "vgg-style.ts", "families.ts", "index.ts"]) {
    assert.not.ok(files.includes(`src/models/${file}`), `${file} counts`);
  }
  assert.not.ok(files.some((file) => /^src\/(harness|report|claims|files|routes)\//.test(file)));
  assert.ok(models.some((entry) => entry.startsWith("@tensorflow/tfjs-node-gpu 4.")));
  assert.ok(filesIn(cells).includes("src/networks/families/cifar-resnet.ts"));
  assert.ok(filesIn(cells).includes("src/routes/trie.ts"));
});

test("files of the measuring rooms do nothing when they are loaded, as looking through doors takes for granted", () => {
  const programs = ["load-test.ts", "set-up-tensorflow.ts"]; // started by themselves, imported by none
  const acting = ["data", "models", "ops", "random", "routes", "runtime", "statistics", "training"].flatMap((room) => {
    const folder = path.join(projectRoot, "src", room);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files
      .filter((name) => name.endsWith(".ts") && !programs.includes(name))
      .filter((name) => {
        const source = readFileSync(path.join(folder, name), "utf8");
        const { statements } = ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
        const declares = [
          ts.isImportDeclaration,
          ts.isExportDeclaration,
          ts.isVariableStatement,
          ts.isFunctionDeclaration,
          ts.isClassDeclaration,
          ts.isInterfaceDeclaration,
          ts.isTypeAliasDeclaration,
          ts.isEnumDeclaration,
        ];
        return !statements.every((statement) => declares.some((is) => is(statement)));
      })
      .map((name) => `${room}/${name}`);
  });
  assert.equal(acting, []);
});

test.run();
