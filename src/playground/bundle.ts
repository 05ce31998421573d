/**
 * The scripts of a playground's page, each one file: this project's own TypeScript, with TensorFlow.js's core and backends for
 * browsers.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "esbuild";

/** `engine` computes, in a worker; `page` is what a person sees and touches. */
export interface PageScripts {
  readonly engine: string;
  readonly page: string;
}

/** The same without types: where they lie once they are bundled, as in the npm package. */
export function bundledFile(name: keyof PageScripts): string {
  return path.join(__dirname, "browser", `${name}.bundle.js`);
}

/** The scripts as they were bundled for the npm package, else bundled now, in about a second. */
export async function pageScripts(): Promise<PageScripts> {
  const [engine, page] = [bundledFile("engine"), bundledFile("page")];
  if (existsSync(engine) && existsSync(page)) {
    return { engine: readFileSync(engine, "utf8"), page: readFileSync(page, "utf8") };
  }
  return bundleScripts();
}

/** @throws Error where a script would need something of Node, or of a package that is not for browsers */
export async function bundleScripts(): Promise<PageScripts> {
  const { build } = require("esbuild") as typeof import("esbuild");
  const entry = (name: keyof PageScripts) => path.join(__dirname, "browser", `${name}.ts`);
  const { outputFiles, metafile } = await build({
    entryPoints: { engine: entry("engine"), page: entry("page") },
    outdir: path.join(__dirname, "browser"),
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    legalComments: "eof",
    loader: { ".wasm": "binary" },
    logLevel: "silent",
    plugins: [browserDoor],
  });
  const foreign = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  if (foreign.length > 0) {
    throw new Error(`the playground's scripts need ${foreign.map((one) => one.path).join(", ")}, which no browser has`);
  }
  const textOf = (name: string) => outputFiles.find((file) => path.basename(file.path) === `${name}.js`)!.text;
  return { engine: textOf("engine"), page: textOf("page") };
}

const source = path.resolve(__dirname, "..");

/**
 * Puts the browser's door in place of the room `runtime`, and its own in place of two modules of Node; leaves out every module of which nothing is used: the doors of
 * other rooms lead to files that only Node can run. What is used none the less shows as an external import.
 */
const browserDoor: Plugin = {
  name: "browser door",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path: wanted, resolveDir }) => {
      if (!resolveDir.startsWith(source)) return null;
      const target = path.resolve(resolveDir, wanted);
      if (target === path.join(source, "runtime")) return { path: path.join(__dirname, "browser", "runtime.ts") };
      const file = [`${target}.ts`, path.join(target, "index.ts"), target].find(existsSync)!;
      return { path: file, sideEffects: false };
    });
    onResolve({ filter: /^node:/ }, ({ importer }) => {
      const [room] = path.relative(source, importer).split(path.sep);
      if (room !== "random" && room !== "dynamics") return null;
      return { path: path.join(__dirname, "browser", "node.ts"), sideEffects: false };
    });
    onResolve({ filter: /^[^./]/ }, ({ path: wanted, importer }) => {
      const forBrowsers = /^(@tensorflow|@noble|pure-rand)\//.test(wanted);
      if (!importer.startsWith(source) || forBrowsers) return null;
      return { path: wanted, external: true, sideEffects: false };
    });
  },
};
