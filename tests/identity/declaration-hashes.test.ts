import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keptReadings, openCode, type Root } from "../../src/identity/declaration-hashes";
import type { Reading } from "../../src/identity/source-reading";
import { law } from "../property";
import { temporaryFolder } from "../runtime/sandbox";
import {
  type Declaration,
  look,
  type Presented,
  type Program,
  plainLook,
  present,
  program,
  structure,
} from "./generated-program";

/** Of readings that are kept. */
const folder = temporaryFolder();

/** Hashes of a program's declarations, in order. */
function hashes(presented: Presented): string[] {
  return Object.values(openCode(presented).identity(presented.roots).roots);
}

/**
 * Equal for declarations that compute the same by their structure: the tree of all that they lead to, cut off where longer
 * ones could not tell them apart, each declaration by its text without names.
 */
function unfolded(parsed: ReturnType<typeof structure>): string[] {
  let colours = parsed.map(({ label }) => label);
  for (let round = 0; round < 2 * 6 + 2; round++) {
    colours = parsed.map(({ label, uses }) => {
      const led = uses.map((use) => [colours[Number(use.split(".")[0])], use.split(".")[1]]);
      return createHash("sha256")
        .update(JSON.stringify([label, led]))
        .digest("hex");
    });
  }
  return colours;
}

/** The declarations that one leads to, itself included. */
function reaching(parsed: ReturnType<typeof structure>, goal: number): Set<number> {
  const reached = new Set([goal]);
  for (let size = 0; size < reached.size; ) {
    size = reached.size;
    for (const [i, { uses }] of parsed.entries()) {
      if (uses.some((use) => reached.has(Number(use.split(".")[0])))) reached.add(i);
    }
  }
  return reached;
}

law(
  "moving, renaming, splitting and merging files, renaming declarations and locals, order, comments and types leave all hashes",
  [program, look, look],
  (written, before, after) => {
    assert.equal(hashes(present(written, before)), hashes(present(written, after)));
  },
  { numRuns: 100 },
);

/** What each declaration of a program in one file computes; errors by their kind. */
function outcomes({ files, roots }: Presented): string[] {
  const { outputText } = ts.transpileModule([...files.values()].join(""), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  const lists = new Map(
    [...outputText.matchAll(/^export \{ (\w+) as (\w+) \};$/gm)].map(([, own, name]) => [name, own]),
  );
  const code = outputText.replace(/^export (?:\{.*$)?/gm, "");
  const values = roots.map(({ export: name }) => `() => ${lists.get(name) ?? name}`).join(", ");
  let ticks = 0;
  const tick = () => ++ticks < 200;
  const say = (compute: () => unknown): string => {
    ticks = 0;
    try {
      const value = compute();
      return JSON.stringify(typeof value === "function" ? "a function" : value) ?? "undefined";
    } catch (error) {
      return (error as Error).name;
    }
  };
  let exported: (() => unknown)[] = [];
  const loaded = say(() => {
    exported = new Function("tick", `"use strict";\n${code}\nreturn [${values}];`)(tick);
  });
  assert.is.not(loaded, "SyntaxError");
  const outcome = (get: () => unknown) => {
    const value = get();
    if (typeof value !== "function") return value;
    const isClass = /^class\b/.test(String(value));
    return isClass ? new (value as new () => { run(x: number): unknown })().run(1) : value(1, "b");
  };
  return exported.length === 0 ? roots.map(() => loaded) : exported.map((get) => say(() => outcome(get)));
}

law(
  "the ways of writing a program down that are tried here all compute the same",
  [program, look],
  (written, how) => {
    const inOrder = { ...how, files: 1, order: [0] };
    assert.equal(outcomes(present(written, inOrder)), outcomes(present(written, plainLook)));
  },
  { numRuns: 60 },
);

interface Change {
  readonly what: string;
  /** The declaration that is changed. */
  readonly place: number;
  readonly program: Program;
}

/** All programs that differ from one by a single change. */
function changes(written: Program): Change[] {
  const found: Change[] = [];
  for (const [place, declared] of written.entries()) {
    const visit = (node: unknown, rebuild: (value: unknown) => unknown): void => {
      const note = (what: string, value: unknown) => {
        const changed = rebuild(value) as Declaration;
        found.push({ what, place, program: written.map((one, i) => (i === place ? changed : one)) });
      };
      if (Array.isArray(node)) {
        const [first, second, ...others] = node;
        if (typeof first === "object" && second !== undefined) note("order", [second, first, ...others]);
        if (typeof first === "string" && typeof second === "object") note("key", ["other", second]);
        for (const [i, one] of node.entries())
          visit(one, (value) => rebuild(node.map((old, j) => (i === j ? value : old))));
      } else if (typeof node === "object" && node !== null) {
        const tree = node as Readonly<Record<string, unknown>>;
        if (tree.is === "number") note("number", { ...tree, value: Number(tree.value) + 10 });
        if (tree.is === "string") note("string", { ...tree, value: `${tree.value} ` });
        if (tree.is === "binary") note("operator", { ...tree, operator: tree.operator === "+" ? "-" : "+" });
        if (tree.is === "member") note("key", { ...tree, key: "other" });
        if (tree.is === "members") note("key", { ...tree, keys: ["other", (tree.keys as readonly string[])[1]] });
        if (tree.is === "default") note("default", { is: "plain" });
        if (tree.is === "local" || tree.is === "set") note("local", { ...tree, pick: Number(tree.pick) + 1 });
        if (tree.is === "use") note("target", { ...tree, pick: Number(tree.pick) + 1 });
        for (const [name, value] of Object.entries(tree)) visit(value, (other) => rebuild({ ...tree, [name]: other }));
      }
    };
    visit(declared, (value) => value);
  }
  return found;
}

law(
  "a change of a number, text, operator, default, key, local, target or order moves the hashes that it reaches and no other",
  [program, look, look, fc.nat()],
  (written, before, after, pick) => {
    const possible = changes(written);
    fc.pre(possible.length > 0);
    const { place, program: altered } = possible[pick % possible.length]!;
    const [was, is] = [structure(written), structure(altered)];
    const [old, now] = [hashes(present(written, before)), hashes(present(altered, after))];
    const reached = reaching(was, place);
    const [wasTree, isTree] = [unfolded(was), unfolded(is)];
    for (const i of written.keys()) {
      if (!reached.has(i)) assert.is(now[i], old[i], `declaration ${i}, which does not reach ${place}`);
      else if (was[place]!.label !== is[place]!.label) assert.is.not(now[i], old[i], `declaration ${i}`);
      else if (wasTree[i] !== isTree[i]) assert.is.not(now[i], old[i], `declaration ${i}, by what it refers to`);
    }
  },
  { numRuns: 150 },
);

law(
  "two programs with equal hashes compute the same",
  [program, look, fc.nat()],
  (written, how, pick) => {
    const possible = changes(written);
    fc.pre(possible.length > 0);
    const { program: altered } = possible[pick % possible.length]!;
    const [old, now] = [present(written, plainLook), present(altered, { ...how, files: 1, order: [0] })];
    if (hashes(old).join() === hashes(now).join()) assert.equal(outcomes(now), outcomes(old));
  },
  { numRuns: 60 },
);

/** The hash of what "main.ts" exports as "root", or of another root, in files by their paths. */
function hashIn(files: Readonly<Record<string, string>>, root: Partial<Root> = {}, stop?: (file: string) => boolean) {
  const tree = { read: (file: string) => files[file] };
  const code = openCode(tree, stop && { stop });
  return code.identity([{ name: "root", file: "main.ts", export: "root", ...root }]).roots.root;
}

/** The hash of `root` in one file. */
const hashOf = (source: string) => hashIn({ "main.ts": source });

test("what does not run, and how it is written, does not count", () => {
  const pairs: [string, string][] = [
    [
      "export const root = (a: number, b = 2): number => a + b;",
      "/** Sums. */ export const root = (x, y = 0x2) => (x + y)",
    ],
    ["export function root<T>(a?: T) { return a!; }", "export function root(b) { return (b); }"],
    [
      "export function root(a: 1): 1; export function root(a: 2): 2; export function root(a) { return a; }",
      "export function root(a) { return a }",
    ],
    ["export const root = [1, 'a', `b`, 1_000] as const;", 'export const root = [1, "a", "b", 1000,];'],
    ["const a = 1; type A = typeof a; export const root = () => 2 as A;", "export const root = () => 2;"],
    ["import { A } from './a'; export const root = (x: A) => x satisfies A;", "export const root = (x) => x;"],
    [
      "export class root<T> extends Map<T, T> implements Iterable<T> { readonly a = 1; declare b: T; abstract c(): void; override d() {} }",
      "export class root extends Map { a = 1; d() {} }",
    ],
    [
      "export const root = (a) => { for (const b of a) { if (b) { const a = b; return { a }; } } };",
      "export const root = (p) => { for (const q of p) { if (q) { const r = q; return { a: r }; } } };",
    ],
    [
      "export const root = (a) => { try { return a; } catch (b) { return b; } };",
      "export const root = (b) => { try { return b } catch (a) { return a } };",
    ],
    [
      "export const root = () => { a: for (;;) { b: for (;;) { break a; } } };",
      "export const root = () => { b: for (;;) { a: for (;;) { break b; } } };",
    ],
    [
      "export const root = function a(n) { return n ? a(n - 1) : 0; };",
      "export const root = function b(m) { return m ? b(m - 1) : 0; };",
    ],
    [
      "export const root = ({ a, b: { c } = {}, ...d }, [e, , f]) => [a, c, d, e, f];",
      "export const root = ({ a: q, b: { c: r } = {}, ...s }, [t, , u]) => [q, r, s, t, u];",
    ],
    [
      "export const root = (a, b) => { ({ a, c: b = 1 } = a); return b; };",
      "export const root = (x, y) => { ({ a: x, c: y = 1 } = x); return y; };",
    ],
    [
      "export function root(a) { var b = a; { var b = 2; } return b; }",
      "export function root(x) { var y = x; { var y = 2; } return y; }",
    ],
    [
      "enum A { B = 1, C = B } export const root = () => A.C;",
      "const enum Z { B = 1, C = B } export const root = () => Z.C;",
    ],
    [
      "const other = 1; export default other; export const root = () => other;",
      "const root = () => renamed; export { root }; const renamed = 1;",
    ],
  ];
  for (const [left, right] of pairs) assert.is(hashOf(left), hashOf(right), `${left}\n${right}`);
});

test("what runs otherwise has another hash", () => {
  const sources = [
    "a?.b.c  (a?.b).c  a.b.c  a?.b?.c  a.b?.c  a['b'].c  a?.b.c()  (a?.b.c)()  a ? 1 : 2  a && 1  a ?? 1  a || 1",
    "-a  +a  !a  a++  ++a  a--  typeof a  void a  delete a.b  1  1n  '1'  /a/  /a/g  this  arguments  undefined  null  true",
    "() => a  async () => a  function () { a; }  async function () { await a; }  function* () { yield a; }",
    "function* () { yield* a; }  f(a)  f(...a)  f?.(a)  new f(a)  function () { new.target; }  import.meta",
    "[a]  [...a]  [, a]  [a, ,]  { a }  { a: 1 }  { ...a }  { [a]: 1 }  { a() {} }  { get a() {} }",
    "() => { for (a;;) {} }  () => { for (;a;) {} }  () => { for (;;a) {} }  () => { for (const x of a) {} }",
    "() => { for (const x in a) {} }  async () => { for await (const x of a) {} }  () => { for (let x of a) {} }",
    "class {}  class { a = 1 }  class { static a = 1 }  class { #a = 1 }  class { accessor a = 1 }  class extends a {}",
    "class { a() {} }  class { get a() {} }  class { set a(b) {} }  class { async a() {} }  class { *a() {} }",
    "class { static { a(); } }  class { constructor(a) {} }  class { constructor(private a) {} }",
    "class { constructor(private b) {} }  (x, y) => x  (x, y) => y  (x, ...y) => x  (a, b) => (a, b)",
    "(x) => { var x; return x; }  (x) => { var y; return y; }  (x) => { let y; return x; }  (x) => { { let y; } return x; }",
    "({ b: x }) => x  ({ a: x }) => x  ([x]) => x  ([x] = []) => x  ({ a: x = 1 }) => x  ({ a: x } = 1) => x",
    "() => { a: for (;;) { b: for (;;) { break a; } } }  () => { a: for (;;) { b: for (;;) { break b; } } }",
    "() => { a: for (;;) { b: for (;;) { continue b; } } }  () => { throw a; }  () => { return a; }",
    "() => { try {} catch {} }  () => { try {} catch (x) {} }  () => { try {} finally {} }",
    "() => { switch (a) { case 1: default: } }  () => { switch (a) { default: case 1: } }",
    "() => { function x() {} return x; }  (x) => { function x() {} return x; }  (x) => { { function x() {} } return x; }",
    "tag`a\\n`  tag`a\n`  `a\n`  `a$_{a}`  `$_{a}a`  'a' + a".replaceAll("$_", "$"),
  ].flatMap((line) => line.split("  "));
  const hashes = sources.map((source) => hashOf(`declare const a, f, tag; export const root = (${source});`));
  for (const [i, hash] of hashes.entries()) assert.is(hashes.indexOf(hash), i, sources[i]);
});

test("which of the names that a declaration binds is meant counts", () => {
  const source = (used: string) => `const [a, b] = make(); const { c, d } = make(); export const root = () => ${used};`;
  assert.is(new Set(["a", "b", "c", "d"].map((used) => hashOf(source(used)))).size, 4);
  assert.is(hashOf(source("c")), hashOf("const { c: x, d: y } = make(); export const root = () => x;"));
  assert.is.not(hashOf(source("c")), hashOf("const { d: x, c: y } = make(); export const root = () => x;"));
});

test("packages count by locked version and member, however the member is named", () => {
  const lock = (version: string) => JSON.stringify({ packages: { "node_modules/zod": { version } } });
  const using = (source: string, version = "1.0.0") =>
    hashIn({ "main.ts": source, "package-lock.json": lock(version) });
  const named = 'import { z } from "zod"; export const root = () => z.string();';
  for (const same of [
    'import { z as y } from "zod"; export const root = () => y.string();',
    'import * as zod from "zod"; export const root = () => zod.z.string();',
    'export const root = () => (require("zod") as typeof import("zod")).z.string();',
  ]) {
    assert.is(using(same), using(named), same);
  }
  const block = 'import { z } from "zod"; export const root = () => { return z.string(); };';
  assert.is(using('export const root = () => { const { z: y } = require("zod"); return y.string(); };'), using(block));
  assert.is(using('export const root = () => { const y = require("zod"); return y.z.string(); };'), using(block));
  assert.is.not(using(named, "1.0.1"), using(named));
  assert.is.not(using(named.replaceAll("z.", "y.").replace("{ z }", "{ y }")), using(named));
  assert.is.not(using(named.replace('"zod"', '"zod/mini"')), using(named));
  const other = 'import { z } from "zod"; export const beside = z; export const root = () => 1;';
  assert.is(using(other, "1.0.1"), using(other), "a package that is not reached");
  const installed = (version: string) =>
    hashIn({ "main.ts": named, "node_modules/zod/package.json": JSON.stringify({ version }) });
  assert.is.not(installed("1.0.0"), installed("1.0.1"));
});

test("Node's modules count by name and member", () => {
  const plain = hashOf('import { join } from "path"; export const root = () => join("a");');
  assert.is(hashOf('import * as p from "node:path"; export const root = () => p.join("a");'), plain);
  assert.is.not(hashOf('import { resolve } from "path"; export const root = () => resolve("a");'), plain);
});

test("JSON counts by content, and other files that are no code as well", () => {
  const using = (content: string, name = "data.json") =>
    hashIn({ "main.ts": `import data from "./${name}"; export const root = () => data.a;`, [name]: content });
  assert.is(using('{ "a": 1 }'), using('{\n  "a": 1\n}\n'));
  assert.is(using('{ "a": 1 }'), using('{ "a": 1 }', "moved.json"));
  assert.is.not(using('{ "a": 1 }'), using('{ "a": 2 }'));
  assert.is.not(using("a", "data.txt"), using("b", "data.txt"));
});

test("sources in C++ count with the declaration that calls them, without their comments", () => {
  const files = {
    "main.ts": 'import { call } from "./call"; export const root = () => call("Sum"); export const other = () => 1;',
    "call.ts": "export const call = (name) => name;",
  };
  const rootsWith = (source: string | undefined) => {
    const tree = { ...files, ...(source !== undefined && { "sum.cc": source }) } as Record<string, string>;
    const code = openCode({ read: (file) => tree[file] }, { native: { "call.ts call": ["sum.cc"] } });
    const root = (name: string): Root => ({ name, file: "main.ts", export: name });
    const { roots, declarations } = code.identity([root("root"), root("other")]);
    assert.ok(declarations.some(({ place }) => place === "sum.cc"));
    return roots;
  };
  const plain = rootsWith('#define ONE 1\nconst char* at = "http://a";\nint f() { return ONE; }\n');
  const commented = rootsWith(
    '// Sums.\n#define ONE 1  // a unit\n\n  const char* at = "http://a"; /* "b" */\nint f() { return ONE; }',
  );
  assert.equal(commented, plain);
  assert.is.not(rootsWith('#define ONE 1\nconst char* at = "http://b";\nint f() { return ONE; }').root, plain.root);
  assert.is(rootsWith("int f() { return 2; }").other, plain.other);
  assert.throws(() => rootsWith(undefined), /need the source sum\.cc, not found/);
});

test("CommonJS modules are looked into", () => {
  const main = 'import { a } from "./x.cjs"; export const root = () => a(1);';
  const using = (source: string) => hashIn({ "main.ts": main, "x.cjs": `"use strict";\n${source}` });
  const plain = using("function a(n) { return n + 1; }\nmodule.exports = { a, other: 1 };");
  assert.is(using("exports.a = a; function a(x) { return x + 1; }\nexports.other = 2;"), plain);
  assert.is.not(using("exports.a = a; function a(x) { return x + 2; }"), plain);
  assert.is.not(using("module.exports = make();"), plain);
});

const effects = (changes: Readonly<Record<string, string>> = {}) =>
  hashIn({
    "main.ts": 'import { a } from "./a"; import { b } from "./b"; export const root = () => a; export const other = b;',
    "a.ts": "export const a = new Map();",
    "b.ts": "export const b = 1;",
    "c.ts": "globalThis.c = 1;",
    ...changes,
  });

test("what a file does when it is loaded counts with everything that is reached from there", () => {
  const main = 'import { a } from "./a"; import { b } from "./b"; export const root = () => a; export const other = b;';
  const doing = effects({ "a.ts": "export const a = new Map(); a.set(1, 2);" });
  assert.is.not(doing, effects());
  assert.is.not(effects({ "a.ts": "export const a = new Map(); a.set(1, 3);" }), doing);
  assert.is.not(
    effects({ "a.ts": "export const a = new Map(); a.set(3, 4); a.set(1, 2);" }),
    effects({ "a.ts": "export const a = new Map(); a.set(1, 2); a.set(3, 4);" }),
  );
  assert.is(effects({ "b.ts": "export const b = 2;" }), effects(), "a file that is loaded without doing anything");
  assert.is.not(effects({ "b.ts": "export const b = 1; globalThis.b = 1;" }), effects(), "a file that is only loaded");
  assert.is.not(effects({ "b.ts": 'import "./c"; export const b = 1;' }), effects(), "through another");
  assert.is(effects({ "c.ts": "globalThis.c = 2;" }), effects(), "a file that is not loaded");
  assert.is(effects({ "main.ts": `${main} import type { C } from "./c";` }), effects(), "a file of types alone");
  assert.is(effects({ "main.ts": `${main} import { C } from "./c"; let c: C;` }), effects(), "as TypeScript elides it");
});

test("where a file does something, the order of its variables counts", () => {
  const order = (source: string) => effects({ "a.ts": source });
  assert.is.not(
    order("export let a = 1; const d = a; a = 2; use(d);"),
    order("export let a = 1; a = 2; const d = a; use(d);"),
  );
  assert.is(order("const d = 1; export const a = () => d;"), order("export const a = () => d; const d = 1;"));
});

const experiment = (parts: { measure?: string; others?: string; before?: string } = {}) => `
  import { experiment } from "./contract";
  const blocks = 3;
  const caption = "A caption";
  ${parts.before ?? ""}
  export default experiment("name", {
    title: "A title",
    ${parts.measure ?? "measure(cell) { return [{ n: blocks * cell.n }]; },"}
    ${parts.others ?? "figures: () => [caption],"}
  });`;
const memberHash = (source: string, member = "measure") =>
  hashIn(
    { "main.ts": source, "contract.ts": "export const experiment = (name, definition) => ({ name, ...definition });" },
    { export: "default", member },
  );

test("of an exported object only the asked members count, with what they reach", () => {
  const plain = memberHash(experiment());
  for (const [what, source] of Object.entries({
    "another title": experiment().replace("A title", "Another"),
    "another caption": experiment().replace("A caption", "Another"),
    "other figures": experiment({ others: "figures: () => [caption, caption], departures: () => []," }),
    "another name": experiment().replace('"name"', '"other"'),
    "without a call": experiment().replace('experiment("name", ', "(").replace("import", "// import"),
    "by its name": experiment({ before: "const definition = {" })
      .replace(/const definition = \{[\s\S]*?export default experiment\("name", \{/, "const definition = ({")
      .replace(/\}\);$/, '}); export default experiment("name", definition);'),
  })) {
    assert.is(memberHash(source), plain, what);
  }
  assert.is.not(memberHash(experiment().replace("blocks = 3", "blocks = 4")), plain);
  assert.is.not(memberHash(experiment().replace("* cell", "+ cell")), plain);
  assert.is.not(
    memberHash(experiment(), "figures"),
    memberHash(experiment({ others: "figures: () => [caption + 1]," }), "figures"),
  );
});

test("members that cannot be told by name count with each, and `this` with all", () => {
  const spread = (before: string, value = "1") =>
    experiment({ before: `const common = { steps: ${value} };`, others: before });
  assert.is.not(memberHash(spread("...common,")), memberHash(experiment()));
  assert.is.not(memberHash(spread("...common,")), memberHash(spread("...common,", "2")));
  assert.is.not(memberHash(spread("...common,")), memberHash(spread("[caption]: 1,")));
  assert.is.not(
    memberHash(spread("...common,")),
    memberHash(
      spread("...common,")
        .replace('title: "A title",', "...common,")
        .replace(/(measure[\s\S]*)\.\.\.common,/, "$1"),
    ),
  );
  assert.is.not(memberHash(spread("...common,"), "absent"), memberHash(spread("...common,", "2"), "absent"));
  const own = (steps: number) =>
    experiment({ measure: "measure() { return this.steps; },", others: `steps: ${steps},` });
  assert.is.not(memberHash(own(1)), memberHash(own(2)));
  const arrow = (steps: number) => experiment({ measure: "measure: () => [1],", others: `steps: ${steps},` });
  assert.is(memberHash(arrow(1)), memberHash(arrow(2)));
});

test("a member may be asked for by a path, and has a hash where it is absent", () => {
  const nested = (steps: number, rate: number) =>
    experiment({ others: `training: { steps: ${steps}, rate: ${rate} },` });
  assert.is(memberHash(nested(1, 1), "training.steps"), memberHash(nested(1, 2), "training.steps"));
  assert.is.not(memberHash(nested(1, 1), "training.steps"), memberHash(nested(2, 1), "training.steps"));
  assert.is.not(memberHash(nested(1, 1), "training"), memberHash(nested(1, 2), "training"));
  assert.is(memberHash(nested(1, 1), "network"), memberHash(nested(2, 2), "network"));
  assert.is.not(memberHash(nested(1, 1), "network"), memberHash(experiment({ others: "network: blocks," }), "network"));
  assert.is(
    memberHash(experiment({ others: "network: blocks," }), "network"),
    memberHash(experiment({ others: "network: (blocks)," }), "network"),
  );
});

test("two states that are declared alike are told apart where both are reached", () => {
  const source = (used: string) =>
    `const a = new Map(); const b = new Map(); const f = () => 1; const g = () => 1; export const root = () => [${used}];`;
  assert.is.not(hashOf(source("a, a")), hashOf(source("a, b")));
  assert.is(hashOf(source("a, b")), hashOf(source("b, a")));
  assert.is(hashOf(source("f, g")), hashOf(source("f, f")), "functions without a state");
  assert.is(hashOf(source("a, f, g")), hashOf(source("b, f, f")), "functions without a state, beside one");
});

test("a file that is stopped at counts for nothing", () => {
  const files = (told: string) => ({
    "main.ts":
      'import { tell } from "./words"; import * as words from "./words"; export const root = () => { tell(1); words.tell(2); };',
    "words.ts": 'export * from "./inner"; export const other = 1;',
    "inner.ts": `export const tell = (x) => console.log(x, ${told}); globalThis.told = ${told};`,
  });
  const stopping = (told: string) => hashIn(files(told), {}, (file) => file === "inner.ts");
  assert.is(stopping("1"), stopping("2"));
  assert.is.not(hashIn(files("1")), hashIn(files("2")));
});

test("a module that is taken as an object counts with all that it exports, by name", () => {
  const taking = (there: string) =>
    hashIn({ "main.ts": 'import * as all from "./all"; export const root = () => Object.keys(all);', "all.ts": there });
  const plain = taking("export const a = 1; export const b = 2;");
  assert.is(taking("const b = 2; const x = 1; export { x as a, b }; export interface C {}"), plain);
  assert.is.not(taking("export const a = 1; export const c = 2;"), plain);
  assert.is.not(taking("export const a = 1; export const b = 3;"), plain);
});

test("doors that pass on each other come to an end; what is nowhere counts by its name", () => {
  const lost = (name: string) =>
    hashIn({
      "main.ts": `import { ${name} } from "./door"; export const root = () => ${name};`,
      "door.ts": 'export * from "./door2"; export { round } from "./door2";',
      "door2.ts": 'export * from "./door"; export { round } from "./door";',
    });
  assert.is.not(lost("absent"), lost("missing"));
  assert.type(lost("round"), "string");
  assert.is.not(
    hashOf('export const root = () => require("./a");'),
    hashOf('export const root = () => require("./b");'),
  );
});

test("a root that is not there is an error that names it", () => {
  assert.throws(() => hashOf("export const other = 1;"), /the root root: need root exported by main.ts, not found/);
  assert.throws(() => hashIn({}), RangeError);
});

law(
  "the order in which roots are asked for changes nothing, nor do readings of an earlier time",
  [program, look, fc.infiniteStream(fc.nat())],
  (written, how, random) => {
    const presented = present(written, how);
    const expected = hashes(presented);
    const earlier = new Map<string, Reading>();
    const code = openCode(presented, { readings: earlier });
    const shuffled = [...presented.roots].map((root) => ({ root, rank: random.next().value as number }));
    shuffled.sort((left, right) => left.rank - right.rank);
    for (const { root } of shuffled) assert.is(code.identity([root]).roots[root.name], expected[Number(root.name)]);
    const kept = keptReadings(folder);
    for (const [key, reading] of earlier) kept.set(key, reading);
    const later = openCode(presented, { readings: { get: keptReadings(folder).get, set: () => assert.unreachable() } });
    assert.equal(Object.values(later.identity(presented.roots).roots), expected);
  },
  { numRuns: 40 },
);

test("damaged readings are not used", () => {
  rmSync(folder, { recursive: true });
  const file = { read: (name: string) => (name === "main.ts" ? "export const root = 1;" : undefined) };
  const roots = [{ name: "root", file: "main.ts", export: "root" }];
  const { roots: expected } = openCode(file, { readings: keptReadings(folder) }).identity(roots);
  const [name, ...others] = readdirSync(folder);
  assert.equal(others, []);
  const entry = path.join(folder, name!);
  const text = readFileSync(entry, "utf8");
  for (const damaged of ["", "{}", text.slice(0, -5), text.replace('"root"', '"toor"')]) {
    assert.is.not(damaged, text);
    writeFileSync(entry, damaged);
    assert.equal(openCode(file, { readings: keptReadings(folder) }).identity(roots).roots, expected);
    assert.is(readFileSync(entry, "utf8"), text); // read anew, and mended
  }
});

test.run();
