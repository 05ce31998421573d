import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareResults, compareRows } from "../../src/identity";
import { law } from "../property";

const before = "seed,pictures,error\r\n1,2000,1.5\r\n2,2000,1.25\r\n";

test("tables are equal byte for byte, but for columns that were renamed", () => {
  assert.equal(compareRows(before, before), { rows: 2, differences: [] });
  const renamed = before.replace("pictures", "images");
  assert.equal(compareRows(before, renamed, { pictures: "images" }), { rows: 2, differences: [] });
  assert.equal(compareRows(before, renamed).differences, [
    "columns that are gone: pictures",
    "columns that are new: images",
  ]);
});

test("a difference is told with its row and column, the first of each column", () => {
  const differences = (after: string) => compareRows(before, after).differences;
  assert.equal(differences(before.replace("1.25", "1.2500000000000002")), [
    "row 2, error: 1.25 before, 1.2500000000000002 after",
  ]);
  assert.equal(differences(before.replaceAll("2000", "1000")), ["row 1, pictures: 2000 before, 1000 after"]);
  assert.equal(differences(before.replace("2,2000,1.25\r\n", "")), ["2 rows before, 1 after"]);
  assert.equal(differences(before.replaceAll("\r\n", "\n")), ["other bytes"]);
  assert.equal(differences(before.slice(0, -2)), ["other bytes"]);
  assert.equal(differences("pictures,seed,error\r\n2000,1,1.5\r\n2000,2,1.25\r\n"), [
    "another order of columns: seed, pictures, error before, pictures, seed, error after",
  ]);
  assert.equal(differences(before.replace("1.5", '"1.5"')), ['row 1, error: 1.5 before, "1.5" after']);
});

const field = fc.oneof(fc.constantFrom("", "a", "a,b", 'say "hm"', "two\r\nlines"), fc.double().map(String));
const table = fc
  .record({ columns: fc.integer({ min: 1, max: 4 }), rows: fc.array(fc.array(field, { minLength: 4, maxLength: 4 })) })
  .map(({ columns, rows }) => [
    ["a", "b", "c", "d"].slice(0, columns),
    ...rows.map((row) => row.slice(0, columns).map((one, i) => (i === 0 ? `x${one}` : one))),
  ]);

law(
  "two tables are found equal exactly where their texts are, and a changed field is found at its place",
  [table, table, fc.nat(), fc.nat()],
  (some, other, atRow, atColumn) => {
    const text = (rows: readonly (readonly string[])[]) =>
      stringify(
        rows.map((row) => [...row]),
        { record_delimiter: "\r\n" },
      );
    assert.equal(compareRows(text(some), text(some)), { rows: some.length - 1, differences: [] });
    assert.is(compareRows(text(some), text(other)).differences.length === 0, text(some) === text(other));
    if (some.length < 2) return;
    const row = 1 + (atRow % (some.length - 1));
    const column = atColumn % some[0]!.length;
    const changed = some.map((line, i) => line.map((one, j) => (i === row && j === column ? `${one}!` : one)));
    const { differences } = compareRows(text(some), text(changed));
    assert.is(differences.length, 1);
    assert.ok(differences[0]!.startsWith(`row ${row}, ${some[0]![column]}: `), differences[0]);
  },
);

function inFolders<Result>(
  look: (write: (side: string, name: string, text: string) => void, folder: string) => Result,
): Result {
  const folder = mkdtempSync(path.join(os.tmpdir(), "comparison-test-"));
  try {
    return look((side, name, text) => {
      mkdirSync(path.dirname(path.join(folder, side, name)), { recursive: true });
      writeFileSync(path.join(folder, side, name), text);
    }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("of two folders all tables are compared, and weights wherever they are", () => {
  inFolders((write, folder) => {
    const compare = () => compareResults(path.join(folder, "old"), path.join(folder, "new"));
    for (const side of ["old", "new"]) write(side, "e/rows.csv", before);
    write("old", "models/1a/model.safetensors", "weights");
    write("new", "models/2b/model.safetensors", "weights");
    write("new", "e/provenance.json", "{}");
    assert.equal(compare(), { rows: 2, weights: 1, differences: [] });
    write("new", "models/2b/model.safetensors", "weight5");
    assert.equal([...compare().differences].sort(), [
      "models/1a/model.safetensors: no such weights after",
      "models/2b/model.safetensors: no such weights before",
    ]);
    write("new", "models/3c/model.safetensors", "weights");
    write("new", "models/4d/model.safetensors", "weights");
    assert.is(compare().weights, 1);
    assert.is(compare().differences.length, 2);
    write("old", "f/rows.csv", before);
    assert.ok(compare().differences.includes("f/rows.csv: not after"));
  });
});

test("folders without rows are no comparison", () => {
  inFolders((write, folder) => {
    write("old", "e/rows.csv", before);
    write("new", "e/notes.txt", "");
    assert.throws(() => compareResults(path.join(folder, "old"), path.join(folder, "new")), /need a rows.csv in .*new/);
  });
});

test.run();
