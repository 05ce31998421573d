/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import stochasticDepth from "../../experiments/stochastic-depth";
import atTest from "../../experiments/stochastic-depth-at-test";
import { type Experiment, type ParameterValues, resolveParameters } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "stochastic-depth-at-test-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof atTest.verdicts>[0];
type Row = Rows[number];
const params = { residual: "resnet14", routes: 1000 } as ParameterValues<typeof atTest.parameters>;

/** Rows as measured: rises by training, block and seed, the rise of a mean of k routes, and the linear block's difference. */
function rowsWith({
  rise = (trained: Row["trained"], _block: number, _seed: number): number => (trained === "constant depth" ? 5 : 3),
  gap = (k: number, _seed: number): number => 1 / k,
  linear = 1e-7,
  seeds = 5,
}): Rows {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    (["constant depth", "stochastic depth"] as const).flatMap((trained): Row[] => {
      const row = (measurement: Row["measurement"], found: Partial<Row>): Row => ({
        ...{ seed, network: "resnet14", trained, measurement, block: null, keeps_shape: null, routes: null },
        ...{ error_percent: 2, rise_points: 0, cross_entropy_nats: 0.1, divergence_nats: null },
        ...{ relative_difference: null, images: 1000 },
        ...found,
      });
      const deleted = [1, 2, 3].map((block) =>
        row("one deleted", {
          ...{ block: `block${block}`, keeps_shape: block !== 2 },
          rise_points: block === 2 ? 80 : rise(trained, block, seed),
        }),
      );
      const means = [1, 10, 1000].map((routes) =>
        row("random routes", { routes, rise_points: gap(routes, seed), divergence_nats: 1 / routes }),
      );
      const drawn = [...means, row("one linear block", { relative_difference: linear, rise_points: null })];
      return [row("intact", {}), ...deleted, ...(trained === "constant depth" ? [] : drawn)];
    }),
  );
}

test("a smaller mean rise in every seed reproduces D4, over blocks that keep their shape", () => {
  const rise = (trained: Row["trained"], block: number, seed: number) =>
    10 * seed + block - (trained === "stochastic depth" ? 2 : 0);
  const [deletion] = atTest.verdicts(rowsWith({ rise }), params);
  assert.is(deletion!.claim.id, "D4");
  assert.is(deletion!.verdict, "reproduced");
  assert.is(deletion!.effect!.estimate, -2);
});

test("a larger rise does not, and one that is larger in some seeds leaves D4 open", () => {
  const verdictOf = (rise: NonNullable<Parameters<typeof rowsWith>[0]["rise"]>) =>
    atTest.verdicts(rowsWith({ rise }), params)[0]!.verdict;
  assert.is(
    verdictOf((trained) => (trained === "stochastic depth" ? 3 : 2)),
    "not reproduced",
  );
  assert.is(
    verdictOf((trained, _, seed) => (trained === "stochastic depth" ? seed : 2.9)),
    "inconclusive",
  );
});

test("D5 looks at the mean of all routes, however far that of a few is", () => {
  const [, scaling] = atTest.verdicts(rowsWith({ gap: (k, seed) => (k < 1000 ? 40 : 0.1 * (seed - 3)) }), params);
  assert.is(scaling!.claim.id, "D5");
  assert.is(scaling!.verdict, "reproduced");
  assert.ok(Math.abs(scaling!.effect!.estimate) < 1e-12);
});

test("a difference of half a point or more, or a linear block that is not exact, does not reproduce D5", () => {
  const verdictOf = (given: Parameters<typeof rowsWith>[0]) => atTest.verdicts(rowsWith(given), params)[1]!.verdict;
  assert.is(verdictOf({ gap: () => -0.6 }), "partly"); // the linear block is exact
  assert.is(verdictOf({ gap: () => 0.6, linear: 1e-3 }), "not reproduced");
  assert.is(verdictOf({ linear: 1e-3 }), "partly");
  assert.is(verdictOf({ gap: (_, seed) => 0.3 * (seed - 2) }), "inconclusive"); // from -0.3 to 0.9
  assert.is(verdictOf({ seeds: 4 }), "inconclusive");
});

test("figures show both networks by deleted block, and the means by number of routes", () => {
  const [deleted, error, divergence] = atTest.figures(rowsWith({}), params);
  assert.equal(
    deleted!.series!.map(({ name, points }) => [name, points.map(({ y }) => y)]),
    [
      ["constant depth", [5, 80, 5]],
      ["stochastic depth", [3, 80, 3]],
    ],
  );
  assert.equal(
    deleted!.series![0]!.points.map(({ note }) => note === undefined),
    [true, false, true],
  );
  for (const figure of [error!, divergence!]) {
    assert.equal(
      figure.series![0]!.points.map(({ x, y }) => [x, y]),
      [1, 10, 1000].map((k) => [k, 1 / k]),
    );
  }
  assert.equal(
    error!.references!.map(({ y }) => y),
    [0.5, -0.5],
  );
});

test("its networks are those of the study of errors: what both declare, they declare alike, except at the scale standard", () => {
  // There the study of errors asks for training to its end, on small images (claims D3 and E9), and this for the sources' networks.
  for (const scale of ["smoke", "quick", "paper"] as const) {
    const valuesOf = ({ parameters }: Experiment) =>
      new Map(Object.entries(resolveParameters(parameters, { scale, data: "mnist", overrides: {} }).values));
    const others = valuesOf(stochasticDepth);
    const shared = [...valuesOf(atTest)].filter(([name]) => others.has(name));
    assert.ok(shared.length > 12);
    for (const [name, value] of shared) assert.equal(value, others.get(name), `${name} at ${scale}`);
  }
});

test("a run averages 1, 3, 10 and all routes, deletes every block, and finds one linear block exact", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/stochastic-depth-at-test.ts",
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
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.equal(
    of("random routes").map(({ routes }) => Number(routes)),
    [1, 3, 10, 20],
  );
  assert.is(of("one deleted").length, 2 * 3); // two networks of three blocks
  assert.ok(of("random routes").every(({ divergence_nats }) => Number(divergence_nats) > 0));
  assert.ok(of("one linear block").every(({ relative_difference }) => Number(relative_difference) < 1e-5));
  assert.is(of("one linear block").length, 1);
});

test.run();
