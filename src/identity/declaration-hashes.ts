/**
 * Identity of code by what is computed: hashes of declarations that do not depend on where these lie or what they are called.
 *
 * A declaration's hash is SHA-256 over its syntax tree without types, comments and formatting; its own name is left out,
 * locals count by their order, and each reference to another declaration by that one's hash, however it comes here: from
 * the same file, through imports, doors, renamings, namespaces, `require`. Declarations that refer to each other in a circle
 * are hashed together. What refers to a package counts by name, locked version and member; JSON by content, and sources in C++ by
 * theirs without comments.
 *
 * What it takes for granted, so that equal hashes mean equal results:
 * - The value of a top-level variable comes from its initialiser and from what the roots and the statements at the top level
 *   of loaded files do. What a program does beside its roots hands results nothing over but what is in the identity as data.
 * - Loading files in another order changes nothing: initialisers and top-level statements of one file do not count on those
 *   of another having run, beyond what they refer to.
 * - Results do not depend on paths (`__dirname`) nor on names of functions and classes (`f.name`) of the code itself.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { z } from "zod";
import { makeFolder } from "../base";
import type { Reading, Target, Use } from "./source-reading";

/** Where a computation begins. */
export interface Root {
  /** What its hash is kept under: "measure". */
  readonly name: string;
  /** From the tree's root, with "/": "experiments/block-deletion.ts". */
  readonly file: string;
  /** The exported name, or "default". */
  readonly export: string;
  /**
   * Path of a member of an object literal that is exported, or given to a function whose result is: "measure",
   * "training.steps". Only that member counts then, with what it reaches. A member that is not there has a hash as well.
   */
  readonly member?: string;
}

/** The files of a program. */
export interface SourceTree {
  /** A file's text by its path from the root, with "/"; undefined where there is none. */
  read(file: string): string | undefined;
}

/** The files in a folder. */
export function sourceFolder(root: string): SourceTree {
  return {
    read(file) {
      try {
        return readFileSync(path.join(root, file), "utf8");
      } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (["ENOENT", "ENOTDIR", "EISDIR"].includes(code)) return undefined;
        throw error;
      }
    },
  };
}

/** What hashing found out about files, by keys that only equal texts share; keep it, and nothing has to be parsed twice. */
export interface Readings {
  get(key: string): Reading | undefined;
  set(key: string, reading: Reading): unknown;
}

/** Readings that are in memory and, for later processes, in a folder. It may be deleted at any time. */
export function keptReadings(folder: string): Readings {
  const known = new Map<string, Reading>();
  return {
    get(key) {
      const reading = known.get(key) ?? readKept<Reading>(keptFile(folder, key));
      if (reading !== undefined) known.set(key, reading);
      return reading;
    },
    set(key, reading) {
      known.set(key, reading);
      writeKept(keptFile(folder, key), reading);
    },
  };
}

/**
 * What was found out from source files by an earlier process, as long as all the files are as they were; else it is found out again.
 *
 * @param key of what is asked, and of all that the answer depends on besides the files that are read
 * @param find reads files through the tree that it is given alone; its answer is plain JSON
 */
export function keptAnswer<Answer>(
  folder: string,
  key: unknown,
  tree: SourceTree,
  find: (tree: SourceTree) => Answer,
): Answer {
  const file = keptFile(folder, key);
  const contentOf = (text: string | undefined) => (text === undefined ? null : digest(text));
  const before = readKept<{ readonly answer: Answer; readonly files: Readonly<Record<string, string | null>> }>(file);
  if (before !== undefined && Object.entries(before.files).every(([name, then]) => contentOf(tree.read(name)) === then))
    return before.answer;
  const files: Record<string, string | null> = {};
  const answer = find({
    read(name) {
      const text = tree.read(name);
      files[name] = contentOf(text);
      return text;
    },
  });
  writeKept(file, { answer, files });
  return answer;
}

function keptFile(folder: string, key: unknown): string {
  return path.join(folder, `${digest([keptVersion(), key])}.json`);
}

/** Undefined where it is not there or damaged: what is wrong by one digit would make every result seem of other code. */
function readKept<Kept>(file: string): Kept | undefined {
  try {
    const { checksum, kept } = JSON.parse(readFileSync(file, "utf8")) as { checksum: unknown; kept: Kept };
    return checksum === digest(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all; a folder that cannot be written costs time and nothing else. */
function writeKept(file: string, kept: object): void {
  const temporary = `${file}.tmp-${randomUUID()}`;
  try {
    makeFolder(path.dirname(file));
    writeFileSync(temporary, JSON.stringify({ checksum: digest(kept), kept }));
    renameSync(temporary, file);
  } catch {
    if (existsSync(temporary)) rmSync(temporary);
  }
}

/** What is kept is as the parser and the code that reads and hashes made it. */
const keptVersion = once(() => {
  const code = ["source-reading", "syntax-writer", "declaration-hashes", "measuring-code"].map((name) =>
    readFileSync(path.join(__dirname, `${name}${path.extname(__filename)}`), "utf8"),
  );
  return digest([(require("typescript/package.json") as { version: string }).version, ...code]);
});

export interface CodeOptions {
  /** Readings of earlier times; new ones are added. */
  readonly readings?: Readings;
  /**
   * Files that count for nothing, with all that is reached through them alone. Sound for what gives nothing back that could
   * reach a result (words to the terminal, progress, reports), and for what only hands over what is in the identity as data.
   */
  readonly stop?: (file: string) => boolean;
  /** Sources in C++ by the declaration that calls what they hold, which counts with them: "src/ops/kernels.ts ownKernel". */
  readonly native?: Readonly<Record<string, readonly string[]>>;
}

/** The code behind a result. Plain JSON. */
export interface CodeIdentity {
  /** Of the way of hashing: what another version hashed can only be compared by an attestation. */
  readonly version: 1;
  /** SHA-256 by the roots' names. */
  readonly roots: Readonly<Record<string, string>>;
  /** Everything that the roots reach, by which a later version tells what changed. */
  readonly declarations: readonly ReachedDeclaration[];
}

export interface ReachedDeclaration {
  /** Where it is and what it is called, for messages: "src/routes/trie.ts routeTrie", "zod 4.6.7 z", "data.json". */
  readonly place: string;
  /** The first 16 hexadecimal digits of its hash. */
  readonly hash: string;
  /** As many of the hash that leaves out what its references refer to. */
  readonly own: string;
  /** Places in the list of what it refers to, each once. */
  readonly uses: readonly number[];
}

export const codeIdentitySchema: z.ZodType<CodeIdentity> = z.object({
  version: z.literal(1),
  roots: z.record(z.string(), z.string()),
  declarations: z.array(
    z.object({ place: z.string(), hash: z.string(), own: z.string(), uses: z.array(z.int().nonnegative()) }),
  ),
});

/** A program whose declarations can be hashed; reads each file at most once. */
export interface Code {
  /**
   * @throws RangeError when a root's file is missing or does not export its name
   */
  identity(roots: readonly Root[]): CodeIdentity;
}

/** @param tree holds the sources, and package-lock.json where versions of packages come from */
export function openCode(tree: SourceTree, options: CodeOptions = {}): Code {
  return new Program(tree, options);
}

/** A declaration in the graph of references; also what stands for a package's member, a JSON file, a whole module. */
interface Node {
  readonly place: string;
  readonly own: string;
  readonly holdsState: boolean;
  readonly links: readonly Link[];
  /** Files that are loaded before it can run: its own, and those of the modules that it refers to. */
  readonly files: readonly string[];
  /** Of an object literal: its members by path. */
  readonly members: ReadonlyMap<string, Node>;
}

interface Link {
  readonly to: Node;
  /** Which of the names that a declaration binds, and the members that are taken from it. */
  readonly part: string;
}

/** What a root reaches. */
interface Reach {
  readonly nodes: ReadonlySet<Node>;
  /** What the loaded files do at their top level. */
  readonly effects: readonly Node[];
}

/** A file that was found: what it declares, or null for one that is no code. */
interface Found {
  readonly file: string;
  readonly reading: Reading | null;
  readonly exports: ReadonlyMap<string, Target>;
}

class Program implements Code {
  private readonly readings: Readings;
  private readonly stop: (file: string) => boolean;
  private readonly native: Readonly<Record<string, readonly string[]>>;
  /** Files by path. */
  private readonly found = new Map<string, Found | undefined>();
  /** Files by the path that an import gives, without ending or index. */
  private readonly stems = new Map<string, Found>();
  private readonly nodes = new Map<string, Node>();
  private readonly hashes = new Map<Node, string>();
  private readonly locked: Readonly<Record<string, { readonly version?: string }>>;

  constructor(
    private readonly tree: SourceTree,
    { readings = new Map<string, Reading>(), stop = () => false, native = {} }: CodeOptions,
  ) {
    this.readings = readings;
    this.stop = stop;
    this.native = native;
    const lock = JSON.parse(tree.read("package-lock.json") ?? "{}") as { packages?: Program["locked"] };
    this.locked = lock.packages ?? {};
  }

  identity(roots: readonly Root[]): CodeIdentity {
    const all = new Set<Node>();
    const hashes = roots.map((root): [string, string] => {
      const link = this.rootLink(root);
      const reach = this.reach(link.to, root.file);
      for (const node of reach.nodes) all.add(node);
      return [root.name, this.rootHash(link, reach)];
    });
    const nodes = [...all].sort((left, right) => compare(left.place, right.place) || compare(left.own, right.own));
    const places = new Map(nodes.map((node, place) => [node, place]));
    return {
      version: 1,
      roots: Object.fromEntries(hashes),
      declarations: nodes.map((node) => ({
        place: node.place,
        hash: this.hash(node).slice(0, 16),
        own: node.own.slice(0, 16),
        uses: [...new Set(node.links.map(({ to }) => places.get(to)!))].sort((left, right) => left - right),
      })),
    };
  }

  private rootLink({ name, file, export: exported, member }: Root): Link {
    const found = this.find(file);
    const link = found && this.exportOf(found, exported, []);
    if (link === undefined) throw new RangeError(`the root ${name}: need ${exported} exported by ${file}, not found`);
    if (member === undefined || link.to.members.size === 0) return { ...link, part: text(link.part, member ?? null) };
    const keys = member.split(".");
    for (let length = keys.length; length > 0; length--) {
      const around = keys.slice(0, length - 1);
      const exact = link.to.members.get([...around, keys[length - 1]].join("."));
      if (exact !== undefined) return { to: exact, part: text(keys.slice(length)) };
      const unnamed = link.to.members.get([...around, "*"].join("."));
      if (unnamed !== undefined) return { to: unnamed, part: text(keys.slice(length - 1)) };
    }
    return { to: this.leaf("no such member"), part: "" };
  }

  /**
   * SHA-256 of what a root refers to and of what the loaded files do, in no order. Two things that hold a state and are
   * declared alike (two caches, say) have one hash: only where both are reached does it count which is used where.
   */
  private rootHash({ to, part }: Link, { nodes, effects }: Reach): string {
    const done = effects.map((node) => this.hash(node)).sort();
    const states = [...nodes].filter(({ holdsState }) => holdsState).map((node) => this.hash(node));
    const hasTwins = new Set(states).size < states.length;
    const ordered = [...effects].sort((left, right) => compare(this.hash(left), this.hash(right)));
    return digest(["root", this.hash(to), part, done, hasTwins ? this.describe([to, ...ordered], () => true) : null]);
  }

  /** All that a declaration leads to: what it refers to, and what is done by the files that are loaded for it. */
  private reach(start: Node, file: string): Reach {
    const nodes = new Set<Node>();
    const effects: Node[] = [];
    const loaded = new Set<string>();
    const nodesToSee = [start];
    const filesToSee = [file];
    for (;;) {
      const node = nodesToSee.pop();
      const next = node === undefined ? filesToSee.pop() : undefined;
      if (node !== undefined && !nodes.has(node)) {
        nodes.add(node);
        nodesToSee.push(...node.links.map(({ to }) => to));
        filesToSee.push(...node.files);
      } else if (next !== undefined && !loaded.has(next)) {
        loaded.add(next);
        const { reading } = this.find(next) ?? {};
        if (!reading) continue;
        if (reading.effects !== null) {
          effects.push(this.node(next, reading.effects));
          nodesToSee.push(this.node(next, reading.effects));
        }
        filesToSee.push(...reading.loads.flatMap((module) => this.fileOf(next, module)?.file ?? []));
      } else if (node === undefined && next === undefined) return { nodes, effects };
    }
  }

  /** A node's hash; with it all circles that it leads to are hashed (Tarjan's strongly connected components). */
  private hash(start: Node): string {
    const numbers = new Map<Node, number>();
    const stack: Node[] = [];
    /** @returns the lowest number on the stack that the node leads back to */
    const visit = (node: Node): number => {
      const own = numbers.size;
      let lowest = own;
      numbers.set(node, own);
      stack.push(node);
      for (const { to } of node.links) {
        if (this.hashes.has(to)) continue;
        lowest = Math.min(lowest, numbers.get(to) ?? visit(to));
      }
      if (lowest === own) {
        const circle = stack.splice(stack.lastIndexOf(node));
        const inCircle = new Set(circle);
        const hashes = circle.map((member) => this.describe([member], (other) => inCircle.has(other)));
        for (const [i, member] of circle.entries()) this.hashes.set(member, hashes[i]!);
      }
      return lowest;
    };
    if (!this.hashes.has(start)) visit(start);
    return this.hashes.get(start)!;
  }

  /**
   * SHA-256 of some nodes with all that they lead to inside a part of the graph, numbered by the order in which a walk in
   * breadth meets it: the same for graphs of the same shape. What lies outside counts by its hash.
   */
  private describe(starts: readonly Node[], isInside: (node: Node) => boolean): string {
    const order = [...new Set(starts)];
    const numbers = new Map(order.map((node, number) => [node, number]));
    const described: unknown[] = [];
    for (const { own, links } of order) {
      described.push([
        own,
        links.map(({ to, part }) => {
          if (!isInside(to)) return [this.hash(to), part];
          if (!numbers.has(to)) numbers.set(to, order.push(to) - 1);
          return [numbers.get(to), part];
        }),
      ]);
    }
    return digest(described);
  }

  private node(file: string, place: number): Node {
    const key = text(file, place);
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    const { name, own, holdsState, uses, members = [] } = this.find(file)!.reading!.declarations[place]!;
    const node = {
      place: `${file} ${name}`,
      own,
      holdsState,
      get links() {
        return linksOf();
      },
      files: [
        file,
        ...uses.flatMap(({ of }) => (typeof of[0] === "string" ? (this.fileOf(file, of[0])?.file ?? []) : [])),
      ],
      get members() {
        return membersOf();
      },
    };
    const linksOf = once(() => [
      ...uses.map((use) => this.resolve(file, use)),
      ...(this.native[node.place] ?? []).map((source) => ({ to: this.nativeSource(source), part: "" })),
    ]);
    const membersOf = once(() => new Map(members.map(([path, other]) => [path, this.node(file, other)])));
    this.nodes.set(key, node);
    return node;
  }

  /** What a reference in a file leads to. */
  private resolve(file: string, { of: [place, name], path }: Use, seen = new Set<string>()): Link {
    if (typeof place === "number") return { to: this.node(file, place), part: text(name, path) };
    const module = place;
    const wanted = String(name);
    if (isBuiltin(module)) return this.memberOf(module.startsWith("node:") ? module : `node:${module}`, wanted, path);
    if (!isRelative(module)) return this.memberOf(`package ${this.version(module)}`, wanted, path);
    const found = this.fileOf(file, module);
    if (found === undefined) return this.memberOf(`missing ${module}`, wanted, path);
    if (this.stop(found.file)) return this.stopped();
    return this.exportOf(found, wanted, path, seen) ?? this.memberOf("missing", wanted, path);
  }

  /** What a name that a file exports leads to; undefined where there is none, as with types. */
  private exportOf(found: Found, name: string, path: readonly string[], seen = new Set<string>()): Link | undefined {
    const { file, reading, exports } = found;
    if (reading === null) {
      return { to: this.content(file), part: text(name === "default" || name === "*" ? path : [name, ...path]) };
    }
    const visit = text(file, name, path);
    if (seen.has(visit)) return undefined; // doors that pass on each other
    seen.add(visit);
    const [first, ...rest] = path;
    if (name === "*" && first !== undefined) {
      const member = this.exportOf(found, first, rest, seen);
      if (member !== undefined) return member;
    }
    const target = exports.get(name);
    if (target !== undefined) return this.resolve(file, { of: target, path }, seen);
    const whole = exports.get("export=");
    if (whole !== undefined) {
      return this.resolve(file, { of: whole, path: name === "*" || name === "default" ? path : [name, ...path] }, seen);
    }
    if (name === "*") return { to: this.wholeModule(found), part: text(path) };
    if (name === "default") return this.exportOf(found, "*", path, seen);
    let isStopped = false;
    for (const module of reading.stars) {
      const behind = this.fileOf(file, module);
      if (behind === undefined) continue;
      isStopped ||= this.stop(behind.file);
      const link = this.exportOf(behind, name, path, seen);
      if (link !== undefined) return link;
    }
    if (isStopped) return this.stopped();
    const outside = reading.stars.find((module) => !isRelative(module));
    return outside === undefined ? undefined : this.resolve(file, { of: [outside, name], path }, seen);
  }

  /** All that a file exports, by names: for what takes a module as an object. */
  private wholeModule(found: Found): Node {
    const key = text(found.file, "*");
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    const links = once(() =>
      [...this.exportedNames(found)].sort().flatMap((name) => {
        const link = this.exportOf(found, name, []);
        return link === undefined ? [] : [{ to: link.to, part: text(name, link.part) }];
      }),
    );
    const node: Node = {
      place: `${found.file} *`,
      own: digest("module"),
      holdsState: false,
      get links() {
        return links();
      },
      files: [found.file],
      members: new Map(),
    };
    this.nodes.set(key, node);
    return node;
  }

  private exportedNames({ file, reading, exports }: Found, seen = new Set<string>()): Set<string> {
    const names = new Set(exports.keys());
    seen.add(file);
    for (const module of reading?.stars ?? []) {
      const behind = isRelative(module) ? this.fileOf(file, module) : undefined;
      if (behind === undefined)
        names.add("*"); // all of a package
      else if (!seen.has(behind.file)) {
        for (const name of this.exportedNames(behind, seen)) if (name !== "default") names.add(name);
      }
    }
    return names;
  }

  private content(file: string): Node {
    return this.leaf(file, compactJson(this.tree.read(file)!));
  }

  private nativeSource(file: string): Node {
    const source = this.tree.read(file);
    if (source === undefined) throw new RangeError(`need the source ${file}, not found`);
    return this.leaf(file, withoutComments(source));
  }

  /** A member of something that is not looked into. */
  private memberOf(holder: string, name: string, path: readonly string[]): Link {
    const [member = "*", ...rest] = name === "*" ? path : [name, ...path];
    return { to: this.leaf(`${holder} ${member}`), part: text(0, rest) };
  }

  private stopped(): Link {
    return { to: this.leaf("stopped"), part: "" };
  }

  /** A node that refers to nothing. */
  private leaf(place: string, content = place): Node {
    const own = digest(["leaf", content]);
    const key = text(place, own);
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    const node: Node = { place, own, holdsState: false, links: [], files: [], members: new Map() };
    this.nodes.set(key, node);
    return node;
  }

  /** The file that a relative module names; it is not stopped at here. */
  private fileOf(importer: string, module: string): Found | undefined {
    if (!isRelative(module)) return undefined;
    const stem = path.posix.join(path.posix.dirname(importer), module).replace(/\/$/, "");
    const known = this.stems.get(stem);
    if (known !== undefined) return known;
    const candidates = [
      stem,
      ...["ts", "cts", "mts", "js", "cjs", "mjs", "json"].map((ending) => `${stem}.${ending}`),
      ...["ts", "js", "cjs"].map((ending) => `${stem}/index.${ending}`),
      stem.replace(/js$/, "ts"),
    ];
    for (const candidate of candidates) {
      const found = this.find(candidate);
      if (found === undefined) continue;
      this.stems.set(stem, found);
      return found;
    }
    return undefined;
  }

  private find(file: string): Found | undefined {
    if (this.found.has(file)) return this.found.get(file);
    const source = this.tree.read(file);
    const reading = source === undefined ? null : this.read(file, this.stop(file) ? "" : source);
    const found = source === undefined ? undefined : { file, reading, exports: new Map(reading?.exports) };
    this.found.set(file, found);
    return found;
  }

  private read(file: string, source: string): Reading | null {
    const ending = /\.([cm]?[jt])s$/.exec(file)?.[1];
    if (ending === undefined) return null;
    const isTypeScript = ending.endsWith("t");
    const key = `${createHash("sha256").update(source).digest("hex")} ${isTypeScript ? "ts" : "js"}`;
    const known = this.readings.get(key);
    if (known !== undefined) return known;
    const { readSource } = require("./source-reading") as typeof import("./source-reading");
    const reading = readSource(source, isTypeScript);
    this.readings.set(key, reading);
    return reading;
  }

  /** "zod 4.6.7", of "zod/locales" as well: by package-lock.json, else as it is installed. */
  private version(module: string): string {
    const name = module.split("/", module.startsWith("@") ? 2 : 1).join("/");
    const installed = () => this.tree.read(`node_modules/${name}/package.json`);
    const version =
      this.locked[`node_modules/${name}`]?.version ??
      (JSON.parse(installed() ?? "{}") as { version?: string }).version ??
      "not locked";
    return `${name} ${version}${module.slice(name.length)}`;
  }
}

function isRelative(module: string): boolean {
  return /^\.\.?(\/|$)/.test(module);
}

function compactJson(source: string): string {
  try {
    return JSON.stringify(JSON.parse(source));
  } catch {
    return source;
  }
}

/** C++ without comments, indentation and empty lines. Line ends stay: a directive of the preprocessor ends there. */
function withoutComments(source: string): string {
  const commentsAndStrings = /"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const code = source.replace(commentsAndStrings, (found) => (found.startsWith('"') ? found : " "));
  return code
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}

function once<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

function text(...values: readonly unknown[]): string {
  return JSON.stringify(values);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** By code unit: independent of the locale. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
