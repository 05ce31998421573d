import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectRoot } from "../../src/base";
import { execute } from "../../src/runtime";
import { law } from "../property";

interface Transpiler {
  transpile(input: string, options: { fileName: string }): { outputText: string; sourceMapText?: string };
}

const { create } = require("../../src/cli/cached-transpiler.cjs") as { create(): Transpiler };
const cache = join(projectRoot, "node_modules", ".cache", "cnn-findings", "transpiled");
const folder = mkdtempSync(join(tmpdir(), "transpiled-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Runs a TypeScript file as programs and workers are started. */
function start(file: string) {
  return execute(process.execPath, ["-r", join(projectRoot, "src", "cli", "register.cjs"), file], { cwd: folder });
}

/** Says of a source that only this test has it. */
const unique = `// ${createHash("sha256").update(folder).digest("hex")}`;

test("a damaged entry of the cache is made again, not run", () => {
  const fileName = join(folder, "sum.ts");
  const source = `export const sum: number = 1 + 41; ${unique}`;
  const before = new Set(readdirSync(cache));
  const transpiled = () => create().transpile(source, { fileName });
  const right = transpiled();
  const added = readdirSync(cache).filter((name) => !before.has(name) && readText(name).includes("1 + 41"));
  assert.equal(added.map((name) => name.split(".").pop()).sort(), ["js", "map"]);
  const entry = join(cache, added.find((name) => name.endsWith(".js"))!);
  const map = join(cache, added.find((name) => name.endsWith(".map"))!);
  try {
    assert.equal(transpiled(), right, "it comes from the cache");
    const whole = readFileSync(entry, "utf8");
    for (const damaged of [whole.replace("1 + 41", "1 + 42"), whole.slice(0, -2), ""]) {
      writeFileSync(entry, damaged);
      assert.equal(transpiled(), right);
      assert.is(readFileSync(entry, "utf8"), whole);
    }
    rmSync(map);
    assert.equal(transpiled(), right);
    assert.ok(existsSync(map));
  } finally {
    rmSync(entry, { force: true });
    rmSync(map, { force: true });
  }
});

law(
  "what a source file says is in force at the next start, however often it is changed, there and back",
  [fc.array(fc.tuple(fc.constantFrom("program", "imported"), fc.integer()), { minLength: 1, maxLength: 3 })],
  async (changes) => {
    const values = { program: 0, imported: 0 };
    for (const [file, value] of changes) {
      values[file as keyof typeof values] = value;
      writeFileSync(join(folder, "imported.ts"), `export const imported: number = ${values.imported}; ${unique}\n`);
      writeFileSync(
        join(folder, "program.ts"),
        `import { imported } from "./imported";\nconsole.log(imported, ${values.program} as number); ${unique}\n`,
      );
      const { stdout, stderr } = await start(join(folder, "program.ts"));
      assert.is(stdout, `${values.imported} ${values.program}\n`, stderr);
    }
  },
  { numRuns: 5, secondsAtMost: 300 },
);

test("a stack names the lines of the TypeScript file, at the first start and from the cache, which loads no TypeScript", async () => {
  const file = join(folder, "thrower.ts");
  writeFileSync(
    file,
    `interface Gone {
  a: number;
}
type AlsoGone = Gone["a"];
function thrower(): AlsoGone {
  throw new Error("on purpose"); ${unique}
}
console.log(Object.keys(require.cache).some((name) => name.includes("typescript.js")));
thrower();
`,
  );
  for (const loaded of ["true", "false"]) {
    const { status, stdout, stderr } = await start(file);
    assert.is(status, 1);
    assert.is(stdout, `${loaded}\n`);
    assert.match(stderr, `at thrower (${file}:6:9)`);
    assert.match(stderr, `(${file}:9:1)`);
  }
});

law(
  "a door loads of its files those whose names are used, in any order, and has all its names for TypeScript and for `import`",
  [
    fc
      .integer({ min: 1, max: 5 })
      .chain((files) => fc.record({ files: fc.constant(files), used: fc.subarray([...Array(files).keys()]) })),
    fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  ],
  async ({ files, used }, renamed) => {
    const numbers = [...Array(files).keys()];
    const name = (i: number) => (renamed[i] ? `other${i}` : `value${i}`);
    for (const i of numbers) {
      writeFileSync(
        join(folder, `file${i}.ts`),
        `export let value${i} = ${i}; export const change${i} = () => { value${i} += 10; };\nconsole.log("loads", ${i}); ${unique}\n`,
      );
    }
    const line = (i: number) =>
      `export { change${i}, value${i}${renamed[i] ? ` as other${i}` : ""} } from "./file${i}";\n`;
    writeFileSync(
      join(folder, "door.ts"),
      `${unique}\n${numbers.map(line).join("")}export type { Stats } from "node:fs";\n`,
    );
    const reads = used.map((i) => `door.change${i}();\nconsole.log(door.${name(i)});\n`).join("");
    writeFileSync(
      join(folder, "user.ts"),
      `import * as door from "./door";\nconsole.log(Object.keys(door).length);\n${reads}${unique}\n`,
    );
    const { stdout, stderr } = await start(join(folder, "user.ts"));
    assert.is(stdout, `${2 * files}\n${used.map((i) => `loads ${i}\n${10 + i}\n`).join("")}`, stderr);

    const { outputText } = create().transpile(readFileSync(join(folder, "door.ts"), "utf8"), {
      fileName: join(folder, "door.ts"),
    });
    for (const i of numbers) writeFileSync(join(folder, `file${i}.js`), `exports.value${i} = ${i};\n`);
    writeFileSync(join(folder, "door.js"), outputText);
    const names = numbers.map(name).join(", ");
    writeFileSync(join(folder, "user.mjs"), `import { ${names} } from "./door.js";\nconsole.log([${names}].join());\n`);
    const imported = await execute(process.execPath, [join(folder, "user.mjs")], { cwd: folder });
    assert.is(imported.stdout, `${numbers.join()}\n`, imported.stderr);
    for (const i of numbers) rmSync(join(folder, `file${i}.js`));
    rmSync(join(folder, "door.js"));
  },
  { numRuns: 5, secondsAtMost: 300 },
);

test("a file that is no TypeScript is refused by its place", async () => {
  const file = join(folder, "broken.ts");
  writeFileSync(file, "const a: = 3;\n");
  const { status, stderr } = await start(file);
  assert.is(status, 1);
  assert.match(stderr, "broken.ts(1,10): error TS1110: Type expected.");
});

function readText(name: string): string {
  try {
    return readFileSync(join(cache, name), "utf8");
  } catch {
    return ""; // another process has just renamed it
  }
}

test.run();
