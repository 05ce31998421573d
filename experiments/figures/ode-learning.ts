/** What the rows of `../ode-learning.ts` show: their selections, and the figures. */
import {
  smoothWeightsLoseNothing,
  smoothWeightsSuffice,
  stepSizesAreCritical,
  trainedNetsRefine,
} from "../../src/claims";
import { toyProblemNames } from "../../src/data";
import { captioned, type Figure, intervalSeries, type Series } from "../../src/report";
import { firstCrossing, mean } from "../../src/statistics";
import type { Parameters, Result } from "../ode-learning";
import { free, images, isMain, piecewiseLinear, problems, watched, ways } from "../ode-learning/cells";

/** All of them, in the order of the report. */
export function odeLearningFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    errorByProblem(rows, params),
    errorByParameters(rows, params),
    errorByDepth(rows, params),
    lossByTrainedDepth(rows, params),
    errorByStepSize(rows, params),
    riseByRefinement(rows, params),
    errorByNoise(rows, params),
    weightByTime(rows, params),
    secondsByWay(rows, params),
    ...[piecewiseLinear, free].map((way) => features(rows, way, params)),
    ...toyProblemNames.map((problem) => regions(rows, problem, params)),
  ];
}

/** Margin (points) within which accuracies count as the same: that of E9, fixed before any run. */
export const margin = 1;

/** Rise of the error (points) from which on a step size is critical: what E1 calls hardly hurting. */
export const criticalRise = 5;

export function error({ error_percent }: Result): number | null {
  return error_percent;
}

/** Rows of a network of the main layers and knots on a problem. */
function mainRows(rows: readonly Result[], network: string, problem: string, params: Parameters): Result[] {
  return rows.filter((given) => given.network === network && given.problem === problem && isMain(given, params));
}

export function asTrained(rows: readonly Result[], network: string, problem: string, params: Parameters): Result[] {
  return mainRows(rows, network, problem, params).filter(({ measurement }) => measurement === "as trained");
}

export function atDepth(
  rows: readonly Result[],
  network: string,
  problem: string,
  params: Parameters,
  depth: number,
): Result[] {
  return mainRows(rows, network, problem, params).filter(
    ({ measurement, layers }) => measurement === "depth" && layers === depth,
  );
}

/** Rises of the error of one network over its own as trained, by the factor of its steps; ascending. */
export function risesOf(rows: readonly Result[], measurement: string): { factor: number; rise: number }[] {
  const trained = rows.find((given) => given.measurement === "as trained")!;
  return rows
    .filter((given) => given.measurement === measurement)
    .map(({ step_factor, error_percent }) => ({
      factor: step_factor,
      rise: error_percent! - trained.error_percent!,
    }))
    .sort((one, other) => one.factor - other.factor);
}

/** The rows of each network apart: of one seed, on one problem. */
function byNetwork(rows: readonly Result[]): Result[][] {
  const groups = new Map<string, Result[]>();
  for (const given of rows) {
    const key = `${given.seed} ${given.problem} ${given.network} ${given.trained_layers} ${given.knots}`;
    groups.set(key, [...(groups.get(key) ?? []), given]);
  }
  return [...groups.values()];
}

/**
 * The factor of the step size at which the error first rises by more than is allowed, from 1 up or down, for every seed
 * and problem; null where it never does. Between two factors the rise is taken to be linear in their logarithm.
 */
export function criticalFactors(
  rows: readonly Result[],
  network: string,
  params: Parameters,
  direction: 1 | -1,
): { seed: number; problem: string; factor: number | null }[] {
  const own = rows.filter((given) => given.network === network && (given.knots === null || isMain(given, params)));
  return byNetwork(own).map((group) => {
    const passed = risesOf(group, "step size")
      .map(({ factor, rise }) => ({ x: direction * Math.log2(factor), y: rise }))
      .filter(({ x }) => x > 0)
      .sort((one, other) => one.x - other.x);
    const place = firstCrossing([{ x: 0, y: 0 }, ...passed], criticalRise);
    const { seed, problem } = group[0]!;
    return { seed, problem, factor: place === null ? null : 2 ** (direction * place) };
  });
}

const errorAxis = { label: "test error (%)" } as const;
const factorAxis = { label: "step size over the trained one", scale: "log" } as const;

function errorByProblem(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "error-by-problem",
    claims: [smoothWeightsSuffice.id],
    title: `Piecewise linear weights between ${params.knots} knots beside those of ${params.layers} layers`,
    caption: captioned(
      "Test error of networks whose weights were learned in four ways, by problem",
      `${ways.map((way) => `${way}: ${describe(rows, way, params)}`).join("; ")}. Haber & Ruthotto 2017, sec. 5, report near ` +
        "0 % on ellipses and Swiss roll and 1 to 2 % on peaks, with other numbers of points and Newton's method",
    ),
    xAxis: { label: "problem", categories: problems },
    yAxis: errorAxis,
    series: ways.map((way) =>
      intervalSeries({
        name: way,
        kind: "points",
        rows: problems.flatMap((problem) => asTrained(rows, way, problem, params)),
        x: ({ problem }) => problem,
        y: (given) => given.error_percent!,
      }),
    ),
  };
}

/** "594 parameters on spirals, roughness 0.2". */
function describe(rows: readonly Result[], way: string, params: Parameters): string {
  const [problem] = toyProblemNames;
  const found = asTrained(rows, way, problem, params);
  const roughness = mean(found.map((given) => given.roughness!));
  return `${found[0]!.parameters} parameters on ${problem}, roughness ${roughness.toFixed(2)}`;
}

function errorByParameters(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "error-by-parameters",
    claims: [smoothWeightsLoseNothing.id],
    title: "Test error by the number of knots",
    caption: captioned(
      `Test error of networks of ${params.layers} layers whose weights are piecewise linear in time, by their parameters`,
      "The most parameters are those of free weights: as many knots as layers.",
    ),
    xAxis: { label: "parameters", scale: "log" },
    yAxis: errorAxis,
    series: toyProblemNames.map((problem) =>
      intervalSeries({
        name: problem,
        kind: "line",
        rows: rows
          .filter(
            (given) =>
              given.measurement === "as trained" &&
              given.problem === problem &&
              given.trained_layers === params.layers &&
              [free, piecewiseLinear].includes(given.network),
          )
          .sort((one, other) => one.parameters! - other.parameters!),
        x: (given) => given.parameters!,
        y: (given) => given.error_percent!,
      }),
    ),
  };
}

function errorByDepth(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "error-by-depth",
    title: `Networks of ${params.layers} layers, run with more and fewer`,
    caption: captioned(
      "Test error, mean over the problems of the plane, of networks run with other numbers of layers than they were " +
        "trained with, their weights interpolated and the steps smaller as there are more of them",
    ),
    xAxis: { label: "layers", scale: "log", integers: true },
    yAxis: errorAxis,
    series: errorsOfWays(rows, "depth", ({ layers }) => layers, params),
  };
}

/** Error of each way of learning on the problems of the plane, as trained and where x was changed; ascending in x. */
function errorsOfWays(
  rows: readonly Result[],
  changed: string,
  x: (row: Result) => number,
  params: Parameters,
): Series[] {
  return ways.map((way) =>
    intervalSeries({
      name: way,
      kind: "line",
      rows: toyRows(rows, way, params)
        .filter(({ measurement }) => measurement === changed || measurement === "as trained")
        .sort((one, other) => x(one) - x(other)),
      x,
      y: (given) => given.error_percent!,
    }),
  );
}

function lossByTrainedDepth(rows: readonly Result[], params: Parameters): Figure {
  const series = toyProblemNames.map((problem): Series => {
    const own = byNetwork(
      rows.filter(
        (given) =>
          given.network === piecewiseLinear &&
          given.problem === problem &&
          given.knots === Math.min(params.knots, given.trained_layers),
      ),
    ).flatMap((group) =>
      risesOf(group, "depth")
        .filter(({ factor }) => factor === 1 / 2)
        .map(({ rise }) => ({ seed: group[0]!.seed, layers: group[0]!.trained_layers, rise })),
    );
    return intervalSeries({
      name: problem,
      kind: "line",
      rows: own.sort((one, other) => one.layers - other.layers),
      x: ({ layers }) => layers,
      y: ({ rise }) => rise,
    });
  });
  return {
    id: "loss-by-trained-depth",
    title: "What doubling the depth costs, by the depth of training",
    caption: captioned(
      "Rise of the test error when networks with piecewise linear weights are run with twice the layers, untrained, by " +
        "the number of layers they were trained with",
    ),
    xAxis: { label: "layers in training", scale: "log", integers: true },
    yAxis: { label: "rise of the test error (points)" },
    series,
    references: [{ y: margin, label: "rule of F4" }],
  };
}

function errorByStepSize(rows: readonly Result[], params: Parameters): Figure {
  const curve = (name: string, own: readonly Result[]) =>
    intervalSeries({
      name,
      kind: "line",
      rows: own
        .filter(({ measurement }) => measurement === "step size" || measurement === "as trained")
        .sort((one, other) => one.step_factor - other.step_factor),
      x: ({ step_factor }) => step_factor,
      y: (given) => given.error_percent!,
    });
  const critical = ([1, -1] as const).flatMap((direction) =>
    criticalFactors(rows, params.residual, params, direction).flatMap(({ seed, factor }) =>
      factor === null ? [] : [{ seed, direction, factor }],
    ),
  );
  const trained = mean(
    rows.filter((g) => g.network === params.residual && g.measurement === "as trained").map((g) => g.error_percent!),
  );
  const marks = [1, -1].flatMap((direction) => {
    const own = critical.filter((found) => found.direction === direction);
    return own.length === 0 ? [] : [{ x: mean(own.map(({ factor }) => factor)), y: trained + criticalRise }];
  });
  return {
    id: "error-by-step-size",
    claims: [stepSizesAreCritical.id],
    title: `Critical step sizes: ${params.residual} and networks with piecewise linear weights`,
    caption: captioned(
      "Test error with every residual branch times a factor",
      `The marks stand where the error of ${params.residual} has risen by ${criticalRise} points, means over seeds.`,
    ),
    xAxis: factorAxis,
    yAxis: errorAxis,
    series: [
      curve(
        params.residual,
        rows.filter(({ network }) => network === params.residual),
      ),
      curve(`${piecewiseLinear}, images`, mainRows(rows, piecewiseLinear, images, params)),
      curve(`${piecewiseLinear}, plane`, toyRows(rows, piecewiseLinear, params)),
      { name: `critical, ${params.residual}`, kind: "points", points: marks },
    ],
  };
}

function riseByRefinement(rows: readonly Result[], params: Parameters): Figure {
  const curve = (name: string, own: readonly Result[]) =>
    intervalSeries({
      name,
      kind: "line",
      rows: byNetwork(own)
        .flatMap((group) => risesOf(group, "depth").map((found) => ({ ...found, seed: group[0]!.seed })))
        .sort((one, other) => one.factor - other.factor),
      x: ({ factor }) => factor,
      y: ({ rise }) => rise,
    });
  return {
    id: "rise-by-refinement",
    claims: [trainedNetsRefine.id],
    title: "More and smaller steps, or fewer and larger ones, in the same time",
    caption: captioned(
      "Rise of the test error when blocks of the residual network are run several times with a share of their branch, or " +
        "stand for their neighbours with a multiple of it, and when the weights of equations are interpolated",
    ),
    xAxis: factorAxis,
    yAxis: { label: "rise of the test error (points)" },
    series: [
      curve(
        params.residual,
        rows.filter(({ network }) => network === params.residual),
      ),
      curve(`${piecewiseLinear}, images`, mainRows(rows, piecewiseLinear, images, params)),
      curve(`${free}, images`, mainRows(rows, free, images, params)),
      curve(`${piecewiseLinear}, plane`, toyRows(rows, piecewiseLinear, params)),
      curve(`${free}, plane`, toyRows(rows, free, params)),
    ],
    references: [{ y: margin, label: "rule of F5.1" }],
  };
}

function errorByNoise(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "error-by-noise",
    title: "Noise on the inputs",
    caption: captioned(
      "Test error with normal noise on the inputs, mean over the problems of the plane",
      "All networks of a seed see the same noise.",
    ),
    xAxis: { label: "noise over the inputs' root mean square" },
    yAxis: errorAxis,
    series: errorsOfWays(rows, "input noise", ({ input_noise }) => input_noise, params),
  };
}

function weightByTime(rows: readonly Result[], params: Parameters): Figure {
  const [problem] = toyProblemNames;
  return {
    id: "weight-by-time",
    title: "A weight as a function of time",
    caption: `The weight from the first feature to itself after training on ${problem}, seed 1.`,
    xAxis: { label: "time (share of the whole)" },
    yAxis: { label: "weight" },
    series: ways.map((way) => ({
      name: way,
      kind: "line",
      points: mainRows(rows, way, problem, params)
        .filter(({ measurement }) => measurement === "weight")
        .map(({ time, weight }) => ({ x: time!, y: weight! })),
    })),
  };
}

function secondsByWay(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "seconds-by-way",
    title: "How long each way of learning takes",
    caption: captioned(
      "Duration of the training, mean over the problems of the plane",
      "Cells run side by side; the machine may have had other work.",
    ),
    xAxis: { label: "way of learning", categories: ways },
    yAxis: { label: "training (s)" },
    series: [
      intervalSeries({
        name: `${params.layers} layers`,
        kind: "points",
        rows: ways.flatMap((way) =>
          toyRows(rows, way, params).filter(({ measurement }) => measurement === "as trained"),
        ),
        x: ({ network }) => network,
        y: (given) => given.training_seconds!,
      }),
    ],
  };
}

/** The points on their way, layer by layer. */
function features(rows: readonly Result[], way: string, params: Parameters): Figure {
  const own = mainRows(rows, way, watched, params).filter(({ measurement }) => measurement === "features");
  const times = [...new Set(own.map(({ time }) => time!))].sort((one, other) => one - other);
  const labels = [...new Set(own.map(({ label }) => label!))].sort();
  return {
    id: `features-${way.replace(" ", "-")}`,
    title: `How the layers part the ${watched}: ${way} weights`,
    caption:
      `${own.length / times.length} test points after each of the ${times.length - 1} layers, seed 1, their features seen in a ` +
      "plane: across, the direction in which the classifier tells the classes apart; up, the direction beside it in which " +
      "the points of all layers differ most. The slider and the button lead through the layers; the last one is shown.",
    xAxis: { label: "along the classifier's difference of weights" },
    yAxis: { label: "along the largest variance" },
    frames: { label: "after layer", names: times.map((_, layer) => String(layer)) },
    series: labels.map((label) => ({
      name: `class ${label}`,
      kind: "points",
      points: own
        .filter((given) => given.label === label)
        .map(({ x, y, time }) => ({ x: x!, y: y!, frame: times.indexOf(time!) })),
    })),
  };
}

function regions(rows: readonly Result[], problem: string, params: Parameters): Figure {
  const own = mainRows(rows, piecewiseLinear, problem, params).filter(({ measurement }) => measurement === "region");
  const places = [...new Set(own.map(({ x }) => x!))].sort((one, other) => one - other);
  const found = new Map(own.map(({ x, y, predicted_class }) => [`${x} ${y}`, predicted_class]));
  return {
    id: `regions-${problem.replace(" ", "-")}`,
    title: `What the network makes of the plane: ${problem}`,
    caption: `Class that the network with piecewise linear weights gives to each point of the square, seed 1.`,
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    matrix: {
      x: places,
      y: places,
      values: places.map((y) => places.map((x) => found.get(`${x} ${y}`) ?? null)),
      label: "class",
    },
  };
}

/** Rows of a way of learning on all problems of the plane. */
function toyRows(rows: readonly Result[], way: string, params: Parameters): Result[] {
  return toyProblemNames.flatMap((problem) => mainRows(rows, way, problem, params));
}
