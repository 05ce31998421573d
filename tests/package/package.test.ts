/**
 * The package as others use it: built, packed, installed into a project outside of this repository, with a network of its
 * own under the laws.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { loadAll, writeUserProjects } from "../custom-network/user-files";
import { onEachNode } from "../runtime/nodes";
import { ownTensorFlow, root } from "../runtime/sandbox";
import { type Project, packed, sampleProject } from "./project";

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
