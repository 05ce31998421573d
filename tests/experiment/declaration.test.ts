/** An experiment as it is declared, and what the harness makes of it. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CellRun } from "../../src/experiment";
import { checkRow, column, columnLabel, count, cross, experiment, judge, seeds } from "../../src/experiment";
import { meanInterval } from "../../src/statistics";
import { law } from "../property";

const declared = experiment("cubes", {
  title: "Cubes",
  question: "How large are cubes?",
  source: "arithmetic",
  datasets: [],
  parameters: { seeds: seeds(3), most: count("largest number", 4) },
  columns: {
    kind: column.oneOf("what is raised", ["odd", "even"]),
    number: column.whole("number"),
    cube: column.number("its cube", "units"),
    name: column.text("its name"),
  },
  cells: ({ seeds: all }) => cross({ seed: all, kind: ["odd", "even"] as const }),
  async measure(run, { seed, kind }, { most }) {
    const numbers = Array.from({ length: most }, (_, i) => i).filter((i) => (i % 2 === 0) === (kind === "even"));
    await run.progress("raising", 0, numbers.length);
    return numbers.map((number) => ({ number, cube: seed * number ** 3 }));
  },
  claims: {
    E1: (rows) =>
      judge(rows.where({ kind: "odd" }).interval("cube"))
        .atMost(5)
        .below(10_000),
    E2: (rows) =>
      judge(rows.where({ kind: "even" }).perSeed("cube"))
        .of("number of rows", rows.length, "rows")
        .exactly(12),
    E3: (rows) => judge(rows.where(({ number }) => number === 99).perSeed("cube")).above(0),
  },
  states: {
    "half of chance": (rows, _, claim) => (claim === "E2" ? null : rows.numbers("seed")),
    "trained as in the sources": (rows) => rows.numbers("seed"),
    "three points": () => [3],
  },
  sentences: { E1: (rows) => `${rows.length} numbers were raised.` },
  figures: (rows) => [
    { id: "by-number", title: "Cubes", claims: ["E1"], x: "number", y: "cube", rows, by: "kind" },
    { id: "by-kind", title: "Kinds", x: "kind", y: { column: "cube", scale: "log" }, rows },
  ],
  departures: ({ most }) => [`Numbers stop at ${most}.`],
});

const params = { seeds: [1, 2, 3], most: 4 };

function cellRun(signal = new AbortController().signal): CellRun {
  const refuse = () => Promise.reject(new Error("there is no data"));
  return { data: refuse, dataName: "mnist", trained: refuse, progress() {}, signal };
}

async function allRows() {
  const cells = declared.cells(params);
  const rows = await Promise.all(cells.map((cell) => declared.measure(cell, params, cellRun())));
  return rows.flatMap((some, i) => some.map((row) => ({ ...cells[i]!, ...row })));
}

test("rows hold every column, with null for what was not measured", async () => {
  for (const row of await allRows()) assert.equal(Object.keys(row).sort(), ["cube", "kind", "name", "number", "seed"]);
  assert.ok((await allRows()).every(({ name }) => name === null));
});

test("claims are judged by name and unit of their effect; one without a measurement cannot be told", async () => {
  const judgements = declared.verdicts(await allRows(), params);
  assert.equal(
    judgements.map(({ claim }) => claim.id),
    ["E1", "E2", "E3"],
  );
  const [first, second, third] = judgements;
  assert.is(third!.effect, null);
  assert.match(third!.reason, /^Cannot be told: .*\.$/);
  assert.equal(
    judgements.map(({ sentence }) => sentence),
    [
      "12 numbers were raised.",
      "Difference of median rises: 8 points [-2, 18] (3 seeds).",
      "Correlation: cannot be told.",
    ],
  );
  assert.is(second!.verdict, "not testable here"); // its experiment does not tell whether the network errs less than half of chance
  assert.match(second!.reason, /^The test error of the intact network cannot be told from this run/);
  assert.equal(
    first!.conditions.map(({ text }) => text),
    ["median rise at most 5 points", "interval of median rise below 10,000 points"],
  );
  assert.equal(
    second!.conditions.map(({ text, outcome }) => [text, outcome]),
    [["number of rows exactly 12 rows", "holds"]],
  );
  assert.equal(first!.effect, meanInterval([14, 28, 42]));
});

test("axes are labelled by columns, and captions say what bands and whiskers are", async () => {
  const [byNumber, byKind] = declared.figures(await allRows(), params);
  assert.is(byNumber!.xAxis.label, "number");
  assert.is(byNumber!.xAxis.integers, true);
  assert.is(byNumber!.yAxis.label, "its cube (units)");
  assert.equal(
    byNumber!.series!.map(({ name, kind, points }) => [name, kind, points.length]),
    [
      ["odd", "points", 2], // two means are no course
      ["even", "points", 2],
    ],
  );
  assert.match(byNumber!.caption, "Marks are means over seeds, whiskers");
  assert.equal(byKind!.xAxis.categories, ["odd", "even"]);
  assert.is(byKind!.yAxis.scale, "log");
  assert.match(byKind!.caption, "Marks are means over seeds, whiskers");
});

test("a cell that is to stop stops at its next word of progress", async () => {
  const controller = new AbortController();
  const cell = declared.cells(params)[0]!;
  const ending = declared.measure(cell, params, cellRun(controller.signal)).then(
    () => "went on",
    (error: Error) => error.name,
  );
  controller.abort();
  assert.is(await ending, "AbortError");
});

const columns = {
  flag: column.flag("a flag"),
  whole: column.whole("a whole number"),
  part: column.oneOf("a part", ["one", "two"]),
};

law(
  "a row with a value of another kind than its column's is refused, naming row and column",
  [
    fc.oneof(
      fc.record({ flag: fc.oneof(fc.string(), fc.integer()) }),
      fc.record({ whole: fc.oneof(fc.string(), fc.boolean(), fc.double({ noInteger: true })) }),
      fc.record({ part: fc.string().filter((word) => word !== "one" && word !== "two") }),
      fc.record({ stranger: fc.integer() }),
    ),
  ],
  (row) => {
    const [name] = Object.keys(row);
    try {
      checkRow(row, columns, "row 7");
    } catch (error) {
      assert.match((error as Error).message, `row 7, column ${name}`);
      return;
    }
    assert.unreachable(`accepted ${JSON.stringify(row)}`);
  },
);

test("a label has its unit in brackets", () => {
  assert.is(columnLabel(column.number("top-1 test error", "%")), "top-1 test error (%)");
  assert.is(columnLabel(column.text("block")), "block");
});

test.run();
