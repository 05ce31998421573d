import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { csvText, parseCsv, readCsv, writeCsv } from "../../../src/report";
import { law } from "../../property";

const folder = mkdtempSync(join(tmpdir(), "csv-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const columns = [
  { name: "network", type: "string" },
  { name: "keeps_shape", type: "boolean" },
  { name: "seed", type: "integer" },
  { name: "error_percent", type: "number" },
] as const;
// Text as awkward as it comes: delimiters, quotes, line ends, formulas, apostrophes, any Unicode.
const awkward = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "@", '"', ",", "\r", "\n", "\t", " ", "1", "a", "é") }),
);
const row = fc.record(
  {
    network: fc.option(awkward),
    keeps_shape: fc.option(fc.boolean()),
    seed: fc.option(fc.integer()),
    error_percent: fc.option(fc.double()),
  },
  { noNullPrototype: true }, // what is read has Object's
);

law(
  "rows that are written and read back are the same",
  [fc.array(row, { minLength: 1 })],
  (rows) => {
    assert.equal(parseCsv(csvText(rows), columns), rows);
  },
  { numRuns: 500 },
);

test("every row has as many fields as the header, and lines end in CRLF", () => {
  const text = csvText([
    { network: "plain", seed: 1 },
    { network: null, seed: 2, note: "late column" },
  ]);
  assert.is(text, "network,seed,note\r\nplain,1,\r\n,2,late column\r\n");
});

test("truth values, text, nothing and numbers are told apart", () => {
  const text = csvText([
    { yes: true, no: false, none: null, blank: "", zero: 0, tiny: 1e-300, third: 1 / 3, minus: -0.5 },
  ]);
  assert.is(text.split("\r\n")[1], 'true,false,,"",0,1e-300,0.3333333333333333,-0.5');
});

test("text that a spreadsheet would compute gets an apostrophe, a negative number does not", () => {
  assert.is(csvText([{ a: "=SUM(A1)", b: -1, c: "-x", d: "'=x" }]).split("\r\n")[1], "'=SUM(A1),-1,'-x,''=x");
});

test("a field of another type than its column is refused with its place", () => {
  assert.throws(
    () => parseCsv("a,seed\r\nx,y\r\n", [{ name: "seed", type: "integer" }]),
    /column seed, line 2: need an integer/,
  );
});

test("Python's csv module reads the same fields", async () => {
  const rows = [
    { name: 'say "yes", twice', value: 0.1, flag: false },
    { name: "two\r\nlines", value: -1e-7, flag: true },
    { name: "ünï ≤ ✓", value: 12345678901234.5, flag: true },
  ];
  const path = join(folder, "rows.csv");
  await writeCsv(path, rows);
  const program =
    "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8')))))";
  const read = JSON.parse(execFileSync("python3", ["-c", program, path], { encoding: "utf8" })) as Record<
    string,
    string
  >[];
  assert.equal(
    read.map(({ name, value, flag }) => ({ name, value: Number(value), flag: flag === "true" })),
    rows,
  );
  assert.equal(
    (await readCsv(path)).map(({ name }) => name),
    rows.map(({ name }) => name),
  );
});

test.run();
