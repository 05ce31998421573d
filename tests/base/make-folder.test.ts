import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileError, faultInWords, makeFolder, writeFileAtomically } from "../../src/base";
import { withReadOnly } from "./read-only";

const folder = mkdtempSync(join(tmpdir(), "make-folder-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** What is said of a failure. */
function words(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof FileError ? error.message : faultInWords(error);
  }
  return "it was done";
}

test("a folder is made with those that it lies in, and left as it is where it is there", () => {
  const inner = join(folder, "a", "b", "c");
  makeFolder(inner);
  writeFileSync(join(inner, "file"), "");
  makeFolder(inner);
  assert.equal(readdirSync(inner), ["file"]);
});

test("where a file is in the way, that is said", () => {
  writeFileSync(join(folder, "file"), "");
  for (const path of [join(folder, "file"), join(folder, "file", "inner", "most")]) {
    assert.match(
      words(() => makeFolder(path)),
      "a part of the path is a file",
    );
  }
});

test("in a read-only folder it is said that nothing can be written, not that the folder does not exist", async () => {
  const place = join(folder, "read-only");
  await withReadOnly(place, () => {
    for (const path of [join(place, "a"), join(place, "a", "b", "c")]) {
      assert.match(
        words(() => makeFolder(path)),
        /^(the file system is read-only|no permission)/,
      );
      assert.match(
        words(() => writeFileAtomically(join(path, "file.txt"), "text")),
        /^cannot write .*file\.txt: (the file system is read-only|no permission)/,
      );
      assert.not(existsSync(path));
    }
  });
});

test.run();
