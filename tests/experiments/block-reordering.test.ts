/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import blockReordering from "../../experiments/block-reordering";
import type { ParameterValues } from "../../src/experiment";
import { buildByName, registerArchitecture } from "../../src/networks";
import { randomStream } from "../../src/random";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "block-reordering-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof blockReordering.verdicts>[0];
/** What verdicts and figures look at: the names of the two networks. */
const params = { residual: "resnet20", plain: "plain20" } as ParameterValues<typeof blockReordering.parameters>;

/** Rows as measured: for each network and seed eleven orders, whose tau falls from 1 to 0.5. */
function rowsWith(error: (network: string, tau: number, seed: number) => number, seeds = 5): Rows {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    [params.residual, params.plain].flatMap((network) =>
      Array.from({ length: 11 }, (_, place) => {
        const tau = 1 - 0.05 * place;
        const error_percent = error(network, tau, seed);
        return {
          ...{ seed, network, permutation: place + 1, inversions: place, tau, error_percent },
          ...{ rise_points: error_percent - error(network, 1, seed), cross_entropy_nats: 1, images: 1000 },
        };
      }),
    ),
  );
}

test("an error that rises whenever order is lost reproduces E4, whatever the plain net does", () => {
  const rows = rowsWith((network, tau, seed) => (network === "resnet20" ? 2 + seed + 100 * (1 - tau) : 90));
  const [judgement, ...others] = blockReordering.verdicts(rows, params);
  assert.is(others.length, 0);
  assert.is(judgement!.claim.id, "E4");
  assert.is(judgement!.verdict, "reproduced");
  assert.is(judgement!.effect!.estimate, -1);
  assert.is(judgement!.effect!.count, 5);
});

test("an error that falls with lost order, or heeds it not at all, does not", () => {
  const falling = rowsWith((_, tau) => 10 * tau);
  assert.is(blockReordering.verdicts(falling, params)[0]!.verdict, "not reproduced");
  const flat = blockReordering.verdicts(
    rowsWith(() => 10),
    params,
  )[0]!;
  assert.is(flat.verdict, "not reproduced");
  assert.is(flat.effect!.estimate, 0); // a flat curve has no correlation
  const stream = randomStream(1, "errors without order");
  const noise = rowsWith(() => 10 * stream.uniform());
  assert.is.not(blockReordering.verdicts(noise, params)[0]!.verdict, "reproduced");
});

test("four seeds are too few", () => {
  const rows = rowsWith((_, tau) => 90 * (1 - tau), 4);
  assert.is(blockReordering.verdicts(rows, params)[0]!.verdict, "inconclusive");
});

test("the figure has a line for each network, chance, and both correlations below it", () => {
  const rows = rowsWith((network, tau, seed) => (network === "resnet20" ? seed + 90 * (1 - tau) : 80 + 10 * tau));
  const [figure] = blockReordering.figures(rows, params);
  assert.equal(
    figure!.series!.map(({ name }) => name),
    ["resnet20", "plain20"],
  );
  const [residual, plain] = figure!.series!;
  assert.is(residual!.points.length, 11);
  assert.equal([residual!.points[0]!.x, residual!.points[0]!.y], [1, 3]); // tau 1: the mean over seeds 1 to 5
  assert.is(plain!.points[0]!.y, 90);
  assert.is(residual!.seeds!.length, 5);
  assert.equal(figure!.references, [{ y: 90, label: "chance" }]);
  assert.match(figure!.numbers!, "-1 (resnet20), 1 (plain20)");
  assert.match(figure!.numbers!, "crowd around 0.75"); // the middle of 0.5 and 1
});

test("chance is that of the classes that a custom network tells apart, and its remedy is another network", () => {
  const four = buildByName("resnet8", { inputShape: [8, 8, 3], classes: 4 });
  const residual = registerArchitecture(four, "four-classes-resnet");
  const given = { ...params, residual, steps: 0 } as typeof params;
  const rows = rowsWith((_, tau) => 60 + 10 * (1 - tau)).map((row) => (row.network === "resnet20" ? { ...row, network: residual } : row)); // biome-ignore format: one question
  assert.equal(blockReordering.figures(rows, given)[0]!.references, [{ y: 75, label: "chance" }]);
  assert.match(
    blockReordering.verdicts(rows, given)[0]!.reason,
    /errs on 60 %.* at most 45 %: give a network that errs less/,
  );
  assert.match(
    blockReordering.verdicts(rows, { ...given, steps: 20 })[0]!.reason,
    /: train longer, e\.g\. --set steps=2000/,
  );
});

test("a departure is named for each thing that differs from the source, and the source's own depth is none", () => {
  const values = { ...params, schedule: "drops", steps: 64_000, meanPool: 1 } as typeof params;
  const departures = (residual: string) => blockReordering.departures({ ...values, residual });
  assert.is(departures("preactivation-resnet110").length, departures("resnet20").length - 1);
});

function run(name: string, more: readonly string[]): { status: number | null; stderr: string } {
  const folders = ["--results", join(folder, name, "results"), "--reports", join(folder, name, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/block-reordering.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  return spawnSync(process.execPath, [...program, ...folders, ...more], { cwd: root, encoding: "utf8" });
}

test("a run writes a row for each permutation, evenly over tau, the verdict, and a report", async () => {
  const { status, stderr } = run("whole", ["--set", "seeds=1", "--set", "permutations=6"]);
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "whole", "results")).filter((entry) => entry.startsWith("block-reordering"));
  const results = join(folder, "whole", "results", name!);
  const rows = await readCsv(join(results, "rows.csv"));
  const column = (network: string, key: string) =>
    rows.filter((row) => row.network === network).map((row) => Number(row[key]));
  assert.equal(column("preactivation-resnet20", "inversions"), [0, 1, 2, 3, 4, 5]); // stages of 3, 2 and 2: 3 + 1 + 1
  assert.equal(column("plain20", "inversions"), [0, 7, 14, 21, 28, 35]); // stages of 6, 5 and 5: 15 + 10 + 10
  column("preactivation-resnet20", "tau").forEach((tau, i) => {
    assert.ok(Math.abs(tau - (1 - (2 * i) / 36)) < 1e-12); // nine blocks: 36 pairs
  });
  assert.is(column("plain20", "rise_points")[0], 0);
  const [claim] = await readCsv(join(results, "claims.csv"));
  assert.equal([claim!.claim, claim!.verdict], ["E4", "not testable here"]); // after so short a training
  const [report] = readdirSync(join(folder, "whole", "reports")).filter((entry) => entry.endsWith(".html"));
  assert.ok(readFileSync(join(folder, "whole", "reports", report!), "utf8").includes("error-by-tau"));
});

test("a network without two blocks to exchange is a misuse, and says so", () => {
  const { status, stderr } = run("refused", ["--set", "residual=resnet8"]);
  assert.is(status, 2, stderr);
  assert.match(stderr, /no two neighbouring blocks of one shape/);
  assert.not.match(stderr, /\n {4}at /, "a stack trace is shown");
});

test.run();
