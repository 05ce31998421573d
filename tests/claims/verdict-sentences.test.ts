import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claims } from "../../src/claims";
import { parseCsv } from "../../src/report";

test("every verdict of the reference runs has a sentence of its own, not its effect once more", () => {
  const runs = join(__dirname, "..", "..", "results", "reference");
  const rows = readdirSync(runs)
    .map((name) => join(runs, name, "claims.csv"))
    .filter((file) => existsSync(file))
    .flatMap((file) => parseCsv(readFileSync(file, "utf8")));
  assert.ok(rows.length >= 70, `${rows.length} verdicts`);
  for (const { claim, sentence: said } of rows) {
    const sentence = String(said);
    const { effectName } = claims.find(({ id }) => id === claim)!;
    assert.not(sentence.toLowerCase().startsWith(`${effectName.toLowerCase()}: `), `${claim}: ${sentence}`);
    assert.match(sentence, /\d.*\.$/, `${claim}: ${sentence}`);
  }
});

test.run();
