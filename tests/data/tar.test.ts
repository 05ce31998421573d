import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTar } from "../../src/data/tar";
import { law } from "../property";
import { inFolder } from "./folders";
import { rejects } from "./rejection";
import { tarHeader, writeTar } from "./tar-writer";

const fileNames = fc.stringMatching(/^[a-z]{1,60}\/[a-z.]{1,90}$/);
const archives = fc.array(fc.record({ name: fileNames, content: fc.uint8Array({ maxLength: 1100 }) }), {
  maxLength: 5,
});
const read = (archive: Uint8Array) =>
  [...readTar(archive, "an archive")].map(({ name, content }) => ({ name, content: Uint8Array.from(content) }));

law("what is packed is read back, long names included", [archives], (files) => {
  assert.equal(
    read(writeTar(files)),
    files.map(({ name, content }) => ({ name, content: Uint8Array.from(content) })),
  );
});

test("folders, links and the archiver's notes are passed over", () => {
  const content = Buffer.from("x");
  const others = ["5", "2", "1", "x", "g", "L"].map((type) => ({ name: `type ${type}`, content, type }));
  const files = [...others, { name: "a", content, type: "0" }, { name: "old", content, type: "\0" }];
  assert.equal(
    read(writeTar(files)).map(({ name }) => name),
    ["a", "old"],
  );
});

const small = writeTar([{ name: "a/b", content: new Uint8Array(700).fill(1) }]);

law("an archive cut short anywhere before its end mark is an error", [fc.nat(512 + 1024 - 1)], async (length) => {
  await rejects(() => read(small.subarray(0, length)), /an archive(:| is cut short)/);
});

law("a changed byte in a header is an error", [fc.nat(499), fc.integer({ min: 1, max: 255 })], async (at, change) => {
  fc.pre(at < 148 || at >= 156); // in the checksum's own field a zero byte and a space mean the same
  const damaged = Uint8Array.from(small);
  damaged[at] = damaged[at]! ^ change;
  await rejects(() => read(damaged), /in the header at byte 0/);
});

test("a header without an octal length is an error", async () => {
  const header = Buffer.from(tarHeader("a", 0, "0"));
  header.write("9".repeat(11), 124);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  await rejects(() => read(Buffer.concat([header, new Uint8Array(1024)])), /no octal file length/);
});

test("archives of the system's tar are read, in each of its formats", async () => {
  if (spawnSync("tar", ["--version"]).status !== 0) {
    console.log("no tar program on this machine: its archives are not read");
    return;
  }
  await inFolder((folder) => {
    mkdirSync(join(folder, "some-folder"));
    writeFileSync(join(folder, "some-folder", "one.bin"), "one");
    writeFileSync(join(folder, "some-folder", "two.bin"), new Uint8Array(2000).fill(2));
    for (const format of ["ustar", "gnu", "pax"]) {
      const path = join(folder, `${format}.tar`);
      const { status } = spawnSync("tar", [`--format=${format}`, "-C", folder, "-cf", path, "some-folder"]);
      if (status !== 0) continue; // not every tar knows every format
      const files = read(readFileSync(path)).sort((a, b) => (a.name < b.name ? -1 : 1));
      assert.equal(
        files.map(({ name, content }) => [name, content.length]),
        [
          ["some-folder/one.bin", 3],
          ["some-folder/two.bin", 2000],
        ],
        format,
      );
    }
  });
});

test.run();
