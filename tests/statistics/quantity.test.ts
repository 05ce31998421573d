import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { intervalText, quantity } from "../../src/statistics";
import { law } from "../property";

test("quantities show three significant digits and their unit", () => {
  assert.is(quantity(0.6123, "points"), "0.612 points");
  assert.is(quantity(91.249, "%"), "91.2 %");
  assert.is(quantity(30, "points"), "30 points");
  assert.is(quantity(269_722), "269,722");
  assert.is(quantity(-0.25), "-0.25");
  assert.is(quantity(-0), "0");
  assert.is(quantity(0.00002134), "2.13e-5");
});

test("an interval shows as many decimals as its width needs", () => {
  const interval = { estimate: 0.6123, low: 0.4211, high: 0.8801, count: 5, confidence: 0.95 };
  assert.is(intervalText(interval, "points"), "0.61 points [0.42, 0.88] (5 seeds)");
  assert.is(
    intervalText({ ...interval, estimate: 61.23, low: 55, high: 68.21 }, "points"),
    "61 points [55, 68] (5 seeds)",
  );
  assert.is(intervalText({ ...interval, estimate: -0.001, low: -0.2, high: 0.3 }), "0.00 [-0.20, 0.30] (5 seeds)");
  assert.is(intervalText({ ...interval, low: 0.6123, high: 0.6123, count: 1 }, "points"), "0.612 points (1 seed)");
  assert.is(intervalText({ ...interval, low: 0.6123, high: 0.6123 }), "0.612 [0.612, 0.612] (5 seeds)");
});

const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });

law("a shown quantity is within half a percent of the value", [value], (given) => {
  const shown = Number(quantity(given).replaceAll(",", ""));
  assert.ok(Math.abs(shown - given) <= 0.005 * Math.abs(given) + Number.MIN_VALUE, `${given} is shown as ${shown}`);
});

test.run();
