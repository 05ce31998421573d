import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { intervals } from "../../benchmarks/interval-coverage/intervals";
import { type Coverage, coverage, laws, meanOf } from "../../benchmarks/interval-coverage/simulation";
import { projectRoot } from "../../src/base";
import { randomStream } from "../../src/random";
import { parseCsv } from "../../src/report";
import { mean } from "../../src/statistics";
import references from "../statistics/references/scipy-references.json";

for (const { sample, values, method, low, high } of references.bootstraps) {
  test(`the ${method} interval of the mean of "${sample}" is SciPy's`, () => {
    const found = intervals(values, randomStream(0, "resamples"))[method as "BCa bootstrap"];
    assert.ok(Math.abs(found.low - low) <= 1e-6, `low ${found.low}, SciPy ${low}`);
    assert.ok(Math.abs(found.high - high) <= 1e-6, `high ${found.high}, SciPy ${high}`);
  });
}

const decisive = laws.filter(({ counts }) => counts);
const atFive = decisive.flatMap((law) => coverage(law, 5, 2500));
const covers = (found: readonly Coverage[], method: Coverage["method"]) =>
  found.filter((one) => one.method === method).map((one) => one.covers);

test("at five seeds Student's interval covers 93 % on the average of the four laws, and 90 % on any", () => {
  const found = covers(atFive, "Student's t");
  assert.ok(mean(found) >= 93, `${mean(found)}`);
  assert.ok(Math.min(...found) >= 90, `${found}`);
});

test("intervals that are not studentised miss the mean three times as often as they say", () => {
  for (const method of ["BCa bootstrap", "percentile bootstrap"] as const)
    assert.ok(mean(covers(atFive, method)) < 85, method);
});

test("a law's mean is what its draws come to", () => {
  for (const law of laws) {
    const stream = randomStream(1, "law", law.name);
    const values = Array.from({ length: 5000 }, () => law.draw(stream));
    const deviation = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const distance = Math.abs(mean(values) - meanOf(law)) / (deviation / Math.sqrt(values.length));
    assert.ok(distance < 4, `${law.name}: ${distance} standard errors`);
  }
});

test("the table that is kept says the same", () => {
  const rows = parseCsv(
    readFileSync(path.join(projectRoot, "results/reference/interval-coverage/intervals.csv"), "utf8"),
  );
  for (const { law, method, covers: now } of atFive) {
    const kept = rows.find((row) => row.law === law && row.method === method && Number(row.seeds) === 5);
    assert.ok(Math.abs(Number(kept!.covers) - now) < 2, `${law}, ${method}: ${kept!.covers} and ${now}`);
  }
});

test.run();
