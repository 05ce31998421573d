/**
 * The lecture's wrong and loose statements, each counted or measured.
 *
 * Networks, layers and paths are built and counted; gradients, sums and activations of untrained networks are measured; and
 * blocks are deleted from a residual network after a short training. Each claim has the lecture's wording and is judged as
 * it stands: "not reproduced" says that the lecture errs. Dates and interpretations are cited.
 *
 * Source: the lecture, against the papers it draws on. Claims H1 to H23 (src/claims/audit.ts).
 */
import { auditClaims, citedCorrections, claimOf } from "../src/claims";
import { takeAtMost } from "../src/data";
import {
  column,
  count,
  experiment,
  type Judged,
  judge,
  type Measuring,
  poolingDepartures,
  type RowOf,
  type Rows,
  text,
  trainingParameters,
} from "../src/experiment";
import { fullRoute, keepsShape } from "../src/networks";
import { deletableBlocks, routeWithout, sampleBlocks } from "../src/routes";
import { mean, median, quantity as said } from "../src/statistics";
import { planByName } from "../src/training";
import { audited, type Check, relations } from "./audit/check";
import { countedChecks } from "./audit/counted";
import { datesByEvent } from "./audit/dates";
import { measuredChecks } from "./audit/measured";

const columns = {
  subject: column.oneOf("what is counted or measured on", ["counts", "untrained networks", "deletion"]),
  claim: column.oneOf("claim", audited),
  quantity: column.text("what is counted or measured"),
  unit: column.text("unit of both values"),
  relation: column.oneOf("how the value found must stand to the lecture's", relations),
  lecture_value: column.number("value that the lecture's wording implies"),
  found_value: column.number("value counted or measured"),
};
/** Counts are the same for every seed. */
type Cell = {
  readonly seed: number;
  readonly subject: "counts" | "untrained networks" | "deletion";
};
type Row = RowOf<typeof columns, Cell>;

export default experiment("audit", {
  title: "What the lecture says, and what is so",
  question: "Which statements of the lecture are wrong or loose, and by which count or measurement?",
  source: "the lecture, against the papers it draws on (each claim names its own)",
  parameters: {
    ...trainingParameters,
    residual: text("residual network from which blocks are deleted", {
      smoke: "preactivation-resnet14",
      quick: "preactivation-resnet20",
      paper: "preactivation-resnet110",
    }),
    width: count("filters of its first stage", { smoke: 4, quick: 8, paper: 16 }),
    steps: count("its training", { smoke: 20, quick: 150, paper: 64_000 }, { unit: "mini-batches" }),
    testImages: count("test images", { smoke: 200, quick: 1000, paper: 10_000 }),
    samples: count("random halves of its blocks that are deleted", { smoke: 3, quick: 20, paper: 50 }),
  },
  columns,
  cells: ({ seeds }) =>
    seeds.flatMap((seed, i): Cell[] => [
      ...(i === 0 ? [{ seed, subject: "counts" } as const] : []),
      { seed, subject: "untrained networks" },
      { seed, subject: "deletion" },
    ]),

  network: ({ seed, subject }, params, images) =>
    subject === "deletion"
      ? planByName(params, { network: params.residual, width: params.width, seed, steps: params.steps }, images)
      : null,

  async measure(run, { seed, subject }, { testImages, samples }) {
    if (subject === "deletion") return deletionRows(run, testImages, samples);
    const checks = subject === "counts" ? countedChecks : measuredChecks;
    const rows = [];
    for (const [done, check] of checks.entries()) {
      await run.progress(subject, done, checks.length);
      rows.push(rowOf(check, check.found(seed)));
    }
    return rows;
  },

  claims: Object.fromEntries(audited.map((claim) => [claim, (rows: Rows<Row>) => asItStands(rows.where({ claim }))])),

  figures(rows) {
    const own = auditClaims.map(({ id }) => rows.where({ claim: id })).filter(({ length }) => length > 0);
    const numbered = own.flatMap((of) =>
      of.distinct("quantity").map((quantity, i) => ({ i, rows: of.where({ quantity }) })),
    );
    const most = Math.max(0, ...own.map((of) => of.distinct("quantity").length));
    const ids = own.map(([first]) => first!.claim!);
    return [
      {
        id: "found-over-stated",
        claims: ids,
        title: "Values found, over those that the lecture states",
        caption:
          "At 1 the two are equal; the conditions of each claim, in whose order its numbers are counted, say on which side " +
          "the wording holds. Numbers that are 0 in the lecture are left out.",
        x: { column: "claim", categories: ids },
        y: {
          value: ({ found_value, lecture_value }) => found_value! / lecture_value!,
          label: "value found / the lecture's value",
          scale: "log",
        },
        series: Array.from({ length: most }, (_, place) => ({
          name: `number ${place + 1}`,
          rows: numbered
            .filter(({ i }) => i === place)
            .flatMap((number) => number.rows.where(({ lecture_value }) => lecture_value !== 0)),
        })),
        note: bothWordings,
        references: [{ y: 1, label: "as the lecture says" }],
      },
      datesByEvent(),
    ];
  },

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

/** Rise of the test error without one block, of either kind, and without random halves of those that keep their shape. */
async function deletionRows(run: Measuring, testImages: number, samples: number) {
  const { architecture, test, evaluate } = await run.trained();
  const [keeps, blocks] = [keepsShape(architecture), deletableBlocks(architecture)];
  const ordinary = blocks.filter((block) => keeps[block]);
  const halves = Array.from({ length: samples }, (_, sample) =>
    sampleBlocks(ordinary, Math.floor(ordinary.length / 2), run.random("deleted half", sample)),
  );
  const deleted = [...blocks.map((block) => [block]), ...halves].map((set) => routeWithout(architecture, set));
  const images = takeAtMost(test, testImages);
  const [intact, ...lesioned] = await evaluate([fullRoute(architecture), ...deleted], images, "deleting blocks");
  const rises = lesioned.map(({ topOneError }) => 100 * (topOneError - intact!.topOneError));
  const single = (kept: boolean) => blocks.flatMap((block, i) => (keeps[block] === kept ? rises[i]! : []));
  const row = (quantity: string, found: number) =>
    rowOf({ claim: "H6", quantity, unit: "points", lecture: ["below", 5] }, found);
  return [
    row("rise without one block that keeps its shape, median,", median(single(true))),
    row("rise without one block that halves the image, mean,", mean(single(false))),
    row("rise without half of the blocks, mean,", mean(rises.slice(blocks.length))),
  ];
}

function rowOf({ claim, quantity, unit, lecture }: Omit<Check, "found">, found: number) {
  const [relation, lecture_value] = lecture;
  return { claim, quantity, unit, relation, lecture_value, found_value: found };
}

/** The lecture's wording by the numbers that it implies. The first is the effect, of those that vary with the seed if any do. */
function asItStands(rows: Rows<Row>): Judged | null {
  const quantities = rows.distinct("quantity").map((quantity) => rows.where({ quantity }));
  const effect = quantities.find(([first]) => first!.subject !== "counts") ?? quantities[0];
  if (effect === undefined) return null;
  return quantities.reduce(
    (judged, own) => {
      const { quantity, unit, relation, lecture_value } = own[0]!;
      const number = judged.of(quantity!, own.interval("found_value"), unit!);
      return number[conditions[relation!]](lecture_value!);
    },
    judge(effect.interval("found_value")),
  );
}

const conditions = {
  exactly: "exactly",
  "at most": "atMost",
  "at least": "atLeast",
  below: "below",
  above: "above",
} as const;

function bothWordings({ claim, unit, relation, lecture_value, found_value }: Row): string {
  const { statement, paperValue } = claimOf(claim!);
  const numbers = `${relation} ${said(lecture_value!, unit!)}, found ${said(found_value!, unit!)}`;
  return `The lecture: ${statement} (${numbers}). So is: ${paperValue}.`;
}
