/**
 * The published architectures side by side: counted, run, and compared with what others count and measured.
 *
 * Every network of the registry is counted: parameters and multiply-accumulates, beside the counts of Keras, torchvision, timm
 * or an independent rebuild. It is run forward and backward on random images, for time and memory. The chart of accuracy
 * over operations takes the accuracies from the literature. `--summary vgg19` prints a network as Keras's `model.summary()`
 * does.
 *
 * Source: the papers of the registry (src/networks/published/published.ts); Canziani, Paszke & Culurciello 2016,
 * arXiv:1605.07678. Claims A2, A3, A7, G1, G2.
 */
import { choices, count, experiment, flag, judge, meanWithEnds, type Rows, seeds } from "../src/experiment";
import { inferenceOperations, networkCost, parameterCounts, publishedByName, summaryText } from "../src/networks";
import { largest, mean, median, quantity, smallest, spearman } from "../src/statistics";
import { builtToRun, countRows, layerRows } from "./architectures/counts";
import { architecturesFigures } from "./architectures/figures";
import { judgeInception, judgeVgg19, listingText } from "./architectures/listings";
import { type Cell, charted, chartedRuns, columns, type Row, studied } from "./architectures/rows";

/** "Significantly fewer" by the rule of A7: at most this share. */
const significantShare = 0.5;
const names = studied.map(({ name }) => name);

export default experiment("architectures", {
  title: "The published architectures side by side",
  question: "Do the built networks have the published parameters and operations, and what do these say of their time?",
  source: "the networks' papers; Canziani, Paszke & Culurciello 2016, An analysis of deep neural network models",
  datasets: [],
  parameters: {
    seeds: seeds({ smoke: 1, quick: 5, paper: 5 }),
    networks: choices("networks that are run, besides being counted", names, {
      smoke: [
        "lenet5",
        "nin-cifar10",
        "lecture-inception",
        "googlenet-without-heads",
        "imagenet-resnet18",
        "resnet20",
        "preactivation-resnet110",
        "densenet121",
        "densenet-bc-100-12",
      ],
      quick: names,
      paper: names,
    }),
    publishedSize: flag("images of the published size; else of the least that a network takes, 32 pixels or more", {
      smoke: false,
      quick: true,
      paper: true,
    }),
    images: count("images that run at a time", { smoke: 2, quick: 1, paper: 1 }),
    repetitions: count("timed passes of each kind", { smoke: 2, quick: 5, paper: 20 }),
  },
  columns,
  firstLook: { median: "multiply_accumulates", by: ["network"], where: { measurement: "counts" } },
  cells: ({ seeds: [first, ...others], networks }): Cell[] => [
    ...names.map((network) => ({ seed: first!, network })),
    ...others.flatMap((seed) =>
      charted.filter(({ name }) => networks.includes(name)).map(({ name }) => ({ seed, network: name })),
    ),
  ],

  async measure(run, { network, seed }, { networks, publishedSize, images, repetitions }) {
    const published = publishedByName(network);
    const counted = [...countRows(published), ...layerRows(published)];
    if (!networks.includes(network)) return counted;
    await run.progress(`${network}: forward and backward`, 0, 1);
    const architecture = builtToRun(network, publishedSize);
    const { total, trainable } = parameterCounts(architecture);
    const cost = await networkCost(architecture, { images, repetitions, seed, signal: run.watched.signal });
    return [
      ...counted,
      {
        measurement: "run" as const,
        trainable_parameters: trainable,
        parameters: total,
        multiply_accumulates: inferenceOperations(architecture),
        side_pixels: architecture.inputShape[0],
        finite: cost.finite,
        leaked_tensors: cost.leakedTensors,
        inference_seconds: median(cost.inferenceSeconds) / images,
        gradient_seconds: median(cost.gradientSeconds) / images,
        weight_megabytes: (4 * total) / 1e6,
        inference_megabytes: cost.inferenceBytes / 1e6,
        gradient_megabytes: cost.gradientBytes / 1e6,
      },
    ];
  },

  claims: {
    A2: (rows) => judgeVgg19(rows.where({ measurement: "layer", network: "vgg19-lecture" })),
    A3: (rows) => judgeInception(rows.where({ measurement: "layer", network: "lecture-inception" })),
    A7(rows) {
      const [googLeNet, vgg, networkInNetwork] = comparedParameters(rows);
      if (!googLeNet || !vgg || !networkInNetwork) return null;
      return judge(vgg / googLeNet)
        .of("GoogLeNet's parameters over VGG-19's", googLeNet / vgg, "")
        .atMost(significantShare)
        .of("GoogLeNet's parameters over Network in Network's", googLeNet / networkInNetwork, "")
        .atMost(significantShare);
    },
    G1(rows) {
      const compared = rows.where(({ measurement, reference }) => measurement === "counts" && reference !== null);
      const runs = rows.where({ measurement: "run" });
      if (compared.length === 0 || runs.length === 0) return null;
      const [all, run] = [namesOf(compared).length, namesOf(runs).length];
      const unexplained = namesOf(compared.where((row) => row.unexplained_parameters !== 0)).length;
      const faulty = namesOf(runs.where((row) => !row.finite || row.leaked_tensors !== 0)).length;
      return judge(all - unexplained)
        .of(`networks, of ${all} with a reference, with a difference unexplained`, unexplained, "")
        .exactly(0)
        .of(`networks, of ${run} that were run, that left tensors or gave what is not finite`, faulty, "")
        .exactly(0);
    },
    G2(rows) {
      const off = rows.where({ measurement: "counts" }).numbers((row) => {
        const { multiply_accumulates: ours, reference_multiply_accumulates: theirs } = row;
        return ours === null || theirs === null ? null : 100 * Math.abs(ours / theirs - 1);
      });
      const correlations = correlationsWithTime(rows);
      if (off.length === 0) return null;
      return judge(correlations)
        .of("largest difference of multiply-accumulates from a reference", Math.max(...off), "%")
        .atMost(1)
        .of("the rank correlation of operations and time", correlations, "")
        .above(0);
    },
  },

  states: {
    "three points": (rows) =>
      chartedRuns(rows)
        .bySeed()
        .map((own) => own.rows.distinct("network").length),
  },

  sentences: {
    A2: (rows) => listingText("The lecture's VGG-19", rows.where({ measurement: "layer", network: "vgg19-lecture" })),
    A3: (rows) =>
      listingText("The lecture's module", rows.where({ measurement: "layer", network: "lecture-inception" })),
    A7(rows) {
      const [googLeNet, vgg, networkInNetwork] = comparedParameters(rows).map((count) => mean(count ? [count] : []));
      return (
        `GoogLeNet without its heads has ${quantity(googLeNet!)} parameters, VGG-19 ${quantity(vgg! / googLeNet!)} times and ` +
        `Network in Network ${quantity(networkInNetwork! / googLeNet!)} times as many.`
      );
    },
    G1(rows) {
      const compared = rows.where(({ measurement, reference }) => measurement === "counts" && reference !== null);
      const unlike = namesOf(compared.where(({ unexplained_parameters }) => unexplained_parameters !== 0)).length;
      const explained = namesOf(compared.where(({ difference }) => difference !== null)).length;
      const runs = rows.where({ measurement: "run" });
      return (
        `Of ${namesOf(compared).length} networks beside a reference ${unlike} have other parameters without a reason, and ` +
        `${explained} for one that is told; ${namesOf(runs).length} ran forward and backward, of ` +
        `${quantity(smallest(runs.numbers("parameters")))} to ${quantity(largest(runs.numbers("parameters")))} parameters.`
      );
    },
    G2: (rows) =>
      `Over ${namesOf(chartedRuns(rows)).length} networks the operations rank the time of inference with a correlation of ` +
      `${meanWithEnds(correlationsWithTime(rows), "", "seed")}.`,
  },

  figures: architecturesFigures,

  departures: ({ publishedSize, images }) => [
    "Accuracies are published ones, of trained networks; here nothing is trained.",
    "Weights, and the images that are run, are random: time and memory do not depend on what they are. Statistics of " +
      "normalisation are those of these images.",
    `Times are those of ${images} ${images === 1 ? "image" : "images"} at a time on this machine's processor, one ` +
      "thread a worker; the source's are those of an NVIDIA Jetson TX1.",
    ...(publishedSize ? [] : ["Images are as small as the networks take them, not of the published size."]),
  ],

  actions: [
    {
      flags: "--summary <network>",
      description: "prints the layers of a published network, as Keras's model.summary() does, and ends",
      text: (name) => summaryText(publishedByName(name).build()),
    },
  ],
});

const namesOf = (rows: Rows<Row>) => rows.distinct("network");

/** Parameters of GoogLeNet, VGG-19 and Network in Network, where they were counted. */
function comparedParameters(rows: Rows<Row>) {
  return ["googlenet-without-heads", "vgg19", "nin-imagenet"].map(
    (network) => rows.where({ measurement: "counts", network })[0]?.parameters,
  );
}

/** Each seed's rank correlation of operations and time over the charted networks. */
function correlationsWithTime(rows: Rows<Row>): number[] {
  return chartedRuns(rows)
    .bySeed()
    .filter(({ rows: own }) => own.length >= 3)
    .map(({ rows: own }) => spearman(...own.pairs("multiply_accumulates", "inference_seconds")));
}
