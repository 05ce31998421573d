/** Kind 22: the script of the guide into a paper reads whatever runs there are: in a fresh clone, and where runs are of every kind. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root, temporaryFolder } from "../runtime/sandbox";

const script = /^```ts verdicts\.ts\n([\s\S]*?)^```$/m.exec(
  readFileSync(join(root, "src/guides/into-a-paper.md"), "utf8"),
)![1]!;
const reference = join(root, "results/reference");
const head = "claim,verdict,effect,ci_low,ci_high,unit,seeds";

/** The lines that the script prints in a checkout with these results. */
function printedWith(fill: (results: string) => void): string[] {
  const folder = temporaryFolder();
  for (const name of ["src", "node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, "verdicts.ts"), script);
  fill(join(folder, "results"));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules/ts-node/dist/bin.js"), "verdicts.ts"],
    { cwd: folder, encoding: "utf8", env: { ...process.env, TS_NODE_PROJECT: join(root, "tsconfig.json") } },
  );
  assert.is(status, 0, stderr);
  return stdout.trim().split(/\r?\n/);
}

test("kind 22: without any run it prints its header", () => {
  assert.equal(
    printedWith(() => {}),
    [head],
  );
});

test("kind 22: in a fresh clone it prints the verdicts of the reference runs", () => {
  const [first, ...verdicts] = printedWith((results) => {
    mkdirSync(results);
    cpSync(reference, join(results, "reference"), { recursive: true });
  });
  assert.is(first, head);
  const runs = readdirSync(reference).filter((name) => !name.includes("."));
  assert.ok(verdicts.length > runs.length);
  assert.ok(verdicts.some((line) => line.startsWith("E1,")));
});

test("kind 22: a store, a benchmark, a run that is half there and one of one's own lie side by side", () => {
  const verdicts = printedWith((results) => {
    for (const folder of ["store", "benchmarks", "half", "tensorboard/x"])
      mkdirSync(join(results, folder), { recursive: true });
    writeFileSync(join(results, "half", "rows.csv"), "");
    writeFileSync(join(results, "notes.txt"), "");
    cpSync(join(reference, "path-counts"), join(results, "path-counts"), { recursive: true });
  });
  assert.is(
    verdicts.length,
    1 + readFileSync(join(reference, "path-counts/claims.csv"), "utf8").trim().split(/\r?\n/).length - 1,
  );
});

test.run();
