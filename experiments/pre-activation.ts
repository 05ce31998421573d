/**
 * Whether full pre-activation lets very deep networks train, and what memory they take.
 *
 * Residual networks of bottleneck blocks are trained alike in two forms: batch normalisation and ReLU after the convolutions
 * and a ReLU after the addition (post-activation, as of 2015), and both before the convolutions with nothing after the
 * addition (pre-activation). Compared are their losses after equal training; a training whose loss is no longer a number
 * counts as one that learnt nothing. One training step of each is also measured for the memory of its tensors, with all
 * activations kept and with those inside the blocks computed again: this is what makes room for 1001 layers.
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 3 and 4, tables 2 and 3. Claim C7.
 * Departs from it: 164 layers are trained where it has 1001, unless at scale `paper`; minutes of training, not hours: 150
 * mini-batches at `quick`, whose last 30 are compared.
 */
import { intervalAbove, judge, preActivationLetsDeepNetsTrain } from "../src/claims";
import { digitShape, type ImageSet, type ImageShape, takeAtMost } from "../src/data";
import {
  type CellRun,
  count,
  counts,
  experiment,
  type ParameterValues,
  type Row,
  type Setting,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, fullRoute, multiplyAccumulates } from "../src/networks";
import { cellOptions, evaluate } from "../src/routes";
import { bootstrapInterval, perSeedDifference } from "../src/statistics";
import {
  beginStudy,
  divergedAt,
  finalLoss,
  planByName,
  prepareImages,
  stepMemory,
  type TrainingPlan,
  trainingCurve,
} from "../src/training";
import { kinds, lossOrGuessing, preActivationFigures, trained } from "./figures/pre-activation";

const parameters = {
  depths: counts(
    "depths to train; judged is the largest",
    { smoke: [11, 20], quick: [29, 164], paper: [164, 1001] },
    { unit: "layers" },
  ),
  width: count("filters of the first stage; its blocks have four times as many at their ends", {
    smoke: 4,
    quick: 16,
    paper: 16,
  }),
  finalSteps: count(
    "last part of the training whose mean loss is compared",
    { smoke: 20, quick: 30, paper: 400 },
    { unit: "mini-batches" },
  ),
  recomputeFrom: count("least depth trained with recomputed activations", 1001, { unit: "layers" }),
  trainingImages: count("training images that the training error is measured on", {
    smoke: 200,
    quick: 2000,
    paper: 10_000,
  }),
  testImages: count("test images", { smoke: 200, quick: 2000, paper: 10_000 }),
  memoryDepths: counts(
    "depths whose memory is measured",
    { smoke: [11, 20], quick: [29, 164, 1001], paper: [29, 164, 1001] },
    { unit: "layers" },
  ),
  memoryBatch: count("mini-batch whose memory is measured", { smoke: 8, quick: 32, paper: 32 }, { unit: "images" }),
  ...trainingParameters,
  // These networks are the dearest of all: at `quick` they are trained for less than the others, all of them alike.
  steps: count("training", { smoke: 20, quick: 150, "quick cifar10": 400, paper: 64_000 }, { unit: "mini-batches" }),
};
/** Points of a training curve, at most. */
const curvePoints = 100;
export type Kind = (typeof kinds)[number];

export type Parameters = ParameterValues<typeof parameters>;

/** One network: trained with one seed, or looked at for its memory. */
interface Cell extends Setting {
  readonly kind: Kind;
  readonly depth: number;
  readonly task: "training" | "memory";
}

interface Measured extends Row {
  /** "trained", "training curve" or "memory". */
  readonly measurement: string;
  readonly step: number | null;
  readonly diverged: boolean | null;
  readonly training_loss_nats: number | null;
  readonly training_error_percent: number | null;
  readonly test_error_percent: number | null;
  readonly recomputed: boolean | null;
  readonly step_mebibytes: number | null;
  readonly held_mebibytes: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "pre-activation",
  title: "Pre-activation and depth",
  question: "Do networks with full pre-activation train where those with post-activation do not, or lag behind?",
  source: "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, sec. 3 and 4, tables 2 and 3",
  claims: [preActivationLetsDeepNetsTrain],
  parameters,
  columns: {
    seed: "seed of weights and order of images",
    kind: "post-activation (ReLU after the addition) or pre-activation (nothing after it)",
    depth: "layers with weights on the longest path",
    task: "whether the network is trained, or looked at for its memory; memory does not depend on the seed",
    measurement: "trained (the network at its end), training curve, or memory",
    step: "mini-batches done: where it diverged, before the loss was no longer a number",
    diverged: "whether the loss became infinite or no number",
    training_loss_nats:
      "mean cross-entropy (nats) on the training batches since the point of the curve before, or in the last part",
    training_error_percent: "top-1 error (%) on the batches since the point before, or at inference at the end",
    test_error_percent: "top-1 test error (%)",
    recomputed: "whether activations inside the blocks are computed again in the backward pass",
    step_mebibytes: "most that the tensors of one training step hold beyond what is held between steps (MiB)",
    held_mebibytes: "parameters, running statistics and the optimiser's state, held between steps (MiB)",
  },

  cells({ seeds: seedNumbers, depths, memoryDepths }: Parameters): Cell[] {
    const cellsOf = (seed: number, task: Cell["task"], of: readonly number[]): Cell[] =>
      of.flatMap((depth) => kinds.map((kind) => ({ seed, kind, depth, task })));
    return seedNumbers.flatMap((seed, i) => [
      ...(i === 0 ? cellsOf(seed, "memory", memoryDepths) : []),
      ...cellsOf(seed, "training", depths),
    ]);
  },

  trains: (cell, params, images) => (cell.task === "training" ? planOf(cell, params, images) : null),

  work(cell, params) {
    const pass = multiplyAccumulates(planOf(cell, params, digitShape).architecture);
    if (cell.task === "memory") return pass * (3 + 4) * params.memoryBatch; // a step kept, and one recomputed
    return pass * (params.trainingImages + params.testImages);
  },

  relevant({ task }, { depths, memoryDepths, memoryBatch, finalSteps, recomputeFrom, seeds, ...others }) {
    return task === "memory" ? { ...others, memoryBatch } : { ...others, finalSteps, recomputeFrom };
  },

  measure: (cell, params, run) =>
    cell.task === "memory" ? measureMemory(cell, params, run) : measureTraining(cell, params, run),

  verdicts(rows, { depths }) {
    const deepest = Math.max(...depths);
    const lead = bootstrapInterval(
      perSeedDifference(
        trained(rows, "post-activation", deepest),
        trained(rows, "pre-activation", deepest),
        lossOrGuessing,
      ),
    );
    const what = `loss of post-activation less that of pre-activation, ${deepest} layers,`;
    return [judge(preActivationLetsDeepNetsTrain, lead, [intervalAbove(what, lead, 0, "nats")])];
  },

  figures: preActivationFigures,

  departures(params) {
    const { depths, memoryDepths } = params;
    const deepest = Math.max(...depths);
    return [
      ...(deepest >= 1001 ? [] : [`The deepest networks trained have ${deepest} layers; the source has 1001.`]),
      ...(deepest < Math.max(...memoryDepths)
        ? [`Of deeper networks, up to ${Math.max(...memoryDepths)} layers, a single step is run, for its memory.`]
        : []),
      ...trainingDepartures(params),
      "Where the shape changes, the shortcut of a pre-activation network projects the block's input; in the source it " +
        "projects the normalised activations.",
      "The source compares test errors; here the claim is judged by the training loss after equal training.",
    ];
  },
});

/** The network's end and its way there; where the loss is no longer a number, that is the result. */
async function measureTraining(cell: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const study = await beginStudy(run, (images) => planOf(cell, params, images)).catch(divergedAt);
  if (typeof study === "number") return [{ ...nothing, measurement: "trained", step: study, diverged: true }];
  const { network, history, plan, channelStatistics } = study;
  const errorOn = async (set: ImageSet, most: number, phase: string) => {
    const options = cellOptions(run, channelStatistics, `${network.architecture.name}: ${phase}`);
    const [result] = await evaluate(network, [fullRoute(network.architecture)], takeAtMost(set, most), options);
    return 100 * result!.topOneError;
  };
  try {
    return [
      {
        ...nothing,
        measurement: "trained",
        step: plan.steps,
        diverged: false,
        training_loss_nats: finalLoss(history, params.finalSteps),
        training_error_percent: await errorOn(study.training, params.trainingImages, "training error"),
        test_error_percent: await errorOn(study.test, params.testImages, "test error"),
      },
      ...trainingCurve(history, curvePoints).map(
        ({ step, loss, accuracy }): Measured => ({
          ...nothing,
          measurement: "training curve",
          step,
          training_loss_nats: loss,
          training_error_percent: 100 * (1 - accuracy),
        }),
      ),
    ];
  } finally {
    disposeNetwork(network);
  }
}

/** A step kept and one recomputed: nothing is trained. */
async function measureMemory(cell: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const data = await run.data();
  const plan = { ...planOf(cell, params, data.training), batchSize: params.memoryBatch };
  const images = prepareImages(data, plan.images, plan.seed);
  return [false, true].map((recompute, done): Measured => {
    run.progress({ phase: `${plan.architecture.name}: memory of a step`, done, total: 2 });
    const { peakBytes, heldBytes } = stepMemory({ ...plan, recompute }, images);
    return {
      ...nothing,
      measurement: "memory",
      recomputed: recompute,
      step_mebibytes: peakBytes / 2 ** 20,
      held_mebibytes: heldBytes / 2 ** 20,
    };
  });
}

const nothing = {
  step: null,
  diverged: null,
  training_loss_nats: null,
  training_error_percent: null,
  test_error_percent: null,
  recomputed: null,
  step_mebibytes: null,
  held_mebibytes: null,
};

function planOf({ kind, depth, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { width, steps, recomputeFrom } = params;
  const family = kind === "pre-activation" ? "preactivation-bottleneck-resnet" : "bottleneck-resnet";
  const plan = planByName(params, { network: `${family}${depth}`, width, seed, steps }, images);
  return { ...plan, recompute: depth >= recomputeFrom };
}
