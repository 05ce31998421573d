/**
 * What the lecture says, and what is so: its wrong and loose statements, each counted or measured.
 *
 * Networks, layers and paths are built and counted; others are drawn and their gradients, sums and activations measured; and
 * a residual network is trained briefly to delete blocks from. Each claim has the lecture's wording and is judged as it
 * stands, so that "not reproduced" says that the lecture errs; what its sources say stands beside it. Dates and
 * interpretations are cited.
 *
 * Source: the lecture, against the papers it draws on. Claims H1 to H23 (src/claims/audit.ts).
 */
import {
  atLeast,
  atMost,
  auditClaims,
  type Claim,
  type Condition,
  citedCorrections,
  exactly,
  intervalAbove,
  intervalBelow,
  type Judgement,
  judge,
} from "../src/claims";
import { digitShape, type ImageShape, takeAtMost } from "../src/data";
import {
  type CellRun,
  count,
  experiment,
  type ParameterValues,
  poolingDepartures,
  type Row,
  type Setting,
  text,
  trainingParameters,
} from "../src/experiment";
import { disposeNetwork, fullRoute, keepsShape, multiplyAccumulates } from "../src/networks";
import { randomStream } from "../src/random";
import { cellOptions, deletableBlocks, evaluate, routeWithout, sampleBlocks } from "../src/routes";
import { bootstrapInterval, mean, median, perSeed } from "../src/statistics";
import { beginStudy, planByName, type TrainingPlan } from "../src/training";
import type { Check, Relation } from "./audit/check";
import { countedChecks } from "./audit/counted";
import { measuredChecks } from "./audit/measured";
import { auditFigures } from "./figures/audit";

const parameters = {
  ...trainingParameters,
  residual: text("residual network from which blocks are deleted", {
    smoke: "preactivation-resnet14",
    quick: "preactivation-resnet20",
    paper: "preactivation-resnet110",
  }),
  width: count("filters of its first stage", { smoke: 4, quick: 8, paper: 16 }),
  steps: count("its training", { smoke: 20, quick: 150, paper: 64_000 }, { unit: "mini-batches" }),
  testImages: count("test images", { smoke: 200, quick: 1000, paper: 10_000 }),
  draws: count("random halves of its blocks that are deleted", { smoke: 3, quick: 20, paper: 50 }),
};

export type Parameters = ParameterValues<typeof parameters>;

interface Cell extends Setting {
  /** What is alike for every seed, what is drawn, or what is trained and then deleted. */
  readonly subject: "counts" | "drawn networks" | "deletion";
}

interface Measured extends Row {
  readonly claim: string;
  readonly quantity: string;
  readonly unit: string;
  readonly relation: Relation;
  readonly lecture_value: number;
  readonly found_value: number;
}

export type Result = Cell & Measured;

export default experiment({
  name: "audit",
  title: "What the lecture says, and what is so",
  question: "Which statements of the lecture are wrong or loose, and by which count or figure?",
  source: "the lecture, against the papers it draws on (each claim names its own)",
  claims: auditClaims,
  parameters,
  columns: {
    seed: "seed of weights, inputs, order of images and draws",
    subject: "counts (alike for every seed), drawn networks, or deletion (from a trained network)",
    claim: "the claim that the number belongs to",
    quantity: "what is counted or measured",
    unit: "unit of both values",
    relation:
      "how the found value is to stand to the lecture's for its wording to hold; below and above: with its whole interval",
    lecture_value: "what the lecture's wording makes of it",
    found_value: "what was counted or measured",
  },

  cells: ({ seeds: seedNumbers }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed, i): Cell[] => [
      ...(i === 0 ? [{ seed, subject: "counts" } as const] : []),
      { seed, subject: "drawn networks" },
      { seed, subject: "deletion" },
    ]),

  trains: (cell, params, images) => (cell.subject === "deletion" ? planOf(cell, params, images) : null),

  work(cell, params) {
    if (cell.subject !== "deletion") return 5e10;
    const { architecture } = planOf(cell, params, digitShape);
    return multiplyAccumulates(architecture) * params.testImages * (architecture.blocks.length + params.draws);
  },

  relevant({ subject }, { seeds, ...others }) {
    return subject === "deletion" ? others : {};
  },

  async measure(cell, params, run) {
    if (cell.subject === "deletion") return deletionRows(cell, params, run);
    const checks = cell.subject === "counts" ? countedChecks : measuredChecks;
    return checks.map((check, done) => {
      run.progress({ phase: cell.subject, done, total: checks.length });
      run.signal.throwIfAborted();
      return row(check, check.found(cell.seed));
    });
  },

  verdicts(rows) {
    return auditClaims.flatMap((claim) => judgeAsItStands(claim, rows));
  },

  figures: auditFigures,

  departures: ({ residual, width, steps, testImages, meanPool }) => [
    `Blocks are deleted from ${residual} with ${width} filters after ${steps} mini-batches, on ${testImages} test ` +
      "images; E1 and E3 do so on networks nearer to the source's.",
    ...poolingDepartures(meanPool),
    "Networks of H1, H2, H4 and H23 are as they are at initialisation; the lecture speaks of networks in training.",
    "What the lecture says without a number is given one before it is judged (the rule of each claim): far fewer and " +
      "drastic are a factor of two, as in A7.",
    ...citedCorrections
      .filter(({ years }) => years === undefined)
      .map(({ lecture, correction, source }) => `Cited, not measured: "${lecture}" ${correction} (${source})`),
  ],
});

/** The rise of the error that deleting blocks of a trained network brings, three ways. */
async function deletionRows(cell: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const { network, test, channelStatistics } = await beginStudy(run, (images) => planOf(cell, params, images));
  const { architecture } = network;
  try {
    const keeps = keepsShape(architecture);
    const blocks = deletableBlocks(architecture);
    const ordinary = blocks.filter((block) => keeps[block]);
    const halves = Array.from({ length: params.draws }, (_, draw) =>
      sampleBlocks(ordinary, Math.floor(ordinary.length / 2), randomStream(cell.seed, "deleted half", draw)),
    );
    const deleted = [...blocks.map((block) => [block]), ...halves];
    const routes = [fullRoute(architecture), ...deleted.map((set) => routeWithout(architecture, set))];
    const images = takeAtMost(test, params.testImages);
    const [intact, ...lesioned] = await evaluate(
      network,
      routes,
      images,
      cellOptions(run, channelStatistics, "deleting blocks"),
    );
    const rises = lesioned.map(({ topOneError }) => 100 * (topOneError - intact!.topOneError));
    const singles = blocks.map((block, i) => ({ keeps: keeps[block]!, rise: rises[i]! }));
    const risesOf = (kept: boolean) => singles.filter((single) => single.keeps === kept).map(({ rise }) => rise);
    return [
      deletionRow("rise without one block that keeps its shape, median,", median(risesOf(true))),
      deletionRow("rise without one block that halves the image, mean,", mean(risesOf(false))),
      deletionRow("rise without half of the blocks, mean,", mean(rises.slice(blocks.length))),
    ];
  } finally {
    disposeNetwork(network);
  }
}

function deletionRow(quantity: string, found: number): Measured {
  return row({ claim: "H6", quantity, unit: "points", lecture: ["below", 5] }, found);
}

function row({ claim, quantity, unit, lecture }: Omit<Check, "found">, found: number): Measured {
  const [relation, lecture_value] = lecture;
  return { claim, quantity, unit, relation, lecture_value, found_value: found };
}

function planOf({ seed }: Cell, params: Parameters, images: ImageShape): TrainingPlan {
  const { residual, width, steps } = params;
  return planByName(params, { network: residual, width, seed, steps }, images);
}

/** The lecture's wording by the numbers that it implies, of which the first is the effect. */
function judgeAsItStands(claim: Claim, rows: readonly Result[]): Judgement[] {
  const own = rows.filter((found) => found.claim === claim.id);
  const quantities = [...new Set(own.map(({ quantity }) => quantity))];
  const effects = quantities.map((quantity) => {
    const some = own.filter((found) => found.quantity === quantity);
    return { first: some[0]!, interval: bootstrapInterval(perSeed(some, ({ found_value }) => found_value)) };
  });
  // What is counted has one seed; where a claim has both, its effect is drawn.
  const effect = effects.find(({ first }) => first.subject !== "counts") ?? effects[0];
  return effect === undefined ? [] : [judge(claim, effect.interval, effects.map(conditionOf))];
}

function conditionOf({ first, interval }: { first: Result; interval: Judgement["effect"] }): Condition {
  const { quantity, unit, relation, lecture_value: stated } = first;
  switch (relation) {
    case "exactly":
      return exactly(quantity, interval.estimate, stated, unit);
    case "at most":
      return atMost(quantity, interval.estimate, stated, unit);
    case "at least":
      return atLeast(quantity, interval.estimate, stated, unit);
    case "below":
      return intervalBelow(quantity, interval, stated, unit);
    case "above":
      return intervalAbove(quantity, interval, stated, unit);
  }
}
