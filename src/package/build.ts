/**
 * Compiles what the npm package holds into dist/: JavaScript that runs without ts-node, and its declarations. `npm pack
 * --ignore-scripts=false` starts it before it packs.
 *
 * In dist/ all lies as it does in the checkout, so that what looks for a file beside its own finds it in both.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { bundledFile, bundleScripts } from "../playground";

const { loadingLate } = require("../cli/cached-transpiler.cjs") as { loadingLate(output: string): string };

const root = path.resolve(__dirname, "..", "..");
const dist = path.join(root, "dist");
const compiled = path.join(root, "node_modules", ".cache", "compiled");

/** Files that are no TypeScript, and folders of such, that what is compiled reads, loads or starts. */
const asTheyAre = [
  "src/claims/bibliography.bib",
  "src/cli/cached-transpiler.cjs",
  "src/cli/register.cjs",
  "src/cli/start-experiment.cjs",
  "src/playground/playground.css",
  "src/report/assets",
  "src/runtime/native",
  "src/runtime/set-up-options.cjs",
  "src/runtime/setup.cjs",
  "src/runtime/set-up/unpack_wheel.py",
];

/** Programs, and what is loaded by its place: with what these import, and the experiments, it is all that is packed of what is compiled. */
const entries = [
  "src/index",
  "src/cli/program",
  "src/slurm/element",
  "src/run/worker",
  "src/runtime/load-test",
  "src/runtime/set-up/set-up-tensorflow",
];

async function main(): Promise<number> {
  rmSync(dist, { recursive: true, force: true });
  // Types are checked, and all is compiled, as by `npm test`, after which there is nothing left to do.
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const project = path.join(root, "src", "package", "tsconfig.json");
  const { status } = spawnSync(process.execPath, [compiler, "--project", project], { stdio: "inherit" });
  if (status !== 0) return 1;
  const experiments = readdirSync(path.join(root, "experiments")).filter((name) => name.endsWith(".ts"));
  for (const stem of reached([...entries, ...experiments.map((name) => `experiments/${path.parse(name).name}`)])) {
    mkdirSync(path.dirname(path.join(dist, stem)), { recursive: true });
    for (const kind of [".js", ".d.ts"]) cpSync(path.join(compiled, stem + kind), path.join(dist, stem + kind));
  }
  for (const name of asTheyAre) {
    mkdirSync(path.dirname(path.join(dist, name)), { recursive: true });
    cpSync(path.join(root, name), path.join(dist, name), { recursive: true });
  }
  await bundle();
  rewrite(path.join(dist, "src"), /(^|\/)index\.js$/, loadingLate); // as in the checkout
  // One's own programs have no option that chooses a backend, where advice names it: they have a variable.
  rewrite(path.join(dist, "src", "runtime"), /\.c?js$/, (text) =>
    text.replaceAll("`--backend cpu`", "`CNN_FINDINGS_BACKEND=cpu`"),
  );
  writeJson("package.json", ownManifest());
  writeJson("tsconfig.json", ownConfiguration());
  return 0;
}

/**
 * Compiled files that files import, types included, and theirs, and themselves, by their places without what kind they are.
 *
 * @throws RangeError where one is not there
 */
function reached(files: readonly string[]): ReadonlySet<string> {
  const found = new Set(files);
  for (const stem of found) {
    for (const kind of [".js", ".d.ts"]) {
      const file = path.join(compiled, stem + kind);
      if (!existsSync(file)) throw new RangeError(`${file} is missing: delete ${compiled}, then build again`);
      for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles) {
        if (!fileName.startsWith(".") || /\.(?:cjs|json)$/.test(fileName)) continue; // packages, and what is packed as it is
        const named = path.join(path.dirname(stem), fileName);
        found.add(existsSync(path.join(compiled, `${named}.js`)) ? named : path.join(named, "index"));
      }
    }
  }
  return found;
}

/** The scripts of the playground, which are no programs of Node: bundled here, the package needs no bundler. */
async function bundle(): Promise<void> {
  const scripts = await bundleScripts();
  for (const name of ["engine", "page"] as const) {
    const file = path.join(dist, path.relative(root, bundledFile(name)));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, scripts[name]);
  }
}

/** Changes the text of those files of a folder, and of folders in it, whose path is like that. */
function rewrite(folder: string, like: RegExp, changed: (text: string) => string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => like.test(file))) {
    const file = path.join(folder, name);
    const text = readFileSync(file, "utf8");
    const now = changed(text);
    if (now !== text) writeFileSync(file, now);
  }
}

/** What provenance names, and the versions of what is installed when it is first needed. */
function ownManifest(): object {
  const { name, version, dependencies, devDependencies, peerDependencies } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  const parts = Object.keys(peerDependencies).filter((part) => part in devDependencies);
  const tried = Object.fromEntries(parts.map((part) => [part, devDependencies[part]]));
  return { name, version, dependencies: { ...dependencies, ...tried }, peerDependencies };
}

/** How an experiment or a network of a project's own is transpiled, where it is written in TypeScript. */
function ownConfiguration(): object {
  const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
  const { noEmit, rootDir, outDir, ...compilerOptions } = config.compilerOptions;
  return { compilerOptions, files: [], "ts-node": config["ts-node"] };
}

function writeJson(name: string, content: object): void {
  writeFileSync(path.join(dist, name), `${JSON.stringify(content, null, 2)}\n`);
}

main().then((status) => {
  process.exitCode = status;
});
