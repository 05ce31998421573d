import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { averageRanks, spearman } from "../../src/statistics";
import { law } from "../property";
import references from "./references/scipy-references.json";

/** Two variables with ties, neither constant. */
const paired = fc
  .array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 2, maxLength: 40 })
  .map((pairs) => ({ x: pairs.map(([x]) => x), y: pairs.map(([, y]) => y) }))
  .filter(({ x, y }) => new Set(x).size > 1 && new Set(y).size > 1);
const distinct = fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 54 });

for (const { name, x, y, rho } of references.correlations) {
  test(`the rank correlation of "${name}" is SciPy's`, () => {
    assert.ok(Math.abs(spearman(x, y) - rho) < 1e-12, `${spearman(x, y)}, SciPy ${rho}`);
  });
}

law("rank correlation lies in [-1, 1] and is symmetric", [paired], ({ x, y }) => {
  const rho = spearman(x, y);
  assert.ok(rho >= -1 && rho <= 1);
  assert.is(spearman(y, x), rho);
});

law("rising maps of either variable change nothing", [paired], ({ x, y }) => {
  const cubed = x.map((value) => value ** 3 + value);
  const exponential = y.map((value) => Math.exp(value));
  assert.is(spearman(cubed, exponential), spearman(x, y));
});

law("reversing one variable negates the correlation", [paired], ({ x, y }) => {
  const negated = y.map((value) => -value);
  assert.is(spearman(x, negated) + spearman(x, y), 0);
});

law("an ordering correlates with itself at 1 and with its reversal at -1", [distinct], (x) => {
  const negated = x.map((value) => -value);
  assert.is(spearman(x, x), 1);
  assert.is(spearman(x, negated), -1);
});

law("average ranks sum to n (n + 1) / 2 and tie equal values", [fc.array(fc.integer({ min: 0, max: 5 }))], (values) => {
  const ranks = averageRanks(values);
  assert.is(
    ranks.reduce((sum, rank) => sum + rank, 0),
    (values.length * (values.length + 1)) / 2,
  );
  values.forEach((value, i) => {
    assert.is(ranks[i], ranks[values.indexOf(value)]);
  });
});

test("a rank correlation that is undefined is refused", () => {
  assert.throws(() => spearman([1, 2], [1]), /as many/);
  assert.throws(() => spearman([1], [1]), /two pairs/);
  assert.throws(() => spearman([1, 1], [1, 2]), /all x are equal/);
  assert.throws(() => spearman([1, Number.NaN], [1, 2]), /finite/);
});

test.run();
