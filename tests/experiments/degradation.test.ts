/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import degradation from "../../experiments/degradation";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "degradation-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof degradation.verdicts>[0];
type Values = ParameterValues<typeof degradation.parameters>;
/** What verdicts and figures look at. */
const params = { residual: "resnet", depths: [56, 20, 32], trainingErrorImages: 5000 } as unknown as Values;

interface Network {
  readonly family: string;
  readonly depth: number;
  readonly seed: number;
}

const nothing = {
  ...{ step: null, state: null, layer: null, gradient_norm: null },
  ...{ training_error_percent: null, training_loss_nats: null, test_error_percent: null },
};

/** Rows as measured: every network's error, a curve of three points, and norms that fall or grow evenly over eleven layers. */
function rowsWith(
  error: (network: Network) => number,
  { seeds = 5, decades = () => 0 }: { seeds?: number; decades?: (network: Network, state: string) => number } = {},
): Rows {
  const networks = Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    ["plain", "resnet"].flatMap((family) => params.depths.map((depth): Network => ({ family, depth, seed }))),
  );
  return networks.flatMap((of): Rows[number][] => {
    const named = { ...nothing, seed: of.seed, network: `${of.family}${of.depth}` };
    const [training_error_percent, test_error_percent] = [error(of), error(of) + 1];
    return [
      {
        ...{ ...named, measurement: "trained", step: 400, training_error_percent, test_error_percent },
        training_loss_nats: 0.1,
      },
      ...[20, 40, 60].map((step) => ({
        ...{ ...named, measurement: "training curve", step, training_error_percent: 50 },
        training_loss_nats: 1 / step,
      })),
      ...["initial", "trained"].flatMap((state) =>
        Array.from({ length: 11 }, (_, i) => ({
          ...{ ...named, measurement: "gradient norm", state, layer: 1 + i },
          gradient_norm: 10 ** ((decades(of, state) * (10 - i)) / 10),
        })),
      ),
    ];
  });
}

function verdicts(rows: Rows): string[] {
  return degradation.verdicts(rows, params).map(({ claim, verdict }) => `${claim.id} ${verdict}`);
}

test("plain nets that err more with depth, and residual ones that do not, reproduce both claims", () => {
  const rows = rowsWith(({ family, depth, seed }) => (family === "plain" ? depth / 10 + seed / 10 : 5 - depth / 50));
  assert.equal(verdicts(rows), ["C5 reproduced", "C5.1 reproduced"]);
  const [c5, more] = degradation.verdicts(rows, params);
  assert.ok(Math.abs(c5!.effect!.estimate - 3.6) < 1e-9); // 56 and 20 layers, though 32 come last
  assert.ok(Math.abs(more!.effect!.estimate - (3.6 + 0.72)) < 1e-9);
  assert.is(c5!.effect!.count, 5);
});

test("where residual networks suffer as well, C5 holds in part, and C5.1 asks which suffer more", () => {
  const both = (plain: number) =>
    rowsWith(({ family, depth, seed }) => depth * (family === "plain" ? plain : 0.1 + seed / 1000));
  assert.equal(verdicts(both(0.5)), ["C5 partly", "C5.1 reproduced"]);
  assert.equal(verdicts(both(0.05)), ["C5 partly", "C5.1 not reproduced"]);
});

test("depth that costs neither anything reproduces nothing; a rise of either sign is no degradation yet", () => {
  assert.equal(verdicts(rowsWith(() => 3)), ["C5 partly", "C5.1 not reproduced"]); // residual-56 is not above residual-20
  const sign = rowsWith(({ family, depth, seed }) => (family === "plain" && depth === 56 ? 5 + (-1) ** seed : 5));
  assert.equal(verdicts(sign), ["C5 inconclusive", "C5.1 inconclusive"]);
});

test("a rise of the residual networks' error counts only if its whole interval is above 0", () => {
  const noisy = (shift: number) =>
    rowsWith(({ family, depth, seed }) => (depth === 56 ? (family === "plain" ? 9 : seed - 3 + shift) : 0));
  assert.is(verdicts(noisy(0.5))[0], "C5 reproduced"); // -1.5 to 2.5
  assert.is(verdicts(noisy(2.5))[0], "C5 partly"); // 0.5 to 4.5
});

test("four seeds are too few", () => {
  const rows = rowsWith(({ family, depth }) => (family === "plain" ? depth / 10 : 1), { seeds: 4 });
  assert.equal(verdicts(rows), ["C5 inconclusive", "C5.1 inconclusive"]);
});

test("figures hold both families over ascending depths, the source's errors, and four curves", () => {
  const figures = degradation.figures(
    rowsWith(({ family, depth }) => (family === "plain" ? depth : 60 - depth)),
    params,
  );
  const named = (id: string) => figures.find((figure) => figure.id === id)!;
  const [plain, residual] = named("training-error-by-depth").series!;
  assert.equal(
    plain!.points.map(({ x, y }) => [x, y]),
    [
      [20, 20],
      [32, 32],
      [56, 56],
    ],
  );
  assert.equal(
    residual!.points.map(({ y }) => y),
    [40, 28, 4],
  );
  const published = named("test-error-by-depth").series!.filter((series) => series.published);
  assert.equal(
    published.map(({ points }) => points.map(({ x, y }) => [x, y])),
    [
      [
        [20, 8.75],
        [32, 7.51],
        [44, 7.17],
        [56, 6.97],
      ],
    ],
  );
  assert.equal(
    named("training-curves").series!.map(({ name, points }) => [name, points.length]),
    ["plain20", "plain56", "resnet20", "resnet56"].map((name) => [name, 3]),
  );
  assert.is(named("gradient-by-layer").series!.length, 4);
});

test("the figures say whether the deep plain net's gradient vanishes, as the rows have it", () => {
  const told = (initial: number, trained: number) => {
    const decades = ({ family, seed }: Network, state: string) =>
      family === "plain" ? (state === "initial" ? initial : trained) + seed / 1000 : 0;
    const figures = degradation.figures(
      rowsWith(() => 1, { decades }),
      params,
    );
    const ratio = figures.find(({ id }) => id === "gradient-ratio-by-depth")!.series![0]!.points[0]!.y;
    if (initial > -300) assert.ok(Math.abs(ratio - (initial + 0.003)) < 1e-9, String(ratio));
    return figures.find(({ id }) => id === "gradient-by-layer")!.numbers!;
  };
  assert.match(told(3, -1), /it does not vanish, so vanishing gradients do not explain/);
  assert.match(told(3, -1), /at initialisation, where it grows\)/);
  assert.match(told(-3, -4), /it vanishes, as that explanation/);
  assert.match(told(0, -3), /whether it vanishes depends on the state/);
  assert.match(told(-400, -400), /it vanishes/); // 10^-400 is no number of a computer's: the norm is 0
});

test("the source's own networks and training differ from it in fewer points", () => {
  const values = { ...params, schedule: "drops", steps: 64_000, meanPool: 1 } as Values;
  assert.is(
    degradation.departures({ ...values, residual: "preactivation-resnet" }).length,
    degradation.departures(values).length + 1,
  );
});

function run(name: string, more: readonly string[]): { status: number | null; stderr: string } {
  const folders = ["--results", join(folder, name, "results"), "--reports", join(folder, name, "reports")];
  const program = ["-r", "./src/cli/register.cjs", "experiments/degradation.ts", "--scale", "smoke", "--workers", "1"];
  return spawnSync(process.execPath, [...program, ...folders, ...more], { cwd: root, encoding: "utf8" });
}

test("a run writes errors, curves and gradient norms of each network, both verdicts, and a report", async () => {
  const { status, stderr } = run("whole", ["--set", "seeds=1", "--set", "steps=40"]);
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "whole", "results")).filter((entry) => entry.startsWith("degradation"));
  const results = join(folder, "whole", "results", name!);
  const rows = await readCsv(join(results, "rows.csv"));
  const of = (measurement: string, network: string) =>
    rows.filter((row) => row.measurement === measurement && row.network === network);
  for (const [network, borders] of [
    ["plain8", [1, 2, 3, 4, 5, 6, 7]], // six blocks of one layer between stem and head
    ["preactivation-resnet8", [1, 3, 5, 7]], // three of two layers
  ] as const) {
    assert.is(of("trained", network).length, 1);
    assert.equal(
      of("training curve", network).map(({ step }) => step),
      ["20", "40"],
    );
    for (const state of ["initial", "trained"]) {
      const norms = of("gradient norm", network).filter((row) => row.state === state);
      assert.equal(
        norms.map(({ layer }) => Number(layer)),
        borders,
      );
      for (const { gradient_norm } of norms) assert.ok(Number(gradient_norm) > 0);
    }
  }
  const claims = await readCsv(join(results, "claims.csv"));
  assert.equal(
    claims.map(({ claim, verdict }) => [claim, verdict]),
    ["C5", "C5.1"].map((claim) => [claim, "not testable here"]), // after so short a training
  );
  const [report] = readdirSync(join(folder, "whole", "reports")).filter((entry) => entry.startsWith("degradation"));
  assert.ok(readFileSync(join(folder, "whole", "reports", report!), "utf8").includes("gradient-by-layer"));
});

test("a single depth is a misuse, and says so", () => {
  const { status, stderr } = run("refused", ["--set", "depths=8"]);
  assert.is(status, 2, stderr);
  assert.match(stderr, /need two depths or more to compare, got 8/);
  assert.not.match(stderr, /\n {4}at /, "a stack trace is shown");
});

test.run();
