/** What the rows of `../ode-learning.ts` show. */
import { toyProblemNames } from "../../src/data";
import { type FigureOf, ifTold, type Rows, type SeriesOf } from "../../src/experiment";
import type { Figure } from "../../src/report";
import { ascending, mean } from "../../src/statistics";
import {
  criticalRise,
  free,
  margin,
  type Params,
  piecewiseLinear,
  problems,
  type Row,
  riseIn,
  sorted,
  watched,
  ways,
} from "./rows";
import { criticalFactors } from "./verdicts";

const factorAxis = { column: "step_factor", scale: "log" } as const;

/** All of them, in the order of the report. */
export function odeLearningFigures(rows: Rows<Row>, params: Params): (FigureOf<Row> | Figure)[] {
  const { residual, layers, knots } = params;
  const trained = rows.where({ measurement: "as trained" });
  const plane = rows.where({ problem: toyProblemNames });
  const parametersOf = (network: string) =>
    trained.where({ network, problem: toyProblemNames[0] }).numbers("parameters")[0] ?? "no";
  return [
    {
      id: "error-by-problem",
      claims: ["F4"],
      title: `Piecewise linear weights between ${knots} knots beside those of ${layers} layers`,
      caption: `Each network learns one problem, with ${knots} weights in time in place of ${layers}.`,
      numbers:
        `On ${toyProblemNames[0]} free weights are ${parametersOf(free)} parameters, piecewise linear ones ` +
        `${parametersOf(piecewiseLinear)}. Haber & Ruthotto 2017, sec. 5, report near 0 % on ellipses and Swiss roll and ` +
        "1 to 2 % on peaks, with other numbers of points and Newton's method.",
      x: { column: "problem", categories: problems },
      ...{ y: "error_percent", rows: trained.where({ network: ways }), by: "network" },
    },
    {
      id: "error-by-depth",
      claims: ["F4", "F4.1"],
      title: `Networks of ${layers} layers, run with more and fewer`,
      caption:
        "Mean over the problems of the plane; weights are interpolated, steps the smaller the more there are, and nothing is " +
        "trained again.",
      x: { column: "layers", label: "layers", scale: "log" },
      ...{ y: "error_percent", by: "network" },
      rows: sorted(plane.where({ measurement: ["depth", "as trained"], network: ways }), "layers"),
    },
    {
      id: "error-by-step-size",
      claims: ["F5"],
      title: `Critical step sizes: ${residual} and networks with piecewise linear weights`,
      caption:
        "Every residual branch is multiplied by a factor; the marks stand where the error of " +
        `${residual} has risen by ${criticalRise} points.`,
      ...{ x: factorAxis, y: "error_percent" },
      series: [
        ...networks(sorted(rows.where({ measurement: ["step size", "as trained"] }), "step_factor"), residual, [
          piecewiseLinear,
        ]),
        { name: `critical, ${residual}`, kind: "points", points: criticalMarks(rows, residual) },
      ],
    },
    {
      id: "rise-by-refinement",
      claims: ["F5.1"],
      title: "More and smaller steps, or fewer and larger ones, in the same time",
      caption:
        "Blocks of the residual network are run several times with a share of their branch, or stand for their neighbours " +
        "with a multiple of it; the weights of equations are interpolated.",
      ...{ x: factorAxis, y: { value: riseIn(rows), label: "rise of the test error (points)" } },
      series: networks(sorted(rows.where({ measurement: "depth" }), "step_factor"), residual, [piecewiseLinear, free]),
      references: [{ y: margin, label: "rule of F5.1" }],
    },
    {
      id: "error-by-noise",
      title: "Noise on the inputs",
      caption: "Normal noise, the same for all networks of a seed; mean over the problems of the plane.",
      ...{ x: "input_noise", y: "error_percent", by: "network" },
      rows: sorted(plane.where({ measurement: ["input noise", "as trained"], network: ways }), "input_noise"),
    },
    {
      id: "weight-by-time",
      title: "A weight as a function of time",
      caption: `The weight from the first feature to itself after training on ${toyProblemNames[0]}, seed 1.`,
      ...{ x: "time", y: "weight", kind: "line", by: "network" },
      rows: rows.where({ measurement: "weight", problem: toyProblemNames[0], seed: 1 }),
    },
    {
      id: "seconds-by-way",
      title: "How long each way of learning takes",
      caption: "Mean over the problems of the plane; cells run side by side.",
      x: { column: "network", label: "way of learning", categories: ways },
      y: "training_seconds",
      series: [{ name: `${layers} layers`, rows: plane.where({ measurement: "as trained", network: ways }) }],
    },
    ...[piecewiseLinear, free].map((network) => features(rows, network)),
    ...toyProblemNames.map((problem) => regions(rows, problem)),
  ];
}

/** The residual network, and ways of learning on images and on the plane. */
function networks(rows: Rows<Row>, residual: string, shown: readonly string[]): SeriesOf<Row>[] {
  const on = (where: string, problem: readonly Row["problem"][]) =>
    shown.map((network) => ({ name: `${network}, ${where}`, rows: rows.where({ network, problem }) }));
  return [
    { name: residual, rows: rows.where({ network: residual }) },
    ...on("images", ["images"]),
    ...on("plane", toyProblemNames),
  ];
}

/** The critical factors of the residual network, means over seeds, at the error that makes them critical. */
function criticalMarks(rows: Rows<Row>, network: string) {
  const trained = rows.where({ measurement: "as trained", network }).numbers("error_percent");
  return ([1, -1] as const).flatMap((direction) => {
    const factors = ifTold(() => criticalFactors(rows, network, direction).flatMap(({ factor }) => factor ?? [])) ?? [];
    return factors.length === 0 || trained.length === 0 ? [] : [{ x: mean(factors), y: mean(trained) + criticalRise }];
  });
}

/** The points on their way, layer by layer. */
function features(rows: Rows<Row>, network: string): Figure {
  const own = rows.where({ measurement: "features", network, problem: watched });
  const times = ascending(own.distinct("time"));
  return {
    id: `features-${network.replace(" ", "-")}`,
    title: `How the layers part the ${watched}: ${network} weights`,
    caption:
      `${own.length / Math.max(1, times.length)} test points of seed 1, seen in a plane: across, the direction in which the classifier ` +
      "tells the classes apart; up, the direction beside it in which the points of all layers differ most.",
    xAxis: { label: "along the classifier's difference of weights" },
    yAxis: { label: "along the largest variance" },
    frames: { label: "after layer", names: times.map((_, layer) => String(layer)) },
    series: ascending(own.distinct("label")).map((label) => ({
      name: `class ${label}`,
      kind: "points",
      points: own.where({ label }).map(({ x, y, time }) => ({ x: x!, y: y!, frame: times.indexOf(time!) })),
    })),
  };
}

function regions(rows: Rows<Row>, problem: Row["problem"]): Figure {
  const own = rows.where({ measurement: "region", network: piecewiseLinear, problem });
  const places = ascending(own.distinct("x"));
  const found = new Map(own.map(({ x, y, predicted_class }) => [`${x} ${y}`, predicted_class]));
  return {
    id: `regions-${problem.replace(" ", "-")}`,
    title: `How the network divides the plane: ${problem}`,
    caption: "Class that the network with piecewise linear weights gives to each point of the square, seed 1.",
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    matrix: {
      ...{ x: places, y: places, label: "class" },
      values: places.map((y) => places.map((x) => found.get(`${x} ${y}`) ?? null)),
    },
  };
}
