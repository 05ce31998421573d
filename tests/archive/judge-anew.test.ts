import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rejudge } from "../../src/archive";
import { writeChecksums } from "../../src/store";
import { inPlace, run } from "../run/program";

const experiments = path.join(__dirname, "..", "fixtures");

test("workers and seconds that an older version took from its clock are counted anew from the cells", () =>
  inPlace(async ({ results, reports, options }) => {
    assert.is((await run([...options, "--workers", "1"])).status, 0);
    const folder = path.join(results, "sums");
    const file = path.join(folder, "provenance.json");
    const before = JSON.parse(readFileSync(file, "utf8"));
    const listed = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => path.extname(name) !== "",
    );
    writeFileSync(file, JSON.stringify({ ...before, workers: 0, seconds: before.cellSeconds + 1000 }));
    writeChecksums(folder, listed);

    const judged = await rejudge("sums", { results, reports, experiments });
    assert.equal(
      judged.after.map(({ claim, verdict }) => [claim.id, verdict]),
      judged.before.map(({ claim, verdict }) => [claim, verdict]),
    );
    const { written: _, ...after } = JSON.parse(readFileSync(file, "utf8"));
    const { written: __, ...same } = before;
    assert.equal(after, same);
    assert.is(after.workers, 1);
    assert.match(readFileSync(path.join(reports, "sums.html"), "utf8"), "workers & 1 ");
  }));

test.run();
