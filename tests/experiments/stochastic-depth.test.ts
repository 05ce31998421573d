/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import stochasticDepth from "../../experiments/stochastic-depth";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "stochastic-depth-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof stochasticDepth.verdicts>[0];
type Row = Rows[number];
const params = {
  residual: "resnet14",
  lastSurvival: 0.5,
  uniform: [0.3, 0.8],
  steps: 400,
  seeds: [1, 2, 3, 4, 5],
} as unknown as ParameterValues<typeof stochasticDepth.parameters>;

const nothing = {
  step: null,
  block: null,
  survival_probability: null,
  run_share: null,
  blocks_run: null,
  loss_nats: null,
  error_percent: null,
  images: null,
};

type Cell = { readonly seed: number; readonly schedule: string; readonly last_survival: number };

/** Rows as measured, of networks of N = 6 blocks whatever their names: the schedule, the blocks run and the errors are given. */
function rowsWith({
  survival = (t: number) => 1 - t / 12,
  blocksRun = () => 4.25,
  error,
}: {
  survival?: (t: number) => number;
  blocksRun?: (seed: number) => number;
  error: (cell: Cell) => number;
}): Rows {
  return (stochasticDepth.cells(params) as (Cell & Row)[]).flatMap((cell): Row[] => [
    {
      ...{ ...cell, ...nothing, measurement: "test error", images: 1000 },
      ...{ error_percent: error(cell), blocks_run: blocksRun(cell.seed) },
    },
    { ...cell, ...nothing, measurement: "training loss", step: 20, loss_nats: 1, error_percent: 50, blocks_run: 4 },
    ...[1, 2, 3, 4, 5, 6].map((t) => ({
      ...{ ...cell, ...nothing, measurement: "block" as const, block: t },
      ...{ survival_probability: survival(t), run_share: 0.5 },
    })),
  ]);
}

/** With the error on training images after training at constant depth; stochastic depth may leave a greater one. */
function atTheEnd(rows: Rows, error_percent = 0.5): Rows {
  const last = rows
    .filter(({ measurement }) => measurement === "test error")
    .map((row) => ({
      ...{ ...row, measurement: "training error" as const, blocks_run: null },
      error_percent: row.schedule === "constant" ? error_percent : 20,
    }));
  return [...rows, ...last];
}

const even = ({ seed }: { seed: number }) => 2 + seed / 10;

test("cells are distinct: each schedule and survival probability once a seed", () => {
  const cells = stochasticDepth.cells(params).map((cell) => JSON.stringify(cell));
  assert.is(new Set(cells).size, cells.length);
  assert.is(cells.length, 5 * 4); // constant, linear 0.5, uniform 0.3 and 0.8
});

test("the linear schedule, run as often as it says, reproduces D1", () => {
  const [schedule] = stochasticDepth.verdicts(rowsWith({ error: even }), params);
  assert.is(schedule!.claim.id, "D1");
  assert.is(schedule!.verdict, "reproduced");
  assert.is(schedule!.effect!.estimate, 4.25); // (3 N - 1) / 4
});

test("another schedule, or blocks that run too often for chance, do not reproduce D1", () => {
  const verdictOf = (given: Omit<Parameters<typeof rowsWith>[0], "error">) =>
    stochasticDepth.verdicts(rowsWith({ error: even, ...given }), params)[0]!.verdict;
  assert.is(verdictOf({ survival: (t) => 1 - (t - 1) / 12 }), "not reproduced");
  // Σ p (1 - p) = 161/144, over 5 x 400 mini-batches: 95 % of the means are within 0.0463 of 4.25
  assert.is(verdictOf({ blocksRun: () => 4.25 + 0.046 }), "reproduced");
  assert.is(verdictOf({ blocksRun: () => 4.25 - 0.047 }), "partly");
});

test("a lower error in every seed reproduces D3, paired with the same seed at constant depth", () => {
  const error = (cell: Cell) => 10 * cell.seed - (cell.schedule === "linear" ? 1 : 0); // seeds differ by far more
  const [, errors] = stochasticDepth.verdicts(atTheEnd(rowsWith({ error })), params);
  assert.is(errors!.claim.id, "D3");
  assert.is(errors!.verdict, "reproduced");
  assert.is(errors!.effect!.estimate, -1);
});

test("an error that is not lower does not reproduce D3", () => {
  const rows = rowsWith({ error: () => 5 });
  const [, errors] = stochasticDepth.verdicts(atTheEnd(rows), params);
  assert.is(errors!.verdict, "not reproduced");
  const [, early] = stochasticDepth.verdicts(atTheEnd(rows, 1.01), params);
  assert.is(early!.verdict, "not testable here");
  assert.match(
    early!.reason,
    /errs on 1.01 % of its training images; the claim asks for at most 1 %: train longer, or on fewer images, e\.g\. --set steps=2000\.$/,
  );
  const [, untold] = stochasticDepth.verdicts(rows, params);
  assert.is(untold!.verdict, "not testable here");
  assert.match(untold!.reason, /cannot be told from this run/);
});

test("four seeds are too few for D3", () => {
  const rows = rowsWith({ error: ({ schedule, seed }) => seed - (schedule === "linear" ? 1 : 0) });
  const [, errors] = stochasticDepth.verdicts(
    atTheEnd(rows).filter(({ seed }) => seed < 5),
    params,
  );
  assert.is(errors!.verdict, "inconclusive");
});

test("figures set the sweep beside the source's, as differences from constant depth", () => {
  const rows = rowsWith({
    error: ({ schedule, last_survival, seed }) => seed + (schedule === "constant" ? 0 : 1 - last_survival),
  });
  const figures = new Map(stochasticDepth.figures(rows, params).map((figure) => [figure.id, figure]));
  const sweep = figures.get("error-by-survival")!;
  const points = (name: string) =>
    sweep.series!.find((series) => series.name === name)!.points.map(({ x, y }) => [x, Math.round(100 * y) / 100]);
  assert.equal(points("linear"), [[0.5, 0.5]]);
  assert.equal(points("uniform"), [
    [0.3, 0.7],
    [0.8, 0.2],
  ]);
  const paper = sweep.series!.filter(({ published }) => published);
  assert.is(paper.length, 2);
  assert.ok(paper.every(({ points: of }) => of.at(-1)!.x === 1 && of.at(-1)!.y === 0)); // survival 1 is constant depth
  assert.equal(points("Huang et al. 2016, linear, ResNet-110, CIFAR-10")[4], [0.5, -1.18]); // 5.23 less 6.41
  const [ran, survival] = figures.get("share-by-block")!.series!;
  assert.is(ran!.points.length, 6);
  const { x, y } = survival!.points.at(-1)!;
  assert.equal([x, y], [6, 0.5]);
  assert.equal(
    figures.get("loss-by-step")!.series!.map(({ name }) => name),
    ["constant depth", "linear, p_N = 0.5"],
  );
});

test("a run measures the blocks that really ran: those of the routes that the training drew", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/stochastic-depth.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  const { status, stderr } = spawnSync(process.execPath, [...program, ...folders, "--seeds", "1"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("stochastic-depth"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const whole = rows.filter(({ measurement }) => measurement === "test error");
  assert.is(whole.length, 3); // constant, linear 0.5, uniform 0.5
  for (const { schedule, blocks_run } of whole) {
    const blocks = rows.filter((row) => row.measurement === "block" && row.schedule === schedule);
    const shares = blocks.reduce((sum, { run_share }) => sum + Number(run_share), 0);
    assert.ok(Math.abs(shares - Number(blocks_run)) < 1e-9, `${schedule}: ${shares} and ${blocks_run}`);
    if (schedule === "constant") assert.is(Number(blocks_run), blocks.length);
    else assert.ok(Number(blocks_run) < blocks.length);
  }
  const onTraining = rows.filter(({ measurement }) => measurement === "training error");
  assert.equal(
    onTraining.map(({ schedule, images }) => [schedule, images]),
    [
      ["constant", "200"],
      ["linear", "200"],
      ["uniform", "200"],
    ],
  );
  for (const { error_percent } of onTraining) assert.ok(Number(error_percent) > 0 && Number(error_percent) <= 100);
  const claims = await readCsv(join(folder, "results", name!, "claims.csv"));
  assert.equal(
    claims.map(({ claim }) => claim),
    ["D1", "D3"],
  );
  const [report] = readdirSync(join(folder, "reports")).filter((entry) => entry.startsWith("stochastic-depth"));
  assert.ok(readFileSync(join(folder, "reports", report!), "utf8").includes("error-by-survival"));
});

test.run();
