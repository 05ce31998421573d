/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import normalisation from "../../experiments/batch-normalisation";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "batch-normalisation-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof normalisation.verdicts>[0];
type Result = Rows[number];
const params = { mostSteps: 400, targetLoss: 0.1 } as ParameterValues<typeof normalisation.parameters>;

const nothing = {
  ...{ steps_to_loss: null, steps: null, final_loss_nats: null },
  ...{ layer: null, largest_mean: null, largest_variance_difference: null },
};

/** Steps by rate: with normalisation 100 at 0.1, without it so many at 0.01; each more at its other rate. */
function rowsOf({
  without = (_: number): number | null => 200,
  mean = 1e-7,
  variance = 1e-4,
  seeds = 5,
} = {}): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed): Result[] => {
    const training = (normalised: boolean, learning_rate: number, steps_to_loss: number | null) => ({
      ...{ ...nothing, seed, normalised, learning_rate, measurement: "training" as const, steps_to_loss },
      ...{ steps: steps_to_loss ?? 400, final_loss_nats: 0.1 },
    });
    const moments = (
      measurement: "batch statistics" | "running statistics",
      learning_rate: number,
      factor: number,
    ) => ({
      ...{ ...nothing, seed, normalised: true, learning_rate, measurement, layer: "stage1/block1/normalisation" },
      ...{ largest_mean: factor * mean, largest_variance_difference: factor * variance },
    });
    return [
      training(true, 0.01, 150),
      training(true, 0.1, 90 + 2 * seed),
      training(false, 0.01, without(seed)),
      training(false, 0.1, null),
      moments("batch statistics", 0.1, 1),
      moments("running statistics", 0.1, 1e6),
      moments("batch statistics", 0.01, 1e6),
    ];
  });
}

const judged = (rows: Rows) => normalisation.verdicts(rows, params)[0]!;

test("half the steps, each network at its best rate, and standardised channels reproduce B2 with five seeds", () => {
  const found = judged(rowsOf());
  assert.is(found.claim.id, "B2");
  assert.is(found.verdict, "reproduced");
  assert.ok(Math.abs(found.effect!.estimate - 0.48) < 1e-9); // the mean of 92, 94, ... 100, over 200
  assert.match(found.conditions[0]!.text, /rates 0\.1 with and 0\.01 without/);
  assert.is(judged(rowsOf({ seeds: 4 })).verdict, "inconclusive");
});

test("a network that is as fast without it, a mean and a variance that are off are seen", () => {
  assert.is(judged(rowsOf({ without: () => 110 })).verdict, "partly");
  assert.is(judged(rowsOf({ without: (seed) => 100 + 20 * seed })).verdict, "inconclusive");
  assert.is(judged(rowsOf({ mean: 0.011 })).verdict, "partly");
  assert.is(judged(rowsOf({ variance: 0.021 })).verdict, "partly");
});

test("a training that never reached the loss counts as the longest one, and is told of", () => {
  const found = judged(rowsOf({ without: (seed) => (seed === 1 ? null : 200) }));
  assert.match(found.conditions[0]!.text, /1 without it never reached the loss/);
  assert.ok(Math.abs(found.effect!.estimate - (92 / 400 + (94 + 96 + 98 + 100) / 200) / 5) < 1e-9);
});

test("the figures show steps by rate, and the moments at the best rate", () => {
  const [steps, moments] = normalisation.figures(rowsOf(), params);
  assert.equal(
    steps!.series!.map(({ points }) => points.map(({ x, y }) => [x, y])),
    [
      [
        [0.01, 150],
        [0.1, 96],
      ],
      [
        [0.01, 200],
        [0.1, 400],
      ],
    ],
  );
  const [mean] = moments!.series!;
  assert.ok(Math.abs(mean!.points[0]!.y - 1e-7) < 1e-15); // not that at the other rate
  assert.is(moments!.series!.length, 4);
});

test("a run trains with and without normalisation at smoke scale, and measures moments where it is", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/batch-normalisation.ts",
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
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("batch-normalisation"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.is(of("training").length, 2);
  for (const { largest_mean, largest_variance_difference } of of("batch statistics")) {
    assert.ok(Number(largest_mean) < 0.01 && Number(largest_variance_difference) < 0.02);
  }
  assert.is(of("batch statistics").length, of("running statistics").length);
  assert.ok(of("batch statistics").length > 0);
});

test.run();
