import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileError, writeFileAtomically } from "../../src/base";

function inFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "files-"));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a file is written whole, over the one before, and folders on the way are made", () => {
  inFolder((folder) => {
    const path = join(folder, "a", "b", "file.txt");
    writeFileAtomically(path, "one");
    writeFileAtomically(path, new Uint8Array([116, 119, 111]));
    assert.is(readFileSync(path, "utf8"), "two");
    assert.equal(readdirSync(join(folder, "a", "b")), ["file.txt"]);
  });
});

test("a write that fails names the path and the cause, and leaves neither file nor temporary copy", () => {
  inFolder((folder) => {
    writeFileSync(join(folder, "file"), "in the way");
    mkdirSync(join(folder, "folder"));
    const failure = (path: string): FileError => {
      try {
        writeFileAtomically(path, "text");
      } catch (error) {
        assert.instance(error, FileError);
        return error as FileError;
      }
      return assert.unreachable("it was written") as never;
    };
    assert.match(failure(join(folder, "file", "inner")).message, /cannot write .*inner: a part of the path is a file/);
    assert.match(failure(join(folder, "folder")).message, /cannot write .*folder: there is a folder of that name/);
    assert.equal(readdirSync(folder).sort(), ["file", "folder"]);
    assert.equal(readdirSync(join(folder, "folder")), []);
  });
});

test("a full disk and a missing permission are said in words, with what to do", () => {
  const said = (code: string) =>
    new FileError("write", "results/rows.csv", Object.assign(new Error("x"), { code })).message;
  assert.is(
    said("ENOSPC"),
    "cannot write results/rows.csv: the disk is full; free some space and run the same command again",
  );
  assert.match(said("EACCES"), /no permission; check who owns the folder/);
});

test.run();
