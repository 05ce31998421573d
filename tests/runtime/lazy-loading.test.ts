import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { makeSandbox, root } from "./sandbox";

/** Runs some lines with the room at hand as `runtime`, in a process of their own. */
function evaluate(lines: string, environment: NodeJS.ProcessEnv = {}) {
  const program = `const runtime = require("./src/runtime"); const loaded = () => Object.keys(require.cache).some((file) => file.includes("@tensorflow")); ${lines}`;
  return execute(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
    cwd: root,
    env: { ...process.env, ...environment },
  });
}

test("importing the room loads nothing of TensorFlow, using it does", async () => {
  const { stdout } = await evaluate(`
    const before = loaded();
    void runtime.tf.then; void runtime.tf[Symbol.toPrimitive];
    const afterLooking = loaded();
    const two = runtime.tf.add(1, 1).arraySync();
    console.log(JSON.stringify([before, afterLooking, two, loaded()]));`);
  assert.equal(JSON.parse(stdout), [false, false, 2, true]);
});

test("after the first use, tf holds the namespace's members as its own", async () => {
  const { stdout } = await evaluate(`
    const { tf } = runtime;
    const has = "conv2d" in tf;
    const whole = require(tf.getBackend() === "cpu" ? "@tensorflow/tfjs" : "@tensorflow/tfjs-node-gpu");
    console.log(JSON.stringify([has, "nothingOfThisName" in tf, Object.keys(whole).every((name) => tf[name] === whole[name])]));`);
  assert.equal(JSON.parse(stdout), [true, false, true]);
});

test("the pure JavaScript backend computes, prints no advice, and has no TensorFlow kernels", async () => {
  const { status, stdout, stderr } = await evaluate(`
    runtime.chooseBackend("cpu");
    console.log(JSON.stringify([runtime.tf.add(1, 1).arraySync(), runtime.tf.getBackend(), runtime.hasTensorFlowKernels()]));
    try { runtime.kernel("Relu", { T: { type: "float32" } }, 1)([runtime.tf.scalar(1)]); }
    catch (error) { console.log(error.message); }`);
  assert.is(status, 0);
  assert.is(stdout, '[2,"cpu",false]\nRelu needs the backend "tensorflow", but "cpu" is in use\n');
  assert.is(stderr, "");
});

test("the choice of a backend reaches child processes through the environment", async () => {
  const { stdout } = await evaluate(`
    runtime.chooseBackend("cpu");
    const { execFileSync } = require("node:child_process");
    const program = "console.log(require('./src/runtime').chosenBackend())";
    console.log(execFileSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], { encoding: "utf8" }));`);
  assert.is(stdout.trim(), "cpu");
});

test("a backend cannot be changed once it computes", async () => {
  const { stdout } = await evaluate(
    `
    runtime.tf.scalar(1);
    runtime.chooseBackend("cpu");
    try { runtime.chooseBackend("tensorflow"); } catch (error) { console.log(error.message); }
    console.log(runtime.chosenBackend());`,
    { CNN_FINDINGS_BACKEND: "cpu" },
  );
  assert.is(
    stdout,
    'the backend must be chosen before its first use, but "cpu" is loaded and "tensorflow" came\ncpu\n',
  );
});

test("an unknown backend is refused, in the environment as in a call", async () => {
  const { stdout } = await evaluate(
    `
    const told = (work) => { try { work(); } catch (error) { console.log(error.name, error.message); } };
    told(() => runtime.tf.scalar(1));
    told(() => runtime.chooseBackend("webgl"));`,
    { CNN_FINDINGS_BACKEND: "gpu" },
  );
  assert.is(
    stdout,
    'SetUpError CNN_FINDINGS_BACKEND: need backend "tensorflow" or "cpu", got "gpu"\nRangeError need backend "tensorflow" or "cpu", got "webgl"\n',
  );
});

test("a checkout without its binding says what to do, and nothing falls back silently", async () => {
  const sandbox = makeSandbox();
  const { status, stdout, stderr } = await sandbox.run("src/runtime/load-test.ts");
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^TensorFlow cannot be loaded: its binding for Node is not built\./);
  assert.match(stderr, "npx cnn-findings setup");
  assert.match(stderr, "--backend cpu");
  assert.not.match(stderr, /^ +at /m);
});

test.run();
