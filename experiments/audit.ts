/**
 * The lecture's wrong and loose statements, each counted or measured.
 *
 * Networks, layers and paths are built and counted; gradients, sums and activations of untrained networks are measured; and
 * blocks are deleted from a residual network after a short training. Each claim has the lecture's wording and is judged as
 * it stands: correct, imprecise or wrong. Dates and interpretations are cited.
 *
 * Source: the lecture, against the papers it draws on. Claims H1 to H23 (src/claims/audit.ts).
 */
import { auditClaims, citedCorrections, claimOf } from "../src/claims";
import { count, experiment, poolingDepartures, type Rows, text, trainingParameters } from "../src/experiment";
import { quantity as said } from "../src/statistics";
import { planByName } from "../src/training";
import { audited } from "./audit/check";
import { countedChecks } from "./audit/counted";
import { datesByEvent } from "./audit/dates";
import { deletionRows } from "./audit/deletion";
import { measuredChecks } from "./audit/measured";
import { asItStands, type Cell, columns, foundText, type Row, rowOf } from "./audit/rows";

export default experiment("audit", {
  title: "What the lecture says, and what is so",
  question: "Which statements of the lecture are wrong or loose, and by which count or measurement?",
  source:
    "the 2019 lecture, Convolutional Neural Network Architectures, against the papers it draws on (each claim names its own)",
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
  firstLook: { median: "found_value", by: ["claim", "quantity"] },
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

  sentences: Object.fromEntries(audited.map((claim) => [claim, (rows: Rows<Row>) => foundText(rows.where({ claim }))])),

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

function bothWordings({ claim, unit, relation, lecture_value, found_value }: Row): string {
  const { statement, paperValue } = claimOf(claim!);
  const numbers = `${relation} ${said(lecture_value!, unit!)}, found ${said(found_value!, unit!)}`;
  return `The lecture: ${statement} (${numbers}). So is: ${paperValue}.`;
}
