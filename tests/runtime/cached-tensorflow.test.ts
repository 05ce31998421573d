import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { moveInto, temporaryBeside } from "../../src/runtime/set-up/cache";
import { damageIn } from "../../src/runtime/set-up/cached-tensorflow";
import { tensorFlowFolder } from "../../src/runtime/set-up/tensorflow-folder";
import { releaseFor } from "../../src/runtime/set-up/tensorflow-release";
import { downloadWheel, fileHash, pipProblem, unpackWheel } from "../../src/runtime/set-up/wheel";
import { SetUpError } from "../../src/runtime/set-up-error";
import { hollowTensorFlow, temporaryFolder } from "./sandbox";

const python = { command: "python3", leading: [], version: "" };

/** Writes a zip archive with these members and gives its path. */
function archive(members: Readonly<Record<string, string>>): string {
  const file = path.join(temporaryFolder(), "test.whl");
  const program = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in json.load(sys.stdin).items():
        archive.writestr(name, content)`;
  execFileSync("python3", ["-c", program, file], { input: JSON.stringify(members) });
  return file;
}

async function unpackedCache(): Promise<string> {
  const place = temporaryFolder();
  const wheel = archive({ "tensorflow/liba.so.2": "library", "tensorflow/include/a.h": "header", "other/b.txt": "no" });
  const libraries = await unpackWheel(wheel, place, ["tensorflow/"], python);
  writeFileSync(path.join(place, "manifest.json"), JSON.stringify({ layout: 1, wheels: [], libraries }));
  return place;
}

test("only the wanted parts of a wheel are unpacked, and the libraries' sizes and hashes are noted", async () => {
  const place = await unpackedCache();
  assert.is(readFileSync(path.join(place, "tensorflow/include/a.h"), "utf8"), "header");
  assert.not.ok(existsSync(path.join(place, "other")));
  const { libraries } = JSON.parse(readFileSync(path.join(place, "manifest.json"), "utf8"));
  const sha256 = "b718f1354f7247312eca086d9a024afe5fa717ddea5adeddd6f12bcf945b2e8c"; // by sha256sum
  assert.is(await fileHash(path.join(place, "tensorflow/liba.so.2")), sha256);
  assert.equal(libraries, { "tensorflow/liba.so.2": { bytes: 7, sha256 } });
});

test("a whole copy is whole; another size, another content, no manifest are damage", async () => {
  const place = await unpackedCache();
  const library = path.join(place, "tensorflow/liba.so.2");
  assert.is(await damageIn(place, { thorough: true }), undefined);
  writeFileSync(library, "Library");
  assert.is(await damageIn(place), undefined, "a quick look compares sizes");
  assert.match((await damageIn(place, { thorough: true })) ?? "", "another content");
  writeFileSync(library, "lib");
  assert.is(await damageIn(place), "tensorflow/liba.so.2 has 3 bytes, not 7");
  assert.match((await damageIn(temporaryFolder())) ?? "", "no manifest");
});

test("pip's settings for installing do not stop a download, wherever they stand", async () => {
  const [wheels, folder] = [temporaryFolder(), temporaryFolder()];
  const info = "own-1.0.dist-info/";
  const wheel = archive({
    [`${info}METADATA`]: "Metadata-Version: 2.1\nName: own\nVersion: 1.0\n",
    [`${info}WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    [`${info}RECORD`]: "",
  });
  renameSync(wheel, path.join(wheels, "own-1.0-py3-none-any.whl"));
  const settings = path.join(folder, "pip.conf");
  writeFileSync(
    settings,
    "[global]\nrequire-virtualenv = true\nuser = true\nno-binary = :all:\n[install]\ntarget = /nowhere\n",
  );
  const source = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels };
  for (const [given, own] of Object.entries({
    variables: {
      PIP_REQUIRE_VIRTUALENV: "true",
      PIP_USER: "1",
      PIP_TARGET: "/nowhere",
      PIP_PREFIX: "/nowhere",
      PIP_NO_BINARY: ":all:",
    },
    file: { PIP_CONFIG_FILE: settings },
  })) {
    const before = { ...process.env };
    Object.assign(process.env, source, own);
    try {
      const place = path.join(folder, given);
      mkdirSync(place);
      const wanted = { requirement: "own==1.0", sha256: null, bytes: null, parts: [] };
      assert.match(await downloadWheel(wanted, python, place), "own-1.0-py3-none-any.whl");
    } finally {
      for (const name of Object.keys({ ...source, ...own })) delete process.env[name];
      Object.assign(process.env, before);
    }
  }
});

test("a wheel that was cut short, or names a path outside, is refused", async () => {
  const whole = archive({ "tensorflow/liba.so.2": "library".repeat(1000) });
  const short = path.join(temporaryFolder(), "short.whl");
  writeFileSync(short, readFileSync(whole).subarray(0, 60));
  const outside = archive({ "tensorflow/../../escaped.txt": "out" });
  const folder = path.join(temporaryFolder(), "inner");
  mkdirSync(folder);
  for (const wheel of [short, outside]) {
    const problem = await unpackWheel(wheel, folder, ["tensorflow/"], python).catch((error: unknown) => error);
    assert.instance(problem, SetUpError);
  }
  assert.not.ok(existsSync(path.join(folder, "../escaped.txt")));
});

test("a disk that fills up while a wheel is unpacked is said in words", async () => {
  const place = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", place], { stdio: "ignore" });
  } catch {
    console.log("not tried: a full disk (this user may not mount one)");
    return;
  }
  try {
    const wheel = archive({ "tensorflow/liba.so.2": "x".repeat(1_000_000) });
    const problem = await unpackWheel(wheel, place, [], python).catch((error: unknown) => error);
    assert.instance(problem, SetUpError);
    assert.match((problem as Error).message, "the disk is full");
  } finally {
    execFileSync("umount", [place]);
  }
});

test("pip's trouble with a full disk is told from trouble with the network", () => {
  assert.match(pipProblem("a==1", "ERROR: [Errno 28] No space left on device").message, "the disk is full");
  const network = pipProblem("a==1", "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching").message;
  assert.match(network, "ERROR: Could not find a version");
  assert.match(network, "check the network");
  assert.not.match(network, "Retrying");
});

test("what an interrupted set-up left is cleared away, what a running one is making stays", () => {
  const parent = temporaryFolder();
  const place = path.join(parent, "tensorflow");
  const ended = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  for (const owner of [ended, String(process.ppid)]) mkdirSync(`${place}.tmp-${owner}`);
  mkdirSync(path.join(parent, `other.tmp-${ended}`));
  const made = temporaryBeside(place);
  assert.equal(
    readdirSync(parent).sort(),
    [path.basename(made), `tensorflow.tmp-${process.ppid}`, `other.tmp-${ended}`].sort(),
  );
});

test("of two finished folders of one name the first stays, whole", () => {
  const place = path.join(temporaryFolder(), "tensorflow");
  for (const content of ["first", "second"]) {
    const finished = temporaryBeside(place);
    writeFileSync(path.join(finished, "file"), content);
    moveInto(place, finished);
  }
  assert.is(readFileSync(path.join(place, "file"), "utf8"), "first");
  assert.throws(() => moveInto(place, path.join(place, "no-such-folder")), /ENOENT/);
});

test("a TensorFlow is found in its own folder and in the site-packages around it", () => {
  const folder = hollowTensorFlow();
  assert.is(tensorFlowFolder(folder, "linux").path, folder);
  const around = temporaryFolder();
  renameSync(folder, path.join(around, "tensorflow"));
  assert.is(tensorFlowFolder(around, "linux").path, path.join(around, "tensorflow"));
  assert.throws(() => tensorFlowFolder(around, "darwin"), /libtensorflow_cc\.2\.dylib/);
});

test("every wheel of TensorFlow is pinned; where there is none, that is said", () => {
  const places = [
    ["cpu", "linux", "x64"],
    ["cpu", "linux", "arm64"],
    ["cpu", "darwin", "arm64"],
    ["gpu", "linux", "x64"],
  ] as const;
  const hashes = places.map(([flavour, platform, arch]) => releaseFor(flavour, platform, arch).wheels[0]?.sha256);
  for (const hash of hashes) assert.match(hash ?? "", /^[0-9a-f]{64}$/);
  assert.is(new Set(hashes).size, places.length);
  assert.is(releaseFor("gpu", "linux", "x64").wheels.length, 13);
  for (const [flavour, platform, arch] of [
    ["cpu", "win32", "x64"],
    ["cpu", "darwin", "x64"],
    ["gpu", "linux", "arm64"],
  ] as const) {
    assert.throws(
      () => releaseFor(flavour, platform, arch),
      (error: unknown) => error instanceof SetUpError && error.message.includes(`${platform} ${arch}`),
    );
  }
});

test.run();
