/** The suite at its smallest, without peers: ours and plain TensorFlow.js do the same work, files are written. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CsvRow, readCsv } from "../../src/report";
import { type Ended, execute } from "../../src/runtime";

const root = path.resolve(__dirname, "..", "..");
const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, ...given: string[]): Promise<Ended> {
  const environment = { ...process.env, XDG_CACHE_HOME: path.join(folder, "cache") }; // where no peers are
  const typeScript = ["-r", path.join(root, "src/cli/register.cjs")];
  return execute(process.execPath, [...typeScript, path.join(root, "benchmarks", program), ...given], {
    env: environment,
  });
}

test("a smoke run measures ours and plain TensorFlow.js on the same losses, and names missing peers", async () => {
  const folders = ["--results", path.join(folder, "results"), "--reports", path.join(folder, "reports")];
  const ended = await run(
    "bench.ts",
    "--smoke",
    "--work",
    "training-step,route-sweeps,cell-start,block-deletion",
    ...folders,
  );
  assert.is(ended.status, 0, ended.stderr + ended.stdout);
  const rows = await readCsv(path.join(folder, "results/benchmarks/timings.csv"), [
    { name: "measured", type: "number" },
  ]);
  const of = (contest: string) => rows.filter((row: CsvRow) => row.contest === contest);
  assert.equal(
    [...new Set(of("training-step/resnet8").map(({ contender }) => contender))],
    ["ours", "plain TensorFlow.js"],
  );
  for (const { measured } of of("cell-start")) assert.ok((measured as number) > 0.1, "a worker starts");
  assert.is(of("cell-start").length, 2);
  assert.is(of("block-deletion").length, 1);
  for (const sweep of ["deletions", "orders"]) assert.is(of(`route-sweeps/${sweep}`).length, 4);
  assert.ok(rows.every(({ measured }) => typeof measured === "number" && measured > 0));
  assert.match(ended.stdout, "PyTorch, compiled: not installed");
  assert.match(ended.stdout, "? ours / Keras, at most 1: cannot be told");
  assert.not.match(ended.stdout, "not the same work");
  const page = readFileSync(path.join(folder, "reports/benchmarks.html"), "utf8");
  assert.match(page, "plain TensorFlow.js");
  assert.ok(existsSync(path.join(folder, "reports/assets/plotly.js")));
});

test("misuse is told in words, with status 2", async () => {
  for (const given of [
    ["--work", "training"],
    ["--rounds", "0"],
    ["--precision", "float64"],
    ["--peers", "/no/such/folder"],
    ["--nonsense"],
  ]) {
    const { status, stderr } = await run("bench.ts", ...given);
    assert.is(status, 2, given.join(" "));
    assert.not.match(stderr, /^\s+at /m);
  }
});

test("a profile shows the ops of a step and what is left for JavaScript, which add up to the whole", async () => {
  const { status, stdout, stderr } = await run(
    "profile.ts",
    ...["--network", "resnet8", "--batch", "4", "--side", "8", "--width", "4", "--steps", "2"],
  );
  assert.is(status, 0, stderr);
  const rows = [...stdout.matchAll(/^(\S.*?) {2,}(\S+ +)?([\d.]+) +([\d.]+) %$/gm)];
  const milliseconds = new Map(rows.map(([, name, , taken]) => [name!, Number(taken)]));
  for (const name of ["Conv2D", "Conv2DBackpropFilter", "CnnFindingsNormalise", "JavaScript (the rest)"]) {
    assert.ok(milliseconds.has(name), `${name} is missing in\n${stdout}`);
  }
  const total = milliseconds.get("whole step")!;
  const sum = [...milliseconds.values()].reduce((all, taken) => all + taken, 0) - total;
  assert.ok(Math.abs(sum - total) < 0.01 * milliseconds.size, `${sum} of ${total} ms`); // each is rounded to 0.01
});

test.run();
