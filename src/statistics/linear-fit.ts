import { linearRegression, linearRegressionLine, rSquared } from "simple-statistics";
import { mean, requireFinite } from "./averages";
import { DegenerateSample } from "./degenerate-sample";

/** A straight line y = intercept + slope x, and how well it fits. */
export interface LinearFit {
  /** Units of y per unit of x. */
  readonly slope: number;
  /** y at x = 0. */
  readonly intercept: number;
  /** Share of the variance of y that the line explains, in [0, 1]; 0 where y is constant: nothing to explain. */
  readonly rSquared: number;
}

/**
 * The straight line of least squares through points.
 *
 * x is centred before simple-statistics sums its squares, so that values far from zero cost no digits.
 *
 * @param x at least two finite numbers, not all equal
 * @param y as many finite numbers
 * @throws DegenerateSample when there are fewer than two, one is not finite, or all x are equal; RangeError when the
 *   lengths differ
 * @example linearFit([0, 1, 2], [1, 3, 5]) // slope 2, intercept 1, rSquared 1
 */
export function linearFit(x: readonly number[], y: readonly number[]): LinearFit {
  if (x.length !== y.length) throw new RangeError(`need as many x as y, got ${x.length} and ${y.length}`);
  if (x.length < 2) throw new DegenerateSample(`a straight line needs at least two points, got ${x.length}`);
  requireFinite(x, "a linear fit");
  requireFinite(y, "a linear fit");
  if (x.every((value) => value === x[0])) throw new DegenerateSample(`no line fits: all x are ${x[0]}`);

  const [centre, middle] = [mean(x), mean(y)];
  const points = x.map((value, i) => [value - centre, y[i]! - middle]);
  const line = linearRegression(points);
  const isFlat = y.every((value) => value === y[0]);
  return {
    slope: line.m,
    intercept: middle + line.b - line.m * centre,
    rSquared: isFlat ? 0 : Math.max(0, rSquared(points, linearRegressionLine(line))),
  };
}
