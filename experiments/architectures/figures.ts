import type { FigureOf, Rows } from "../../src/experiment";
import { inferenceOperations, parameterCounts, publishedByName } from "../../src/networks";
import { type Figure, intervalSeries, type Series } from "../../src/report";
import { listedInception, listedVgg19 } from "./listings";
import { charted, chartedRuns, type Row } from "./rows";

/** All of them, in the order of the report. */
export function architecturesFigures(
  rows: Rows<Row>,
  { publishedSize, images }: { readonly publishedSize: boolean; readonly images: number },
): (FigureOf<Row> | Figure)[] {
  const runs = chartedRuns(rows);
  const ofListing = (network: string) =>
    rows.where((row) => row.measurement === "layer" && row.network === network && row.parameters! > 0);
  return [
    accuracyByOperations(),
    {
      id: "time-by-operations",
      claims: ["G2"],
      title: "Time of inference by operations",
      caption:
        `Median time of an image${publishedSize ? "" : " as small as the network takes it"}, normalisation folded into the ` +
        "convolutions, one thread.",
      x: { value: billions, label: "multiply-accumulates (billions)", scale: "log" },
      y: { value: milliseconds, label: "time of an image (ms)", scale: "log" },
      series: families.map(({ name, belongs }) =>
        labelled(
          name,
          runs.where(({ network }) => belongs.test(network)),
        ),
      ),
    },
    {
      id: "memory-by-network",
      title: "Memory of weights, of inference, and of a gradient",
      caption:
        `Weights, and the most that tensors hold at a time beyond them, of ${images} ${images === 1 ? "image" : "images"}: ` +
        "during inference, which frees what it has used, and during a forward and a backward pass with its gradients.",
      x: {
        value: ({ network }) => shortName(network),
        label: "network",
        categories: runs.distinct("network").map(shortName),
      },
      y: { column: "weight_megabytes", label: "memory (MB)", scale: "log" },
      kind: "points",
      series: [
        { name: "weights", rows: runs },
        { name: "inference", rows: runs, y: ({ inference_megabytes }) => inference_megabytes },
        { name: "forward and backward", rows: runs, y: ({ gradient_megabytes }) => gradient_megabytes },
      ],
    },
    parametersByNetwork(rows, "ImageNet"),
    parametersByNetwork(rows, "small images"),
    parametersOfListing(ofListing("vgg19-lecture"), "A2", "VGG-19", listedVgg19),
    parametersOfListing(
      ofListing("lecture-inception"),
      "A3",
      "the inception module",
      listedInception.map(([, listed]) => listed).filter((listed) => listed > 0),
    ),
  ];
}

function accuracyByOperations(): Figure {
  const sources = [...new Set(charted.map(({ accuracy }) => accuracy!.source))];
  return {
    id: "accuracy-by-operations",
    claims: ["G2"],
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

/** Colours of the chart: the first that fits. */
const families = [
  { name: "AlexNet, VGG and Network in Network", belongs: /^(one-tower-)?alexnet|^vgg|^nin/ },
  { name: "Inception", belongs: /inception|^googlenet/ },
  { name: "ResNet", belongs: /^imagenet-resnet/ },
  { name: "DenseNet", belongs: /^densenet/ },
] as const;
const billions = ({ multiply_accumulates }: Row) => multiply_accumulates! / 1e9;
const milliseconds = ({ inference_seconds }: Row) => 1000 * inference_seconds!;

function labelled(name: string, rows: Rows<Row>): Series {
  const series = intervalSeries({ name, kind: "points", rows, x: billions, y: milliseconds });
  const points = series.points.map((point) => {
    const label = rows.find((row) => billions(row) === point.x)?.network;
    return label === undefined ? point : { ...point, label: shortName(label) };
  });
  return { ...series, points };
}

/** What a mark of the chart is called: all of them are for ImageNet, and without their exits. */
function shortName(name: string): string {
  return name.replace(/^imagenet-/, "").replace(/-without-heads?$/, "");
}

function parametersByNetwork(rows: Rows<Row>, images: "ImageNet" | "small images"): FigureOf<Row> {
  const counts = rows
    .where({ measurement: "counts" })
    .where(({ network }) => (publishedByName(network).classes === 1000) === (images === "ImageNet"));
  return {
    id: images === "ImageNet" ? "parameters-imagenet" : "parameters-small-images",
    claims: images === "ImageNet" ? ["G1", "A7"] : ["G1"],
    title: `Parameters as counted here, and by the references: networks for ${images}`,
    caption:
      "All parameters, running statistics included. Where the two differ, the mark is hollow and says in what: every " +
      "difference is counted exactly. References are Keras, torchvision and timm, or a rebuild from the paper's table.",
    x: "network",
    y: { column: "parameters", label: "parameters", scale: "log" },
    series: [
      {
        name: "built here",
        rows: counts.filter((row, i) => counts.findIndex(({ network }) => network === row.network) === i),
        note: ({ difference }) => difference ?? undefined,
      },
      {
        name: "reference",
        kind: "points",
        published: true,
        points: counts.flatMap(({ network, reference_parameters, difference }) =>
          reference_parameters === null
            ? []
            : { x: network, y: reference_parameters, ...(difference !== null && { note: difference }) },
        ),
      },
    ],
  };
}

function parametersOfListing(
  layers: Rows<Row>,
  claim: "A2" | "A3",
  what: string,
  listed: readonly number[],
): FigureOf<Row> {
  return {
    id: `parameters-of-${claim === "A2" ? "vgg19-lecture" : "lecture-inception"}`,
    claims: [claim],
    title: `Parameters of the layers of ${what}, built and as the lecture lists them`,
    caption: "Layers with parameters, from the input on. The two stand at one height where the counts are equal.",
    x: "layer",
    y: { column: "parameters", label: "parameters", scale: "log" },
    series: [
      { name: "built here", rows: layers },
      {
        name: "the lecture's listing",
        kind: "points",
        published: true,
        points: layers.flatMap(({ layer }, i) => (listed[i] === undefined ? [] : { x: layer!, y: listed[i] })),
      },
    ],
  };
}
