import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../../src/runtime/set-up/tools";
import { hollowTensorFlow, makeSandbox, pathWith, temporaryFolder } from "./sandbox";

const sandbox = makeSandbox();
const setUp = (given: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  sandbox.run("src/runtime/setup.cjs", given, environment);

/** Every failure ends with status 1, words that name the trouble and a way out, no stack trace, and nothing half made. */
function assertFails({ status, stdout, stderr }: Ended, ...said: (string | RegExp)[]): void {
  for (const words of said) assert.match(stderr, words);
  assert.not.match(stderr, /^ +at .*:\d+/m, "no stack trace");
  assert.is(stdout, "");
  assert.is(status, 1);
  const left = existsSync(sandbox.cache) ? readdirSync(sandbox.cache, { recursive: true }) : [];
  assert.equal(
    left.filter((name) => /\.tmp-|\.node$|\.whl$/.test(String(name))),
    [],
  );
  assert.not.ok(existsSync(path.join(sandbox.folder, "node_modules/.cnn-findings")), "no stamp");
}

const python = {
  link: execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim(),
};
const gxx = { script: 'echo "g++ of the test"' };

test("no Python: how to get it, and how to do without", async () => {
  const ended = await setUp([], { PATH: pathWith({ "g++": gxx }) });
  assertFails(ended, "Python 3.8 or later was not found", "apt-get install python3 python3-pip", "--backend cpu");
});

test("a Python that is too old is not taken", async () => {
  const old = { script: "echo 2.7.18" };
  assertFails(await setUp([], { PATH: pathWith({ python: old, "g++": gxx }) }), "Python 3.8 or later was not found");
});

test("no pip: how to get it", async () => {
  const withoutPip = { script: 'case "$*" in *pip*) echo "No module named pip" >&2; exit 1;; *) echo 3.12.1;; esac' };
  const ended = await setUp([], { PATH: pathWith({ python3: withoutPip, "g++": gxx }) });
  assertFails(ended, "python3 (Python 3.12.1) has no pip", "apt-get install python3-pip");
});

test("no compiler is said before anything is fetched", async () => {
  const ended = await setUp([], { PATH: pathWith({ python3: python }) });
  assertFails(ended, "a C++ compiler was not found (tried g++, clang++, c++)", "apt-get install g++");
  assert.not.match(ended.stderr, "fetching");
});

test("no compiler, with a TensorFlow that is there", async () => {
  const ended = await setUp(["--tensorflow", hollowTensorFlow()], { PATH: pathWith({ python3: python }) });
  assertFails(ended, "a C++ compiler was not found");
});

test("a compiler that fails: its first errors, not all of them", async () => {
  const failing = {
    script:
      'case "$*" in --version) echo "g++ (test) 4.8";; *) echo "x.cc:1: error: no such standard" >&2; exit 1;; esac',
  };
  const ended = await setUp(["--tensorflow", hollowTensorFlow()], { PATH: pathWith({ "g++": failing }) });
  assertFails(ended, "g++ (test) 4.8 could not build the binding", "error: no such standard", "C++17");
});

test("a compiler of several words is called with all of them, quoted or not", async () => {
  const folder = path.join(temporaryFolder(), "with blanks");
  mkdirSync(folder);
  const compiler = path.join(folder, "g++");
  const script =
    'case "$*" in *--version) echo "g++ (test) 12";; *) echo "x.cc: error: called with $*" >&2; exit 1;; esac';
  writeFileSync(compiler, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  for (const [CXX, leading] of [
    [compiler, ""],
    [`'${compiler}' -m64 "-DOWN=a b"`, "-m64 -DOWN=a b "],
    [`env ${compiler.replace(" ", "\\ ")} -m64`, "-m64 "],
  ] as const) {
    const ended = await setUp(["--tensorflow", hollowTensorFlow()], { CXX });
    assertFails(
      ended,
      "g++ (test) 12 could not build the binding",
      `error: called with ${leading}-O3 -ffp-contract=off`,
    );
  }
});

test("a pip that does not know today's wheels: how to get a newer one", async () => {
  const old = { script: 'case "$*" in *pip*) echo "pip 20.2.4 from here";; *) echo 3.8.10;; esac' };
  const ended = await setUp([], { PATH: pathWith({ python3: old, "g++": gxx }) });
  assertFails(ended, "the pip of python3 is 20.2.4", "python3 -m pip install --user --upgrade pip");
});

test("pip without an index: pip's own error, and ways around it", async () => {
  const ended = await setUp([], { PIP_NO_INDEX: "1", PIP_FIND_LINKS: temporaryFolder() });
  assertFails(
    ended,
    "pip could not fetch tensorflow-cpu==2.21.0",
    "ERROR: No matching distribution",
    "glibc 2.27",
    "--tensorflow DIR",
  );
});

test("no network", async () => {
  const unreachable = "http://127.0.0.1:9";
  const ended = await setUp([], { PIP_PROXY: unreachable, PIP_RETRIES: "0", PIP_TIMEOUT: "2", PIP_FIND_LINKS: "" });
  assertFails(ended, "pip could not fetch tensorflow-cpu==2.21.0", "check the network");
});

test("another wheel under the right name is refused by its sha256", async () => {
  const wheels = temporaryFolder();
  const tag = "cp312-cp312-manylinux_2_27_x86_64";
  execFileSync("python3", ["-c", fakeWheelProgram, path.join(wheels, `tensorflow_cpu-2.21.0-${tag}.whl`)]);
  if (process.platform !== "linux" || process.arch !== "x64") return; // the sha256 is pinned there
  const ended = await setUp([], { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels });
  assertFails(ended, "is not the file that was expected: its sha256 is");
});

/** A wheel as small as pip takes it. */
const fakeWheelProgram = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    info = "tensorflow_cpu-2.21.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tensorflow-cpu\\nVersion: 2.21.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

test("a cache folder that is a file", async () => {
  const file = path.join(temporaryFolder(), "cache");
  writeFileSync(file, "");
  assertFails(await setUp([], { XDG_CACHE_HOME: file }), "cannot be written", "XDG_CACHE_HOME=/another/folder");
});

test("a cache folder that may not be written", async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, "cnn-findings"), { mode: 0o500 });
  if (process.getuid?.() === 0) return; // nothing is forbidden to root
  assertFails(await setUp([], { XDG_CACHE_HOME: folder }), "cannot be written");
});

test("too little room is said before anything is fetched", async () => {
  const small = temporaryFolder();
  if (!mountSmall(small)) return;
  try {
    const ended = await setUp([], { XDG_CACHE_HOME: small });
    assertFails(ended, "there is too little room", "need 1.3 GB free");
    assert.not.match(ended.stderr, "fetching");
  } finally {
    execFileSync("umount", [small]);
  }
});

/** A disk of one megabyte, where this user may mount one. */
function mountSmall(place: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place], { stdio: "ignore" });
    return true;
  } catch {
    console.log("not tried: a full disk (this user may not mount one)");
    return false;
  }
}

test("a named folder that is not there, is empty, or lacks a part", async () => {
  assertFails(await setUp(["--tensorflow", "/no/such/place"]), "there is no folder /no/such/place");
  assertFails(
    await setUp(["--tensorflow", temporaryFolder()]),
    "it lacks libtensorflow_cc.so.2, libtensorflow_framework.so.2, include/tensorflow/c/eager/c_api.h",
  );
  const partial = hollowTensorFlow();
  rmSync(path.join(partial, "libtensorflow_framework.so.2"));
  assertFails(await setUp([], { CNN_FINDINGS_TENSORFLOW: partial }), /it lacks libtensorflow_framework\.so\.2$/m);
});

test("a wrong option ends with status 2 and the usage", async () => {
  const { status, stderr } = await setUp(["--cuda"]);
  assert.is(status, 2);
  assert.match(stderr, "--cuda");
  assert.match(stderr, "Usage: npx cnn-findings setup");
});

test("--debug shows where it failed", async () => {
  const { status, stderr } = await setUp(["--debug", "--tensorflow", "/no/such/place"]);
  assert.is(status, 1);
  assert.match(stderr, /^ +at /m);
});

test("the packages cannot be installed: npm's words and ways out", async () => {
  const bare = makeSandbox();
  rmSync(path.join(bare.folder, "node_modules"), { recursive: true });
  const unreachable = "http://127.0.0.1:9";
  const { status, stderr } = await bare.run("src/runtime/setup.cjs", [], {
    npm_config_registry: unreachable,
    npm_config_fetch_retries: "0",
    npm_config_cache: path.join(bare.folder, "npm"),
  });
  assert.is(status, 1);
  assert.match(stderr, "The packages could not be installed: `npm ci` failed.");
  assert.match(stderr, "it needs the npm registry");
});

test.run();
