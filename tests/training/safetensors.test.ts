import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from "../../src/training";
import { law } from "../property";

const stored = fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).chain((shape) => {
  const size = shape.reduce((product, side) => product * side, 1);
  return fc.record({ shape: fc.constant(shape), data: fc.float32Array({ minLength: size, maxLength: size }) });
});
const file = fc.record({
  tensors: fc
    .dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__"),
      stored,
    )
    .map((tensors) => new Map(Object.entries(tensors))),
  metadata: fc.dictionary(fc.string(), fc.string()),
});

law("what is written is read back bit for bit", [file], ({ tensors, metadata }) => {
  const read = decodeSafetensors(encodeSafetensors({ tensors, metadata }));
  assert.equal({ ...read.metadata }, { ...metadata });
  assert.equal([...read.tensors.keys()].sort(), [...tensors.keys()].sort());
  for (const [name, { shape, data }] of tensors) {
    const found = read.tensors.get(name)!;
    assert.equal(found.shape, shape);
    assert.equal(new Uint8Array(found.data.buffer), new Uint8Array(data.slice().buffer));
  }
});

law(
  "a damaged file is refused in words, or read as a whole file: never half, never by a crash",
  [file, fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { minLength: 1, maxLength: 5 }), fc.nat()],
  ({ tensors, metadata }, changes, cut) => {
    const bytes = encodeSafetensors({ tensors, metadata });
    for (const { at, value } of changes) bytes[at % Math.min(bytes.length, 200)] = value;
    try {
      const { tensors: read } = decodeSafetensors(bytes.subarray(0, bytes.length - (cut % 3)));
      for (const { shape, data } of read.values())
        assert.is(
          data.length,
          shape.reduce((product, side) => product * side, 1),
        );
    } catch (error) {
      assert.instance(error, SafetensorsError);
    }
  },
  { numRuns: 500 },
);

/** Headers that no honest writer makes; each with what the reader must say. */
const hostile: readonly [title: string, header: unknown, bytes: number, says: RegExp][] = [
  [
    "a tensor past the end",
    { a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } },
    4,
    /needs 8 bytes, got offsets 0 to 8 of 4/,
  ],
  [
    "overlapping tensors",
    { a: { dtype: "F32", shape: [1], data_offsets: [0, 4] }, b: { dtype: "F32", shape: [1], data_offsets: [0, 4] } },
    4,
    /overlap or leave gaps/,
  ],
  ["a gap", { a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8, /overlap or leave gaps/],
  ["a shape too large for its bytes", { a: { dtype: "F32", shape: [1e9, 1e9], data_offsets: [0, 4] } }, 4, /needs/],
  ["a negative side", { a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4, /whole numbers from 0 on/],
  [
    "another type",
    { a: { dtype: "F64", shape: [2], data_offsets: [0, 16] } },
    16,
    /need dtype F32, F16 or BF16, got F64/,
  ],
  ["metadata that is no text", { __metadata__: { a: 1 } }, 0, /must hold strings only/],
  ["a list in place of the header", [1], 0, /not an object/],
];

for (const [title, header, length, says] of hostile) {
  test(`refused: ${title}`, () => {
    assert.throws(() => decodeSafetensors(withHeader(header, length)), says);
  });
}

test("refused: a header longer than the file, and a file of no length", () => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(1n << 60n);
  assert.throws(() => decodeSafetensors(bytes), /does not fit into a file of 16/);
  assert.throws(() => decodeSafetensors(new Uint8Array(0)), /at least 8 bytes, got 0/);
});

test("the reference reader of Python reads what is written, where it is installed", () => {
  const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
  try {
    const path = join(folder, "model.safetensors");
    const data = Float32Array.from({ length: 6 }, (_, i) => i / 7);
    writeFileSync(
      path,
      encodeSafetensors({ tensors: new Map([["stem/kernel", { shape: [2, 3], data }]]), metadata: { a: "b" } }),
    );
    const script = [
      "import sys",
      "try:",
      "    from safetensors.numpy import load_file",
      "except ImportError:",
      "    sys.exit(77)",
      "tensor = load_file(sys.argv[1])['stem/kernel']",
      "print(tensor.shape, tensor.dtype, float(tensor[1, 2]))",
    ].join("\n");
    const run = spawnSync("python3", ["-c", script, path], { encoding: "utf8" });
    if (run.error !== undefined || run.status === 77) {
      console.log("  (not compared: Python's safetensors is not installed)");
      return;
    }
    assert.is(run.stdout.trim(), `(2, 3) float32 ${Math.fround(5 / 7)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function withHeader(header: unknown, length: number): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(8 + text.length + length);
  bytes.writeBigUInt64LE(BigInt(text.length));
  text.copy(bytes, 8);
  return bytes;
}

test.run();
