/** The experiment on rows made by hand, and as a person runs it: at smoke scale, with TensorFlow and real digits. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import time from "../../experiments/stochastic-depth-time";
import type { ParameterValues } from "../../src/experiment";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "stochastic-depth-time-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Parameters<typeof time.verdicts>[0];
type Row = Rows[number];
const params = {} as ParameterValues<typeof time.parameters>;

/**
 * Rows as measured, of a network of ten blocks of which two change the shape. A step costs a second, a block that runs
 * another, one that is skipped so many; and the optimiser a tenth for each block that is there, ran it or not. With
 * stochastic depth five to nine blocks run, and the step takes so many seconds more by seed.
 */
function rowsWith({ skipping = 0, more = (seed: number) => 0.01 * (seed - 3), seeds = 5 }): Rows {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    [0, 1, 2, 3, 4].flatMap((round) => {
      const row = (kind: Row["kind"], blocks_run: number, there = 10, seconds = 0): Row => ({
        ...{ seed, network: "resnet", kind, step: round + 1, blocks_run, blocks_skipped: there - blocks_run },
        step_seconds: 1 + blocks_run + skipping * (there - blocks_run) + 0.1 * there + seconds,
        optimiser_seconds: 0.1 * there,
      });
      return [
        row("constant depth", 10),
        row("stochastic depth", 5 + round, 10, more(seed)),
        row("no block", 0),
        row("none to skip", 0, 2),
      ];
    }),
  );
}

test("the saving is the share of the blocks that did not run, of what is not fixed", () => {
  const [judgement] = time.verdicts(rowsWith({}), params);
  assert.is(judgement!.claim.id, "D2");
  assert.is(judgement!.verdict, "reproduced");
  assert.ok(Math.abs(judgement!.effect!.estimate - 25) < 1e-9); // 12 s with ten blocks, 9 s with seven: the fixed 2 s stay
});

test("a smaller saving in every seed does not reproduce D2; one that covers the expected does", () => {
  const verdictOf = (given: Parameters<typeof rowsWith>[0]) => time.verdicts(rowsWith(given), params)[0]!;
  assert.is(verdictOf({ more: () => 0.1 }).verdict, "partly"); // a skipped block still costs nothing
  assert.is(verdictOf({ more: (seed) => 0.1 * (seed - 3) }).verdict, "reproduced");
  assert.is(verdictOf({ more: () => -0.5 }).verdict, "reproduced");
  assert.is(verdictOf({ seeds: 4 }).verdict, "inconclusive");
});

test("a skipped block that costs a tenth of one that runs is found out, whatever the optimiser takes", () => {
  const [judgement] = time.verdicts(rowsWith({ skipping: 0.1 }), params);
  const [, skipped] = judgement!.conditions;
  assert.is(skipped!.outcome, "fails");
  assert.match(skipped!.found, /^11\.1 %/); // 0.1 s over (1 - 0.1) s
  assert.is(time.verdicts(rowsWith({ skipping: 0.01 }), params)[0]!.conditions[1]!.outcome, "holds");
});

test("the figure has each kind's time by blocks that ran, and the line from none to all", () => {
  const [figure] = time.figures(rowsWith({}), params);
  assert.equal(
    figure!.series!.map(({ name, points }) => [name, points.map(({ x, y }) => [x, Math.round(y)])]),
    [
      ["no block", [[0, 2]]],
      [
        "stochastic depth",
        [
          [5, 7],
          [6, 8],
          [7, 9],
          [8, 10],
          [9, 11],
        ],
      ],
      ["constant depth", [[10, 12]]],
      [
        "straight line from none to all",
        [
          [0, 2],
          [10, 12],
        ],
      ],
    ],
  );
});

test("a run times every kind of step in turn, with the blocks that ran in it", async () => {
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/stochastic-depth-time.ts",
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
  assert.is(rows.length, 4 * 3);
  for (const { kind, blocks_run, blocks_skipped, step_seconds, optimiser_seconds } of rows) {
    const there = Number(blocks_run) + Number(blocks_skipped);
    assert.is(there, kind === "none to skip" ? 2 : 6); // 14 layers: six blocks, two of which change the shape
    if (kind === "constant depth") assert.is(Number(blocks_run), 6);
    if (kind === "no block" || kind === "none to skip") assert.is(Number(blocks_run), 0);
    assert.ok(Number(step_seconds) > 0 && Number(optimiser_seconds) > 0);
  }
  const firstKinds = rows.slice(0, 12).filter((_, i) => i % 4 === 0);
  assert.is(new Set(firstKinds.map(({ kind }) => kind)).size, 3); // none is first in every round
});

test.run();
