import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bootstrapInterval, mean, median } from "../../src/statistics";
import { normalProbability, normalQuantile } from "../../src/statistics/normal-distribution";
import { law } from "../property";
import references from "./references/scipy-references.json";

const seedValue = fc.integer({ min: -100_000, max: 100_000 }).map((thousandths) => thousandths / 1000);
const fewSeeds = fc.array(seedValue, { minLength: 1, maxLength: 7 }); // enumerated
const manySeeds = fc.array(seedValue, { minLength: 9, maxLength: 12 }); // drawn
const method = fc.constantFrom("percentile" as const, "bca" as const);
const quick = { resamples: 500 };

const near = (left: number, right: number, scale = 1) =>
  assert.ok(Math.abs(left - right) <= 1e-9 * Math.max(1, scale), `${left} is not ${right}`);

for (const { sample, values, statistic, confidence, low, high, ...reference } of references.intervals) {
  test(`the ${reference.method} interval (${confidence}) of the ${statistic} of "${sample}" is SciPy's`, () => {
    const found = bootstrapInterval(values, {
      statistic: statistic === "mean" ? mean : median,
      method: reference.method as "percentile" | "bca",
      confidence,
      resamples: 20_000,
    });
    // Twelve values are resampled at random here and there, so their borders agree to the Monte-Carlo error only.
    const tolerance = values.length > 8 ? 0.15 : 1e-9;
    assert.ok(Math.abs(found.low - low) <= tolerance, `low ${found.low}, SciPy ${low}`);
    assert.ok(Math.abs(found.high - high) <= tolerance, `high ${found.high}, SciPy ${high}`);
  });
}

test("the normal distribution is SciPy's to 1e-14, and its quantile inverts it", () => {
  for (const { z, probability } of references.normal) {
    assert.ok(Math.abs(normalProbability(z) - probability) < 1e-14);
    assert.ok(Math.abs(normalQuantile(normalProbability(z)) - z) < 1e-6, `quantile at ${z}`);
  }
});

law("a percentile interval of the mean contains the mean", [fewSeeds], (values) => {
  const { low, estimate, high, count } = bootstrapInterval(values, { method: "percentile" });
  assert.ok(low <= estimate + 1e-9 && estimate <= high + 1e-9);
  assert.is(count, values.length);
});

const shift = fc.integer({ min: -1000, max: 1000 });
const factor = fc.constantFrom(0.5, 2, 10, 0.01);

law(
  "shifting and stretching the values shifts and stretches the interval",
  [fc.oneof(fewSeeds, manySeeds), shift, factor, method],
  (values, by, times, params) => {
    const given = bootstrapInterval(values, { ...quick, method: params });
    const moved = bootstrapInterval(
      values.map((value) => by + times * value),
      { ...quick, method: params },
    );
    for (const part of ["low", "estimate", "high"] as const) near(moved[part], by + times * given[part], 2000);
  },
);

law("changing the sign of few values mirrors the interval", [fewSeeds, method], (values, params) => {
  const given = bootstrapInterval(values, { method: params });
  const mirrored = bootstrapInterval(
    values.map((value) => -value),
    { method: params },
  );
  near(mirrored.low, -given.high, 200);
  near(mirrored.high, -given.low, 200);
});

const shuffled = fc
  .oneof(fewSeeds, manySeeds)
  .chain((values) =>
    fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length, maxLength: values.length })),
  );

law("the order of the seeds changes nothing", [shuffled, method], ([values, reordered], params) => {
  assert.equal(
    bootstrapInterval(reordered, { ...quick, method: params }),
    bootstrapInterval(values, { ...quick, method: params }),
  );
});

law(
  "equal values have an interval of no width",
  [seedValue, fc.integer({ min: 1, max: 12 }), method],
  (value, count, params) => {
    const { low, estimate, high } = bootstrapInterval(Array(count).fill(value), { method: params });
    assert.is(low, estimate);
    assert.is(high, estimate);
    near(estimate, value);
  },
);

law("more confidence never gives a narrower interval", [fewSeeds, method], (values, params) => {
  const wide = bootstrapInterval(values, { method: params, confidence: 0.95 });
  const narrow = bootstrapInterval(values, { method: params, confidence: 0.8 });
  assert.ok(wide.low <= narrow.low && narrow.high <= wide.high);
});

test("drawing resamples and enumerating them agree up to Monte-Carlo error", () => {
  const eight = [1, 2, 4, 4.5, 5, 7, 8, 11];
  const enumerated = bootstrapInterval(eight, { method: "percentile" });
  // The same values twice over are too many to enumerate; their mean varies by a factor of sqrt(2) less.
  const drawn = bootstrapInterval([...eight, ...eight], { method: "percentile" });
  const shrinkage = (drawn.high - drawn.low) / (enumerated.high - enumerated.low);
  assert.ok(Math.abs(shrinkage - Math.SQRT1_2) < 0.05, `${shrinkage}`);
});

test("where BCa is undefined the percentile interval stands in", () => {
  const ties = [1, 2, 2, 2, 3]; // leaving any one out keeps the median: no acceleration
  assert.equal(
    bootstrapInterval(ties, { statistic: median }),
    bootstrapInterval(ties, { statistic: median, method: "percentile" }),
  );
});

test("what has no interval is refused", () => {
  assert.throws(() => bootstrapInterval([]), /at least one value/);
  assert.throws(() => bootstrapInterval([1, Number.NaN]), /finite/);
  assert.throws(() => bootstrapInterval([1, 2], { confidence: 1 }), /confidence/);
  assert.throws(() => bootstrapInterval([1, 2], { statistic: () => Number.POSITIVE_INFINITY }), /finite/);
  assert.throws(() => mean([]), /at least one/);
  assert.throws(() => median([]), /at least one/);
});

test.run();
