import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mean, meanInterval, median } from "../../src/statistics";
import { normalProbability } from "../../src/statistics/normal-distribution";
import { law } from "../property";
import references from "./references/scipy-references.json";

const seedValue = fc.integer({ min: -100_000, max: 100_000 }).map((thousandths) => thousandths / 1000);
const seeds = fc.array(seedValue, { minLength: 1, maxLength: 12 });

const near = (left: number, right: number, scale = 1) =>
  assert.ok(Math.abs(left - right) <= 1e-9 * Math.max(1, scale), `${left} is not ${right}`);

for (const { sample, values, confidence, low, high } of references.intervals) {
  test(`the interval (${confidence}) of the mean of "${sample}" is SciPy's`, () => {
    const found = meanInterval(values, confidence);
    const tolerance = 1e-7 * (high - low);
    assert.ok(Math.abs(found.low - low) <= tolerance, `low ${found.low}, SciPy ${low}`);
    assert.ok(Math.abs(found.high - high) <= tolerance, `high ${found.high}, SciPy ${high}`);
  });
}

test("the normal distribution is SciPy's to 1e-14", () => {
  for (const { z, probability } of references.normal) assert.ok(Math.abs(normalProbability(z) - probability) < 1e-14);
});

law("an interval lies evenly around the mean, and counts its values", [seeds], (values) => {
  const { low, estimate, high, count } = meanInterval(values);
  near(estimate, mean(values), 100);
  near(high - estimate, estimate - low, 1000);
  assert.is(count, values.length);
});

const shift = fc.integer({ min: -1000, max: 1000 });
const factor = fc.constantFrom(0.5, 2, 10, 0.01, -1, -3);

law(
  "shifting, stretching and mirroring the values does so to the interval",
  [seeds, shift, factor],
  (values, by, times) => {
    const given = meanInterval(values);
    const moved = meanInterval(values.map((value) => by + times * value));
    const [low, high] = times > 0 ? [given.low, given.high] : [given.high, given.low];
    near(moved.estimate, by + times * given.estimate, 2000);
    near(moved.low, by + times * low, 20_000);
    near(moved.high, by + times * high, 20_000);
  },
);

const shuffled = seeds.chain((values) =>
  fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length, maxLength: values.length })),
);

law("the order of the seeds changes nothing", [shuffled], ([values, reordered]) => {
  assert.equal(meanInterval(reordered), meanInterval(values));
});

law(
  "equal values, and a single one, have an interval of no width",
  [seedValue, fc.integer({ min: 1, max: 12 })],
  (value, count) => {
    const { low, estimate, high } = meanInterval(Array(count).fill(value));
    assert.is(low, estimate);
    assert.is(high, estimate);
    near(estimate, value);
  },
);

law("more confidence never gives a narrower interval", [seeds], (values) => {
  const [wide, narrow] = [meanInterval(values, 0.95), meanInterval(values, 0.8)];
  assert.ok(wide.low <= narrow.low && narrow.high <= wide.high);
});

law("the same values twice over have a narrower interval", [seeds], (values) => {
  const [once, twice] = [meanInterval(values), meanInterval([...values, ...values])];
  if (once.low < once.high) assert.ok(twice.high - twice.low < once.high - once.low);
});

test("what has no interval is refused", () => {
  assert.throws(() => meanInterval([]), /at least one value/);
  assert.throws(() => meanInterval([1, Number.NaN]), /finite/);
  assert.throws(() => meanInterval([1, 2], 1), /confidence/);
  assert.throws(() => mean([]), /at least one/);
  assert.throws(() => median([]), /at least one/);
});

test.run();
