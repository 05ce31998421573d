/** Runs beside the reference runs of their names, from the comparison of rows to what a run says at its end. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRows } from "../../src/archive/comparison";
import { updateReference } from "../../src/archive/reference";
import { gatherRuns } from "../../src/archive/report-index";
import type { StoredRun } from "../../src/archive/stored-run";
import type { Row, Setting } from "../../src/experiment";
import type { Column } from "../../src/report";
import { law } from "../property";
import { cnnFindings, inPlace, type Place, run, start } from "../run/program";

const tensors = path.join(__dirname, "..", "fixtures", "tensors.ts");

type Table = readonly (Setting & Row)[];

/** A run that has these rows. */
function runWith(rows: Table, names = Object.keys(rows[0] ?? { seed: 1 })): StoredRun {
  const columns = names.map((name): Column => ({ name, type: "number", unit: "points", description: "" }));
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  return { rows: () => rows, columns: () => columns, provenance: () => ({ seeds }) } as unknown as StoredRun;
}

/** Whole numbers, so that differences are exact. */
const value = fc.integer({ min: -1000, max: 1000 });
const table: fc.Arbitrary<Table> = fc.array(
  fc.record({ seed: fc.integer({ min: 1, max: 3 }), error: value, rise: value }),
  { minLength: 1, maxLength: 12 },
);

law(
  "rows are equal to themselves, and a comparison the other way round finds as much",
  [table, table],
  (one, other) => {
    assert.ok(compareRows(runWith(one), runWith(one)).equal);
    const [there, back] = [compareRows(runWith(one), runWith(other)), compareRows(runWith(other), runWith(one))];
    assert.is(there.equal, back.equal);
    assert.equal(there.columns, back.columns);
  },
);

law(
  "one changed number is found, with its column and by how much it changed",
  [table, fc.nat(), fc.integer({ min: 1 })],
  (rows, at, by) => {
    const changed = rows.map((row, i) => (i === at % rows.length ? { ...row, rise: (row.rise! as number) + by } : row));
    const { equal, columns } = compareRows(runWith(rows), runWith(changed));
    assert.is(equal, false);
    assert.equal(columns, [{ name: "rise", unit: "points", rows: 1, largest: by }]);
  },
);

law("a column under another name is known by what it holds", [table], (rows) => {
  const renamed = rows.map(({ seed, error, rise }) => ({ seed, error: error!, rise_points: rise! }));
  const found = compareRows(runWith(rows), runWith(renamed));
  assert.ok(found.equal);
  assert.equal(found.renamed, [{ before: "rise", after: "rise_points" }]);
  const other = renamed.map((row, i) => (i === 0 ? { ...row, rise_points: (row.rise_points as number) + 1 } : row));
  const { equal, renamed: none, onlyBefore, onlyAfter } = compareRows(runWith(rows), runWith(other));
  assert.equal([equal, none, onlyBefore, onlyAfter], [false, [], ["rise"], ["rise_points"]]);
});

law("a run of fewer seeds is compared by those that it has", [table], (rows) => {
  const first = rows.filter(({ seed }) => seed === rows[0]!.seed);
  assert.is(compareRows(runWith(rows), runWith(first)).before, first.length);
  assert.ok(compareRows(runWith(rows), runWith(first)).equal);
});

async function measured(place: Place, ...words: readonly string[]) {
  const ended = await run([...place.options, "--workers", "1", ...words]);
  assert.is(ended.status, 0, ended.stderr);
  return ended;
}

test("a run becomes the reference when it is asked to, and later runs say how they stand to it", () =>
  inPlace(async (place) => {
    const { results, reports } = place;
    assert.not.match((await measured(place)).stdout, "as the reference");
    const reference = path.join(results, "reference", "sums");
    assert.not.ok(existsSync(reference));

    const updating = await measured(place, "--update-reference");
    assert.match(updating.stderr, /reference: .*results\/reference\/sums/);
    for (const file of ["rows.csv", "claims.csv", "provenance.json", "SHA256SUMS", "thumbnails/H9.svg"]) {
      assert.is(
        readFileSync(path.join(reference, file), "utf8"),
        readFileSync(path.join(results, "sums", file), "utf8"),
      );
    }
    const page = path.join(reports, "reference", "sums.html");
    const links = [...readFileSync(page, "utf8").matchAll(/href="([^"#:]+)"/g)].map(([, link]) => link!);
    assert.ok(links.some((link) => link.endsWith("rows.csv")));
    for (const link of links) assert.ok(existsSync(path.join(path.dirname(page), link)), link);
    const own = path.join(reports, "sums.html");
    const figures = path.relative(reports, path.resolve(__dirname, "../../experiments/block-deletion.ts"));
    writeFileSync(own, `${readFileSync(own, "utf8")}<a href="${figures}">figures of one of the project's own</a>`);
    await updateReference(place, "sums");
    const [link] = /[^"]*\/block-deletion\.ts/.exec(readFileSync(page, "utf8"))!;
    assert.is(path.join(path.dirname(page), link), path.join(reports, figures));
    assert.match(readFileSync(path.join(reports, "reference", "index.html"), "utf8"), 'href="sums.html#claim-H9"');

    const again = await measured(place);
    assert.match(again.stdout, /^1 of 1 verdicts as the reference, 6 rows equal bit for bit$/m);
    assert.equal(
      gatherRuns(place).runs.map(({ name, isReference, report }) => [name, isReference, report]),
      [
        ["sums", false, "sums.html"],
        ["sums", true, "reference/sums.html"],
      ],
    );
    assert.match(readFileSync(path.join(reports, "index.html"), "utf8"), 'href="reference/sums.html#claim-H9"');

    const rows = path.join(reference, "rows.csv");
    writeFileSync(rows, readFileSync(rows, "utf8").replace(/,8\.33[^,]*/, ",8.5"));
    const claims = path.join(reference, "claims.csv");
    writeFileSync(claims, readFileSync(claims, "utf8").replace("reproduced,25,25,25", "partly,26,25.5,26.5"));
    const moved = await measured(place);
    assert.match(moved.stdout, /^0 of 1 verdicts as the reference, but \w+ differs in 1 of 6 rows by up to 0\.167/m);
    assert.match(moved.stdout, /^ {2}H9 {2}partly, 26\.0 units \[25\.5, 26\.5\] -> reproduced, 25 units \[25, 25\]$/m);
    const { reference: told } = JSON.parse((await measured(place, "--json")).stdout);
    assert.equal([told.claims[0].moved, told.rows.equal, told.rows.after], [true, false, 6]);

    writeFileSync(path.join(reference, "provenance.json"), "{");
    const damaged = await measured(place);
    assert.match(damaged.stderr, "not compared with its reference: reference/sums/provenance.json is damaged");
  }));

test("a run whose cells fail does not become the reference", () =>
  inPlace(async (place) => {
    const ended = await run([...place.options, "--workers", "1", "--set", "trouble=fail", "--update-reference"]);
    assert.is(ended.status, 1);
    assert.match(ended.stderr, "the reference stays as it is: cells failed");
    assert.not.ok(existsSync(path.join(place.results, "reference")));
  }));

test("a run that takes the place of its reference takes over its cells, as the store had them", () =>
  inPlace(async (place) => {
    const words = [tensors, ...place.options, "--workers", "1", "--update-reference"];
    const store = path.join(place.results, "store");
    const again = async () => {
      rmSync(store, { recursive: true });
      const { status, stderr } = await start(["run", ...words], {}, cnnFindings).ended;
      assert.is(status, 0, stderr);
      return stderr;
    };
    const cells = () =>
      readdirSync(path.join(store, "cells", "tensors"))
        .filter((file) => file.endsWith(".json"))
        .map((file) => JSON.parse(readFileSync(path.join(store, "cells", "tensors", file), "utf8")));
    const read = () => readFileSync(path.join(place.results, "reference", "tensors", "rows.csv"), "utf8");

    assert.is((await start(["run", ...words], {}, cnnFindings).ended).status, 0);
    const [before, rows] = [cells(), read()];
    assert.equal(before.map(({ runtime }) => runtime !== null).sort(), [false, false, true, true]);
    const taken = await again();
    assert.match(taken, "4 cells taken from the reference run");
    assert.match(taken, "4 cached, 0 to do");
    assert.equal(cells(), before);
    assert.is(read(), rows);

    const file = path.join(place.results, "reference", "tensors", "rows.csv");
    writeFileSync(file, rows.replace("0.5", "0.25"));
    assert.match(await again(), "0 cached, 4 to do"); // and what was altered is replaced
    assert.is(read(), rows);
  }));

test("a reference run grows by seeds, where the run is interrupted, and never shrinks", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--workers", "1", "--set", "terms=8", "--update-reference"];
    const folder = () => path.join(place.results, "reference", readdirSync(path.join(place.results, "reference"))[0]!);
    const seeds = () => JSON.parse(readFileSync(path.join(folder(), "provenance.json"), "utf8")).seeds;
    const interrupted = async (after: string, ...more: readonly string[]) => {
      const running = start([...words, ...more], { FIXTURE_PAUSE: "60" });
      await running.says(after);
      running.child.kill("SIGINT");
      const { status, stderr } = await running.ended;
      assert.is(status, 130, stderr);
      rmSync(path.join(place.results, "store"), { recursive: true });
      return stderr;
    };
    assert.match(await interrupted("interim, 1 of 3 seeds"), /^reference: .*reference\/sums-/m);
    assert.equal(seeds(), [1]);
    assert.match(await interrupted("interim, 2 of 3 seeds"), "2 cells taken from the reference run");
    assert.equal(seeds(), [1, 2]);
    const fewer = await interrupted("interim, 1 of 3 seeds", "--fresh");
    assert.match(fewer, /the reference stays as it is: sums-\w+ has 1 seed so far, its reference 2/);
    assert.equal(seeds(), [1, 2]);
    const whole = await run(words);
    assert.is(whole.status, 0, whole.stderr);
    assert.match(whole.stderr, "4 cached, 2 to do");
    assert.equal(seeds(), [1, 2, 3]);
    assert.match(await interrupted("interim, 2 of 3 seeds", "--fresh"), "the reference stays as it is");
    assert.equal(seeds(), [1, 2, 3]);
  }));

test("provenance tells when and where cells were measured, whichever run finds them in the store", () =>
  inPlace(async (place) => {
    await measured(place);
    const file = path.join(place.results, "sums", "provenance.json");
    const first = JSON.parse(readFileSync(file, "utf8"));
    assert.ok(first.started <= first.cells[0].finished && first.ended >= first.cells.at(-1).finished);
    assert.ok(
      first.seconds > 0 && first.seconds <= (Date.parse(first.ended) - Date.parse(first.started)) / 1000 + 0.001,
    );
    assert.is(first.workers, 1);

    await measured(place);
    const { written, cells: cached, ...again } = JSON.parse(readFileSync(file, "utf8"));
    const { written: earlier, cells: fresh, ...before } = first;
    assert.equal(again, before);
    assert.ok(written.at > earlier.at);
    assert.equal(
      [fresh, cached].map((list: { cached: boolean }[]) => list.filter((cell) => cell.cached).length),
      [0, 6],
    );
  }));

test.run();
