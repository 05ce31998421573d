import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, execute } from "../../src/runtime/set-up/tools";
import { pathWith, root, temporaryFolder } from "./sandbox";

/** Runs .ci/run in a checkout with this in the place of `npm test`, and these experiments. */
function runCi(testProgram: string, experiments: Readonly<Record<string, string>>): Promise<Ended> {
  const folder = temporaryFolder();
  cpSync(path.join(root, ".ci"), path.join(folder, ".ci"), { recursive: true });
  cpSync(path.join(root, "tsconfig.json"), path.join(folder, "tsconfig.json"));
  for (const name of ["node_modules", "src"]) symlinkSync(path.join(root, name), path.join(folder, name));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ scripts: { test: "node test.js" } }));
  writeFileSync(path.join(folder, "test.js"), testProgram);
  mkdirSync(path.join(folder, "experiments"));
  for (const [name, program] of Object.entries(experiments)) {
    writeFileSync(path.join(folder, "experiments", name), program);
  }
  const there = { script: "exit 0" }; // nothing counts as missing, so nothing is installed
  const programs = pathWith({ python3: there, "g++": there, chromium: there });
  return execute("bash", [path.join(folder, ".ci/run")], {
    cwd: temporaryFolder(),
    env: {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      CNN_FINDINGS_TEST_NODES: "/none is fetched",
      CNN_FINDINGS_TEST_ONNX: "none is fetched",
    },
  });
}

const smoke = "process.exitCode = process.argv.slice(2).join(' ') === '--scale smoke --workers 1' ? 0 : 9;";
const lastLine = ({ stdout }: Ended) => stdout.trimEnd().split("\n").at(-1);

test("tests and smoke runs are counted together", async () => {
  const ended = await runCi("console.log('40 passed, 0 failed')", { "a.ts": smoke, "b.ts": smoke });
  assert.is(lastLine(ended), "42 passed, 0 failed");
  assert.is(ended.status, 0);
});

test("a failed test and a failed experiment both count, and the rest still runs", async () => {
  const tests = "console.log('39 passed, 1 failed'); process.exitCode = 1";
  const ended = await runCi(tests, { "a.ts": "throw new Error('broken')", "b.ts": smoke });
  assert.is(lastLine(ended), "40 passed, 2 failed");
  assert.is(ended.status, 1);
});

test("`npm test` that ends before it counts anything is a failure", async () => {
  for (const program of ["process.exitCode = 2", "", "console.log('3 passed, 0 failed'); process.exitCode = 1"]) {
    const ended = await runCi(program, {});
    assert.match(lastLine(ended) ?? "", /^[03] passed, 1 failed$/);
    assert.is(ended.status, 1);
  }
});

test.run();
