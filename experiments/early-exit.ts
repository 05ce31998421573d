/**
 * What classifiers on the way are worth: at inference as early exits, and in training as auxiliary heads.
 *
 * A residual network is trained with a classifier after each stage, and without. Of the first, pictures leave at the first
 * classifier whose prediction has an entropy below a threshold, for many thresholds: error against mean cost, and the time
 * of an implementation that takes the leaving pictures out of the batch. The last classifiers of the two networks are set
 * against each other, at the end and on the way.
 *
 * Source: Teerapittayanon, McDanel & Kung 2016, arXiv:1709.01686 (B3); Szegedy et al. 2014, arXiv:1409.4842, sec. 5 (B6).
 */
import { setImmediate } from "node:timers/promises";
import {
  atMost,
  auxiliaryHeadsHelpTraining,
  earlyExitsSaveInference,
  intervalBelow,
  type Judgement,
  judge,
} from "../src/claims";
import {
  type ChannelMoments,
  digitShape,
  gatherBatch,
  type ImageSet,
  type PictureShape,
  takeAtMost,
} from "../src/data";
import {
  type CellRun,
  count,
  counts,
  experiment,
  number,
  numbers,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/harness";
import {
  disposeNetwork,
  foldBatchNormalisation,
  forward,
  multiplyAccumulates,
  type Network,
  withStageExits,
} from "../src/models";
import { captioned, type Figure, intervalSeries } from "../src/report";
import {
  allLabels,
  type ClassifierOutputs,
  cellOptions,
  classifierError,
  classifierOutputs,
  classifyEarly,
  earlyExit,
  exitCosts,
} from "../src/routes";
import { tf } from "../src/runtime";
import {
  bootstrapInterval,
  bySeed,
  intervalNumbers,
  mean,
  perSeed,
  perSeedDifference,
  quantity,
} from "../src/statistics";
import { beginStudy, planByName, type TrainingEntry, type TrainingPlan } from "../src/training";

/*
 * The weight of the exits' losses is GoogLeNet's, so that one network serves both claims; BranchyNet weighs early exits more.
 */
const parameters = {
  network: text("network of several stages", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet20", // which block deletion trains as well, without exits
    paper: "preactivation-resnet110",
  }),
  width: count("filters of the first stage", { smoke: 4, quick: 16, paper: 16 }),
  exitFilters: count("filters of each exit's convolution", { smoke: 8, quick: 64, paper: 64 }),
  lossWeight: number("what each exit's loss weighs in training", 0.3, { minimum: 0 }),
  thresholds: numbers(
    "entropies below which a picture leaves; at 0 none does, at ln 10 all",
    [0, 0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2.31],
    { minimum: 0, unit: "nats" },
  ),
  testPictures: count("test pictures", { smoke: 200, quick: 10_000, paper: 10_000 }),
  latencyBatches: counts("pictures at a time, where inference is timed", {
    smoke: [1, 50],
    quick: [1, 100],
    paper: [1, 100],
  }),
  latencyPictures: count("test pictures that are timed", { smoke: 50, quick: 300, paper: 1000 }),
  latencyPasses: count("passes over them", { smoke: 1, quick: 3, paper: 5 }),
  ...trainingParameters,
};

/** Rise of the error on held-out pictures (points) up to which the threshold goes: half of what the rule of B3 allows. */
const chosenRise = 0.25;
/** Largest rise (points) and mean cost by the rule of B3. */
const [allowedRise, allowedCost] = [0.5, 0.7];

export type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  readonly network: string;
  readonly exits: boolean;
}

interface Measured extends Row {
  readonly measurement: "training" | "classifier" | "threshold" | "chosen threshold" | "time";
  /** "exit1", "exit2", ..., "head". */
  readonly classifier: string | null;
  readonly step: number | null;
  readonly threshold_nats: number | null;
  readonly error_percent: number | null;
  readonly rise_points: number | null;
  readonly cost: number | null;
  readonly leaving_percent: number | null;
  readonly batch: number | null;
  readonly pass: number | null;
  readonly full_seconds: number | null;
  readonly early_seconds: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "early-exit",
  title: "Classifiers on the way: early exits and auxiliary heads",
  question: "How much of inference do early exits save, at which error, and do auxiliary heads help the network train?",
  source:
    "Teerapittayanon, McDanel & Kung 2016, BranchyNet: fast inference via early exiting from deep neural networks; Szegedy " +
    "et al. 2014, Going deeper with convolutions, sec. 5",
  claims: [earlyExitsSaveInference, auxiliaryHeadsHelpTraining],
  parameters,
  columns: {
    seed: "seed of weights and order of pictures",
    network: "name of the architecture without its exits",
    exits: "whether it was trained with a classifier after each stage",
    measurement:
      "training (error of the last classifier on the way), classifier (each on its own, all test pictures), threshold (one of " +
      "the sweep), chosen threshold (by held-out pictures), or time",
    classifier: "exit1, exit2, ..., or head; where pictures leave, the one that they leave at",
    step: "mini-batches done, of a training",
    threshold_nats: "entropy below which a picture leaves (nats)",
    error_percent: "top-1 error on test pictures; of a training, on the training batches since the entry before (%)",
    rise_points: "that error less that of the same network's last classifier on all test pictures (percentage points)",
    cost: "mean multiply-accumulates of a picture, over those of the network without exits",
    leaving_percent:
      "pictures that leave at the classifier (%); the mean cost and error are then in the row without one",
    batch: "pictures at a time, where inference is timed",
    pass: "number of the timed pass",
    full_seconds: "time of a picture through the full network, without exits (s)",
    early_seconds: "time of a picture with early exits at the chosen threshold (s)",
  },

  cells: ({ seeds: seedNumbers, network }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) => [true, false].map((exits) => ({ seed, network, exits }))),

  trains: planOf,

  work(cell, chosen) {
    const { testPictures, validation, latencyPictures, latencyPasses } = chosen;
    const oneByOne = 20; // what a picture costs where kernels are started for it alone
    const more = cell.exits ? validation + oneByOne * latencyPictures * (latencyPasses + 1) : 0;
    return (testPictures + more) * multiplyAccumulates(planOf(cell, chosen, digitShape).architecture);
  },

  relevant({ exits }, { network, seeds, ...others }) {
    if (exits) return others;
    const { exitFilters, lossWeight, thresholds, latencyBatches, latencyPictures, latencyPasses, ...shared } = others;
    return shared;
  },

  async measure(cell, chosen, run) {
    const study = await beginStudy(run, (pictures) => planOf(cell, chosen, pictures));
    const { network, history, validation, moments } = study;
    const test = takeAtMost(study.test, chosen.testPictures);
    const outputsOn = (pictures: ImageSet, what: string) =>
      classifierOutputs(network, pictures, cellOptions(run, moments, `${network.architecture.name}: ${what}`));
    try {
      const outputs = await outputsOn(test, "test pictures");
      const rows = [...trainingRows(history), ...classifierRows(outputs, test)];
      if (!cell.exits) return rows;
      const sweep = (set: ImageSet, found: readonly ClassifierOutputs[]) =>
        sweepRows(network, set, found, chosen.thresholds);
      const heldOut = takeAtMost(validation, chosen.testPictures);
      const threshold = thresholdWithin(sweep(heldOut, await outputsOn(heldOut, "held-out pictures")));
      const onTest = sweep(test, outputs);
      const atThreshold = onTest.filter(({ threshold_nats }) => threshold_nats === threshold);
      return [
        ...rows,
        ...onTest,
        ...atThreshold.map((found): Measured => ({ ...found, measurement: "chosen threshold" })),
        ...(await timeRows(network, test, moments, threshold, chosen, run)),
      ];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts: (rows) => [...judgeExits(rows), ...judgeHeads(rows)],

  figures: (rows, chosen) => [
    riseByCost(rows),
    sharesByThreshold(rows),
    timeByBatch(rows, chosen),
    trainingErrors(rows),
    errorsByClassifier(rows),
  ],

  departures: (chosen) => [
    ...trainingDepartures(chosen),
    `Exits are trained with the network from the start, each at ${quantity(chosen.lossWeight)} of the head's weight; BranchyNet ` +
      "starts from a trained network and weighs the first exit more.",
    "One threshold serves all exits; BranchyNet has one for each.",
    "B6 is stated of GoogLeNet, which has no shortcuts, and of ImageNet; the network here is another, and so are the pictures.",
    "Times are those of this machine's processor with one thread a worker; other work may go on beside them. Full and early " +
      "passes take turns.",
  ],
});

function planOf({ network, seed, exits }: Cell, chosen: Parameters, pictures: PictureShape): TrainingPlan {
  const { width, steps, lossWeight, exitFilters: filters } = chosen;
  const plan = planByName(chosen, { network, width, seed, steps }, pictures);
  return exits ? { ...plan, architecture: withStageExits(plan.architecture, { lossWeight, filters }) } : plan;
}

const empty = {
  classifier: null,
  step: null,
  threshold_nats: null,
  error_percent: null,
  rise_points: null,
  cost: null,
  leaving_percent: null,
  batch: null,
  pass: null,
  full_seconds: null,
  early_seconds: null,
};

function trainingRows(history: readonly TrainingEntry[]): Measured[] {
  return history.map(({ step, accuracy }) => ({
    ...empty,
    measurement: "training",
    classifier: "head",
    step,
    error_percent: 100 * (1 - accuracy),
  }));
}

/** Each classifier on its own, on all pictures. */
function classifierRows(outputs: readonly ClassifierOutputs[], pictures: ImageSet): Measured[] {
  const labels = allLabels(pictures);
  const error = (own: ClassifierOutputs) => 100 * classifierError(own, labels);
  const full = error(outputs.at(-1)!);
  return outputs.map((own) => ({
    ...empty,
    measurement: "classifier",
    classifier: own.classifier,
    error_percent: error(own),
    rise_points: error(own) - full,
  }));
}

/** For each threshold the network as a whole, then how many pictures leave at each classifier. */
function sweepRows(
  { architecture }: Network,
  pictures: ImageSet,
  outputs: readonly ClassifierOutputs[],
  thresholds: readonly number[],
): Measured[] {
  const labels = allLabels(pictures);
  const costs = exitCosts(architecture);
  const full = classifierError(outputs.at(-1)!, labels);
  return thresholds.flatMap((threshold_nats): Measured[] => {
    const { topOneError, shares, cost } = earlyExit(outputs, costs, labels, threshold_nats);
    const at = { ...empty, measurement: "threshold" as const, threshold_nats };
    return [
      { ...at, error_percent: 100 * topOneError, rise_points: 100 * (topOneError - full), cost },
      ...shares.map((share, i) => ({ ...at, classifier: outputs[i]!.classifier, leaving_percent: 100 * share })),
    ];
  });
}

/** The largest threshold up to which the error rises by no more than is to be chosen. */
function thresholdWithin(sweep: readonly Measured[]): number {
  const wholes = sweep.filter(({ classifier }) => classifier === null);
  const ascending = [...wholes].sort((one, other) => one.threshold_nats! - other.threshold_nats!);
  const beyond = ascending.findIndex(({ rise_points }) => rise_points! > chosenRise);
  const within = beyond === -1 ? ascending : ascending.slice(0, Math.max(1, beyond));
  return within.at(-1)!.threshold_nats!;
}

/** Full and early inference of the same pictures by turns, for each size of batch. */
async function timeRows(
  network: Network,
  test: ImageSet,
  moments: ChannelMoments,
  threshold: number,
  { latencyBatches, latencyPictures, latencyPasses }: Parameters,
  run: CellRun,
): Promise<Measured[]> {
  const pictures = takeAtMost(test, latencyPictures);
  const folded = foldBatchNormalisation(network);
  const rows: Measured[] = [];
  try {
    for (const batch of latencyBatches) {
      for (let pass = 0; pass <= latencyPasses; pass++) {
        const seconds = { full: 0, early: 0 };
        const timed = (kind: keyof typeof seconds, work: () => void) => {
          const start = performance.now();
          work();
          seconds[kind] += (performance.now() - start) / 1000;
        };
        for (let start = 0; start < pictures.count; start += batch) {
          const indices = Uint32Array.from({ length: Math.min(batch, pictures.count - start) }, (_, i) => start + i);
          const { height, width, channels } = pictures;
          const x = tf.tensor4d(gatherBatch(pictures, indices, moments), [indices.length, height, width, channels]);
          const turns = [
            () => timed("full", () => tf.tidy(() => void forward(folded, x, { mode: "inference" }).dataSync())),
            () => timed("early", () => void classifyEarly(folded, x, threshold)),
          ];
          for (const turn of pass % 2 === 0 ? turns : turns.reverse()) turn();
          x.dispose();
          await setImmediate(); // lets messages and signals in: the kernels block this thread
          run.signal.throwIfAborted();
        }
        run.progress({ phase: `timing batches of ${batch}`, done: pass, total: latencyPasses });
        if (pass === 0) continue; // a warm-up
        const [full_seconds, early_seconds] = [seconds.full / pictures.count, seconds.early / pictures.count];
        rows.push({
          ...empty,
          measurement: "time",
          threshold_nats: threshold,
          batch,
          pass,
          full_seconds,
          early_seconds,
        });
      }
    }
    return rows;
  } finally {
    disposeNetwork(folded);
  }
}

function of(rows: readonly Result[], measurement: Measured["measurement"], exits = true): Result[] {
  return rows.filter((row) => row.measurement === measurement && row.exits === exits);
}

/** Rows of the network as a whole at one threshold: they name no classifier. */
function wholes(rows: readonly Result[], measurement: "threshold" | "chosen threshold"): Result[] {
  return of(rows, measurement).filter(({ classifier }) => classifier === null);
}

function judgeExits(rows: readonly Result[]): Judgement[] {
  const chosen = wholes(rows, "chosen threshold");
  if (chosen.length === 0) return [];
  const cost = bootstrapInterval(perSeed(chosen, (row) => row.cost));
  const rise = bootstrapInterval(perSeed(chosen, (row) => row.rise_points));
  return [
    judge(earlyExitsSaveInference, cost, [
      atMost("mean cost", cost.estimate, allowedCost, ""),
      intervalBelow("error less the full network's", rise, allowedRise, "points"),
    ]),
  ];
}

function judgeHeads(rows: readonly Result[]): Judgement[] {
  const heads = rows.filter(({ measurement, classifier }) => measurement === "classifier" && classifier === "head");
  const differences = (some: readonly Result[]) =>
    perSeedDifference(
      some.filter(({ exits }) => exits),
      some.filter(({ exits }) => !exits),
      ({ error_percent }) => error_percent,
    );
  const final = differences(heads);
  if (final.length === 0) return [];
  const difference = bootstrapInterval(final);
  const halfWay = bootstrapInterval(differences(halfWayRows(rows)));
  return [
    judge(auxiliaryHeadsHelpTraining, difference, [
      intervalBelow("test error with heads less that without", difference, 0, "points"),
      intervalBelow("training error half way, with heads less that without,", halfWay, 0, "points"),
    ]),
  ];
}

/** Entries of the trainings that are nearest to the middle. */
function halfWayRows(rows: readonly Result[]): Result[] {
  const entries = rows.filter(({ measurement }) => measurement === "training");
  const last = Math.max(...entries.map(({ step }) => step!));
  const distance = ({ step }: Result) => Math.abs(step! - last / 2);
  const nearest = Math.min(...entries.map(distance));
  return entries.filter((row) => distance(row) === nearest);
}

function riseByCost(rows: readonly Result[]): Figure {
  const sweep = wholes(rows, "threshold");
  const chosen = wholes(rows, "chosen threshold");
  const meanCost = (threshold: number | null) =>
    mean(sweep.filter(({ threshold_nats }) => threshold_nats === threshold).map(({ cost }) => cost!));
  const chosenCost = mean(chosen.map(({ cost }) => cost!));
  const rise = ({ rise_points }: Result) => rise_points!;
  const thresholds = perSeed(chosen, ({ threshold_nats }) => threshold_nats).map((nats) => quantity(nats));
  return {
    id: "rise-by-cost",
    claims: [earlyExitsSaveInference.id],
    title: "What leaving early saves, and what it costs in error",
    caption: captioned(
      "Test error of the network with early exits less that of its last classifier on all pictures, over the mean " +
        "multiply-accumulates of a picture as a share of those of the network without exits, for each threshold of the entropy",
      `Chosen by held-out pictures, seed by seed: ${thresholds.join(", ")} nats.`,
    ),
    xAxis: { label: "mean cost / cost of the full network" },
    yAxis: { label: "rise of the error (points)" },
    series: [
      intervalSeries({
        name: "thresholds",
        kind: "line",
        rows: sweep,
        x: ({ threshold_nats }) => meanCost(threshold_nats),
        y: rise,
        note: ({ threshold_nats }) => `threshold ${quantity(threshold_nats!, "nats")}`,
      }),
      intervalSeries({ name: "chosen threshold", kind: "points", rows: chosen, x: () => chosenCost, y: rise }),
    ],
    references: [{ y: allowedRise, label: "rule of B3" }],
  };
}

function sharesByThreshold(rows: readonly Result[]): Figure {
  const leaving = of(rows, "threshold").filter(({ classifier }) => classifier !== null);
  const classifiers = [...new Set(leaving.map(({ classifier }) => classifier!))];
  return {
    id: "leaving-by-threshold",
    title: "Where the pictures leave",
    caption: captioned("Test pictures that leave at each classifier, by the threshold of the entropy"),
    xAxis: { label: "threshold of the entropy (nats)" },
    yAxis: { label: "pictures (%)", range: [-3, 103] },
    series: classifiers.map((name) =>
      intervalSeries({
        name,
        kind: "line",
        rows: leaving.filter(({ classifier }) => classifier === name),
        x: ({ threshold_nats }) => threshold_nats!,
        y: ({ leaving_percent }) => leaving_percent!,
      }),
    ),
  };
}

function timeByBatch(rows: readonly Result[], { latencyBatches }: Parameters): Figure {
  const times = of(rows, "time");
  const ratioOf = (batch: number) => {
    const ratios = [...bySeed(times.filter((row) => row.batch === batch)).values()].map(
      (own) =>
        mean(own.map(({ full_seconds }) => full_seconds!)) / mean(own.map(({ early_seconds }) => early_seconds!)),
    );
    return ratios.length === 0 ? "not measured" : intervalNumbers(bootstrapInterval(ratios), "times");
  };
  const milliseconds = (name: string, seconds: (row: Result) => number) =>
    intervalSeries({
      name,
      kind: "points",
      rows: times,
      x: ({ batch }) => String(batch),
      y: (row) => 1000 * seconds(row),
    });
  return {
    id: "time-by-batch",
    claims: [earlyExitsSaveInference.id],
    title: "Time of a picture, in full and with early exits",
    caption: captioned(
      "Time of a picture at the chosen threshold, exits and the taking apart of batches included, and through the full network",
      `Faster by ${latencyBatches.map((batch) => `${ratioOf(batch)} (batches of ${batch})`).join(", ")}. BranchyNet: 5.4 times ` +
        "(LeNet, MNIST), 1.5 (AlexNet) and 1.9 (ResNet-110, CIFAR-10) on a processor.",
    ),
    xAxis: { label: "pictures at a time", categories: latencyBatches.map(String) },
    yAxis: { label: "time of a picture (ms)", scale: "log" },
    series: [
      milliseconds("full network", ({ full_seconds }) => full_seconds!),
      milliseconds("early exits", ({ early_seconds }) => early_seconds!),
    ],
  };
}

/** The two networks, as figures name them. */
const trainings = [
  { name: "with auxiliary heads", exits: true },
  { name: "without", exits: false },
];

function trainingErrors(rows: readonly Result[]): Figure {
  return {
    id: "training-error",
    claims: [auxiliaryHeadsHelpTraining.id],
    title: "Training with auxiliary heads and without",
    caption: captioned(
      "Error of the last classifier on the training batches, mean over 20 mini-batches, with the losses of heads after each " +
        "stage and without them",
    ),
    xAxis: { label: "mini-batches", integers: true },
    yAxis: { label: "training error (%)" },
    series: trainings.map(({ name, exits }) =>
      intervalSeries({
        name,
        kind: "line",
        rows: of(rows, "training", exits),
        x: ({ step }) => step!,
        y: ({ error_percent }) => error_percent!,
      }),
    ),
  };
}

function errorsByClassifier(rows: readonly Result[]): Figure {
  const own = of(rows, "classifier");
  return {
    id: "error-by-classifier",
    claims: [auxiliaryHeadsHelpTraining.id],
    title: "Each classifier on its own",
    caption: captioned("Test error of each classifier on all pictures"),
    xAxis: { label: "classifier", categories: [...new Set(own.map(({ classifier }) => classifier!))] },
    yAxis: { label: "test error (%)" },
    series: trainings.map(({ name, exits }) =>
      intervalSeries({
        name,
        kind: "points",
        rows: of(rows, "classifier", exits),
        x: ({ classifier }) => classifier!,
        y: ({ error_percent }) => error_percent!,
      }),
    ),
  };
}
