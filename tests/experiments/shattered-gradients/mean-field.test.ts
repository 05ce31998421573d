import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  gradientCorrelations,
  reluCorrelation,
  sharedActivity,
} from "../../../experiments/shattered-gradients/mean-field";
import { law } from "../../property";

const correlation = fc.double({ min: -1, max: 1, noNaN: true });
const near = (found: number, expected: number, tolerance: number, what = "") =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what} ${found}, expected ${expected}`);

/** Mean of f(u, v) over standard normals of a given correlation, by the midpoint rule. */
function normalMean(f: (u: number, v: number) => number, rho: number): number {
  const [step, reach] = [0.02, 6];
  let sum = 0;
  let weights = 0;
  for (let u = -reach + step / 2; u < reach; u += step) {
    for (let w = -reach + step / 2; w < reach; w += step) {
      const weight = Math.exp(-(u * u + w * w) / 2);
      sum += weight * f(u, rho * u + Math.sqrt(1 - rho * rho) * w);
      weights += weight;
    }
  }
  return sum / weights;
}

test("both kernels are the integrals that they stand for", () => {
  const positive = (x: number) => Math.max(x, 0);
  for (const rho of [-0.9, -0.3, 0, 0.5, 0.95]) {
    const products = 2 * normalMean((u, v) => positive(u) * positive(v), rho);
    near(reluCorrelation(rho), products, 1e-3, `correlation at ${rho}:`);
    const both = 2 * normalMean((u, v) => (u > 0 && v > 0 ? 1 : 0), rho);
    near(sharedActivity(rho), both, 6e-3, `shared activity at ${rho}:`); // a step is integrated less well
  }
});

law("a ReLU layer brings any two inputs closer, and equal ones stay equal", [correlation], (rho) => {
  const next = reluCorrelation(rho);
  assert.ok(next >= rho - 1e-12 && next <= 1 + 1e-12);
  assert.ok(next >= -1e-12, "outputs of a ReLU are not opposed");
  near(reluCorrelation(1), 1, 1e-12);
  near(sharedActivity(1), 1, 1e-12);
  near(sharedActivity(-1), 0, 1e-12);
});

test("gradients correlate as Balduzzi et al. say: 1/2 a normalised plain layer, 3/4 the first residual block", () => {
  gradientCorrelations({ residual: false, normalised: true }, 20).forEach((found, n) => {
    near(found, 2 ** -n, 1e-12 * 2 ** -n, `${n} blocks:`);
  });
  const residual = gradientCorrelations({ residual: true, normalised: false }, 4);
  assert.is(residual[0], 1);
  near(residual[1]!, 3 / 4, 1e-12);
  assert.ok(
    residual.every((found, n) => found >= (3 / 4) ** n - 1e-12),
    "correlated activations shatter less",
  );
});

test("the residual power law has the exponent -π / (2 (π - 1)), and plain nets as they are go as 1/L^3", () => {
  const slope = (found: readonly number[], from: number, to: number) =>
    Math.log(found[to]! / found[from]!) / Math.log(to / from);
  const normalised = gradientCorrelations({ residual: true, normalised: true }, 100_000);
  near(slope(normalised, 10_000, 100_000), -Math.PI / (2 * (Math.PI - 1)), 1e-3);
  const plain = gradientCorrelations({ residual: false, normalised: false }, 20_000);
  near(slope(plain, 5000, 20_000), -3, 0.01); // angles fall like 3π/L, each layer keeps 1 - 3/L
});

test.run();
