/** What the verdicts of `../ode-learning.ts` ask of its rows. */
import { plural } from "../../src/base";
import { toyProblemClasses } from "../../src/data";
import { judge, meanWithEnds, type Rows } from "../../src/experiment";
import { firstCrossing, type Interval, largest, mean, quantity, smallest } from "../../src/statistics";
import { type Cell, criticalRise, free, type Params, piecewiseLinear, problems, type Row, riseIn } from "./rows";

/** Classes of every data set of images. */
const imageClasses = 10;

/** Accuracy (points) of piecewise linear weights less that of free ones, and what twice the layers change in it. */
export function accuracyOfSmoothWeights(rows: Rows<Row>, { layers }: Params) {
  const trained = rows.where({ measurement: "as trained" });
  const smooth = trained.where({ network: piecewiseLinear });
  const others = trained.where({ network: free });
  const deeper = rows.where({ measurement: "depth", network: piecewiseLinear, layers: 2 * layers });
  const gain = (left: Rows<Row>, right: Rows<Row>) => judge(left.lessPerSeed(right, "error_percent")).effect;
  return {
    effect: gain(others, smooth),
    gains: problems.map((problem) => ({ problem, gain: gain(others.where({ problem }), smooth.where({ problem })) })),
    doubled: problems.map((problem) => ({ problem, gain: gain(smooth.where({ problem }), deeper.where({ problem })) })),
  };
}

/** What piecewise linear weights do to the error in place of free ones, on average and where most, and at twice the depth. */
export function smoothWeightsText(rows: Rows<Row>, params: Params): string {
  const trained = rows.where({ measurement: "as trained" });
  const error = (network: string) => trained.where({ network }).perSeed("error_percent");
  const rises = accuracyOfSmoothWeights(rows, params).gains.map(({ problem, gain }) => ({
    problem,
    rise: -gain.estimate,
  }));
  const [least, most] = [smallest, largest].map((end) => {
    const at = end(rises.map(({ rise }) => rise));
    return `${quantity(at, "points")} on ${rises.find(({ rise }) => rise === at)!.problem}`;
  });
  const { layers } = params;
  const deeper = rows.where({ measurement: "depth", network: piecewiseLinear, layers: 2 * layers });
  return (
    `Piecewise linear in place of free weights: test error ${quantity(mean(error(free)), "%")} → ` +
    `${meanWithEnds(error(piecewiseLinear), "%", "seed")}, means of ${plural(rises.length, "problem")}; the change goes from ${least} ` +
    `to ${most}. Run with ${2 * layers} layers in place of ${layers}: ${quantity(mean(deeper.perSeed("error_percent")), "%")}.`
  );
}

/** Half of the error (%) of guessing among a problem's classes, which are of equal size. */
export function halfOfChance(problem: Cell["problem"]): number {
  return 50 * (1 - 1 / (problem === "images" ? imageClasses : toyProblemClasses(problem)));
}

export function negative({ estimate, low, high, ...others }: Interval): Interval {
  return { ...others, estimate: -estimate, low: -high, high: -low };
}

/**
 * The factor of the step size at which a network's error first rises by more than is allowed, from 1 up or down, for every
 * seed and problem; null where it never does. Between two factors the rise is taken to be linear in their logarithm.
 */
export function criticalFactors(rows: Rows<Row>, network: string, direction: 1 | -1) {
  const rise = riseIn(rows);
  return rows.where({ network, measurement: "as trained" }).map(({ seed, problem }) => {
    const passed = rows
      .where({ seed, problem, network, measurement: "step size" })
      .map((row) => ({ x: direction * Math.log2(row.step_factor!), y: rise(row) }))
      .filter(({ x }) => x > 0)
      .sort((one, other) => one.x - other.x);
    const place = firstCrossing([{ x: 0, y: 0 }, ...passed], criticalRise);
    return { seed, factor: place === null ? null : 2 ** (direction * place) };
  });
}
