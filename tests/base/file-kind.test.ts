/** Kind 27: files told apart by their first bytes. */
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { split } from "shlex";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fileKind, fileKindText } from "../../src/base";
import { encodeSafetensors } from "../../src/training";
import { law } from "../property";

const cases: readonly [what: RegExp, remedy: RegExp, bytes: Uint8Array][] = [
  [/^empty$/, /fetch or copy it again/, Buffer.alloc(0)],
  [
    /Git LFS pointer/,
    /^git lfs pull$/,
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
  ],
  [/HTML/, /\/resolve\//, Buffer.from("\n<!DOCTYPE html><html><head>")],
  [/HTML/, /\/resolve\//, Buffer.from("<html>")],
  [/old torch.save/, /save_file\(/, Buffer.from([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9])],
  [/HDF5/, /keras\.models\.load_model\("a\.bin"\); .*json\.dump/, Buffer.from("\x89HDF\r\n\x1a\n rest", "latin1")],
  [/gzip/, /^gunzip a\.bin/, gzipSync("x")],
  [
    /index of a file in several parts/,
    /weight_map|load_file/,
    Buffer.from('{"metadata": {}, "weight_map": {"a": "part-1"}}'),
  ],
  [/NumPy/, /numpy\.load/, Buffer.from("\x93NUMPY\x01\x00", "latin1")],
  [/^JSON$/, /file that it describes/, Buffer.from('{ "a": 1 }')],
];

for (const [what, remedy, bytes] of cases) {
  test(`kind 27: ${what.source} is told with what helps`, () => {
    const kind = fileKind(bytes, "a.bin")!;
    assert.match(kind.what, what);
    assert.match(kind.remedy, remedy);
    assert.is(fileKindText(bytes, "a.bin"), `it is ${kind.what}: ${kind.remedy}`);
  });
}

law(
  "kind 27: a file's name stands in the command that helps as a shell, or Python, reads it",
  [fc.string({ unit: "grapheme", minLength: 1 })],
  (any) => {
    const name = any.replaceAll("\0", "");
    fc.pre(name !== "");
    assert.equal(split(fileKind(gzipSync("x"), name)!.remedy.replace(/ \(tar[\s\S]*$/, "")), ["gunzip", name]);
    const python = fileKind(Buffer.from("\x89HDF\r\n\x1a\n rest", "latin1"), name)!.remedy;
    assert.is(JSON.parse(/load_model\((".*")\); weights = \[/s.exec(python)![1]!), name);
  },
);

test("kind 27: a zip of torch.save is told from other zips", () => {
  const zip = (name: string) => {
    const data = deflateRawSync("x");
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    return Buffer.concat([local, Buffer.from(name), data]);
  };
  assert.match(fileKind(zip("resnet20/data.pkl"))!.what, "torch.save writes");
  assert.match(fileKind(zip("traced/data/0"))!.what, "TorchScript");
  assert.match(fileKind(zip("traced/code/__torch__.py"))!.remedy, 'torch.jit.load("FILE"');
  assert.is(fileKind(zip("readme.txt"))!.what, "a zip archive");
});

law(
  "kind 27: what is written here as safetensors is told as that, whatever the length of its header",
  [fc.integer({ min: 0, max: 3000 }), fc.nat({ max: 4 })],
  (length, count) => {
    const tensors = new Map([["a", { shape: [count], data: new Float32Array(count) }]]);
    const bytes = encodeSafetensors({ tensors, metadata: { note: "x".repeat(length) } });
    assert.is(fileKind(bytes)?.what, "safetensors");
  },
  // lengths of headers that begin like a pickle, a gzip
  { numRuns: 400, examples: [[560, 0], [1072, 0], [35525, 0]] }, // biome-ignore format: short
);

law("kind 27: other bytes are no kind", [fc.uint8Array({ minLength: 1, maxLength: 40 })], (bytes) => {
  const printable = Uint8Array.from(bytes, (byte) => 0x61 + (byte % 26)); // letters begin no kind but bzip2's, in capitals
  assert.is(fileKind(printable), null);
  assert.is(fileKindText(printable), null);
});

test.run();
