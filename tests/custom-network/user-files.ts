/** Files with a network as people write them, in every form that TypeScript accepts, and a program that loads all of them. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Ended, execute } from "../../src/runtime/set-up/tools";

type Files = Readonly<Record<string, string>>;

/** What the files of both kinds of project import. The last line ends where it is loaded twice, or asks for another copy of the project. */
const helpers: Files = {
  "helper.ts": `import { buildByName, createNetwork } from "cnn-findings";
import type { Asked } from "./types.js";
export enum Depth { Small = 8, Large = 14 }
export const enum Width { Narrow = 2 }
export namespace settings { export const width = Width.Narrow; }
export class Builder {
  constructor(private readonly depth: Depth) {}
  build = (asked: Asked) => buildByName(\`resnet\${this.depth}\`, { ...asked, width: settings.width });
}
export default new Builder(Depth.Small).build;
export const withWeights = (asked: Asked) => createNetwork(new Builder(Depth.Small).build(asked), 7);
const seen = globalThis as { own?: unknown };
if (seen.own !== undefined && seen.own !== buildByName) throw new Error("another copy of the project");
`,
  "types.ts": `export interface Asked { readonly inputShape: readonly [number, number, number]; readonly classes: number }
export type Builds = (asked: Asked) => object;
`,
  "folder/index.ts": 'export { default } from "../helper.js";\nexport * as types from "../types.js";\n',
  "circle-back.ts": 'import { builder } from "./circle.js";\nexport const own = () => builder();\n',
  "depth.json": '{ "depth": 8 }\n',
  "other.mts": 'export { default } from "./helper.js";\nexport const place: string = import.meta.url;\n',
  "old.cts": 'import helper = require("./plain.cjs");\nexport = helper;\n',
  "plain.cts": 'export const depth: number = 8;\nexport const names: string[] = ["resnet8"];\n',
  "node_modules/modern/package.json":
    '{ "name": "modern", "version": "1.0.0", "type": "module", "exports": { "import": "./modern.js" } }',
  "node_modules/modern/modern.js": "export const depth = await Promise.resolve(8);\nexport default () => depth;\n",
  "node_modules/modern/modern.d.ts":
    "export declare const depth: number;\ndeclare const _default: () => number;\nexport default _default;\n",
  "node_modules/classic/package.json": '{ "name": "classic", "version": "1.0.0" }',
  "node_modules/classic/index.js": "module.exports = { depth: 8 };\n",
  "node_modules/classic/index.d.ts": "export declare const depth: number;\n",
};

/** Valid in both kinds of project. */
const anywhere: Files = {
  "function.ts":
    'import build from "./helper.js";\nimport { type Asked, type Builds } from "./types.js";\nconst own: Builds = (asked: Asked): object => build(asked);\nexport default own;\n',
  "without-extension.cts":
    'import type { Builds } from "./types.js";\nimport { depth } from "./plain.cjs";\nconst build: Builds = (asked) => (require("cnn-findings") as typeof import("cnn-findings")).buildByName("resnet" + depth, { ...asked, width: 2 });\nexport = build;\n',
  "enumerated.ts":
    'import { Builder, Depth } from "./helper.js";\nenum Mine { Depth = 8 }\nexport default new Builder(Mine.Depth as number as Depth).build;\n',
  "renamed.ts": 'import { default as build } from "./folder/index.js";\nexport { build as default };\n',
  "passed-on.ts": 'export { default } from "./helper.js";\nexport type { Asked } from "./types.js";\n',
  "trained.ts": 'import { withWeights as build } from "./helper.js";\nexport default build;\n',
  "promised.ts":
    'import build from "./helper.js";\nexport default async (asked: Parameters<typeof build>[0]): Promise<object> => build(asked);\n',
  "decorated.ts":
    'import build, { Builder } from "./helper.js";\nfunction sealed<T>(one: T, _: ClassDecoratorContext): T { return one; }\n@sealed class Own extends Builder { override build = build; static { void 0; } }\nconst own = <T,>(one: T): T => one;\nexport default own(new Own(8).build) satisfies unknown;\n',
  "disposed.ts":
    'import build from "./helper.js";\nimport type { Asked } from "./types.js";\nexport default function own(asked: Asked): object {\n  using _ = { [Symbol.dispose]() {} };\n  return build(asked)!;\n}\n',
  "circle.ts":
    'import { own } from "./circle-back.js";\nimport build from "./helper.js";\nexport const builder = () => build;\nexport default own();\n',
  "kinds.mts":
    'import build, { place } from "./other.mjs";\nimport { depth } from "./plain.cjs";\nimport old from "./old.cjs";\nif (!place.startsWith("file:") || depth !== old.depth) throw new Error(place);\nexport default build;\n',
  "awaited.mts":
    'import { depth } from "modern";\nconst { default: build } = await import("./helper.js");\nif (depth !== 8) throw new Error("modern");\nexport default build;\n',
  "packages.mts":
    'import late, { depth } from "modern";\nimport classic, { depth as again } from "classic";\nimport build from "./helper.js";\nif (late() + depth !== 2 * again || classic.depth !== 8) throw new Error("packages");\nexport default build;\n',
  "marked-up.tsx": 'import build from "./helper.js";\nexport default ((one: typeof build) => one)(build);\n',
};

/** Valid in a project of ES modules. */
const modern: Files = {
  "dynamic.ts":
    'import type { Asked } from "./types.js";\nexport default async (asked: Asked): Promise<object> => (await import("./helper.js")).default(asked);\n',
  "own-place.ts":
    'import { readFileSync } from "node:fs";\nimport path from "node:path";\nimport { Builder } from "./helper.js";\nconst read = (place: URL | string) => JSON.parse(readFileSync(place, "utf8")).depth;\nconst depth = read(new URL("./depth.json", import.meta.url));\nif (depth !== read(path.join(import.meta.dirname, "depth.json"))) throw new Error(import.meta.filename);\nexport default new Builder(depth).build;\n',
  "imported-data.ts":
    'import data from "./depth.json" with { type: "json" };\nimport { Builder } from "./helper.js";\nexport default new Builder(data.depth).build;\n',
  "awaiting.ts":
    'import build, { depth } from "./late.js";\nif (await Promise.resolve(depth) !== 8) throw new Error("late");\nexport default build;\n',
  "required.ts":
    'import { createRequire } from "node:module";\nimport build from "./helper.js";\nconst own = createRequire(import.meta.url);\nif (own("./depth.json").depth !== own("classic").depth) throw new Error("required");\nexport default build;\n',
  "script.js": 'import build from "./helper.ts";\nexport default build;\n',
};

/** Imported by those. */
const modernHelpers: Files = {
  "late.ts": 'export const depth = await Promise.resolve(8);\nexport { default } from "./helper.js";\n',
};

/** Valid in a project of CommonJS. */
const classic: Files = {
  "exports.ts":
    'import helper = require("./helper");\nimport path = require("node:path");\nif (path.basename(__filename) !== "exports.ts") throw new Error(__dirname);\nexport = { default: helper.default };\n',
  "without-extensions.ts":
    'import build from "./folder";\nimport data from "./depth.json";\nif (data.depth !== 8) throw new Error("depth");\nexport default build;\n',
  "script.js": 'const { default: build } = require("./helper");\nmodule.exports = build;\n',
};

/** An experiment of a person's own, with the unit that it counts in from a helper. */
const experiment: Files = {
  "counting.mts": `import { type Claim, column, count, experiment, judge, type RowOf, type Rows, seeds } from "cnn-findings";
import { Unit } from "./unit.js";
const parameters = { terms: count("numbers added", 4), seeds: seeds({ smoke: 2, quick: 2, paper: 2 }) };
const columns = { sum: column.whole("their sum", Unit.One) };
type Cell = { readonly seed: number };
const claim = {
  ...{ id: "H99", statement: "Numbers add up.", source: "Gauss 1786", measuredBy: "sums", rule: "reproduced when the sum is 10" },
  ...{ paperValue: "10", effectName: "sum", unit: "units", minimumSeeds: 1 },
} as const satisfies Claim;
export default experiment<typeof parameters, typeof columns, Cell, typeof claim>("counting", {
  ...{ title: "Counting", question: "What do numbers add up to?", source: "Gauss 1786", datasets: [], parameters, columns },
  cells: ({ seeds }) => seeds.map((seed) => ({ seed })),
  measure: async (_run, _cell, { terms }) => [{ sum: (terms * (terms + 1)) / 2 }],
  claims: { H99: (rows: Rows<RowOf<typeof columns, Cell>>) => judge(rows.perSeed("sum")).exactly(10) },
  figures: () => [],
  departures: () => [],
}, [claim]);
`,
  "unit.ts": 'export enum Unit { One = "units" }\n',
};

const compilerOptions = {
  ...{
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
  },
  ...{
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    jsx: "preserve",
    esModuleInterop: true,
    resolveJsonModule: true,
  },
};

/** A project with files with networks. */
export interface UserProject {
  readonly name: string;
  /** Its files with networks, by their names. */
  readonly networks: readonly string[];
}

/**
 * Writes projects whose files all give the same network: ES modules, CommonJS, paths of a tsconfig.json, and one that is none.
 *
 * @returns the folders in `folder`
 */
export function writeUserProjects(folder: string): UserProject[] {
  const odd = {
    "script.js": 'export { default } from "./helper.ts";\n',
    "mapped.ts": 'export { default } from "@own/helper.js";\n',
  };
  const mapped = {
    ...compilerOptions,
    target: "es5",
    module: "preserve",
    paths: { "@own/*": ["./*"] },
    experimentalDecorators: true,
  };
  const json = (value: object) => JSON.stringify(value, null, 2);
  return [
    write("es modules", { ...anywhere, ...modern }, modernHelpers, { type: "module" }, json({ compilerOptions })),
    write("common js", { ...anywhere, ...classic }, {}, { type: "commonjs" }, json({ compilerOptions })),
    write(
      "odd settings, 100 % ü#1",
      odd,
      {},
      { type: "module" },
      `{ // a comment\n"compilerOptions": ${json(mapped)}, }`,
    ),
    write(
      "none",
      { "function.ts": anywhere["function.ts"]! },
      {},
      { type: "module" },
      '{ "extends": "./nowhere.json" }',
    ),
    write("broken", { "function.ts": anywhere["function.ts"]! }, {}, {}, "no json {"),
  ];

  function write(name: string, networks: Files, imported: Files, manifest: object, settings: string): UserProject {
    const files = {
      ...helpers,
      ...experiment,
      ...imported,
      ...networks,
      "package.json": json(manifest),
      "tsconfig.json": settings,
    };
    for (const [file, text] of Object.entries(files)) {
      const place = path.join(folder, name, file);
      mkdirSync(path.dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
    return { name, networks: Object.keys(networks) };
  }
}

/**
 * Loads all networks of projects, each in the same process, by a Node.
 *
 * @param sources src/ of a checkout, or what it is compiled to
 * @returns for each file "ok", or what is said of it
 */
export async function loadAll(
  node: string,
  sources: string,
  folder: string,
  projects: readonly UserProject[],
): Promise<Record<string, string>> {
  const files = projects.flatMap(({ name, networks }) => networks.map((file) => path.join(folder, name, file)));
  const program = `
    const { buildByName } = require(${JSON.stringify(path.join(sources, "index"))});
    globalThis.own = buildByName;
    const { loadCustomNetwork } = require(${JSON.stringify(path.join(sources, "custom-network", "file"))});
    const asked = { inputShape: [8, 8, 1], classes: 3 };
    const wanted = JSON.stringify(buildByName("resnet8", { ...asked, width: 2 }));
    (async () => {
      const said = {};
      for (const file of ${JSON.stringify(files)}) {
        said[file] = await loadCustomNetwork(file, asked).then(
          ({ architecture }) => (JSON.stringify(architecture) === wanted ? "ok" : architecture.name),
          (error) => error.message,
        );
      }
      console.log(JSON.stringify(said));
    })();`;
  const register = path.join(sources, "cli", "register.cjs");
  const ended: Ended = await execute(node, ["-r", register, "-e", program], { cwd: folder });
  if (ended.status !== 0) throw new Error(ended.stderr || ended.stdout);
  const said: Record<string, string> = JSON.parse(ended.stdout);
  return Object.fromEntries(Object.entries(said).map(([file, text]) => [path.relative(folder, file), text]));
}
