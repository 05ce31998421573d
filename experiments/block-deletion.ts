/**
 * What one missing block costs a trained network, and what many cost.
 *
 * A residual network, a plain network of the same depth and a VGG-style network are trained alike. Then, at test time and
 * without retraining, each block is deleted in turn: a residual block leaves its shortcut, a layer of the others leaves an
 * identity. From the residual network k blocks at a time are deleted too, for every k, in many draws. The residual network
 * is also trained to other depths and for other lengths, to see what the verdict depends on; at `quick` to 8 and 20 layers
 * beside its 32, and for 100 mini-batches beside its 400.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1 and 4.2. Claims E1, E2, E3.
 */
import {
  atLeast,
  atMost,
  blockDeletionHardlyHurts,
  type Claim,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
  intervalAbove,
  intervalBelow,
  type Judgement,
  judge,
  layerDeletionDestroysVgg,
} from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  count,
  counts,
  experiment,
  needsBlocksThatKeepShape,
  type ParameterValues,
  type Row,
  type Setting,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import {
  type Architecture,
  disposeNetwork,
  fullRoute,
  keepsShape,
  multiplyAccumulates,
  parseName,
  type Route,
} from "../src/networks";
import { randomStream } from "../src/random";
import {
  cellOptions,
  deletableBlocks,
  evaluate,
  type RouteResult,
  routeTrie,
  routeWithout,
  sampleBlocks,
  stepCount,
} from "../src/routes";
import {
  ascending,
  bootstrapInterval,
  bySeed,
  mean,
  median,
  perSeed,
  perSeedDifference,
  spearmanOrZero,
} from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";
import {
  blockDeletionFigures,
  chance,
  hardlyHurts,
  risePoints,
  severalDeleted,
  singles,
} from "./figures/block-deletion";

/*
 * The depth of `quick` was chosen on the validation split of MNIST, seed 1: at 20 layers two of the seven blocks that keep
 * their shape are the ones next to the input, whose loss hurts at any depth; the median over the thirteen of 32 layers says
 * more. Test images were not looked at. How the verdict depends on depth and on the length of training is measured over
 * all seeds, and drawn.
 */
const parameters = {
  residual: text("residual network", {
    smoke: "preactivation-resnet8",
    quick: "preactivation-resnet32",
    paper: "preactivation-resnet110",
  }),
  plain: text("plain network, as deep", { smoke: "plain8", quick: "plain32", paper: "plain110" }),
  vgg: text("VGG-style network", { smoke: "vgg7", quick: "vgg15", paper: "vgg15" }),
  width: count("filters of the first stage, residual and plain", { smoke: 4, quick: 16, paper: 16 }),
  vggWidth: count("filters of the first stage, VGG-style", { smoke: 4, quick: 16, paper: 64 }),
  otherSteps: counts(
    "other lengths of training of the residual network",
    { smoke: [10], quick: [100], "quick cifar10": [100], paper: [4000, 16_000] },
    { unit: "mini-batches" },
  ),
  otherDepths: counts(
    "other depths of the residual network",
    { smoke: [14], quick: [8, 20], "quick cifar10": [8], paper: [20, 32, 56] },
    { unit: "layers" },
  ),
  testImages: count("test images, one block deleted", { smoke: 200, quick: 2000, paper: 10_000 }),
  draws: count("random sets of blocks for each number of deleted ones", { smoke: 2, quick: 24, paper: 24 }),
  drawImages: count("test images, several blocks deleted", { smoke: 100, quick: 500, paper: 10_000 }),
  ...trainingParameters,
};

export type Parameters = ParameterValues<typeof parameters>;

/** One network, trained with one seed for so many steps. */
interface Cell extends Setting {
  readonly network: string;
  readonly steps: number;
}

interface Measured extends Row {
  /** "intact", "one deleted" or "several deleted". */
  readonly measurement: string;
  /** The deleted block, where it is one. */
  readonly block: string | null;
  /** Its place: the layer, counted from the input, at which it begins. */
  readonly layer: number | null;
  readonly keeps_shape: boolean | null;
  readonly deleted_blocks: number;
  /** Which draw of blocks, where several are deleted. */
  readonly draw: number | null;
  readonly error_percent: number;
  readonly rise_points: number;
  readonly cross_entropy_nats: number;
  readonly images: number;
}

export type Result = Cell & Measured;

export default experiment({
  name: "block-deletion",
  title: "Deleting blocks of trained networks",
  question:
    "What does a trained network lose when one of its blocks is taken out at test time, and what when many are?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 4",
  claims: [blockDeletionHardlyHurts, layerDeletionDestroysVgg, errorRisesSmoothly, errorRisesSmoothlyAtFirst],
  parameters,
  customNetwork: {
    parameter: "residual",
    needs: needsBlocksThatKeepShape,
    fixed: { otherDepths: [] },
    given: { steps: 0, otherSteps: [] },
  },
  columns: {
    seed: "seed of weights, order of images and draws",
    network: "name of the architecture, with its depth in layers",
    steps: "mini-batches it was trained for",
    measurement: "intact, one deleted, or several deleted",
    block: "the deleted block, where it is one",
    layer: "layer at which that block begins, counted from the input",
    keeps_shape: "whether that block's output has its input's shape; false for downsampling blocks",
    deleted_blocks: "number of deleted blocks",
    draw: "number of the random set of blocks, where several are deleted",
    error_percent: "top-1 test error (%)",
    rise_points: "that error less the intact network's on the same images (percentage points)",
    cross_entropy_nats: "mean test cross-entropy (nats)",
    images: "test images it was measured on",
  },

  cells({ seeds: seedNumbers, residual, plain, vgg, steps, otherSteps, otherDepths }: Parameters): Cell[] {
    const { family } = parseName(residual);
    return seedNumbers.flatMap((seed) => [
      { seed, network: residual, steps },
      { seed, network: plain, steps },
      { seed, network: vgg, steps },
      ...otherDepths.map((depth) => ({ seed, network: `${family.prefix}${depth}`, steps })),
      ...otherSteps.map((other) => ({ seed, network: residual, steps: other })),
    ]);
  },

  trains: planOf,

  work(cell, params) {
    const { architecture } = planOf(cell, params, digitShape);
    const single = stepCount(routeTrie(singleRoutes(architecture))) / architecture.blocks.length;
    const several = isMain(cell, params) ? (deletableBlocks(architecture).length * params.draws) / 2 : 0;
    return multiplyAccumulates(architecture) * (single * params.testImages + several * params.drawImages);
  },

  relevant(cell, params) {
    const { residual, plain, vgg, steps, otherSteps, otherDepths, draws, drawImages, seeds, ...others } = params;
    return isMain(cell, params) ? { ...others, draws, drawImages } : others;
  },

  async measure(cell, params, run) {
    const { network, test, channelStatistics } = await beginStudy(run, (images) => planOf(cell, params, images));
    const { architecture } = network;
    const options = (what: string) => cellOptions(run, channelStatistics, `${cell.network}: deleting ${what}`);
    try {
      const blocks = deletableBlocks(architecture);
      const images = takeAtMost(test, params.testImages);
      const routes = singleRoutes(architecture);
      const [intact, ...lesioned] = await evaluate(network, routes, images, options("one block"));
      const keeps = keepsShape(architecture);
      const rows: Measured[] = [
        row("intact", 0, intact!, intact!),
        ...blocks.map((block, i) => ({
          ...row("one deleted", 1, lesioned[i]!, intact!),
          block: architecture.blocks[block]!.name,
          layer: layerOf(block, cell.network),
          keeps_shape: keeps[block]!,
        })),
      ];
      if (!isMain(cell, params)) return rows;

      const sets = blocks.flatMap((_, i) =>
        Array.from({ length: params.draws }, (__, draw) => {
          const stream = randomStream(cell.seed, "deleted blocks", i + 1, draw);
          return { draw: draw + 1, deleted: sampleBlocks(blocks, i + 1, stream) };
        }),
      );
      const [whole, ...parts] = await evaluate(
        network,
        [fullRoute(architecture), ...sets.map(({ deleted }) => routeWithout(architecture, deleted))],
        takeAtMost(test, params.drawImages),
        options("several blocks"),
      );
      const none: Measured = { ...row("several deleted", 0, whole!, whole!), draw: 1 };
      const several = sets.map(({ draw, deleted }, i) => ({
        ...row("several deleted", deleted.length, parts[i]!, whole!),
        draw,
      }));
      return [...rows, none, ...several];
    } finally {
      disposeNetwork(network);
    }
  },

  verdicts(rows, params) {
    const residual = singles(rows, params.residual, params.steps);
    const rise = bootstrapInterval(perSeed(residual, risePoints, median));
    const e1 = judge(blockDeletionHardlyHurts, rise, [
      atMost("median rise", rise.estimate, hardlyHurts, "points"),
      intervalBelow("median rise", rise, 10, "points"),
    ]);

    const controls = [
      { name: "VGG-style net", rows: singles(rows, params.vgg, params.steps) },
      { name: "plain net", rows: singles(rows, params.plain, params.steps) },
    ]
      .filter((control) => control.rows.length > 0) // beside a network whose weights are given none is trained
      .map((control) => ({
        ...control,
        difference: bootstrapInterval(perSeedDifference(control.rows, residual, risePoints, median)),
        error: mean(perSeed(control.rows, ({ error_percent }) => error_percent, median)),
      }));
    const e2 = controls.slice(0, 1).map(({ difference: headline }) =>
      judge(
        layerDeletionDestroysVgg,
        headline,
        controls.flatMap(({ name, error, difference }) => [
          atLeast(`${name}: median error`, error, 0.75 * chance, "%"),
          intervalAbove(`${name}: difference of median rises`, difference, 30, "points"),
        ]),
      ),
    );

    const curves = [...bySeed(severalDeleted(rows, params)).values()].map(errorByNumber);
    const from = (curve: Curve, first: number, last: number) =>
      curve.filter(({ deleted }) => deleted >= first && deleted <= last);
    const e3 = judgeSmoothness(
      errorRisesSmoothly,
      curves.map((curve) => from(curve, 1, curve.length)),
    );
    const e31 = judgeSmoothness(
      errorRisesSmoothlyAtFirst,
      curves.map((curve) => from(curve, 0, (20 / 54) * (curve.length - 1))),
    );
    return [e1, ...e2, e3, e31];
  },

  figures: blockDeletionFigures,

  departures(params) {
    const { residual, vgg, vggWidth } = params;
    return [
      ...(residual === "preactivation-resnet110"
        ? []
        : [`The residual network is ${residual}; the source has 110 layers.`]),
      ...(vggWidth === 64 ? [] : [`${vgg} begins with ${vggWidth} filters instead of 64.`]),
      ...trainingDepartures(params),
      "The plain network of equal depth is a control of ours; the source has the VGG-style network alone.",
      "Layers of the controls that change the shape are not deleted: no identity fits in their place.",
      "Every number of blocks up to all of them is deleted, downsampling blocks included; the source stops at 20 of 54.",
    ];
  },
});

function planOf({ network, steps, seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const width = network.startsWith("vgg") ? params.vggWidth : params.width;
  return planByName(params, { network, width, seed, steps }, images);
}

/** The full route, then one route for each block that can be deleted. */
function singleRoutes(architecture: Architecture): Route[] {
  return [
    fullRoute(architecture),
    ...deletableBlocks(architecture).map((block) => routeWithout(architecture, [block])),
  ];
}

/** A residual block holds two layers, a block of the others one; the stem of residual and plain nets is layer 1. */
function layerOf(block: number, network: string): number {
  if (network.startsWith("vgg")) return block + 1;
  return network.includes("resnet") ? 2 * block + 2 : block + 2;
}

function row(measurement: string, deleted: number, result: RouteResult, intact: RouteResult): Measured {
  return {
    measurement,
    block: null,
    layer: null,
    keeps_shape: null,
    deleted_blocks: deleted,
    draw: null,
    error_percent: 100 * result.topOneError,
    rise_points: 100 * (result.topOneError - intact.topOneError),
    cross_entropy_nats: result.crossEntropy,
    images: result.images,
  };
}

function isMain({ network, steps }: Pick<Cell, "network" | "steps">, params: Parameters): boolean {
  return network === params.residual && steps === params.steps;
}

/** Mean error (%) by number of deleted blocks, ascending. */
type Curve = readonly { readonly deleted: number; readonly error: number }[];

/** One seed's curve: means over its draws. */
function errorByNumber(rows: readonly Result[]): Curve {
  return ascending(rows.map(({ deleted_blocks }) => deleted_blocks)).map((deleted) => ({
    deleted,
    error: mean(
      rows.filter(({ deleted_blocks }) => deleted_blocks === deleted).map(({ error_percent }) => error_percent),
    ),
  }));
}

/** Judges the curves of all seeds by their rank correlation and their largest step. */
function judgeSmoothness(claim: Claim, curves: readonly Curve[]): Judgement {
  const correlation = bootstrapInterval(curves.map(correlationOf));
  return judge(claim, correlation, [
    intervalAbove("Spearman's correlation", correlation, 0.9, ""),
    atMost("largest step between neighbours, in any seed,", Math.max(...curves.map(largestStepOf)), 35, "points"),
  ]);
}

function correlationOf(curve: Curve): number {
  return spearmanOrZero(
    curve.map(({ deleted }) => deleted),
    curve.map(({ error }) => error),
  );
}

function largestStepOf(curve: Curve): number {
  return curve.slice(1).reduce((most, { error }, i) => Math.max(most, Math.abs(error - curve[i]!.error)), 0);
}
