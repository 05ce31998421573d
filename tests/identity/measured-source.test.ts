import { test } from "uvu";
import * as assert from "uvu/assert";
import { measuredSource } from "../../src/identity/measured-source";
import { readSource } from "../../src/identity/source-tokens";

const experimentWith = (parts: { measure?: string; caption?: string; helper?: string; chart?: string }) => `
import { experiment } from "../src/harness";
import { evaluate } from "../src/routes";
import { strips } from "../src/report";
/** How many. */
const blocks = ${parts.helper ?? "3"};
const caption = "${parts.caption ?? "A caption"}";
const chart = (rows: number[]) => strips(rows, caption${parts.chart ?? ""});
const count = (): number => twice(blocks);
function twice(n: number): number { return 2 * n; }
export default experiment({
  name: "x",
  title: "${parts.caption ?? "A title"}",
  async measure() { ${parts.measure ?? "return [{ n: evaluate(count()) }];"} },
  figures: (rows) => [chart(rows)],
  actions: [{ flags: "--say", description: "says it", text: () => caption }],
});`;
const tokens = (source: string) => readSource(measuredSource(source)).tokens.join(" ");
const original = tokens(experimentWith({}));

test("comments, line breaks, types and trailing commas are no part of a source's tokens", () => {
  const tidy = "const sum = (a: number, b: number): number => { return f(a, b); };";
  const untidy = `
    /* adds */ const sum = (
      a: number, // first
      b,
    ) => {
      return f(a,   b, );
    };`;
  assert.equal(readSource(untidy).tokens, readSource(tidy).tokens);
});

test("a changed number, text or regular expression is a part of them", () => {
  const versions = [
    "x = 1",
    "x = 2",
    'x = "a b"',
    'x = "a  b"',
    `x = \`a \${b} c\``,
    `x = \`a \${b}  c\``,
    "x = /a b/",
    "x = /a  b/",
  ];
  assert.is(new Set(versions.map((version) => readSource(version).tokens.join("\u0000"))).size, versions.length);
});

test("imports that only bring types are not followed", () => {
  const { imports } = readSource(
    'import type { A } from "./types"; import { type B, c } from "./values"; import { D } from "./elided"; const x: D = c;',
  );
  assert.equal(imports, [{ from: "./values", names: ["c"] }]);
});

test("an import names what it takes, or all where that is not known", () => {
  const namesIn = (source: string) => readSource(source).imports.map(({ names }) => names);
  assert.equal(namesIn('import f, { a, b as c } from "./x"; export const y = f(a, c);'), [["default", "a", "b"]]);
  assert.equal(namesIn('import * as x from "./x"; x.a();'), ["all"]);
  assert.equal(namesIn('import "./x";'), ["all"]);
  assert.equal(namesIn('import x = require("./x"); x.a();'), ["all"]);
  assert.equal(namesIn('const { a, b: c } = require("./x") as typeof import("./x");'), [["a", "b"]]);
  assert.equal(namesIn('const { a, ...others } = require("./x");'), ["all"]);
  assert.equal(namesIn('const { [a]: b } = require("./x");'), ["all"]);
  assert.equal(namesIn('const { a } = await import("./x"); f((await import("./x")).a);'), [["a"], "all"]);
  assert.equal(namesIn('export { a as b, type T } from "./x"; export * from "./y";'), [["a"], "all"]);
});

test("a door is a file that only passes on; types do not make it more than that", () => {
  const door =
    'export { a as b, type T } from "./x"; export type { U } from "./x"; export * from "./y"; export * as z from "./z";';
  assert.equal(readSource(door).passesOn, [
    { from: "./x", name: "a", as: "b" },
    { from: "./y", name: null, as: null },
    { from: "./z", name: null, as: "z" },
  ]);
  for (const statement of ["f();", "export const c = 1;", 'import { q } from "./q"; export { q };', 'import "./q";']) {
    assert.is(readSource(`${door} ${statement}`).passesOn, null, statement);
  }
  assert.is(readSource("export interface T {}").passesOn, null);
});

test("what only judges or draws may change without a cell being measured again", () => {
  assert.is(tokens(experimentWith({ caption: "Another" })), original);
  assert.is(tokens(experimentWith({ chart: ", 5" })), original);
  assert.equal(readSource(measuredSource(experimentWith({}))).imports, [
    { from: "../src/routes", names: ["evaluate"] },
  ]);
});

test("what measuring reaches, at one remove or two, may not", () => {
  assert.is.not(tokens(experimentWith({ helper: "4" })), original);
  assert.is.not(tokens(experimentWith({ measure: "return [{ n: evaluate(count()) + 1 }];" })), original);
  assert.is.not(tokens(experimentWith({}).replace("2 * n", "3 * n")), original);
});

test("a name that is also a parameter's, a member's or a type's does not bring in what else bears it", () => {
  const source = (value: string) => `
    const settings = { steps: ${value} };
    type Settings = typeof settings;
    const steps = ${value};
    const run = ({ steps }: Settings, settings: Settings) => [steps, settings.steps, { steps: 1 }];
    export default experiment({ measure: (cell: string, settings: Settings) => run(settings, settings) });`;
  assert.is(tokens(source("1")), tokens(source("2")));
});

test("defaults of parameters, base classes, shorthand members and computed names are followed", () => {
  const source = (body: string) => `
    const value = 1;
    const other = 2;
    class Base { size = value; }
    ${body}
    export default experiment({ measure: async () => [f()] });`;
  const bodies = [
    "const f = (x = value) => x;",
    "const f = () => ({ value });",
    "const f = () => ({ [value]: 1 });",
    "class D extends Base {} const f = () => new D();",
    "const f = () => { const { [value]: x } = {}; return x; };",
  ];
  for (const body of bodies) {
    assert.is.not(tokens(source(body)), tokens(source(body).replace("value = 1", "value = 3")), body);
    assert.is(tokens(source(body)), tokens(source(body).replace("other = 2", "other = 3")), body);
  }
});

test("a file without an experiment counts whole", () => {
  assert.is(measuredSource("export const x = 1;"), "export const x = 1;");
});

test.run();
