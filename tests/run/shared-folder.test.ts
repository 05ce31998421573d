/** Runs that write into the same folders at the same time. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cellStore } from "../../src/store/cell-record";
import { type Ended, inPlace, type Place, start } from "./program";

const weights = path.join(__dirname, "..", "fixtures", "weights.ts");
const words = ["--workers", "1", "--scale", "smoke"];

/** Starts programs at once and waits for all. */
const together = (...programs: (() => Promise<Ended>)[]) => Promise.all(programs.map((program) => program()));

function assertAllWell(outcomes: readonly Ended[]): void {
  for (const { status, stderr } of outcomes) {
    assert.is(status, 0, stderr);
    assert.not.match(stderr, /damaged|failed|error/i);
  }
}

/** Nothing half-written is left, and every cell of an experiment can be trusted. */
function assertWhole({ results, reports }: Place, experiment: string, cells: number): void {
  for (const folder of [results, reports]) {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    assert.equal(
      files.filter((name) => name.includes(".tmp-") || name.endsWith(".lock")),
      [],
    );
  }
  assert.is(cellStore(path.join(results, "store", "cells", experiment)).records().length, cells);
}

const rowsIn = ({ results }: Place, run: string) => readFileSync(path.join(results, run, "rows.csv"), "utf8");

test("the same run twice at the same time gives the tables of one", () =>
  inPlace(async (place) => {
    const run = () => start([...place.options, ...words, "--set", "pause=20"]).ended;
    assertAllWell(await together(run, run));
    assertWhole(place, "sums", 4);
    const [name] = readdirSync(place.results).filter((entry) => entry.startsWith("sums"));
    const once = rowsIn(place, name!);
    await inPlace(async (alone) => {
      assertAllWell([await start([...alone.options, ...words, "--set", "pause=20"]).ended]);
      assert.is(rowsIn(alone, name!), once);
    });
    assert.match(readFileSync(path.join(place.reports, "index.html"), "utf8"), /<\/html>\n$/);
  }));

test("runs that share cells and networks at the same time each come to the results that they have alone", () =>
  inPlace(async (place) => {
    const run = (program: string | undefined, ...more: string[]) =>
      start([...place.options, ...words, ...more], {}, ...(program === undefined ? [] : [program])).ended;
    const all = await together(
      () => run(weights),
      () => run(weights, "--set", "seeds=1"),
      () => run(undefined, "--set", "share=0.25"),
    );
    assertAllWell(all);
    assertWhole(place, "weights", 4);
    assertWhole(place, "sums", 4);
    const models = path.join(place.results, "store", "models");
    assert.is(readdirSync(models).length, 2);
    await inPlace(async (alone) => {
      assertAllWell([await start([...alone.options, ...words], {}, weights).ended]);
      assert.is(rowsIn(place, "weights-smoke"), rowsIn(alone, "weights-smoke"));
      for (const id of readdirSync(models)) {
        const [one, other] = [models, path.join(alone.results, "store", "models")].map((folder) =>
          readFileSync(path.join(folder, id, "model.safetensors")),
        );
        assert.ok(one!.equals(other!), id);
      }
    });
  }));

test.run();
