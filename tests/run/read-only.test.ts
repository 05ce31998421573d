/** Folders that can be read and not written. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withReadOnly } from "../base/read-only";
import { inPlace, type Place, run, start } from "./program";

const smoke = ({ options }: Place) => [...options, "--scale", "smoke"];

test("a read-only folder of results or reports is misuse, said before anything is measured", () =>
  inPlace(async (place) => {
    for (const folder of [place.results, place.reports]) {
      await withReadOnly(folder, async () => {
        const { status, stderr } = await run(smoke(place));
        assert.is(status, 2, stderr);
        assert.match(stderr, /cannot write to the folder .*: (the file system is read-only|no permission)/);
        assert.match(stderr, /--results.*--reports/);
        assert.not.match(stderr, "begun");
        assert.not.match(stderr, /^ {4}at /m);
      });
    }
    assert.is((await run(smoke(place))).status, 0);
  }));

test("what is measured can be looked at in a read-only folder", () =>
  inPlace(async (place) => {
    assert.is((await run(smoke(place))).status, 0);
    await withReadOnly(place.results, async () => {
      const { status, stdout } = await run([...smoke(place), "--dry-run"]);
      assert.is(status, 0);
      assert.is(stdout.match(/cached/g)?.length, 4, stdout);
    });
  }));

test("a store that becomes read-only ends the run in words; once it can be written, the same command goes on", () =>
  inPlace(async (place) => {
    const words = [...place.options, "--workers", "1", "--set", "terms=8", "pause=20"];
    const cells = path.join(place.results, "store", "cells", "sums");
    const kept = () => readdirSync(cells).filter((name) => name.endsWith(".json"));
    const begun = start(words);
    await begun.says("[2/6]");
    let skipped = true;
    await withReadOnly(cells, async () => {
      skipped = false;
      const { status, stderr } = await begun.ended;
      assert.is(status, 1, stderr);
      assert.match(stderr, /cannot write .*\.json: (the file system is read-only|no permission)/);
      assert.match(stderr, /of 6 cells are measured and kept; resume with: /);
    });
    if (skipped) {
      await begun.ended;
      return;
    }
    const before = kept();
    assert.ok(before.length > 0 && before.length < 6, String(before.length));
    assert.equal(readdirSync(cells), before); // no temporary file is left
    const resumed = await run(words);
    assert.is(resumed.status, 0, resumed.stderr);
    assert.match(resumed.stderr, `${before.length} cached, ${6 - before.length} to do`);
    assert.ok(existsSync(place.reports));
    assert.match(readFileSync(path.join(place.reports, readdirSync(place.reports).find((f) => f.startsWith("sums"))!), "utf8"), "</html>"); // biome-ignore format: one call
  }));

test.run();
