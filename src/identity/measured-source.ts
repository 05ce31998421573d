import type * as TypeScript from "typescript";

/** The members of an experiment that cannot change what a cell measures; its parameters' values and setting are hashed. */
const notMeasuring = new Set([
  "title",
  "question",
  "source",
  "claims",
  "datasets",
  "parameters",
  "cells",
  "trains",
  "work",
  "relevant",
  "verdicts",
  "figures",
  "departures",
  "columns",
  "customNetwork",
  "actions",
]);

/**
 * The part of an experiment's source that determines its rows: `measure` with every declaration of the file it reaches by
 * name. So a better caption, another figure or a corrected verdict leaves all measured cells valid.
 *
 * Names are followed with little regard to scope: too much may be kept, never too little. A file without a call of
 * `experiment({...})` is kept whole.
 */
export function measuredSource(source: string): string {
  const ts = require("typescript") as typeof TypeScript;
  const file = ts.createSourceFile("experiment.ts", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  const definition = findDefinition(ts, file);
  if (definition === undefined) return source;

  const members = definition.properties.filter((member) => !notMeasuring.has(member.name?.getText(file) ?? ""));
  const reached = new Set(members.flatMap((member) => identifiers(ts, member)));
  const holder = file.statements.find((statement) => contains(statement, definition));
  const others = file.statements.filter((statement) => statement !== holder);
  const kept = new Set(others.filter((statement) => declaredNames(ts, statement).length === 0));
  for (const statement of kept) addAll(reached, identifiers(ts, statement));
  for (let grown = true; grown; ) {
    grown = false;
    for (const statement of others) {
      if (kept.has(statement) || !declaredNames(ts, statement).some((name) => reached.has(name))) continue;
      kept.add(statement);
      addAll(reached, identifiers(ts, statement));
      grown = true;
    }
  }
  const statements = others.filter((statement) => kept.has(statement)).map((statement) => statement.getText(file));
  return [...statements, `export default {${members.map((member) => member.getText(file)).join(",\n")}};`].join("\n");
}

/** The object literal in `experiment({...})`. */
function findDefinition(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
): TypeScript.ObjectLiteralExpression | undefined {
  let found: TypeScript.ObjectLiteralExpression | undefined;
  const visit = (node: TypeScript.Node) => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === "experiment") {
      const argument = node.arguments.at(-1);
      if (argument && ts.isObjectLiteralExpression(argument)) found ??= argument;
    }
    if (found === undefined) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function contains(outer: TypeScript.Node, inner: TypeScript.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/**
 * Names that a piece of code takes from around it, and perhaps some that it makes itself: types, names of members and what
 * a function's own parameters bind are left out, local variables are not told apart.
 */
function identifiers(ts: typeof TypeScript, node: TypeScript.Node): string[] {
  const names: string[] = [];
  const visit = (child: TypeScript.Node, bound: ReadonlySet<string>) => {
    const visitInside = (inner: TypeScript.Node) => visit(inner, bound);
    if (ts.isIdentifier(child)) {
      if (!bound.has(child.text)) names.push(child.text);
    } else if (ts.isExpressionWithTypeArguments(child)) {
      visitInside(child.expression); // `extends Base`: counts among the type nodes, but runs
    } else if (ts.isTypeNode(child)) {
      return;
    } else if (ts.isPropertyAccessExpression(child)) {
      visitInside(child.expression);
    } else if (ts.isPropertyAssignment(child) && !ts.isComputedPropertyName(child.name)) {
      visitInside(child.initializer);
    } else if (ts.isFunctionLike(child)) {
      const parameters = child.parameters.flatMap((parameter) => boundNames(ts, parameter.name));
      const inside = new Set([...bound, ...parameters]);
      ts.forEachChild(child, (inner) => visit(inner, inside));
    } else {
      ts.forEachChild(child, visitInside);
    }
  };
  visit(node, new Set());
  return names;
}

function boundNames(ts: typeof TypeScript, name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(ts, element.name)));
}

/** The names that a top-level statement binds. Empty for statements that only have effects: those are always kept. */
function declaredNames(ts: typeof TypeScript, statement: TypeScript.Statement): string[] {
  if (ts.isImportDeclaration(statement)) {
    return statement.importClause === undefined ? [] : identifiers(ts, statement.importClause);
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) => boundNames(ts, declaration.name));
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return named && statement.name ? [statement.name.text] : [];
}

function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) set.add(value);
}
