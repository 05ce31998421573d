import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inPlace, start } from "./program";

const cubes = path.join(__dirname, "..", "fixtures", "experiments", "cubes.ts");

test("a fault in the judging loses no row: all of them are written, and the message says where", () =>
  inPlace(async ({ results, options }) => {
    const words = ["--scale", "smoke", ...options];
    const table = (name: string) => path.join(results, "cubes-smoke", name);
    const failed = await start(words, { FIXTURE_TROUBLE: "cubes verdicts" }, cubes).ended;
    assert.is(failed.status, 1, failed.stderr);
    assert.match(failed.stderr, "the experiment's judging failed: asked to judge badly");
    assert.match(failed.stderr, /All that was measured is in .*cubes-smoke\/rows\.csv\./);
    const rows = readFileSync(table("rows.csv"), "utf8");
    assert.is(rows.trim().split("\r\n").length, 3); // two seeds
    assert.ok(!existsSync(table("claims.csv")));

    const judged = await start(words, {}, cubes).ended; // nothing is measured again
    assert.is(judged.status, 0, judged.stderr);
    assert.match(judged.stderr, "nothing to measure");
    assert.is(readFileSync(table("rows.csv"), "utf8"), rows);

    const again = await start(words, { FIXTURE_TROUBLE: "cubes verdicts" }, cubes).ended;
    assert.is(again.status, 1);
    assert.ok(!existsSync(table("claims.csv")), "verdicts on rows before these would look like theirs");
  }));

test.run();
