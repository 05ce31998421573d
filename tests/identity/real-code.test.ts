import { readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  changedDeclarations,
  measuringCode,
  openCode,
  type Root,
  type SourceTree,
  sourceFolder,
} from "../../src/identity";
import { type Reading, readSource } from "../../src/identity/source-reading";
import { law } from "../property";

const project = path.resolve(__dirname, "..", "..");
const disk = sourceFolder(project);
const readings = new Map<string, Reading>();

/** The project with some files written otherwise. */
function withChanges(change: (file: string, text: string) => string): SourceTree {
  return {
    read(file) {
      const text = disk.read(file);
      return text === undefined || !/^(src|experiments)\/.*\.ts$/.test(file) ? text : change(file, text);
    },
  };
}

const file = "experiments/block-deletion.ts";
const sources = readdirSync(path.join(project, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.ts$/.test(name) && !name.endsWith(".d.ts"))
  .map((name) => path.posix.join("src", name.split(path.sep).join("/")));
/** What runs for a cell: the experiment's own parts, and the function that hands them networks, data and streams. */
const contract = sources.find((name) => /^export async function measureCell\b/m.test(disk.read(name)!))!;
const rootsOf = (experiment: string): Root[] => [
  { name: "measure", file: experiment, export: "default", member: "measure" },
  { name: "network", file: experiment, export: "default", member: "network" },
  { name: "contract", file: contract, export: "measureCell" },
];
const identityIn = (tree: SourceTree) => openCode(tree, { readings }).identity(rootsOf(file));
const original = identityIn(disk);

/** The experiment with every member of its definition replaced but those that are named. */
function withoutOthers(text: string, kept: readonly string[]): string {
  const source = ts.createSourceFile("experiment.ts", text, ts.ScriptTarget.Latest, true);
  const exported = source.statements.find((statement) => ts.isExportAssignment(statement))!;
  const call = (exported as ts.ExportAssignment).expression as ts.CallExpression;
  const literal = call.arguments.find((argument) => ts.isObjectLiteralExpression(argument))!;
  const replaced = literal.properties.filter((property) => !kept.includes(property.name!.getText(source)));
  assert.ok(replaced.length > 5);
  return replaced.reduceRight(
    (written, property) =>
      `${written.slice(0, property.getStart(source))}${property.name!.getText(source)}: 7${written.slice(property.end)}`,
    text,
  );
}

test("of block deletion, comments, captions, verdicts and figures may change without a cell being measured again", () => {
  const measured = original.roots;
  assert.equal(identityIn(withChanges((_, text) => `// First\n${text}\n/* last */\n`)).roots, measured);
  assert.equal(
    identityIn(withChanges((name, text) => (name === file ? withoutOthers(text, ["measure", "network"]) : text))).roots,
    measured,
  );
  const without = identityIn(
    withChanges((name, text) =>
      /^src\/(claims|report)\/(?!.*index)/.test(name) ? text.replace(/"[a-z ]+"/g, '"x"') : text,
    ),
  );
  assert.equal(without.roots, measured);
});

test("of block deletion, the condition that sets a stride may not change", () => {
  const condition = /stage > 0 && i === 0 \? 2 : 1/;
  const builders = original.declarations
    .map(({ place }) => place.split(" ") as [string, string])
    .filter(([name]) => /^src\/networks\/.*\.ts$/.test(name) && condition.test(disk.read(name)!));
  assert.ok(builders.length > 0, "the builder of its networks is among what it reaches");
  const [builder] = builders[0]!;
  const changed = identityIn(
    withChanges((name, text) => (name === builder ? text.replace(condition, "stage > 1 && i === 0 ? 2 : 1") : text)),
  );
  assert.is.not(changed.roots.network, original.roots.network);
  const blamed = changedDeclarations(original, changed);
  assert.is(blamed.length, 1, blamed.join(", "));
  assert.ok(blamed[0]!.startsWith(`${builder} `));
});

test("no result of block deletion depends on the families that are handed over as data", () => {
  const listed = "src/networks/families/since-2018.ts";
  const changed = identityIn(
    withChanges((name, text) => (name === listed ? text.replace("9, 5,", "10, 5,").replaceAll("relu6", "relu") : text)),
  );
  assert.is.not(disk.read(listed)!.replace("9, 5,", "10, 5,"), disk.read(listed));
  assert.equal(changed.roots, original.roots);
});

test("what block deletion measures reaches the kernels and TensorFlow, and nothing that judges or reports", () => {
  const places = original.declarations.map(({ place }) => place);
  for (const start of [
    "src/ops/convolution.ts ",
    "src/networks/",
    "src/routes/",
    "src/random/",
    "package @tensorflow/tfjs-node-gpu 4.",
  ]) {
    assert.ok(
      places.some((place) => place.startsWith(start)),
      start,
    );
  }
  const idle = places.filter((place) => /^src\/(report|claims|cli|slurm|archive)\//.test(place));
  assert.equal(idle, []);
});

test("the kernels' sources count for what measures and for what trains", () => {
  const native = readdirSync(path.join(project, "src", "runtime", "native")).map(
    (name) => `src/runtime/native/${name}`,
  );
  assert.ok(native.length > 0);
  const { cells, models } = measuringCode(path.join(project, file));
  for (const { declarations } of [cells, models]) {
    const places = declarations.map(({ place }) => place);
    assert.equal(
      places.filter((place) => place.startsWith("src/runtime/native/")),
      native.sort(),
    );
  }
});

test("identities of all experiments take well under a second where no file is new", () => {
  const experiments = readdirSync(path.join(project, "experiments")).filter((name) => name.endsWith(".ts"));
  const identities = () => {
    const code = openCode(disk, { readings });
    for (const name of experiments) code.identity(rootsOf(`experiments/${name}`));
  };
  identities();
  const before = process.cpuUsage();
  identities();
  const { user, system } = process.cpuUsage(before);
  assert.ok(experiments.length > 10);
  assert.ok(user + system < 1e6, `${(user + system) / 1e6} s`); // of the processor: 0.2 s where it is idle
});

/** A source with all locals renamed, each local to a name of its own, as TypeScript's own checker resolves them. */
function withRenamedLocals(text: string): { readonly text: string; readonly count: number } {
  const parsed = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  const checker = ts
    .createProgram(
      ["source.ts"],
      { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.ESNext },
      {
        ...ts.createCompilerHost({}),
        getSourceFile: (name) => (name === "source.ts" ? parsed : undefined),
        fileExists: () => false,
        readFile: () => undefined,
      },
    )
    .getTypeChecker();
  const names = new Map<ts.Symbol, string>();
  const edits: { readonly from: number; readonly to: number; readonly by: string }[] = [];
  const isLocal = (symbol: ts.Symbol): boolean => {
    const declared = symbol.declarations ?? [];
    return (
      declared.length > 0 &&
      declared.every((one) => {
        const binds =
          ts.isVariableDeclaration(one) ||
          ts.isParameter(one) ||
          ts.isBindingElement(one) ||
          ts.isFunctionDeclaration(one);
        const isType =
          ts.findAncestor(one, (node) => ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) !== undefined;
        const isTop =
          ts.findAncestor(
            one.parent,
            (node) => ts.isFunctionLike(node) || ts.isBlock(node) || ts.isForOfStatement(node),
          ) === undefined;
        const isProperty = ts.isParameter(one) && ts.isParameterPropertyDeclaration(one, one.parent);
        return binds && !isTop && !isType && !isProperty && one.getSourceFile() === parsed;
      })
    );
  };
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isIdentifier(node) || node.text === "this") return;
    const { parent } = node;
    const isShorthand = ts.isShorthandPropertyAssignment(parent) && parent.name === node;
    const isMemberName =
      (ts.isBindingElement(parent) && parent.propertyName === node) ||
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      ((ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isPropertySignature(parent)) &&
        parent.name === node);
    if (isMemberName) return;
    const symbol = isShorthand ? checker.getShorthandAssignmentValueSymbol(parent) : checker.getSymbolAtLocation(node);
    if (symbol === undefined || !isLocal(symbol)) return;
    const name = names.get(symbol) ?? `${"vwxyz"[names.size % 5]}${names.size}`;
    names.set(symbol, name);
    const isMemberToo =
      isShorthand ||
      (ts.isBindingElement(parent) &&
        parent.name === node &&
        parent.propertyName === undefined &&
        ts.isObjectBindingPattern(parent.parent) &&
        parent.dotDotDotToken === undefined);
    edits.push({ from: node.getStart(parsed), to: node.end, by: isMemberToo ? `${node.text}: ${name}` : name });
  };
  visit(parsed);
  edits.sort((left, right) => right.from - left.from);
  const renamed = edits.reduce((written, { from, to, by }) => written.slice(0, from) + by + written.slice(to), text);
  return { text: renamed, count: names.size };
}

law(
  "renaming the locals of the project's own files, as TypeScript finds them, leaves what is read of them",
  [fc.constantFrom(...sources)],
  (name) => {
    const text = disk.read(name)!;
    const renamed = withRenamedLocals(text);
    assert.equal(readSource(renamed.text, true), readSource(text, true));
  },
  { numRuns: 40 },
);

test.run();
