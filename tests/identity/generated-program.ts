/**
 * Small programs for laws about identity: generated as trees without names, then written as files in any of many ways
 * that must not matter. Locals and declarations are picked by number among those in reach, so every tree is a program.
 */
import fc from "fast-check";
import type { Root, SourceTree } from "../../src/identity";

export type Expression =
  | { readonly is: "number"; readonly value: number }
  | { readonly is: "string"; readonly value: string }
  | { readonly is: "local"; readonly pick: number }
  | { readonly is: "use"; readonly pick: number; readonly given: readonly Expression[] }
  | { readonly is: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: "choice"; readonly parts: readonly [Expression, Expression, Expression] }
  | { readonly is: "object"; readonly members: readonly (readonly [key: string, value: Expression])[] }
  | { readonly is: "member"; readonly of: Expression; readonly key: string; readonly isOptional: boolean }
  | { readonly is: "template"; readonly of: Expression }
  | { readonly is: "arrow"; readonly pattern: Pattern; readonly body: Expression; readonly given: Expression };

/** A local, perhaps with a default, or two members by their keys. */
export type Pattern =
  | { readonly is: "plain" }
  | { readonly is: "default"; readonly value: Expression }
  | { readonly is: "members"; readonly keys: readonly [string, string]; readonly value: Expression };

export type Statement =
  | { readonly is: "const"; readonly pattern: Pattern; readonly value: Expression }
  | { readonly is: "let"; readonly value: Expression }
  | { readonly is: "set"; readonly pick: number; readonly value: Expression }
  | { readonly is: "if"; readonly test: Expression; readonly body: readonly Statement[] }
  | { readonly is: "loop"; readonly body: readonly Statement[]; readonly until: Expression }
  | { readonly is: "try"; readonly body: readonly Statement[]; readonly caught: readonly Statement[] }
  | { readonly is: "function"; readonly pattern: Pattern; readonly body: readonly Statement[] }
  | { readonly is: "return"; readonly value: Expression };

export type Declaration =
  | { readonly is: "function"; readonly patterns: readonly Pattern[]; readonly body: readonly Statement[] }
  | { readonly is: "arrow"; readonly patterns: readonly Pattern[]; readonly body: Expression }
  | { readonly is: "class"; readonly field: Expression; readonly pattern: Pattern; readonly body: readonly Statement[] }
  | { readonly is: "value"; readonly value: Expression }
  | { readonly is: "pair"; readonly values: readonly [Expression, Expression] };

export type Program = readonly Declaration[];

const keys = ["a", "b", "p0", "p1", "p2"];
const key = fc.constantFrom(...keys);
const { expression, statements, pattern } = fc.letrec<{
  expression: Expression;
  leaf: Expression;
  pattern: Pattern;
  statement: Statement;
  statements: Statement[];
}>((tie) => ({
  leaf: fc.oneof(
    fc.record({ is: fc.constant("number" as const), value: fc.nat(3) }),
    fc.record({ is: fc.constant("string" as const), value: fc.constantFrom("a", "b", "it's", 'say "hm"') }),
    fc.record({ is: fc.constant("local" as const), pick: fc.nat(9) }),
    fc.record({ is: fc.constant("use" as const), pick: fc.nat(20), given: fc.constant([]) }),
  ),
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: tie("leaf"), weight: 4 },
    {
      arbitrary: fc.record({
        is: fc.constant("use" as const),
        pick: fc.nat(20),
        given: fc.array(tie("expression"), { maxLength: 2, depthIdentifier: "program" }),
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        is: fc.constant("binary" as const),
        operator: fc.constantFrom("+", "-", "*", "<", "??"),
        left: tie("expression"),
        right: tie("expression"),
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        is: fc.constant("choice" as const),
        parts: fc.tuple(tie("expression"), tie("expression"), tie("expression")),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        is: fc.constant("object" as const),
        members: fc.uniqueArray(fc.tuple(key, tie("expression")), { maxLength: 3, selector: ([name]) => name }),
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        is: fc.constant("member" as const),
        of: tie("expression"),
        key,
        isOptional: fc.boolean(),
      }),
      weight: 1,
    },
    { arbitrary: fc.record({ is: fc.constant("template" as const), of: tie("expression") }), weight: 1 },
    {
      arbitrary: fc.record({
        is: fc.constant("arrow" as const),
        pattern: tie("pattern"),
        body: tie("expression"),
        given: tie("expression"),
      }),
      weight: 1,
    },
  ),
  pattern: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ is: fc.constant("plain" as const) }),
    fc.record({ is: fc.constant("default" as const), value: tie("expression") }),
    fc.record({
      is: fc.constant("members" as const),
      keys: fc.shuffledSubarray(keys, { minLength: 2, maxLength: 2 }).map(([a, b]) => [a!, b!] as const),
      value: tie("expression"),
    }),
  ),
  statement: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: fc.record({ is: fc.constant("return" as const), value: tie("expression") }), weight: 1 },
    {
      arbitrary: fc.record({ is: fc.constant("const" as const), pattern: tie("pattern"), value: tie("expression") }),
      weight: 3,
    },
    { arbitrary: fc.record({ is: fc.constant("let" as const), value: tie("expression") }), weight: 2 },
    {
      arbitrary: fc.record({ is: fc.constant("set" as const), pick: fc.nat(9), value: tie("expression") }),
      weight: 2,
    },
    {
      arbitrary: fc.record({ is: fc.constant("if" as const), test: tie("expression"), body: tie("statements") }),
      weight: 1,
    },
    {
      arbitrary: fc.record({ is: fc.constant("loop" as const), body: tie("statements"), until: tie("expression") }),
      weight: 1,
    },
    {
      arbitrary: fc.record({ is: fc.constant("try" as const), body: tie("statements"), caught: tie("statements") }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        is: fc.constant("function" as const),
        pattern: tie("pattern"),
        body: tie("statements"),
      }),
      weight: 1,
    },
  ),
  statements: fc.array(tie("statement"), { maxLength: 4, depthIdentifier: "statements" }),
}));

const declaration: fc.Arbitrary<Declaration> = fc.oneof(
  { withCrossShrink: true },
  {
    arbitrary: fc.record({
      is: fc.constant("function" as const),
      patterns: fc.array(pattern, { maxLength: 2 }),
      body: statements,
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      is: fc.constant("arrow" as const),
      patterns: fc.array(pattern, { maxLength: 2 }),
      body: expression,
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ is: fc.constant("value" as const), value: expression }), weight: 3 },
  { arbitrary: fc.record({ is: fc.constant("pair" as const), values: fc.tuple(expression, expression) }), weight: 1 },
  {
    arbitrary: fc.record({ is: fc.constant("class" as const), field: expression, pattern, body: statements }),
    weight: 1,
  },
);

export const program: fc.Arbitrary<Program> = fc.array(declaration, { minLength: 1, maxLength: 6 });

/** Choices, one after the other; they begin anew when they are used up. */
type Choices = readonly number[];

/** How a program is written down. */
export interface Look {
  /** At least 1. */
  readonly files: number;
  readonly places: Choices;
  readonly order: Choices;
  readonly names: Choices;
  readonly locals: Choices;
  readonly imports: Choices;
  /** Comments, types, brackets, line breaks, declarations beside the program's. */
  readonly noise: Choices;
}

const choices = fc.array(fc.nat(60), { minLength: 1, maxLength: 40 });
export const look: fc.Arbitrary<Look> = fc.record({
  files: fc.integer({ min: 1, max: 4 }),
  places: choices,
  order: choices,
  names: choices,
  locals: choices,
  imports: choices,
  noise: choices,
});

/** One file, declarations in order, as little as there can be. */
export const plainLook: Look = {
  files: 1,
  places: [0],
  order: [0],
  names: [0],
  locals: [0],
  imports: [0],
  noise: [0],
};

function choosing(given: Choices): (below: number) => number {
  let used = 0;
  return (below) => given[used++ % given.length]! % below;
}

/** A piece of a declaration's text. */
type Piece =
  | string
  | { readonly local: number; readonly shorthand?: string }
  | { readonly use: number; readonly binding: number; readonly isNew?: true };

interface Local {
  /** The pieces in which the name stands for this local. */
  readonly from: number;
  readonly scope: number;
  to: number;
  readonly kind: "constant" | "variable" | "label";
}

/** A declaration as pieces, with the locals in it. Its own name is not in it. */
interface Written {
  readonly pieces: readonly Piece[];
  readonly locals: readonly Local[];
}

interface Scope {
  readonly number: number;
  readonly from: number;
  readonly locals: number[];
  readonly outer: Scope | null;
}

function write(declared: Declaration, program: Program, noise: (below: number) => number): Written {
  const pieces: Piece[] = [];
  const locals: Local[] = [];
  let scopes = 0;
  const put = (...more: Piece[]) => pieces.push(...more);
  const comment = () => put(["", "", "", " /* c */ ", "\n", "\n// a line\n"][noise(6)]!);
  const type = () => put(["", "", ": any"][noise(3)]!);
  const inScope = (outer: Scope | null, inside: (scope: Scope) => void) => {
    const scope: Scope = { number: scopes++, from: pieces.length, locals: [], outer };
    inside(scope);
    for (const local of scope.locals) locals[local]!.to = pieces.length;
  };
  const bind = (scope: Scope, kind: Local["kind"] = "constant"): number => {
    const local = locals.push({ from: scope.from, to: Number.POSITIVE_INFINITY, scope: scope.number, kind }) - 1;
    return local;
  };
  const visible = (scope: Scope | null): number[] =>
    scope === null ? [] : [...visible(scope.outer), ...scope.locals.filter((local) => bound.has(local))];
  const bound = new Set<number>();
  const enter = (scope: Scope, ...ones: number[]) => {
    for (const one of ones) {
      scope.locals.push(one);
      bound.add(one);
    }
  };

  const expressionOf = (node: Expression, scope: Scope | null): void => {
    const wrapping = noise(8);
    put("(");
    if (wrapping === 5) put("(");
    bare(node, scope);
    if (wrapping === 5) put(")");
    if (wrapping === 6) put(" as any");
    if (wrapping === 7) put(")!");
    else put(")");
  };
  const bare = (node: Expression, scope: Scope | null): void => {
    if (node.is === "number") put(String(node.value));
    else if (node.is === "string")
      put(noise(2) === 1 ? `'${node.value.replaceAll("'", "\\'")}'` : JSON.stringify(node.value));
    else if (node.is === "local") {
      const ones = visible(scope);
      put(ones.length === 0 ? "7" : { local: ones[node.pick % ones.length]! });
    } else if (node.is === "use") {
      const use = node.pick % program.length;
      const target = program[use]!;
      const given = () => {
        put("(");
        for (const [i, one] of node.given.entries()) {
          if (i > 0) put(", ");
          expressionOf(one, scope);
        }
        if (node.given.length > 0 && noise(2) === 1) put(",");
        put(")");
      };
      if (target.is === "value") put({ use, binding: 0 });
      else if (target.is === "pair") put({ use, binding: Math.floor(node.pick / program.length) % 2 });
      else if (target.is === "class") {
        put("tick() ? new ", { use, binding: 0, isNew: true }, "().run");
        given();
        put(" : 0");
      } else {
        put("tick() ? ", { use, binding: 0 });
        given();
        put(" : 0");
      }
    } else if (node.is === "binary") {
      expressionOf(node.left, scope);
      put(` ${node.operator} `);
      expressionOf(node.right, scope);
    } else if (node.is === "choice") {
      for (const [i, part] of node.parts.entries()) {
        put(["", " ? ", " : "][i]!);
        expressionOf(part, scope);
      }
    } else if (node.is === "object") {
      put("{ ");
      for (const [name, value] of node.members) {
        const ones = value.is === "local" ? visible(scope) : [];
        if (value.is === "local" && ones.length > 0) {
          put({ local: ones[value.pick % ones.length]!, shorthand: name }, ", ");
        } else {
          put(noise(4) === 3 ? `"${name}": ` : `${name}: `);
          expressionOf(value, scope);
          put(", ");
        }
      }
      put("}");
    } else if (node.is === "member") {
      expressionOf(node.of, scope);
      put(`${node.isOptional ? "?." : "."}${node.key}`);
    } else if (node.is === "template") {
      put("`x$" + "{");
      expressionOf(node.of, scope);
      put("}y`");
    } else {
      inScope(scope, (inside) => {
        put("((");
        parameters([node.pattern], inside);
        put(") => ");
        expressionOf(node.body, inside);
        put(")(");
      });
      expressionOf(node.given, scope);
      put(")");
    }
  };
  /** Binds what a pattern binds; its names may be used from now on. */
  const patternOf = (node: Pattern, scope: Scope, isParameter: boolean): void => {
    if (node.is === "members") {
      const ones = node.keys.map(() => bind(scope));
      scope.locals.push(...ones);
      put("{ ", { local: ones[0]!, shorthand: node.keys[0] }, ", ");
      put(`${node.keys[1]}: `, { local: ones[1]! }, " = ");
      expressionOf(node.value, scope);
      put(" }");
      if (isParameter) put(" = {}");
      for (const one of ones) bound.add(one);
      return;
    }
    const one = bind(scope);
    scope.locals.push(one);
    put({ local: one });
    type();
    if (node.is === "default" && isParameter) {
      put(" = ");
      expressionOf(node.value, scope);
    }
    bound.add(one);
  };
  const parameters = (patterns: readonly Pattern[], scope: Scope): void => {
    for (const [i, one] of patterns.entries()) {
      if (i > 0) put(", ");
      patternOf(one, scope, true);
    }
  };
  const body = (statementsIn: readonly Statement[], scope: Scope): void => {
    put("{");
    for (const one of statementsIn) {
      comment();
      statement(one, scope);
      put(noise(5) === 4 ? ";\n" : "\n");
    }
    put("}");
  };
  const block = (statementsIn: readonly Statement[], scope: Scope): void =>
    inScope(scope, (inside) => body(statementsIn, inside));
  const statement = (node: Statement, scope: Scope): void => {
    if (node.is === "const") {
      put("const ");
      patternOf(node.pattern.is === "default" ? { is: "plain" } : node.pattern, scope, false);
      put(" = ");
      expressionOf(node.value, scope);
      if (node.pattern.is === "members") put(" ?? {}");
      put(";");
    } else if (node.is === "let") {
      put("let ");
      const one = bind(scope, "variable");
      put({ local: one });
      type();
      put(" = ");
      expressionOf(node.value, scope);
      put(";");
      enter(scope, one);
    } else if (node.is === "set") {
      const ones = visible(scope).filter((local) => locals[local]!.kind === "variable");
      if (ones.length > 0) put({ local: ones[node.pick % ones.length]! }, " = ");
      else put("void ");
      expressionOf(node.value, scope);
      put(";");
    } else if (node.is === "if") {
      put("if (");
      expressionOf(node.test, scope);
      put(") ");
      block(node.body, scope);
    } else if (node.is === "loop") {
      inScope(scope, (around) => {
        const label = bind(around, "label");
        around.locals.push(label); // a label is never picked
        put({ local: label }, ": ");
        inScope(around, (inside) => {
          const counter = bind(inside); // never set: the loop must end
          put("for (let ", { local: counter }, " = 0; ");
          enter(inside, counter);
          put({ local: counter }, " < 2; ", { local: counter }, "++) {");
          block(node.body, inside);
          put(" if (");
          expressionOf(node.until, inside);
          put(") break ", { local: label }, "; }");
        });
      });
    } else if (node.is === "try") {
      put("try ");
      block(node.body, scope);
      inScope(scope, (inside) => {
        put(" catch (");
        patternOf({ is: "plain" }, inside, false);
        put(") ");
        body(node.caught, inside);
      });
    } else if (node.is === "function") {
      const one = bind(scope);
      put("function ", { local: one });
      enter(scope, one);
      functionOf([node.pattern], node.body, scope);
    } else {
      put("return ");
      expressionOf(node.value, scope);
      put(";");
    }
  };
  const functionOf = (
    patterns: readonly Pattern[],
    statementsIn: readonly Statement[],
    scope: Scope | null,
    names = "",
  ): void =>
    inScope(scope, (inside) => {
      put(`${names}(`);
      parameters(patterns, inside);
      put(")");
      type();
      put(" ");
      body(statementsIn, inside);
    });

  if (declared.is === "function") functionOf(declared.patterns, declared.body, null);
  else if (declared.is === "arrow") {
    inScope(null, (inside) => {
      put("(");
      parameters(declared.patterns, inside);
      put(") => ");
      expressionOf(declared.body, inside);
    });
  } else if (declared.is === "class") {
    put("{ ");
    comment();
    put("field = ");
    expressionOf(declared.field, null);
    put("; ");
    functionOf([declared.pattern], declared.body, null, "run");
    put(" }");
  } else if (declared.is === "value") expressionOf(declared.value, null);
  else {
    put("{ a: ");
    expressionOf(declared.values[0], null);
    put(", b: ");
    expressionOf(declared.values[1], null);
    put(" }");
  }
  return { pieces, locals };
}

/** What a declaration is, apart from what it refers to, and what it refers to, in order: what its identity should be of. */
export function structure(program: Program): { readonly label: string; readonly uses: readonly string[] }[] {
  return program.map((declared) => {
    const { pieces } = write(declared, program, () => 0);
    const numbers = new Map<number, number>();
    const number = (local: number) => {
      numbers.set(local, numbers.get(local) ?? numbers.size);
      return `$${numbers.get(local)}`;
    };
    const label = pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      if ("use" in piece) return "@";
      return piece.shorthand === undefined ? number(piece.local) : `${piece.shorthand}: ${number(piece.local)}`;
    });
    const uses = pieces.flatMap((piece) =>
      typeof piece === "object" && "use" in piece ? [`${piece.use}.${piece.binding}`] : [],
    );
    return { label: `${declared.is} ${label.join("")}`, uses };
  });
}

const pool = [...keys, "one", "two", "run", "field", "x", "y", "room"];

/** A program written down. */
export interface Presented extends SourceTree {
  readonly files: ReadonlyMap<string, string>;
  /** One for each declaration: "0", "1", ... */
  readonly roots: readonly Root[];
}

/** Writes a program down as files. */
export function present(program: Program, how: Look): Presented {
  const noise = choosing(how.noise);
  const place = choosing(how.places);
  const name = choosing(how.names);
  const importing = choosing(how.imports);
  const fileNames = Array.from({ length: how.files }, (_, i) => `${["", "src/", "src/room/"][name(3)]}file${i}`);
  const fileOf = program.map(() => place(how.files));
  /** By file, the names that are taken at its top level. */
  const taken = fileNames.map(() => new Set(["tick", "require", "experiment"]));
  const fresh = (names: Set<string>): string => {
    const first = name(pool.length);
    for (let i = 0; ; i++) {
      const candidate = i < pool.length ? pool[(first + i) % pool.length]! : `name${i}`;
      if (names.has(candidate)) continue;
      names.add(candidate);
      return candidate;
    }
  };
  /** Names of each declaration in its own file, one for each that it binds. */
  const own = program.map((declared, i) =>
    (declared.is === "pair" ? [0, 1] : [0]).map(() => fresh(taken[fileOf[i]!]!)),
  );
  const isInline = program.map(() => name(2) === 0);
  const exportedIn = fileNames.map(
    (_, file) => new Set(own.flatMap((names, i) => (isInline[i] && fileOf[i] === file ? names : []))),
  );
  const exported = own.map((names, i) => (isInline[i] ? names : names.map(() => fresh(exportedIn[fileOf[i]!]!))));
  const files = new Map<string, string>();
  const heads = fileNames.map(() => [] as string[]);
  const doors: { readonly text: string; readonly file: string }[] = [];
  const known = new Map<string, string>();
  const relative = (from: string, to: string) => {
    const up = from
      .split("/")
      .slice(0, -1)
      .map(() => "..");
    return up.length === 0 ? `./${to}` : `${up.join("/")}/${to}`;
  };
  /** How a file refers to a declaration's name: an expression, and the name that it begins with. */
  const reference = (file: number, use: number, binding: number): string => {
    const there = fileOf[use]!;
    if (there === file) return own[use]![binding]!;
    const cached = known.get(`${file} ${use} ${binding}`);
    if (cached !== undefined) return cached;
    const called = exported[use]![binding]!;
    const from = relative(fileNames[file]!, fileNames[there]!);
    const door = (text: (module: string) => string): string => {
      const doorName = `${["", "src/"][importing(2)]}door${doors.length}`;
      doors.push({ file: `${doorName}.ts`, text: text(relative(doorName, fileNames[there]!)) });
      return relative(fileNames[file]!, doorName);
    };
    const head = (text: string) => heads[file]!.push(text);
    const alias = () => fresh(taken[file]!);
    const say = (): string => {
      const style = importing(8);
      if (style === 0) {
        const local = alias();
        head(
          local === called
            ? `import { ${called} } from "${from}";`
            : `import { ${called} as ${local} } from "${from}";`,
        );
        return local;
      }
      if (style === 1) {
        const local = alias();
        head(`import * as ${local} from "${from}";`);
        return `${local}.${called}`;
      }
      if (style === 2) {
        const local = alias();
        head(
          `import { thing as ${local} } from "${door((module) => `export { ${called} as thing } from "${module}";`)}";`,
        );
        return local;
      }
      if (style === 3) {
        const local = alias();
        head(`import { ${called} as ${local} } from "${door((module) => `export * from "${module}";`)}";`);
        return local;
      }
      if (style === 4) {
        const local = alias();
        head(`import { all as ${local} } from "${door((module) => `export * as all from "${module}";`)}";`);
        return `${local}.${called}`;
      }
      if (style === 5) {
        const local = alias();
        const module = door((behind) => `import { ${called} as inner } from "${behind}"; export default inner;`);
        head(`import ${local} from "${module}";`);
        return local;
      }
      if (style === 6) {
        const local = alias();
        head(`const { ${called}: ${local} } = require("${from}") as typeof import("${from}");`);
        return local;
      }
      return `(require("${from}") as typeof import("${from}")).${called}`;
    };
    const said = say();
    known.set(`${file} ${use} ${binding}`, said);
    return said;
  };
  const texts = program.map((declared, i): string => {
    const file = fileOf[i]!;
    const written = write(declared, program, noise);
    const uses = written.pieces.map((piece) =>
      typeof piece === "object" && "use" in piece ? reference(file, piece.use, piece.binding) : null,
    );
    const names = localNames(written, uses, choosing(how.locals));
    const text = written.pieces
      .map((piece, at) => {
        if (typeof piece === "string") return piece;
        if ("use" in piece) return uses[at]!;
        const local = names[piece.local]!;
        if (piece.shorthand === undefined) return local;
        return piece.shorthand === local ? local : `${piece.shorthand}: ${local}`;
      })
      .join("");
    const [first, second] = own[i]!;
    const mark = isInline[i] ? "export " : "";
    if (declared.is === "function") return `${mark}function ${first}${text}`;
    if (declared.is === "class") return `${mark}class ${first} ${text}`;
    if (declared.is === "pair") return `${mark}const { a: ${first}, b: ${second} } = ${text};`;
    return `${mark}const ${first}${declared.is === "value" && noise(3) === 2 ? ": any" : ""} = ${text};`;
  });
  const order = choosing(how.order);
  for (const [file, fileName] of fileNames.entries()) {
    const inside = program.flatMap((_, i) => (fileOf[i] === file ? [{ i, rank: order(60) }] : []));
    inside.sort((left, right) => left.rank - right.rank || left.i - right.i);
    const beside = noise(3) === 2 ? [`interface Beside { readonly is: string }`, `export const beside = () => 5;`] : [];
    const lists = inside.flatMap(({ i }) =>
      isInline[i] ? [] : own[i]!.map((one, b) => `export { ${one} as ${exported[i]![b]} };`),
    );
    const parts = [...heads[file]!, ...inside.map(({ i }) => texts[i]!), ...beside, ...lists];
    files.set(`${fileName}.ts`, `${parts.join(noise(2) === 1 ? "\n\n/** Words. */\n" : "\n")}\n`);
  }
  for (const { file, text } of doors) files.set(file, text);
  const roots = program.map((_, i) => ({
    name: String(i),
    file: `${fileNames[fileOf[i]!]}.ts`,
    export: exported[i]![0]!,
  }));
  return { files, roots, read: (file) => files.get(file) };
}

/** Names for locals that let each piece mean what it did, and hide what is around wherever they may. */
function localNames(
  { pieces, locals }: Written,
  uses: readonly (string | null)[],
  choose: (below: number) => number,
): string[] {
  const names: string[] = [];
  for (const [local, { from, to, scope, kind }] of locals.entries()) {
    const forbidden = new Set(["tick", "require"]);
    for (const [at, piece] of pieces.entries()) {
      if (at < from || at >= to || typeof piece === "string") continue;
      if ("use" in piece) forbidden.add(/\w+/.exec(uses[at]!)![0]);
      else if (piece.local < local) forbidden.add(names[piece.local]!);
    }
    for (const [other, { scope: there, kind: otherKind }] of locals.entries()) {
      const isTwiceALabel = kind === "label" && otherKind === "label"; // one within another must not bear its name
      if (other < local && (there === scope || isTwiceALabel)) forbidden.add(names[other]!);
    }
    const candidates = [...pool, `local${local}`].filter((one) => !forbidden.has(one));
    names.push(candidates[choose(candidates.length)]!);
  }
  return names;
}
