/** `verify --attest` in a small repository of its own: the program, and the fixture experiment in several revisions. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAttestations } from "../../src/identity";
import { type Ended, execute } from "../../src/runtime";
import { root, temporaryFolder } from "../runtime/sandbox";

const folder = temporaryFolder();
const [checkout, temporary] = [path.join(folder, "checkout"), path.join(folder, "tmp")];
const experiment = path.join(checkout, "experiments/sums.ts");
const environment = { ...process.env, TMPDIR: temporary, FORCE_COLOR: "", NO_COLOR: "1" };

const program = (words: readonly string[], at = checkout): Promise<Ended> =>
  execute(process.execPath, [path.join(at, "src/cli/cnn-findings.cjs"), ...words], { cwd: at, env: environment });
/** By one worker, whose start takes longer than its cells, unless the words say by how many. */
const attest = (...words: string[]) =>
  program(["verify", "--attest", ...words, ...(words.includes("--workers") ? [] : ["--workers", "1"])]);

async function git(...words: string[]): Promise<string> {
  const who = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"];
  const { status, stdout, stderr } = await execute("git", [...who, ...words], { cwd: checkout });
  assert.is(status, 0, stderr);
  return stdout.trim();
}

/** Commits all that is there. @returns the commit */
async function commit(subject: string): Promise<string> {
  await git("add", "--all");
  await git("commit", "--quiet", "-m", subject);
  return git("rev-parse", "HEAD");
}

/** Commits the experiment with one text changed. */
function change(from: string | RegExp, to: string): Promise<string> {
  const source = readFileSync(experiment, "utf8");
  assert.is.not(source.replace(from, to), source, String(from));
  writeFileSync(experiment, source.replace(from, to));
  return commit(`${from} to ${to}`);
}

const attestations = path.join(checkout, "results/reference/attestations.json");
const told = () => (existsSync(attestations) ? parseAttestations(readFileSync(attestations, "utf8")) : []);

/** Nothing of the other revision is left but what it measured. */
async function assertGone(): Promise<void> {
  assert.equal(
    readdirSync(temporary).filter((name) => name.startsWith("cnn-findings-")),
    [],
  );
  assert.is((await git("worktree", "list")).split("\n").length, 1);
  assert.is(await git("status", "--porcelain", "--", ".", ":(exclude)results", ":(exclude)reports"), "");
}

const commits: { old: string; first: string; equal: string } = { old: "", first: "", equal: "" };

test.before(async () => {
  for (const place of [temporary, path.join(checkout, "experiments"), path.join(checkout, "node_modules")])
    mkdirSync(place, { recursive: true });
  await git("init", "--quiet");
  for (const name of [".gitignore", ".npmrc", "package.json", "package-lock.json", "tsconfig.json"])
    cpSync(path.join(root, name), path.join(checkout, name));
  commits.old = await commit("Before there was a program");
  cpSync(path.join(root, "src"), path.join(checkout, "src"), { recursive: true });
  for (const name of readdirSync(path.join(root, "node_modules")))
    symlinkSync(path.join(root, "node_modules", name), path.join(checkout, "node_modules", name));
  const source = readFileSync(path.join(root, "tests/fixtures/sums.ts"), "utf8");
  writeFileSync(experiment, source.replaceAll("../../src", "../src"));
  commits.first = await commit("Add up odd numbers");
  const run = await program(["run", "sums", "--quiet", "--workers", "1", "--update-reference"]);
  assert.is(run.status, 0, run.stderr);
  commits.equal = await change("let sum = 0;", "let sum = 0 + 0;");
});

test("code that measures the same is attested, and its results are current by attestation", async () => {
  const stale = await program(["verify", "reference/sums"]);
  assert.is(stale.status, 1);
  assert.match(stale.stdout, "all 6 cells would be measured again");

  const { status, stdout, stderr } = await attest("HEAD~1", "--cells", "2");
  assert.is(status, 0, stderr);
  assert.match(stderr, /^sums: 4 smoke cells by HEAD~1$[\s\S]*^sums: 2 quick cells by today's code$/m);
  assert.match(stdout, /^sums +6 +0 +none +attested$/m);
  assert.match(stdout, /^1 experiment attested in results\/reference\/attestations\.json$/m);
  const [made, ...others] = told();
  assert.equal([made!.from, made!.to, others.length], [commits.first, commits.equal, 0]);
  const [attested] = made!.experiments;
  const { roots } = JSON.parse(readFileSync(path.join(checkout, "results/reference/sums/code.json"), "utf8"));
  assert.equal(attested!.before, roots); // the very code that the reference was measured with
  assert.equal(
    attested!.cells.map(({ scale }) => scale),
    ["smoke", "smoke", "smoke", "smoke", "quick", "quick"],
  );
  await assertGone();

  const current = await program(["verify", "reference/sums"]);
  assert.is(current.status, 0, current.stdout);
  assert.match(current.stdout, /note: code current by attestation \(2 of 6 cells\)/);

  const again = await attest("HEAD~1", "--cells", "2");
  assert.is(again.status, 0, again.stderr);
  assert.not.match(again.stderr, "cells by"); // all of it is in the store
  assert.equal([told().length, told()[0]!.experiments], [1, made!.experiments]);
});

test("a changed constant is found with the columns that it moves, and nothing is attested", async () => {
  const before = told();
  await change("2 * (kind", "4 * (kind");
  const { status, stdout, stderr } = await attest(commits.first, "sums");
  assert.is(status, 1, stderr);
  assert.match(
    stdout,
    /^sums +0 +4 +none +sum in 4 rows by up to 6 units; third in 4 rows by up to 2 units; exact in 4 rows$/m,
  );
  assert.match(stdout, /^nothing attested$/m);
  assert.equal(told(), before);
  await assertGone();
});

test("renamed code is the same code; a renamed column has to be told of", async () => {
  await git("checkout", "--quiet", "--detach", commits.equal);
  await change(/\bgoWrong\b/g, "fail");
  const same = await attest("HEAD~1");
  assert.is(same.status, 0, same.stderr);
  assert.match(same.stdout, /^sums +same code$/m);
  await change(/\bthird\b/g, "third_part");
  const before = told();
  const gone = await attest("HEAD~1");
  assert.is(gone.status, 1, gone.stderr);
  assert.match(gone.stdout, /^sums +0 +4 +none +gone: third; new: third_part$/m);
  assert.equal(told(), before);
  const renamed = path.join(folder, "renamed.json");
  writeFileSync(renamed, '{ "third": "third_part", "kind": "sort" }');
  const equal = await attest("HEAD~1", "--renamed", renamed);
  assert.is(equal.status, 0, equal.stderr);
  assert.match(equal.stdout, /^sums +4 +0 +none +attested$/m);
  await assertGone();
});

test("an experiment that a revision does not have, or that fails there, does not keep others from being compared", async () => {
  const other = path.join(checkout, "experiments/others.ts");
  writeFileSync(other, readFileSync(experiment, "utf8").replace('"sums"', '"others"'));
  await commit("Add up others");
  await change("let sum = 0 + 0;", "let sum = 0; if (terms === 3) throw new Error();");
  const { status, stdout, stderr } = await attest("HEAD~2", "others", "sums", "--json");
  assert.is(status, 1);
  const { attested, experiments } = JSON.parse(stdout);
  assert.equal(attested, []);
  assert.equal(experiments, [
    { experiment: "others", outcome: "new" },
    { experiment: "sums", outcome: "failed", reason: "today's code does not measure all of its cells" },
  ]);
  assert.match(stderr, "failed: kind ascending, seed 1");
  assert.not.match(stderr, "resume with");
  await assertGone();
});

test("Ctrl-C leaves nothing behind but what is measured, and the same command goes on from it", async () => {
  await git("checkout", "--quiet", "--detach", commits.equal);
  await change("let sum = 0 + 0;", "let sum = 0 - 0;");
  const before = told();
  rmSync(path.join(checkout, "results/store"), { recursive: true });
  const words = ["verify", "--attest", "HEAD~1", "--workers", "2"];
  const child = spawn(process.execPath, [path.join(checkout, "src/cli/cnn-findings.cjs"), ...words], {
    cwd: checkout,
    env: { ...environment, FIXTURE_PAUSE: "4000" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (text.includes("smoke cells by HEAD~1")) setTimeout(() => child.kill("SIGINT"), 3000);
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  assert.is(status, 130, said);
  assert.match(said, "interrupted: what is measured is kept, and nothing is attested");
  assert.match(said, "resume with: npx cnn-findings verify --attest 'HEAD~1' --workers 2");
  assert.is(said.match(/resume with/g)?.length, 1, said); // what a child would be resumed by is nobody's to paste
  assert.equal(told(), before);
  await assertGone();
  const resumed = await attest("HEAD~1", "--workers", "2");
  assert.is(resumed.status, 0, resumed.stderr);
  assert.is(told().length, before.length + 1);
  await assertGone();
});

test("what cannot be compared is refused in words, before anything is measured", async () => {
  const refused = async (ended: Promise<Ended>, ...expected: string[]) => {
    const { status, stderr } = await ended;
    assert.is(status, 2, stderr);
    for (const text of expected) assert.ok(stderr.includes(text), stderr);
  };
  await refused(attest("nonsense"), "there is no commit nonsense here", "git log --oneline");
  await refused(attest("HEAD"), "HEAD is today's code itself");
  await refused(
    attest(commits.old),
    "does not record the code behind its results as today's does",
    `Name a commit from ${commits.first.slice(0, 7)} (Add up odd numbers) on.`,
  );
  await refused(attest("HEAD~1", "sum"), 'there is no experiment "sum". Did you mean "sums"?');
  await refused(attest("HEAD~1", "--cells", "0"), "--cells 0: need a whole number");
  await refused(attest("HEAD~1", "--scale", "smoke", "--cells", "1"), "chooses among quick cells");
  await refused(attest("HEAD~1", "--workers", "none"), "--workers none: need auto or a whole number");
  await refused(attest("HEAD~1", "--experiments", "there"), "--experiments does not go with --attest");
  await refused(program(["verify", "--cells", "1"]), "--cells 1: only with --attest");
  const results = path.join(folder, "empty");
  await refused(attest("HEAD~1", "--results", results), "no experiment has a reference run in the folder");
  const renamed = path.join(folder, "renamed.json");
  await refused(attest("HEAD~1", "--renamed", path.join(folder, "nowhere.json")), "there is no such file");
  for (const [text, what] of [
    ["third", "it is not JSON"],
    ['{ "third": 3 }', "expected string"],
    ['{ "a": "b", "c": "b" }', "two columns are renamed to b"],
  ] as const) {
    writeFileSync(renamed, text);
    await refused(attest("HEAD~1", "--renamed", renamed), what, "Expected an object of names before and after");
  }
  const shallow = path.join(folder, "shallow");
  await git("clone", "--quiet", "--depth", "1", `file://${checkout}`, shallow);
  symlinkSync(path.join(checkout, "node_modules"), path.join(shallow, "node_modules"));
  writeFileSync(path.join(shallow, ".git/info/exclude"), "node_modules\n");
  await refused(program(["verify", "--attest", "HEAD~1"], shallow), "This clone is shallow", "git fetch --unshallow");
  rmSync(path.join(shallow, ".git"), { recursive: true });
  await refused(program(["verify", "--attest", "HEAD~1"], shallow), "is not a git checkout of the project");
  writeFileSync(path.join(checkout, "experiments/new.ts"), "");
  await refused(attest("HEAD~1"), "files differ from the last commit", "git stash");
  rmSync(path.join(checkout, "experiments/new.ts"));
  await assertGone();
});

test.run();
