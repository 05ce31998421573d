import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectRoot } from "../../src/base";

interface Transpiler {
  transpile(input: string, options: { fileName: string }): { outputText: string };
}

const { create } = require("../../src/cli/cached-transpiler.cjs") as {
  create(given: { service: { config: { options: object } } }): Transpiler;
};
const cache = join(projectRoot, "node_modules", ".cache", "cnn-findings", "transpiled");

test("a damaged entry of the cache is made again, not run", () => {
  const folder = mkdtempSync(join(tmpdir(), "transpiled-"));
  const fileName = join(folder, "sum.ts");
  const source = `export const sum: number = 1 + 41; // ${createHash("sha256").update(folder).digest("hex")}`;
  const before = new Set(readdirSync(cache));
  const transpiled = () => create({ service: { config: { options: {} } } }).transpile(source, { fileName }).outputText;
  const right = transpiled();
  const added = readdirSync(cache).filter((name) => !before.has(name) && readText(name).includes("1 + 41"));
  assert.is(added.length, 1);
  const entry = join(cache, added[0]!);
  try {
    assert.is(transpiled(), right, "it comes from the cache");
    const whole = readFileSync(entry, "utf8");
    for (const damaged of [whole.replace("1 + 41", "1 + 42"), whole.slice(0, -2), ""]) {
      writeFileSync(entry, damaged);
      assert.is(transpiled(), right);
      assert.is(readFileSync(entry, "utf8"), whole);
    }
  } finally {
    rmSync(entry, { force: true });
    rmSync(folder, { recursive: true });
  }
});

function readText(name: string): string {
  try {
    return readFileSync(join(cache, name), "utf8");
  } catch {
    return ""; // another process has just renamed it
  }
}

test.run();
