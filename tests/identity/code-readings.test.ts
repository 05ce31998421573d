import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FileReading } from "../../src/identity/code-fingerprint";
import { readReadings, writeReadings } from "../../src/identity/code-readings";
import { law } from "../property";

const folder = mkdtempSync(path.join(os.tmpdir(), "readings-"));
const file = path.join(folder, "code-readings.json");
test.after(() => rmSync(folder, { recursive: true, force: true }));

const name = fc.string({ unit: "grapheme" });
const plain = { noNullPrototype: true } as const; // what is read has Object's
const reading: fc.Arbitrary<FileReading> = fc.record(
  {
    modified: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((time) => time + 0), // JSON has no -0
    size: fc.nat(),
    hash: name,
    imports: fc.array(fc.record({ from: name, names: fc.oneof(fc.array(name), fc.constant("all" as const)) }, plain), {
      maxLength: 3,
    }),
    passesOn: fc.option(
      fc.array(fc.record({ from: name, name: fc.option(name), as: fc.option(name) }, plain), { maxLength: 3 }),
    ),
  },
  plain,
);
const readings = fc
  .dictionary(
    name.filter((key) => key !== "__proto__"),
    reading,
    { maxKeys: 4 },
  )
  .map((given) => ({ ...given }));

law("readings that are kept are read back, with those that were kept before", [readings, readings], (first, second) => {
  rmSync(file, { force: true });
  writeReadings(file, first);
  writeReadings(file, second);
  assert.equal(readReadings(file), { ...first, ...second });
});

law(
  "of a file with a changed byte all is found out anew",
  [readings, fc.nat(), fc.integer({ min: 1, max: 255 })],
  (given, place, change) => {
    rmSync(file, { force: true });
    writeReadings(file, given);
    const bytes = readFileSync(file);
    bytes[place % (bytes.length - 1)]! ^= change; // all but the line's end
    writeFileSync(file, bytes);
    assert.equal(readReadings(file), {});
  },
  { numRuns: 100 },
);

test("no file is no reading", () => {
  assert.equal(readReadings(path.join(folder, "none")), {});
});

test.run();
