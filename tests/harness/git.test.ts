import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { codeVersion } from "../../src/harness/git";

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

test.run();
