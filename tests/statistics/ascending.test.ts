import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ascending, spearman, spearmanOrZero, sum } from "../../src/statistics";
import { law } from "../property";

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 30 });

law("ascending numbers are those given, each once and larger than the one before", [numbers], (values) => {
  const found = ascending(values);
  assert.equal(new Set(found), new Set(values));
  assert.ok(found.every((value, i) => i === 0 || value > found[i - 1]!));
  assert.equal(ascending([...values].reverse()), found);
});

law("a sum adds up from first to last", [numbers, numbers], (some, others) => {
  assert.is(sum([...some, ...others]), sum(some) + sum(others)); // whole numbers: exact
  assert.is(sum([]), 0);
});

test("what never changes does not rise with anything; else the correlation is Spearman's", () => {
  assert.is(spearmanOrZero([1, 2, 3], [5, 5, 5]), 0);
  assert.is(spearmanOrZero([1, 2, 3, 4], [5, 7, 6, 9]), spearman([1, 2, 3, 4], [5, 7, 6, 9]));
  assert.throws(() => spearmanOrZero([], []), RangeError);
});

test.run();
