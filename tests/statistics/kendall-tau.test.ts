import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inversions, kendallTau } from "../../src/statistics";
import { law } from "../property";
import references from "./references/scipy-references.json";

const rank = (n: number) => Array.from({ length: n }, (_, i) => i);
/** 54: the blocks of ResNet-110. */
const permutationOf = (n: number) => fc.shuffledSubarray(rank(n), { minLength: n });
const permutation = fc.integer({ min: 2, max: 54 }).chain(permutationOf);
const twoOrderings = fc.integer({ min: 2, max: 54 }).chain((n) => {
  const places = fc.uniqueArray(fc.integer(), { minLength: n, maxLength: n });
  return fc.tuple(places, places);
});

/** Concordant less discordant pairs over all pairs, by looking at each pair. */
function tauByPairs(x: readonly number[], y: readonly number[]): number {
  const signs = x.flatMap((_, i) => x.slice(0, i).map((__, j) => Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!)));
  return signs.reduce((sum, sign) => sum + sign, 0) / signs.length;
}

for (const { name, x, y, tau } of references.taus) {
  test(`Kendall's tau of "${name}" is SciPy's`, () => {
    assert.ok(Math.abs(kendallTau(x, y) - tau) < 1e-14, `${kendallTau(x, y)}, SciPy ${tau}`);
  });
}

law("tau is what comparing every pair gives", [twoOrderings], ([x, y]) => {
  assert.is(kendallTau(x, y), tauByPairs(x, y) + 0);
});

law("tau lies in [-1, 1] and is symmetric", [twoOrderings], ([x, y]) => {
  const tau = kendallTau(x, y);
  assert.ok(tau >= -1 && tau <= 1);
  assert.is(kendallTau(y, x), tau);
});

law("an ordering agrees with itself at 1, with its reversal at -1", [permutation], (order) => {
  assert.is(kendallTau(order, order), 1);
  assert.is(
    kendallTau(
      order,
      order.map((place) => -place),
    ),
    -1,
  );
});

law("reversing an ordering negates its tau", [permutation], (order) => {
  const given = rank(order.length);
  assert.is(kendallTau(given, [...order].reverse()) + kendallTau(given, order), 0);
});

law(
  "a neighbour swap moves tau by 4 / (n (n - 1))",
  [permutation.chain((order) => fc.tuple(fc.constant(order), fc.nat({ max: order.length - 2 })))],
  ([order, place]) => {
    const n = order.length;
    const swapped = order.with(place, order[place + 1]!).with(place + 1, order[place]!);
    const moved = Math.abs(kendallTau(rank(n), swapped) - kendallTau(rank(n), order));
    assert.ok(Math.abs(moved - 4 / (n * (n - 1))) < 1e-14, `${moved}`);
  },
);

law("inversions are the pairs of which the larger comes first, ties being none", [fc.array(fc.integer())], (values) => {
  const pairs = values.flatMap((value, i) => values.slice(0, i).filter((earlier) => earlier > value));
  assert.is(inversions(values), pairs.length);
});

law("an order and its inverse have as many inversions", [permutation], (order) => {
  const inverse = rank(order.length).map((thing) => order.indexOf(thing));
  assert.is(inversions(inverse), inversions(order));
});

test("a tau that is undefined is refused", () => {
  assert.throws(() => kendallTau([1, 2], [1]), /as many/);
  assert.throws(() => kendallTau([1], [1]), /at least two/);
  assert.throws(() => kendallTau([1, 1], [1, 2]), /without ties/);
  assert.throws(() => kendallTau([1, 2], [3, 3]), /without ties/);
  assert.throws(() => kendallTau([1, Number.NaN], [1, 2]), /finite/);
});

test.run();
