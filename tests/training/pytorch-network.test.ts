import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileError } from "../../src/base";
import { buildCifarResNet, disposeNetwork, parameter } from "../../src/networks";
import { decodeSafetensors, encodeSafetensors, readPyTorchNetwork, SafetensorsError } from "../../src/training";
import { law } from "../property";

const architecture = buildCifarResNet({ depth: 8, inputShape: [8, 8, 1], classes: 2, width: 2 });

/** A tensor as the format has it: eight bytes a value for the counters, four for all else. */
type Entry = readonly [name: string, shape: readonly number[], dtype: "F32" | "I64"];

/** A file whose float32 values count up from 0, tensor after tensor. */
function fileOf(entries: readonly Entry[]): Buffer {
  const header: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  let [offset, next] = [0, 0];
  for (const [name, shape, dtype] of entries) {
    const count = shape.reduce((product, side) => product * side, 1);
    const bytes = Buffer.alloc(count * (dtype === "I64" ? 8 : 4), 1);
    if (dtype === "F32") {
      for (let i = 0; i < count; i++) bytes.writeFloatLE(next++, 4 * i);
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** The state dictionary of the usual PyTorch code for `architecture`, in that code's order. */
function stateDictionary(): Entry[] {
  const normalisation = (name: string, channels: number): Entry[] => [
    ...["weight", "bias", "running_mean", "running_var"].map((part): Entry => [`${name}.${part}`, [channels], "F32"]),
    [`${name}.num_batches_tracked`, [], "I64"],
  ];
  const stages = [1, 2, 3].flatMap((stage): Entry[] => {
    const filters = 2 ** stage;
    const channels = stage === 1 ? 2 : filters / 2;
    return [
      [`layer${stage}.0.conv1.weight`, [filters, channels, 3, 3], "F32"],
      ...normalisation(`layer${stage}.0.bn1`, filters),
      [`layer${stage}.0.conv2.weight`, [filters, filters, 3, 3], "F32"],
      ...normalisation(`layer${stage}.0.bn2`, filters),
    ];
  });
  return [
    ["conv1.weight", [2, 1, 3, 3], "F32"],
    ...normalisation("bn1", 2),
    ...stages,
    ["linear.weight", [2, 8], "F32"],
    ["linear.bias", [2], "F32"],
  ];
}

/** Runs a body on the path of a file of the given bytes. */
function withFile(bytes: Uint8Array, body: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "pytorch-network-"));
  try {
    const path = join(folder, "model.safetensors");
    writeFileSync(path, bytes);
    body(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a file is read with its kernels turned, its counters of batches left out", () => {
  withFile(fileOf(stateDictionary()), (path) => {
    const network = readPyTorchNetwork(architecture, path, { naming: "resnet", zeroChannels: "end" });
    // values 0 to 17 are conv1.weight [2, 1, 3, 3]: the second filter begins at 9
    const kernel = Array.from(parameter(network, "stem/convolution/kernel").dataSync());
    assert.equal(kernel.slice(0, 6), [0, 9, 1, 10, 2, 11]);
    assert.equal(Array.from(parameter(network, "stem/normalisation/scale").dataSync()), [18, 19]);
    assert.equal(Array.from(parameter(network, "stem/normalisation/variance").dataSync()), [24, 25]);
    const classifier = Array.from(parameter(network, "head/classifier/kernel").dataSync());
    const first = classifier[0]!;
    assert.equal(
      classifier.map((value) => value - first),
      [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15],
    );
    disposeNetwork(network);
  });
});

test("what does not fit is said with the file's own names", () => {
  const entries = stateDictionary().filter(([name]) => name !== "bn1.running_var");
  withFile(fileOf([...entries, ["fc.weight", [1], "F32"]]), (path) => {
    assert.throws(
      () => readPyTorchNetwork(architecture, path, { naming: "resnet", zeroChannels: "end" }),
      /1 missing: bn1\.running_var[\s\S]*1 of another shape: fc\.weight \(need \[2,8\], got \[1\]\)/,
    );
  });
});

test("no file and a file that is none are told apart", () => {
  assert.throws(
    () =>
      readPyTorchNetwork(architecture, join(tmpdir(), "there-is-no-such.safetensors"), {
        naming: "resnet",
        zeroChannels: "end",
      }),
    (error: Error) => error instanceof FileError && /it does not exist/.test(error.message),
  );
  withFile(Buffer.from("a pickle, perhaps"), (path) => {
    assert.throws(
      () => readPyTorchNetwork(architecture, path, { naming: "resnet", zeroChannels: "end" }),
      (error: Error) => error instanceof SafetensorsError && error.message.startsWith(path),
    );
  });
});

law(
  "leaving out whole numbers leaves the float tensors as they are, wherever the others stand",
  [fc.array(fc.tuple(fc.nat({ max: 5 }), fc.boolean()), { maxLength: 8 })],
  (tensors) => {
    const entries = tensors.map(([count, whole], i): Entry => [`t${i}`, [count], whole ? "I64" : "F32"]);
    const floats = entries.filter(([, , dtype]) => dtype === "F32");
    const read = decodeSafetensors(fileOf(entries), { skipWholeNumbers: true });
    assert.equal(read.tensors, decodeSafetensors(fileOf(floats)).tensors);
    if (floats.length < entries.length) {
      assert.throws(() => decodeSafetensors(fileOf(entries)), /need dtype F32, F16 or BF16, got I64/);
    }
    assert.equal(decodeSafetensors(encodeSafetensors(read)).tensors, read.tensors);
  },
);

/** The one kind of half float that a file of the given 16-bit patterns has. */
function halfFile(dtype: "F16" | "BF16", patterns: readonly number[]): Buffer {
  const header = Buffer.from(
    JSON.stringify({ a: { dtype, shape: [patterns.length], data_offsets: [0, 2 * patterns.length] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const values = Buffer.alloc(2 * patterns.length);
  for (const [i, pattern] of patterns.entries()) values.writeUInt16LE(pattern, 2 * i);
  return Buffer.concat([length, header, values]);
}

const everyPattern = Array.from({ length: 2 ** 16 }, (_, pattern) => pattern);

test("kind 27: a file of another kind in the place of weights is named, with what helps", () => {
  const cases: [Uint8Array, RegExp][] = [
    [Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), /is a Git LFS pointer.*git lfs pull/],
    [Buffer.alloc(0), /is empty; need a safetensors file/],
    [Buffer.from("<!doctype html>"), /is a page in HTML/],
  ];
  for (const [bytes, says] of cases) {
    withFile(bytes, (path) => {
      const read = () => readPyTorchNetwork(architecture, path, { naming: "resnet", zeroChannels: "end" });
      assert.throws(read, (error: Error) => error instanceof SafetensorsError && says.test(error.message));
    });
  }
});

test("kind 27: weights of 8 bits are a quantised network's, and not merely missing", () => {
  for (const dtype of ["I8", "U8"]) {
    const header = Buffer.from(JSON.stringify({ "conv1.weight": { dtype, shape: [4], data_offsets: [0, 4] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    withFile(Buffer.concat([length, header, Buffer.alloc(4)]), (path) => {
      const read = () => readPyTorchNetwork(architecture, path, { naming: "resnet", zeroChannels: "end" });
      assert.throws(read, new RegExp(`conv1.weight: need .* got ${dtype}: a quantised network's`));
    });
  }
});

test("kind 27: bfloat16 is widened as the upper half of a float32, for all 65,536 patterns", () => {
  const { data } = decodeSafetensors(halfFile("BF16", everyPattern)).tensors.get("a")!;
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (const pattern of everyPattern) {
    if (Number.isNaN(data[pattern]!))
      assert.ok((pattern & 0x7f80) === 0x7f80 && (pattern & 0x7f) !== 0, String(pattern));
    else assert.is(bits[pattern], pattern * 2 ** 16);
  }
});

test("kind 27: half floats are widened to what their bits say, for all 65,536 patterns", () => {
  const { data } = decodeSafetensors(halfFile("F16", everyPattern)).tensors.get("a")!;
  // float32 holds every half float: the way back, by rounding to 11 significant bits, must find the pattern again
  for (const pattern of everyPattern) {
    const value = data[pattern]!;
    const [sign, exponent, fraction] = [pattern >> 15, (pattern >> 10) & 31, pattern & 1023];
    if (exponent === 31 && fraction > 0) {
      assert.ok(Number.isNaN(value), String(pattern));
      continue;
    }
    assert.is(Object.is(value, -0) || value < 0, sign === 1, String(pattern));
    const size = Math.abs(value);
    if (exponent === 31) assert.is(size, Number.POSITIVE_INFINITY);
    else if (exponent === 0) assert.is(size * 2 ** 24, fraction);
    else {
      assert.is(Math.floor(Math.log2(size)), exponent - 15);
      assert.is((size / 2 ** (exponent - 15) - 1) * 1024, fraction);
    }
  }
});

law(
  "kind 27: neighbouring patterns of one sign are in the order of their values",
  [fc.constantFrom("F16" as const, "BF16" as const), fc.integer({ min: 0, max: 0x7bfe }), fc.boolean()],
  (dtype, pattern, negative) => {
    const sign = negative ? 0x8000 : 0;
    const [one, next] = decodeSafetensors(halfFile(dtype, [pattern + sign, pattern + 1 + sign])).tensors.get("a")!.data;
    assert.ok(negative ? next! < one! : next! > one!);
  },
);

test.run();
