import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseIdx } from "../../src/data/mnist";
import { law } from "../property";
import { writeIdx } from "./idx-writer";
import { rejects } from "./rejection";

const blocks = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, side) => product * side, 1);
  return fc.record({ shape: fc.constant(shape), bytes: fc.uint8Array({ minLength: length, maxLength: length }) });
});

law("what is written is read back", [blocks], ({ shape, bytes }) => {
  const block = parseIdx(writeIdx(shape, bytes), shape.length, "a file");
  assert.equal(block.shape, shape);
  assert.equal([...block.bytes], [...bytes]);
});

law(
  "a file of any other length is an error that tells both lengths",
  [blocks, fc.integer({ min: 1, max: 50 })],
  async ({ shape, bytes }, change) => {
    const file = writeIdx(shape, bytes);
    const longer = Buffer.concat([file, new Uint8Array(change)]);
    await rejects(() => parseIdx(longer, shape.length, "a file"), "a file is too long", `so ${file.length} bytes`);
    const shorter = file.subarray(0, Math.max(0, file.length - change));
    await rejects(() => parseIdx(shorter, shape.length, "a file"), /a file(:| is cut short)/);
  },
);

test("another number of dimensions, another type or another format is an error", async () => {
  const file = writeIdx([2, 1], Uint8Array.of(1, 2));
  await rejects(
    () => parseIdx(file, 3, "a file"),
    "need an IDX file that begins with the bytes 00 00 08 03, got 00 00 08 02",
  );
  const floats = Buffer.from(file).fill(0x0d, 2, 3);
  await rejects(() => parseIdx(floats, 2, "a file"), "got 00 00 0d 02");
  await rejects(() => parseIdx(new Uint8Array(0), 2, "a file"), "got an empty file");
});

test("a compressed file is called so", async () => {
  await rejects(
    () => parseIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 1, "a file"),
    "it is compressed by gzip: gunzip 'a file'",
  );
});

test.run();
