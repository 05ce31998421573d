/**
 * How the weights of a network that is a differential equation can be learned, and whether trained networks are such.
 *
 * Networks x + h tanh(x W(t) + b(t)) learn four problems of the plane and a few images: with weights of their own for
 * every layer, with weights piecewise linear in t, with a penalty on their roughness, and from few layers to many. Each is
 * run again with noise on its inputs, with weights interpolated to other depths of the same time, and with other step
 * sizes. A residual network trained as usual stands beside them: its branches are scaled, and its blocks run several times
 * at a share of their branch.
 *
 * Source: Haber & Ruthotto 2017, arXiv:1705.03341; Chang et al. 2018, arXiv:1710.10348; Ott et al. 2021,
 * arXiv:2007.15386. Claims F4, F4.1, F5, F5.1.
 */
import { toyProblemClasses } from "../src/data";
import { cross, experiment, judge, type Rows, trainingDepartures } from "../src/experiment";
import { type Interval, mean, perSeed, sum } from "../src/statistics";
import { planByName } from "../src/training";
import { odeLearningFigures } from "./ode-learning/figures";
import { measureFlow } from "./ode-learning/flow";
import { measureResidual } from "./ode-learning/residual";
import {
  type Cell,
  columns,
  criticalFactors,
  free,
  margin,
  type Params,
  parameters,
  piecewiseLinear,
  problems,
  type Row,
  riseIn,
  variations,
  ways,
} from "./ode-learning/rows";

/** Of every data set. */
const imageClasses = 10;

export default experiment("ode-learning", {
  title: "Learning the weights of differential equations",
  question: "Can weights be learned as smooth functions of depth, and do trained networks stand other step sizes?",
  source: "Haber & Ruthotto 2017, Stable architectures for deep neural networks, sec. 4 and 5",
  parameters,
  variations,
  columns,

  cells(params): Cell[] {
    requireLayers(params);
    return params.seeds.flatMap((seed) => [
      ...cross({ seed: [seed], problem: problems, network: ways }),
      { seed, problem: "images" as const, network: params.residual },
    ]);
  },

  network: ({ seed, network }, params, images) =>
    ways.includes(network)
      ? null
      : planByName(params, { network, width: params.residualWidth, seed, steps: params.steps }, images),

  measure: (run, cell, params) =>
    ways.includes(cell.network) ? measureFlow(run, cell, params) : measureResidual(run, params),

  claims: {
    F4(rows, params) {
      const { effect, gains, doubled } = accuracyOfSmoothWeights(rows, params);
      const total = (network: string) =>
        mean(rows.where({ measurement: "as trained", network }).perSeed("parameters", sum));
      const fewer = judge(effect)
        .of("parameters fewer than free weights have (1: yes)", total(piecewiseLinear) < total(free) ? 1 : 0, "")
        .exactly(1);
      const compared = gains.reduce(
        (judged, { problem, gain }) =>
          judged.of(`difference of accuracy, ${problem},`, gain, "points").within(-margin, margin),
        fewer,
      );
      return doubled.reduce(
        (judged, { problem, gain }) =>
          judged.of(`change of accuracy at twice the depth, ${problem},`, gain, "points").within(-margin, margin),
        compared,
      );
    },
    "F4.1"(rows, params) {
      const { effect, gains, doubled } = accuracyOfSmoothWeights(rows, params);
      const compared = gains.reduce(
        (judged, { problem, gain }) =>
          judged.of(`loss of accuracy, ${problem},`, negative(gain), "points").below(margin),
        judge(negative(effect)),
      );
      return doubled.reduce(
        (judged, { problem, gain }) =>
          judged.of(`loss of accuracy at twice the depth, ${problem},`, negative(gain), "points").below(margin),
        compared,
      );
    },
    F5(rows, { residual, stepFactors }) {
      const swept = [1, ...stepFactors];
      const [least, most] = [Math.min(...swept), Math.max(...swept)];
      const above = criticalFactors(rows, residual, 1).map(({ factor }) => factor ?? Math.max(...stepFactors)); // none: at least the largest
      return [residual, piecewiseLinear].reduce(
        (judged, network) =>
          ([1, -1] as const).reduce((soFar, direction) => {
            const what = `critical factor ${direction === 1 ? "above" : "below"} 1, ${network},`;
            const found = criticalFactors(rows, network, direction);
            const factors = found.filter(({ factor }) => factor !== null);
            if (factors.length < found.length) {
              return soFar.of(`networks with a ${what}`, factors.length, "").exactly(found.length);
            }
            const [from, to] = direction === 1 ? [1, most] : [least, 1];
            return soFar
              .of(
                what,
                perSeed(factors, ({ factor }) => factor),
                "",
              )
              .within(from, to);
          }, judged),
        judge(above),
      );
    },
    "F5.1"(rows, { residual }) {
      const finer = rows.where({ network: residual, measurement: "depth" }).where((row) => row.step_factor! < 1);
      return judge(finer.interval(riseIn(rows), (rises) => Math.max(...rises))).below(margin);
    },
  },

  states: {
    "half of chance": (rows, { residual }, claim) =>
      rows
        .where({ measurement: "as trained", network: claim === "F5" ? [residual, piecewiseLinear] : [residual] })
        .flatMap(({ problem, error_percent }) =>
          error_percent === null ? [] : [{ values: [error_percent], border: halfOfChance(problem) }],
        ),
  },

  figures: odeLearningFigures,

  departures: (params) => [
    "The equations are trained by Adam on all points at once; the sources use Newton's method on the plane.",
    "Spirals are not among the sources' problems; the others are scaled to the square from -1 to 1.",
    `The equations, which are dense, learn from ${params.flowImages} images: they are compared with each other alone.`,
    "Weights are piecewise linear between knots; the sources interpolate from level to level and penalise roughness.",
    ...trainingDepartures(params),
    "Batch normalisation of the residual network keeps its running statistics at every step size.",
  ],
});

/** Accuracy (points) of piecewise linear weights less that of free ones, and what twice the layers change in it. */
function accuracyOfSmoothWeights(rows: Rows<Row>, { layers }: Params) {
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

/** Half of the error (%) of guessing among a problem's classes, which are of equal size. */
function halfOfChance(problem: Cell["problem"]): number {
  return 50 * (1 - 1 / (problem === "images" ? imageClasses : toyProblemClasses(problem)));
}

/** @throws RangeError where layers, levels and knots do not fit together */
function requireLayers({ layers, levels, knots, depthFactors }: Params): void {
  const coarsest = layers / 2 ** (levels - 1);
  if (!Number.isInteger(coarsest) || coarsest < 2) {
    throw new RangeError(
      `need layers that ${levels} levels divide by ${2 ** (levels - 1)} into at least 2, got ${layers}`,
    );
  }
  if (knots >= layers) throw new RangeError(`need fewer knots than the ${layers} layers, got ${knots}`);
  if (!depthFactors.includes(2)) throw new RangeError(`need 2 among the depth factors, got ${depthFactors}`);
}

function negative({ estimate, low, high, ...others }: Interval): Interval {
  return { ...others, estimate: -estimate, low: -high, high: -low };
}
