import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runtimeFacts } from "../../src/runtime";
import { execute } from "../../src/runtime/set-up/tools";
import { readStamp, stampFile } from "../../src/runtime/set-up-options.cjs";
import { makeSandbox, ownTensorFlow, pathWith, readOnlyFolder, root, temporaryFolder } from "./sandbox";

const sandbox = makeSandbox();
const setUpProgram = "src/runtime/setup.cjs";
const binding = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";
/** Compiles in a quarter of the time, to what nobody computes much with. */
const hastily = { CXX: path.join(pathWith({ "g++": { script: 'exec g++ "$@" -O0' } }), "g++") };

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
  const { status, stderr } = await sandbox.run(setUpProgram, ["--tensorflow", ownTensorFlow()], hastily);
  assert.is(status, 0, stderr);
  assert.match(stderr, /^building the binding for Node \.\.\. \d+\.\d s$/m);
  assert.match(stderr, /^trying it \.\.\. \d+\.\d s$/m);
  assert.is(readStamp(sandbox.folder)?.choice, ownTensorFlow());
  assert.ok(existsSync(path.join(sandbox.folder, binding)));
});

test("the second time it only tries what is there before it says ready, and the choice stays", async () => {
  const { status, stderr } = await sandbox.run(setUpProgram);
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "building");
  assert.match(stderr, /^trying it \.\.\. \d+\.\d s\nready: TensorFlow/m);
  assert.ok(stderr.endsWith(`ready: TensorFlow ${readStamp(sandbox.folder)?.version} in ${ownTensorFlow()}\n`), stderr);
});

test("the doctor is content, and can say so in words", async () => {
  const { status, stdout } = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor"]);
  assert.is(status, 0, stdout);
  assert.match(stdout, /^ok +TensorFlow +2\.\d+\.\d+ through TensorFlow\.js 4\.22\.0, on the (CPU|GPU)$/m);
  assert.match(stdout, /^ok +library +.*\(named by you\)$/m);
});

/** Another library of TensorFlow's name, as a second TensorFlow or a module of a cluster puts it on the loader's path. */
function otherLibrary(): string {
  const folder = temporaryFolder();
  const source = path.join(folder, "other.c");
  writeFileSync(source, "int of_another_tensorflow(void) { return 1; }\n");
  for (const name of ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"]) {
    execFileSync("g++", ["-shared", "-fPIC", `-Wl,-soname,${name}`, "-o", path.join(folder, name), source]);
  }
  return folder;
}

test("another TensorFlow on LD_LIBRARY_PATH is passed over", async () => {
  if (process.platform !== "linux") return;
  const environment = { LD_LIBRARY_PATH: otherLibrary() };
  const { status, stdout } = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor"], environment);
  assert.is(status, 0, stdout);
  assert.match(stdout, /^ok +TensorFlow +2\./m);
  const again = await sandbox.run(setUpProgram, [], environment);
  assert.is(again.status, 0, again.stderr);
  assert.match(again.stderr, /^ready: /m);
});

test("where another library is put before it by force, set-up does not say ready, and says what to unset", async () => {
  if (process.platform !== "linux") return;
  const environment = { LD_PRELOAD: path.join(otherLibrary(), "libtensorflow_framework.so.2") };
  const { status, stderr } = await sandbox.run(setUpProgram, [], environment);
  assert.is(status, 1, stderr);
  assert.match(stderr, 'the backend "tensorflow" was tried and it failed');
  assert.match(stderr, "without LD_PRELOAD it works: `unset LD_PRELOAD`");
  assert.not.match(stderr, /^ready/m);
  const doctor = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor"], environment);
  assert.is(doctor.status, 1);
  assert.match(doctor.stdout, "-> without LD_PRELOAD it works");
});

test("a binding that was cut short is noticed, and put back from the cache without a compiler", async () => {
  truncateSync(path.join(sandbox.folder, binding), 1000);
  const { status, stderr } = await sandbox.run(setUpProgram, [], { PATH: pathWith({}) });
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "building");
  assert.match(stderr, "trying it");
});

test("once TensorFlow is set up for a GPU, what computes fails where none is seen, and the doctor says why", async () => {
  if (runtimeFacts().isGpu) return;
  const stamp = path.join(sandbox.folder, stampFile);
  const text = readFileSync(stamp, "utf8");
  writeFileSync(
    path.join(sandbox.folder, "compute.ts"),
    'import { requireGpuWhereAsked } from "./src/runtime";\nrequireGpuWhereAsked(false);\n',
  );
  assert.is((await sandbox.run("compute.ts")).status, 0);
  writeFileSync(stamp, JSON.stringify({ ...JSON.parse(text), choice: "gpu" }));
  try {
    const { status, stderr } = await sandbox.run("compute.ts");
    assert.is(status, 1);
    assert.match(stderr, "TensorFlow is set up for a GPU, but ");
    assert.match(stderr, "`npx cnn-findings setup --cpu` lets the processor compute");
    assert.is((await sandbox.run("compute.ts", [], { CNN_FINDINGS_BACKEND: "cpu" })).status, 0); // asked for by name
    const doctor = await sandbox.run("src/cli/cnn-findings.cjs", ["doctor"]);
    assert.match(doctor.stdout, /^warning +GPU +TensorFlow is set up for a GPU, but /m);
  } finally {
    writeFileSync(stamp, text);
  }
});

test("a second checkout of the same user takes the binding from the cache", async () => {
  const second = makeSandbox();
  const environment = { XDG_CACHE_HOME: sandbox.cache, CNN_FINDINGS_TENSORFLOW: ownTensorFlow() };
  const { status, stderr } = await second.run(setUpProgram, [], environment);
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "building");
});

test("where this project's own part of the binding has changed, it is built anew; where the home is read-only, into a cache beside the packages", async () => {
  const older = makeSandbox();
  const home = readOnlyFolder();
  const cache = path.join(older.folder, "node_modules/.cache");
  const bindings = path.join(cache, "cnn-findings/bindings");
  cpSync(path.join(sandbox.cache, "cnn-findings/bindings"), bindings, { recursive: true });
  const built = readdirSync(bindings).length;
  const place = home === undefined ? { XDG_CACHE_HOME: cache } : { XDG_CACHE_HOME: "", HOME: home };
  const environment = { ...place, CNN_FINDINGS_TENSORFLOW: ownTensorFlow() };
  const first = await older.run(setUpProgram, [], environment);
  assert.is(first.status, 0, first.stderr);
  assert.not.match(first.stderr, "building");
  const header = path.join(older.folder, "src/runtime/native/attribute-lists.h");
  writeFileSync(header, `${readFileSync(header, "utf8")}\n// newer\n`);
  assert.is(readStamp(older.folder), undefined);
  const { status, stderr } = await older.run(setUpProgram, [], { ...environment, ...hastily });
  assert.is(status, 0, stderr);
  assert.match(stderr, "building the binding for Node");
  assert.is(readdirSync(bindings).length, built + 1);
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
  assert.match(cpu.stdout, "tensorflow-cpu==2.21.0");
  const gpu = await fresh.run(setUpProgram, ["--dry-run", "--gpu"]);
  assert.is(gpu.status, 0);
  assert.match(gpu.stdout, / tensorflow==2\.21\.0$/m);
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

test("a ts-node from elsewhere, in a clone without packages, is told what to do first", async () => {
  const bare = makeSandbox();
  rmSync(path.join(bare.folder, "node_modules"), { recursive: true });
  const foreign = path.join(root, "node_modules/ts-node/dist/bin.js"); // as npx would have fetched it
  const { TS_NODE_PROJECT: _, ...env } = process.env;
  const { status, stderr } = await execute(process.execPath, [foreign, "src/cli/program.ts"], {
    cwd: bare.folder,
    env,
  });
  assert.is(status, 1);
  assert.is(
    stderr,
    "error: the packages are not installed yet: `npx cnn-findings setup`, then give this command again\n",
  );
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
