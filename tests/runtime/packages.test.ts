import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root, temporaryFolder } from "./sandbox";

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

test("a Node that is too old is told from one that will do", () => {
  const program = `const { nodeProblem } = require(${JSON.stringify(path.join(root, "src/runtime/setup.cjs"))});
    console.log(JSON.stringify(["18.20.0", "20.18.3", "20.19.0", "22.1.0", "24.0.0"].map((version) => nodeProblem(version) === undefined)));`;
  const told = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.equal(JSON.parse(told), [false, false, true, true, true]);
});

test.run();
