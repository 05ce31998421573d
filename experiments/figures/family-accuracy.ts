/** What the rows of `../family-accuracy.ts` show: their selections, and the figures. */
import { operationsForetellStepTime } from "../../src/claims";
import { captioned, type Figure, intervalSeries, type Series } from "../../src/report";
import {
  bootstrapInterval,
  bySeed,
  intervalNumbers,
  mean,
  median,
  perSeed,
  spearman,
  spearmanOrZero,
} from "../../src/statistics";
import type { Result } from "../family-accuracy";
import { smallNetworks } from "../family-accuracy/networks";

/** All of them, in the order of the report. */
export function familyAccuracyFigures(rows: readonly Result[]): Figure[] {
  return [accuracyByOperations(rows), accuracyByTime(rows), timeByOperations(rows), accuracyByNetwork(rows)];
}

/** Rank correlations of one seed's networks, of what is counted with what is measured. */
interface Correlations {
  readonly operations: number;
  readonly parameters: number;
}

/** Least number of networks whose ranks say anything. */
const leastNetworks = 3;

/** For each seed, the rank correlations of a training step's time with its operations and with the parameters. */
export function correlationsWithTime(rows: readonly Result[]): Correlations[] {
  return [...bySeed(stepsOf(rows)).values()].flatMap((own) => {
    const networks = networksOf(own);
    if (networks.length < leastNetworks) return [];
    const seconds = networks.map((network) => median(of(own, network).map(({ step_seconds }) => step_seconds!)));
    const counted = (key: "step_multiply_accumulates" | "parameters") =>
      spearman(
        networks.map((network) => of(own, network)[0]![key]),
        seconds,
      );
    return [{ operations: counted("step_multiply_accumulates"), parameters: counted("parameters") }];
  });
}

function trainedOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "trained network");
}

function stepsOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "step");
}

/** Networks with rows, the earliest first. */
function networksOf(rows: readonly Result[]): string[] {
  const present = new Set(rows.map(({ network }) => network));
  return smallNetworks.map(({ name }) => name).filter((name) => present.has(name));
}

function of(rows: readonly Result[], network: string): Result[] {
  return rows.filter((row) => row.network === network);
}

function titleOf(network: string): string {
  return smallNetworks.find(({ name }) => name === network)!.title;
}

/** Time of a network's training step (ms): median over a seed's steps, mean over the seeds. */
function milliseconds(rows: readonly Result[], network: string): number {
  return 1000 * mean(perSeed(of(stepsOf(rows), network), ({ step_seconds }) => step_seconds, median));
}

/** Colours of the charts: the first that fits. */
const kinds = [
  { name: "neither shortcuts nor branches", belongs: /^small-(lenet|alexnet|nin)|^vgg/ },
  { name: "inception modules", belongs: /^small-googlenet/ },
  { name: "residual blocks", belongs: /resnet/ },
  { name: "dense blocks", belongs: /^densenet/ },
] as const;

/**
 * Labelled marks, one a network, in the colours of their kinds. Each is an interval series of its own before: two networks
 * may have one place.
 */
function charted(
  rows: readonly Result[],
  x: (network: string) => number,
  { y, aggregate }: { readonly y: (row: Result) => number; readonly aggregate?: typeof median },
): Series[] {
  return kinds.flatMap(({ name, belongs }): Series[] => {
    const marks = networksOf(rows)
      .filter((network) => belongs.test(network))
      .map((network) => {
        const own = of(rows, network);
        const { points, seeds = [] } = intervalSeries({
          name,
          kind: "points",
          rows: own,
          x: () => x(network),
          y,
          ...(aggregate && { aggregate }),
        });
        const area = own[0]!.parameters / 1000;
        const label = titleOf(network).replace(/(?<=.) ResNet-20$/, ""); // residual by its colour, and short
        return { seeds, points: points.map((point) => ({ ...point, area, label })) };
      });
    if (marks.length === 0) return [];
    const seeds = [...bySeed(marks.flatMap((mark) => mark.seeds))].map(([seed, found]) => ({
      seed,
      points: found.flatMap(({ points }) => points),
    }));
    return [{ name, kind: "points", points: marks.flatMap(({ points }) => points), seeds }];
  });
}

const accuracy = { y: ({ accuracy_percent }: Result) => accuracy_percent! };
const accuracyAxis = { label: "top-1 accuracy on test images (%)" };
const areaLabel = "parameters (thousands)";

function accuracyByOperations(rows: readonly Result[]): Figure {
  const trained = trainedOf(rows);
  return {
    id: "accuracy-by-operations",
    title: "Accuracy by operations and parameters, after the same training",
    caption: captioned(
      "Top-1 accuracy on test images over the multiply-accumulates of one of them at inference; areas are in proportion to " +
        "the parameters",
      `${accuracyCorrelations(trained)} Published accuracies of the large networks are in the report of architectures.`.trim(),
    ),
    xAxis: { label: "multiply-accumulates (millions)", scale: "log" },
    yAxis: accuracyAxis,
    areaLabel,
    series: charted(trained, (network) => of(trained, network)[0]!.multiply_accumulates / 1e6, accuracy),
  };
}

/** In one sentence, by what the accuracies are ordered; nothing where there are too few networks. */
function accuracyCorrelations(trained: readonly Result[]): string {
  const yearOf = ({ network }: Result) => smallNetworks.find(({ name }) => name === network)!.year;
  const seeds = [...bySeed(trained).values()].filter((own) => own.length >= leastNetworks);
  const said = (key: (row: Result) => number) =>
    intervalNumbers(bootstrapInterval(seeds.map((own) => spearmanOrZero(own.map(key), own.map(accuracy.y)))), "");
  if (seeds.length === 0) return "";
  return (
    `Rank correlation of accuracy with operations ${said((row) => row.multiply_accumulates)}, with parameters ` +
    `${said((row) => row.parameters)}, with the year of publication ${said(yearOf)}.`
  );
}

function accuracyByTime(rows: readonly Result[]): Figure {
  const trained = trainedOf(rows).filter(({ network }) => of(stepsOf(rows), network).length > 0);
  return {
    id: "accuracy-by-time",
    title: "Accuracy by the time of a training step",
    caption: captioned(
      "Top-1 accuracy on test images over the time of a training step, the median of a seed's steps and the mean over seeds; " +
        "areas are in proportion to the parameters",
    ),
    xAxis: { label: "time of a training step (ms)", scale: "log" },
    yAxis: accuracyAxis,
    areaLabel,
    series: charted(trained, (network) => milliseconds(rows, network), accuracy),
  };
}

function timeByOperations(rows: readonly Result[]): Figure {
  const steps = stepsOf(rows);
  const found = correlationsWithTime(rows);
  const said = (key: keyof Correlations) => intervalNumbers(bootstrapInterval(found.map((own) => own[key])), "");
  return {
    id: "time-by-operations",
    claims: [operationsForetellStepTime.id],
    title: "Time of a training step by its operations",
    caption: captioned(
      "Median time of a training step of a mini-batch over its multiply-accumulates, forward and two gradients as dear, of " +
        "the blocks that run on average; areas are in proportion to the parameters",
      found.length === 0
        ? ""
        : `Rank correlation of time with operations ${said("operations")}, with parameters ${said("parameters")}.`,
    ),
    xAxis: { label: "multiply-accumulates of a step (billions)", scale: "log" },
    yAxis: { label: "time of a training step (ms)", scale: "log" },
    areaLabel,
    series: charted(steps, (network) => of(steps, network)[0]!.step_multiply_accumulates / 1e9, {
      y: ({ step_seconds }) => 1000 * step_seconds!,
      aggregate: median,
    }),
  };
}

function accuracyByNetwork(rows: readonly Result[]): Figure {
  const trained = trainedOf(rows);
  const series = (name: string, y: (row: Result) => number): Series =>
    intervalSeries({
      name,
      kind: "points",
      rows: networksOf(trained).flatMap((network) => of(trained, network)),
      x: ({ network }) => titleOf(network),
      y,
    });
  return {
    id: "accuracy-by-network",
    title: "Accuracy of each network, the earliest family first",
    caption: captioned(
      "Top-1 accuracy on test images, and on the last mini-batches of the training, each before the step that learns from it",
    ),
    xAxis: { label: "network", categories: networksOf(trained).map(titleOf) },
    yAxis: { label: "top-1 accuracy (%)" },
    series: [
      series("test images", ({ accuracy_percent }) => accuracy_percent!),
      series("last training batches", ({ training_accuracy_percent }) => training_accuracy_percent!),
    ],
  };
}
