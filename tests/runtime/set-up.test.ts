import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readStamp } from "../../src/runtime/set-up-options.cjs";
import { makeSandbox, ownTensorFlow, pathWith } from "./sandbox";

const sandbox = makeSandbox();
const setUpProgram = "src/runtime/setup.cjs";
const binding = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

test("the doctor finds a fresh checkout wanting, with status 1", async () => {
  const { status, stdout } = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor", "--json"]);
  assert.is(status, 1);
  const { healthy, facts, findings } = JSON.parse(stdout);
  assert.is(healthy, false);
  assert.is(facts, null);
  const tensorFlow = findings.find(({ subject }: { subject: string }) => subject === "TensorFlow");
  assert.is(tensorFlow.state, "missing");
  assert.equal(tensorFlow.remedies, ["`npx cnn-findings setup`"]);
});

test("with a TensorFlow at hand, set-up builds the binding, tries it and leaves a stamp", async () => {
  const { status, stderr } = await sandbox.run(setUpProgram, ["--tensorflow", ownTensorFlow()]);
  assert.is(status, 0, stderr);
  assert.match(stderr, /^building the binding for Node \.\.\. \d+\.\d s$/m);
  assert.match(stderr, /^trying it \.\.\. \d+\.\d s$/m);
  assert.is(readStamp(sandbox.folder)?.choice, ownTensorFlow());
  assert.ok(existsSync(path.join(sandbox.folder, binding)));
});

test("the second time it is ready within a second, and the choice stays", async () => {
  const start = performance.now();
  const { status, stderr } = await sandbox.run(setUpProgram);
  const seconds = (performance.now() - start) / 1000;
  assert.is(status, 0);
  assert.is(stderr, `ready: TensorFlow ${readStamp(sandbox.folder)?.version} in ${ownTensorFlow()}\n`);
  assert.ok(seconds < 1, `${seconds} s`);
});

test("the doctor is content, and can say so in words", async () => {
  const { status, stdout } = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor"]);
  assert.is(status, 0, stdout);
  assert.match(stdout, /^ok +TensorFlow +2\.\d+\.\d+ through TensorFlow\.js 4\.22\.0, on the (CPU|GPU)$/m);
  assert.match(stdout, /^ok +library +.*\(named by you\)$/m);
});

test("a binding that was cut short is noticed, and put back from the cache without a compiler", async () => {
  truncateSync(path.join(sandbox.folder, binding), 1000);
  const { status, stderr } = await sandbox.run(setUpProgram, [], { PATH: pathWith({}) });
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "building");
  assert.match(stderr, "trying it");
});

test("a second checkout of the same user takes the binding from the cache", async () => {
  const second = makeSandbox();
  const environment = { XDG_CACHE_HOME: sandbox.cache, CNN_FINDINGS_TENSORFLOW: ownTensorFlow() };
  const { status, stderr } = await second.run(setUpProgram, [], environment);
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "building");
});

test("where this project's own part of the binding has changed, the binding is built anew", async () => {
  const older = makeSandbox();
  const environment = { XDG_CACHE_HOME: sandbox.cache, CNN_FINDINGS_TENSORFLOW: ownTensorFlow() };
  await older.run(setUpProgram, [], environment);
  const header = path.join(older.folder, "src/runtime/native/attribute-lists.h");
  writeFileSync(header, `${readFileSync(header, "utf8")}\n// newer\n`);
  assert.is(readStamp(older.folder), undefined);
  const { status, stderr } = await older.run(setUpProgram, [], environment);
  assert.is(status, 0, stderr);
  assert.match(stderr, "building the binding for Node");
});

test("a library that cannot be loaded leaves no stamp", async () => {
  const broken = makeSandbox();
  const load = path.join(broken.folder, "src/runtime/load-test.ts");
  writeFileSync(load, 'console.error("the library does not fit"); process.abort();');
  const { status, stderr } = await broken.run(setUpProgram, ["--tensorflow", ownTensorFlow()], {
    XDG_CACHE_HOME: sandbox.cache,
  });
  assert.is(status, 1);
  assert.match(stderr, 'the backend "tensorflow" was tried and it crashed');
  assert.match(stderr, "the library does not fit");
  assert.is(readStamp(broken.folder), undefined);
});

test("a dry run says what would be fetched, for the processor and for a GPU, and does nothing", async () => {
  if (process.platform !== "linux" || process.arch !== "x64") return;
  const fresh = makeSandbox();
  const cpu = await fresh.run(setUpProgram, ["--dry-run"]);
  assert.is(cpu.status, 0);
  assert.match(cpu.stdout, "tensorflow-cpu==2.18.1");
  const gpu = await fresh.run(setUpProgram, ["--dry-run", "--gpu"]);
  assert.is(gpu.status, 0);
  assert.match(gpu.stdout, / tensorflow==2\.18\.1$/m);
  assert.match(gpu.stdout, "nvidia-cudnn-cu12==9.3.0.75");
  assert.not.ok(existsSync(fresh.cache));
  assert.is(readStamp(fresh.folder), undefined);
});

test("the pure JavaScript backend is chosen: TensorFlow is left out", async () => {
  const fresh = makeSandbox();
  const { status, stderr } = await fresh.run(setUpProgram, [], { CNN_FINDINGS_BACKEND: "cpu", PATH: pathWith({}) });
  assert.is(status, 0);
  assert.match(stderr, "TensorFlow is left out");
});

if (process.env.CNN_FINDINGS_TEST_DOWNLOAD) {
  test("from nothing: fetched, unpacked, built, tried; then damage is noticed and repaired", async () => {
    const fresh = makeSandbox();
    const first = await fresh.run(setUpProgram);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stderr, /^fetching tensorflow/m);
    const stamp = readStamp(fresh.folder);
    const library = stamp?.files[0]?.path ?? "";
    const manifest = JSON.parse(readFileSync(path.join(stamp?.folder ?? "", "../manifest.json"), "utf8"));
    assert.is(manifest.wheels[0].pinned, process.platform === "linux" && process.arch === "x64");
    truncateSync(library, 1000);
    const second = await fresh.run(setUpProgram);
    assert.is(second.status, 0, second.stderr);
    assert.match(second.stderr, "is damaged");
    rmSync(fresh.cache, { recursive: true });
  });
}

test.run();
