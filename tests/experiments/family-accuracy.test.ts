/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import familyAccuracy from "../../experiments/family-accuracy";
import { smallNetworks } from "../../experiments/family-accuracy/networks";
import { observeParameters, type ParameterValues, resolveParameters } from "../../src/experiment";
import { readCsv } from "../../src/report";
import { law } from "../property";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "family-accuracy-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof familyAccuracy.verdicts>[0];
type Result = Rows[number];
const params = {} as ParameterValues<typeof familyAccuracy.parameters>;

const names = smallNetworks.map(({ name }) => name);
const places = names.map((_, i) => i + 1);

interface Made {
  /** By network: operations, parameters, and the time (s) of seed 1's middle step. */
  readonly operations?: readonly number[];
  readonly parameters?: readonly number[];
  readonly seconds?: readonly number[];
  readonly seeds?: number;
}

function rowsOf({ operations = places, parameters = [...places].reverse(), seconds = places, seeds = 5 }: Made = {}) {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed): Result[] =>
    seconds.flatMap((time, i): Result[] => {
      const counts = {
        ...{ seed, network: names[i]!, parameters: 1000 * parameters[i]!, multiply_accumulates: 1e6 * operations[i]! },
        step_multiply_accumulates: 384e6 * operations[i]!,
      };
      const nothing = { accuracy_percent: null, loss_nats: null, images: null, step: null, step_seconds: null };
      const untrained = { ...nothing, training_accuracy_percent: null, training_loss_nats: null };
      return [
        {
          ...{ ...counts, ...untrained, trained: names[i]!, measurement: "trained network" },
          ...{ accuracy_percent: 97 + 0.1 * i + 0.01 * seed, training_accuracy_percent: 96, loss_nats: 0.1 },
          ...{ training_loss_nats: 0.2, images: 10_000 },
        },
        // The median is the middle one, the mean is not.
        ...[0.5 * time, time, 9 * time].map((step_seconds, step) => ({
          ...{ ...counts, ...untrained, trained: "none", measurement: "step" as const, step: step + 1 },
          step_seconds: step_seconds * (1 + 0.001 * seed),
        })),
      ];
    }),
  );
}

test("operations that order the times, where parameters do not, reproduce the claim with five seeds", () => {
  const [judgement] = familyAccuracy.verdicts(rowsOf(), params);
  assert.is(judgement!.verdict, "reproduced");
  assert.is(judgement!.effect!.estimate, 1);
  assert.is(familyAccuracy.verdicts(rowsOf({ seeds: 4 }), params)[0]!.verdict, "inconclusive");
});

test("operations that foretell no better than parameters reproduce it in part, and such as mislead not at all", () => {
  const verdict = (made: Made) => familyAccuracy.verdicts(rowsOf(made), params)[0]!.verdict;
  assert.is(verdict({ parameters: places }), "partly");
  assert.is(verdict({ operations: [...places].reverse(), parameters: places }), "not reproduced");
});

test("two networks are too few to be ranked, and rows without steps cannot be told", () => {
  const untold = (rows: Parameters<typeof familyAccuracy.verdicts>[0]) =>
    familyAccuracy.verdicts(rows, params).every(({ effect }) => effect === null);
  assert.ok(untold(rowsOf({ seconds: [1, 2] })));
  const trained = rowsOf().filter(({ measurement }) => measurement === "trained network");
  assert.ok(untold(trained));
  assert.is(familyAccuracy.figures(trained, params).length, 4);
  assert.is(familyAccuracy.figures([], params).length, 4);
});

law(
  "the verdict does not depend on the unit of time, nor on the order of the rows",
  [
    fc.shuffledSubarray(places, { minLength: places.length }),
    fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    fc.shuffledSubarray(places, { minLength: places.length }),
  ],
  (seconds, unit, order) => {
    const rows = rowsOf({ seconds });
    const judged = (some: Rows) => familyAccuracy.verdicts(some, params)[0]!;
    const plain = judged(rows);
    const scaled = judged(
      rows.map((row) => ({ ...row, step_seconds: row.step_seconds === null ? null : unit * Number(row.step_seconds) })),
    );
    const sorted = judged([...rows].sort((one, other) => rank(one, order) - rank(other, order)));
    assert.is(scaled.effect!.estimate, plain.effect!.estimate);
    assert.is(sorted.effect!.estimate, plain.effect!.estimate);
    assert.is(scaled.verdict, plain.verdict);
    assert.is(sorted.verdict, plain.verdict);
  },
);

function rank({ network }: Result, order: readonly number[]): number {
  return order[names.indexOf(String(network))]!;
}

test("networks at one place are marks of their own, with their labels, areas and seeds", () => {
  const operations = names.map((name) => (name.includes("resnet20") ? 7 : 1));
  const [byOperations, byTime, times, byNetwork] = familyAccuracy.figures(rowsOf({ operations }), params);
  for (const figure of [byOperations!, byTime!, times!]) {
    const marks = figure.series!.flatMap(({ points }) => points);
    const labels = smallNetworks.map(({ title }) => title.replace(/^(pre-activation|stochastic-depth) .*/, "$1"));
    assert.equal(marks.map(({ label }) => label).sort(), labels.sort());
    assert.ok(marks.every(({ area, low, high }) => area! > 0 && low! <= high!));
  }
  const residual = byOperations!.series!.find(({ name }) => name === "residual blocks")!;
  assert.equal(
    residual.points.map(({ x }) => x),
    [7, 7, 7],
  );
  assert.equal(
    residual.seeds!.map(({ seed, points }) => [seed, points.length]),
    [1, 2, 3, 4, 5].map((seed) => [seed, 3]),
  );
  const slow = times!.series!.flatMap(({ points }) => points).find(({ label }) => label === "LeNet-5")!;
  assert.ok(Math.abs(slow.y - 1000 * 1.003) < 1e-9); // medians, then the mean over seeds
  assert.match(byOperations!.numbers!, /with the year of publication/);
  assert.equal(
    byNetwork!.xAxis.categories,
    smallNetworks.map(({ title }) => title),
  );
});

test("what a network's accuracy cannot depend on leaves its cell valid", () => {
  const digit = { height: 28, width: 28, channels: 1 };
  const { values } = resolveParameters(familyAccuracy.parameters, { scale: "smoke", data: "mnist", overrides: {} });
  const of = (trained: string) => {
    const observed = observeParameters(values);
    familyAccuracy.network!({ seed: 1, trained }, observed.values, digit);
    const asked = ["lastSurvival", "networks", "seeds", "steps", "testImages", "timedSteps"];
    return observed.read().filter((name) => asked.includes(name));
  };
  assert.equal(of("vgg11"), ["steps"]);
  assert.equal(of("stochastic-depth-resnet20"), ["lastSurvival", "steps"]);
  assert.equal(of("none"), []);
});

test("a run trains and times every network at smoke scale", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/family-accuracy.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
  ];
  const few = ["--seeds", "1", "--set", "steps=3", "--set", "timedSteps=1", "--set", "testImages=50"];
  const { status, stderr } = spawnSync(process.execPath, [...program, ...few, ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("family-accuracy"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (measurement: string) => rows.filter((row) => row.measurement === measurement);
  assert.equal(
    of("trained network")
      .map(({ network }) => network)
      .sort(),
    [...names].sort(),
  );
  assert.equal(
    of("step")
      .map(({ network }) => network)
      .sort(),
    [...names].sort(),
  );
  for (const row of of("trained network")) {
    assert.ok(Number(row.accuracy_percent) >= 0 && Number(row.accuracy_percent) <= 100, `${row.network}`);
    assert.is(Number(row.images), 50);
  }
  const counts = (network: string) => of("step").find((row) => row.network === network)!;
  const [constant, stochastic] = [counts("resnet20"), counts("stochastic-depth-resnet20")];
  assert.is(constant.parameters, stochastic.parameters);
  const survival = Array.from({ length: 9 }, (_, i) => 1 - ((i + 1) / 9) * 0.5);
  const share = survival.reduce((sum, probability) => sum + probability, 0) / 9;
  const found = Number(stochastic.step_multiply_accumulates) / Number(constant.step_multiply_accumulates);
  assert.ok(Math.abs(found - share) < 1e-9);
});

test.run();
