import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ChecksumListError, formatChecksums, parseChecksums } from "../../src/base";
import { law } from "../property";

const digest = "0123456789abcdef".repeat(4);
const digests = fc.stringMatching(/^[0-9a-f]{64}$/);
const fileNames = fc.stringMatching(/^[a-z0-9_ ]{0,10}[a-z0-9_]\.bin$/);

law("what is written is read back", [fc.array(fc.tuple(fileNames, digests))], (entries) => {
  assert.equal(parseChecksums(formatChecksums(new Map(entries))), new Map(entries));
});

test("all forms that sha256sum writes are read", () => {
  const text = `# a remark\r\n${digest}  a.bin\r\n${digest.toUpperCase()} *b.bin\n\n${digest}  ./c.bin`;
  assert.equal(
    [...parseChecksums(text)],
    [
      ["a.bin", digest],
      ["b.bin", digest],
      ["c.bin", digest],
    ],
  );
});

/** The fault that is found in a list; none where it is read. */
function fault(text: string): ChecksumListError | undefined {
  try {
    parseChecksums(text);
    return undefined;
  } catch (error) {
    assert.instance(error, ChecksumListError, String(error));
    return error as ChecksumListError;
  }
}

test("any other line is an error that names it, and so is a name that leads out of the folder", () => {
  const lines = [digest, `${digest} a.bin`, `${digest.slice(1)}  a.bin`, "a.bin", `a.bin  ${digest}`];
  const outside = ["../a.bin", "/a.bin", "a/../../b.bin", "./../a.bin", "a\\..\\..\\b.bin"].map(
    (name) => `${digest}  ${name}`,
  );
  for (const line of [...lines, ...outside]) {
    const found = fault(`\n${line}\n`);
    assert.is(found?.line, 2, line);
    assert.is(found?.message, `line 2: need "<64 hexadecimal digits>  <file name>", got "${line}"`);
  }
});

law("whatever a list holds gives digests by name, or is refused", [fc.string({ unit: "grapheme" })], (text) => {
  if (fault(text) !== undefined) return;
  const digests = parseChecksums(text);
  assert.equal(parseChecksums(formatChecksums(digests)), digests);
});

test.run();
