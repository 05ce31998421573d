import type * as TypeScript from "typescript";

/** What of a source file can change what it does, and what it loads. */
export interface SourceReading {
  /** Its tokens as JavaScript: without types, comments, white space and trailing commas. */
  readonly tokens: readonly string[];
  /** What it loads when it runs, type-only imports left out, in order of appearance. */
  readonly imports: readonly Import[];
  /** What it passes on, where that is all it does: a door. Null for a file that has statements of its own. */
  readonly passesOn: readonly PassedOn[] | null;
}

/** One import: of names that are known, or of all that the other file exports. */
export interface Import {
  /** As it is written: "./trie", "../models", "zod". */
  readonly from: string;
  readonly names: readonly string[] | "all";
}

/** One name that a door passes on: `export { name as as } from "from"`. */
export interface PassedOn {
  readonly from: string;
  /** Null for `export * from` and `export * as name from`: all that the other file exports. */
  readonly name: string | null;
  /** Null for `export * from`: by the names that they have there. */
  readonly as: string | null;
}

/** Reads TypeScript source down to what matters at run time, so that a new comment or line break changes nothing. */
export function readSource(source: string): SourceReading {
  // Loaded at first use; under ts-node it is in memory already.
  const ts = require("typescript") as typeof TypeScript;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Preserve, // imports stay as they are written, less those that only bring types
      removeComments: true,
    },
  });
  const file = ts.createSourceFile("source.js", outputText, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const tokens: string[] = [];
  const imports: Import[] = [];
  const visit = (node: TypeScript.Node) => {
    const children = node.getChildren(file);
    if (children.length === 0) {
      const token = node.getText(file);
      if (/^[)\]}]$/.test(token) && tokens.at(-1) === ",") tokens.pop();
      if (token !== "") tokens.push(token);
    }
    const found = importOf(ts, node);
    if (found !== null) imports.push(found);
    for (const child of children) visit(child);
  };
  visit(file);
  return { tokens, imports, passesOn: passedOn(ts, file) };
}

/** What a statement or a call loads; null for any other piece of code. */
function importOf(ts: typeof TypeScript, node: TypeScript.Node): Import | null {
  if (ts.isImportDeclaration(node)) {
    return { from: textOf(ts, node.moduleSpecifier), names: importedNames(ts, node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const { exportClause: clause } = node;
    const isNamed = clause !== undefined && ts.isNamedExports(clause);
    return { from: textOf(ts, node.moduleSpecifier), names: isNamed ? clause.elements.map(otherName) : "all" };
  }
  if (ts.isCallExpression(node) && isLoading(ts, node.expression)) {
    const [required] = node.arguments;
    if (required && ts.isStringLiteralLike(required)) return { from: required.text, names: namesTaken(ts, node) };
  }
  return null;
}

function isLoading(ts: typeof TypeScript, called: TypeScript.Expression): boolean {
  return called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === "require");
}

/** Without names (`import "./file"`) the file is loaded for what it does: all of it. */
function importedNames(ts: typeof TypeScript, clause: TypeScript.ImportClause | undefined): readonly string[] | "all" {
  if (clause === undefined) return "all";
  const { name, namedBindings } = clause;
  if (namedBindings !== undefined && !ts.isNamedImports(namedBindings)) return "all";
  return [...(name === undefined ? [] : ["default"]), ...(namedBindings?.elements.map(otherName) ?? [])];
}

/** A binding's name in the other file. */
function otherName({ propertyName, name }: TypeScript.ImportSpecifier | TypeScript.ExportSpecifier): string {
  return (propertyName ?? name).text;
}

/** The names that `const { a, b: c } = require("./file")` takes; "all" for every other use of the call. */
function namesTaken(ts: typeof TypeScript, call: TypeScript.CallExpression): readonly string[] | "all" {
  const holder = ts.isAwaitExpression(call.parent) ? call.parent.parent : call.parent;
  if (!ts.isVariableDeclaration(holder) || !ts.isObjectBindingPattern(holder.name)) return "all";
  const names: string[] = [];
  for (const { propertyName, name, dotDotDotToken } of holder.name.elements) {
    const taken = propertyName ?? name;
    if (dotDotDotToken !== undefined || !ts.isIdentifier(taken)) return "all";
    names.push(taken.text);
  }
  return names;
}

function passedOn(ts: typeof TypeScript, file: TypeScript.SourceFile): readonly PassedOn[] | null {
  const found: PassedOn[] = [];
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return null;
    const from = textOf(ts, statement.moduleSpecifier);
    const { exportClause: clause } = statement;
    if (clause === undefined) found.push({ from, name: null, as: null });
    else if (ts.isNamespaceExport(clause)) found.push({ from, name: null, as: clause.name.text });
    else for (const element of clause.elements) found.push({ from, name: otherName(element), as: element.name.text });
  }
  return found.length === 0 ? null : found;
}

function textOf(ts: typeof TypeScript, specifier: TypeScript.Expression): string {
  return ts.isStringLiteralLike(specifier) ? specifier.text : "";
}
