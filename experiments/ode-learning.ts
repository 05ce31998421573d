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
import { cross, experiment, judge, meanWithEnds, needsShortcuts, trainingDepartures } from "../src/experiment";
import { largest, mean, perSeed, quantity, smallest, sum } from "../src/statistics";
import { planByName } from "../src/training";
import { odeLearningFigures } from "./ode-learning/figures";
import { measureFlow } from "./ode-learning/flow";
import { measureResidual } from "./ode-learning/residual";
import {
  type Cell,
  columns,
  criticalRise,
  free,
  margin,
  parameters,
  piecewiseLinear,
  problems,
  requireLayers,
  riseIn,
  variations,
  ways,
} from "./ode-learning/rows";
import {
  accuracyOfSmoothWeights,
  criticalFactors,
  halfOfChance,
  negative,
  smoothWeightsText,
} from "./ode-learning/verdicts";

export default experiment("ode-learning", {
  title: "Learning the weights of differential equations",
  question: "Can weights be learned as smooth functions of depth, and do trained networks stand other step sizes?",
  source: "Haber & Ruthotto 2017, Stable architectures for deep neural networks, sec. 4 and 5",
  parameters,
  variations,
  columns,

  firstLook: { median: "error_percent", by: ["problem", "network"], where: { measurement: "as trained" } },
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
      return judge(effect)
        .of("parameters over those of free weights", total(piecewiseLinear) / total(free), "")
        .below(1)
        .each(gains, (judged, { problem, gain }) =>
          judged.of(`difference of accuracy, ${problem},`, gain, "points").within(-margin, margin),
        )
        .each(doubled, (judged, { problem, gain }) =>
          judged.of(`change of accuracy at twice the depth, ${problem},`, gain, "points").within(-margin, margin),
        );
    },
    "F4.1"(rows, params) {
      const { effect, gains, doubled } = accuracyOfSmoothWeights(rows, params);
      return judge(negative(effect))
        .each(gains, (judged, { problem, gain }) =>
          judged.of(`loss of accuracy, ${problem},`, negative(gain), "points").below(margin),
        )
        .each(doubled, (judged, { problem, gain }) =>
          judged.of(`loss of accuracy at twice the depth, ${problem},`, negative(gain), "points").below(margin),
        );
    },
    F5(rows, { residual, stepFactors }) {
      const swept = [1, ...stepFactors];
      const [least, most] = [Math.min(...swept), Math.max(...swept)];
      const above = criticalFactors(rows, residual, 1).map(({ factor }) => factor ?? Math.max(...stepFactors)); // none: at least the largest
      const searched = cross({ network: [residual, piecewiseLinear], direction: [1, -1] as const });
      return judge(above).each(searched, (judged, { network, direction }) => {
        const what = `critical factor ${direction === 1 ? "above" : "below"} 1, ${network},`;
        const found = criticalFactors(rows, network, direction);
        const factors = found.filter(({ factor }) => factor !== null);
        if (factors.length < found.length) {
          return judged.of(`networks with a ${what}`, factors.length, "").exactly(found.length);
        }
        const [from, to] = direction === 1 ? [1, most] : [least, 1];
        const inEachSeed = perSeed(factors, ({ factor }) => factor);
        return judged.of(what, inEachSeed, "").within(from, to);
      });
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

  sentences: {
    F4: smoothWeightsText,
    "F4.1": smoothWeightsText,
    F5(rows, { residual }) {
      const factors = (direction: 1 | -1) =>
        criticalFactors(rows, residual, direction).flatMap(({ factor }) => factor ?? []);
      return (
        `The test error of ${residual} rises by ${criticalRise} points when its steps are multiplied by ${meanWithEnds(factors(1))}, ` +
        `or by ${meanWithEnds(factors(-1))}.`
      );
    },
    "F5.1"(rows, { residual }) {
      const finer = rows.where({ network: residual, measurement: "depth" }).where((row) => row.step_factor! < 1);
      const trained = rows.where({ network: residual, measurement: "as trained" }).perSeed("error_percent");
      return (
        `${residual} in finer steps, ${quantity(1 / largest(finer.numbers("step_factor")))} to ` +
        `${quantity(1 / smallest(finer.numbers("step_factor")))} times as many in the same time: test error ` +
        `${quantity(mean(trained), "%")} → ${meanWithEnds(finer.perSeed("error_percent", largest), "%")}, the worst of each network.`
      );
    },
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
  customNetwork: { parameter: "residual", needs: needsShortcuts, withWeights: true, byRoutes: true },
});
