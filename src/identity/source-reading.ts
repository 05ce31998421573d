/**
 * Reads one source file down to what can change what it computes: its top-level declarations, each as a hash over its
 * syntax tree and the list of what it refers to. Loads TypeScript's parser, so it is itself loaded only when a file is new.
 */
import ts from "typescript"; // not `* as`: reaching each member through a getter takes as long as the rest
import {
  type Binding,
  boundNames,
  hasModifier,
  hoistedNames,
  isConstant,
  isErased,
  isExported,
  loadedNames,
  memberName,
  type Scope,
  SyntaxWriter,
  type Target,
  type Use,
  unwrapped,
} from "./syntax-writer";

export type { Target, Use };

/** What a file declares, passes on and loads. Plain JSON, and a function of the file's text alone. */
export interface Reading {
  readonly declarations: readonly Declaration[];
  readonly exports: readonly (readonly [name: string, target: Target])[];
  /** Modules whose names are all passed on (`export * from`). */
  readonly stars: readonly string[];
  /** Modules that run when this one is loaded; imports that bring types alone are left out. */
  readonly loads: readonly string[];
  /** Place among the declarations of the statements that do something when the file is loaded; null without any. */
  readonly effects: number | null;
}

/** A top-level declaration: a function, class or enum, or one declarator of a variable statement. */
export interface Declaration {
  /** For messages; not a part of any hash. */
  readonly name: string;
  /** SHA-256 over its syntax tree, without types, with locals by their order and references as blanks. */
  readonly own: string;
  /** What stands in those blanks, in order. */
  readonly uses: readonly Use[];
  /** Whether two equal copies of it may still be two things: variables, and objects made when the file is loaded. */
  readonly holdsState: boolean;
  /** Of an exported object literal: the declarations made of its members, by their path ("measure", "training.steps"). */
  readonly members?: readonly (readonly [path: string, declaration: number])[];
}

/** Under this name are the members of an object that cannot be told by name: spread into it, or with computed names. */
export const unnamedMembers = "*";
/** The name under which a CommonJS module's `module.exports = ...` stands. */
export const wholeExport = "export=";

/**
 * @param text the source
 * @param isTypeScript whether imports that are used as types alone are left out when it runs
 */
export function readSource(text: string, isTypeScript: boolean): Reading {
  const file = ts.createSourceFile(
    "source",
    text,
    { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone },
    false,
    isTypeScript ? ts.ScriptKind.TS : ts.ScriptKind.JS,
  );
  return new FileReader(file, isTypeScript).read();
}

/** A declaration before it is written down. */
interface Draft {
  readonly name: string;
  readonly write: (writer: SyntaxWriter) => void;
  readonly holdsState: boolean;
  /** What the name stands for. */
  readonly value?: ts.Expression | undefined;
}

class FileReader {
  private readonly top: Scope = { names: new Map(), outer: null };
  private readonly drafts: Draft[] = [];
  private readonly exports = new Map<string, Target>();
  private readonly stars: string[] = [];
  private readonly loads = new Set<string>();
  /** The bindings of each import statement, which is dropped when none of them is used. */
  private readonly imported: { readonly module: string; readonly bindings: readonly Binding[] }[] = [];
  /** Of all statements that run when the file is loaded: what they do, or which declaration they make. */
  private readonly sequence: (ts.Statement | number)[] = [];
  /** `export { a as b }` and `export default a`, to be looked up when all names are known. */
  private readonly aliases: [exported: string, local: string][] = [];
  private readonly initialisers = new Map<string, ts.Expression>();
  private readonly used = new Set<Binding>();

  constructor(
    private readonly file: ts.SourceFile,
    private readonly isTypeScript: boolean,
  ) {}

  read(): Reading {
    const statements = this.file.statements.filter((statement) => !isErased(statement));
    for (const statement of statements) this.declare(statement);
    const effects = this.sequence.some((step) => typeof step !== "number") ? this.declareEffects() : null;
    for (const [exported, local] of this.aliases) {
      const binding = this.top.names.get(local);
      if (binding?.of === undefined) continue; // a type
      this.used.add(binding);
      this.exports.set(exported, binding.of);
    }
    const members = this.exportedMembers();
    const declarations = [...this.drafts, ...members.map(({ draft }) => draft)].map((draft, index): Declaration => {
      const writer = new SyntaxWriter(this.top, this.used);
      draft.write(writer);
      const { name, holdsState } = draft;
      const own = members.flatMap(({ whole, path }, i): [string, number][] =>
        whole === index ? [[path, this.drafts.length + i]] : [],
      );
      const declaration = { name, own: writer.hash(), uses: writer.uses, holdsState };
      return own.length > 0 ? { ...declaration, members: own } : declaration;
    });
    for (const { module, bindings } of this.imported) {
      const isElided = this.isTypeScript && bindings.length > 0 && !bindings.some((one) => this.used.has(one));
      if (!isElided) this.loads.add(module);
    }
    return { declarations, exports: [...this.exports], stars: this.stars, loads: [...this.loads], effects };
  }

  /** A draft for each member of each object literal that is exported, or given to a function whose result is. */
  private exportedMembers(): { readonly whole: number; readonly path: string; readonly draft: Draft }[] {
    const exported = new Set([...this.exports.values()].map(([place]) => place));
    return this.drafts.flatMap(({ name, value }, whole) => {
      const literal = exported.has(whole) && value ? this.literalOf(value) : undefined;
      return literal ? memberDrafts(literal, whole, name).map(([path, draft]) => ({ whole, path, draft })) : [];
    });
  }

  /** Enters what a top-level statement binds, exports and does. */
  private declare(statement: ts.Statement): void {
    if (ts.isImportDeclaration(statement)) this.declareImport(statement);
    else if (ts.isImportEqualsDeclaration(statement)) this.declareRequired(statement);
    else if (ts.isExportDeclaration(statement)) this.declareExports(statement);
    else if (ts.isExportAssignment(statement)) {
      this.exportValue(statement.isExportEquals ? wholeExport : "default", statement.expression);
    } else if (ts.isVariableStatement(statement)) this.declareVariables(statement);
    else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ) {
      this.declareNamed(statement);
    } else if (!this.declareCommonJsExport(statement) && !isDirective(statement)) this.sequence.push(statement);
  }

  private declareNamed(statement: ts.FunctionDeclaration | ts.ClassDeclaration | ts.EnumDeclaration): void {
    const name = statement.name?.text ?? "default";
    const index = this.add({
      name,
      write: (writer) => writer.visit(statement, this.top),
      holdsState: ts.isClassDeclaration(statement) && statement.members.some(isStaticState),
    });
    if (statement.name !== undefined) this.bindDeclared(statement.name.text, [index, 0]);
    if (!ts.isFunctionDeclaration(statement)) this.sequence.push(index);
    if (!isExported(statement)) return;
    this.exports.set(hasModifier(statement, ts.SyntaxKind.DefaultKeyword) ? "default" : name, [index, 0]);
  }

  /** `import room = require("./room")`; `import part = room.part` is a statement like any other. */
  private declareRequired(statement: ts.ImportEqualsDeclaration): void {
    const { moduleReference: reference, name } = statement;
    if (!ts.isExternalModuleReference(reference)) {
      this.sequence.push(statement);
      return;
    }
    const module = (reference.expression as ts.StringLiteral).text;
    this.imported.push({ module, bindings: [this.bind(name.text, [module, "*"])] });
  }

  private declareImport({ importClause: clause, moduleSpecifier }: ts.ImportDeclaration): void {
    const module = (moduleSpecifier as ts.StringLiteral).text;
    const bindings: Binding[] = [];
    const { name, namedBindings } = clause ?? {};
    if (name !== undefined) bindings.push(this.bind(name.text, [module, "default"]));
    if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) {
      bindings.push(this.bind(namedBindings.name.text, [module, "*"]));
    } else if (namedBindings !== undefined) {
      const values = namedBindings.elements.filter(({ isTypeOnly }) => !isTypeOnly);
      for (const element of values) {
        bindings.push(this.bind(element.name.text, [module, (element.propertyName ?? element.name).text]));
      }
      if (values.length === 0 && name === undefined) return; // of types alone: dropped, as if it were `import type`
    }
    this.imported.push({ module, bindings });
  }

  private declareExports({ exportClause: clause, moduleSpecifier }: ts.ExportDeclaration): void {
    const module = moduleSpecifier && (moduleSpecifier as ts.StringLiteral).text;
    if (clause === undefined) {
      this.stars.push(module!);
    } else if (ts.isNamespaceExport(clause)) {
      this.exports.set(clause.name.text, [module!, "*"]);
    } else {
      const values = clause.elements.filter(({ isTypeOnly }) => !isTypeOnly);
      for (const { propertyName, name } of values) {
        const there = (propertyName ?? name).text;
        if (module === undefined) this.aliases.push([name.text, there]);
        else this.exports.set(name.text, [module, there]);
      }
      if (values.length === 0 && clause.elements.length > 0) return;
    }
    if (module !== undefined) this.loads.add(module);
  }

  private declareVariables(statement: ts.VariableStatement): void {
    const { declarationList: list } = statement;
    for (const declaration of list.declarations) {
      const loaded = loadedNames(declaration, list);
      if (loaded !== null) {
        const bindings = loaded.names.map(([local, name]) => this.bind(local, [loaded.module, name]));
        this.imported.push({ module: loaded.module, bindings });
        if (isExported(statement)) for (const [local] of loaded.names) this.aliases.push([local, local]);
        continue;
      }
      const names = boundNames(declaration.name);
      const { initializer } = declaration;
      const index = this.add({
        name: names.join(", "),
        write: (writer) => writer.variable(declaration, list, this.top),
        holdsState: !isConstant(list) || (initializer !== undefined && makesState(initializer)),
        value: initializer,
      });
      for (const [binding, name] of names.entries()) {
        this.bindDeclared(name, [index, binding]);
        if (isExported(statement)) this.exports.set(name, [index, binding]);
      }
      if (ts.isIdentifier(declaration.name) && initializer && isConstant(list)) {
        this.initialisers.set(declaration.name.text, initializer);
      }
      this.sequence.push(index);
    }
  }

  /** `exports.a = ...`, `module.exports.a = ...` and `module.exports = ...`. @returns whether the statement is one */
  private declareCommonJsExport(statement: ts.Statement): boolean {
    if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return false;
    const { left, operatorToken, right } = statement.expression;
    if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left)) return false;
    if (isModuleExports(left)) {
      const value = unwrapped(right);
      if (ts.isObjectLiteralExpression(value) && value.properties.every(isNamedValue)) {
        for (const property of value.properties) {
          if (ts.isShorthandPropertyAssignment(property)) this.aliases.push([property.name.text, property.name.text]);
          else this.exportValue(memberName(property.name)!, property.initializer);
        }
      } else {
        this.exportValue(wholeExport, right);
      }
      return true;
    }
    const holder = left.expression;
    if (!isModuleExports(holder) && !(ts.isIdentifier(holder) && holder.text === "exports")) return false;
    this.exportValue(left.name.text, right);
    return true;
  }

  /** An exported expression: another name of a declaration, or a declaration of its own. */
  private exportValue(exported: string, expression: ts.Expression): void {
    const value = unwrapped(expression);
    if (ts.isIdentifier(value)) {
      this.aliases.push([exported, value.text]);
      return;
    }
    const index = this.add({
      name: exported,
      write: (writer) => writer.visit(value, this.top),
      holdsState: makesState(value),
      value,
    });
    this.exports.set(exported, [index, 0]);
    this.sequence.push(index);
  }

  /**
   * What the statements with effects do, one after the other. Where there are any, the order in which they and the
   * variables and classes of the file come about may matter, so all of these are named in between.
   */
  private declareEffects(): number {
    const index = this.drafts.length;
    for (const step of this.sequence) {
      if (typeof step === "number") continue;
      for (const [binding, name] of hoistedNames(step).entries()) this.bindDeclared(name, [index, binding]);
    }
    return this.add({
      name: "what the file does when it is loaded",
      holdsState: false,
      write: (writer) => {
        for (const step of this.sequence) {
          if (typeof step === "number") writer.use([step, 0], []);
          else writer.visit(step, this.top);
        }
      },
    });
  }

  private literalOf(expression: ts.Expression): ts.ObjectLiteralExpression | undefined {
    const value = unwrapped(expression);
    if (ts.isObjectLiteralExpression(value)) return value;
    if (ts.isIdentifier(value)) {
      const initialiser = this.initialisers.get(value.text);
      this.initialisers.delete(value.text); // so that `const a = f(a)` comes to an end
      const literal = initialiser && this.literalOf(initialiser);
      if (initialiser) this.initialisers.set(value.text, initialiser);
      return literal;
    }
    if (!ts.isCallExpression(value)) return undefined;
    for (const argument of value.arguments) {
      const literal = this.literalOf(argument);
      if (literal !== undefined) return literal;
    }
    return undefined;
  }

  private add(draft: Draft): number {
    return this.drafts.push(draft) - 1;
  }

  private bind(name: string, of: Target): Binding {
    const binding = { of };
    this.top.names.set(name, binding);
    return binding;
  }

  /** Where a name is declared twice (a function and what is merged into it), the first refers to the second. */
  private bindDeclared(name: string, of: Target): void {
    const known = this.top.names.get(name)?.of;
    if (known === undefined || typeof known[0] !== "number" || known[0] === of[0]) {
      if (known === undefined) this.bind(name, of);
      return;
    }
    const first = this.drafts[known[0]]!;
    this.drafts[known[0]] = {
      ...first,
      write: (writer) => {
        first.write(writer);
        writer.use(of, []);
      },
    };
  }
}

/**
 * The members of an object literal as declarations, by their paths. Each counts with the members that cannot be told by
 * name, in the order in which they are written: a later one would replace an earlier.
 */
function memberDrafts(
  literal: ts.ObjectLiteralExpression,
  whole: number,
  name: string,
  prefix = "",
  around: readonly ts.ObjectLiteralElementLike[] = [],
): [path: string, draft: Draft][] {
  const named = new Map<string, ts.ObjectLiteralElementLike[]>();
  const others = [...around];
  for (const property of literal.properties) {
    const key = property.name === undefined ? undefined : memberName(property.name);
    if (key === undefined) others.push(property);
    else named.set(key, [...(named.get(key) ?? []), property]);
  }
  const draft = (path: string, properties: readonly ts.ObjectLiteralElementLike[]): [string, Draft] => {
    const written = [...properties, ...others].sort((left, right) => left.pos - right.pos);
    const write = (writer: SyntaxWriter) => {
      for (const property of written) writer.member(property);
      if (written.some(usesThis)) writer.use([whole, 0], []);
    };
    return [path, { name: `${name}.${path}`, holdsState: false, write }];
  };
  const drafts = [...named].flatMap(([key, properties]) => {
    const inside = properties.flatMap((property) => {
      const value = ts.isPropertyAssignment(property) ? unwrapped(property.initializer) : undefined;
      const isLiteral = value !== undefined && ts.isObjectLiteralExpression(value);
      return isLiteral ? memberDrafts(value, whole, name, `${prefix}${key}.`, others) : [];
    });
    return [draft(`${prefix}${key}`, properties), ...inside];
  });
  return others.length > 0 ? [...drafts, draft(`${prefix}${unnamedMembers}`, [])] : drafts;
}

function isNamedValue(
  property: ts.ObjectLiteralElementLike,
): property is ts.ShorthandPropertyAssignment | ts.PropertyAssignment {
  if (ts.isShorthandPropertyAssignment(property)) return true;
  return ts.isPropertyAssignment(property) && memberName(property.name) !== undefined;
}

/** Whether evaluating an expression may make an object: what is called, `new`, or a literal, not inside of a function. */
function makesState(expression: ts.Expression): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node) || isErased(node)) return false;
    if (ts.isClassLike(node) || makingKinds.has(node.kind)) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(expression);
}

const makingKinds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.RegularExpressionLiteral,
  ts.SyntaxKind.TaggedTemplateExpression,
  ts.SyntaxKind.AwaitExpression,
]);

function isStaticState(member: ts.ClassElement): boolean {
  if (ts.isClassStaticBlockDeclaration(member)) return true;
  return ts.isPropertyDeclaration(member) && hasModifier(member, ts.SyntaxKind.StaticKeyword);
}

/** Whether a member of an object literal reaches the others through `this`. */
function usesThis(member: ts.ObjectLiteralElementLike): boolean {
  const value = ts.isPropertyAssignment(member) ? unwrapped(member.initializer) : member;
  const visit = (node: ts.Node): boolean => {
    if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) return true;
    if (ts.isClassLike(node) || (node !== value && ts.isFunctionLike(node) && !ts.isArrowFunction(node))) return false;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(value);
}

/** `"use strict"`, as every module is. */
function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function isModuleExports(node: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return node.expression.text === "module" && node.name.text === "exports";
}
