/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import preActivation from "../../experiments/pre-activation";
import type { Row } from "../../experiments/pre-activation/rows";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "pre-activation-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof preActivation.verdicts>[0];
type Values = ParameterValues<typeof preActivation.parameters>;
/** What verdicts and figures look at. */
const params = {
  ...{ depths: [164, 29], memoryDepths: [1001, 29], memoryBatch: 32, finalSteps: 40, recomputeFrom: 1001 },
} as unknown as Values;

const nothing = {
  ...{ step: null, diverged: null, training_loss_nats: null, training_error_percent: null, test_error_percent: null },
  ...{ recomputed: null, step_mebibytes: null, held_mebibytes: null },
};

/** Rows as measured: every training's end and a curve of two points, or null for one that diverged; and memory. */
function rowsWith(loss: (of: Pick<Row, "kind" | "depth" | "seed">) => number | null, seeds = 5): Rows {
  const kinds = ["post-activation", "pre-activation"] as const;
  const trainings = Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    params.depths.flatMap((depth) =>
      kinds.flatMap((kind): Row[] => {
        const cell = { ...nothing, seed, kind, depth, task: "training" as const };
        const found = loss(cell);
        if (found === null) return [{ ...cell, measurement: "trained", step: 7, diverged: true }];
        return [
          {
            ...{ ...cell, measurement: "trained", step: 200, diverged: false, training_loss_nats: found },
            ...{ training_error_percent: 5, test_error_percent: 6 },
          },
          ...[100, 200].map((step) => ({
            ...{
              ...cell,
              measurement: "training curve" as const,
              step,
              training_loss_nats: found,
              training_error_percent: 9,
            },
          })),
        ];
      }),
    ),
  );
  const memory = params.memoryDepths.flatMap((depth) =>
    kinds.flatMap((kind) =>
      [false, true].map(
        (recomputed): Row => ({
          ...{ ...nothing, seed: 1, kind, depth, task: "memory", measurement: "memory", recomputed },
          ...{ step_mebibytes: depth * (recomputed ? 0.25 : 1), held_mebibytes: depth / 10 },
        }),
      ),
    ),
  );
  return [...trainings, ...memory];
}

function verdict(rows: Rows): string {
  return preActivation.verdicts(rows, params)[0]!.verdict;
}

test("post-activation that lags at the largest depth reproduces C7, whatever happens at the least", () => {
  const rows = rowsWith(({ kind, depth, seed }) =>
    depth === 29 ? (kind === "pre-activation" ? 2 : 1) : (kind === "pre-activation" ? 0.1 : 0.6) + seed / 100,
  );
  const [judgement, ...others] = preActivation.verdicts(rows, params);
  assert.is(others.length, 0);
  assert.is(judgement!.claim.id, "C7");
  assert.is(judgement!.verdict, "reproduced");
  assert.ok(Math.abs(judgement!.effect!.estimate - 0.5) < 1e-9);
  assert.is(judgement!.effect!.count, 5);
});

test("a lead of post-activation, or of neither, does not; a lead of either sign leaves it open", () => {
  assert.is(verdict(rowsWith(({ kind }) => (kind === "pre-activation" ? 0.3 : 0.2))), "not reproduced");
  assert.is(verdict(rowsWith(() => 0.2)), "not reproduced");
  assert.is(
    verdict(rowsWith(({ kind, seed }) => (kind === "pre-activation" ? 0.3 : 0.3 + (-1) ** seed / 10))),
    "inconclusive",
  );
});

test("a training that diverged counts with the loss of guessing among ten classes, on either side", () => {
  const fails = (which: string) => rowsWith(({ kind }) => (kind === which ? null : 0.3));
  const [post] = preActivation.verdicts(fails("post-activation"), params);
  assert.is(post!.verdict, "reproduced");
  assert.ok(Math.abs(post!.effect!.estimate - (Math.log(10) - 0.3)) < 1e-9);
  assert.is(verdict(fails("pre-activation")), "not reproduced");
  assert.is(verdict(rowsWith(() => null)), "not reproduced"); // neither trains
});

test("four seeds are too few", () => {
  assert.is(verdict(rowsWith(({ kind }) => (kind === "pre-activation" ? 0.1 : 1), 4)), "inconclusive");
});

test("figures hold both kinds by ascending depth, the source's errors, and the memory both ways", () => {
  const figures = preActivation.figures(
    rowsWith(({ depth }) => depth),
    params,
  );
  const points = (id: string, name: string) =>
    figures
      .find((figure) => figure.id === id)!
      .series!.find((series) => series.name === name)!
      .points.map(({ x, y }) => [x, y]);
  assert.equal(points("final-loss-by-depth", "post-activation"), [
    [29, 29],
    [164, 164],
  ]);
  assert.equal(points("training-curves", "pre-activation, 164 layers"), [
    [100, 164],
    [200, 164],
  ]);
  assert.equal(points("memory-by-depth", "pre-activation, kept"), [
    [29, 29],
    [1001, 1001],
  ]);
  assert.equal(points("memory-by-depth", "post-activation, recomputed"), [
    [29, 7.25],
    [1001, 250.25],
  ]);
  assert.equal(points("test-error-by-depth", "He et al. 2016: pre-activation, CIFAR-10"), [
    [164, 5.46],
    [1001, 4.92],
  ]);
  assert.equal(points("test-error-by-depth", "He et al. 2016: post-activation, CIFAR-10"), [
    [164, 5.93],
    [1001, 7.61],
  ]);
  const memory = figures.find(({ id }) => id === "memory-by-depth")!;
  assert.match(memory.numbers!, "At 1001 layers of pre-activation a step takes 1,001 MiB with activations kept");
  assert.match(memory.numbers!, "4 times less; 100 MiB are held");
});

test("captions say how many trainings diverged, and their figures can be drawn", () => {
  const caption = (rows: Rows) => preActivation.figures(rows, params)[0]!.caption;
  assert.match(caption(rowsWith(() => 1)), "No training diverged.");
  const some = rowsWith(({ kind, depth, seed }) =>
    kind === "post-activation" && depth === 164 && seed < 3 ? null : 1,
  );
  assert.match(caption(some), "Diverged: 2 of 5 with post-activation, 164 layers.");
  const figures = preActivation.figures(
    rowsWith(({ kind }) => (kind === "post-activation" ? null : 1)),
    params,
  );
  assert.equal(figures.find(({ id }) => id === "test-error-by-depth")!.series![0]!.points, []);
});

test("where 1001 layers are trained, the report does not say that they are not", () => {
  const values = { ...params, schedule: "drops", steps: 64_000, meanPool: 1 } as Values;
  assert.is(
    preActivation.departures(values).length,
    preActivation.departures({ ...values, depths: [164, 1001] }).length + 2,
  );
});

function run(name: string, more: readonly string[]): { status: number | null; stderr: string } {
  const folders = ["--results", join(folder, name, "results"), "--reports", join(folder, name, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/pre-activation.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  return spawnSync(process.execPath, [...program, ...folders, ...more], { cwd: root, encoding: "utf8" });
}

async function rowsOf(name: string) {
  const results = join(folder, name, "results");
  const [found] = readdirSync(results).filter((entry) => entry.startsWith("pre-activation"));
  return readCsv(join(results, found!, "rows.csv"));
}

test("a run writes each training and each memory once, its verdict, and a report", async () => {
  const { status, stderr } = run("whole", ["--set", "seeds=1", "--set", "recomputeFrom=20"]);
  assert.is(status, 0, stderr);
  const rows = await rowsOf("whole");
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.equal(
    of("trained").map(({ kind, depth, diverged }) => [kind, depth, diverged]),
    ["11", "20"].flatMap((depth) => ["post-activation", "pre-activation"].map((kind) => [kind, depth, "false"])),
  );
  for (const depth of ["11", "20"]) {
    for (const kind of ["post-activation", "pre-activation"]) {
      const [kept, recomputed] = of("memory")
        .filter((row) => row.kind === kind && row.depth === depth)
        .map(({ step_mebibytes }) => Number(step_mebibytes));
      assert.ok(kept! > recomputed! && recomputed! > 0, `${kind}, ${depth}: ${kept}, ${recomputed}`);
    }
  }
  const [report] = readdirSync(join(folder, "whole", "reports")).filter((entry) => entry.startsWith("pre-activation"));
  assert.ok(readFileSync(join(folder, "whole", "reports", report!), "utf8").includes("memory-by-depth"));
});

test("trainings that diverge are rows, not failures", async () => {
  const steep = ["learningRate=1e30", "seeds=1", "depths=11", "memoryDepths=11", "testImages=20"];
  const { status, stderr } = run(
    "diverged",
    steep.flatMap((given) => ["--set", given]),
  );
  assert.is(status, 0, stderr);
  const trained = (await rowsOf("diverged")).filter(({ measurement }) => measurement === "trained");
  assert.is(trained.length, 2);
  for (const { diverged, step, training_loss_nats } of trained) {
    assert.equal([diverged, training_loss_nats], ["true", null]);
    assert.ok(Number(step) >= 0 && Number(step) < 20);
  }
});

test.run();
