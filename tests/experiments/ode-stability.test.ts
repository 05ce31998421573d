/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import odeStability from "../../experiments/ode-stability";
import type { Cell, Row } from "../../experiments/ode-stability/rows";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "ode-stability-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof odeStability.verdicts>[0];
type Result = Row;
const params = {
  ...{ seeds: [1, 2, 3, 4, 5], planeSteps: 2, raySteps: 2, units: 2, channels: 2 },
  ...{ stepSizes: [0.02, 0.5], depths: [16, 1024], energyStepSizes: [0.1, 0.5], signalDepths: [4, 64] },
} as unknown as ParameterValues<typeof odeStability.parameters>;
const cells = odeStability.cells(params) as Cell[];

const nothing = {
  ...{ step_size: null, depth: null, re: null, im: null, growth: null, worst_growth: null, theory: null },
  ...{ border: null, angle_degrees: null, time: null, energy_error: null },
  ...{ log10_mean_square: null, log10_gradient_square: null },
};

/** Growth of perturbations in long networks, by kind; in short ones all stay as they are. */
const growths: Readonly<Record<string, number>> = {
  free: 30,
  "damped antisymmetric": 0.4,
  antisymmetric: 2.5,
  Hamiltonian: 2.8,
};

/** What a cell measures if theory holds; 2 % from seed to seed. */
function rowsOf(cell: Cell): Result[] {
  const { seed, part, subject } = cell;
  const spread = 1 + 0.01 * (seed - 3);
  const row = (values: Partial<Result>): Result => ({ ...nothing, ...cell, ...values });
  if (part === "growth on the plane") {
    return [-1, 0].flatMap((re) => [-1, 1].map((im) => row({ step_size: 1, re, im, growth: 1.1, theory: 1.1 })));
  }
  if (part === "border of stability") {
    return [0.1, 1].map((h) =>
      row({ step_size: h, angle_degrees: 90, border: (1 + 1e-4 * seed) / h, theory: 1 / h, re: -1, im: 1 }),
    );
  }
  if (part === "perturbations") {
    const grown = [0.02, 0.5].flatMap((step_size) =>
      [16, 1024].map((depth) => {
        const growth = spread * (depth === 16 ? 1 : step_size === 0.5 ? 40 : growths[subject]!);
        return row({ step_size, depth, growth, worst_growth: 3 * growth });
      }),
    );
    const border =
      subject === "damped antisymmetric" ? [row({ depth: 4000, border: 0.06 * spread, theory: 0.06 })] : [];
    return [...grown, row({ step_size: 0.02, depth: 1024, re: -0.1, im: 1 }), ...border];
  }
  if (part === "energy") {
    return [0.1, 0.5].flatMap((step_size) =>
      Array.from({ length: 20 }, (_, i) => {
        const time = 10 * (i + 1);
        const errors: Readonly<Record<string, number>> = {
          "forward Euler": (1 + step_size ** 2) ** (time / step_size) - 1,
          RK4: step_size ** 5 * time,
          Verlet: step_size * spread,
          leapfrog: (step_size ** 2 / 8) * spread,
        };
        return row({ step_size, depth: 200 / step_size, time, energy_error: errors[subject]! });
      }),
    );
  }
  return [4, 64].map((depth) => {
    const h = subject === "step 1" ? 1 : subject === "step 1/N" ? 1 / depth : 1 / Math.sqrt(depth);
    const theory = (1 + h * h) ** depth;
    const log10_mean_square = Math.log10(theory * spread);
    return row({ step_size: h, depth, theory, log10_mean_square, log10_gradient_square: log10_mean_square });
  });
}

const rows = (change: (row: Result) => Partial<Result> = () => ({})): Result[] =>
  cells.flatMap(rowsOf).map((row) => ({ ...row, ...change(row) }) as Result);
const verdicts = (given: Rows) =>
  Object.fromEntries(odeStability.verdicts(given, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("networks that behave as theory says reproduce the claims, but for networks without damping", () => {
  assert.equal(verdicts(rows()), {
    ...{ "C4.1": "reproduced", F1: "reproduced", F2: "reproduced", "F2.1": "not reproduced" },
    ...{ "F2.2": "reproduced", F3: "reproduced", "F3.1": "reproduced" },
  });
  const effects = new Map(
    odeStability.verdicts(rows(), params).map(({ claim, effect }) => [claim.id, effect!.estimate]),
  );
  assert.ok(Math.abs(effects.get("F1")! - 0.03) < 1e-9); // %, the mean of 0.01 to 0.05
  assert.ok(Math.abs(effects.get("F2")! - 0.4) < 1e-3);
  assert.ok(Math.abs(effects.get("F2.1")! - 2.8) < 1e-2);
  assert.ok(Math.abs(effects.get("F2.2")! - 1.2) < 1e-3);
  assert.ok(Math.abs(effects.get("F3")! - 1) < 1e-12);
  assert.ok(Math.abs(effects.get("F3.1")! - 0.95) < 1e-12); // 0.1 over 0.1 / 0.95
});

test("each claim sees what speaks against it", () => {
  const spoilt = (id: string, change: (row: Result) => Partial<Result>) => verdicts(rows(change))[id];
  const beyond = ({ subject, seed, border }: Result) =>
    subject === "forward Euler" && seed === 2 && border !== null ? { border: 1.02 * border } : {};
  assert.is(spoilt("F1", beyond), "not reproduced");
  const grown = ({ subject, depth, growth, step_size }: Result) =>
    subject === "damped antisymmetric" && depth === 1024 && step_size === 0.02 && growth !== null ? { growth: 2 } : {};
  assert.is(spoilt("F2", grown), "partly");
  const misforetold = ({ subject, border }: Result) =>
    subject === "damped antisymmetric" && border !== null ? { border: 2 * border } : {};
  assert.is(spoilt("F2", misforetold), "partly");
  const tame = ({ subject, growth }: Result) => (subject === "free" && growth !== null ? { growth: 9 } : {});
  assert.is(spoilt("F2", tame), "partly"); // no place to look at: the rule has nothing to hold at
  const bounded = ({ subject, step_size, growth }: Result) =>
    /^(antisymmetric|Hamiltonian)$/.test(subject) && step_size === 0.02 && growth !== null ? { growth: 1.2 } : {};
  assert.is(spoilt("F2.1", bounded), "reproduced");
  const drifting = ({ subject, system, time, energy_error }: Result) =>
    subject === "Verlet" && system === "pendulum" && time! > 100 ? { energy_error: 1.3 * energy_error! } : {};
  assert.is(spoilt("F3", drifting), "partly");
  const slowing = ({ subject, system, time, energy_error }: Result) =>
    subject === "forward Euler" && system === "pendulum"
      ? { energy_error: time! > 100 ? 1.2 : Math.min(1, energy_error!) }
      : {};
  assert.is(spoilt("F3", slowing), "partly");
  assert.is(spoilt("F3.1", slowing), "reproduced"); // theory is exact on the oscillator alone
  const swinging = ({ subject, energy_error }: Result) =>
    subject === "Verlet" && energy_error !== null ? { energy_error: 1.1 * energy_error } : {};
  assert.is(spoilt("F3.1", swinging), "partly");
  const inexact = ({ subject, energy_error }: Result) =>
    subject === "forward Euler" && energy_error !== null ? { energy_error: 1.001 * energy_error } : {};
  assert.is(spoilt("F3.1", inexact), "partly");
  const aligned = ({ subject, system, depth, step_size, worst_growth }: Result) =>
    subject === "damped antisymmetric" && system === "dense" && depth === 1024 && step_size === 0.02 && worst_growth
      ? { worst_growth: 2 }
      : {};
  assert.is(spoilt("F2.2", aligned), "partly");
  assert.is(spoilt("F2", aligned), "reproduced");
  const doubled = ({ subject, log10_gradient_square: found }: Result) =>
    subject === "step 1/N" && found !== null ? { log10_gradient_square: found + Math.log10(2) } : {};
  assert.is(spoilt("C4.1", doubled), "partly");
});

test("growth at step sizes beyond the predicted border does not count against damping", () => {
  const wild = ({ step_size, growth }: Result) => (step_size === 0.5 && growth !== null ? { growth: 1000 } : {});
  assert.is(verdicts(rows(wild)).F2, "reproduced");
});

test("the figures show every claim, and theory beside what was measured", () => {
  const figures = odeStability.figures(rows(), params);
  const shown = new Set(figures.flatMap(({ claims = [] }) => claims));
  for (const { id } of odeStability.claims) assert.ok(shown.has(id), id);
  const circle = figures
    .find(({ id }) => id === "borders-of-stability")!
    .series!.find(({ name }) => name.startsWith("theory, forward Euler"))!;
  for (const { x, y } of circle.points) assert.ok(Math.abs(Math.hypot(Number(x) + 1, y) - 1) < 1e-4);
  const map = figures.find(({ id }) => id === "growth-by-step-and-depth-free")!.matrix!;
  assert.equal(
    [map.x, map.y],
    [
      [16, 1024],
      [0.02, 0.5],
    ],
  );
  assert.ok(Math.abs(map.values[0]![1]! - 30) < 0.1);
  const exploding = figures.find(({ id }) => id === "mean-square-by-step-rule")!.series![3]!;
  assert.ok(Math.abs(exploding.points[1]!.y - 64 * Math.log10(2)) < 1e-12);
});

test("an odd width, which has no two halves, is refused before anything is measured", () => {
  assert.throws(() => odeStability.cells({ ...params, units: 3 }), /even number for units, got 3/);
});

test("a run measures every part and needs no data", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/ode-stability.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  const settings = ["seeds=1", "planeCells=6", "rays=3", "borderDepth=200", "depths=8,16", "signalDepths=4"];
  const { status, stderr } = spawnSync(
    process.execPath,
    [...program, ...settings.flatMap((setting) => ["--set", setting]), ...folders],
    { cwd: root, encoding: "utf8" },
  );
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("ode-stability"));
  const measured = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (part: string) => measured.filter((row) => row.part === part);
  assert.is(of("growth on the plane").length, 4 * 36);
  assert.is(of("border of stability").length, 3 * 3 + 2 * 2);
  assert.is(of("perturbations").filter(({ growth }) => growth !== null).length, 3 * 4 * 2 * 2);
  assert.is(of("energy").length, 2 * 4 * 2 * 20);
  assert.is(of("signals").length, 3);
  const claims = await readCsv(join(folder, "results", name!, "claims.csv"));
  assert.equal(
    claims.map(({ claim }) => claim),
    ["C4.1", "F1", "F2", "F2.1", "F2.2", "F3", "F3.1"],
  );
  assert.is(claims[1]!.verdict, "reproduced"); // one seed will do for what is exact
  const [report] = readdirSync(join(folder, "reports")).filter((entry) => entry.startsWith("ode-stability"));
  assert.ok(readFileSync(join(folder, "reports", report!), "utf8").includes("borders-of-stability"));
});

test.run();
