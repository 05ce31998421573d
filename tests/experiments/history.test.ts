/** The experiment on rows made by hand, and as a person runs it: at smoke scale. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import history from "../../experiments/history";
import { claims, historicSteps, publishedTopFiveErrors } from "../../src/claims";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "history-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof history.verdicts>[0];
type Result = Rows[number];
const params = { judgedHidden: 8, starts: 20, labelled: 100, wrongLabels: 0.2 } as ParameterValues<
  typeof history.parameters
>;

const nothing = {
  ...{ start: null, best_accuracy: null, approximation_error: null, training_error_percent: null },
  ...{ test_error_percent: null, gap_points: null },
};

/** Rows as measured if both claims hold: one of the 20 starts with two hidden units fails. */
function rowsOf(seeds = 5, change: (row: Result) => Partial<Result> = () => ({})): Result[] {
  return Array.from({ length: seeds }, (_, i) => i + 1)
    .flatMap((seed): Result[] => [
      ...[0, 2, 8].flatMap((hidden_units) =>
        Array.from({ length: 20 }, (_, start) => ({
          ...{ ...nothing, seed, problem: "XOR" as const, hidden_units, start: start + 1 },
          best_accuracy: hidden_units === 0 || (hidden_units === 2 && start === 0) ? 0.75 : 1,
        })),
      ),
      { ...nothing, seed, problem: "AND", hidden_units: 0, start: 1, best_accuracy: 1 },
      ...[1, 4, 16, 64].flatMap((hidden_units): Result[] => [
        { ...nothing, seed, problem: "smooth target", hidden_units, approximation_error: seed / hidden_units },
        {
          ...{ ...nothing, seed, problem: "noisy labels", hidden_units, training_error_percent: 20 - hidden_units / 4 },
          ...{ test_error_percent: 24 + hidden_units / 8, gap_points: 4 + (3 * hidden_units) / 8 },
        },
      ]),
    ])
    .map((row) => ({ ...row, ...change(row) }) as Result);
}

const verdicts = (rows: Rows) =>
  Object.fromEntries(history.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("starts that learn as is known, and errors that fall and part, reproduce both claims with five seeds", () => {
  assert.equal(verdicts(rowsOf()), { B4: "reproduced", B5: "reproduced" });
  assert.equal(verdicts(rowsOf(4)), { B4: "inconclusive", B5: "inconclusive" });
  const [xor, width] = history.verdicts(rowsOf(), params);
  assert.is(xor!.effect!.estimate, 100);
  assert.is(width!.effect!.estimate, -1);
});

test("one perceptron that learnt XOR, or a twelfth of the hidden layers that did not, is seen by B4", () => {
  const one = (row: Result) => row.problem === "XOR" && row.seed === 3 && row.start === 7;
  const b4 = (change: (row: Result) => Partial<Result>) => verdicts(rowsOf(5, change)).B4;
  assert.is(
    b4((row) => (one(row) && row.hidden_units === 0 ? { best_accuracy: 1 } : {})),
    "partly",
  );
  const failing = (starts: number) => (row: Result) =>
    row.problem === "XOR" && row.hidden_units === 8 && Number(row.start) <= starts ? { best_accuracy: 0.75 } : {};
  assert.is(b4(failing(1)), "reproduced"); // 95 %
  assert.is(b4(failing(2)), "partly");
});

test("an error that does not fall and a gap that does not grow are seen by B5", () => {
  const b5 = (change: (row: Result) => Partial<Result>) => verdicts(rowsOf(5, change)).B5;
  const constant = ({ hidden_units }: Result) => (hidden_units === 1 ? { gap_points: 30 } : { gap_points: 5 });
  assert.is(b5(constant), "partly");
  assert.is(
    b5((row) => ({ ...constant(row), approximation_error: row.hidden_units })),
    "not reproduced",
  );
});

test("what is cited is marked as published, says its source, and is no claim to be judged", () => {
  const figures = history.figures(rowsOf(), params);
  for (const id of ["timeline", "published-errors"]) {
    const figure = figures.find((given) => given.id === id)!;
    assert.is(figure.claims, undefined);
    assert.match(figure.title, /cited, not measured/);
    for (const { published, points } of figure.series!) {
      assert.is(published, true);
      for (const { note } of points) assert.ok(note!.length > 10);
    }
  }
  const judged = new Set<string>(claims.map(({ id }) => id));
  assert.not.ok(judged.has("G3") || judged.has("G4"));
  for (const { measured } of historicSteps()) if (measured !== undefined) assert.ok(judged.has(measured), measured);
  assert.match(figures.at(-1)!.caption, /15\.3 % against 26\.2 % in second place is 41\.6 % less/);
});

test("years ascend, and every network after AlexNet was published with a smaller error than it", () => {
  for (const entries of [historicSteps(), publishedTopFiveErrors]) {
    for (const [i, { year }] of entries.slice(1).entries()) assert.ok(year >= entries[i]!.year);
  }
  const place = publishedTopFiveErrors.findIndex(({ network }) => network === "AlexNet");
  publishedTopFiveErrors.slice(place + 1).forEach(({ topFivePercent, network }, i) => {
    assert.ok(topFivePercent < publishedTopFiveErrors[place + i]!.topFivePercent, network);
  });
});

test("a run trains on every problem at smoke scale, and no perceptron learns XOR", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = ["-r", "./src/cli/register.cjs", "experiments/history.ts", "--scale", "smoke", "--workers", "1"];
  const { status, stderr } = spawnSync(process.execPath, [...program, "--seeds", "1", ...folders], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("history"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  const of = (problem: string) => rows.filter((row) => row.problem === problem);
  assert.equal(
    ["XOR", "AND", "smooth target", "noisy labels"].map((problem) => of(problem).length),
    [60, 10, 3, 3],
  );
  const perceptrons = of("XOR").filter(({ hidden_units }) => Number(hidden_units) === 0);
  assert.ok(perceptrons.every(({ best_accuracy }) => Number(best_accuracy) <= 0.75));
  const [report] = readdirSync(join(folder, "reports")).filter((entry) => entry.startsWith("history"));
  const page = readFileSync(join(folder, "reports", report!), "utf8");
  for (const { source } of historicSteps()) assert.ok(page.includes(source.split(",")[0]!.split(" & ")[0]!), source);
});

test.run();
