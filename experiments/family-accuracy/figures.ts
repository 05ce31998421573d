/** The figures of `../family-accuracy.ts`. */
import { type FigureOf, ifTold, type Rows, told } from "../../src/experiment";
import { intervalSeries, type Series } from "../../src/report";
import { bySeed, intervalNumbers, mean, meanInterval, median, spearmanOrZero } from "../../src/statistics";
import { networksOf, type Row, smallNetworks } from "./networks";

/** Least number of networks whose ranks say anything. */
export const leastNetworks = 3;

/** What the colours of the charts mean; every network belongs to one. */
const kinds = [
  { name: "neither shortcuts nor branches", belongs: /^small-(lenet|alexnet|nin)|^vgg/ },
  { name: "inception modules", belongs: /^small-googlenet/ },
  { name: "residual blocks", belongs: /resnet/ },
  { name: "dense blocks", belongs: /^densenet/ },
] as const;

/** All of them, in the order of the report. */
export function familyAccuracyFigures(rows: Rows<Row>): FigureOf<Row>[] {
  const [trained, steps] = [rows.where({ measurement: "trained network" }), rows.where({ measurement: "step" })];
  const timed = steps.distinct("network");
  const milliseconds = ({ network }: Row) =>
    1000 * (ifTold(() => mean(steps.where({ network }).perSeed("step_seconds", median))) ?? Number.NaN);
  const accuracy = ({ accuracy_percent }: Row) => accuracy_percent!;
  const time = "time of a training step (ms)";
  const chart = { areaLabel: "parameters (thousands)" };
  const ordered = networksOf(trained).flatMap((network) => trained.where({ network }));
  return [
    {
      ...{ ...chart, id: "accuracy-by-operations" },
      title: "Accuracy by operations and parameters, after the same training",
      caption:
        "Areas are proportional to the number of parameters. Published accuracies of the large networks are in the report " +
        "of architectures.",
      numbers: accuracyCorrelations(trained),
      x: { value: () => null, label: "multiply-accumulates at inference (millions)", scale: "log" },
      y: "accuracy_percent",
      series: charted(trained, (row) => row.multiply_accumulates! / 1e6, accuracy),
    },
    {
      ...{ ...chart, id: "accuracy-by-time" },
      title: "Accuracy by the time of a training step",
      caption: "Time is the median of a seed's steps; areas are proportional to the number of parameters.",
      x: { value: () => null, label: time, scale: "log" },
      y: "accuracy_percent",
      series: charted(trained.where({ network: timed }), milliseconds, accuracy),
    },
    {
      ...{ ...chart, id: "time-by-operations", claims: ["G2.1"] },
      title: "Time of a training step by its operations",
      caption:
        "Median over a seed's steps. A gradient counts as many operations as the forward pass; with stochastic depth those " +
        "of the blocks that run on average. Areas are proportional to the number of parameters.",
      x: { value: () => null, label: "multiply-accumulates of a step (billions)", scale: "log" },
      y: { value: () => null, label: time, scale: "log" },
      series: charted(
        steps,
        (row) => row.step_multiply_accumulates! / 1e9,
        (row) => 1000 * row.step_seconds!,
      ),
    },
    {
      id: "accuracy-by-network",
      title: "Accuracy of each network, the earliest family first",
      caption:
        "On the test images, and on the last mini-batches of the training, each before the step that learns from it.",
      x: { value: titleOf, label: "network", categories: networksOf(trained).map((network) => titleOf({ network })) },
      y: { column: "accuracy_percent", label: "top-1 accuracy (%)" },
      series: [
        { name: "test images", rows: ordered },
        { name: "last mini-batches", rows: ordered, y: (row) => row.training_accuracy_percent },
      ],
    },
  ];
}

function titleOf({ network }: Pick<Row, "network">): string {
  return smallNetworks.find(({ name }) => name === network)!.title;
}

/** Labelled marks, one a network, in the colours of their kinds; two networks may have the same place. */
function charted(rows: Rows<Row>, x: (row: Row) => number, y: (row: Row) => number): Series[] {
  return kinds.flatMap(({ name, belongs }): Series[] => {
    const marks = networksOf(rows)
      .filter((network) => belongs.test(network))
      .map((network) => {
        const own = rows.where({ network });
        const [first, place] = [own[0]!, x(own[0]!)];
        const marked = intervalSeries({ name, kind: "points", rows: own, x: () => place, y, aggregate: median });
        const label = titleOf(first).replace(/(?<=.) ResNet-20$/, ""); // residual by its colour, and short
        const points = marked.points.map((point) => ({ ...point, area: first.parameters! / 1000, label }));
        return { points, seeds: marked.seeds! };
      });
    if (marks.length === 0) return [];
    const seeds = [...bySeed(marks.flatMap((mark) => mark.seeds))].map(([seed, found]) => ({
      seed,
      points: found.flatMap(({ points }) => points),
    }));
    return [{ name, kind: "points", points: marks.flatMap(({ points }) => points), seeds }];
  });
}

/** In one sentence, by what the accuracies are ordered; empty where there are too few networks. */
function accuracyCorrelations(trained: Rows<Row>): string {
  const seeds = trained.bySeed().filter(({ rows }) => rows.length >= leastNetworks);
  if (seeds.length === 0) return "";
  const by = (key: (row: Row) => number) => {
    const correlations = () => seeds.map(({ rows }) => spearmanOrZero(...rows.pairs(key, "accuracy_percent")));
    return told(() => intervalNumbers(meanInterval(correlations()), ""));
  };
  const year = ({ network }: Row) => smallNetworks.find(({ name }) => name === network)!.year;
  return (
    `Rank correlation of accuracy with operations ${by((row) => row.multiply_accumulates!)}, with parameters ` +
    `${by((row) => row.parameters!)}, with the year of publication ${by(year)}.`
  );
}
