/**
 * Writes a declaration of a program down so that the text is the same whatever its locals are called, however it is
 * formatted and whatever types and comments it carries. Names are looked up as in strict code, which all modules are.
 */
import { createHash } from "node:crypto";
import ts from "typescript"; // not `* as`: reaching each member through a getter takes as long as the rest

/** One name bound by a declaration of the same file, or one name of a module; "*" is all of the module. */
export type Target = readonly [declaration: number, binding: number] | readonly [module: string, name: string];

/** A reference with the members that are taken from it by name: `room.route.length` is [room, "route", "length"]. */
export interface Use {
  readonly of: Target;
  readonly path: readonly string[];
}

/** What a name in a scope stands for; nothing more for a local. */
export interface Binding {
  readonly of?: Target;
  /** Names that count as they are written: those of enum members and in TypeScript's namespaces. */
  readonly asWritten?: true;
}

export interface Scope {
  readonly names: Map<string, Binding>;
  readonly outer: Scope | null;
}

/**
 * Writes a declaration down as a list of texts that is the same for two declarations only if they do the same: the syntax
 * tree in brackets, each leaf with a letter that says what it is.
 */
export class SyntaxWriter {
  readonly uses: Use[] = [];
  private readonly parts: string[] = [];
  /** Locals by the order in which they turn up. */
  private readonly numbers = new Map<Binding, number>();

  constructor(
    private readonly top: Scope,
    private readonly used: Set<Binding>,
  ) {}

  hash(): string {
    return createHash("sha256").update(JSON.stringify(this.parts)).digest("hex");
  }

  use(of: Target, path: readonly string[]): void {
    this.parts.push("use");
    this.uses.push({ of, path });
  }

  /** One member of an object literal at the top level, without its name. */
  member(property: ts.ObjectLiteralElementLike): void {
    if (ts.isPropertyAssignment(property) && memberName(property.name) !== undefined) {
      this.visit(property.initializer, this.top);
    } else if (ts.isShorthandPropertyAssignment(property)) {
      this.reference(property.name, [], this.top);
    } else if (ts.isSpreadAssignment(property) || ts.isPropertyAssignment(property)) {
      this.visit(property, this.top);
    } else {
      this.functionLike(property, this.top, memberName(property.name) === undefined);
    }
  }

  variable(declaration: ts.VariableDeclaration, list: ts.VariableDeclarationList, scope: Scope): void {
    this.inBrackets(`variable ${listKind(list)}`, () => {
      this.bound(declaration.name, scope);
      if (declaration.initializer) this.visit(declaration.initializer, scope);
    });
  }

  visit(node: ts.Node, scope: Scope): void {
    if (isErased(node)) return;
    const value = unwrapped(node as ts.Expression);
    const loaded = loadedModule(node);
    const promised = importedModule(node);
    if (value !== node) this.visit(value, scope);
    else if (loaded !== undefined) this.use([loaded, "*"], []);
    else if (promised !== undefined) this.inBrackets("import", () => this.use([promised, "*"], []));
    else if (ts.isIdentifier(node)) this.reference(node, [], scope);
    else if (ts.isPropertyAccessExpression(node)) this.access(node, scope);
    else if (ts.isFunctionLike(node)) this.functionLike(node as ts.FunctionLikeDeclaration, scope);
    else if (ts.isClassLike(node)) this.classLike(node, scope);
    else if (ts.isPropertyDeclaration(node)) this.field(node, scope);
    else if (ts.isClassStaticBlockDeclaration(node)) this.block(node.body, inner(scope, hoistedNames(node.body)));
    else if (ts.isVariableStatement(node)) this.variables(node.declarationList, scope);
    else if (ts.isVariableDeclarationList(node)) this.variables(node, scope);
    else if (ts.isBlock(node) || ts.isModuleBlock(node)) this.block(node, scope);
    else if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) this.loop(node, scope);
    else if (ts.isCaseBlock(node)) this.caseBlock(node, scope);
    else if (ts.isCatchClause(node)) this.catchClause(node, scope);
    else if (ts.isLabeledStatement(node)) this.labelled(node, scope);
    else if (ts.isBreakOrContinueStatement(node)) this.jump(node, scope);
    else if (ts.isPropertyAssignment(node)) this.property(node, scope);
    else if (ts.isShorthandPropertyAssignment(node)) this.shorthand(node, scope);
    else if (ts.isEnumDeclaration(node)) this.enumeration(node, scope);
    else if (ts.isTaggedTemplateExpression(node)) this.tagged(node, scope);
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) this.unary(node, scope);
    else if (ts.isMetaProperty(node)) this.parts.push(`${ts.tokenToString(node.keywordToken)}.${node.name.text}`);
    else if (ts.isPrivateIdentifier(node)) this.parts.push(`member ${node.text}`);
    else if (ts.isStringLiteralLike(node)) this.parts.push(`string ${node.text}`);
    else if (ts.isLiteralExpression(node)) this.parts.push(`literal ${node.text}`);
    else if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) this.parts.push(`piece ${node.text}`);
    else if (ts.isToken(node)) this.parts.push(ts.tokenToString(node.kind) ?? kindName(node.kind));
    else this.children(node, scope);
  }

  private children(node: ts.Node, scope: Scope): void {
    this.inBrackets(kindName(node.kind), () => {
      if (ts.isOptionalChain(node)) this.parts.push("chain");
      ts.forEachChild(node, (child) => this.visit(child, scope));
    });
  }

  private inBrackets(kind: string, write: () => void): void {
    this.parts.push(`(${kind}`);
    write();
    this.parts.push(")");
  }

  /** A name that is read or set. The members that are taken from it by name belong to it: they may lead through modules. */
  private reference({ text }: ts.Identifier, path: readonly string[], scope: Scope): void {
    const binding = lookUp(text, scope);
    if (binding?.of !== undefined) {
      this.used.add(binding);
      this.use(binding.of, path);
    } else if (binding === undefined || binding.asWritten) {
      this.parts.push(`${binding === undefined ? "global" : "name"} ${text}`);
    } else {
      this.local(binding);
    }
  }

  private local(binding: Binding): void {
    const number = this.numbers.get(binding) ?? this.numbers.size;
    this.numbers.set(binding, number);
    this.parts.push(`local ${number}`);
  }

  private access(node: ts.PropertyAccessExpression, scope: Scope): void {
    const path: string[] = [];
    let holder: ts.Expression = node;
    while (ts.isPropertyAccessExpression(holder) && !ts.isOptionalChain(holder) && ts.isIdentifier(holder.name)) {
      path.unshift(holder.name.text);
      holder = unwrapped(holder.expression);
    }
    const module = loadedModule(holder);
    if (module !== undefined) this.use([module, "*"], path);
    else if (ts.isIdentifier(holder) && lookUp(holder.text, scope)?.of !== undefined) {
      this.reference(holder, path, scope);
    } else {
      this.inBrackets(kindName(node.kind), () => {
        if (ts.isOptionalChain(node)) this.parts.push(node.questionDotToken ? "?." : "chain");
        this.visit(node.expression, scope);
        this.parts.push(`member ${node.name.text}`);
      });
    }
  }

  private memberName(name: ts.PropertyName, scope: Scope): void {
    const known = memberName(name);
    if (known !== undefined) this.parts.push(`member ${known}`);
    else this.visit(name, scope);
  }

  /** A name where it is bound: a local's number, or which of the names it is that the declaration binds. */
  private bound(name: ts.BindingName, scope: Scope): void {
    if (ts.isIdentifier(name)) {
      const binding = lookUp(name.text, scope);
      if (binding?.of !== undefined) this.parts.push(`bound ${binding.of[1]}`);
      else this.reference(name, [], scope);
      return;
    }
    this.inBrackets(kindName(name.kind), () => {
      for (const element of name.elements) {
        if (ts.isOmittedExpression(element)) {
          this.parts.push("omitted");
          continue;
        }
        const { dotDotDotToken, propertyName, name: target, initializer } = element;
        this.inBrackets("element", () => {
          if (dotDotDotToken) this.parts.push("...");
          else if (propertyName) this.memberName(propertyName, scope);
          else if (ts.isObjectBindingPattern(name)) this.parts.push(`member ${(target as ts.Identifier).text}`);
          this.bound(target, scope);
          if (initializer) this.visit(initializer, scope);
        });
      }
    });
  }

  /** @param withName whether the name of a method counts: in a literal's own members it is what they are asked for by */
  private functionLike(node: ts.FunctionLikeDeclaration, scope: Scope, withName = true): void {
    const { name, parameters, body } = node;
    const isExpression = ts.isFunctionExpression(node);
    const around = isExpression && node.name ? inner(scope, [node.name.text]) : scope;
    this.inBrackets(kindName(node.kind), () => {
      for (const modifier of (ts.canHaveModifiers(node) && node.modifiers) || []) this.visit(modifier, scope);
      if (node.asteriskToken) this.parts.push("*");
      if (ts.isFunctionDeclaration(node)) {
        if (node.name && lookUp(node.name.text, scope)?.of === undefined) this.bound(node.name, scope);
      } else if (isExpression) {
        if (node.name) this.bound(node.name, around);
      } else if (name && withName) {
        this.memberName(name as ts.PropertyName, scope);
      }
      const inside = inner(
        around,
        parameters.flatMap((parameter) => boundNames(parameter.name)),
      );
      for (const parameter of parameters) this.parameter(parameter, inside);
      if (body === undefined) return;
      if (ts.isBlock(body)) {
        // A `var` or a function that bears a parameter's name is that parameter.
        const hoisted = hoistedNames(body).filter((one) => !inside.names.has(one));
        this.block(body, inner(inside, hoisted), inside);
      } else this.visit(body, inside);
    });
  }

  private parameter(node: ts.ParameterDeclaration, scope: Scope): void {
    if (ts.isIdentifier(node.name) && node.name.text === "this") return; // a type
    this.inBrackets("parameter", () => {
      for (const modifier of node.modifiers ?? []) if (ts.isDecorator(modifier)) this.visit(modifier, scope);
      if (isParameterProperty(node)) this.parts.push(`property ${(node.name as ts.Identifier).text}`);
      if (node.dotDotDotToken) this.parts.push("...");
      this.bound(node.name, scope);
      if (node.initializer) this.visit(node.initializer, scope);
    });
  }

  private classLike(node: ts.ClassLikeDeclaration, scope: Scope): void {
    const around = ts.isClassExpression(node) && node.name ? inner(scope, [node.name.text]) : scope;
    this.inBrackets(kindName(node.kind), () => {
      for (const modifier of node.modifiers ?? []) this.visit(modifier, scope);
      if (node.name && lookUp(node.name.text, around)?.of === undefined) this.bound(node.name, around);
      for (const { token, types } of node.heritageClauses ?? []) {
        if (token !== ts.SyntaxKind.ExtendsKeyword) continue;
        this.inBrackets("extends", () => {
          for (const type of types) this.visit(type.expression, around);
        });
      }
      for (const member of node.members) this.visit(member, around);
    });
  }

  private variables(list: ts.VariableDeclarationList, scope: Scope): void {
    for (const declaration of list.declarations) {
      if (loadedNames(declaration, list) === null) this.variable(declaration, list, scope);
    }
  }

  /** @param parameters of the function whose body it is */
  private block({ statements, kind }: ts.Block | ts.ModuleBlock, scope: Scope, parameters?: Scope): void {
    const lexical = lexicalNames(statements).filter((name) => !parameters?.names.has(name));
    const inside = inner(scope, lexical);
    for (const [name, of] of namesLoadedBy(statements)) inside.names.set(name, { of });
    if (kind === ts.SyntaxKind.ModuleBlock) {
      for (const name of [...lexical, ...statements.flatMap(hoistedNames)]) inside.names.set(name, { asWritten: true });
    }
    this.inBrackets("block", () => {
      for (const statement of statements) {
        if (!ts.isEmptyStatement(statement)) this.visit(statement, inside);
      }
    });
  }

  private loop(node: ts.ForStatement | ts.ForInOrOfStatement, scope: Scope): void {
    const { initializer } = node;
    const list = initializer && ts.isVariableDeclarationList(initializer) ? initializer : undefined;
    const isLexical = list !== undefined && (list.flags & ts.NodeFlags.BlockScoped) !== 0;
    const inside = inner(scope, isLexical ? list.declarations.flatMap(({ name }) => boundNames(name)) : []);
    this.inBrackets(kindName(node.kind), () => {
      if (ts.isForOfStatement(node) && node.awaitModifier) this.parts.push("await");
      const heads = ts.isForStatement(node) ? [initializer, node.condition, node.incrementor] : [initializer];
      for (const head of ts.isForStatement(node) ? heads : [initializer, node.expression]) {
        this.inBrackets("head", () => {
          if (head !== undefined && head === list) {
            for (const declaration of list.declarations) this.variable(declaration, list, inside);
          } else if (head !== undefined) this.visit(head, inside);
        });
      }
      this.visit(node.statement, inside);
    });
  }

  private caseBlock(node: ts.CaseBlock, scope: Scope): void {
    const statements = node.clauses.flatMap((clause) => [...clause.statements]);
    const inside = inner(scope, lexicalNames(statements));
    for (const [name, of] of namesLoadedBy(statements)) inside.names.set(name, { of });
    this.children(node, inside);
  }

  private catchClause({ variableDeclaration: caught, block }: ts.CatchClause, scope: Scope): void {
    const inside = inner(scope, caught ? boundNames(caught.name) : []);
    this.inBrackets("catch", () => {
      if (caught) this.bound(caught.name, inside);
      this.visit(block, inside);
    });
  }

  private labelled({ label, statement }: ts.LabeledStatement, scope: Scope): void {
    const inside = inner(scope, [labelKey(label)]);
    this.inBrackets("label", () => {
      this.local(lookUp(labelKey(label), inside)!);
      this.visit(statement, inside);
    });
  }

  private jump({ kind, label }: ts.BreakOrContinueStatement, scope: Scope): void {
    this.inBrackets(kindName(kind), () => {
      if (label) this.local(lookUp(labelKey(label), scope)!);
    });
  }

  private property({ name, initializer }: ts.PropertyAssignment, scope: Scope): void {
    this.inBrackets("property", () => {
      this.memberName(name, scope);
      this.visit(initializer, scope);
    });
  }

  /** `{ a }` counts as `{ a: a }`, and in `({ a = 1 } = given)` as `a: a = 1`. */
  private shorthand({ name, objectAssignmentInitializer }: ts.ShorthandPropertyAssignment, scope: Scope): void {
    this.inBrackets("property", () => {
      this.parts.push(`member ${name.text}`);
      if (objectAssignmentInitializer === undefined) this.reference(name, [], scope);
      else {
        this.inBrackets(kindName(ts.SyntaxKind.BinaryExpression), () => {
          this.reference(name, [], scope);
          this.parts.push("=");
          this.visit(objectAssignmentInitializer, scope);
        });
      }
    });
  }

  private field({ modifiers, name, initializer }: ts.PropertyDeclaration, scope: Scope): void {
    this.inBrackets("field", () => {
      for (const modifier of modifiers ?? []) this.visit(modifier, scope);
      this.memberName(name, scope);
      if (initializer) this.visit(initializer, scope);
    });
  }

  private unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, scope: Scope): void {
    this.inBrackets(`${kindName(node.kind)} ${ts.tokenToString(node.operator)}`, () => {
      this.visit(node.operand, scope);
    });
  }

  /** A tag sees the text as it is written, too. */
  private tagged({ tag, template }: ts.TaggedTemplateExpression, scope: Scope): void {
    const spans = ts.isTemplateExpression(template) ? template.templateSpans : [];
    const pieces = ts.isTemplateExpression(template)
      ? [template.head, ...spans.map(({ literal }) => literal)]
      : [template];
    this.inBrackets("tagged", () => {
      this.visit(tag, scope);
      this.parts.push(JSON.stringify(pieces.map(({ text, rawText }) => [text, rawText])));
      for (const { expression } of spans) this.visit(expression, scope);
    });
  }

  private enumeration({ name, members }: ts.EnumDeclaration, scope: Scope): void {
    const inside = inner(scope, []);
    for (const member of members) {
      const known = memberName(member.name);
      if (known !== undefined) inside.names.set(known, { asWritten: true });
    }
    this.inBrackets("enum", () => {
      if (lookUp(name.text, scope)?.of === undefined) this.bound(name, scope);
      for (const member of members) {
        this.inBrackets("member", () => {
          this.memberName(member.name, inside);
          if (member.initializer) this.visit(member.initializer, inside);
        });
      }
    });
  }
}

function lookUp(name: string, scope: Scope): Binding | undefined {
  for (let here: Scope | null = scope; here !== null; here = here.outer) {
    const found = here.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inner(outer: Scope, names: readonly string[]): Scope {
  return { names: new Map(names.map((name) => [name, {}])), outer };
}

/** Labels live beside the other names; a blank cannot stand in one of those. */
function labelKey({ text }: ts.Identifier): string {
  return `label ${text}`;
}

export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}

/** The names that a block's own statements bind for it: const, let, functions, classes, enums. */
function lexicalNames(statements: readonly ts.Statement[]): string[] {
  return statements.flatMap((statement) => {
    if (isErased(statement)) return [];
    if (ts.isVariableStatement(statement)) {
      const { flags, declarations } = statement.declarationList;
      return flags & ts.NodeFlags.BlockScoped ? declarations.flatMap(({ name }) => boundNames(name)) : [];
    }
    const isNamed =
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isModuleDeclaration(statement);
    return isNamed && statement.name && ts.isIdentifier(statement.name) ? [statement.name.text] : [];
  });
}

/** The names that `var` binds anywhere in a node outside of its functions. */
export function hoistedNames(node: ts.Node): string[] {
  const names = new Set<string>();
  const visit = (child: ts.Node) => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isVariableDeclarationList(child) && !(child.flags & ts.NodeFlags.BlockScoped)) {
      for (const { name } of child.declarations) for (const one of boundNames(name)) names.add(one);
    }
    ts.forEachChild(child, visit);
  };
  visit(node);
  return [...names];
}

/** What stands for nothing when the program runs. */
export function isErased(node: ts.Node): boolean {
  if (erasedKinds.has(node.kind)) return true;
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return true;
  if (ts.isImportDeclaration(node)) return hasTypeKeyword(node.importClause);
  if (ts.isExportDeclaration(node) || ts.isImportEqualsDeclaration(node)) return node.isTypeOnly;
  if (ts.isFunctionLike(node)) return (node as ts.FunctionLikeDeclaration).body === undefined; // overloads, abstract methods
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword)) return true;
  return ts.isPropertyDeclaration(node) && hasModifier(node, ts.SyntaxKind.AbstractKeyword);
}

const erasedKinds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.NamespaceExportDeclaration,
  ts.SyntaxKind.TypeParameter,
  ts.SyntaxKind.IndexSignature,
  ts.SyntaxKind.SemicolonClassElement,
  // Modifiers. `async`, `static`, `accessor` and decorators stay.
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.DefaultKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.ConstKeyword,
  ts.SyntaxKind.AbstractKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.OverrideKeyword,
  // Marks of optional and of surely assigned things, and signs that the kind of their node implies.
  ts.SyntaxKind.QuestionToken,
  ts.SyntaxKind.ExclamationToken,
  ts.SyntaxKind.ColonToken,
  ts.SyntaxKind.EqualsGreaterThanToken,
]);

function hasTypeKeyword(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

export function hasModifier(node: ts.Node, ...kinds: ts.SyntaxKind[]): boolean {
  const modifiers = ts.canHaveModifiers(node) ? node.modifiers : undefined;
  return modifiers?.some(({ kind }) => kinds.includes(kind)) ?? false;
}

export function isExported(node: ts.Node): boolean {
  return hasModifier(node, ts.SyntaxKind.ExportKeyword);
}

/** `constructor(readonly rate: number)` sets a member of that name. */
function isParameterProperty(node: ts.ParameterDeclaration): boolean {
  const { PublicKeyword, PrivateKeyword, ProtectedKeyword, ReadonlyKeyword, OverrideKeyword } = ts.SyntaxKind;
  return hasModifier(node, PublicKeyword, PrivateKeyword, ProtectedKeyword, ReadonlyKeyword, OverrideKeyword);
}

/** An expression without brackets and without what only concerns types. */
export function unwrapped(expression: ts.Expression): ts.Expression {
  let inside = expression;
  while (
    ts.isParenthesizedExpression(inside) ||
    ts.isAsExpression(inside) ||
    ts.isSatisfiesExpression(inside) ||
    ts.isNonNullExpression(inside) ||
    ts.isTypeAssertionExpression(inside) ||
    ts.isExpressionWithTypeArguments(inside)
  ) {
    inside = inside.expression;
  }
  return inside;
}

/** The text of a member's name where it is known before the program runs. Private names keep their mark. */
export function memberName(name: ts.PropertyName): string | undefined {
  return ts.isComputedPropertyName(name) ? undefined : name.text;
}

/** The module that an expression stands for: `require("./file")` or `await import("./file")`. */
function loadedModule(node: ts.Node): string | undefined {
  if (ts.isAwaitExpression(node)) return importedModule(unwrapped(node.expression));
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "require") return;
  return onlyText(node);
}

/** The module of `import("./file")`, which is a promise of it. */
function importedModule(node: ts.Node): string | undefined {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? onlyText(node) : undefined;
}

function onlyText({ arguments: [first] }: ts.CallExpression): string | undefined {
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
}

/**
 * The names that a constant takes from a module: [local name, name there], "*" for all of it. So `const { a, b: c } =
 * require("./file")` counts as an import does. Null for every other variable.
 */
export function loadedNames(
  { name, initializer }: ts.VariableDeclaration,
  list: ts.VariableDeclarationList,
): { readonly module: string; readonly names: readonly (readonly [local: string, name: string])[] } | null {
  const module = initializer && isConstant(list) ? loadedModule(unwrapped(initializer)) : undefined;
  if (module === undefined) return null;
  if (ts.isIdentifier(name)) return { module, names: [[name.text, "*"]] };
  if (!ts.isObjectBindingPattern(name)) return null;
  const names: [string, string][] = [];
  for (const { dotDotDotToken, propertyName, name: local, initializer: byDefault } of name.elements) {
    if (dotDotDotToken || byDefault || !ts.isIdentifier(local)) return null;
    const there = propertyName === undefined ? local.text : memberName(propertyName);
    if (there === undefined) return null;
    names.push([local.text, there]);
  }
  return { module, names };
}

/** What statements inside of a function take from modules that they load. */
function namesLoadedBy(statements: readonly ts.Statement[]): [local: string, of: Target][] {
  return statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return [];
    const { declarationList: list } = statement;
    return list.declarations.flatMap((declaration) => {
      const loaded = loadedNames(declaration, list);
      return (loaded?.names ?? []).map(([local, name]): [string, Target] => [local, [loaded!.module, name]]);
    });
  });
}

export function isConstant({ flags }: ts.VariableDeclarationList): boolean {
  return (flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
}

function listKind({ flags }: ts.VariableDeclarationList): string {
  const kinds = { [ts.NodeFlags.Const]: "const", [ts.NodeFlags.Let]: "let", [ts.NodeFlags.None]: "var" };
  const kind = flags & ts.NodeFlags.BlockScoped;
  return (kinds as Record<number, string>)[kind] ?? `using ${kind}`;
}

/** The first name of each kind of node; later ones mark where ranges of kinds begin and end. */
const kindNames = new Map<number, string>();
for (const [name, kind] of Object.entries(ts.SyntaxKind)) {
  if (typeof kind === "number" && !/^(First|Last)/.test(name) && !kindNames.has(kind)) kindNames.set(kind, name);
}

function kindName(kind: ts.SyntaxKind): string {
  return kindNames.get(kind) ?? String(kind);
}
