import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binomialCoefficient, binomialProbabilities } from "../../src/statistics";
import { law } from "../property";
import references from "./references/scipy-references.json";

const trials = fc.nat({ max: 300 });
const share = fc.integer({ min: 0, max: 64 }).map((part) => part / 64);

for (const { n, p, k, probability } of references.binomials) {
  test(`${k} successes in ${n} trials of ${p} are as likely as SciPy says`, () => {
    const found = binomialProbabilities(n, p)[k]!;
    assert.ok(Math.abs(found / probability - 1) < 1e-11, `${found}, SciPy ${probability}`);
  });
}

law("a coefficient is the sum of the two above it in Pascal's triangle", [trials, fc.integer()], (n, k) => {
  assert.is(binomialCoefficient(n + 1, k), binomialCoefficient(n, k) + binomialCoefficient(n, k - 1));
  const inside = Math.abs(k) % (n + 2);
  assert.is(binomialCoefficient(n + 1, inside), binomialCoefficient(n, inside) + binomialCoefficient(n, inside - 1));
});

law("the coefficients of n sum to 2^n", [trials], (n) => {
  let sum = 0n;
  for (let k = 0; k <= n; k++) sum += binomialCoefficient(n, k);
  assert.is(sum, 2n ** BigInt(n));
});

law("probabilities sum to 1, with mean n p and variance n p (1 - p)", [trials, share], (n, p) => {
  const probabilities = binomialProbabilities(n, p);
  const moment = (of: (k: number) => number) => probabilities.reduce((sum, each, k) => sum + each * of(k), 0);
  assert.is(probabilities.length, n + 1);
  assert.ok(Math.abs(moment(() => 1) - 1) < 1e-12);
  assert.ok(Math.abs(moment((k) => k) - n * p) < 1e-9);
  assert.ok(Math.abs(moment((k) => (k - n * p) ** 2) - n * p * (1 - p)) < 1e-9);
});

law("a fair coin's probabilities are the coefficients over 2^n, to the end of the tail", [trials], (n) => {
  const wholes = 2 ** -n; // above the smallest number for n up to 1022
  binomialProbabilities(n, 0.5).forEach((probability, k) => {
    const exact = Number(binomialCoefficient(n, k)) * wholes;
    assert.ok(Math.abs(probability / exact - 1) < 1e-11, `k = ${k}: ${probability}, not ${exact}`);
  });
});

test("of all paths through 54 blocks 0.4537 % are 5 to 17 long, 98.02 % are 19 to 35 long", () => {
  const paths = binomialProbabilities(54, 0.5);
  const share = (from: number, to: number) => paths.slice(from, to + 1).reduce((sum, each) => sum + each, 0);
  assert.ok(Math.abs(share(5, 17) - 0.004537) < 5e-7, `${share(5, 17)}`);
  assert.ok(Math.abs(share(19, 35) - 0.9802) < 5e-5, `${share(19, 35)}`);
  assert.is(binomialCoefficient(54, 27), 1946939425648112n);
});

test("trials that cannot be are refused", () => {
  assert.throws(() => binomialCoefficient(-1, 0), /n >= 0/);
  assert.throws(() => binomialCoefficient(2, 0.5), /whole number k/);
  assert.throws(() => binomialProbabilities(1.5, 0.5), /n >= 0/);
  assert.throws(() => binomialProbabilities(3, 1.1), /\[0, 1\]/);
});

test.run();
