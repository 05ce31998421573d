import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, execute } from "../../src/runtime/set-up/tools";
import { root, temporaryFolder } from "./sandbox";

/** Runs the test runner on files of these names and contents. */
function runTests(
  files: Readonly<Record<string, string>>,
  given: readonly string[] = [],
  environment = {},
): Promise<Ended> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  const program = ["-r", path.join(root, "src/cli/register.cjs"), path.join(root, "tests/run.ts")];
  return execute(process.execPath, [...program, "--folder", folder, ...given], {
    cwd: root,
    env: { ...process.env, CI: "", ...environment },
  });
}

const uvu = `const { test } = require(${JSON.stringify(require.resolve("uvu"))});`;
const passing = `${uvu} test("one", () => {}); test("two", async () => {}); test.run();`;
const failing = `${uvu} test("good", () => {}); test("bad", () => { throw new Error("the reason"); }); test.run();`;
const lastLine = ({ stdout }: Ended) => stdout.trimEnd().split("\n").at(-1);

test("what passes is counted, over files and folders", async () => {
  const ended = await runTests({ "a.test.ts": passing, "deeper/b.test.ts": passing, "not-a-test.ts": "throw 1" });
  assert.is(lastLine(ended), "4 passed, 0 failed");
  assert.is(ended.status, 0);
});

test("a failing test is counted, shown, and decides the status", async () => {
  const ended = await runTests({ "a.test.ts": failing, "b.test.ts": passing });
  assert.is(lastLine(ended), "3 passed, 1 failed");
  assert.is(ended.status, 1);
  assert.match(ended.stdout, "the reason");
  assert.match(ended.stdout, /^FAILED .*a\.test\.ts/m);
});

test("a file that runs no test fails: without test.run(), without tests, or empty", async () => {
  const ended = await runTests({
    "a.test.ts": `${uvu} test("never run", () => {});`,
    "b.test.ts": `${uvu} test.run();`,
    "c.test.ts": "",
  });
  assert.is(lastLine(ended), "0 passed, 3 failed");
  assert.is(ended.status, 1);
  assert.match(ended.stdout, "ran no tests");
});

test("a file that skips all of its tests, as where what they need is not installed, does not fail", async () => {
  const ended = await runTests({ "a.test.ts": `${uvu} test.skip("without packages", () => {}); test.run();` });
  assert.is(ended.status, 0, ended.stdout);
  assert.match(ended.stdout, "0 passed, 1 skipped");
});

test("a file that cannot be loaded, that crashes, or that ends badly after its tests fails", async () => {
  const ended = await runTests({
    "a.test.ts": 'require("./no-such-file");',
    "b.test.ts": `${uvu} test("crash", () => process.kill(process.pid, "SIGSEGV")); test.run();`,
    "c.test.ts": `${uvu} test("fine", () => {}); test.run(); process.on("exit", () => { process.exitCode = 5; });`,
    "d.test.ts": `${uvu} test("never settles", () => new Promise(() => {})); test.run();`,
  });
  assert.is(lastLine(ended), "1 passed, 4 failed");
  assert.match(ended.stdout, "was ended by SIGSEGV");
  assert.match(ended.stdout, "ended with status 5");
});

test("a file that hangs is ended at its time limit, with what it started", async () => {
  const hanging = `${uvu}
    const child = require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit" });
    test("hangs", () => new Promise(() => setInterval(() => {}, 1000))); test.run();`;
  const start = performance.now();
  const ended = await runTests({ "a.test.ts": hanging }, ["--seconds", "2"]);
  assert.match(ended.stdout, "took longer than 2 s");
  assert.is(lastLine(ended), "0 passed, 1 failed");
  assert.ok(performance.now() - start < 30_000);
});

test("work is limited, of all processes that a file starts; one that only waits does none", async () => {
  if (process.platform !== "linux") return; // elsewhere wall time alone is limited
  const busy = JSON.stringify("for (;;);");
  const working = `${uvu}
    const child = require("node:child_process").spawn(process.execPath, ["-e", ${busy}], { stdio: "inherit" });
    test("waits for it", () => new Promise((resolve) => child.on("close", resolve))); test.run();`;
  const waiting = `${uvu} test("waits", () => new Promise((resolve) => setTimeout(resolve, 8000))); test.run();`;
  const ended = await runTests({ "a.test.ts": working, "b.test.ts": waiting }, ["--work", "5"]);
  assert.match(ended.stdout, "a.test.ts did more than 5 s of work");
  assert.is(lastLine(ended), "1 passed, 1 failed");
});

test("files that start programs begin, and those that did the most work are named at the end with what they started", async () => {
  const busy = JSON.stringify("while (process.cpuUsage().user < 1e6);");
  const starting = `${uvu} const { spawnSync } = require("node:child_process");
    test("starts", () => { spawnSync(process.execPath, ["-e", ${busy}]); }); test.run();`;
  const { stdout } = await runTests({ "a.test.ts": passing + "\n".repeat(999), "b.test.ts": starting }, [
    "--jobs",
    "1",
  ]);
  const told = [...stdout.matchAll(/^ok .*([ab])\.test\.ts/gm)].map(([, name]) => name);
  assert.equal(told, ["b", "a"]);
  const [, first, second, all] =
    /^ +([\d.]+) +[\d.]+ +.*b\.test\.ts\n +([\d.]+) .*a\.test\.ts\n +([\d.]+) +all 2 files$/m
      .exec(stdout)!
      .map(Number) as [number, number, number, number];
  if (process.platform !== "linux") return; // elsewhere no work is seen
  assert.ok(first > second, stdout);
  assert.ok(Math.abs(first + second - all) < 0.2, stdout);
});

test("a file that waits leaves its place to the next, one that computes does not", async () => {
  if (process.platform !== "linux") return; // elsewhere no work is seen
  const done = JSON.stringify(path.join(temporaryFolder(), "done"));
  const waiting = `${uvu} test("waits for the next file", async () => {
      const end = Date.now() + 120_000;
      while (!require("node:fs").existsSync(${done})) {
        if (Date.now() > end) throw new Error("the next file did not begin");
        await new Promise((resolve) => setTimeout(resolve, 50));
      } }); test.run();`;
  const computing = `${uvu} test("computes", () => { const end = Date.now() + 9000; while (Date.now() < end); }); test.run();`;
  const next = `${uvu} test("next", () => require("node:fs").writeFileSync(${done}, "")); test.run();`;
  const told = async (first: string) => {
    const ended = await runTests({ "a.test.ts": first + "\n".repeat(999), "b.test.ts": next }, ["--jobs", "1"]);
    assert.is(lastLine(ended), "2 passed, 0 failed");
    return [...ended.stdout.matchAll(/^ok .*([ab])\.test\.ts/gm)].map(([, name]) => name);
  };
  await told(waiting);
  assert.equal(await told(computing), ["a", "b"]);
});

test("patterns choose files; one that matches nothing is an error", async () => {
  const files = { "a.test.ts": passing, "b.test.ts": failing };
  assert.is(lastLine(await runTests(files, ["a.test"])), "2 passed, 0 failed");
  const ended = await runTests(files, ["a.test", "c.test"]);
  assert.is(ended.status, 2);
  assert.match(ended.stderr, 'no test file matches "c.test"');
});

test("a folder without tests, a folder that is not there and a wrong option are errors", async () => {
  assert.match((await runTests({})).stderr, "there is no test file");
  assert.match((await runTests({}, ["--folder", "/no/such/place"])).stderr, "there is no folder");
  for (const wrong of [["--nonsense"], ["--jobs", "0"]]) {
    assert.is((await runTests({ "a.test.ts": passing }, wrong)).status, 2, wrong.join(" "));
  }
});

test("in continuous integration, test.only may not leave other tests out", async () => {
  const only = { "a.test.ts": `${uvu} test("left out", () => { throw 1; });\ntest.only("one", () => {}); test.run();` };
  assert.is((await runTests(only)).status, 0);
  const ended = await runTests(only, [], { CI: "true" });
  assert.is(ended.status, 1);
  assert.match(ended.stdout, "test.only");
});

test.run();
