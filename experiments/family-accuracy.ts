/**
 * The families trained small, under one budget: accuracy, operations, parameters and time of the same networks.
 *
 * A small network of each family, and ResNet-20 with stochastic depth, are trained on the same mini-batches for as many steps
 * with the same schedule, and tested. Single training steps of all of them are timed by turns. The accuracies of
 * experiments/architectures.ts are the literature's; these are measured. No claim is made of which family is the most
 * accurate: the papers state that of other sizes and budgets.
 *
 * Source: the families' papers (src/networks/families/small-families.ts); Canziani, Paszke & Culurciello 2016,
 * arXiv:1605.07678. Claim G2.1.
 */
import { takeAtMost } from "../src/data";
import {
  choices,
  count,
  cross,
  experiment,
  fraction,
  judge,
  meanWithEnds,
  poolingDepartures,
  type Rows,
  trainingParameters,
} from "../src/experiment";
import { expectedRoute, fullRoute } from "../src/networks";
import { median, spearman } from "../src/statistics";
import { prepareImages } from "../src/training";
import { familyAccuracyFigures, leastNetworks } from "./family-accuracy/figures";
import {
  columns,
  countsOf,
  networksOf,
  planOf,
  type Row,
  smallNetworks,
  stochasticDepth,
} from "./family-accuracy/networks";
import { timedSteps, warmUpSteps } from "./family-accuracy/steps";

const names = smallNetworks.map(({ name }) => name);

/** What is trained to the end where steps of all networks are timed. */
const none = "none";

export default experiment("family-accuracy", {
  title: "The families trained small, under one budget",
  question: "How accurate is a small network of each family after the same training, at which operations and time?",
  source: "the families' papers; Canziani, Paszke & Culurciello 2016, An analysis of deep neural network models",
  parameters: {
    networks: choices("networks that are trained and timed", names, names),
    width: count("filters of the residual networks' first stage; the other networks are in proportion", 16),
    lastSurvival: fraction("survival probability of the last block with stochastic depth, linear", 0.5),
    testImages: count("test images", { smoke: 200, quick: 10_000, paper: 10_000 }),
    timedSteps: count("timed steps of each network", { smoke: 2, quick: 20, paper: 100 }),
    ...trainingParameters,
    steps: count("training", { smoke: 10, quick: 200, "quick cifar10": 600, paper: 64_000 }, { unit: "mini-batches" }),
  },
  columns,
  firstLook: { median: "accuracy_percent", by: ["network"], where: { measurement: "trained network" } },
  cells: ({ seeds, networks }) => cross({ seed: seeds, trained: [...networks, none] }),

  network({ seed, trained }, params, images) {
    return trained === none ? null : planOf(trained, { seed, steps: params.steps }, params, images);
  },

  async measure(run, { seed, trained }, params) {
    if (trained === none) {
      const data = await run.data();
      const steps = warmUpSteps + params.timedSteps;
      const plans = params.networks.map((name) => planOf(name, { seed, steps }, params, data.training));
      const timed = await timedSteps(plans, prepareImages(data, plans[0]!.images, seed), (done, rounds) =>
        run.progress("timing steps of all networks", done, rounds),
      );
      return timed.map(({ which, step, seconds }) => ({
        measurement: "step" as const,
        ...countsOf(params.networks[which]!, plans[which]!),
        ...{ step, step_seconds: seconds },
      }));
    }
    const { architecture, plan, history, test, evaluate } = await run.trained();
    const route = plan.routes === null ? fullRoute(architecture) : expectedRoute(architecture, plan.routes);
    const [result] = await evaluate([route], takeAtMost(test, params.testImages), "testing");
    const last = history.at(-1)!;
    return [
      {
        measurement: "trained network" as const,
        ...countsOf(trained, plan),
        accuracy_percent: 100 * (1 - result!.topOneError),
        loss_nats: result!.crossEntropy,
        training_accuracy_percent: 100 * last.accuracy,
        training_loss_nats: last.loss,
        images: result!.images,
      },
    ];
  },

  claims: {
    "G2.1"(rows) {
      const found = correlationsWithTime(rows);
      const excess = found.map(({ operations, parameters }) => operations - parameters);
      return judge(found.map(({ operations }) => operations))
        .above(0)
        .of("its excess over that of parameters and time", excess, "")
        .above(0);
    },
  },

  states: {
    "three points": (rows) =>
      rows
        .where({ measurement: "step" })
        .bySeed()
        .map((own) => networksOf(own.rows).length),
  },

  sentences: {
    "G2.1"(rows) {
      const found = correlationsWithTime(rows);
      const text = (by: "operations" | "parameters") =>
        meanWithEnds(
          found.map((one) => one[by]),
          "",
          "seed",
        );
      return (
        `Over ${rows.where({ measurement: "step" }).distinct("network").length} small networks the operations rank the time of a ` +
        `training step with a correlation of ${text("operations")}, the parameters with ${text("parameters")}.`
      );
    },
  },

  figures: familyAccuracyFigures,

  departures: ({ steps, batchSize, schedule, learningRate, meanPool, networks }) => [
    "Networks are small variants of their families for small images: fewer filters, in part fewer layers, small first " +
      "kernels of stride 1. All have batch normalisation, which LeNet-5, AlexNet, Network in Network, VGG and GoogLeNet did " +
      "not have; none has dropout, local response normalisation or auxiliary heads.",
    `All are trained for ${steps} mini-batches of ${batchSize} with a "${schedule}" schedule up to rate ` +
      `${learningRate}, as the residual networks of the other experiments are; a rate, length and augmentation of its own ` +
      "would serve each family better.",
    ...poolingDepartures(meanPool),
    ...(networks.includes(stochasticDepth.name)
      ? [
          "Stochastic depth was published for 54 blocks and 500 epochs; here it has 9 blocks and a training no longer than others.",
        ]
      : []),
    "Time is that of training steps of small networks on this machine's processor, one thread a worker; the source's is " +
      "that of inference on an NVIDIA Jetson TX1. Other work may go on beside it; the networks take turns, so that all " +
      "meet the same.",
  ],
});

/** Rank correlations over one seed's networks of a training step's time with its operations and with the parameters. */
function correlationsWithTime(rows: Rows<Row>) {
  return rows
    .where({ measurement: "step" })
    .bySeed()
    .flatMap(({ rows: own }) => {
      const networks = networksOf(own).map((network) => own.where({ network }));
      if (networks.length < leastNetworks) return [];
      const seconds = networks.map((steps) => median(steps.numbers("step_seconds")));
      const by = (key: "step_multiply_accumulates" | "parameters") =>
        spearman(
          networks.map((steps) => steps[0]![key]!),
          seconds,
        );
      return [{ operations: by("step_multiply_accumulates"), parameters: by("parameters") }];
    });
}
