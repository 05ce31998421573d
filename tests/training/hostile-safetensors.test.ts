/** Safetensors files made by somebody who means harm: refused in words, without work or memory beyond the file's own size. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeSafetensors, SafetensorsError } from "../../src/training";
import { law } from "../property";

const numbers = fc.oneof(
  fc.nat(16),
  fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e300, Number.MAX_SAFE_INTEGER),
);
const scalars = fc.oneof(numbers, fc.string(), fc.boolean(), fc.constant(null));
const dtype = fc.oneof(
  { weight: 5, arbitrary: fc.constant("F32") },
  fc.constantFrom("I64", "F16", "__proto__"),
  scalars,
);
const shape = fc.oneof(fc.array(numbers, { maxLength: 5 }), fc.array(fc.constant(0)), scalars, fc.jsonValue());
const offsets = fc.oneof(fc.tuple(numbers, numbers), fc.array(numbers), scalars, fc.jsonValue());
const entry = fc.oneof(
  { weight: 6, arbitrary: fc.record({ dtype, shape, data_offsets: offsets }, { noNullPrototype: true }) },
  fc.record({ dtype, shape, data_offsets: offsets }, { requiredKeys: [], noNullPrototype: true }),
  fc.jsonValue(),
);
const names = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "__metadata__", "../../outside", "a"));
const header = fc.array(fc.tuple(names, entry), { maxLength: 6 });

/** A header's text; names may come twice, which no object could hold. */
const textOf = (entries: readonly (readonly [string, unknown])[]) =>
  `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;

function fileOf(text: string | Uint8Array, values: number, length?: bigint): Uint8Array {
  const bytes = Buffer.from(text);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(bytes.length));
  return Buffer.concat([start, bytes, Buffer.alloc(values)]);
}

/** Reads, and checks that what comes back is in the file and no more. @returns the words of the refusal, if it was refused */
function decoded(file: Uint8Array, skipWholeNumbers: boolean): string | null {
  try {
    const { tensors, metadata } = decodeSafetensors(file, { skipWholeNumbers });
    const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    assert.ok(bytes <= file.length, `${bytes} bytes out of ${file.length}`);
    for (const { shape, data } of tensors.values()) {
      assert.is(shape.reduce((product, side) => product * side, 1), data.length); // biome-ignore format: one law
    }
    assert.ok(Object.values(metadata).every((value) => typeof value === "string"));
    return null;
  } catch (error) {
    assert.instance(error, SafetensorsError, String(error));
    return (error as Error).message;
  }
}

law(
  "whatever a header says of its tensors, it is refused in words or gives just what lies in the file",
  [header, fc.nat(64), fc.boolean()],
  (entries, values, skip) => {
    decoded(fileOf(textOf(entries), values), skip);
  },
  { numRuns: 2000 },
);

law(
  "a header's length that is not the header's is refused, or is that of another header",
  [header, fc.nat(64), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.boolean()],
  (entries, values, length, skip) => {
    const file = fileOf(textOf(entries), values, length);
    const words = decoded(file, skip);
    if (length > file.length - 8) assert.match(words ?? "", "does not fit into a file of");
  },
  { numRuns: 500 },
);

law("bytes at random are refused or read, and nothing else", [fc.uint8Array({ maxLength: 400 }), fc.boolean()], (bytes, skip) => {
  decoded(bytes, skip);
  decoded(fileOf(bytes, 8), skip);
}); // biome-ignore format: one law

test("tensors that share bytes, lie in another order, or leave some out", () => {
  const at = (start: number, end: number) => ({ dtype: "F32", shape: [(end - start) / 4], data_offsets: [start, end] });
  const file = (...spans: [number, number][]) => fileOf(textOf(spans.map(([a, b], i) => [`t${i}`, at(a, b)])), 16);
  assert.is(decoded(file([8, 16], [0, 8]), false), null);
  for (const spans of [
    [
      [0, 8],
      [4, 16],
    ],
    [
      [0, 16],
      [0, 16],
    ],
    [
      [0, 16],
      [4, 8],
    ],
    [[0, 8]],
    [[4, 16]],
  ] as [number, number][][]) {
    // biome-ignore format: one list
    assert.match(decoded(file(...spans), false) ?? "", "overlap or leave gaps");
  }
});

test("an object's own names as names of tensors are names like all others", () => {
  const tensor = { dtype: "F32", shape: [], data_offsets: [0, 4] };
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const { tensors } = decodeSafetensors(fileOf(textOf([[name, tensor]]), 4));
    assert.equal([...tensors.keys()], [name]);
  }
  assert.is(({} as Record<string, unknown>).dtype, undefined);
});

test("large headers cost time in proportion to their size: of nesting, of many tensors, of one long shape", () => {
  const million = 1_000_000;
  const empty = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
  for (const text of [
    `{"a":${"[".repeat(million)}${"]".repeat(million)}}`,
    "[".repeat(million),
    textOf(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, empty])),
    textOf([["a", { ...empty, shape: new Array(200_000).fill(1) }]]),
    `{"__metadata__":{"a":${JSON.stringify("x".repeat(million))}}}`,
  ]) {
    const begin = performance.now();
    decoded(fileOf(text, 0), false);
    assert.ok(performance.now() - begin < 3000, `${text.slice(0, 20)}: ${performance.now() - begin} ms`);
  }
});

test.run();
