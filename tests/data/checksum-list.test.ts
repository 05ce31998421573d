import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatChecksumList, parseChecksumList } from "../../src/data/checksum";
import { law } from "../property";
import { rejects } from "./rejection";

const digest = "0123456789abcdef".repeat(4);
const digests = fc.stringMatching(/^[0-9a-f]{64}$/);
const fileNames = fc.stringMatching(/^[a-z0-9_ ]{0,10}[a-z0-9_]\.bin$/);

law("what is written is read back", [fc.array(fc.tuple(fileNames, digests))], (entries) => {
  assert.equal(parseChecksumList(formatChecksumList(new Map(entries)), "a list"), new Map(entries));
});

test("all forms that sha256sum writes are read", () => {
  const text = `# a remark\r\n${digest}  a.bin\r\n${digest.toUpperCase()} *b.bin\n\n${digest}  ./c.bin`;
  assert.equal(
    [...parseChecksumList(text, "a list")],
    [
      ["a.bin", digest],
      ["b.bin", digest],
      ["c.bin", digest],
    ],
  );
});

test("any other line is an error that names it", async () => {
  for (const line of [digest, `${digest} a.bin`, `${digest.slice(1)}  a.bin`, "a.bin", `a.bin  ${digest}`]) {
    await rejects(() => parseChecksumList(`\n${line}\n`, "a list"), "a list, line 2", `got "${line}"`);
  }
});

test.run();
