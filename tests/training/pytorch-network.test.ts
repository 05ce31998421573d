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
      assert.throws(() => decodeSafetensors(fileOf(entries)), /need dtype F32, got I64/);
    }
    assert.equal(decodeSafetensors(encodeSafetensors(read)).tensors, read.tensors);
  },
);

test("half-precision values are refused also where whole numbers are left out", () => {
  const bytes = fileOf([["a", [2], "F32"]]);
  const half = Buffer.from(bytes.toString("latin1").replace("F32", "F16"), "latin1");
  assert.throws(() => decodeSafetensors(half, { skipWholeNumbers: true }), /need dtype F32, got F16/);
});

test.run();
