/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import odeLearning from "../../experiments/ode-learning";
import type { Cell, Row } from "../../experiments/ode-learning/rows";
import type { Judgement } from "../../src/claims";
import { declaredValue, type ParameterValues } from "../../src/experiment/parameters";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "ode-learning-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof odeLearning.verdicts>[0];
type Result = Row;

/** The parameters of the scale `quick`, with few seeds or many. */
const params = {
  ...Object.fromEntries(
    Object.entries(odeLearning.parameters).map(([name, declared]) => [
      name,
      declaredValue<unknown>(declared as Parameters<typeof declaredValue<unknown>>[0], "quick", "mnist"),
    ]),
  ),
  seeds: [1, 2, 3, 4, 5],
} as unknown as ParameterValues<typeof odeLearning.parameters>;

interface Told {
  /** Error (%) of a cell of an equation as trained; those of the residual network are 1. */
  readonly trained?: (network: string, seed: number, problem: string) => number;
  /** Rise (points) at another step size, as many steps. */
  readonly stepRise?: (factor: number, network: string) => number;
  /** Rise (points) at another depth, the same time in all. */
  readonly depthRise?: (factor: number, network: string) => number;
  readonly seeds?: readonly number[];
}

/** Rows of every cell as it would be measured, with these errors. */
function rowsWith({ trained = () => 2, stepRise = octaves, depthRise = () => 0, seeds = params.seeds }: Told): Rows {
  return (odeLearning.cells({ ...params, seeds }) as Cell[]).flatMap((cell): Result[] => {
    const isResidual = cell.network === params.residual;
    const layers = isResidual ? 15 : params.layers;
    const error = isResidual ? 1 : trained(cell.network, cell.seed, cell.problem);
    const base = (
      measurement: NonNullable<Row["measurement"]>,
      factor: number,
      error_percent: number | null,
    ): Result => ({
      ...cell,
      ...{ measurement, layers, step_factor: factor, input_noise: 0, error_percent },
      ...{ parameters: null, roughness: null, layer_runs: null, training_seconds: null, x: null, y: null },
      ...{ predicted_class: null, label: null, time: null, weight: null },
    });
    const parameters = cell.network === "piecewise linear" ? 800 : 3200;
    return [
      { ...base("as trained", 1, error), parameters, roughness: 0.2, training_seconds: 2 },
      ...params.stepFactors.map((factor) => base("step size", factor, error + stepRise(factor, cell.network))),
      ...params.depthFactors.flatMap((times) =>
        [times, 1 / times].map((factor) => ({
          ...base("depth", factor, error + depthRise(factor, cell.network)),
          layers: layers / factor,
        })),
      ),
      ...params.noises.map((noise) => ({ ...base("input noise", 1, error + noise), input_noise: noise })),
      ...(cell.seed === 1 && cell.network === "piecewise linear"
        ? [{ ...base("region", 1, null), x: 0, y: 0, predicted_class: 1 }]
        : []),
      { ...base("weight", 1, null), time: 0.5, weight: cell.seed },
    ];
  });
}

/** A rise of ten points an octave, in either direction: the critical factors are √2 and its inverse. */
function octaves(factor: number): number {
  return 10 * Math.abs(Math.log2(factor));
}

const verdictsOf = (told: Told) =>
  new Map<string, Judgement>(
    odeLearning.verdicts(rowsWith(told), params).map((judgement) => [judgement.claim.id, judgement]),
  );

test("equal accuracy at either depth with fewer parameters reproduces F4 and F4.1", () => {
  const found = verdictsOf({});
  assert.is(found.get("F4")!.verdict, "reproduced");
  assert.is(found.get("F4")!.conditions.length, 1 + 2 * 5);
  assert.is(found.get("F4")!.effect!.estimate, 0);
  assert.is(found.get("F4.1")!.verdict, "reproduced");
});

test("a gain of two points is no equal accuracy, but no loss", () => {
  const found = verdictsOf({ trained: (network) => (network === "piecewise linear" ? 1 : 3) });
  assert.is(found.get("F4")!.effect!.estimate, 2);
  assert.is(found.get("F4")!.verdict, "partly");
  assert.is(found.get("F4.1")!.verdict, "reproduced");
  assert.is(found.get("F4.1")!.effect!.estimate, -2);
});

test("a loss on one problem, or at twice the depth, is found out", () => {
  const onPeaks = verdictsOf({
    trained: (network, _, problem) => (network === "piecewise linear" && problem === "peaks" ? 5 : 2),
  });
  for (const id of ["F4", "F4.1"]) {
    const failing = onPeaks.get(id)!.conditions.filter(({ outcome }) => outcome === "fails");
    assert.is(failing.length, 1);
    assert.match(failing[0]!.text, /accuracy, peaks/);
  }
  const deeper = verdictsOf({ depthRise: (factor) => (factor === 1 / 2 ? 4 : 0) });
  assert.is(deeper.get("F4.1")!.conditions.filter(({ outcome }) => outcome === "fails").length, 5);
  // Free weights are free to lose at twice the depth.
  const free = verdictsOf({ depthRise: (factor, network) => (factor === 1 / 2 && network === "free" ? 40 : 0) });
  assert.is(free.get("F4")!.verdict, "reproduced");
});

test("critical factors are read off the octaves", () => {
  const f5 = verdictsOf({}).get("F5")!;
  assert.is(f5.verdict, "reproduced");
  // Between the factors 1.4 and 2 a line in the octaves: exactly √2.
  assert.ok(Math.abs(f5.effect!.estimate - Math.SQRT2) < 1e-9);
  const [above, below] = f5.conditions;
  assert.match(above!.found, /^1\.41/);
  assert.match(below!.found, /^0\.707/);
});

test("where the error never rises there is no critical factor", () => {
  const f5 = verdictsOf({ stepRise: (factor) => (factor > 1 ? octaves(factor) : 0) }).get("F5")!;
  assert.is(f5.verdict, "partly");
  assert.equal(
    f5.conditions.map(({ outcome }) => outcome),
    ["holds", "fails", "holds", "fails"],
  );
  const never = verdictsOf({ stepRise: () => 0 }).get("F5")!;
  assert.is(never.verdict, "not reproduced");
  assert.is(never.effect!.estimate, Math.max(...params.stepFactors));
});

test("F5.1 looks at finer steps of the residual network alone", () => {
  const coarse = verdictsOf({ depthRise: (factor) => (factor > 1 ? 50 : 0.5) }).get("F5.1")!;
  assert.is(coarse.verdict, "reproduced");
  assert.is(coarse.effect!.estimate, 0.5);
  const fine = verdictsOf({ depthRise: (factor, network) => (factor === 1 / 8 && network !== "free" ? 3 : 0) });
  assert.is(fine.get("F5.1")!.verdict, "not reproduced");
  const others = verdictsOf({ depthRise: (_, network) => (network === params.residual ? 0 : 30) });
  assert.is(others.get("F5.1")!.verdict, "reproduced");
});

test("four seeds are too few", () => {
  for (const { verdict } of verdictsOf({ seeds: [1, 2, 3, 4] }).values()) assert.is(verdict, "inconclusive");
});

test("cells come seed by seed, each once, and settings that do not fit are refused", () => {
  const cells = odeLearning.cells(params);
  assert.is(new Set(cells.map((cell) => JSON.stringify(cell))).size, cells.length);
  assert.is(cells.length, 5 * (5 * 4 + 1));
  assert.equal(
    cells.map(({ seed }) => seed),
    cells.map(({ seed }) => seed).sort((one, other) => one - other),
  );
  for (const wrong of [{ levels: 6 }, { layers: 30 }, { knots: 32 }, { depthFactors: [4] }]) {
    assert.throws(() => odeLearning.cells({ ...params, ...wrong }), RangeError, JSON.stringify(wrong));
  }
});

test("every claim has a figure that shows it, and every figure draws something", () => {
  const figures = odeLearning.figures(rowsWith({}), params);
  const shown = new Set(figures.flatMap(({ claims = [] }) => claims));
  assert.equal([...shown].sort(), ["F4", "F4.1", "F5", "F5.1"]);
  for (const { id, series, matrix } of figures) {
    if (series !== undefined)
      assert.ok(
        series.every(({ points }) => points.length > 0),
        id,
      );
    else
      assert.ok(
        matrix!.values.flat().some((value) => value !== null),
        id,
      );
  }
});

test("a run writes rows, verdicts and the report", () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const settings = ["seeds=1", "flowSteps=6", "steps=4", "points=40", "testPoints=40", "testImages=20"];
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...["-r", "./src/cli/register.cjs", "experiments/ode-learning.ts", "--scale", "smoke", "--workers", "1"],
      ...settings.flatMap((given) => ["--set", given]),
      ...folders,
    ],
    { cwd: root, encoding: "utf8" },
  );
  assert.is(status, 0, stderr);
  const run = readdirSync(join(folder, "results")).find((entry) => entry.startsWith("ode-learning"))!;
  assert.equal(readdirSync(join(folder, "results", run, "thumbnails")).sort(), [
    "F4.1.svg",
    "F4.svg",
    "F5.1.svg",
    "F5.svg",
  ]);
  const report = readdirSync(join(folder, "reports")).find((entry) => entry.startsWith("ode-learning"))!;
  assert.ok(readFileSync(join(folder, "reports", report), "utf8").includes("error-by-step-size"));
});

test("the run's table has the same numbers of both networks' kinds", async () => {
  const run = readdirSync(join(folder, "results")).find((entry) => entry.startsWith("ode-learning"))!;
  const rows = await readCsv(join(folder, "results", run, "rows.csv"));
  const count = (measurement: string, network: string) =>
    rows.filter((row) => row.measurement === measurement && row.network === network).length;
  assert.is(count("as trained", "preactivation-resnet8"), 1);
  assert.is(count("depth", "preactivation-resnet8"), 6);
  assert.is(count("step size", "preactivation-resnet8"), 4);
  assert.is(count("as trained", "free"), 5);
  assert.is(count("input noise", "free"), 25);
  assert.is(count("region", "piecewise linear"), 4 * 25 ** 2);
  assert.is(count("weight", "multi-level"), 4 * 8);
});

test.run();
