/** What the rows of `../stochastic-depth.ts` show: their selections, and the figures. */
import { stochasticDepthErrsLess, survivalFallsLinearly } from "../../src/claims";
import { parseName } from "../../src/networks";
import { captioned, type Figure, intervalSeries, publishedSeries } from "../../src/report";
import { ascending, bootstrapInterval, bySeed, intervalNumbers, mean, perSeed, quantity } from "../../src/statistics";
import type { Measured, Parameters, Place, Result, Training } from "../stochastic-depth";

/** All of them, in the order of the report. */
export function stochasticDepthFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    shareByBlock(rows, params),
    errorBySurvival(rows, params),
    dependence(rows, lengths(params), {
      id: "error-by-training-length",
      title: `How the difference depends on the length of training: ${params.residual}`,
      xAxis: { label: "training (mini-batches)", scale: "log", integers: true },
    }),
    dependence(rows, depths(params), {
      id: "error-by-depth",
      title: `How the difference depends on depth: ${parseName(params.residual).family.description}`,
      xAxis: { label: "depth (layers)", integers: true },
    }),
    lossByStep(rows, params),
  ];
}

/** How survival depends on depth. */
export const schedules = ["linear", "uniform"] as const;

/** Trainings of the main network for the main length: constant depth, that of the claims, the other schedules. */
export function sweep(params: Parameters): [constant: Training, judged: Training, ...others: Training[]] {
  const { residual: network, steps, lastSurvival, otherLinear, uniform } = params;
  const training = (schedule: Training["schedule"], last_survival: number) => ({
    network,
    schedule,
    last_survival,
    steps,
  });
  return [
    training("constant", 1),
    training("linear", lastSurvival),
    ...otherLinear.filter((survival) => survival !== lastSurvival).map((survival) => training("linear", survival)),
    ...uniform.map((survival) => training("uniform", survival)),
  ];
}

export function ofDepth({ residual }: Parameters, depth: number): string {
  return `${parseName(residual).family.prefix}${depth}`;
}

/** What was measured of one kind on one training. */
export function select(rows: readonly Result[], measurement: Measured["measurement"], training: Training): Result[] {
  const { network, schedule, last_survival, steps } = training;
  return rows.filter(
    (found) =>
      found.measurement === measurement &&
      found.network === network &&
      found.schedule === schedule &&
      found.last_survival === last_survival &&
      found.steps === steps,
  );
}

/** Test error with stochastic depth less that at constant depth, paired by seed (points). */
interface Difference {
  readonly seed: number;
  readonly points: number;
}

export function differences(rows: readonly Result[], stochastic: Training): Difference[] {
  const constant = { ...stochastic, schedule: "constant", last_survival: 1 } as const;
  const errors = new Map(
    select(rows, "whole network", constant).map(({ seed, error_percent }) => [seed, error_percent!]),
  );
  return select(rows, "whole network", stochastic).flatMap(({ seed, error_percent }) => {
    const other = errors.get(seed);
    return other === undefined ? [] : [{ seed, points: error_percent! - other }];
  });
}

/** The training of the claims and those that differ from it in length alone, ascending. */
export function lengths(params: Parameters): Place[] {
  const [, judged] = sweep(params);
  return ascending([...params.otherSteps, judged.steps]).map((steps) => ({ x: steps, training: { ...judged, steps } }));
}

/** The training of the claims and those that differ from it in depth alone, ascending. */
export function depths(params: Parameters): Place[] {
  const [, judged] = sweep(params);
  return ascending([...params.otherDepths, parseName(params.residual).depth]).map((depth) => ({
    x: depth,
    training: { ...judged, network: ofDepth(params, depth) },
  }));
}

/** "linear, p_N = 0.5" */
function nameOf({ schedule, last_survival }: Training): string {
  if (schedule === "constant") return "constant depth";
  return schedule === "linear" ? `linear, p_N = ${last_survival}` : `uniform, p = ${last_survival}`;
}

function shareByBlock(rows: readonly Result[], params: Parameters): Figure {
  const [, judged, ...others] = sweep(params);
  const depth = (training: Training) => {
    const ran = perSeed(select(rows, "whole network", training), ({ blocks_run }) => blocks_run);
    return `${quantity(mean(ran))} (${nameOf(training)})`;
  };
  const blocks = select(rows, "block", judged);
  const [one = []] = bySeed(blocks).values();
  return {
    id: "share-by-block",
    claims: [survivalFallsLinearly.id],
    title: `In how many mini-batches each block runs: ${params.residual}, ${nameOf(judged)}`,
    caption: captioned(
      "Share of the mini-batches in which each residual branch ran (marks), and its survival probability (line)",
      `Blocks that ran in a mini-batch, mean over the training: ${[judged, ...others].map(depth).join(", ")}.`,
    ),
    xAxis: { label: "block, from the input", integers: true },
    yAxis: { label: "share of mini-batches", range: [0, 1] },
    series: [
      intervalSeries({
        name: "ran",
        kind: "points",
        rows: blocks,
        x: ({ block }) => block!,
        y: ({ run_share }) => run_share!,
      }),
      {
        name: "survival probability p_t",
        kind: "line",
        points: one.map(({ block, survival_probability }) => ({ x: block!, y: survival_probability! })),
      },
    ],
  };
}

/**
 * Test errors (%) of the source by p_N, read off its figure to 0.03 points: ResNet-110, CIFAR-10. Where uniform
 * survival is below 0.3 they are off its scale.
 */
const published = {
  // biome-ignore format: two columns
  linear: [
    [0.1, 6.96], [0.2, 6.3], [0.3, 5.97], [0.4, 5.4], [0.5, 5.23],
    [0.6, 5.34], [0.7, 5.27], [0.8, 5.15], [0.9, 5.84], [1, 6.41],
  ],
  // biome-ignore format: two columns
  uniform: [[0.3, 6.93], [0.4, 6.56], [0.5, 6.14], [0.6, 5.92], [0.7, 5.48], [0.8, 5.27], [0.9, 5.95], [1, 6.41]],
} as const;

function errorBySurvival(rows: readonly Result[], params: Parameters): Figure {
  const [constant, judged] = sweep(params);
  const errorOf = (training: Training) =>
    intervalNumbers(
      bootstrapInterval(perSeed(select(rows, "whole network", training), ({ error_percent }) => error_percent)),
      "%",
    );
  const own = schedules.map((schedule) => {
    const trainings = sweep(params)
      .filter((training) => training.schedule === schedule)
      .sort((one, other) => one.last_survival - other.last_survival);
    return intervalSeries({
      name: schedule,
      kind: "line",
      rows: trainings.flatMap((training) =>
        differences(rows, training).map((difference) => ({ ...difference, x: training.last_survival })),
      ),
      x: ({ x }) => x,
      y: ({ points }) => points,
    });
  });
  return {
    id: "error-by-survival",
    claims: [stochasticDepthErrsLess.id],
    title: `Test error by survival probability, less that at constant depth: ${params.residual}`,
    caption: captioned(
      "Test error with stochastic depth less that at constant depth, paired by seed, by the survival probability of " +
        "the last block (linear) or of every block (uniform)",
      `At constant depth the error is ${errorOf(constant)}, with ${nameOf(judged)} it is ${errorOf(judged)}; in the ` +
        "source 6.41 % and 5.23 %. The source's values are read off its figure.",
    ),
    xAxis: { label: "survival probability of the last block, p_N" },
    yAxis: { label: "difference of test errors (points)" },
    series: [
      ...own,
      ...schedules.map((schedule) =>
        publishedSeries(
          `Huang et al. 2016, ${schedule}, ResNet-110, CIFAR-10`,
          published[schedule].map(([survival, error]) => [survival, error - 6.41]),
        ),
      ),
    ],
    references: [{ y: 0, label: "constant depth" }],
  };
}

function dependence(
  rows: readonly Result[],
  places: readonly Place[],
  frame: Pick<Figure, "id" | "title" | "xAxis">,
): Figure {
  return {
    ...frame,
    claims: [stochasticDepthErrsLess.id],
    caption: captioned("Test error with stochastic depth less that at constant depth, paired by seed"),
    yAxis: { label: "difference of test errors (points)" },
    series: [
      intervalSeries({
        name: places.map(({ training }) => nameOf(training))[0]!,
        kind: "line",
        rows: places.flatMap(({ x, training }) => differences(rows, training).map((found) => ({ ...found, x }))),
        x: ({ x }) => x,
        y: ({ points }) => points,
      }),
    ],
    references: [{ y: 0, label: "constant depth" }],
  };
}

function lossByStep(rows: readonly Result[], params: Parameters): Figure {
  const [constant, judged] = sweep(params);
  return {
    id: "loss-by-step",
    claims: [stochasticDepthErrsLess.id],
    title: `Training loss on the way: ${params.residual}`,
    caption: captioned("Cross-entropy on the training batches, with the blocks that ran in each"),
    xAxis: { label: "mini-batches", integers: true },
    yAxis: { label: "training cross-entropy (nats)", scale: "log" },
    series: [constant, judged].map((training) =>
      intervalSeries({
        name: nameOf(training),
        kind: "line",
        rows: select(rows, "mini-batches", training),
        x: ({ step }) => step!,
        y: ({ loss_nats }) => loss_nats!,
      }),
    ),
  };
}
