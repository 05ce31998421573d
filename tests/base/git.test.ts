import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { codeVersion, firstChange, trackedFiles } from "../../src/base/git";

test("the version of the code is its commit, and dirty only where code differs from it", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "git-test-"));
  const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  const write = (file: string, content: string) => writeFileSync(path.join(folder, file), content);
  const unknown = { commit: "unknown", dirty: null, differences: null };
  try {
    assert.equal(codeVersion(folder), unknown); // no repository
    git("init", "--quiet");
    assert.equal(codeVersion(folder), unknown); // no commit yet
    for (const name of ["src", "results"]) mkdirSync(path.join(folder, name));
    write("src/a.ts", "1");
    write("results/rows.csv", "1");
    git("add", ".");
    git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "First");
    const commit = git("rev-parse", "HEAD").trim();
    assert.equal(codeVersion(folder), { commit, dirty: false, differences: null });

    write("results/rows.csv", "2"); // what a run writes does not make its code dirty
    assert.is(codeVersion(folder).dirty, false);
    write("src/a.ts", "2");
    const changed = codeVersion(folder);
    assert.is(changed.dirty, true);
    write("src/new file.ts", "3");
    const added = codeVersion(folder);
    assert.is.not(added.differences, changed.differences);
    write("src/new file.ts", "4");
    assert.is.not(codeVersion(folder).differences, added.differences);

    assert.equal(codeVersion(path.join(folder, "src")), unknown); // somebody else's repository around the project
    rmSync(path.join(folder, ".git"), { recursive: true });
    assert.equal(codeVersion(folder), unknown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the first commit that changed one of some files is found, and the files that git tracks", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "git-test-"));
  const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  const commit = (file: string, subject: string): string => {
    writeFileSync(path.join(folder, file), subject);
    git("add", file);
    git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", subject);
    return git("rev-parse", "HEAD").trim();
  };
  try {
    assert.equal(trackedFiles(folder), []); // no repository
    git("init", "--quiet");
    const start = commit("a.ts", "Begin");
    const other = commit("b.ts", "Add b");
    commit("a.ts", "Change a");
    commit("a.ts", "Change a again");
    writeFileSync(path.join(folder, "c.ts"), "not added");
    assert.match(firstChange(folder, start, ["a.ts"])!, /^[0-9a-f]{7,} Change a$/);
    assert.match(firstChange(folder, start, ["a.ts", "b.ts"])!, /^[0-9a-f]{7,} Add b$/);
    assert.is(firstChange(folder, other, ["b.ts", "c.ts"]), null);
    assert.is(firstChange(folder, start, []), null);
    for (const unknown of ["unknown", "f".repeat(40), "--all"]) assert.is(firstChange(folder, unknown, ["a.ts"]), null);
    assert.equal(trackedFiles(folder), [path.join(folder, "a.ts"), path.join(folder, "b.ts")]);
    assert.equal(trackedFiles(path.join(folder, "nowhere")), []);
    rmSync(path.join(folder, ".git", "HEAD"));
    assert.throws(() => trackedFiles(folder), /git does not say what it tracks/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
