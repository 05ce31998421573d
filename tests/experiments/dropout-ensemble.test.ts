/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import dropoutEnsemble from "../../experiments/dropout-ensemble";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "dropout-ensemble-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof dropoutEnsemble.verdicts>[0];
type Result = Rows[number];
const params = { masks: 1000 } as ParameterValues<typeof dropoutEnsemble.parameters>;

const nothing = {
  ...{ masks: null, error_percent: null, rise_points: null, cross_entropy_nats: null, divergence_nats: null },
  ...{ probability_difference: null, images: null },
};

/** Rows of a network that errs on 3 %, and whose mean over k masks errs on `rise` + 2/k points more, by seed. */
function rowsOf({ rise = (seed: number) => 0.1 * (seed - 3), difference = 1e-8, seeds = 5 } = {}): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed): Result[] => [
    { ...nothing, seed, measurement: "weight scaling", error_percent: 3, rise_points: 0 },
    ...[1, 10, 100, 1000].map((masks) => ({
      ...{
        ...nothing,
        seed,
        measurement: "mean over masks" as const,
        masks,
        error_percent: 3 + rise(seed) + 2 / masks,
      },
      ...{ rise_points: rise(seed) + 2 / masks, divergence_nats: 1 / masks },
    })),
    { ...nothing, seed, measurement: "one linear layer", masks: 4096, probability_difference: difference * seed },
  ]);
}

const verdict = (rows: Rows) => dropoutEnsemble.verdicts(rows, params)[0]!;

test("a mean that errs as the scaled network, and a linear layer to rounding, reproduce B1 with five seeds", () => {
  const found = verdict(rowsOf());
  assert.is(found.claim.id, "B1");
  assert.is(found.verdict, "reproduced");
  assert.ok(Math.abs(found.effect!.estimate - 0.002) < 1e-9); // at 1000 masks, not at fewer
  assert.is(verdict(rowsOf({ seeds: 4 })).verdict, "inconclusive");
});

test("a mean that errs otherwise, one that may, and a layer that is not exact are seen", () => {
  assert.is(verdict(rowsOf({ rise: () => 0.6 })).verdict, "partly");
  assert.is(verdict(rowsOf({ rise: (seed) => 0.4 + 0.1 * (seed - 3) })).verdict, "inconclusive");
  assert.is(verdict(rowsOf({ difference: 3e-6 })).verdict, "partly"); // 1.5e-5 with the fifth seed
});

test("the figures show error and divergence by masks, with the rule's thresholds", () => {
  const [error, divergence] = dropoutEnsemble.figures(rowsOf(), params);
  assert.equal(
    error!.series![0]!.points.map(({ x, y }) => [x, Math.round(1000 * y) / 1000]),
    [
      [1, 2],
      [10, 0.2],
      [100, 0.02],
      [1000, 0.002],
    ],
  );
  assert.equal(
    error!.references!.map(({ y }) => y),
    [0.5, -0.5],
  );
  assert.match(error!.numbers!, /errs on 3 %/);
  assert.is(divergence!.series![0]!.points.length, 4);
});

test("a run trains with dropout and averages masks at smoke scale", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/dropout-ensemble.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  const { status, stderr } = spawnSync(process.execPath, [...program, "--seeds", "1", ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("dropout-ensemble"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  assert.equal(
    rows.map(({ measurement }) => measurement),
    ["weight scaling", ...Array.from({ length: 4 }, () => "mean over masks"), "one linear layer"],
  );
  assert.equal(
    rows.slice(1).map(({ masks }) => Number(masks)),
    [1, 3, 10, 20, 4096],
  );
  assert.ok(Number(rows.at(-1)!.probability_difference) < 1e-5);
  const divergence = (row: (typeof rows)[number]) => Number(row.divergence_nats);
  assert.ok(divergence(rows[4]!) < divergence(rows[1]!)); // the mean of 20 masks is nearer than a single one
});

test.run();
