import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { firstCrossing } from "../../src/statistics";
import { law } from "../property";

const heights = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 });
const curveOf = (values: readonly number[], step = 1) => values.map((y, i) => ({ x: step * i, y }));

/** The curve's height at a place between its ends, by straight lines. */
function heightAt(values: readonly number[], x: number): number {
  const left = Math.min(values.length - 2, Math.floor(x));
  return values[left]! + (x - left) * (values[left + 1]! - values[left]!);
}

law(
  "at the crossing the curve is at the level, before it nowhere above",
  [heights, fc.integer({ min: -20, max: 20 })],
  (values, level) => {
    const place = firstCrossing(curveOf(values), level);
    if (place === null) {
      assert.ok(values.every((value) => value <= level));
    } else if (place === 0 && values[0]! > level) {
      assert.ok(values[0]! > level);
    } else {
      assert.ok(Math.abs(heightAt(values, place) - level) < 1e-9);
      assert.ok(values.slice(0, Math.floor(place) + 1).every((value) => value <= level));
      assert.ok(values[Math.floor(place + 1e-12) + 1]! > level || values[Math.ceil(place)]! > level);
    }
  },
);

law(
  "mirrored and stretched along x, it crosses at the mirrored and stretched place",
  [heights, fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 5 })],
  (values, level, stretch) => {
    const place = firstCrossing(curveOf(values), level);
    const mirrored = firstCrossing(curveOf(values, -stretch), level);
    if (place === null) assert.is(mirrored, null);
    else assert.ok(Math.abs(mirrored! + stretch * place) < 1e-9);
  },
);

test("by hand", () => {
  const curve = curveOf([0, 10, 0, 20]);
  assert.is(firstCrossing(curve, 5), 0.5);
  assert.is(firstCrossing(curve, 10), 2.5); // touched at 1, risen above after 2
  assert.is(firstCrossing(curve, 20), null);
  assert.is(firstCrossing(curve, -1), 0);
});

test("no points, and no numbers, are refused", () => {
  assert.throws(() => firstCrossing([], 0), RangeError);
  assert.throws(() => firstCrossing(curveOf([0, Number.NaN]), 0), RangeError);
  assert.throws(() => firstCrossing(curveOf([0]), Number.POSITIVE_INFINITY), RangeError);
});

test.run();
