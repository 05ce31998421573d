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
import { digitShape, type ImageSet, type PictureShape, takeAtMost } from "../src/data";
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
} from "../src/harness";
import { disposeNetwork, fullRoute, multiplyAccumulates } from "../src/models";
import { type Figure, intervalSeries, linesOverSeeds, publishedSeries, type Series } from "../src/report";
import { cellOptions, evaluate } from "../src/routes";
import { ascending, bootstrapInterval, perSeedDifference, quantity } from "../src/statistics";
import {
  beginStudy,
  divergedAt,
  finalLoss,
  planByName,
  preparePictures,
  stepMemory,
  type TrainingPlan,
  trainingCurve,
} from "../src/training";

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
  trainingPictures: count("training pictures that the training error is measured on", {
    smoke: 200,
    quick: 2000,
    paper: 10_000,
  }),
  testPictures: count("test pictures", { smoke: 200, quick: 2000, paper: 10_000 }),
  memoryDepths: counts(
    "depths whose memory is measured",
    { smoke: [11, 20], quick: [29, 164, 1001], paper: [29, 164, 1001] },
    { unit: "layers" },
  ),
  memoryBatch: count("mini-batch whose memory is measured", { smoke: 8, quick: 32, paper: 32 }, { unit: "pictures" }),
  ...trainingParameters,
  // These networks are the dearest of all: at `quick` they are trained for less than the others, all of them alike.
  steps: count("training", { smoke: 20, quick: 150, "quick cifar10": 400, paper: 64_000 }, { unit: "mini-batches" }),
};

/** Loss (nats) of guessing: what a training counts for whose loss is no longer a number. */
const guessing = Math.log(10);
/** Points of a training curve, at most. */
const curvePoints = 100;
const kinds = ["post-activation", "pre-activation"] as const;
type Kind = (typeof kinds)[number];
/** Test errors (%) on CIFAR-10 by depth: He et al. 2016, tables 2 and 3, medians of five runs. */
const published: Readonly<Record<Kind, readonly (readonly [depth: number, error: number])[]>> = {
  // biome-ignore format: two columns
  "post-activation": [[164, 5.93], [1001, 7.61]],
  // biome-ignore format: two columns
  "pre-activation": [[164, 5.46], [1001, 4.92]],
};

type Parameters = ParameterValues<typeof parameters>;

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

type Result = Cell & Measured;

export default experiment({
  name: "pre-activation",
  title: "Pre-activation and depth",
  question: "Do networks with full pre-activation train where those with post-activation do not, or lag behind?",
  source: "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, sec. 3 and 4, tables 2 and 3",
  claims: [preActivationLetsDeepNetsTrain],
  parameters,
  columns: {
    seed: "seed of weights and order of pictures",
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

  trains: (cell, chosen, pictures) => (cell.task === "training" ? planOf(cell, chosen, pictures) : null),

  work(cell, chosen) {
    const pass = multiplyAccumulates(planOf(cell, chosen, digitShape).architecture);
    if (cell.task === "memory") return pass * (3 + 4) * chosen.memoryBatch; // a step kept, and one recomputed
    return pass * (chosen.trainingPictures + chosen.testPictures);
  },

  relevant({ task }, { depths, memoryDepths, memoryBatch, finalSteps, recomputeFrom, seeds, ...others }) {
    return task === "memory" ? { ...others, memoryBatch } : { ...others, finalSteps, recomputeFrom };
  },

  measure: (cell, chosen, run) =>
    cell.task === "memory" ? measureMemory(cell, chosen, run) : measureTraining(cell, chosen, run),

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

  figures: (rows, chosen) => [
    trainingCurves(rows, chosen),
    finalLossByDepth(rows, chosen),
    memoryByDepth(rows, chosen),
    testErrorByDepth(rows, chosen),
  ],

  departures(chosen) {
    const { depths, memoryDepths } = chosen;
    const deepest = Math.max(...depths);
    return [
      ...(deepest >= 1001 ? [] : [`The deepest networks trained have ${deepest} layers; the source has 1001.`]),
      ...(deepest < Math.max(...memoryDepths)
        ? [`Of deeper networks, up to ${Math.max(...memoryDepths)} layers, a single step is run, for its memory.`]
        : []),
      ...trainingDepartures(chosen),
      "Where the shape changes, the shortcut of a pre-activation network projects the block's input; in the source it " +
        "projects the normalised activations.",
      "The source compares test errors; here the claim is judged by the training loss after equal training.",
    ];
  },
});

/** The network's end and its way there; where the loss is no longer a number, that is the result. */
async function measureTraining(cell: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const study = await beginStudy(run, (pictures) => planOf(cell, chosen, pictures)).catch(divergedAt);
  if (typeof study === "number") return [{ ...nothing, measurement: "trained", step: study, diverged: true }];
  const { network, history, plan, moments } = study;
  const errorOn = async (set: ImageSet, most: number, phase: string) => {
    const options = cellOptions(run, moments, `${network.architecture.name}: ${phase}`);
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
        training_loss_nats: finalLoss(history, chosen.finalSteps),
        training_error_percent: await errorOn(study.training, chosen.trainingPictures, "training error"),
        test_error_percent: await errorOn(study.test, chosen.testPictures, "test error"),
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
async function measureMemory(cell: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const data = await run.data();
  const plan = { ...planOf(cell, chosen, data.training), batchSize: chosen.memoryBatch };
  const pictures = preparePictures(data, plan.pictures, plan.seed);
  return [false, true].map((recompute, done): Measured => {
    run.progress({ phase: `${plan.architecture.name}: memory of a step`, done, total: 2 });
    const { peakBytes, heldBytes } = stepMemory({ ...plan, recompute }, pictures);
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

function planOf({ kind, depth, seed }: Cell, chosen: Parameters, pictures: PictureShape): TrainingPlan {
  const { width, steps, recomputeFrom } = chosen;
  const family = kind === "pre-activation" ? "preactivation-bottleneck-resnet" : "bottleneck-resnet";
  const plan = planByName(chosen, { network: `${family}${depth}`, width, seed, steps }, pictures);
  return { ...plan, recompute: depth >= recomputeFrom };
}

function trained(rows: readonly Result[], kind: Kind, depth: number): Result[] {
  return rows.filter((row) => row.measurement === "trained" && row.kind === kind && row.depth === depth);
}

/** Loss in the last part of a training; of one that diverged that of guessing. */
function lossOrGuessing({ diverged, training_loss_nats }: Result): number {
  return diverged ? guessing : training_loss_nats!;
}

const depthAxis = { label: "depth (layers)", scale: "log" } as const;

function trainingCurves(rows: readonly Result[], { depths }: Parameters): Figure {
  return {
    id: "training-curves",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: `Training loss of ${ascending(depths).join(" and ")} layers, pre- and post-activation`,
    caption: `Mean cross-entropy on the training batches since the point before. ${linesOverSeeds} ${divergedInWords(rows, depths)}`,
    xAxis: { label: "training (mini-batches)", integers: true },
    yAxis: { label: "training loss (nats)", scale: "log" },
    series: ascending(depths).flatMap((depth) =>
      kinds.map((kind) =>
        intervalSeries({
          name: `${kind}, ${depth} layers`,
          kind: "line",
          rows: rows.filter((row) => row.measurement === "training curve" && row.kind === kind && row.depth === depth),
          x: ({ step }) => step!,
          y: ({ training_loss_nats }) => training_loss_nats!,
        }),
      ),
    ),
    references: [{ y: guessing, label: "guessing" }],
  };
}

function finalLossByDepth(rows: readonly Result[], { depths, finalSteps }: Parameters): Figure {
  return {
    id: "final-loss-by-depth",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: "Training loss after equal training, by depth",
    caption: `Mean cross-entropy on the training batches of the last ${finalSteps} steps. ${linesOverSeeds} ${divergedInWords(rows, depths)}`,
    xAxis: depthAxis,
    yAxis: { label: "training loss (nats)" },
    series: byDepth(rows, depths, lossOrGuessing),
  };
}

function testErrorByDepth(rows: readonly Result[], { depths }: Parameters): Figure {
  return {
    id: "test-error-by-depth",
    title: "Test error by depth, beside the source's",
    caption: `Test error after equal training, of the networks that did not diverge. ${linesOverSeeds}`,
    xAxis: depthAxis,
    yAxis: { label: "test error (%)" },
    series: [
      ...byDepth(
        rows.filter(({ diverged }) => !diverged),
        depths,
        ({ test_error_percent }) => test_error_percent!,
      ),
      ...kinds.map((kind) => publishedSeries(`He et al. 2016: ${kind}, CIFAR-10`, published[kind])),
    ],
  };
}

function byDepth(rows: readonly Result[], depths: readonly number[], y: (row: Result) => number): Series[] {
  return kinds.map((kind) =>
    intervalSeries({
      name: kind,
      kind: "line",
      rows: ascending(depths).flatMap((depth) => trained(rows, kind, depth)),
      x: ({ depth }) => depth,
      y,
    }),
  );
}

function memoryByDepth(rows: readonly Result[], { memoryDepths, memoryBatch }: Parameters): Figure {
  const measured = (kind: Kind, recomputed: boolean) =>
    ascending(memoryDepths).flatMap((depth) =>
      rows.filter(
        (row) =>
          row.measurement === "memory" && row.kind === kind && row.depth === depth && row.recomputed === recomputed,
      ),
    );
  return {
    id: "memory-by-depth",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: "Memory of one training step by depth, activations kept or recomputed",
    caption:
      `Most that tensors hold in one step on ${memoryBatch} pictures, beyond what is held between steps; the share of ` +
      "the activations grows with the mini-batch. It is counted, not sampled: it depends on the computation alone. " +
      memoryInWords(measured("pre-activation", false).at(-1), measured("pre-activation", true).at(-1)),
    xAxis: depthAxis,
    yAxis: { label: "memory of tensors (MiB)", scale: "log" },
    series: [
      ...kinds.flatMap((kind) =>
        [false, true].map(
          (recomputed): Series => ({
            name: `${kind}, ${recomputed ? "recomputed" : "kept"}`,
            kind: "line",
            points: measured(kind, recomputed).map(({ depth, step_mebibytes }) => ({ x: depth, y: step_mebibytes! })),
          }),
        ),
      ),
      {
        name: "held between steps (pre-activation)",
        kind: "line",
        points: measured("pre-activation", true).map(({ depth, held_mebibytes }) => ({ x: depth, y: held_mebibytes! })),
      },
    ],
  };
}

/** What recomputing saves, told of the deepest network. */
function memoryInWords(kept: Result | undefined, recomputed: Result | undefined): string {
  if (kept === undefined || recomputed === undefined) return "";
  const [most, least] = [kept.step_mebibytes!, recomputed.step_mebibytes!];
  return (
    `At ${kept.depth} layers of pre-activation a step takes ${quantity(most, "MiB")} with activations kept and ` +
    `${quantity(least, "MiB")} with activations recomputed, ${quantity(most / least)} times less; ` +
    `${quantity(kept.held_mebibytes!, "MiB")} are held between steps.`
  );
}

/** "Diverged: 2 of 5 post-activation runs of 164 layers." */
function divergedInWords(rows: readonly Result[], depths: readonly number[]): string {
  const groups = ascending(depths).flatMap((depth) =>
    kinds.map((kind) => {
      const all = trained(rows, kind, depth);
      return { kind, depth, of: all.length, diverged: all.filter(({ diverged }) => diverged).length };
    }),
  );
  const some = groups.filter(({ diverged }) => diverged > 0);
  if (some.length === 0) return "No training diverged.";
  const told = some.map(({ kind, depth, of, diverged }) => `${diverged} of ${of} with ${kind}, ${depth} layers`);
  return `Diverged: ${told.join("; ")}. A training that diverged has no curve and counts with the loss of guessing.`;
}
