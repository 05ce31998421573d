/** The door of the package: each name has words where it is declared, and loading it costs no TensorFlow. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { root } from "../runtime/sandbox";

const door = path.join(root, "src", "index.ts");

/** A name that a file passes on, and the module that it comes from. */
interface PassedOn {
  readonly name: string;
  readonly from: string;
}

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
}

function passedOn(file: string): PassedOn[] {
  return parsed(file).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const { exportClause } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []; // types of another package
    return exportClause.elements.map(({ name }) => ({ name: name.text, from }));
  });
}

function fileOf(from: string, importer: string): string {
  const stem = path.resolve(path.dirname(importer), from);
  return [`${stem}.ts`, path.join(stem, "index.ts")].find((file) => existsSync(file))!;
}

/** Whether a file's own declaration of a name has a docstring; names of other packages have their own. */
function isExplained({ name, from }: PassedOn, importer: string): boolean {
  if (!from.startsWith(".")) return true;
  const file = fileOf(from, importer);
  const further = passedOn(file).find((passed) => passed.name === name);
  if (further !== undefined) return isExplained(further, file);
  const source = parsed(file);
  const declared = source.statements.filter((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.some((declaration) => declaration.name.getText(source) === name);
    }
    return "name" in statement && (statement.name as ts.Identifier | undefined)?.text === name;
  });
  assert.ok(declared.length > 0, `${name} is not declared in ${path.relative(root, file)}`);
  return declared.some((statement) => ts.getJSDocCommentsAndTags(statement).length > 0);
}

test("every public name has a docstring", () => {
  const names = passedOn(door);
  assert.ok(names.length > 100);
  const bare = names.filter((passed) => !isExplained(passed, door)).map(({ name, from }) => `${name} (${from})`);
  assert.equal(bare, []);
});

test("loading the door loads no TensorFlow", async () => {
  const program = `
    require("./src");
    console.log(Object.keys(require.cache).filter((file) => file.includes("@tensorflow")).length);`;
  const { stdout, stderr } = await execute(process.execPath, ["-r", "./src/cli/register.cjs", "-e", program], {
    cwd: root,
  });
  assert.is(stdout.trim(), "0", stderr);
});

test.run();
