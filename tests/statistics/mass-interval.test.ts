import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binomialProbabilities, massInterval } from "../../src/statistics";
import { law } from "../property";

/** Masses in whole units, so that their sums are exact. */
const masses = fc
  .array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 60 })
  .filter((given) => given.some((mass) => mass > 0));
const share = fc.integer({ min: 1, max: 63 }).map((part) => part / 64);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

// SciPy 1.17.1: scipy.stats.binom.interval(share, n, p)
for (const [n, p, held, from, to] of [
  [54, 0.5, 0.95, 20, 34],
  [54, 0.5, 0.5, 25, 29],
  [54, 0.27 / 1.27, 0.95, 6, 18],
  [27, 0.5, 0.95, 8, 19],
  [12, 0.25, 0.95, 0, 6],
  [200, 0.9, 0.95, 171, 188],
  [200, 0.9, 0.5, 177, 183],
  [7, 0.03, 0.5, 0, 0],
] as const) {
  test(`${held} of the binomial distribution with n = ${n}, p = ${p.toFixed(2)} lies where SciPy says`, () => {
    assert.equal(massInterval(binomialProbabilities(n, p), held), { from, to });
  });
}

law("the share lies within, and no more than a tail on either side", [masses, share], (given, held) => {
  const { from, to } = massInterval(given, held);
  const total = sum(given);
  const tail = ((1 - held) / 2) * total;
  assert.ok(sum(given.slice(from, to + 1)) >= held * total - 1e-9);
  assert.ok(sum(given.slice(0, from)) < tail);
  assert.ok(sum(given.slice(to + 1)) <= tail + 1e-9);
});

law("the scale of the masses does not matter, and empty places at the end neither", [masses, share], (given, held) => {
  const found = massInterval(given, held);
  assert.equal(
    massInterval(
      given.map((mass) => mass / 1024),
      held,
    ),
    found,
  );
  assert.equal(massInterval([...given, 0, 0], held), found);
});

law("a larger share takes an interval that holds the smaller one's", [masses, share, share], (given, one, other) => {
  const [narrow, wide] = [Math.min(one, other), Math.max(one, other)].map((held) => massInterval(given, held));
  assert.ok(wide!.from <= narrow!.from && wide!.to >= narrow!.to);
});

test("a mass in one place lies there; what is no mass is refused", () => {
  assert.equal(massInterval([0, 0, 3, 0], 0.95), { from: 2, to: 2 });
  assert.throws(() => massInterval([], 0.95), /at least one value/);
  assert.throws(() => massInterval([0, 0], 0.95), /a mass above 0/);
  assert.throws(() => massInterval([1, -1, 2], 0.95), /cannot be below 0, got -1/);
  assert.throws(() => massInterval([1, Number.NaN], 0.95), /finite/);
  for (const odd of [0, 1, Number.NaN]) assert.throws(() => massInterval([1], odd), /a share in \(0, 1\)/);
});

test.run();
