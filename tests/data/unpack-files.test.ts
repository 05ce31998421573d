import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unpackFiles } from "../../src/data/cifar10-archive";
import { law } from "../property";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { tarHeader, writeTar } from "./tar-writer";

/** Unpacks what is wanted of an archive into a folder of its own. */
function unpacked(
  archive: Uint8Array,
  wanted: readonly string[],
): Promise<{ readonly names: string[]; readonly files: ReadonlyMap<string, Buffer>; readonly bytes: number }> {
  return inFolder(async (place) => {
    const folder = join(place, "folder");
    mkdirSync(folder);
    writeFileSync(join(place, "archive.tar.gz"), gzipSync(archive, { level: 1 }));
    let bytes = 0;
    const names = await unpackFiles(join(place, "archive.tar.gz"), wanted, folder, (length) => {
      bytes += length;
    });
    assert.equal(readdirSync(place).sort(), ["archive.tar.gz", "folder"]);
    return {
      names,
      files: filesIn(folder),
      bytes,
    };
  });
}

function filesIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name))]));
}

const fileNames = fc.stringMatching(/^[a-z]{1,60}\/[a-z]{1,90}$/);
const archives = fc.uniqueArray(fc.record({ name: fileNames, content: fc.uint8Array({ maxLength: 1100 }) }), {
  minLength: 1,
  maxLength: 5,
  selector: ({ name }) => name.split("/")[1],
});

law("what is packed and wanted is unpacked, long names included", [archives, fc.nat()], async (files, left) => {
  const wanted = files.filter((_, i) => i !== left % (files.length + 1));
  const found = await unpacked(
    writeTar(files),
    wanted.map(({ name }) => name),
  );
  const expected = wanted.map(({ name, content }) => [name.split("/")[1]!, Buffer.from(content)] as const);
  assert.equal(
    found.names,
    expected.map(([name]) => name),
  );
  assert.equal(found.files, new Map([...expected].sort(([one], [other]) => (one < other ? -1 : 1))));
  assert.is(
    found.bytes,
    wanted.reduce((sum, { content }) => sum + content.length, 0),
  );
});

test("folders, links and the archiver's notes are passed over", async () => {
  const content = Buffer.from("x");
  const others = ["5", "2", "1", "g"].map((type) => ({ name: `f/type ${type}`, content: Buffer.alloc(0), type }));
  const files = [...others, { name: "f/a", content, type: "0" }, { name: "f/old", content, type: "\0" }];
  const { names } = await unpacked(
    writeTar(files),
    files.map(({ name }) => name),
  );
  assert.equal(names, ["a", "old"]);
});

const small = writeTar([{ name: "a/b", content: new Uint8Array(700).fill(1) }]);

law("an archive cut short anywhere before its end mark is an error", [fc.nat(512 + 1024 - 1)], async (length) => {
  await rejects(() => unpacked(small.subarray(0, length), ["a/b"]), "cannot unpack", "archive.tar.gz: TAR_BAD_ARCHIVE");
});

law("a changed byte in a header is an error", [fc.nat(499), fc.integer({ min: 1, max: 255 })], async (at, change) => {
  fc.pre(at < 148 || at >= 156); // in the checksum's own field a zero byte and a space mean the same
  const damaged = Uint8Array.from(small);
  damaged[at] = damaged[at]! ^ change;
  await rejects(() => unpacked(damaged, ["a/b"]), "cannot unpack");
});

test("what is compressed otherwise, or not at all, or cut short within its compression, is an error", () =>
  inFolder(async (folder) => {
    const file = join(folder, "archive");
    for (const bytes of [Buffer.from("no archive"), gzipSync(small).subarray(0, 60), Buffer.alloc(0)]) {
      writeFileSync(file, bytes);
      await rejects(() => unpackFiles(file, ["a/b"], folder, () => {}), `cannot unpack ${file}`);
    }
  }));

/** The header's checksum set right, whatever else was done to it. */
function summed(header: Uint8Array): Uint8Array {
  const bytes = Buffer.from(header);
  bytes.write("        ", 148);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

const hostileNames = fc.oneof(
  fc.constantFrom("../../outside", "/etc/passwd", "a/../../b", "C:\\x", "\0", "..", "f/..", "f/.", "f/a", "f//a"),
  fc.string({ maxLength: 30 }),
);
const types = fc.constantFrom("0", "\0", "1", "2", "3", "4", "5", "6", "7", "g", "x", "L", "K", "S", "Z");
const lengths = fc.oneof(
  fc.nat(2000).map((length) => length.toString(8)),
  fc.constantFrom("77777777777", "777777777777", "00000000000", "8", "-1", "1e9", "\u0080\0\0\0\0\0\0\0\0\0\0\u0001"),
);
const member = fc
  .record({ name: hostileNames, type: types, length: lengths, content: fc.uint8Array({ maxLength: 1200 }) })
  .map(({ name, type, length, content }) => {
    const header = Buffer.from(tarHeader("", 0, type));
    header.write(name, 0, 100);
    header.fill(0, 124, 136).write(length, 124, 12, "latin1");
    return {
      name,
      bytes: Buffer.concat([summed(header), content, new Uint8Array((512 - (content.length % 512)) % 512)]),
    };
  });

law(
  "whatever the headers of an archive say, only wanted files are written, in the folder, and no more than it has room for",
  [fc.array(member, { maxLength: 6 }), fc.boolean()],
  async (members, ended) => {
    const archive = Buffer.concat([...members.map(({ bytes }) => bytes), new Uint8Array(ended ? 1024 : 0)]);
    const found = await unpacked(archive, ["f/a", ...members.map(({ name }) => name)]).catch((error: unknown) =>
      rejects(() => Promise.reject(error), "cannot unpack"),
    );
    if (!("files" in found)) return;
    const bytes = [...found.files.values()].reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes <= archive.length && found.files.size <= archive.length / 512);
  },
  { numRuns: 300 },
);

test("an archive of headers alone takes time in proportion to its length", async () => {
  const header = tarHeader("a", 0, "5");
  const archive = Buffer.concat([...new Array<Uint8Array>(20_000).fill(header), new Uint8Array(1024)]);
  const begin = performance.now();
  assert.equal((await unpacked(archive, ["a"])).names, []);
  assert.ok(performance.now() - begin < 5000);
});

test("archives of the system's tar are unpacked, in each of its formats", async () => {
  if (spawnSync("tar", ["--version"]).status !== 0) {
    console.log("no tar program on this machine: its archives are not read");
    return;
  }
  await inFolder(async (folder) => {
    mkdirSync(join(folder, "some-folder"));
    writeFileSync(join(folder, "some-folder", "one.bin"), "one");
    writeFileSync(join(folder, "some-folder", "two.bin"), new Uint8Array(2000).fill(2));
    for (const format of ["ustar", "gnu", "pax"]) {
      const path = join(folder, `${format}.tar`);
      const { status } = spawnSync("tar", [`--format=${format}`, "-C", folder, "-cf", path, "some-folder"]);
      if (status !== 0) continue; // not every tar knows every format
      const { files } = await unpacked(readFileSync(path), ["some-folder/one.bin", "some-folder/two.bin"]);
      assert.equal(
        [...files].map(([name, { length }]) => [name, length]),
        [
          ["one.bin", 3],
          ["two.bin", 2000],
        ],
        format,
      );
    }
  });
});

test.run();
