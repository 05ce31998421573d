/** Files of a run and of its store, with bytes changed or lost at random: noticed and made again, or named; never a crash. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { contentOf } from "../../src/archive/judge-anew";
import { gatherRuns, indexedRun, writeReportIndex } from "../../src/archive/report-index";
import { runInFolder } from "../../src/archive/stored-run";
import { UsageError } from "../../src/base";
import type { Experiment } from "../../src/experiment/experiment";
import { calibration } from "../../src/run/estimate";
import { readOutcomes, readSubmissions, writeOutcome } from "../../src/slurm/submission";
import { cellStore } from "../../src/store/cell-record";
import sums from "../fixtures/sums";
import { law } from "../property";
import { run } from "../run/program";

const folder = mkdtempSync(path.join(os.tmpdir(), "damaged-files-"));
const [whole, copy] = ["whole", "copy"].map((name) => path.join(folder, name)) as [string, string];
const options = (place: string) => ["--results", path.join(place, "results"), "--reports", path.join(place, "reports")];
test.before(async () => {
  const { status, stderr } = await run([...options(whole), "--scale", "smoke"]);
  assert.is(status, 0, stderr);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

const filesIn = (place: string): string[] =>
  readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(place, name)).isFile())
    .sort();

/** A file by its place among several, and what happens to it: a byte changed, or all behind one lost. */
const damage = fc.record({ file: fc.nat(), at: fc.nat(), change: fc.nat(255) });

function spoil(file: string, { at, change }: { readonly at: number; readonly change: number }): void {
  const bytes = readFileSync(file);
  if (bytes.length === 0) return;
  bytes[at % bytes.length]! ^= change;
  writeFileSync(file, change === 0 ? bytes.subarray(0, at % bytes.length) : bytes);
}

/** A fresh copy of the run, without what is in no way its own, with a file of one of its folders damaged. */
function spoiledCopy(inside: string, { file, ...what }: { file: number; at: number; change: number }): string {
  rmSync(copy, { recursive: true, force: true });
  cpSync(whole, copy, { recursive: true, filter: (name) => path.basename(name) !== "assets" });
  const place = path.join(copy, inside);
  const files = filesIn(place);
  spoil(path.join(place, files[file % files.length]!), what);
  return place;
}

law(
  "a cell file is read as it was written, or its damage is named",
  [damage],
  (what) => {
    const original = cellStore(path.join(whole, "results/store/cells/sums"));
    const damaged = cellStore(spoiledCopy("results/store/cells/sums", what));
    for (const { id } of original.records()) {
      const read = damaged.read(id);
      assert.ok(read !== null);
      if (!("problem" in read)) assert.equal(read, original.read(id));
    }
  },
  { numRuns: 200 },
);

test("a cell file of arrays nested without end, or one that is a folder, is named as damaged", () => {
  const place = path.join(folder, "strange", "cells");
  const store = cellStore(place);
  const [record] = cellStore(path.join(whole, "results/store/cells/sums")).records();
  store.write(record!);
  const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  writeFileSync(store.fileOf(record!.id), JSON.stringify({ ...record, checksum: "" }).replace('"runtime":null', `"runtime":${nested}`)); // biome-ignore format: one call
  assert.ok("problem" in store.read(record!.id)!);
  rmSync(store.fileOf(record!.id));
  cpSync(path.join(whole, "reports"), store.fileOf(record!.id), { recursive: true });
  assert.match((store.read(record!.id) as { problem: string }).problem, "there is a folder of that name");
  assert.equal(store.records(), []);
});

law(
  "the page of all claims is written whatever the files of a run hold; what it leaves out is named on it",
  [damage],
  (what) => {
    const place = spoiledCopy("results/sums-smoke", what);
    const where = { results: path.dirname(place), reports: path.join(copy, "reports"), includeSmoke: true };
    const { runs, faults } = gatherRuns(where);
    assert.ok(runs.length === 1 || faults.length > 0);
    assert.match(readFileSync(writeReportIndex(where), "utf8"), /<\/html>\n$/);
    for (const fault of indexedRun("sums-smoke", where.results, where.reports).faults)
      assert.ok(faults.includes(fault));
  },
  { numRuns: 100 },
);

law(
  "a stored run is read for a paper, or refused in words",
  [damage],
  (what) => {
    const place = spoiledCopy("results/sums-smoke", what);
    try {
      contentOf(runInFolder(place), sums as unknown as Experiment);
    } catch (error) {
      assert.instance(error, UsageError);
    }
  },
  { numRuns: 100 },
);

law(
  "the same command makes every file of the run as it was, from the cells that are left",
  [damage],
  async (what) => {
    const place = spoiledCopy("results/sums-smoke", what);
    const { status, stderr } = await run([...options(copy), "--scale", "smoke"]);
    assert.is(status, 0, stderr);
    assert.match(stderr, "4 cached, 0 to do");
    for (const name of ["rows.csv", "claims.csv", "columns.json", "thumbnails/H9.svg"]) {
      const [before, after] = [path.join(whole, "results/sums-smoke"), place].map((one) => path.join(one, name));
      assert.is(readFileSync(after!, "utf8"), readFileSync(before!, "utf8"), name);
    }
  },
  { numRuns: 2 },
);

law(
  "a damaged file of paces counts as none, or holds paces that can be",
  [damage],
  ({ file: _, ...what }) => {
    const file = path.join(folder, "calibration.json");
    rmSync(file, { force: true });
    const paces = calibration(file, ["sums", "here"]);
    paces.add({ work: 3e9, seconds: 2 });
    paces.save();
    spoil(file, what);
    const damaged = calibration(file, ["sums", "here"]);
    assert.ok(damaged.rate > 0 && Number.isFinite(damaged.rate));
    damaged.save();
  },
  { numRuns: 200 },
);

law(
  "a damaged file of a cluster's element counts as not there",
  [damage],
  ({ file: _, ...what }) => {
    const jobs = path.join(folder, "jobs");
    rmSync(jobs, { recursive: true, force: true });
    writeOutcome(path.join(jobs, "a"), 0, 1, { type: "measured", stored: "c".repeat(16) });
    spoil(path.join(jobs, "a", "outcome-0-1.json"), what);
    writeFileSync(path.join(jobs, "a", "submission.json"), readFileSync(path.join(jobs, "a", "outcome-0-1.json")));
    const outcomes = readOutcomes(jobs, [{ id: "c", submission: "a", array: 0, index: 1, job: "7" }]);
    assert.ok(outcomes.size === 0 || outcomes.get("c")!.type === "measured");
    assert.equal(readSubmissions(jobs), []);
  },
  { numRuns: 100 },
);

test.run();
