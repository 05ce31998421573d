import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { linearFit } from "../../src/statistics";
import { law } from "../property";
import references from "./references/scipy-references.json";

const value = fc.integer({ min: -1000, max: 1000 }).map((whole) => whole / 8);
const points = fc
  .array(fc.tuple(value, value), { minLength: 2, maxLength: 30 })
  .map((pairs) => ({ x: pairs.map(([x]) => x), y: pairs.map(([, y]) => y) }))
  .filter(({ x }) => new Set(x).size > 1);

const close = (found: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${found}, not ${expected}`);

for (const { name, x, y, slope, intercept, rSquared } of references.lines) {
  test(`the line through "${name}" is SciPy's`, () => {
    const fit = linearFit(x, y);
    close(fit.slope, slope, 1e-12);
    close(fit.intercept, intercept, 1e-12);
    close(fit.rSquared, rSquared, 1e-12);
  });
}

law("points on a line give that line, and nothing is left to explain", [points, value, value], ({ x }, a, b) => {
  const fit = linearFit(
    x,
    x.map((place) => a + b * place),
  );
  close(fit.slope, b);
  close(fit.intercept, a);
  close(fit.rSquared, b === 0 ? 0 : 1);
});

law("no other line has smaller squares", [points, value, value], ({ x, y }, rise, turn) => {
  const { slope, intercept } = linearFit(x, y);
  const squares = (a: number, b: number) => x.reduce((sum, place, i) => sum + (y[i]! - a - b * place) ** 2, 0);
  const least = squares(intercept, slope);
  assert.ok(least <= squares(intercept + rise, slope + turn) * (1 + 1e-9) + 1e-9);
});

law("the share explained lies in [0, 1], whatever the units", [points], ({ x, y }) => {
  const { rSquared } = linearFit(x, y);
  assert.ok(rSquared >= 0 && rSquared <= 1);
  const scaled = linearFit(
    x.map((place) => 3 - 2 * place),
    y.map((height) => 5 * height + 1),
  );
  close(scaled.rSquared, rSquared);
});

test("points without a line are refused", () => {
  assert.throws(() => linearFit([1, 2], [1]), /as many/);
  assert.throws(() => linearFit([1], [1]), /two points/);
  assert.throws(() => linearFit([2, 2], [1, 3]), /all x are 2/);
  assert.throws(() => linearFit([1, 2], [Number.NEGATIVE_INFINITY, 1]), /finite/);
});

test.run();
