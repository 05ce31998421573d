/**
 * The families trained small, under one budget: accuracy, operations, parameters and time of the same networks.
 *
 * A small network of each family is trained on the same mini-batches for as many steps with the same schedule, and tested;
 * ResNet-20 with stochastic depth besides. Single training steps of all of them are timed by turns. That fills the chart of
 * accuracy over operations and parameters, for which experiments/architectures.ts takes accuracies from the literature, with
 * accuracies measured here. No claim is made of which family is the most accurate: the papers state that of other sizes and
 * budgets.
 *
 * Source: the families' papers (src/networks/families/small-families.ts); Canziani, Paszke & Culurciello 2016, arXiv:1605.07678.
 * Claim G2.1.
 */
import { intervalAbove, type Judgement, judge, operationsForetellStepTime } from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  choices,
  count,
  experiment,
  fraction,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, expectedRoute, fullRoute, multiplyAccumulates } from "../src/networks";
import { cellOptions, evaluate } from "../src/routes";
import { bootstrapInterval, sum } from "../src/statistics";
import { beginStudy, trainingWork } from "../src/training";
import { countsOf, planOf, smallNetworks, stochasticDepth } from "./family-accuracy/networks";
import { stepRows, warmUpSteps } from "./family-accuracy/steps";
import { correlationsWithTime, familyAccuracyFigures } from "./figures/family-accuracy";

const names = smallNetworks.map(({ name }) => name);

const parameters = {
  networks: choices("networks that are trained and timed", names, names),
  width: count("filters of the residual networks' first stage; the other networks are in proportion", {
    smoke: 4,
    quick: 16,
    paper: 16,
  }),
  lastSurvival: fraction("survival probability of the last block with stochastic depth, linear", 0.5),
  testImages: count("test images", { smoke: 200, quick: 10_000, paper: 10_000 }),
  timedSteps: count("timed steps of each network", { smoke: 2, quick: 20, paper: 100 }),
  ...trainingParameters,
  steps: count("training", { smoke: 10, quick: 200, "quick cifar10": 600, paper: 64_000 }, { unit: "mini-batches" }),
};

export type Parameters = ParameterValues<typeof parameters>;

/** What is trained to the end where steps of all networks are timed. */
const none = "none";

/** One network and one seed, or single steps of all networks. */
interface Cell extends Setting {
  /** The network that is trained to the end; none where steps of all are timed. */
  readonly trained: string;
}

export interface Measured extends Row {
  readonly measurement: "trained network" | "step";
  readonly network: string;
  readonly parameters: number;
  readonly multiply_accumulates: number;
  readonly step_multiply_accumulates: number;
  readonly accuracy_percent: number | null;
  readonly loss_nats: number | null;
  readonly training_accuracy_percent: number | null;
  readonly training_loss_nats: number | null;
  readonly images: number | null;
  readonly step: number | null;
  readonly step_seconds: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "family-accuracy",
  title: "The families trained small, under one budget",
  question: "How accurate is a small network of each family after the same training, at which operations and time?",
  source: "the families' papers; Canziani, Paszke & Culurciello 2016, An analysis of deep neural network models",
  claims: [operationsForetellStepTime],
  parameters,
  columns: {
    seed: "seed of weights, order of images and routes",
    trained: "network that the cell trained to the end; none where it timed single steps of all",
    measurement: "trained network (after its training) or step (one of those that were timed)",
    network: "name of the small network",
    parameters: "trainable parameters",
    multiply_accumulates: "of convolutions and dense layers at inference, one image",
    step_multiply_accumulates:
      "the same of a training step, forward and two gradients as dear, all its images; with stochastic depth of the blocks " +
      "that run on average",
    accuracy_percent: "top-1 accuracy on the test images (%)",
    loss_nats: "mean cross-entropy on the test images (nats)",
    training_accuracy_percent: "top-1 accuracy on the last training batches, while training (%)",
    training_loss_nats: "mean cross-entropy on them (nats)",
    images: "test images it was measured on",
    step: "number of the timed step",
    step_seconds: "time of the step (s)",
  },

  cells: ({ seeds: seedNumbers, networks }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) => [...networks, none].map((trained) => ({ seed, trained }))),

  trains({ seed, trained }, params, images) {
    return trained === none ? null : planOf(trained, { seed, steps: params.steps }, params, images);
  },

  work({ seed, trained }, params) {
    if (trained !== none) {
      const { architecture } = planOf(trained, { seed, steps: params.steps }, params, digitShape);
      return params.testImages * multiplyAccumulates(architecture);
    }
    const steps = warmUpSteps + params.timedSteps;
    return sum(params.networks.map((name) => trainingWork(planOf(name, { seed, steps }, params, digitShape))));
  },

  relevant({ trained }, { networks, seeds, steps, testImages, timedSteps, lastSurvival, ...shared }) {
    if (trained === none) return { ...shared, networks, timedSteps, lastSurvival };
    return { ...shared, steps, testImages, ...(trained === stochasticDepth.name && { lastSurvival }) };
  },

  async measure({ seed, trained }, params, run) {
    if (trained === none) return stepRows(seed, params, run);
    const planFor = (images: ImageShape) => planOf(trained, { seed, steps: params.steps }, params, images);
    const { network, history, plan, test, channelStatistics } = await beginStudy(run, planFor);
    const { architecture, routes } = plan;
    try {
      const [result] = await evaluate(
        network,
        [routes === null ? fullRoute(architecture) : expectedRoute(architecture, routes)],
        takeAtMost(test, params.testImages),
        cellOptions(run, channelStatistics, `${trained}: testing`),
      );
      const last = history.at(-1)!;
      return [
        {
          ...countsOf(trained, plan, "trained network"),
          accuracy_percent: 100 * (1 - result!.topOneError),
          loss_nats: result!.crossEntropy,
          training_accuracy_percent: 100 * last.accuracy,
          training_loss_nats: last.loss,
          images: result!.images,
        },
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts: judgeOperations,

  figures: familyAccuracyFigures,

  departures: ({ steps, batchSize, schedule, learningRate, meanPool, networks }) => [
    "Networks are small variants of their families for small images: fewer filters, in part fewer layers, small first " +
      "kernels of stride 1. All have batch normalisation, which LeNet-5, AlexNet, Network in Network, VGG and GoogLeNet had " +
      "not; none has dropout, local response normalisation or auxiliary heads.",
    `All are trained for ${steps} mini-batches of ${batchSize} with a "${schedule}" schedule up to rate ` +
      `${learningRate}, the residual networks' in the other experiments; rate, length and augmentation of its own would serve ` +
      "each family better.",
    ...poolingDepartures(meanPool),
    ...(networks.includes(stochasticDepth.name)
      ? ["Stochastic depth was published for 54 blocks and 500 epochs; here it has 9 blocks, and no longer training."]
      : []),
    "Time is that of training steps of small networks on this machine's processor, one thread a worker; the source's is " +
      "that of inference on an NVIDIA Jetson TX1. Other work may go on beside it; the networks take turns, so that all " +
      "meet the same.",
  ],
});

/** G2.1: over the networks, operations of a step and its time, beside parameters and that time. */
function judgeOperations(rows: readonly Result[]): Judgement[] {
  const found = correlationsWithTime(rows);
  if (found.length === 0) return [];
  const operations = bootstrapInterval(found.map((own) => own.operations));
  const excess = bootstrapInterval(found.map((own) => own.operations - own.parameters));
  return [
    judge(operationsForetellStepTime, operations, [
      intervalAbove("the rank correlation of operations and time", operations, 0, ""),
      intervalAbove("its excess over that of parameters and time", excess, 0, ""),
    ]),
  ];
}
