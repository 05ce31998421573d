/** What the rows of `../architectures.ts` show, beside published accuracies: their selections, and the figures. */
import {
  architecturesCountAsPublished,
  googLeNetIsSmall,
  inceptionModuleIsAsListed,
  operationsForetellTime,
  vgg19IsAsListed,
} from "../../src/claims";
import { inferenceOperations, parameterCounts, publishedByName, publishedNetworks } from "../../src/networks";
import { type Figure, intervalSeries, type Series } from "../../src/report";
import type { Parameters, Result } from "../architectures";
import { listedInception, listedVgg19 } from "../architectures/listings";

/** All of them, in the order of the report. */
export function architecturesFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    accuracyByOperations(),
    timeByOperations(rows, params),
    memoryByNetwork(rows, params),
    parametersByNetwork(rows, "ImageNet"),
    parametersByNetwork(rows, "small images"),
    parametersOfListing(rows, "vgg19-lecture", vgg19IsAsListed.id, "VGG-19", listedVgg19),
    parametersOfListing(
      rows,
      "lecture-inception",
      inceptionModuleIsAsListed.id,
      "the inception module",
      listedInception.map(([, listed]) => listed).filter((listed) => listed > 0),
    ),
  ];
}

/** Networks of the chart: their accuracy was published, and they are as they are at test time. */
export const charted = publishedNetworks.filter(({ accuracy, build }) => accuracy && build().exits === undefined);

export function layersOf(rows: readonly Result[], network: string): Result[] {
  return rows.filter((row) => row.measurement === "layer" && row.network === network);
}

export function countsOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "counts");
}

export function runsOf(rows: readonly Result[]): Result[] {
  return rows.filter(({ measurement }) => measurement === "run");
}

/** Runs of the chart's networks. */
export function chartedRuns(rows: readonly Result[]): Result[] {
  return runsOf(rows).filter(({ network }) => charted.some(({ name }) => name === network));
}

export function namesOf(rows: readonly Result[]): string[] {
  return [...new Set(rows.map(({ network }) => network))];
}

function accuracyByOperations(): Figure {
  const sources = [...new Set(charted.map(({ accuracy }) => accuracy!.source))];
  return {
    id: "accuracy-by-operations",
    claims: [operationsForetellTime.id],
    title: "Published accuracy by counted operations and parameters",
    caption:
      "Top-1 accuracy on ImageNet, one crop, as published; multiply-accumulates of one image and parameters (area of the " +
      "marks) as counted here. More of either is not always better: VGG-19 takes eleven times the operations of ResNet-18.",
    xAxis: { label: "multiply-accumulates (billions)", scale: "log" },
    yAxis: { label: "published top-1 accuracy (%)" },
    areaLabel: "parameters (millions)",
    series: sources.map((source) => ({
      name: source,
      kind: "points",
      published: true,
      points: charted
        .filter(({ accuracy }) => accuracy!.source === source)
        .map(({ name, accuracy, build }) => ({
          x: inferenceOperations(build()) / 1e9,
          y: accuracy!.topOnePercent,
          area: parameterCounts(build()).trainable / 1e6,
          label: shortName(name),
        })),
    })),
  };
}

function timeByOperations(rows: readonly Result[], { publishedSize }: Parameters): Figure {
  const runs = chartedRuns(rows);
  return {
    id: "time-by-operations",
    claims: [operationsForetellTime.id],
    title: "Time of inference by operations",
    caption:
      `Median time of an image${publishedSize ? "" : " as small as the network takes it"}, normalisation folded into the ` +
      "convolutions, one thread. Marks are means over seeds, whiskers 95 % bootstrap intervals.",
    xAxis: { label: "multiply-accumulates (billions)", scale: "log" },
    yAxis: { label: "time of an image (ms)", scale: "log" },
    series: families.map(({ name, belongs }) =>
      labelled(
        name,
        runs.filter(({ network }) => belongs.test(network)),
      ),
    ),
  };
}

/** Colours of the chart: the first that fits. */
const families = [
  { name: "AlexNet, VGG and Network in Network", belongs: /^(one-tower-)?alexnet|^vgg|^nin/ },
  { name: "Inception", belongs: /inception|^googlenet/ },
  { name: "ResNet", belongs: /^imagenet-resnet/ },
  { name: "DenseNet", belongs: /^densenet/ },
] as const;

function labelled(name: string, rows: readonly Result[]): Series {
  const x = ({ multiply_accumulates }: Result) => multiply_accumulates! / 1e9;
  const series = intervalSeries({
    name,
    kind: "points",
    rows,
    x,
    y: ({ inference_seconds }) => 1000 * inference_seconds!,
  });
  const points = series.points.map((point) => {
    const label = rows.find((row) => x(row) === point.x)?.network;
    return label === undefined ? point : { ...point, label: shortName(label) };
  });
  return { ...series, points };
}

/** What a mark of the chart is called: all of them are for ImageNet, and without their exits. */
function shortName(name: string): string {
  return name.replace(/^imagenet-/, "").replace(/-without-heads?$/, "");
}

function memoryByNetwork(rows: readonly Result[], { images }: Parameters): Figure {
  const runs = chartedRuns(rows);
  const series = (name: string, y: (row: Result) => number): Series =>
    intervalSeries({ name, kind: "points", rows: runs, x: ({ network }) => shortName(network), y });
  return {
    id: "memory-by-network",
    title: "Memory of weights, of inference, and of a gradient",
    caption:
      `Memory of the weights, and the most that tensors hold at a time beyond them, of ${images} ` +
      `${images === 1 ? "image" : "images"}: during inference, which frees what it has used; and during a forward and ` +
      "a backward pass, gradients among it.",
    xAxis: { label: "network", categories: namesOf(runs).map(shortName) },
    yAxis: { label: "memory (MB)", scale: "log" },
    series: [
      series("weights", ({ weight_megabytes }) => weight_megabytes!),
      series("inference", ({ inference_megabytes }) => inference_megabytes!),
      series("forward and backward", ({ gradient_megabytes }) => gradient_megabytes!),
    ],
  };
}

function parametersByNetwork(rows: readonly Result[], images: "ImageNet" | "small images"): Figure {
  const counts = countsOf(rows).filter(
    ({ network }) => (publishedByName(network).classes === 1000) === (images === "ImageNet"),
  );
  const points = (some: readonly Result[], y: (row: Result) => number) =>
    some.map((row) => ({ x: row.network, y: y(row), ...(row.difference !== null && { note: row.difference }) }));
  const first = counts.filter((row, i) => counts.findIndex(({ network }) => network === row.network) === i);
  return {
    id: images === "ImageNet" ? "parameters-imagenet" : "parameters-small-images",
    claims: [architecturesCountAsPublished.id, ...(images === "ImageNet" ? [googLeNetIsSmall.id] : [])],
    title: `Parameters as counted here, and by the references: networks for ${images}`,
    caption:
      "All parameters, running statistics included. Where the two differ, the mark is hollow and says in what: every " +
      "difference is counted exactly. References are Keras, torchvision and timm, or a rebuild from the paper's table.",
    xAxis: { label: "network", categories: namesOf(counts) },
    yAxis: { label: "parameters", scale: "log" },
    series: [
      { name: "built here", kind: "points", points: points(first, (row) => row.parameters) },
      {
        name: "reference",
        kind: "points",
        published: true,
        points: points(
          counts.filter(({ reference }) => reference !== null),
          (row) => row.reference_parameters!,
        ),
      },
    ],
  };
}

function parametersOfListing(
  rows: readonly Result[],
  network: string,
  claim: string,
  what: string,
  listed: readonly number[],
): Figure {
  const layers = layersOf(rows, network).filter(({ parameters: own }) => own > 0);
  return {
    id: `parameters-of-${network}`,
    claims: [claim],
    title: `Parameters of the layers of ${what}, built and as the lecture lists them`,
    caption: "Layers with parameters, from the input on. The two stand at one height where the counts are equal.",
    xAxis: { label: "layer", categories: layers.map(({ layer }) => layer!) },
    yAxis: { label: "parameters", scale: "log" },
    series: [
      {
        name: "built here",
        kind: "points",
        points: layers.map(({ layer, parameters: own }) => ({ x: layer!, y: own })),
      },
      {
        name: "the lecture's listing",
        kind: "points",
        published: true,
        points: layers.flatMap(({ layer }, i) => (listed[i] === undefined ? [] : [{ x: layer!, y: listed[i] }])),
      },
    ],
  };
}
