/**
 * Whether full pre-activation lets very deep networks train, and what memory they take.
 *
 * Residual networks of bottleneck blocks are trained alike in two forms: batch normalisation and ReLU after the convolutions
 * and a ReLU after the addition (post-activation, as of 2015), and both before the convolutions with nothing after the
 * addition (pre-activation). Compared are their losses after equal training; a training that diverges counts as one that
 * learnt nothing. One training step of each is also measured for the memory of its tensors, with all activations kept and
 * with those inside the blocks computed again: this is what makes room for 1001 layers.
 *
 * Source: He, Zhang, Ren & Sun 2016, arXiv:1603.05027, sec. 3 and 4, tables 2 and 3. Claim C7.
 * Departs from it: 164 layers are trained where it has 1001, unless at scale `paper`; minutes of training, not hours: 150
 * mini-batches at `quick`, whose last 30 are compared.
 */

import { type ImageSet, type ImageShape, takeAtMost } from "../src/data";
import {
  atStandard,
  count,
  counts,
  cross,
  experiment,
  judge,
  meanWithEnds,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { fullRoute } from "../src/networks";
import { largest, quantity } from "../src/statistics";
import {
  divergedAt,
  finalLoss,
  planByName,
  prepareImages,
  stepMemory,
  type TrainingChoices,
  type TrainingPlan,
  trainingCurve,
} from "../src/training";
import { preActivationFigures } from "./pre-activation/figures";
import { type Cell, columns, kinds, lossOrGuessing } from "./pre-activation/rows";

/** Points of a training curve, at most. */
const curvePoints = 100;

export default experiment("pre-activation", {
  title: "Pre-activation and depth",
  question: "Do networks with full pre-activation train where those with post-activation do not, or lag behind?",
  source: "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, sec. 3 and 4, tables 2 and 3",
  parameters: {
    depths: counts(
      "depths to train; the largest is judged",
      { smoke: [11, 20], quick: [29, 164], standard: [164], paper: [164, 1001] },
      { unit: "layers" },
    ),
    width: count("filters of the first stage; its blocks have four times as many at their ends", 16),
    finalSteps: count(
      "last part of the training whose mean loss is compared",
      { smoke: 20, quick: 30, paper: 400 },
      { unit: "mini-batches" },
    ),
    recomputeFrom: count("least depth trained with recomputed activations", 1001, { unit: "layers" }),
    trainingErrorImages: count("training images that the training error is measured on", {
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
    // These networks are the dearest of all: they are trained for less than the others, and at `standard` on smaller images.
    meanPool: atStandard(trainingParameters.meanPool, 2),
    cropPadding: atStandard(trainingParameters.cropPadding, 2),
    steps: count(
      "training",
      { smoke: 20, quick: 150, "quick cifar10": 400, standard: 1000, paper: 64_000 },
      { unit: "mini-batches" },
    ),
  },
  variations: {
    smoke: { depths: [[11], [20]] },
    quick: { depths: [[29], [110], [164]] },
    paper: { depths: [[110], [164], [1001]] },
  },
  columns,

  firstLook: { median: "training_loss_nats", by: ["kind", "depth"], where: { measurement: "trained" } },
  cells({ seeds, depths, memoryDepths }) {
    const cellsOf = (seed: number, task: Cell["task"], of: readonly number[]) =>
      cross({ depth: of, kind: kinds }).map((cell): Cell => ({ seed, ...cell, task }));
    return seeds.flatMap((seed, i) => [
      ...(i === 0 ? cellsOf(seed, "memory", memoryDepths) : []),
      ...cellsOf(seed, "training", depths),
    ]);
  },

  network: (cell, params, images) => (cell.task === "training" ? planOf(cell, params, images) : null),

  async measure(run, cell, params) {
    if (cell.task === "memory") {
      const data = await run.data();
      const plan = { ...planOf(cell, params, data.training), batchSize: params.memoryBatch };
      const images = prepareImages(data, plan.images, plan.seed);
      return [false, true].map((recompute) => {
        const { peakBytes, heldBytes } = stepMemory({ ...plan, recompute }, images);
        return {
          measurement: "memory" as const,
          recomputed: recompute,
          step_mebibytes: peakBytes / 2 ** 20,
          held_mebibytes: heldBytes / 2 ** 20,
        };
      });
    }

    const study = await run.trained().catch(divergedAt);
    if (typeof study === "number") return [{ measurement: "trained" as const, step: study, diverged: true }];
    const errorOn = async (set: ImageSet, most: number, what: string) => {
      const [result] = await study.evaluate([fullRoute(study.architecture)], takeAtMost(set, most), what);
      return 100 * result!.topOneError;
    };
    return [
      {
        measurement: "trained" as const,
        step: study.plan.steps,
        diverged: false,
        training_loss_nats: finalLoss(study.history, params.finalSteps),
        training_error_percent: await errorOn(study.training, params.trainingErrorImages, "training error"),
        test_error_percent: await errorOn(study.test, params.testImages, "test error"),
      },
      ...trainingCurve(study.history, curvePoints).map(({ step, loss, accuracy }) => ({
        measurement: "training curve" as const,
        ...{ step, training_loss_nats: loss, training_error_percent: 100 * (1 - accuracy) },
      })),
    ];
  },

  claims: {
    C7(rows, { depths }) {
      const [post, pre] = kinds.map((kind) =>
        rows.where({ measurement: "trained", depth: Math.max(...depths), kind }),
      ) as [typeof rows, typeof rows];
      return judge(post.lessPerSeed(pre, lossOrGuessing)).above(0);
    },
  },

  sentences: {
    C7(rows, { depths, steps }) {
      const depth = largest(depths);
      const [post, pre] = kinds.map((kind) => rows.where({ measurement: "trained", depth, kind }));
      const diverged = post!.where({ diverged: true }).length;
      return (
        `Pre- in place of post-activation, ${depth} layers after ${quantity(steps)} mini-batches: training loss ` +
        `${meanWithEnds(post!.perSeed(lossOrGuessing))} → ${meanWithEnds(pre!.perSeed(lossOrGuessing), "nats")}` +
        `${diverged === 0 ? "" : `; ${diverged} of the former diverged, which counts as guessing`}.`
      );
    },
  },

  figures: preActivationFigures,

  departures(params) {
    const [deepest, deepestStep] = [Math.max(...params.depths), Math.max(...params.memoryDepths)];
    return [
      ...(deepest >= 1001 ? [] : [`The deepest networks trained have ${deepest} layers; the source has 1001.`]),
      ...(deepest < deepestStep
        ? [`Of deeper networks, up to ${deepestStep} layers, a single step is run, for its memory.`]
        : []),
      ...trainingDepartures(params),
      "Where the shape changes, the shortcut of a pre-activation network projects the block's input; in the source it " +
        "projects the normalised activations.",
      "The source compares test errors; here the claim is judged by the training loss after equal training.",
    ];
  },
});

function planOf(
  { kind, depth, seed }: Cell,
  params: TrainingChoices & { readonly width: number; readonly steps: number; readonly recomputeFrom: number },
  images: ImageShape,
): TrainingPlan {
  const { width, steps, recomputeFrom } = params;
  const family = kind === "pre-activation" ? "preactivation-bottleneck-resnet" : "bottleneck-resnet";
  const plan = planByName(params, { network: `${family}${depth}`, width, seed, steps }, images);
  return { ...plan, recompute: depth >= recomputeFrom };
}
