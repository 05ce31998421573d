import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "../../src/random";
import { binomialProbabilities, chiSquaredTail, goodnessOfFit } from "../../src/statistics";
import { law } from "../property";
import references from "./references/scipy-references.json";

for (const { x, degreesOfFreedom, probability } of references.tails) {
  test(`the tail of chi-squared beyond ${x} with ${degreesOfFreedom} degrees of freedom is SciPy's`, () => {
    const found = chiSquaredTail(x, degreesOfFreedom);
    assert.ok(Math.abs(found - probability) < 1e-12, `${found}, SciPy ${probability}`);
  });
}

for (const { name, observed, probabilities, statistic, pValue } of references.fits) {
  test(`the fit of "${name}" is SciPy's`, () => {
    const fit = goodnessOfFit(observed, probabilities);
    assert.is(fit.degreesOfFreedom, observed.length - 1);
    assert.ok(Math.abs(fit.statistic - statistic) < 1e-12 * statistic, `${fit.statistic}, SciPy ${statistic}`);
    assert.ok(Math.abs(fit.pValue - pValue) < 1e-12, `${fit.pValue}, SciPy ${pValue}`);
  });
}

law(
  "the tail falls from 1 towards 0 in x, and rises with the degrees of freedom",
  [
    fc.double({ min: 0, max: 400, noNaN: true }),
    fc.double({ min: 0, max: 50, noNaN: true }),
    fc.integer({ min: 1, max: 200 }),
  ],
  (x, more, degreesOfFreedom) => {
    const tail = chiSquaredTail(x, degreesOfFreedom);
    assert.ok(tail >= 0 && tail <= 1);
    assert.ok(chiSquaredTail(x + more, degreesOfFreedom) <= tail + 1e-12);
    assert.ok(chiSquaredTail(x, degreesOfFreedom + 1) >= tail - 1e-12);
    assert.is(chiSquaredTail(0, degreesOfFreedom), 1);
  },
);

test("bins that expect fewer than five counts are joined to their neighbours", () => {
  // Expected: 1, 3, 6, 6, 3, 1. Joined from the first on: 10 | 6 | the rest, 4, which joins the 6 before it.
  const probabilities = [0.05, 0.15, 0.3, 0.3, 0.15, 0.05];
  const fit = goodnessOfFit([2, 2, 5, 7, 4, 0], probabilities);
  assert.is(fit.degreesOfFreedom, 1);
  assert.ok(Math.abs(fit.statistic - ((9 - 10) ** 2 / 10 + (11 - 10) ** 2 / 10)) < 1e-12, `${fit.statistic}`);
});

test("counts drawn from the probabilities are rejected as often as the level says, others nearly always", () => {
  const probabilities = binomialProbabilities(12, 0.5);
  const stream = randomStream(1, "goodness of fit");
  const drawn = (successProbability: number): number[] => {
    const counts = new Array<number>(13).fill(0);
    for (let draw = 0; draw < 500; draw++) {
      const successes = Array.from({ length: 12 }, () => stream.uniform() < successProbability).filter(Boolean).length;
      counts[successes]!++;
    }
    return counts;
  };
  const rejected = (successProbability: number) =>
    Array.from({ length: 400 }, () => goodnessOfFit(drawn(successProbability), probabilities).pValue).filter(
      (pValue) => pValue < 0.05,
    ).length;
  const rightly = rejected(0.5); // Binomial(400, 0.05): 20, standard deviation 4.4
  assert.ok(rightly >= 5 && rightly <= 38, `${rightly} of 400`);
  assert.ok(rejected(0.54) > 380);
});

test("counts that cannot be judged are refused", () => {
  assert.throws(() => goodnessOfFit([1, 2], [1]), /a probability for each bin/);
  assert.throws(() => goodnessOfFit([10, 10.5], [0.5, 0.5]), /whole numbers/);
  assert.throws(() => goodnessOfFit([10, 10], [0.5, 0.6]), /sum to 1/);
  assert.throws(() => goodnessOfFit([10, 10], [1.5, -0.5]), /\[0, 1\]/);
  assert.throws(() => goodnessOfFit([4, 4], [0.5, 0.5]), /two bins/);
  assert.throws(() => chiSquaredTail(-1, 1), /value >= 0/);
  assert.throws(() => chiSquaredTail(1, 0), /degrees of freedom/);
});

test.run();
