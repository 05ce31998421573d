import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readOnlyFolder, root, temporaryFolder } from "./sandbox";

type Packages = Record<string, { version?: string; integrity?: string; optional?: boolean }>;

/** Whether a checkout with this lock and this record of what npm installed counts as installed. */
function installed(lock: Packages, record: Packages | null): boolean {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...lock } }));
  mkdirSync(path.join(folder, "node_modules"));
  if (record !== null) {
    writeFileSync(path.join(folder, "node_modules/.package-lock.json"), JSON.stringify({ packages: record }));
  }
  const program = `console.log(require(${JSON.stringify(path.join(root, "src/runtime/setup.cjs"))}).packagesAreInstalled(${JSON.stringify(folder)}))`;
  return execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }).trim() === "true";
}

test("node_modules counts as installed when every package that is needed is there in its version", () => {
  const lock: Packages = {
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/b": { version: "2.0.0", optional: true },
  };
  const a = { version: "1.0.0", integrity: "sha512-a" };
  assert.is(installed(lock, { "node_modules/a": a }), true, "the optional one is for another platform");
  assert.is(installed(lock, null), false, "npm has not finished");
  assert.is(installed(lock, {}), false);
  assert.is(installed(lock, { "node_modules/a": { ...a, version: "1.0.1" } }), false);
  assert.is(installed(lock, { "node_modules/a": { ...a, integrity: "sha512-other" } }), false);
  assert.is(installed(lock, { "node_modules/a": a, "node_modules/b": { version: "1.0.0" } }), false);
});

test("the lock names no download address, every package has its exact version, and no optional one is left out", () => {
  const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const places = Object.keys(lock.packages);
  for (const [place, entry] of Object.entries<Record<string, unknown>>(lock.packages)) {
    assert.not.ok("resolved" in entry, place);
    // npm leaves out what its registry lacks for other platforms; `npm ci` then refuses the lock.
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      assert.ok(places.includes(`node_modules/${name}`), `${name}, for ${place}`);
    }
  }
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
    assert.is(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
});

/** Two packages in files, one of them for development, and a project that needs them, as npm itself locks it: no network. */
function projectOfFiles(): string {
  const folder = temporaryFolder();
  const npm = (cwd: string, ...words: string[]) =>
    execFileSync("npm", [...words, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd,
      env: plain,
      stdio: "pipe",
    });
  const write = (place: string, manifest: object) => {
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "package.json"), JSON.stringify({ version: "1.0.0", ...manifest }));
  };
  for (const name of ["needed", "tool"]) {
    write(path.join(folder, "sources", name), { name });
    npm(path.join(folder, "sources", name), "pack", "--pack-destination", folder);
  }
  const dependencies = { needed: "file:needed-1.0.0.tgz" };
  write(folder, { name: "project", dependencies, devDependencies: { tool: "file:tool-1.0.0.tgz" } });
  npm(folder, "install", "--package-lock-only");
  return folder;
}

/** Without what `npm test` itself hands on of npm's settings. */
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_ENV$/i.test(name)));

/** What set-up says of a folder's packages, null where they are installed. */
function installing(folder: string, environment: NodeJS.ProcessEnv): string | null {
  const program = `console.log(JSON.stringify(require(${JSON.stringify(path.join(root, "src/runtime/setup.cjs"))}).installPackages(${JSON.stringify(folder)}) ?? null))`;
  return JSON.parse(
    execFileSync(process.execPath, ["-e", program], {
      encoding: "utf8",
      env: { ...plain, ...environment },
      stdio: "pipe",
    }),
  );
}

test("whatever npm's settings for one's own projects are, npm installs the whole tree, each time", () => {
  const folder = projectOfFiles();
  const settings: readonly [npmrc: string, environment: NodeJS.ProcessEnv][] = [
    ["", { NODE_ENV: "production" }],
    ["omit=dev\n", {}],
    ["omit[]=dev\nomit[]=optional\n", { npm_config_production: "true" }],
    ["install-strategy=linked\n", {}],
    ["install-strategy=nested\nlegacy-peer-deps=true\n", { npm_config_omit: "dev" }],
    ["global=true\n", {}],
    ["dry-run=true\n", {}],
    ["package-lock-only=true\n", {}],
    ["package-lock=false\n", {}],
  ];
  for (const [npmrc, environment] of settings) {
    const userconfig = path.join(folder, "npmrc");
    writeFileSync(userconfig, npmrc);
    rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
    const given = { ...environment, npm_config_userconfig: userconfig, npm_config_offline: "true" };
    assert.is(installing(folder, given), null, `${npmrc} ${JSON.stringify(environment)}`);
    for (const name of ["needed", "tool"])
      assert.ok(existsSync(path.join(folder, "node_modules", name, "package.json")), npmrc);
    assert.is(installing(folder, { ...given, PATH: "" }), null, "npm is not asked again");
  }
});

test("npm gets another cache where its own cannot be written", () => {
  const home = readOnlyFolder();
  if (home === undefined) return;
  const folder = projectOfFiles();
  assert.is(installing(folder, { HOME: home, npm_config_offline: "true" }), null);
});

test("a Node that is too old is told from one that will do", () => {
  const program = `const { nodeProblem } = require(${JSON.stringify(path.join(root, "src/runtime/setup.cjs"))});
    console.log(JSON.stringify(["18.20.0", "20.18.3", "20.19.0", "22.1.0", "24.0.0"].map((version) => nodeProblem(version) === undefined)));`;
  const told = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.equal(JSON.parse(told), [false, false, true, true, true]);
});

test.run();
