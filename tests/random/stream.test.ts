import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RandomStream, randomStream } from "../../src/random";
import { law } from "../property";

const seeds = fc.maxSafeInteger();
type Path = (string | number)[];
const names: fc.Arbitrary<Path> = fc.array(fc.oneof(fc.string({ maxLength: 8 }), fc.nat(100)), { maxLength: 4 });
const draws = (stream: RandomStream, count = 8) => Array.from({ length: count }, () => stream.uniform());

law("equal addresses give equal draws of every kind", [seeds, names], (seed, path) => {
  const [one, other] = [randomStream(seed, ...path), randomStream(seed, ...path)];
  for (let draw = 0; draw < 10; draw++) {
    assert.is(one.uniform(), other.uniform());
    assert.is(one.integer(7), other.integer(7));
    assert.is(one.normal(), other.normal());
    assert.equal(one.shuffle([1, 2, 3, 4]), other.shuffle([1, 2, 3, 4]));
  }
});

const nearAddresses: [number, Path, number, Path][] = [
  [0, [], 1, []],
  [0, ["a"], 0, ["a", "a"]],
  [0, ["ab"], 0, ["a", "b"]],
  [0, ["1"], 0, [1]],
];

law(
  "different addresses give different draws",
  [seeds, names, seeds, names],
  (seed, path, otherSeed, otherPath) => {
    fc.pre(JSON.stringify([seed, ...path]) !== JSON.stringify([otherSeed, ...otherPath]));
    assert.not.equal(draws(randomStream(seed, ...path)), draws(randomStream(otherSeed, ...otherPath)));
  },
  { examples: nearAddresses },
);

test("drawing from one stream leaves another as it was", () => {
  const alone = draws(randomStream(5, "a"));
  const stream = randomStream(5, "a");
  const mixed = Array.from({ length: 8 }, () => {
    draws(randomStream(5, "b"));
    return stream.uniform();
  });
  assert.equal(mixed, alone);
});

law("draws lie in their ranges", [seeds, names, fc.integer({ min: 1, max: 2 ** 31 })], (seed, path, bound) => {
  const stream = randomStream(seed, ...path);
  for (let draw = 0; draw < 20; draw++) {
    const uniform = stream.uniform();
    assert.ok(uniform >= 0 && uniform < 1);
    const integer = stream.integer(bound);
    assert.ok(Number.isInteger(integer) && integer >= 0 && integer < bound);
    assert.ok(Number.isFinite(stream.normal()));
  }
});

law("a shuffle is a permutation, made in place", [seeds, fc.array(fc.nat(50))], (seed, values) => {
  const given = [...values];
  const shuffled = randomStream(seed, "shuffle").shuffle(given);
  assert.is(shuffled, given);
  assert.equal(
    [...shuffled].sort((a, b) => a - b),
    [...values].sort((a, b) => a - b),
  );
});

test("all 24 orders of four things are equally likely", () => {
  const stream = randomStream(0, "orders");
  const times = new Map<string, number>();
  for (let draw = 0; draw < 24_000; draw++) {
    const order = stream.shuffle(Uint8Array.of(0, 1, 2, 3)).join("");
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  assert.is(times.size, 24);
  assertChiSquare([...times.values()], 1000, 66); // 23 degrees of freedom: 66 lies beyond the 1 - 1e-5 quantile
});

test("integers are uniform, also for bounds that divide no power of two", () => {
  for (const [bound, limit] of [
    [2, 20],
    [3, 24],
    [10, 39],
    [37, 87],
  ] as const) {
    const times = new Array<number>(bound).fill(0);
    const stream = randomStream(0, "integers", bound);
    for (let draw = 0; draw < 1000 * bound; draw++) times[stream.integer(bound)]! += 1;
    assertChiSquare(times, 1000, limit);
  }
});

test("uniform draws have mean 1/2 and variance 1/12", () => {
  const values = draws(randomStream(0, "uniform"), 100_000);
  assertMoments(values, { mean: 0.5, variance: 1 / 12, meanWithin: 0.005, varianceWithin: 0.002 });
});

test("normal draws have mean 0, variance 1, no skew, and 4.55 % beyond two deviations", () => {
  const stream = randomStream(0, "normal");
  const values = Array.from({ length: 100_000 }, () => stream.normal());
  assertMoments(values, { mean: 0, variance: 1, meanWithin: 0.016, varianceWithin: 0.025 });
  const skew = values.reduce((sum, value) => sum + value ** 3, 0) / values.length;
  assert.ok(Math.abs(skew) < 0.06, `skew ${skew}`);
  const beyond = values.filter((value) => Math.abs(value) > 2).length / values.length;
  assert.ok(Math.abs(beyond - 0.0455) < 0.0035, `${beyond} beyond two deviations`);
});

test("neighbouring seeds and names are not correlated", () => {
  const count = 20_000;
  for (const [one, other] of [
    [randomStream(0, "x"), randomStream(1, "x")],
    [randomStream(0, "x", 1), randomStream(0, "x", 2)],
  ] as const) {
    const [first, second] = [draws(one, count), draws(other, count)];
    const covariance = first.reduce((sum, value, at) => sum + (value - 0.5) * (second[at]! - 0.5), 0) / count;
    assert.ok(Math.abs(covariance * 12) < 5 / Math.sqrt(count), `correlation ${covariance * 12}`);
  }
});

test("0 is a seed like every other", () => {
  const values = draws(randomStream(0), 50);
  assert.is(new Set(values).size, 50);
  assert.equal(draws(randomStream(0), 50), values);
  assert.not.equal(draws(randomStream(1), 50), values);
});

test("draws stay the same from version to version: results are named by their seeds", () => {
  const stream = randomStream(0, "fixed");
  assert.equal([stream.integer(1000), stream.integer(1000), stream.integer(1000)], [16, 458, 78]);
  assert.is(randomStream(0, "fixed").uniform(), 0.4150189270121889);
});

test("a seed or a bound that is no whole number is an error", () => {
  for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => randomStream(seed), /a seed must be an integer/);
  }
  for (const bound of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => randomStream(0).integer(bound), RegExp(`bound >= 1, got ${bound}`));
  }
});

function assertChiSquare(times: readonly number[], expected: number, limit: number): void {
  const chiSquare = times.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chiSquare < limit, `chi-square ${chiSquare} of ${times.length} equally likely outcomes`);
}

function assertMoments(
  values: readonly number[],
  need: { mean: number; variance: number; meanWithin: number; varianceWithin: number },
): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(mean - need.mean) < need.meanWithin, `mean ${mean}`);
  assert.ok(Math.abs(variance - need.variance) < need.varianceWithin, `variance ${variance}`);
}

test.run();
