import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findCompiler, findPython, pipOf } from "../../src/runtime/set-up/tools";
import { pathWith } from "./sandbox";

/** Does something with these environment variables, which are as they were afterwards. */
async function withEnvironment(values: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, values);
  try {
    await work();
  } finally {
    for (const name of Object.keys(values)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

test("a program that a variable names may have several words", () =>
  withEnvironment({ CXX: "env g++", PYTHON: "env python3" }, async () => {
    const compiler = await findCompiler();
    assert.equal([compiler.command, ...compiler.leading], ["env", "g++"]);
    const python = await findPython();
    assert.equal([python.command, ...python.leading], ["env", "python3"]);
    assert.match(pipOf(python).version, /^\d/);
  }));

test("a Python without pip that comes first on the path gives way to the next that has it", async () => {
  const bare = pathWith({ python3: { script: 'case "$*" in *pip*) exit 1;; *) echo 3.12.1;; esac' } });
  await withEnvironment({ PATH: `${bare}${path.delimiter}${process.env.PATH}` }, async () => {
    const python = await findPython();
    assert.not.ok(python.command.startsWith(bare));
    assert.match(pipOf(python).version, /^\d/);
  });
});

test.run();
