import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSandbox } from "./sandbox";

const sandbox = makeSandbox();
const runProgram = "src/runtime/run.cjs";

/** With this, set-up fails at once. */
const noPython = { PYTHON: "/no/such/python" };

writeFileSync(
  path.join(sandbox.folder, "program.ts"),
  `const given: string[] = process.argv.slice(2);
if (given.includes("wait")) {
  process.on("SIGTERM", () => { console.log("ended in order"); process.exit(7); });
  setInterval(() => {}, 1000);
} else process.exitCode = given.includes("fail") ? 3 : 0;
console.log(JSON.stringify(given));`,
);

test("arguments reach the program untouched, its status comes back, standard output is its own", async () => {
  const given = ["--without-tensorflow", "program.ts", "--scale", "smoke", "a b", "--", "--x=1"];
  const { status, stdout } = await sandbox.run(runProgram, given);
  assert.is(status, 0);
  assert.equal(JSON.parse(stdout), given.slice(2));
  assert.is((await sandbox.run(runProgram, ["--without-tensorflow", "program.ts", "fail"])).status, 3);
});

test("a program that only helps, or computes in JavaScript, needs no TensorFlow", async () => {
  for (const given of [["--help"], ["--backend", "cpu"], ["--backend=cpu"]]) {
    const { status, stdout } = await sandbox.run(runProgram, ["program.ts", ...given], noPython);
    assert.is(status, 0, given.join(" "));
    assert.equal(JSON.parse(stdout), given);
  }
});

test("where set-up fails, the program does not start", async () => {
  for (const given of [[], ["--backend", "tensorflow"], ["cpu"]]) {
    const { status, stdout, stderr } = await sandbox.run(runProgram, ["program.ts", ...given], noPython);
    assert.is(status, 1);
    assert.is(stdout, "");
    assert.match(stderr, "Python 3.8 or later was not found");
  }
});

test("SIGTERM reaches the program, which ends in its own way", async () => {
  const given = [path.join(sandbox.folder, runProgram), "--without-tensorflow", "program.ts", "wait"];
  const child = spawn(process.execPath, given, { cwd: sandbox.folder, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  const status = await new Promise((resolve) => {
    child.on("close", resolve);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout === "") child.kill("SIGTERM");
      stdout += text;
    });
  });
  assert.match(stdout, "ended in order");
  assert.is(status, 7);
});

test("without a program it says how it is used", async () => {
  const { status, stderr } = await sandbox.run(runProgram);
  assert.is(status, 2);
  assert.match(stderr, "Usage:");
});

test.run();
