/** The checks against figures known from elsewhere, the verdicts on rows made by hand, and a run as a person starts it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import audit from "../../experiments/audit";
import { countedChecks } from "../../experiments/audit/counted";
import { measuredChecks } from "../../experiments/audit/measured";
import { citedCorrections } from "../../src/claims";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";
import { tf } from "../../src/runtime";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "audit-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof audit.verdicts>[0];
const params = {} as ParameterValues<typeof audit.parameters>;

const checks = [
  ...countedChecks.map((check) => ({ ...check, subject: "counts" as const })),
  ...measuredChecks.map((check) => ({ ...check, subject: "untrained networks" as const })),
  ...["ordinary", "halving", "half"].map((quantity) => ({
    ...{ claim: "H6", quantity, unit: "points", lecture: ["below", 5] as const, subject: "deletion" as const },
  })),
];

/** Rows in which every number is as the lecture has it, but for those that `change` says. */
function rowsOf(change: (claim: string, place: number) => number | undefined = () => undefined, seeds = 5): Rows {
  return checks.flatMap(({ claim, quantity, unit, lecture: [relation, stated], subject }) => {
    const place = checks.filter((check) => check.claim === claim).findIndex((check) => check.quantity === quantity);
    const asStated = relation === "below" ? stated - 1 : relation === "above" ? stated + 1 : stated;
    return Array.from({ length: subject === "counts" ? 1 : seeds }, (_, i) => ({
      ...{ seed: i + 1, subject, claim, quantity, unit, relation, lecture_value: stated },
      found_value: change(claim, place) ?? asStated,
    }));
  });
}

const verdicts = (rows: Rows) =>
  Object.fromEntries(audit.verdicts(rows, params).map(({ claim, verdict }) => [claim.id, verdict]));

test("every claim has numbers, a lecture that is right in all of them is correct, and one number decides", () => {
  const right = verdicts(rowsOf());
  assert.is(Object.keys(right).length, 23);
  assert.equal(
    Object.keys(right),
    audit.claims.map(({ id }) => id),
  );
  for (const [id, verdict] of Object.entries(right)) assert.is(verdict, "correct", id);
  const wrong = verdicts(rowsOf((claim, place) => (claim === "H6" && place === 2 ? 40 : undefined)));
  assert.is(wrong.H6, "imprecise");
  assert.is(wrong.H7, "correct");
  assert.is(verdicts(rowsOf((claim) => (claim === "H1" ? 1.46 : undefined))).H1, "wrong");
});

test("what is drawn needs five seeds, what is counted one", () => {
  const few = verdicts(rowsOf(() => undefined, 4));
  const drawn = ["H1", "H2", "H3", "H6", "H15", "H16"];
  for (const [id, verdict] of Object.entries(few)) {
    assert.is(verdict, drawn.includes(id) ? "inconclusive" : "correct", id);
  }
});

const counted = (claim: string) => countedChecks.filter((check) => check.claim === claim).map(({ found }) => found(1));
const near = (found: number, wanted: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found}, not ${wanted}`);

test("counts are those of the papers, of Keras and torchvision, and of arithmetic by hand", () => {
  assert.equal(counted("H5"), [5, 6]);
  assert.equal(counted("H9"), [0, 100]); // a Bernoulli variable is 0 or 1
  assert.equal(counted("H11").slice(1), [0]);
  assert.ok(counted("H11")[0]! > 1);
  assert.equal(counted("H12"), [7_595_176 / 6_998_552, 143_667_240 / 6_998_552]);
  assert.equal(counted("H13"), [589_824 / 69_632, 589_824]);
  assert.equal(counted("H14"), [0, 0]);
  assert.equal(counted("H15"), [0]);
  assert.is(counted("H17")[1], 8);
  assert.equal(counted("H18"), [0, 0.5]);
  assert.equal(counted("H19"), [4, 1]);
  assert.is(counted("H20")[2], 100);
  assert.equal(counted("H21"), [16 + 11 * 12, 1]);
});

test("shares and z are those of the formulae", () => {
  near(counted("H7")[0]!, 0.4159, 5e-5, "z"); // (0.0610 - 0.0596) / sqrt((0.061 0.939 + 0.0596 0.9404) / 10000)
  near(counted("H7")[1]!, 0.6775, 5e-5, "p"); // 2 (1 - Φ(0.4159)), from a table
  near(counted("H8")[1]!, 100 * (1 - 40.25 / 54), 1e-9, "expected depth of Huang et al. 2016");
  near(counted("H8")[0]!, 54 / 40.25, 1e-9, "speed");
  near(counted("H10")[0]!, (100 * 0.27) / 1.27, 1e-9, "r / (1 + r)");
  near(counted("H10")[1]!, 50, 1e-12, "half of the paths");
  near(counted("H17")[0]!, (100 * 10.9) / 26.2, 1e-9, "AlexNet");
});

test("straight lines between values of a smooth function are as near as they must be, and no nearer to a step", () => {
  const [step, smooth, above, correlation] = counted("H22");
  assert.ok(step! >= 0.5); // half of the jump, for any continuous function
  near(smooth!, Math.sin(1) / (8 * 1024 ** 2), 1e-9, "max|f''| / 8n²"); // attained where the curve bends most
  assert.equal([above, correlation], [0, -1]);
});

test("what is drawn is what theory says, and leaves no tensor behind", () => {
  const tensors = tf.memory().numTensors;
  const measured = (claim: string) =>
    measuredChecks.filter((check) => check.claim === claim).map(({ found }) => found(7));
  near(measured("H1")[0]!, 1.467, 0.05, "π / (π - 1), Yang et al. 2019");
  near(measured("H2")[0]!, 2, 0.1, "He's initialisation without normalisation");
  assert.ok(measured("H2")[1]! < 1.2);
  near(measured("H3")[0]!, (50 * Math.log10(2)) / 2, 0.6, "a square doubled 50 times");
  assert.ok(measured("H3")[1]! < -10);
  const [terms, preActivation, original] = measured("H4");
  assert.is(terms, 9);
  assert.ok(preActivation! < 1e-5 && original! > 0.1);
  const [kurtosis, mean, variance] = measured("H15");
  near(kurtosis!, 1.8, 0.05, "nearly two-valued: -2 is the least there is");
  assert.ok(mean! < 1e-4 && variance! < 1e-3);
  const [dropped, input, kept] = measured("H16");
  for (const difference of [dropped!, kept!]) near(difference, 0.5, 0.005, "0.75 - 0.25");
  assert.ok(input! < 0.01);
  assert.ok(measured("H23")[0]! > 0.1);
  assert.is(tf.memory().numTensors, tensors);
});

test("the figures have all claims with both wordings, and the cited dates with their sources", () => {
  const [ratios, dates] = audit.figures(rowsOf(), params);
  assert.is(ratios!.claims!.length, 23);
  const points = ratios!.series!.flatMap((series) => series.points);
  const alexNet = points.filter(({ x }) => x === "H17");
  assert.equal(
    alexNet.map(({ y }) => y),
    [1, 1],
  );
  assert.match(
    alexNet[0]!.note!,
    /The lecture: AlexNet has 9 layers and halved the error\..*So is: 15\.3 against 26\.2 %/,
  );
  const dated = citedCorrections.filter(({ years }) => years !== undefined);
  assert.equal(
    dates!.series!.map((series) => series.points.length),
    [dated.length, dated.length],
  );
});

test("a run at smoke scale writes every number, and the report has the cited rows", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/audit.ts",
    "--scale",
    "smoke",
    "--workers",
    "1",
    "--seeds",
    "1",
  ];
  const { status, stderr } = spawnSync(process.execPath, [...program, ...folders], { cwd: root, encoding: "utf8" });
  assert.is(status, 0, stderr);
  const [name] = readdirSync(join(folder, "results")).filter((entry) => entry.startsWith("audit"));
  const rows = await readCsv(join(folder, "results", name!, "rows.csv"));
  assert.is(rows.length, checks.length);
  assert.is(new Set(rows.map(({ claim }) => claim)).size, 23);
  const [report] = readdirSync(join(folder, "reports")).filter((entry) => entry.startsWith("audit"));
  const page = readFileSync(join(folder, "reports", report!), "utf8");
  for (const { correction } of citedCorrections) assert.ok(page.includes(correction.slice(0, 30)), correction);
});

test.run();
